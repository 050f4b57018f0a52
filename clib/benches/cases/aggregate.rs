//! A sum of squares, by an aggregate in Rust that gets its values a batch at a time.

use clib::{Connection, Result};

use crate::data::{self, Report};
use crate::{not_there_yet, read, warm};

/// Its one value is an integer, and NULLs count for nothing.
pub fn sum_of_squares(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    define(&conn)?;
    read::timed(&conn, data::AGGREGATE)
}

/// Here `conn.create_batch_aggregate("sum_of_squares", ...)` goes.
fn define(_conn: &Connection) -> Result<()> {
    not_there_yet("Connection::create_batch_aggregate")
}
