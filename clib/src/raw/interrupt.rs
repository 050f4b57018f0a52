//! Stopping a connection's work from another thread, also after the connection is gone.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clib_sys as ffi;

/// Shared between a connection and its interrupt handles.
///
/// # Invariants
///
/// While the pointer is `Some`, the connection is open: the owner takes it out, under the lock, before it closes.
#[derive(Clone)]
pub(crate) struct Interrupter(Arc<Shared>);

struct Shared {
    connection: Mutex<Option<Connection>>,
    /// How often it was interrupted. SQLite forgets it when no statement runs.
    count: AtomicU64,
}

struct Connection(NonNull<ffi::sqlite3>);

// SAFETY: the pointer is used for `sqlite3_interrupt` only, which SQLite allows from any thread while the connection is
// open; the mutex and the type's invariant make sure that it is.
unsafe impl Send for Connection {}

impl Interrupter {
    pub(super) fn new(db: NonNull<ffi::sqlite3>) -> Self {
        Self(Arc::new(Shared {
            connection: Mutex::new(Some(Connection(db))),
            count: AtomicU64::new(0),
        }))
    }

    /// One that no connection belongs to.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self(Arc::new(Shared {
            connection: Mutex::new(None),
            count: AtomicU64::new(0),
        }))
    }

    /// Asks the connection's running statements to stop. Nothing happens where it is closed.
    pub(crate) fn interrupt(&self) {
        if let Some(Connection(db)) = &*self.lock() {
            self.0.count.fetch_add(1, Ordering::Relaxed);
            // SAFETY: open, by the type invariant, and it stays so while the lock is held.
            unsafe { ffi::sqlite3_interrupt(db.as_ptr()) }
        }
    }

    /// How often there was an interrupt: for work of many statements, which is to end with the one that is running.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(crate) fn count(&self) -> u64 {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Whether a transaction is open that has written.
    ///
    /// # Safety
    ///
    /// This thread is the one that uses the connection.
    pub(crate) unsafe fn writes(&self) -> bool {
        match &*self.lock() {
            Some(Connection(db)) => {
                // SAFETY: open, by the type invariant, and used by this thread, by the caller's promise; null asks for all schemas.
                let state = unsafe { ffi::sqlite3_txn_state(db.as_ptr(), std::ptr::null()) };
                state == ffi::SQLITE_TXN_WRITE
            }
            None => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Connection>> {
        self.0
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on handles do nothing: the connection is about to be closed. No lock is held while it is, because closing
    /// can run user code (destructors of what was registered), and that may interrupt.
    pub(super) fn detach(&self) {
        *self.lock() = None;
    }

    /// Handles work again: the connection could not be closed.
    pub(super) fn attach(&self, db: NonNull<ffi::sqlite3>) {
        *self.lock() = Some(Connection(db));
    }
}
