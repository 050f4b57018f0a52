//! SQLite's functions, in those link modes in which the linker does not find all of them, and which of them there are.
//!
//! A function that a library may lack (`since`: it is newer than the minimum, or depends on how the library was compiled)
//! cannot be linked plainly: without it the program would not link, or not start. Depending on the link mode
//!
//! - `vendored` has all of them, and links them;
//! - `system` and `external` refer to those that may be missing weakly, and link the others;
//! - `dlopen` looks up each function in the library that was opened, when it is called first.
//!
//! In the last two cases a function here is a call through a place that begins with the address of a look-up and from then on
//! has that of the function: a call costs one load more than a linked one. With the feature `extension` every function is called so,
//! in each link mode, as it may be a host's: see `host`.
//!
//! Calling what is not there ends the program with a message, as there is no value that says so in C's signatures: ask
//! [`has`] or [`require`] before. Three functions have stand-ins instead, see `compat`.

#[cfg(any(not(link_mode = "vendored"), feature = "extension"))]
mod compat;
mod missing;
mod since;
#[cfg(any(not(link_mode = "vendored"), feature = "extension"))]
mod slot;
#[cfg(any(link_mode = "dlopen", feature = "extension"))]
mod variadic_type;
#[cfg(any(link_mode = "system", link_mode = "external"))]
#[macro_use]
mod weak;

pub use missing::MissingFunction;
#[cfg(any(link_mode = "dlopen", feature = "extension"))]
pub use variadic_type::Variadic;

