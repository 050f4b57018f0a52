//! The whole table, in two partitions at the same time.

use std::time::Instant;

use arrow_array::RecordBatch;
use clib::{Connection, Result};

use crate::data::Report;
use crate::not_there_yet;
use crate::sum::Sum;

/// All of table `t`, in order, by two threads. The threads' connections have caches of the usual size, as `scan-single` has.
pub fn two_partitions(path: &str) -> Result<Report> {
    let conn = Connection::open_read_only(path)?;
    let start = Instant::now();
    let batches = scan(&conn)?;
    Ok(Report {
        rows: batches.iter().map(RecordBatch::num_rows).sum(),
        elapsed: start.elapsed(),
        checksum: Sum::of(&batches),
        ..Report::default()
    })
}

/// Here `conn.read_table_parallel("t", &ParallelOptions::new().threads(2).ordered(true), &ReadOptions::new())` goes.
fn scan(_conn: &Connection) -> Result<Vec<RecordBatch>> {
    not_there_yet("a parallel scan")
}
