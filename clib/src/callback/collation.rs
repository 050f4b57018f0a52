//! Collations: what C calls, on the thread that uses the connection alone (`Db::keep_to_one_thread`). C owns the state, a box of
//! [`State`], and frees it by the destructor that is registered with it.
//!
//! On a connection that other code owns nobody keeps C to that thread: it may compare on several at once. There closures are `Sync`,
//! and where one panics, nobody is told, and nobody asks before a commit ([`hook`](super::hook)); what is left is to interrupt the
//! statement.

use std::cmp::Ordering;
use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use clib_sys as ffi;
use libc::{c_int, c_void};

use super::{Callbacks, contain, kind, run};
use crate::collation::{Compare, SharedCompare};
use crate::error::Result;
use crate::raw::{self, Interrupter, pointer};

struct State {
    callbacks: Arc<Callbacks>,
    compare: Compare,
    /// The connection, where other code owns it: then `compare` is `Sync`, and so are the callbacks, which are nobody else's.
    foreign: Option<NonNull<ffi::sqlite3>>,
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
            state: Box::new(State {
                callbacks,
                compare,
                foreign: None,
            }),
        })
    }

    /// One for a connection that other code owns, whose closure can be called by several threads at once.
    pub(crate) fn foreign(
        name: &str,
        db: NonNull<ffi::sqlite3>,
        compare: SharedCompare,
    ) -> Result<Self> {
        let callbacks = Callbacks::new(Interrupter::detached());
        let mut registration = Self::new(name, Arc::new(callbacks), compare)?;
        registration.state.foreign = Some(db);
        Ok(registration)
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
    let compare = || match (state.compare)(left, right) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    };
    let Some(db) = state.foreign else {
        return run::<kind::Collation>(&state.callbacks, compare);
    };
    contain(&state.callbacks, None, || Some(compare())).unwrap_or_else(|| {
        // SAFETY: the connection that is comparing, and so is open; any thread may interrupt it.
        unsafe { ffi::sqlite3_interrupt(db.as_ptr()) };
        0
    })
}

unsafe extern "C" fn destroy(data: *mut c_void) {
    // SAFETY: the box that was registered with this destructor, which SQLite calls once.
    let state = unsafe { Box::from_raw(data.cast::<State>()) };
    let callbacks = Arc::clone(&state.callbacks);
    contain(&callbacks, (), || drop(state));
}