/// Only the names: the functions are linked.
#[cfg(not(any(link_mode = "dlopen", feature = "extension")))]
macro_rules! names {
    ($(fn $name:ident($($arguments:tt)*) $(-> $result:ty)?;)*) => {
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

/// The address of a function of the link mode, which is linked. Null for what the header declares and the library lacks.
#[cfg(all(not(link_mode = "dlopen"), feature = "extension"))]
macro_rules! linked {
    (sqlite3_mutex_held) => {
        core::ptr::null::<()>()
    };
    (sqlite3_mutex_notheld) => {
        core::ptr::null::<()>()
    };
    (sqlite3_win32_set_directory) => {
        core::ptr::null::<()>()
    };
    (sqlite3_win32_set_directory8) => {
        core::ptr::null::<()>()
    };
    (sqlite3_win32_set_directory16) => {
        core::ptr::null::<()>()
    };
    ($name:ident) => {
        crate::bindings::$name as *const ()
    };
}

/// The address of a function of the link mode, which may not be there.
#[cfg(not(link_mode = "vendored"))]
macro_rules! looked_up {
    ($name:ident) => {
        crate::functions::look_up(stringify!($name))
    };
}

/// Functions that are called through a place which is filled at the first call. `own` finds that of the link mode.
#[cfg(any(not(link_mode = "vendored"), feature = "extension"))]
macro_rules! wrappers {
    ($own:ident $(fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[doc = concat!("The library's `", stringify!($name), "`.")]
            ///
            /// # Safety
            ///
            /// As C's.
            #[inline]
            pub unsafe extern "C" fn $name($($arg: $type),*) $(-> $result)? {
                type Function = unsafe extern "C" fn($($type),*) $(-> $result)?;
                static SLOT: crate::functions::slot::Slot =
                    crate::functions::slot::Slot::new(first as *const ());

                #[cold]
                unsafe extern "C" fn first($($arg: $type),*) $(-> $result)? {
                    let address = SLOT.fill(stringify!($name), || $own!($name));
                    // SAFETY: the address of the library's function (or a stand-in) of this name, which has this
                    // signature in every version.
                    let function = unsafe { core::mem::transmute::<*const (), Function>(address) };
                    // SAFETY: the caller's promise.
                    unsafe { function($($arg),*) }
                }

                // SAFETY: the place holds the address of `first` or what `first` has put there.
                let function = unsafe { core::mem::transmute::<*const (), Function>(SLOT.get()) };
                // SAFETY: the caller's promise.
                unsafe { function($($arg),*) }
            }
        )*
    };
}

/// The functions with a variable number of arguments, which cannot be written in Rust, but called.
#[cfg(any(link_mode = "dlopen", feature = "extension"))]
macro_rules! called_variadics {
    ($own:ident $(fn $name:ident($($arg:ident: $type:ty,)* ...) $(-> $result:ty)?;)*) => {
        pub(super) const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[doc = concat!("The library's `", stringify!($name), "`: call it as a function.")]
            pub static $name: crate::Variadic<unsafe extern "C" fn($($type,)* ...) $(-> $result)?> =
                crate::Variadic::new(|| {
                    let address = super::slot::found(stringify!($name), || $own!($name));
                    // SAFETY: the address of the library's function of this name, which has this signature.
                    unsafe { core::mem::transmute(address) }
                });
        )*
    };
}

#[cfg(link_mode = "dlopen")]
macro_rules! variadics {
    ($($function:tt)*) => {
        // The bindings' variables, which only a linker finds: private ones hide them.
        const sqlite3_data_directory: () = ();
        const sqlite3_temp_directory: () = ();
        const sqlite3_version: () = ();

        called_variadics! { looked_up $($function)* }
    };
}

#[cfg(all(not(link_mode = "dlopen"), feature = "extension"))]
macro_rules! variadics {
    ($($function:tt)*) => { called_variadics! { linked $($function)* } };
}

#[cfg(not(any(link_mode = "dlopen", feature = "extension")))]
macro_rules! variadics {
    ($($function:tt)*) => { names! { $($function)* } };
}

#[cfg(link_mode = "dlopen")]
macro_rules! required {
    ($($function:tt)*) => { wrappers! { looked_up $($function)* } };
}

#[cfg(all(not(link_mode = "dlopen"), feature = "extension"))]
macro_rules! required {
    ($($function:tt)*) => { wrappers! { linked $($function)* } };
}

#[cfg(not(any(link_mode = "dlopen", feature = "extension")))]
macro_rules! required {
    ($($function:tt)*) => { names! { $($function)* } };
}

#[cfg(link_mode = "dlopen")]
macro_rules! optional {
    ($($function:tt)*) => { wrappers! { looked_up $($function)* } };
}

#[cfg(any(link_mode = "system", link_mode = "external"))]
macro_rules! optional {
    ($($function:tt)*) => {
        wrappers! { looked_up $($function)* }
        weak! { $($function)* }
    };
}

#[cfg(all(link_mode = "vendored", feature = "extension"))]
macro_rules! optional {
    ($($function:tt)*) => { wrappers! { linked $($function)* } };
}

#[cfg(all(link_mode = "vendored", not(feature = "extension")))]
macro_rules! optional {
    ($($function:tt)*) => { names! { $($function)* } };
}

// Checked against what `cargo xtask bindgen` makes, to the letter.
#[rustfmt::skip]
#[allow(
    dead_code,
    non_snake_case,
    unused_imports,
    clippy::all,
    clippy::disallowed_methods,
    reason = "generated; named as in C; addresses become functions"
)]
mod optional;
#[rustfmt::skip]
#[allow(
    dead_code,
    non_snake_case,
    unused_imports,
    clippy::all,
    clippy::disallowed_methods,
    reason = "generated; named as in C; addresses become functions"
)]
mod required;
#[rustfmt::skip]
#[allow(
    dead_code,
    hidden_glob_reexports,
    non_upper_case_globals,
    unused_imports,
    clippy::all,
    clippy::disallowed_methods,
    reason = "generated; named as in C; addresses become functions"
)]
mod variadic;

// Each of the three has what the one before has, and hides what it defines itself; the first has the bindings.
pub use self::variadic::*;

