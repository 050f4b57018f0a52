//! What the table stands on, so that a model checker can put its own in this place.

pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicPtr, AtomicUsize};

/// How many slots the first chunk has: a power of two.
pub(super) const FIRST: usize = 64;

/// A number of the thread's, the same each time.
pub(super) fn thread_number() -> usize {
    use std::sync::atomic::Ordering;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // Any will do while the thread ends.
    NUMBER.try_with(|number| *number).unwrap_or(0)
}
