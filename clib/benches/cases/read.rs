//! Cases that read a statement's rows or a table, as batches.

use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use clib::{Connection, ReadOptions, Result};

use crate::data::{self, Report};
use crate::sum::Sum;
use crate::warm;

/// The whole table.
pub fn scan(path: &str) -> Result<Report> {
    statement(path, data::SCAN)
}

/// All rows of a statement.
pub fn statement(path: &str, sql: &str) -> Result<Report> {
    timed(&warm(path)?, sql)
}

/// All rows of a statement, on a connection that is warm.
pub fn timed(conn: &Connection, sql: &str) -> Result<Report> {
    let start = Instant::now();
    let read = read_all(conn, sql)?;
    Ok(read.report(start.elapsed()))
}

/// The whole table, by a connection that is opened for it.
pub fn cold(path: &str) -> Result<Report> {
    let start = Instant::now();
    let conn = Connection::open_read_only(path)?;
    let read = read_all(&conn, data::SCAN)?;
    Ok(read.report(start.elapsed()))
}

/// The whole table, by a connection with a cache of the usual size, opened before: what `scan-parallel` is compared with.
pub fn single(path: &str) -> Result<Report> {
    timed(&Connection::open_read_only(path)?, data::SCAN)
}

/// The whole table, each batch dropped before the next: what it shows is the peak of memory. SQLite's cache of pages is of
/// its usual size.
pub fn stream(path: &str) -> Result<Report> {
    let conn = Connection::open_read_only(path)?;
    let start = Instant::now();
    let mut rows = 0;
    let mut reader = conn.read_table("t", &ReadOptions::new())?;
    while let Some(batch) = reader.next_batch()? {
        rows += batch.num_rows();
    }
    Ok(Report {
        rows,
        elapsed: start.elapsed(),
        crossings: Some(reader.report().crossings),
        ..Report::default()
    })
}

/// A prepared statement that is executed again and again, for a hundred rows of ten columns each time.
pub fn hundred_rows(path: &str, rows: usize) -> Result<Report> {
    let conn = warm(path)?;
    let mut stmt = conn.prepare(data::FILL_100X10)?;
    let options = ReadOptions::new();
    let mut sum = Sum::default();
    let mut report = Report {
        queries: rows / 100,
        ..Report::default()
    };
    let before = conn.crossings();
    for query in 0..report.queries {
        let start = Instant::now();
        let mut reader = stmt.query_batches([data::start(query, rows)], &options)?;
        let mut batches = Vec::with_capacity(1);
        while let Some(batch) = reader.next_batch()? {
            batches.push(batch);
        }
        reader.close()?;
        report.elapsed += start.elapsed();
        for batch in &batches {
            report.rows += batch.num_rows();
            sum.add(batch);
        }
    }
    report.checksum = sum.finish();
    // Of all the queries together: binding and resetting count too, which are not in a reader's report.
    report.crossings = Some((conn.crossings() - before) / report.queries as u64);
    Ok(report)
}

/// What a statement gave.
pub struct Read {
    pub batches: Vec<RecordBatch>,
    crossings: Option<u64>,
}

impl Read {
    fn report(&self, elapsed: Duration) -> Report {
        Report {
            rows: self.batches.iter().map(RecordBatch::num_rows).sum(),
            elapsed,
            checksum: Sum::of(&self.batches),
            crossings: self.crossings,
            ..Report::default()
        }
    }
}

/// All rows of a statement, as batches.
pub fn read_all(conn: &Connection, sql: &str) -> Result<Read> {
    let mut stmt = conn.prepare(sql)?;
    let mut reader = stmt.query_batches((), &ReadOptions::new())?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok(Read {
        batches,
        crossings: Some(reader.report().crossings),
    })
}
