//! How fast a table is read in batches of so many rows: what the default of `ReadOptions::batch_rows` rests on.
//!
//! ```text
//! cargo run --release -p clib --example batch_rows [ROWS]
//! ```
//!
//! Each size is measured in turn, several times over, so that a machine whose speed drifts treats all alike; the best time of
//! each is compared with that of the default. Batches are dropped as they come, as in an export.

use std::time::{Duration, Instant};

use clib::{Connection, ReadOptions, Result};

const SIZES: [usize; 9] = [64, 256, 1_024, 2_048, 4_096, 8_192, 16_384, 65_536, 262_144];
const DEFAULT: usize = 8_192;
const ROUNDS: usize = 7;

fn main() -> Result<()> {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok());
    let rows: i64 = rows.unwrap_or(1_000_000);
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(
        "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT)",
    )?;
    conn.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?1)
         INSERT INTO t SELECT i, i % 1000, random(), iif(i % 10, i, NULL), i / 7.0, iif(i % 9, i / 100.0, NULL), 'ab',
             printf('N%05d', i % 100000), 'Zürich, a text of some length ' || i, iif(i % 11, hex(i % 5000), NULL) FROM n",
        [rows],
    )?;
    let mut best = [Duration::MAX; SIZES.len()];
    for _ in 0..ROUNDS {
        for (size, best) in SIZES.iter().zip(&mut best) {
            let start = Instant::now();
            let mut reader = conn.read_table("t", &ReadOptions::new().batch_rows(*size))?;
            while reader.next_batch()?.is_some() {}
            *best = start.elapsed().min(*best);
        }
    }
    let default = SIZES.iter().zip(&best).find(|(size, _)| **size == DEFAULT);
    let default = default.map_or(Duration::MAX, |(_, best)| *best);
    for (size, best) in SIZES.iter().zip(&best) {
        let ratio = best.as_secs_f64() / default.as_secs_f64();
        println!("{size:>7} rows per batch: {ratio:.2} times the time of {DEFAULT}");
    }
    Ok(())
}