/// The address of a function, of the host or of the link mode; null where that lacks it.
#[cfg(any(not(link_mode = "vendored"), feature = "extension"))]
fn address(name: &str, own: impl FnOnce() -> *const ()) -> *const () {
    #[cfg(feature = "extension")]
    if let Some(address) = crate::host::address(name) {
        return address;
    }
    let _ = name;
    own()
}

/// The address of a function of the link mode; null where the library lacks it, or there is none.
#[cfg(link_mode = "dlopen")]
fn look_up(name: &str) -> *const () {
    crate::load::symbol(name)
}

/// The address of a function that the linked library may lack; null where it does.
#[cfg(any(link_mode = "system", link_mode = "external"))]
fn look_up(name: &str) -> *const () {
    optional::address_of(name)
}

/// The address of the link mode's `sqlite3_libversion`, which tells one SQLite from another; null where none was loaded.
#[cfg(feature = "extension")]
pub(crate) fn own_version() -> *const () {
    #[cfg(link_mode = "dlopen")]
    return crate::load::loaded_symbol("sqlite3_libversion");
    #[cfg(not(link_mode = "dlopen"))]
    return crate::bindings::sqlite3_libversion as *const ();
}

/// Whether the library has the function, such as `sqlite3_serialize`. In link mode `dlopen` the library is opened for it;
/// where that fails, it has none. In an extension
/// it is the host's table that has it.
///
/// ```
/// assert!(clib_sys::has("sqlite3_step"));
/// assert!(!clib_sys::has("sqlite3_no_such_function"));
/// ```
#[must_use]
pub fn has(function: &str) -> bool {
    #[cfg(feature = "extension")]
    if let Some(address) = crate::host::address(function) {
        return !address.is_null();
    }
    is_known(function) && (!optional::NAMES.contains(&function) || has_optional(function))
}

/// Whether the bindings have the function.
pub(crate) fn is_known(function: &str) -> bool {
    [optional::NAMES, required::NAMES, variadic::NAMES]
        .iter()
        .any(|names| names.contains(&function))
}

#[cfg(link_mode = "vendored")]
fn has_optional(function: &str) -> bool {
    // Everything is compiled in, but what other builds of the same source have.
    let condition = since::find(function).map_or("", |(_, condition)| condition);
    condition != "SQLITE_DEBUG" && (condition != "Windows" || cfg!(windows))
}

#[cfg(not(link_mode = "vendored"))]
fn has_optional(function: &str) -> bool {
    !look_up(function).is_null()
}

/// [`has`], or an error that names the function, the version of the library and what has the function.
///
/// # Errors
///
/// Where the library lacks it.
///
/// ```
/// let error = clib_sys::require("sqlite3_mutex_held").unwrap_err();
/// assert!(error.to_string().contains("SQLITE_DEBUG"));
/// ```
pub fn require(function: &'static str) -> Result<(), MissingFunction> {
    if has(function) {
        Ok(())
    } else {
        Err(MissingFunction::new(function))
    }
}

/// The functions that every library must have.
#[cfg(any(link_mode = "dlopen", feature = "extension"))]
pub(crate) fn needed() -> impl Iterator<Item = &'static str> {
    required::NAMES.iter().chain(variadic::NAMES).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_in_one_list() {
        let mut names: Vec<_> = [optional::NAMES, required::NAMES, variadic::NAMES].concat();
        let count = names.len();
        assert!(count > 300, "{count}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn the_table_names_functions() {
        for (name, version, condition) in since::OPTIONAL {
            let start = name.trim_end_matches('*');
            assert!(
                optional::NAMES.iter().any(|known| known.starts_with(start)),
                "{name} is not in the bindings"
            );
            assert!(!version.is_empty() || !condition.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_newer_libraries_have_is_told() {
        assert_eq!(since::find("sqlite3_changes64"), Some(("3.37.0", "")));
        assert_eq!(since::find("sqlite3_step"), None);
        assert_eq!(
            since::find("sqlite3session_attach"),
            Some(("", "SQLITE_ENABLE_SESSION"))
        );
    }
}
