//! Batches as tables in SQL have what a load of them has: random batches.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator, StringArray};
use clib::{Connection, Error, LoadMode, LoadOptions, Result, Value};
use clib_tests::batches::Shape;
use clib_tests::database::quote;
use clib_tests::random::{Random, cases, seed};

fn rows(conn: &Connection, sql: &str) -> Result<Vec<Vec<Value>>> {
    let mut stmt = conn.prepare(sql)?;
    let columns = stmt.column_count();
    stmt.query_map((), |row| (0..columns).map(|i| row.get(i)).collect())?
        .collect()
}

#[test]
fn random_batches_are_as_loaded() {
    let first = seed();
    println!("first seed: {first}");
    let mut compared = 0;
    for seed in first..first + cases(200, 5) {
        let mut random = Random::new(seed);
        let mut shape = Shape::new(&mut random);
        let batches: Vec<RecordBatch> = (0..1 + random.below(4))
            .map(|_| {
                let count = random.below(40);
                shape.batch(&mut random, count)
            })
            .collect();
        let conn = Connection::open_in_memory().unwrap();
        let input = conn.table_input("input", &batches);
        let reader = RecordBatchIterator::new(batches.iter().cloned().map(Ok), shape.schema());
        let loaded = conn.load("loaded", reader, &LoadOptions::new().mode(LoadMode::Create));
        let _input = match (input, loaded) {
            (Ok(input), Ok(_)) => input,
            (Err(Error::Load(ours)), Err(Error::Load(theirs))) => {
                assert_eq!(ours.column.is_some(), theirs.column.is_some(), "{seed}");
                continue;
            }
            // NULL where there may be none is the loaded table's constraint.
            (Ok(_), Err(error)) if error.to_string().contains("NOT NULL") => continue,
            (input, loaded) => panic!("{input:?} {loaded:?} CLIB_TESTS_SEED={seed}"),
        };
        let schema = shape.schema();
        let mut tails = vec![String::new(), " ORDER BY rowid DESC".to_owned()];
        for field in schema.fields() {
            let name = quote(field.name());
            tails.push(format!(" ORDER BY {name}, rowid"));
            for operator in ["=", "<", ">=", "IS"] {
                // A value of another row, so that some are found.
                tails.push(format!(
                    " WHERE {name} {operator} (SELECT {name} FROM loaded WHERE rowid = {})",
                    1 + random.below(60)
                ));
            }
            tails.push(format!(
                " WHERE {name} IN (SELECT {name} FROM loaded WHERE rowid % 3 = 0)"
            ));
        }
        for tail in tails {
            let ours = rows(&conn, &format!("SELECT rowid, * FROM input{tail}")).unwrap();
            let theirs = rows(&conn, &format!("SELECT rowid, * FROM loaded{tail}")).unwrap();
            assert_eq!(ours, theirs, "{tail} CLIB_TESTS_SEED={seed}");
            compared += ours.len();
        }
    }
    println!("{compared} rows");
    assert!(compared > 0);
}

/// Where a comparison converts a column's texts to numbers, their order as texts says nothing.
#[test]
fn texts_compared_with_numbers_are_converted() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["05", "5", "5.0"]));
    let batch = RecordBatch::try_from_iter([("name", texts)]).unwrap();
    for (value, sql) in [
        (
            "5",
            "SELECT count(*) FROM x WHERE name IN (SELECT id FROM t)",
        ),
        ("5", "SELECT count(*) FROM t LEFT JOIN x ON x.name = t.id"),
        (
            "5.0",
            "SELECT count(*) FROM x WHERE name IN (SELECT r FROM t)",
        ),
        ("''", "SELECT count(*) FROM t, x WHERE x.name < t.id"),
    ] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "CREATE TABLE t (id INTEGER, r REAL); INSERT INTO t VALUES ({value}, {value});
             CREATE TABLE y (name TEXT); INSERT INTO y VALUES ('05'), ('5'), ('5.0')"
        ))
        .unwrap();
        let count = |sql: &str| -> i64 { conn.query_row(sql, (), |row| row.get(0)).unwrap() };
        let expected = count(
            &sql.replace("x.", "y.")
                .replace("JOIN x", "JOIN y")
                .replace("FROM x", "FROM y")
                .replace("t, x", "t, y"),
        );
        let input = conn.table_input("x", std::slice::from_ref(&batch)).unwrap();
        assert_eq!(count(sql), expected, "{sql}");
        drop(input);
    }
}

/// BINARY compares the bytes of the database's encoding, and can be replaced: the order of texts in UTF-8 is not always its order.
#[test]
fn texts_are_in_the_order_of_the_database() {
    let texts = ["a", "b", "\u{100}", "\u{1000}", "\u{FFFD}", "\u{10000}"];
    for (encoding, is_reversed) in [
        ("UTF-8", false),
        ("UTF-8", true),
        ("UTF-16le", false),
        ("UTF-16be", false),
    ] {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "PRAGMA encoding = '{encoding}'; CREATE TABLE loaded (value TEXT)"
        ))
        .unwrap();
        if is_reversed {
            conn.create_collation("BINARY", |a, b| b.cmp(a)).unwrap();
        }
        for text in texts {
            conn.execute("INSERT INTO loaded VALUES (?)", (text,))
                .unwrap();
        }
        let _input = conn.table_input_of("input", texts.to_vec()).unwrap();
        let mut tails = vec![
            "ORDER BY value".to_owned(),
            "ORDER BY value DESC".to_owned(),
        ];
        for text in texts {
            for operator in ["=", "<", ">=", "IN"] {
                tails.push(format!("WHERE value {operator} ('{text}') ORDER BY rowid"));
            }
        }
        for tail in tails {
            let ours = rows(&conn, &format!("SELECT value FROM input {tail}")).unwrap();
            let theirs = rows(&conn, &format!("SELECT value FROM loaded {tail}")).unwrap();
            assert_eq!(ours, theirs, "{encoding} {is_reversed} {tail}");
        }
    }
}
