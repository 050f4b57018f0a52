//! Loading batches: all or nothing, into what table, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod groups;
mod replace;
mod table;
mod undo;
mod values;

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Date32Array, Date64Array, Decimal128Array, Float64Array, Int32Array,
    Int64Array, ListArray, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray,
    Time32SecondArray, TimestampSecondArray, UInt64Array, types::Float64Type,
};
use arrow_schema::{ArrowError, DataType, Field, IntervalUnit, Schema};
use clib::{
    Code, Connection, Error, ExtendedCode, LoadError, LoadMode, LoadOptions, LoadReport, OnNan,
    ReadOptions, TableName,
};

fn open(script: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(script).unwrap();
    conn
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn reader(batches: &[RecordBatch]) -> impl RecordBatchReader {
    let batches = batches.to_vec();
    let schema = batches[0].schema();
    RecordBatchIterator::new(batches.into_iter().map(Ok), schema)
}

fn load(
    conn: &Connection,
    table: impl Into<TableName>,
    batch: &RecordBatch,
    mode: LoadMode,
) -> clib::Result<LoadReport> {
    conn.load(
        table,
        reader(std::slice::from_ref(batch)),
        &LoadOptions::new().mode(mode),
    )
}

fn load_error<T: std::fmt::Debug>(result: clib::Result<T>) -> (String, LoadError) {
    match result.unwrap_err() {
        Error::Load(error) => (error.to_string(), *error),
        other => panic!("{other}"),
    }
}

fn value<T: clib::FromSqlOwned>(conn: &Connection, sql: &str) -> T {
    conn.query_row(sql, (), |row| row.get(0)).unwrap()
}

/// All rows of a query, columns and rows in one text.
fn rows(conn: &Connection, columns: &str, from: &str) -> String {
    value(
        conn,
        &format!(
            "SELECT coalesce(group_concat({columns}, ' '), '') FROM (SELECT * FROM {from} ORDER BY 1)"
        ),
    )
}

fn tables(conn: &Connection) -> String {
    rows(
        conn,
        "name",
        "(SELECT name FROM sqlite_master WHERE type = 'table')",
    )
}

fn numbers(values: &[i64]) -> RecordBatch {
    batch(vec![("n", integers(values))])
}

fn count(conn: &Connection, table: &str) -> i64 {
    value(conn, &format!("SELECT count(*) FROM {table}"))
}
