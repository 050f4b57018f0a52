//! Cases that load batches into a table. What they load is read before, and is not timed.

use std::time::Instant;

use arrow_array::{RecordBatch, RecordBatchIterator};
use clib::{Connection, LoadMode, LoadOptions, Result};

use crate::data::{self, Report};
use crate::read::read_all;

/// Into a new table, with these indexes.
pub fn into_new(path: &str, scratch: &str, indexes: &str) -> Result<Report> {
    let batches = read_all(&Connection::open_read_only(path)?, data::SCAN)?.batches;
    let conn = writable(scratch)?;
    conn.execute_batch(data::CREATE)?;
    conn.execute_batch(indexes)?;
    load(&conn, batches)
}

/// A tenth as many rows, to a table with indexes that has rows already.
pub fn append(path: &str, scratch: &str) -> Result<Report> {
    let batches = read_all(&Connection::open_read_only(path)?, data::MORE)?.batches;
    load(&writable(scratch)?, batches)
}

fn writable(scratch: &str) -> Result<Connection> {
    assert!(!scratch.is_empty(), "a case that loads needs SCRATCH");
    let conn = Connection::open(scratch)?;
    conn.execute_batch(data::LOADING)?;
    Ok(conn)
}

fn load(conn: &Connection, batches: Vec<RecordBatch>) -> Result<Report> {
    let schema = batches.first().expect("rows to load").schema();
    let source = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
    let options = LoadOptions::new().mode(LoadMode::Append);
    let start = Instant::now();
    let report = conn.load("t", source, &options)?;
    Ok(Report {
        rows: report.rows as usize,
        elapsed: start.elapsed(),
        crossings: Some(report.crossings),
        ..Report::default()
    })
}
