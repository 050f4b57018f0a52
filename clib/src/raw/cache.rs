//! Prepared statements kept by SQL text.

use std::cell::RefCell;
use std::ptr::NonNull;

use clib_sys as ffi;
use hashlink::LruCache;

/// A statement that nobody uses: not running, and without bindings.
///
/// # Invariants
///
/// The pointer is a live statement that nobody else holds.
pub(super) struct Idle(NonNull<ffi::sqlite3_stmt>);

impl Idle {
    /// # Safety
    ///
    /// `stmt` is live, not running, without bindings, and given away by its owner.
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
/// None is dropped while the map is borrowed: finalizing can run code that prepares statements.
pub(super) struct Cache(RefCell<LruCache<Box<str>, Idle>>);

impl Cache {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self(RefCell::new(LruCache::new(capacity)))
    }

    pub(super) fn set_capacity(&self, capacity: usize) {
        let mut surplus = Vec::new();
        {
            let mut map = self.0.borrow_mut();
            while map.len() > capacity {
                surplus.extend(map.remove_lru());
            }
            map.set_capacity(capacity);
        }
        drop(surplus);
    }

    /// Takes a statement out, with its SQL text, which is its key when it comes back.
    pub(super) fn take(&self, sql: &str) -> Option<(Box<str>, Idle)> {
        self.0.borrow_mut().remove_entry(sql)
    }

    /// Keeps a statement for the next user. One with the same text that came back before is dropped.
    pub(super) fn put(&self, sql: Box<str>, statement: Idle) {
        let mut surplus = (None, None);
        {
            let mut map = self.0.borrow_mut();
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
        let capacity = self.0.borrow().capacity();
        let all = self.0.replace(LruCache::new(capacity));
        drop(all);
    }
}
