//! A process that loads is killed, again and again, at any point: what it leaves is all of a load or nothing.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use clib::{Connection, LoadMode, LoadOptions};
use clib_tests::action::folder;
use clib_tests::dump::integrity;
use clib_tests::paths::LOADING;
use clib_tests::random::{Random, cases, seed};

/// The database that a child is to load into.
const FILE: &str = "CLIB_TESTS_KILL_FILE";

/// Rows of each load.
const ROWS: i64 = 300;

/// Rows that belong together: of one number, all or none.
fn batch(load: i64) -> RecordBatch {
    let columns: [(&str, ArrayRef); 3] = [
        ("load", Arc::new(Int64Array::from_value(load, 300))),
        ("row", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        (
            "text",
            Arc::new(StringArray::from_iter_values((0..ROWS).map(|row| {
                format!("{:x}", row.wrapping_mul(0x9E37_79B9) ^ load)
            }))),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// What the child does until it is killed: it appends, and now and then replaces another table.
fn child(file: &Path) {
    let conn = Connection::open(file).unwrap();
    // The page cache is small, so that a load writes to the file before it ends.
    conn.execute_batch("PRAGMA cache_size = 5").unwrap();
    let first: i64 = conn
        .query_row("SELECT coalesce(max(load), 0) + 1 FROM t", (), |row| {
            row.get(0)
        })
        .unwrap();
    println!("ready");
    for load in first.. {
        let path = &LOADING[usize::try_from(load).unwrap() % LOADING.len()];
        let batch = batch(load);
        let (table, mode) = if load % 5 == 0 {
            ("replaced", LoadMode::Replace)
        } else {
            ("t", LoadMode::Append)
        };
        let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
        let options = (path.ask)(LoadOptions::new().mode(mode));
        conn.load(table, batches, &options).unwrap();
        if load % 20 == 0 {
            conn.execute_batch("DELETE FROM t").unwrap();
        }
    }
}

#[test]
fn a_load_that_is_killed_leaves_all_or_nothing() {
    if let Some(file) = std::env::var_os(FILE) {
        child(Path::new(&file));
        return;
    }
    let mut random = Random::new(seed());
    for mode in ["DELETE", "WAL"] {
        let folder = folder();
        let file = folder.path().join("killed.db");
        Connection::open(&file)
            .unwrap()
            .execute_batch(&format!(
                "PRAGMA page_size = 1024; PRAGMA journal_mode = {mode};
                 CREATE TABLE t (load INTEGER, row INTEGER, text TEXT);
                 CREATE INDEX by_text ON t (text);
                 CREATE UNIQUE INDEX by_row ON t (load, row);
                 CREATE TABLE replaced (load INTEGER, row INTEGER, text TEXT)"
            ))
            .unwrap();
        let (mut hot, mut loads) = (0, 0);
        for _ in 0..cases(12, 2) {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "a_load_that_is_killed_leaves_all_or_nothing",
                    "--nocapture",
                ])
                .env(FILE, &file)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let said = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(said.map_while(Result::ok).any(|line| line == "ready"));
            std::thread::sleep(Duration::from_micros(random.bits() % 60_000));
            // SIGKILL.
            child.kill().unwrap();
            child.wait().unwrap();
            hot += u32::from(folder.path().join("killed.db-journal").exists());
            loads += check(&file, mode);
        }
        println!("{mode}: {hot} journals to play back, {loads} loads found whole");
    }
}

/// Looks at what was left, and makes room. How many whole loads there were.
fn check(file: &Path, mode: &str) -> i64 {
    let conn = Connection::open(file).unwrap();
    assert_eq!(integrity(&conn), ["ok", "ok"], "{mode}");
    for table in ["t", "replaced"] {
        let partial: i64 = conn
            .query_row(
                &format!(
                    "SELECT count(*) FROM (SELECT load FROM {table} GROUP BY load HAVING count(*) <> ?1)"
                ),
                [ROWS],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(partial, 0, "{mode}: a part of a load is in {table}");
    }
    // Nor is there a table that was to take another one's place.
    let tables: i64 = conn
        .query_row(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table'",
            (),
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(tables, 2, "{mode}");
    conn.query_row("SELECT count(DISTINCT load) FROM t", (), |row| row.get(0))
        .unwrap()
}
