//! Prepared statements kept by SQL text.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use clib_sys as ffi;
use hashlink::LruCache;

/// A statement that nobody uses: without bindings, and not running, unless it is retired.
///
/// # Invariants
///
/// The pointer is a live statement that nobody else holds.
pub(super) struct Idle(NonNull<ffi::sqlite3_stmt>);

impl Idle {
    /// # Safety
    ///
    /// `stmt` is live, without bindings, and given away by its owner; to be used again, it must not be running either.
    pub(super) unsafe fn new(stmt: NonNull<ffi::sqlite3_stmt>) -> Self {
        Self(stmt)
    }

    /// The statement; the caller owns it.
    pub(super) fn into_pointer(self) -> NonNull<ffi::sqlite3_stmt> {
        let pointer = self.0;
        std::mem::forget(self);
        pointer
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        // SAFETY: live and ours, by the type invariant. A result code here repeats the last step's.
        unsafe { ffi::sqlite3_finalize(self.0.as_ptr()) };
    }
}

/// The statements of one connection that are not in use, the least recently used one dropped first.
///
/// None is finalized while the map is borrowed, which can run code that prepares statements, nor where a callback runs that must
/// leave the connection alone: it is retired, and finalized later, by whoever uses the connection next.
pub(super) struct Cache {
    idle: RefCell<LruCache<Box<str>, Idle>>,
    /// These may be in the middle of an execution.
    retired: RefCell<Vec<Idle>>,
    has_retired: Cell<bool>,
}

impl Cache {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            idle: RefCell::new(LruCache::new(capacity)),
            retired: RefCell::default(),
            has_retired: Cell::new(false),
        }
    }

    /// Keeps a statement to be finalized later.
    pub(super) fn retire(&self, statement: Idle) {
        self.retired.borrow_mut().push(statement);
        self.note_retired();
    }

    /// Has [`has_retired`](Self::has_retired) say so.
    pub(super) fn note_retired(&self) {
        self.has_retired.set(true);
    }

    #[inline]
    pub(super) fn has_retired(&self) -> bool {
        self.has_retired.get()
    }

    #[cold]
    pub(super) fn finalize_retired(&self) {
        self.has_retired.set(false);
        let all = self.retired.take();
        drop(all);
    }

    fn retire_all(&self, statements: impl IntoIterator<Item = Idle>) {
        statements
            .into_iter()
            .for_each(|statement| self.retire(statement));
    }

    pub(super) fn set_capacity(&self, capacity: usize) {
        let mut surplus = Vec::new();
        {
            let mut map = self.idle.borrow_mut();
            while map.len() > capacity {
                surplus.extend(map.remove_lru());
            }
            map.set_capacity(capacity);
        }
        self.retire_all(surplus.into_iter().map(|(_, statement)| statement));
    }

    /// Takes a statement out, with its SQL text, which is its key when it comes back.
    pub(super) fn take(&self, sql: &str) -> Option<(Box<str>, Idle)> {
        self.idle.borrow_mut().remove_entry(sql)
    }

    /// Keeps a statement for the next user. One with the same text that came back before is dropped.
    pub(super) fn put(&self, sql: Box<str>, statement: Idle) {
        let mut surplus = (None, None);
        {
            let mut map = self.idle.borrow_mut();
            if map.capacity() == 0 {
                surplus.0 = Some(statement);
            } else {
                if map.len() >= map.capacity() && !map.contains_key(&sql) {
                    surplus.1 = map.remove_lru();
                }
                surplus.0 = map.insert(sql, statement);
            }
        }
        drop(surplus);
    }

    pub(super) fn clear(&self) {
        let capacity = self.idle.borrow().capacity();
        let all = self.idle.replace(LruCache::new(capacity));
        self.retire_all(all.into_iter().map(|(_, statement)| statement));
    }
}
