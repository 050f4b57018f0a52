//! A sum of squares, by an aggregate in Rust that gets its values a batch at a time.

use clib::Result;

use crate::data::Report;
use crate::not_there_yet;

/// `data::AGGREGATE` over the table, warm. Its one value is an integer, and NULLs count for nothing.
pub fn sum_of_squares(_path: &str) -> Result<Report> {
    // Here `conn.create_batch_aggregate("sum_of_squares", ...)` goes, and then `read::statement` on that connection.
    not_there_yet("Connection::create_batch_aggregate")
}
