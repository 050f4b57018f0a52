//! What C passes to a function's callbacks, and what it is given back.

use clib_sys as ffi;
use clib_sys::kernel::{CLIB_CLASS_BLOB, CLIB_CLASS_INTEGER, CLIB_CLASS_REAL, CLIB_CLASS_TEXT};
use libc::{c_int, c_void};

use super::pointer;
use crate::types::ValueRef;

/// The function's user data.
///
/// # Safety
///
/// `context` is the one of a call that C has made, and that has not returned.
#[inline]
pub(crate) unsafe fn user_data(context: *mut ffi::sqlite3_context) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { ffi::sqlite3_user_data(context) }
}

/// The context of a batched aggregate: `None` where memory is short, or where no step has made it and it is not to be made.
///
/// # Safety
///
/// As [`user_data`], for such an aggregate; and nobody else looks at the group during `'a`, which ends with the call.
pub(crate) unsafe fn group<'a>(
    context: *mut ffi::sqlite3_context,
    make: bool,
) -> Option<&'a mut ffi::kernel::clib_group> {
    let size = if make {
        c_int::try_from(size_of::<ffi::kernel::clib_group>()).unwrap_or(0)
    } else {
        0
    };
    // SAFETY: the caller's promise.
    let group = unsafe { ffi::sqlite3_aggregate_context(context, size) };
    // SAFETY: null, or memory of that size, aligned for any type and zeroed at first, which is a value of the structure; used by
    // nobody else, by the caller's promise.
    unsafe { group.cast::<ffi::kernel::clib_group>().as_mut() }
}

/// An argument; `None` where memory is short.
///
/// # Safety
///
/// `values` has more than `index` values, all of which live during `'a`.
#[inline(always)] // As `Call::value`.
pub(crate) unsafe fn value<'a>(
    values: *mut *mut ffi::sqlite3_value,
    index: usize,
) -> Option<ValueRef<'a>> {
    // SAFETY: the caller's promise.
    let place = unsafe { values.add(index) };
    // SAFETY: as above.
    let value = unsafe { place.read() };
    // SAFETY: live, by the caller's promise.
    match unsafe { ffi::sqlite3_value_type(value) } {
        ffi::SQLITE_INTEGER => {
            // SAFETY: as above.
            Some(ValueRef::Integer(unsafe {
                ffi::sqlite3_value_int64(value)
            }))
        }
        ffi::SQLITE_FLOAT => {
            // SAFETY: as above.
            Some(ValueRef::Real(unsafe { ffi::sqlite3_value_double(value) }))
        }
        ffi::SQLITE_TEXT => {
            // SAFETY: as above.
            let text = unsafe { ffi::sqlite3_value_text(value) };
            // SAFETY: as above.
            let length = unsafe { ffi::sqlite3_value_bytes(value) };
            if text.is_null() {
                return None;
            }
            // SAFETY: SQLite lends `length` bytes for as long as the value lives and is not converted, which nobody does.
            Some(ValueRef::Text(unsafe {
                pointer::bytes(text.cast(), length)
            }))
        }
        ffi::SQLITE_BLOB => {
            // SAFETY: as above.
            let blob = unsafe { ffi::sqlite3_value_blob(value) };
            // SAFETY: as above.
            let length = unsafe { ffi::sqlite3_value_bytes(value) };
            if blob.is_null() && length > 0 {
                return None;
            }
            // SAFETY: as for a text.
            Some(ValueRef::Blob(unsafe { pointer::bytes(blob, length) }))
        }
        _ => Some(ValueRef::Null),
    }
}

/// A value that the kernel has described.
///
/// # Safety
///
/// `data` is null or readable for `length` bytes, which do not change during `'a`.
pub(crate) unsafe fn misfit<'a>(
    class: c_int,
    bits: u64,
    data: *const c_void,
    length: c_int,
) -> ValueRef<'a> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { pointer::bytes(data, length) };
    match class {
        CLIB_CLASS_INTEGER => ValueRef::Integer(bits.cast_signed()),
        CLIB_CLASS_REAL => ValueRef::Real(f64::from_bits(bits)),
        CLIB_CLASS_TEXT => ValueRef::Text(bytes),
        CLIB_CLASS_BLOB => ValueRef::Blob(bytes),
        _ => ValueRef::Null,
    }
}

/// What was kept with an argument by [`set_auxiliary`]; null where there is nothing.
///
/// # Safety
///
/// As [`user_data`].
pub(crate) unsafe fn auxiliary(context: *mut ffi::sqlite3_context, argument: c_int) -> *mut c_void {
    // SAFETY: the caller's promise; any argument is allowed.
    unsafe { ffi::sqlite3_get_auxdata(context, argument) }
}

/// Keeps something with an argument. SQLite frees it with `destroy`, which can be before this returns.
///
/// # Safety
///
/// As [`user_data`]; and `data` is what `destroy` frees.
pub(crate) unsafe fn set_auxiliary(
    context: *mut ffi::sqlite3_context,
    argument: c_int,
    data: *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
) {
    // SAFETY: the caller's promise.
    unsafe { ffi::sqlite3_set_auxdata(context, argument, data, Some(destroy)) };
}

/// The memory of an aggregate's group, `size` bytes that are zero at first; null where memory is short, or where `size` is 0 and
/// no call has made it.
///
/// # Safety
///
/// As [`user_data`], for an aggregate.
pub(crate) unsafe fn group_memory(context: *mut ffi::sqlite3_context, size: usize) -> *mut c_void {
    let size = c_int::try_from(size).unwrap_or(0);
    // SAFETY: the caller's promise.
    unsafe { ffi::sqlite3_aggregate_context(context, size) }
}

/// Makes the call fail with a message.
///
/// # Safety
///
/// As [`user_data`].
pub(crate) unsafe fn fail(context: *mut ffi::sqlite3_context, message: &str) {
    let length = c_int::try_from(message.len()).unwrap_or(c_int::MAX);
    // SAFETY: the caller's promise; SQLite copies the text, which is readable for its length.
    unsafe { ffi::sqlite3_result_error(context, message.as_ptr().cast(), length) };
}

/// Makes the call fail because memory is short.
///
/// # Safety
///
/// As [`user_data`].
pub(crate) unsafe fn fail_for_memory(context: *mut ffi::sqlite3_context) {
    // SAFETY: the caller's promise.
    unsafe { ffi::sqlite3_result_error_nomem(context) };
}

/// Sets the call's result, which SQLite copies.
///
/// # Safety
///
/// As [`user_data`].
#[inline]
pub(crate) unsafe fn set_result(context: *mut ffi::sqlite3_context, value: ValueRef<'_>) {
    const UTF8: u8 = 1;
    const { assert!(UTF8 as i32 == ffi::SQLITE_UTF8) };
    match value {
        // SAFETY: the caller's promise.
        ValueRef::Null => unsafe { ffi::sqlite3_result_null(context) },
        // SAFETY: as above.
        ValueRef::Integer(value) => unsafe { ffi::sqlite3_result_int64(context, value) },
        // SAFETY: as above.
        ValueRef::Real(value) => unsafe { ffi::sqlite3_result_double(context, value) },
        ValueRef::Text(text) => {
            // SAFETY: as above; the text is readable for its length.
            unsafe {
                ffi::sqlite3_result_text64(
                    context,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                    UTF8,
                );
            }
        }
        ValueRef::Blob(blob) => {
            // SAFETY: as for a text.
            unsafe {
                ffi::sqlite3_result_blob64(
                    context,
                    blob.as_ptr().cast(),
                    blob.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                );
            }
        }
    }
}
