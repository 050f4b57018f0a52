//! The whole table, in two partitions at the same time.

use std::time::Instant;

use arrow_array::RecordBatch;
use clib::{Connection, ParallelOptions, ReadOptions, Result};

use crate::data::Report;
use crate::sum::Sum;

/// All of table `t`, in order, by two threads. The threads' connections have caches of the usual size, as `scan-single` has,
/// and are opened while the clock runs.
pub fn two_partitions(path: &str) -> Result<Report> {
    let conn = Connection::open_read_only(path)?;
    let start = Instant::now();
    let parallel = ParallelOptions::new().threads(2).ordered(true);
    let reader = conn.read_table_parallel("t", &parallel, &ReadOptions::new())?;
    let batches = reader.collect::<Result<Vec<RecordBatch>, _>>()?;
    Ok(Report {
        rows: batches.iter().map(RecordBatch::num_rows).sum(),
        elapsed: start.elapsed(),
        checksum: Sum::of(&batches),
        ..Report::default()
    })
}
