//! A panic in a function goes through SQLite to the call that ran the statement: `cargo run -p clib --example panics`.
//!
//! Compiled with `panic = "abort"` the program ends where it panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

use clib::{Connection, FunctionFlags, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    conn.create_typed_function("next", FunctionFlags::DETERMINISTIC, |n: i64| {
        assert!(n != 7, "no seven");
        Ok(n + 1)
    })?;
    let next = |n: i64| -> Result<i64> { conn.query_row("SELECT next(?1)", [n], |row| row.get(0)) };

    println!("before");
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| next(7))) {
        println!("caught: {}", payload.downcast_ref().unwrap_or(&"?"));
    }
    // Neither the statement nor the connection has suffered.
    println!("after: {}", next(7 - 1)? + 1);
    Ok(())
}
