//! Cases that look up as many keys as the table has rows: columns `c`, `e` and `h` in the order of the keys, NULL where a
//! key is absent. The keys are read before, and are not timed.

use std::time::Instant;

use arrow_array::{ArrayRef, RecordBatch};
use clib::{Connection, ReadOptions, Result};

use crate::data::{self, Report};
use crate::sum::Sum;
use crate::warm;

/// By rowid, in table `t`.
pub fn by_rowid(path: &str, rows: usize) -> Result<Report> {
    let conn = warm(path)?;
    let keys = keys(&conn, "id", rows)?;
    timed(|| look_up(&conn, "t", "rowid", &keys))
}

/// By a text key with a unique index, in table `named`.
pub fn by_text(path: &str, rows: usize) -> Result<Report> {
    let conn = warm(path)?;
    let keys = keys(&conn, "name", rows)?;
    timed(|| look_up(&conn, "named", "name", &keys))
}

/// The keys of this column, as one array.
fn keys(conn: &Connection, column: &str, rows: usize) -> Result<ArrayRef> {
    let mut stmt = conn.prepare(data::KEYS)?;
    let whole = ReadOptions::new().batch_rows(rows).batch_bytes(usize::MAX);
    let mut reader = stmt.query_batches((), &whole)?;
    let batch = reader.next_batch()?.expect("keys");
    assert_eq!(batch.num_rows(), rows, "all keys in one batch");
    Ok(batch.column_by_name(column).expect("a column").clone())
}

fn timed(look_up: impl FnOnce() -> Result<Found>) -> Result<Report> {
    let start = Instant::now();
    let found = look_up()?;
    Ok(Report {
        rows: found.batches.iter().map(RecordBatch::num_rows).sum(),
        elapsed: start.elapsed(),
        checksum: Sum::of(&found.batches),
        crossings: found.crossings,
        ..Report::default()
    })
}

/// Columns `c`, `e` and `h`, a row for each key.
struct Found {
    batches: Vec<RecordBatch>,
    crossings: Option<u64>,
}

fn look_up(conn: &Connection, table: &str, key_column: &str, keys: &ArrayRef) -> Result<Found> {
    let columns = ["c", "e", "h"];
    let mut lookup = conn.lookup(table, key_column, keys, &columns, &ReadOptions::new())?;
    let mut batches = Vec::new();
    while let Some(batch) = lookup.next_batch()? {
        batches.push(batch);
    }
    Ok(Found {
        batches,
        crossings: Some(lookup.report().crossings),
    })
}
