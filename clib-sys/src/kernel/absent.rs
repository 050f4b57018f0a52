//! Stand-ins for the kernel's functions in link modes without a kernel: they touch nothing, and fail with `SQLITE_MISUSE`.

use libc::{c_char, c_int, c_uchar, c_void};

use super::bindings::{
    clib_batch, clib_damage, clib_group, clib_input, clib_keys, clib_load, clib_lookup,
    clib_reader, clib_source, clib_stop,
};
use crate::bindings::{
    SQLITE_MISUSE, sqlite3, sqlite3_context, sqlite3_int64, sqlite3_stmt, sqlite3_value,
};

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
    fn clib_find_damage(stmt: *mut sqlite3_stmt, damage: *mut clib_damage) -> c_int = SQLITE_MISUSE;
    fn clib_reader_new(stmt: *mut sqlite3_stmt, scan: c_int, reader: *mut *mut clib_reader) -> c_int = SQLITE_MISUSE;
    fn clib_reader_free(reader: *mut clib_reader);
    fn clib_reader_obstacle(reader: *const clib_reader) -> *const c_char = c"there is no kernel".as_ptr();
    fn clib_start(stmt: *mut sqlite3_stmt, scan: c_int, reprepares: c_int, reader: *mut *mut clib_reader, batch: *mut clib_batch, obstacle: *mut *const c_char) -> c_int = SQLITE_MISUSE;
    fn clib_read(reader: *mut clib_reader, batch: *mut clib_batch) -> c_int = SQLITE_MISUSE;
    fn clib_split(stmt: *mut sqlite3_stmt, rows_per_part: sqlite3_int64, rowids: *mut sqlite3_int64, room: c_int, found: *mut c_int) -> c_int = SQLITE_MISUSE;
    fn clib_lookup_new(point: *mut sqlite3_stmt, table: *mut sqlite3_stmt, index: *mut sqlite3_stmt, key_kind: c_int, max_bytes: sqlite3_int64, lookup: *mut *mut clib_lookup) -> c_int = SQLITE_MISUSE;
    fn clib_lookup_free(lookup: *mut clib_lookup);
    fn clib_lookup_obstacle(lookup: *const clib_lookup) -> *const c_char = c"there is no kernel".as_ptr();
    fn clib_lookup_read(lookup: *mut clib_lookup, keys: *const clib_keys, batch: *mut clib_batch, found: *mut c_uchar) -> c_int = SQLITE_MISUSE;
    fn clib_aggregate_end(group: *mut clib_group);
    fn clib_input_order(input: *mut clib_input);
    fn clib_input_remove(db: *mut sqlite3, name: *const c_char) -> c_int = SQLITE_MISUSE;
    fn clib_load_prepared(
        stmt: *mut sqlite3_stmt,
        sources: *const clib_source,
        source_count: c_int,
        from: sqlite3_int64,
        to: sqlite3_int64,
        group: c_int,
        stop: *mut clib_stop
    ) -> c_int = SQLITE_MISUSE;
    fn clib_load_new(
        stmt: *mut sqlite3_stmt,
        source_count: c_int,
        pending_bytes: sqlite3_int64,
        load: *mut *mut clib_load
    ) -> c_int = SQLITE_MISUSE;
    fn clib_load_free(load: *mut clib_load);
    fn clib_load_obstacle(load: *const clib_load) -> *const c_char = c"there is no kernel".as_ptr();
    fn clib_load_sorts(load: *const clib_load) -> c_int = 0;
    fn clib_load_rows(
        load: *mut clib_load,
        sources: *const clib_source,
        base: sqlite3_int64,
        from: sqlite3_int64,
        to: sqlite3_int64,
        stop: *mut clib_stop
    ) -> c_int = SQLITE_MISUSE;
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

/// Stand-in for `clib_input_register`, which frees the input as the original does where it fails.
///
/// # Safety
///
/// `input` is what `destroy` takes.
pub unsafe fn clib_input_register(
    _: *mut sqlite3,
    _: *const c_char,
    input: *mut clib_input,
    destroy: Option<unsafe extern "C" fn(*mut c_void)>,
) -> c_int {
    if let Some(destroy) = destroy {
        // SAFETY: the caller's promise.
        unsafe { destroy(input.cast()) };
    }
    SQLITE_MISUSE
}
