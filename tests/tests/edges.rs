//! Values at the edges, at every interface that hands out text or numbers: text that is not UTF-8, blobs in text columns,
//! integers that no double equals, -0.0, subnormals, infinities, dates out of range. One table, one line for each value.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::{Array, RecordBatchIterator};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use clib::{
    Connection, Error, FromSqlOwned, LoadMode, LoadOptions, OnMismatch, ReadOptions, Value,
};
use clib_tests::paths::{LOADING, READING};

/// What an interface said: the value, or `!` and why not.
fn short<T: std::fmt::Debug>(result: clib::Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(Error::Mismatch(error)) => {
            let hint = error.hint.split(';').next().unwrap_or_default().to_owned();
            if hint.starts_with("choose") || hint.starts_with("ask") || hint.starts_with("give") {
                format!("! {}", error.found)
            } else {
                format!("! {hint}")
            }
        }
        Err(Error::ColumnType(error)) => format!("! {}", error.source),
        Err(error) => format!("! {error}"),
    }
}

fn open(sql: &str, declared: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(&format!(
        "CREATE TABLE t (a {declared}); INSERT INTO t VALUES ({sql})"
    ))
    .unwrap();
    conn
}

fn row<T: FromSqlOwned + std::fmt::Debug>(conn: &Connection) -> String {
    short(conn.query_row("SELECT a FROM t", (), |row| row.get::<_, T>(0)))
}

/// What each path of reading gives, which must be one.
fn batch(conn: &Connection, options: &ReadOptions) -> String {
    let mut all = Vec::new();
    for path in READING {
        for query in [false, true] {
            let options = (path.ask)(options.clone());
            let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
            let reader = if query {
                stmt.query_batches((), &options)
            } else {
                conn.read_table("t", &options)
            };
            let first = reader.and_then(|mut reader| reader.next_batch());
            all.push(match first {
                Ok(batch) => {
                    let batch = batch.unwrap();
                    let column = batch.column(0);
                    let format = FormatOptions::new().with_null("NULL");
                    let text = ArrayFormatter::try_new(column.as_ref(), &format).unwrap();
                    format!("{} {}", column.data_type(), text.value(0)).replace('\0', "\\0")
                }
                Err(error) => short::<()>(Err(error)),
            });
        }
    }
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// By a type of the caller's.
fn typed(conn: &Connection, data_type: &DataType) -> String {
    let schema = Schema::new(vec![Field::new("a", data_type.clone(), true)]);
    batch(conn, &ReadOptions::new().schema(Arc::new(schema)))
}

/// What is read back of a load of what was read, by each path of loading.
fn round_trip(conn: &Connection) -> String {
    let options = ReadOptions::new().on_mismatch(OnMismatch::Widen);
    let batch = match conn
        .read_table("t", &options)
        .and_then(|mut reader| reader.next_batch())
    {
        Ok(batch) => batch.unwrap(),
        Err(error) => return short::<()>(Err(error)),
    };
    let mut all = Vec::new();
    for path in LOADING {
        let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
        let options = (path.ask)(LoadOptions::new().mode(LoadMode::Replace));
        let loaded = conn.load("copy", batches, &options);
        all.push(match loaded {
            Ok(_) => short(conn.query_row("SELECT a FROM copy", (), |row| row.get::<_, Value>(0))),
            Err(error) => short::<()>(Err(error)),
        });
    }
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Every interface, and what it says of a value in a column of that type.
fn every(sql: &str, declared: &str) -> Vec<(&'static str, String)> {
    let conn = open(sql, declared);
    let read = ReadOptions::new;
    let timestamp = DataType::Timestamp(TimeUnit::Nanosecond, None);
    vec![
        ("Value", row::<Value>(&conn)),
        ("i64", row::<i64>(&conn)),
        ("f64", row::<f64>(&conn)),
        ("String", row::<String>(&conn)),
        ("Vec<u8>", row::<Vec<u8>>(&conn)),
        ("batch", batch(&conn, &read())),
        (
            "batch, Null",
            batch(&conn, &read().on_mismatch(OnMismatch::Null)),
        ),
        (
            "batch, Text",
            batch(&conn, &read().on_mismatch(OnMismatch::Text)),
        ),
        (
            "batch, Widen",
            batch(&conn, &read().on_mismatch(OnMismatch::Widen)),
        ),
        ("batch, logical", batch(&conn, &read().logical_types(true))),
        ("Int64", typed(&conn, &DataType::Int64)),
        ("Float64", typed(&conn, &DataType::Float64)),
        ("Float32", typed(&conn, &DataType::Float32)),
        ("Utf8", typed(&conn, &DataType::Utf8)),
        ("Utf8View", typed(&conn, &DataType::Utf8View)),
        ("Binary", typed(&conn, &DataType::Binary)),
        ("Date32", typed(&conn, &DataType::Date32)),
        ("Timestamp", typed(&conn, &timestamp)),
        ("loaded", round_trip(&conn)),
    ]
}

const VALUES: [(&str, &str); 14] = [
    ("CAST(X'61FF' AS TEXT)", "TEXT"),
    ("X'6162'", "TEXT"),
    ("9007199254740993", "INTEGER"),
    ("9007199254740993", "REAL"),
    ("9007199254740993", "NUMERIC"),
    ("-0.0", "REAL"),
    ("-0.0", "BLOB"),
    ("5e-324", "REAL"),
    ("9e999", "REAL"),
    ("'10000-01-01'", "DATE"),
    ("'2023-02-30'", "DATE"),
    ("'2263-01-01 00:00:00'", "TIMESTAMP"),
    ("'a' || char(0) || 'b'", "TEXT"),
    ("'12'", "BLOB"),
];

#[test]
fn each_interface_says_the_same_of_a_value() {
    let mut said = String::new();
    for (sql, declared) in VALUES {
        said += &format!("{sql} in {declared}\n");
        let mut groups: Vec<(Vec<&str>, String)> = Vec::new();
        for (interface, answer) in every(sql, declared) {
            match groups.iter_mut().find(|(_, other)| *other == answer) {
                Some((interfaces, _)) => interfaces.push(interface),
                None => groups.push((vec![interface], answer)),
            }
        }
        for (interfaces, answer) in groups {
            said += &format!("  {}: {answer}\n", interfaces.join("; "));
        }
    }
    // Line by line, so that a difference is seen.
    for (said, expected) in said.lines().zip(EXPECTED.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(said.len(), EXPECTED.len(), "{said}");
}

const EXPECTED: &str = include_str!("edges.txt");
