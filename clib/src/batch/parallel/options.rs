//! What a caller can choose about a parallel scan.

use std::num::NonZero;
use std::thread;

/// How many threads a scan has where nothing else is asked, at most. Beyond, what is read outruns what takes it.
const MOST_THREADS: usize = 8;

/// How many batches wait for the caller where nothing else is asked, for each thread.
const BUFFERED_PER_THREAD: usize = 4;

/// How a table is read by several threads: see [`Connection::read_table_parallel`](crate::Connection::read_table_parallel).
///
/// ```
/// use clib::ParallelOptions;
///
/// let options = ParallelOptions::new().threads(2).ordered(false);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct ParallelOptions {
    threads: Option<usize>,
    pub(super) ordered: bool,
    buffered: Option<usize>,
}

impl ParallelOptions {
    /// The defaults: as many threads as the machine runs at once, but at most 8; batches in the table's order; and four of
    /// them for each thread made before they are asked for.
    pub fn new() -> Self {
        Self {
            threads: None,
            ordered: true,
            buffered: None,
        }
    }

    /// How many threads read, at least 1; fewer where the table is small. Each has a connection of its own.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// Whether batches come in the order of rowids, as [`read_table`](crate::Connection::read_table) gives them, or as they
    /// are ready. On by default. The first batch is the table's first in either case.
    #[must_use]
    pub fn ordered(mut self, ordered: bool) -> Self {
        self.ordered = ordered;
        self
    }

    /// How many batches may wait for the caller, at least 1; when so many do, the threads wait too. Besides these, each
    /// thread has one batch in the making, and with [`ordered`](Self::ordered) one more may wait, the next in order. So memory
    /// is bounded by `batches` + threads + 1 batches, and what
    /// [`ReadOptions::batch_rows`](crate::ReadOptions::batch_rows) and
    /// [`batch_bytes`](crate::ReadOptions::batch_bytes) allow each, besides the connections' caches.
    #[must_use]
    pub fn buffered_batches(mut self, batches: usize) -> Self {
        self.buffered = Some(batches.max(1));
        self
    }

    pub(super) fn thread_count(&self) -> usize {
        self.threads.unwrap_or_else(|| {
            thread::available_parallelism()
                .map_or(1, NonZero::get)
                .min(MOST_THREADS)
        })
    }

    pub(super) fn buffer(&self, threads: usize) -> usize {
        self.buffered
            .unwrap_or_else(|| threads.saturating_mul(BUFFERED_PER_THREAD))
    }
}

impl Default for ParallelOptions {
    fn default() -> Self {
        Self::new()
    }
}
