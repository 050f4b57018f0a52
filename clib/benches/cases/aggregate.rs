//! A sum of squares, by an aggregate in Rust that gets its values a batch at a time.

use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Result};

use crate::data::{self, Report};
use crate::{read, warm};

struct SumOfSquares;

impl BatchAggregate for SumOfSquares {
    type State = i64;
    type Output = i64;

    fn init(&self) -> i64 {
        0
    }

    fn update(&self, sum: &mut i64, rows: &ArgumentBatch<'_>) -> Result<()> {
        // NULL is 0 among the values, and counts for nothing.
        let squares = rows
            .integers(0)?
            .values()
            .iter()
            .map(|x| x.wrapping_mul(*x));
        *sum = squares.fold(*sum, i64::wrapping_add);
        Ok(())
    }

    fn finish(&self, sum: i64) -> Result<i64> {
        Ok(sum)
    }
}

/// Its one value is an integer, and NULLs count for nothing.
pub fn sum_of_squares(path: &str) -> Result<Report> {
    let mut conn = warm(path)?;
    conn.create_batch_aggregate("sum_of_squares", &[ArgumentType::Integer], SumOfSquares)?;
    read::timed(&conn, data::AGGREGATE)
}
