//! What a row costs that is read the usual way, value by value. Prints nanoseconds. `cargo xtask lto`
//! measures what a linker that sees through those calls makes of it.

use std::hint::black_box;
use std::time::Instant;

use clib::{Connection, Result};

const ROWS: u32 = 100_000;
const ROUNDS: usize = 40;

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(&format!(
        "CREATE TABLE t (a INTEGER, b INTEGER, c REAL, d TEXT);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO t SELECT i, i * 7919, i * 0.5, 'text ' || i FROM n"
    ))?;
    let mut stmt = conn.prepare("SELECT a, b, c, d FROM t")?;
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut rows = stmt.query(())?;
        let mut sum = 0.0;
        while let Some(row) = rows.next()? {
            let (a, b, c): (i64, i64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let d: &str = row.get(3)?;
            sum += c + if a < b { 1.0 } else { 0.0 };
            black_box(d);
        }
        black_box(sum);
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{:.2}", best * 1e9 / f64::from(ROWS));
    Ok(())
}
