//! How many calls a piece of work takes: what the batch interfaces are about.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test"
)]

use clib::{Connection, ReadOptions, ReadPath};

const ROWS: usize = 100;

fn table() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b INTEGER, c INTEGER, d REAL, e REAL, f TEXT, g TEXT, h TEXT, i TEXT);
         WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1000)
         INSERT INTO t SELECT n, n, n * 7, NULL, n / 4.0, 0.5, 'text', 'a longer text of ' || n, NULL, 'ä' FROM n",
    )
    .unwrap();
    conn
}

/// The calls of one query of a hundred rows, the second one of the statement.
fn calls(conn: &Connection, sql: &str, path: ReadPath) -> u64 {
    let options = ReadOptions::new().path(path);
    let mut stmt = conn.prepare(sql).unwrap();
    let mut calls = 0;
    for start in [100, 200] {
        let before = conn.crossings();
        let mut reader = stmt.query_batches([start], &options).unwrap();
        let batch = reader.next_batch().unwrap().unwrap();
        assert_eq!(batch.num_rows(), ROWS);
        assert!(reader.next_batch().unwrap().is_none());
        drop(reader);
        calls = conn.crossings() - before;
    }
    calls
}

#[test]
fn a_hundred_rows_of_ten_columns_take_three_calls() {
    if clib::LINK_MODE != "vendored" {
        // There is no kernel to make them fewer.
        return;
    }
    let conn = table();
    for sql in [
        "SELECT * FROM t WHERE id > ?1 AND id <= ?1 + 100",
        "SELECT * FROM t WHERE id > ?1 LIMIT 100",
        "SELECT * FROM t WHERE id > ?1 AND id <= ?1 + 100 ORDER BY b DESC",
    ] {
        for path in [ReadPath::Auto, ReadPath::Fill] {
            let calls = calls(&conn, sql, path);
            assert!(calls <= 3, "{calls} calls by {path:?}: {sql}");
        }
    }
}

#[test]
fn value_by_value_takes_thousands() {
    let conn = table();
    let sql = "SELECT * FROM t WHERE id > ?1 AND id <= ?1 + 100";
    assert!(calls(&conn, sql, ReadPath::Portable) > 3 * 100 * 10);
}
