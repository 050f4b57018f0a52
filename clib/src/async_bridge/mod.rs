//! SQLite awaited, on any runtime: feature `async`.
//!
//! SQLite blocks, so its work runs on threads of this crate, and futures wait for it. They are woken by the usual wakers, and need
//! nothing of the executor that polls them: no runtime's timers, tasks or threads.
//!
//! - [`AsyncPool`] is a [`Pool`](crate::Pool) that is awaited: many readers and one writer, each with a thread.
//! - [`BatchStream`] (feature `arrow`) is a query's result as a stream of Arrow batches, with back-pressure.
//! - [`AsyncConnection`] is one connection with a thread of its own, for work that must stay on one thread.
//!
//! Dropping a future stops its work: see [`AsyncPool`].

mod connection;
mod crew;
mod pool;
mod queue;
#[cfg(feature = "arrow")]
mod stream;
mod task;
mod timer;

pub use connection::AsyncConnection;
pub use pool::AsyncPool;
#[cfg(feature = "arrow")]
pub use stream::BatchStream;
