//! Functions in Rust that are called for each row.

use clib::{Aggregate, Context, FunctionFlags, Result};

use crate::data::{self, Report};
use crate::{read, warm};

struct SumOfSquares;

impl Aggregate for SumOfSquares {
    type State = i64;
    type Output = i64;

    fn init(&self) -> Result<i64> {
        Ok(0)
    }

    fn step(&self, sum: &mut i64, context: &Context<'_>) -> Result<()> {
        if let Some(value) = context.get::<Option<i64>>(0)? {
            *sum += value * value;
        }
        Ok(())
    }

    fn finish(&self, sum: i64) -> Result<i64> {
        Ok(sum)
    }
}

/// As the case `aggregate`, by an aggregate that is called for each row.
pub fn sum_of_squares(path: &str) -> Result<Report> {
    let mut conn = warm(path)?;
    let flags = FunctionFlags::DETERMINISTIC;
    conn.create_aggregate_function("sum_of_squares", 1, flags, SumOfSquares)?;
    read::timed(&conn, data::AGGREGATE)
}

/// A scalar function of one argument.
pub fn one_more(path: &str) -> Result<Report> {
    let mut conn = warm(path)?;
    let flags = FunctionFlags::DETERMINISTIC;
    conn.create_scalar_function("one_more", 1, flags, |context| {
        Ok(context.get::<Option<i64>>(0)?.map(|value| value + 1))
    })?;
    read::timed(&conn, data::FUNCTION)
}
