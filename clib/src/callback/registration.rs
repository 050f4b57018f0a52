//! What functions of every kind have in common: how they are registered, how they give a result, and how they fail.

use std::ffi::CString;

use clib_sys::{sqlite3_context, sqlite3_value};
use libc::{c_int, c_void};

use super::{Callbacks, Report, contain, discard};
use crate::error::{Error, Result};
use crate::raw::argument;
use crate::types::{ToSql, ToSqlOutput, ValueRef};

type Called = unsafe extern "C" fn(*mut sqlite3_context, c_int, *mut *mut sqlite3_value);
type Asked = unsafe extern "C" fn(*mut sqlite3_context);

/// A function that is ready to be registered: its user data, and what C calls.
///
/// # Invariants
///
/// `data` is a box of its own that `destroy` frees, and what the other callbacks take it for.
pub(crate) struct Registration {
    pub(crate) name: CString,
    /// -1 for any number.
    pub(crate) arguments: c_int,
    pub(crate) flags: c_int,
    pub(crate) data: *mut c_void,
    pub(crate) call: Option<Called>,
    pub(crate) step: Option<Called>,
    pub(crate) finish: Option<Asked>,
    pub(crate) value: Option<Asked>,
    pub(crate) inverse: Option<Called>,
    pub(crate) destroy: unsafe extern "C" fn(*mut c_void),
}

impl Registration {
    /// One that calls nothing yet.
    pub(super) fn without_callbacks(
        name: CString,
        arguments: c_int,
        data: *mut c_void,
        destroy: unsafe extern "C" fn(*mut c_void),
    ) -> Self {
        Self {
            name,
            arguments,
            flags: clib_sys::SQLITE_UTF8,
            data,
            call: None,
            step: None,
            finish: None,
            value: None,
            inverse: None,
            destroy,
        }
    }
}

/// Why a call failed, panics aside.
pub(crate) enum Failure {
    Memory,
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Gives C the result of a call. The conversion is user code, and so is dropping the value: this is called within
/// [`run`](super::run).
///
/// # Safety
///
/// `context` is the one of the call that C has made.
pub(super) unsafe fn set_result<T: ToSql>(
    context: *mut sqlite3_context,
    result: Result<T>,
) -> Result<(), Failure> {
    let value = result?;
    let output = value.to_sql().map_err(Error::other)?;
    let value = match &output {
        ToSqlOutput::Borrowed(value) => *value,
        ToSqlOutput::Owned(value) => ValueRef::from(value),
    };
    // SAFETY: the caller's promise.
    unsafe { argument::set_result(context, value) };
    Ok(())
}

/// Tells C of a failure: an error, or a panic where there is none.
///
/// # Safety
///
/// `context` is the one of the call that C has made.
#[cold]
pub(super) unsafe fn report(
    context: *mut sqlite3_context,
    callbacks: &Callbacks,
    failure: Option<Failure>,
) {
    const PANICKED: &str = "a user function panicked";
    match failure {
        None => {
            // SAFETY: the caller's promise.
            unsafe { argument::fail(context, PANICKED) };
        }
        Some(Failure::Memory) => {
            // SAFETY: the caller's promise.
            unsafe { argument::fail_for_memory(context) };
        }
        Some(Failure::Error(error)) => {
            // `Display` of the caller's error is user code.
            let text = contain(callbacks, None, || Some(error.to_string()));
            match text {
                Some(text) => {
                    // SAFETY: the caller's promise.
                    unsafe { argument::fail(context, &text) };
                    callbacks.keep_error(error, Report::Message(text));
                }
                None => {
                    // SAFETY: the caller's promise.
                    unsafe { argument::fail(context, PANICKED) };
                    discard(error);
                }
            }
        }
    }
}
