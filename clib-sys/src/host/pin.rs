//! Keeping the code that runs in memory, when it was loaded at run time.

/// Makes sure that what holds this function is not unloaded, or says why that cannot be.
#[cfg(unix)]
pub(super) fn pin() -> Result<(), String> {
    use std::mem::MaybeUninit;

    // It is there: opened once more, it is counted once more, and never closed.
    #[cfg(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd",
        target_vendor = "apple"
    ))]
    const FLAGS: libc::c_int = libc::RTLD_NOW | libc::RTLD_NOLOAD;
    #[cfg(not(any(
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd",
        target_vendor = "apple"
    )))]
    const FLAGS: libc::c_int = libc::RTLD_NOW;

    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for, and the result is writable.
    let found = unsafe { libc::dladdr(pin as *const libc::c_void, info.as_mut_ptr()) };
    // SAFETY: null pointers and numbers, at least.
    let info = unsafe { info.assume_init() };
    if found == 0 || info.dli_fname.is_null() {
        return Err("the system does not know which file it is".to_owned());
    }
    // SAFETY: a NUL-terminated name, of what is loaded: no code is run.
    let handle = unsafe { libc::dlopen(info.dli_fname, FLAGS) };
    if handle.is_null() {
        return Err("the system does not find it among what is loaded".to_owned());
    }
    Ok(())
}

#[cfg(windows)]
pub(super) fn pin() -> Result<(), String> {
    use libc::{c_int, c_void};

    const PIN: u32 = 1;
    const FROM_ADDRESS: u32 = 4;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(
            flags: u32,
            address: *const c_void,
            module: *mut *mut c_void,
        ) -> c_int;
    }

    let mut module = std::ptr::null_mut();
    // SAFETY: an address instead of a name, as the flags say, and the result is writable.
    let found =
        unsafe { GetModuleHandleExW(PIN | FROM_ADDRESS, pin as *const c_void, &raw mut module) };
    if found == 0 {
        return Err(std::io::Error::last_os_error().to_string());
    }
    Ok(())
}

/// Where nothing is loaded at run time, nothing is unloaded.
#[cfg(not(any(unix, windows)))]
pub(super) fn pin() -> Result<(), String> {
    Ok(())
}
