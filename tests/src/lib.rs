//! What the tests across crates share: random databases, and the comparison of paths that must not be told apart.
//!
//! Everything random comes from a seed. A failure prints it, and [`random::seed`] takes it back from the environment.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

pub mod action;
pub mod batches;
pub mod compare;
pub mod corrupt;
pub mod database;
pub mod dump;
pub mod load;
pub mod paths;
pub mod probe;
pub mod query;
pub mod random;
pub mod read;
pub mod shrink;
pub mod value;
pub mod watch;
