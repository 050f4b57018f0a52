//! All ways of reading give the same batches and the same errors: random databases, queries and histories.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use clib::{BatchReader, Connection, ReadOptions};
use clib_tests::database::Size;
use clib_tests::paths::READING;
use clib_tests::random::{cases, seed};
use clib_tests::read::{Tally, check};

#[test]
fn random_databases_are_read_alike() {
    let first = seed();
    println!("first seed: {first}");
    let mut tally = Tally::default();
    for seed in first..first + cases(100, 3) {
        match check(seed, Size::SMALL) {
            Ok(more) => tally.add(&more),
            Err(report) => panic!("{report}\n-- again: CLIB_TESTS_SEED={seed} CLIB_TESTS_CASES=1"),
        }
    }
    println!("{tally:?}");
}

#[test]
fn a_statement_without_rows_has_the_columns_of_now() {
    for path in READING {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a INTEGER)").unwrap();
        let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
        let options = (path.ask)(ReadOptions::new());
        drop(stmt.query_batches((), &options).unwrap());
        conn.execute_batch("ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t ADD COLUMN c TEXT")
            .unwrap();
        let reader = stmt.query_batches((), &options).unwrap();
        let names: Vec<_> = BatchReader::schema(&reader)
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        assert_eq!(names, ["b", "c"], "{}", path.name);
    }
}
