//! Stand-ins for the kernel's functions in link modes without a kernel: they touch nothing, and fail with `SQLITE_MISUSE`.

use libc::{c_char, c_int};

use super::bindings::{clib_batch, clib_group, clib_reader};
use crate::bindings::{SQLITE_MISUSE, sqlite3_context, sqlite3_stmt, sqlite3_value};

/// Stand-ins with the signatures of the originals.
macro_rules! absent {
    ($(fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty = $value:expr)?;)*) => {
        $(
            #[doc = concat!("Stand-in for `", stringify!($name), "`.")]
            ///
            /// # Safety
            ///
            /// None needed; `unsafe` as the original is.
            pub unsafe fn $name($(_: $type),*) $(-> $result)? {
                $($value)?
            }
        )*
    };
}

absent! {
    fn clib_kernel_check() -> c_int = SQLITE_MISUSE;
    fn clib_reader_new(stmt: *mut sqlite3_stmt, scan: c_int, reader: *mut *mut clib_reader) -> c_int = SQLITE_MISUSE;
    fn clib_reader_free(reader: *mut clib_reader);
    fn clib_reader_obstacle(reader: *const clib_reader) -> *const c_char = c"there is no kernel".as_ptr();
    fn clib_start(stmt: *mut sqlite3_stmt, scan: c_int, reprepares: c_int, reader: *mut *mut clib_reader, batch: *mut clib_batch, obstacle: *mut *const c_char) -> c_int = SQLITE_MISUSE;
    fn clib_read(reader: *mut clib_reader, batch: *mut clib_batch) -> c_int = SQLITE_MISUSE;
    fn clib_aggregate_end(group: *mut clib_group);
}

/// Stand-in for `clib_aggregate_step`, whose address is taken.
///
/// # Safety
///
/// None needed; `unsafe` as the original is.
pub unsafe extern "C" fn clib_aggregate_step(
    _: *mut sqlite3_context,
    _: c_int,
    _: *mut *mut sqlite3_value,
) {
}
