//! Runs the `clib` binary as a child process and looks at what it leaves: output, messages, exit code, files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking, in its helpers too"
)]

mod bad_input;
mod disk;
mod export;
mod flights;
mod formats;
mod import;
mod info;
mod interrupt;
mod locks;
mod memory;
mod query;
mod support;
