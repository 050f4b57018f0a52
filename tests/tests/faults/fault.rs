//! Which operation fails: counted from when it was asked for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A kind of operation that can fail, and the one that will.
pub(crate) struct Fault {
    /// How many there were since [`arm`](Self::arm).
    count: AtomicU64,
    /// The number of the one that fails; 0 for none.
    at: AtomicU64,
    /// Whether all later ones fail too.
    forever: AtomicBool,
}

impl Fault {
    pub(crate) const fn new() -> Self {
        Self {
            count: AtomicU64::new(0),
            at: AtomicU64::new(0),
            forever: AtomicBool::new(false),
        }
    }

    /// From now on the operation of that number fails, counted from 1; `forever`: and all after it.
    pub(crate) fn arm(&self, at: u64, forever: bool) {
        self.count.store(0, Ordering::SeqCst);
        self.forever.store(forever, Ordering::SeqCst);
        self.at.store(at, Ordering::SeqCst);
    }

    /// No more faults. Whether there was one.
    pub(crate) fn disarm(&self) -> bool {
        let at = self.at.swap(0, Ordering::SeqCst);
        self.count.load(Ordering::SeqCst) >= at
    }

    /// How many operations there were while it was armed.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Counts an operation, and tells whether it fails.
    pub(crate) fn strikes(&self) -> bool {
        let at = self.at.load(Ordering::SeqCst);
        if at == 0 {
            return false;
        }
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        count == at || (count > at && self.forever.load(Ordering::SeqCst))
    }
}
