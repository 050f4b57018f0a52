//! References to functions that the linked library may lack.
//!
//! Where programs are ELF files (Linux, the BSDs, Android) the reference is a weak one: the linker leaves null where there is
//! no such function, be the library static or shared. Rust has no weak references; the assembler has. On Apple's systems
//! the function is looked up by name among what the program has loaded. Elsewhere a linked library is taken to have none.

/// One pointer's worth of data, for the assembler.
#[cfg(target_pointer_width = "64")]
macro_rules! word {
    () => {
        ".8byte "
    };
}
#[cfg(target_pointer_width = "32")]
macro_rules! word {
    () => {
        ".4byte "
    };
}

/// The addresses of functions, in order.
#[cfg(all(unix, not(target_vendor = "apple")))]
macro_rules! weak {
    ($(fn $name:ident($($arguments:tt)*) $(-> $result:ty)?;)*) => {
        core::arch::global_asm!(
            ".pushsection .data.rel.ro.clib_sys,\"aw\",%progbits",
            ".balign 8",
            ".globl clib_sys_optional",
            ".hidden clib_sys_optional",
            "clib_sys_optional:",
            $(
                concat!(".weak ", stringify!($name)),
                concat!(word!(), stringify!($name)),
            )*
            ".popsection",
        );

        unsafe extern "C" {
            #[link_name = "clib_sys_optional"]
            static ADDRESSES: [*const (); NAMES.len()];
        }

        pub(super) fn address_of(name: &str) -> *const () {
            let Some(place) = NAMES.iter().position(|known| *known == name) else {
                return core::ptr::null();
            };
            // SAFETY: the assembler has made as many as there are names, in their order; nobody writes them.
            unsafe { ADDRESSES[place] }
        }
    };
}

#[cfg(target_vendor = "apple")]
macro_rules! weak {
    ($($function:tt)*) => {
        pub(super) fn address_of(name: &str) -> *const () {
            let Ok(name) = std::ffi::CString::new(name) else {
                return core::ptr::null();
            };
            // SAFETY: the name ends in NUL.
            unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
                .cast_const()
                .cast()
        }
    };
}

#[cfg(not(unix))]
macro_rules! weak {
    ($($function:tt)*) => {
        pub(super) fn address_of(_name: &str) -> *const () {
            core::ptr::null()
        }
    };
}
