//! Reading batches: how types are come by, and what becomes of values that do not fit them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod mismatches;
mod schema;
mod sizes;
mod types;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use clib::{
    BatchReader, Connection, Error, MismatchError, OnMismatch, ReadOptions, TableName, ValueKind,
};

fn open(script: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(script).unwrap();
    conn
}

fn schema(fields: &[(&str, DataType)]) -> SchemaRef {
    let fields = fields
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn all(mut reader: BatchReader<'_>) -> clib::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    // And nothing after the end.
    assert!(reader.next_batch()?.is_none());
    Ok(batches)
}

/// The only batch of a query.
fn one(conn: &Connection, sql: &str, options: &ReadOptions) -> clib::Result<RecordBatch> {
    let mut stmt = conn.prepare(sql)?;
    let batches = all(stmt.query_batches((), options)?)?;
    assert_eq!(batches.len(), 1);
    Ok(batches.into_iter().next().unwrap())
}

fn column(conn: &Connection, sql: &str, options: &ReadOptions) -> clib::Result<ArrayRef> {
    Ok(one(conn, sql, options)?.column(0).clone())
}

fn mismatch(result: clib::Result<impl std::fmt::Debug>) -> (String, MismatchError) {
    match result.unwrap_err() {
        Error::Mismatch(error) => (error.to_string(), *error),
        other => panic!("{other}"),
    }
}

fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
    array.as_string::<i32>().iter().collect()
}
