//! A SQLite extension: a function, an aggregate and a collation.
//!
//! ```text
//! $ cargo build
//! $ sqlite3
//! sqlite> .load target/debug/libclib_extension
//! sqlite> SELECT initials('Augusta Ada King'), median(value) FROM generate_series(1, 9);
//! AAK|5.0
//! ```

mod batches;
mod probe;

use clib::{Aggregate, BorrowedConnection, Context, FunctionFlags, Result};

clib::extension!(init);

fn init(conn: &mut BorrowedConnection<'_>) -> Result<()> {
    let pure = FunctionFlags::DETERMINISTIC | FunctionFlags::INNOCUOUS;
    conn.create_typed_function("initials", pure, |name: String| {
        let initials = name
            .split_whitespace()
            .filter_map(|word| word.chars().next());
        Ok(initials.collect::<String>())
    })?;
    conn.create_aggregate_function("median", 1, pure, Median)?;
    conn.create_collation("by_length", |a, b| {
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    })?;
    probe::register(conn)
}

/// The median of numbers; NULL counts as none.
struct Median;

impl Aggregate for Median {
    type State = Vec<f64>;
    type Output = Option<f64>;

    fn init(&self) -> Result<Vec<f64>> {
        Ok(Vec::new())
    }

    fn step(&self, numbers: &mut Vec<f64>, context: &Context<'_>) -> Result<()> {
        numbers.extend(context.get::<Option<f64>>(0)?);
        Ok(())
    }

    fn finish(&self, mut numbers: Vec<f64>) -> Result<Option<f64>> {
        numbers.sort_unstable_by(f64::total_cmp);
        let middle = numbers.len() / 2;
        Ok(match (numbers.get(middle), numbers.len() % 2) {
            (Some(above), 0) => Some((numbers[middle - 1] + above) / 2.0),
            (above, _) => above.copied(),
        })
    }
}
