//! What the table stands on, so that a model checker can put its own in this place.

pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicPtr, AtomicUsize};

/// How many slots a chunk has: a power of two.
pub(super) const CHUNK: usize = 1024;
/// How many chunks there are at most: a power of two. That many connections have no place in a machine's memory.
pub(super) const CHUNKS: usize = if usize::BITS > 32 { 4096 } else { 1024 };

/// A number of the thread's, the same each time.
pub(super) fn thread_number() -> usize {
    use std::sync::atomic::Ordering;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    // Any will do while the thread ends.
    NUMBER.try_with(|number| *number).unwrap_or(0)
}
