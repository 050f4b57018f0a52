//! From C's pointers to Rust's slices: null-tolerant, and never assuming UTF-8.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that calls them, after the null check"
)]

use std::ffi::CStr;
use std::slice;

use libc::{c_char, c_int, c_void};

/// `length` bytes at `pointer`; empty where the pointer is null or the length is not positive.
///
/// # Safety
///
/// A non-null `pointer` is valid for reading `length` bytes that do not change during `'a`.
pub(crate) unsafe fn bytes<'a>(pointer: *const c_void, length: c_int) -> &'a [u8] {
    match usize::try_from(length) {
        Ok(length) if length > 0 && !pointer.is_null() => {
            // SAFETY: not null, and valid for `length` bytes by the caller's promise; `u8` has no alignment.
            unsafe { slice::from_raw_parts(pointer.cast::<u8>(), length) }
        }
        _ => &[],
    }
}

/// The C string at `pointer` without its NUL, or `None` where the pointer is null.
///
/// # Safety
///
/// A non-null `pointer` is a NUL-terminated string that does not change during `'a`.
pub(crate) unsafe fn c_bytes<'a>(pointer: *const c_char) -> Option<&'a [u8]> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and NUL-terminated by the caller's promise.
    Some(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// A copy of the C string at `pointer`, with U+FFFD for what is not UTF-8.
///
/// # Safety
///
/// A non-null `pointer` is a NUL-terminated string that does not change during the call.
pub(crate) unsafe fn string(pointer: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise; the borrow ends in this function.
    unsafe { c_bytes(pointer) }.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn null_is_empty() {
        // SAFETY: null is allowed, with any length.
        assert_eq!(unsafe { bytes(ptr::null(), 5) }, b"");
        // SAFETY: as above.
        assert_eq!(unsafe { bytes(ptr::null(), 0) }, b"");
        // SAFETY: null is allowed.
        assert_eq!(unsafe { c_bytes(ptr::null()) }, None);
    }

    #[test]
    fn a_negative_length_is_empty() {
        let text = b"text";
        // SAFETY: nothing is read of a negative length.
        assert_eq!(unsafe { bytes(text.as_ptr().cast(), -1) }, b"");
    }
}
