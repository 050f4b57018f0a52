//! Stopping a connection's work from another thread, also after the connection is gone.

use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use clib_sys as ffi;

/// Shared between a connection and its interrupt handles.
///
/// # Invariants
///
/// While the pointer is `Some`, the connection is open: the owner takes it out, under the lock, before it closes.
#[derive(Clone)]
pub(crate) struct Interrupter(Arc<Mutex<Option<Connection>>>);

struct Connection(NonNull<ffi::sqlite3>);

// SAFETY: the pointer is used for `sqlite3_interrupt` only, which SQLite allows from any thread while the connection is
// open; the mutex and the type's invariant make sure that it is.
unsafe impl Send for Connection {}

impl Interrupter {
    pub(super) fn new(db: NonNull<ffi::sqlite3>) -> Self {
        Self(Arc::new(Mutex::new(Some(Connection(db)))))
    }

    /// One that stops nothing.
    pub(super) fn detached() -> Self {
        Self(Arc::default())
    }

    /// Asks the connection's running statements to stop. Nothing happens where it is closed.
    pub(crate) fn interrupt(&self) {
        if let Some(Connection(db)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // SAFETY: open, by the type invariant, and it stays so while the lock is held.
            unsafe { ffi::sqlite3_interrupt(db.as_ptr()) }
        }
    }

    /// From now on handles do nothing: the connection is about to be closed. No lock is held while it is, because closing
    /// can run user code (destructors of what was registered), and that may interrupt.
    pub(super) fn detach(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Handles work again: the connection could not be closed.
    pub(super) fn attach(&self, db: NonNull<ffi::sqlite3>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Connection(db));
    }
}
