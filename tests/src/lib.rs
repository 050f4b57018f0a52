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

/// Ends a test where the library in use is older than what its SQL needs.
#[macro_export]
macro_rules! needs_sqlite {
    ($version:literal, $what:literal) => {
        if !$crate::has_sqlite($version, $what) {
            return;
        }
    };
}

/// Whether the library in use has what came with this version; where not, says that it is left out.
#[must_use]
pub fn has_sqlite(version: i32, what: &str) -> bool {
    let has = clib::version_number() >= version;
    if !has {
        println!("skipped: SQLite {} has no {what}", clib::version());
    }
    has
}

/// Whether the library in use understands a script that creates tables; where not, says that it is left out.
#[must_use]
pub fn understands(script: &str) -> bool {
    !script.contains(" STRICT") || has_sqlite(3_037_000, "STRICT")
}

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
