//! [`PoolError`]: why a pool gives no connection.

use std::time::Duration;

/// Why a pool gives no connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// The pool was closed.
    #[error("the pool is closed")]
    Closed,

    /// None became free in time.
    #[error(
        "no {what} became free in {} s, with {in_use} in use: give them back sooner, or allow more or longer waits",
        .waited.as_secs_f64()
    )]
    Timeout {
        /// `reader` or `writer`.
        what: &'static str,
        /// [`Builder::wait_timeout`](super::Builder::wait_timeout).
        waited: Duration,
        /// How many were in use.
        in_use: usize,
    },

    /// The deadline passed before one became free.
    #[error("the deadline has passed before a {what} became free")]
    Deadline {
        /// `reader` or `writer`.
        what: &'static str,
    },

    /// So many wait already that one more would only make it worse.
    #[error("{waiting} callers wait for a {what} already: try again later, or allow more")]
    TooManyWaiters {
        /// `reader` or `writer`.
        what: &'static str,
        /// [`Builder::max_waiters`](super::Builder::max_waiters).
        waiting: usize,
    },

    /// The database is in memory, or a temporary one, which each connection has for itself.
    #[error("a pool is for a database file, and this one is in memory or temporary")]
    NotAFile,

    /// Connections were still in use when closing the pool had waited long enough. They are closed when they come back.
    #[error(
        "{in_use} connections of the pool are still in use: they are closed when they are given back"
    )]
    StillInUse {
        /// How many.
        in_use: usize,
    },
}
