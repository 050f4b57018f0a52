//! Parallel scans: the same rows as one thread reads, of one state of the database, whoever writes meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    reason = "a test fails by panicking"
)]

mod caller;
mod ends;
mod rows;
mod writers;

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use clib::{
    AuthAction, AuthContext, Authorization, Code, Connection, DetachedReader, Error, FunctionFlags,
    NotParallel, OnMismatch, OpenFlags, ParallelOptions, ParallelReader, ReadOptions, ReadPath,
    TableName,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// Under valgrind everything takes fifty times as long.
fn is_slow() -> bool {
    env::var_os("CLIB_TESTS_SLOW").is_some()
}

fn file(script: &str) -> (TempDir, PathBuf, Connection) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("test.db");
    let conn = Connection::open(&path).unwrap();
    // Nothing here is to survive a power failure.
    conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
    conn.execute_batch(script).unwrap();
    (dir, path, conn)
}

/// `count` rows with rowids from 1.
fn numbers(count: usize) -> String {
    format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO t SELECT i, i * 3, printf('row %d', i) FROM n;"
    )
}

fn threads(threads: usize) -> ParallelOptions {
    ParallelOptions::new().threads(threads)
}

fn small() -> ReadOptions {
    ReadOptions::new().batch_rows(50)
}

fn collect(mut reader: ParallelReader<'_>) -> clib::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        assert!(batch.num_rows() > 0);
        batches.push(batch);
    }
    assert!(reader.next_batch()?.is_none(), "nothing after the end");
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(reader.report().rows, rows as u64);
    assert_eq!(reader.report().batches, batches.len() as u64);
    Ok(batches)
}

/// The whole table by one thread, as one batch.
fn single(conn: &Connection, table: &str, options: &ReadOptions) -> RecordBatch {
    let reader = conn.read_table(table, options).unwrap();
    let schema = reader.schema();
    let batches: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
    concat_batches(&schema, &batches).unwrap()
}

/// The same by several.
fn several(
    conn: &Connection,
    table: &str,
    parallel: &ParallelOptions,
    options: &ReadOptions,
) -> RecordBatch {
    let reader = conn.read_table_parallel(table, parallel, options).unwrap();
    assert_eq!(reader.not_parallel(), None);
    let schema = reader.schema();
    concat_batches(&schema, &collect(reader).unwrap()).unwrap()
}

/// The rows in the order of their first column, which is their rowid.
fn sorted(batch: &RecordBatch) -> RecordBatch {
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let mut order: Vec<u64> = (0..batch.num_rows() as u64).collect();
    order.sort_by_key(|row| ids.value(usize::try_from(*row).unwrap()));
    let order = arrow_array::UInt64Array::from(order);
    arrow_select::take::take_record_batch(batch, &order).unwrap()
}
