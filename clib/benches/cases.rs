//! Our side of `cargo xtask bench`: each case is a process of its own, so that peers can alternate with it.
//!
//! ```text
//! cases make|read|stream|load DATABASE ROWS
//! ```
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark, which may stop by panicking"
)]

#[path = "../../tests/peers/data.rs"]
mod data;

use std::sync::Arc;
use std::time::Instant;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray,
};
use arrow_schema::DataType;
use clib::{Connection, LoadMode, LoadOptions, ReadOptions, Result};
use data::Checksum;

fn main() -> Result<()> {
    // Cargo adds arguments of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", path, rows] => make(path, rows.parse().expect("a number of rows")),
        ["read", path, _] => read(path),
        ["stream", path, _] => stream(path),
        ["load", path, rows] => load(path, rows.parse().expect("a number of rows")),
        // `cargo test` runs this too, without a case: then there is nothing to do.
        [] => Ok(()),
        _ => panic!("usage: make|read|stream|load DATABASE ROWS"),
    }
}

/// Makes the database that every peer reads.
fn make(path: &str, rows: usize) -> Result<()> {
    load(path, rows)
}

fn load(path: &str, rows: usize) -> Result<()> {
    let batch = batch(rows);
    let conn = Connection::open(path)?;
    conn.pragma_set(None, "synchronous", "OFF")?;
    conn.execute_batch(data::CREATE)?;
    let schema = batch.schema();
    let start = Instant::now();
    let report = conn.load(
        "t",
        RecordBatchIterator::new([Ok(batch)], schema),
        &LoadOptions::new().mode(LoadMode::Append),
    )?;
    let elapsed = start.elapsed();
    let sum = checksum(&read_all(&conn)?);
    println!("{}", data::report(report.rows as usize, elapsed, &sum));
    Ok(())
}

fn read(path: &str) -> Result<()> {
    let conn = warm(path)?;
    let start = Instant::now();
    let batches = read_all(&conn)?;
    let elapsed = start.elapsed();
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    println!("{}", data::report(rows, elapsed, &checksum(&batches)));
    Ok(())
}

/// Reads and drops batch by batch: what it shows is the peak of memory.
fn stream(path: &str) -> Result<()> {
    let conn = warm(path)?;
    let start = Instant::now();
    let mut rows = 0;
    let mut reader = conn.read_table("t", &ReadOptions::new())?;
    while let Some(batch) = reader.next_batch()? {
        rows += batch.num_rows();
    }
    println!("{}", data::report(rows, start.elapsed(), ""));
    Ok(())
}

fn warm(path: &str) -> Result<Connection> {
    let conn = Connection::open_read_only(path)?;
    // A first pass fills the page cache, as for every peer.
    conn.query_row("SELECT sum(length(i)) FROM t", (), |_| Ok(()))?;
    Ok(conn)
}

fn read_all(conn: &Connection) -> Result<Vec<RecordBatch>> {
    let mut stmt = conn.prepare("SELECT a, b, c, d, e, f, g, h, i, j FROM t")?;
    let mut reader = stmt.query_batches((), &ReadOptions::new())?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn batch(rows: usize) -> RecordBatch {
    let columns = data::generate(rows);
    let integers = |values: Vec<_>| Arc::new(Int64Array::from(values)) as ArrayRef;
    let reals = |values: Vec<_>| Arc::new(Float64Array::from(values)) as ArrayRef;
    let texts = |values: Vec<Option<String>>| Arc::new(StringArray::from(values)) as ArrayRef;
    RecordBatch::try_from_iter([
        ("a", integers(columns.a)),
        ("b", integers(columns.b)),
        ("c", integers(columns.c)),
        ("d", integers(columns.d)),
        ("e", reals(columns.e)),
        ("f", reals(columns.f)),
        ("g", texts(columns.g)),
        ("h", texts(columns.h)),
        ("i", texts(columns.i)),
        ("j", texts(columns.j)),
    ])
    .expect("columns of one length")
}

fn checksum(batches: &[RecordBatch]) -> String {
    let mut sum = Checksum::new();
    for column in 0..batches.first().map_or(0, RecordBatch::num_columns) {
        for array in batches.iter().map(|batch| batch.column(column)) {
            match array.data_type() {
                DataType::Int64 => array
                    .as_primitive::<Int64Type>()
                    .iter()
                    .for_each(|v| sum.integer(v)),
                DataType::Float64 => array
                    .as_primitive::<Float64Type>()
                    .iter()
                    .for_each(|v| sum.real(v)),
                DataType::Utf8 => array.as_string::<i32>().iter().for_each(|v| sum.text(v)),
                other => panic!("unexpected type {other}"),
            }
        }
    }
    sum.finish()
}
