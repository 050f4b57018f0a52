//! User code that SQLite calls, by table: the kind of callback, the place where something happens, and what happens there. Each
//! cell says what the caller sees, and that the connection works afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test fails by panicking"
)]

mod batches;
mod cases;
mod kinds;
mod pending;
mod preupdate;
mod probe;
mod table;
