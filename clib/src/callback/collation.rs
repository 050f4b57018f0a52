//! Collations: what C calls, on the thread that uses the connection alone (`Db::keep_to_one_thread`). C owns the state, a box of [`State`], and frees it by the destructor that is registered with it.

use std::cmp::Ordering;
use std::ffi::CString;
use std::sync::Arc;

use clib_sys as ffi;
use libc::{c_int, c_void};

use super::{Callbacks, contain, kind, run};
use crate::collation::Compare;
use crate::error::Result;
use crate::raw::{self, pointer};

struct State {
    callbacks: Arc<Callbacks>,
    compare: Compare,
}

/// A collation that is ready to be registered.
pub(crate) struct CollationRegistration {
    name: CString,
    state: Box<State>,
}

impl CollationRegistration {
    pub(crate) fn new(name: &str, callbacks: Arc<Callbacks>, compare: Compare) -> Result<Self> {
        Ok(Self {
            name: raw::c_string(name)?,
            state: Box::new(State { callbacks, compare }),
        })
    }

    /// Registers it: SQLite's result code.
    ///
    /// # Safety
    ///
    /// `db` is open, and used by this thread.
    pub(crate) unsafe fn register(self, db: *mut ffi::sqlite3) -> c_int {
        let Self { name, state } = self;
        let callbacks = Arc::clone(&state.callbacks);
        let data = Box::into_raw(state);
        // SAFETY: the caller's promise; the name is NUL-terminated; the callbacks are those of the data, which SQLite owns where this
        // succeeds.
        let code = unsafe {
            ffi::sqlite3_create_collation_v2(
                db,
                name.as_ptr(),
                ffi::SQLITE_UTF8,
                data.cast(),
                Some(compare),
                Some(destroy),
            )
        };
        if code != ffi::SQLITE_OK {
            // Other than for functions, SQLite has not called the destructor.
            // SAFETY: ours still.
            let state = unsafe { Box::from_raw(data) };
            contain(&callbacks, (), || drop(state));
        }
        code
    }
}

unsafe extern "C" fn compare(
    data: *mut c_void,
    left_length: c_int,
    left: *const c_void,
    right_length: c_int,
    right: *const c_void,
) -> c_int {
    // SAFETY: what the collation was registered with, which lives as long as it is. It can be replaced or removed where no statement
    // runs, and so nobody is here.
    let state = unsafe { &*data.cast::<State>() };
    // SAFETY: SQLite lends so many bytes for this call.
    let left = unsafe { pointer::bytes(left, left_length) };
    // SAFETY: as above.
    let right = unsafe { pointer::bytes(right, right_length) };
    run::<kind::Collation>(&state.callbacks, || match (state.compare)(left, right) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    })
}

unsafe extern "C" fn destroy(data: *mut c_void) {
    // SAFETY: the box that was registered with this destructor, which SQLite calls once.
    let state = unsafe { Box::from_raw(data.cast::<State>()) };
    let callbacks = Arc::clone(&state.callbacks);
    contain(&callbacks, (), || drop(state));
}
