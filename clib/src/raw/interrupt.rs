//! Stopping a connection's work from another thread, also after the connection is gone.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clib_sys as ffi;

/// Shared between a connection and its interrupt handles.
#[derive(Clone)]
pub(crate) struct Interrupter(Arc<Mutex<State>>);

/// # Invariants
///
/// While `connection` is `Some`, the connection is open: the owner takes it out, under the lock, before it closes.
struct State {
    connection: Option<Connection>,
    /// The scopes that have not ended.
    scopes: Vec<Scope>,
    /// How often it was interrupted. SQLite forgets it when no statement runs.
    count: u64,
}

struct Scope {
    flag: Arc<AtomicBool>,
    /// Whether its flag alone stops statements, see [`Interrupter::open_scope`].
    only_flag: bool,
}

struct Connection(NonNull<ffi::sqlite3>);

// SAFETY: from other threads the pointer is used for `sqlite3_interrupt` only, which SQLite allows while the connection is
// open; the mutex and the invariant of `State` make sure that it is.
unsafe impl Send for Connection {}

impl State {
    fn interrupt(&mut self) {
        if let Some(Connection(db)) = &self.connection {
            self.count = self.count.wrapping_add(1);
            // SAFETY: open, by the type invariant, and it stays so while the lock is held, which the borrow shows.
            unsafe { ffi::sqlite3_interrupt(db.as_ptr()) }
        }
    }
}

impl Interrupter {
    pub(super) fn new(db: NonNull<ffi::sqlite3>) -> Self {
        Self::of(Some(Connection(db)))
    }

    fn of(connection: Option<Connection>) -> Self {
        Self(Arc::new(Mutex::new(State {
            connection,
            scopes: Vec::new(),
            count: 0,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that stops nothing.
    pub(crate) fn detached() -> Self {
        Self::of(None)
    }

    /// Asks the connection's running statements to stop. Nothing happens where it is closed.
    pub(crate) fn interrupt(&self) {
        self.lock().interrupt();
    }

    /// How often there was an interrupt: for work of many statements, which is to end with the one that is running.
    #[cfg(feature = "arrow")]
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Whether a transaction is open that has written.
    ///
    /// # Safety
    ///
    /// This thread is the one that uses the connection.
    pub(crate) unsafe fn writes(&self) -> bool {
        match &self.lock().connection {
            Some(Connection(db)) => {
                // SAFETY: open, by the type invariant, and used by this thread, by the caller's promise; null asks for all schemas.
                let state = unsafe { ffi::sqlite3_txn_state(db.as_ptr(), std::ptr::null()) };
                state == ffi::SQLITE_TXN_WRITE
            }
            None => false,
        }
    }

    /// Sets the scope's flag, which stays set, and asks running statements to stop where the scope has not ended.
    ///
    /// SQLite forgets an interrupt when a statement begins while no other one runs. One that begins just now sees the flag.
    pub(crate) fn interrupt_scope(&self, scope: &Arc<AtomicBool>) {
        scope.store(true, Ordering::Release);
        let mut state = self.lock();
        let open = state
            .scopes
            .iter()
            .find(|open| Arc::ptr_eq(&open.flag, scope));
        match open.map(|open| open.only_flag) {
            None => {}
            Some(true) => state.count = state.count.wrapping_add(1),
            Some(false) => state.interrupt(),
        }
    }

    /// Begins a scope. Where statements run already, its flag alone is to stop them, which the progress and busy handlers look at:
    /// SQLite would remember an interrupt until the last of them has ended, which may be after the scope.
    pub(crate) fn open_scope(&self, scope: &Arc<AtomicBool>, only_flag: bool) {
        self.lock().scopes.push(Scope {
            flag: Arc::clone(scope),
            only_flag,
        });
    }

    pub(crate) fn close_scope(&self, scope: &Arc<AtomicBool>) {
        self.lock()
            .scopes
            .retain(|open| !Arc::ptr_eq(&open.flag, scope));
    }

    #[cfg(feature = "pool")]
    pub(super) fn clear_scopes(&self) {
        self.lock().scopes.clear();
    }

    /// From now on handles do nothing: the connection is about to be closed. No lock is held while it is, because closing
    /// can run user code (destructors of what was registered), and that may interrupt.
    pub(super) fn detach(&self) {
        self.lock().connection = None;
    }

    /// Handles work again: the connection could not be closed.
    pub(super) fn attach(&self, db: NonNull<ffi::sqlite3>) {
        self.lock().connection = Some(Connection(db));
    }
}
