//! What remains when memory or the disk fails in the middle: an error or the same result, nothing half done, nothing lost.
//!
//! Each allocation and each operation on a file is made to fail in turn, once and from there on, while a table is read and
//! loaded by each path. After each fault the connection must do its work as if nothing had been.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod disk;
mod fault;
mod memory;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, Once};

use arrow_array::{
    ArrayRef, Float64Array, Int64Array, RecordBatch, RecordBatchIterator, StringArray,
};
use clib::{Connection, LoadMode, LoadOptions, OnMismatch, ReadOptions};
use clib_tests::action::folder;
use clib_tests::dump::{dump, integrity};
use clib_tests::paths::{LOADING, Loading, READING, Reading};
use clib_tests::random::{Random, is_slow, seed};
use tempfile::TempDir;

use self::disk::OPERATIONS;
use self::fault::Fault;
use self::memory::{ALLOCATIONS, outstanding};

/// Puts the hooks in place, and keeps other tests of this process away from them.
fn alone() -> MutexGuard<'static, ()> {
    static INSTALLED: Once = Once::new();
    static ALONE: Mutex<()> = Mutex::new(());
    INSTALLED.call_once(|| {
        memory::install();
        disk::install();
    });
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs `work` with operations failing in turn: every one of them where `CLIB_TESTS_FULL` is set, and else some, which are others
/// each time. `work` arms the fault by its first argument, and ends it by calling the second, which tells whether there was one.
fn sweep(name: &str, fault: &Fault, mut work: impl FnMut(&dyn Fn(), &dyn Fn() -> bool) -> bool) {
    assert!(!work(&|| fault.arm(u64::MAX, false), &|| fault.disarm()));
    let total = fault.count();
    assert!(total > 0, "{name}: nothing that can fail");
    let seed = seed();
    let mut random = Random::new(seed);
    for forever in [false, true] {
        let mut all: Vec<_> = (1..=total).collect();
        if std::env::var_os("CLIB_TESTS_FULL").is_none() {
            random.shuffle(&mut all);
            all.truncate(if is_slow() { 1 } else { 8 });
        }
        for at in &all {
            let before = outstanding();
            work(&|| fault.arm(*at, forever), &|| fault.disarm());
            assert_eq!(
                outstanding(),
                before,
                "{name}: leaked after fault {at} (forever: {forever}, seed {seed})"
            );
        }
        println!(
            "{name}: {} of {total} faults (forever: {forever})",
            all.len()
        );
    }
}

/// A database of a table with everything that takes another way: long values, added columns, an index.
struct Fixture {
    folder: TempDir,
    wal: bool,
}

const TABLE: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, r REAL, s TEXT, b BLOB, u TEXT UNIQUE, g AS (a + 1) VIRTUAL);
    CREATE INDEX by_a ON t (a);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
    INSERT INTO t SELECT i, i * 7 % 13, i / 2.0, 'text ' || i, zeroblob(i * i), 'u' || i FROM n;
    UPDATE t SET s = printf('%.3000c', 'x') WHERE id % 20 = 3;
    ALTER TABLE t ADD COLUMN later TEXT DEFAULT 'later';
    INSERT INTO t (id, a, s, u) VALUES (100, NULL, NULL, 'last');
    CREATE TABLE keyed (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
    INSERT INTO keyed SELECT u, a FROM t;";

impl Fixture {
    fn new(wal: bool) -> Self {
        let this = Self {
            folder: folder(),
            wal,
        };
        let conn = Connection::open(this.original()).unwrap();
        let mode = if wal {
            "PRAGMA journal_mode = WAL;"
        } else {
            ""
        };
        conn.execute_batch(&format!("PRAGMA page_size = 1024; {mode} {TABLE}"))
            .unwrap();
        this
    }

    fn original(&self) -> PathBuf {
        self.folder.path().join("original.db")
    }

    /// A copy that can be spoilt.
    fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join("copy.db");
        for more in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(self.folder.path().join(format!("copy.db{more}")));
        }
        fs::copy(self.original(), &copy).unwrap();
        copy
    }
}

// ---- reading

fn read(conn: &Connection, sql: &str, path: &Reading) -> clib::Result<Vec<RecordBatch>> {
    let options = ReadOptions::new()
        .batch_rows(16)
        .on_mismatch(OnMismatch::Null);
    let mut stmt = conn.prepare(sql)?;
    let mut reader = stmt.query_batches((), &(path.ask)(options))?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn reading(name: &str, fault: &Fault, file: &Path) {
    for sql in [
        "SELECT * FROM t",
        "SELECT s, id, later FROM t WHERE id BETWEEN 2 AND 30 AND a > 3",
        "SELECT * FROM keyed",
        "SELECT t.id, upper(s) FROM t JOIN keyed ON k = u ORDER BY a DESC, id",
    ] {
        for path in READING {
            let open = || Connection::open(file);
            let expected = read(&open().unwrap(), sql, path).unwrap();
            let name = format!("{name}, {}, {sql}", path.name);
            sweep(&name, fault, |arm, disarm| {
                arm();
                let conn = open();
                let result = conn.as_ref().map(|conn| read(conn, sql, path));
                let met = disarm();
                if let Ok(Ok(batches)) = &result {
                    assert_eq!(*batches, expected, "{name}: another result");
                }
                if !met {
                    assert!(matches!(result, Ok(Ok(_))), "{name}: {result:?}");
                }
                // The connection is of use.
                if let Ok(conn) = &conn {
                    assert_eq!(read(conn, sql, path).unwrap(), expected, "{name}");
                }
                met
            });
        }
    }
}

#[test]
fn reading_without_memory() {
    let _alone = alone();
    let fixture = Fixture::new(false);
    reading("memory", &ALLOCATIONS, &fixture.original());
}

#[test]
fn reading_from_a_disk_that_fails() {
    let _alone = alone();
    for wal in [false, true] {
        let fixture = Fixture::new(wal);
        reading("disk", &OPERATIONS, &fixture.original());
    }
}

// ---- loading

/// Rows that extend the table.
fn batch() -> RecordBatch {
    let ids = 200..230_i64;
    let columns: [(&str, ArrayRef); 5] = [
        ("id", Arc::new(Int64Array::from_iter_values(ids.clone()))),
        (
            "a",
            Arc::new(Int64Array::from_iter_values(ids.clone().map(|id| id % 5))),
        ),
        (
            "r",
            Arc::new(Float64Array::from_iter_values(
                ids.clone().map(|id| id as f64 / 4.0),
            )),
        ),
        (
            "s",
            Arc::new(StringArray::from_iter(ids.clone().map(|id| {
                (id % 3 > 0).then(|| "a text ".repeat(usize::try_from(id).unwrap() % 200))
            }))),
        ),
        (
            "u",
            Arc::new(StringArray::from_iter_values(
                ids.map(|id| format!("new {id}")),
            )),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn load(conn: &Connection, mode: &LoadMode, path: &Loading) -> clib::Result<u64> {
    let table = if *mode == LoadMode::Create {
        "fresh"
    } else {
        "t"
    };
    let batch = batch();
    let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let options = (path.ask)(LoadOptions::new().mode(mode.clone()));
    Ok(conn.load(table, batches, &options)?.rows)
}

/// With `within`, in a transaction of the caller's that has written before.
fn loading(name: &str, fault: &Fault, fixture: &Fixture, mode: &LoadMode, within: bool) {
    const BEGIN: &str = "BEGIN; INSERT INTO keyed VALUES ('before the load', 1)";
    for path in LOADING {
        let name = format!(
            "{name}, {}, {mode:?}, in a transaction: {within}, WAL: {}",
            path.name, fixture.wal
        );
        let start = |file: &Path| {
            let conn = Connection::open(file).unwrap();
            let original = dump(&conn);
            if within {
                conn.execute_batch(BEGIN).unwrap();
            }
            (conn, original)
        };
        let (before, after) = {
            let (conn, _) = start(&fixture.copy());
            let before = dump(&conn);
            load(&conn, mode, path).unwrap();
            (before, dump(&conn))
        };
        sweep(&name, fault, |arm, disarm| {
            let file = fixture.copy();
            let (conn, original) = start(&file);
            arm();
            let result = load(&conn, mode, path);
            let met = disarm();
            if !met {
                assert!(result.is_ok(), "{name}: {result:?}");
            }
            // All or nothing, as this connection sees it.
            let lost = within && conn.is_autocommit();
            let expected = match &result {
                Ok(_) => &after,
                // SQLite ends the whole transaction where it cannot do less.
                Err(_) if lost => &original,
                Err(_) => &before,
            };
            assert!(!(lost && result.is_ok()), "{name}: the transaction is gone");
            assert_same(expected, &dump(&conn), &name, &result);
            assert_eq!(integrity(&conn), ["ok", "ok"], "{name}: {result:?}");
            // The connection is of use.
            if result.is_err() {
                if lost {
                    conn.execute_batch(BEGIN).unwrap();
                }
                load(&conn, mode, path).unwrap_or_else(|error| panic!("{name}, again: {error}"));
                assert_same(&after, &dump(&conn), &name, &result);
            }
            if within {
                conn.execute_batch("COMMIT").unwrap();
            }
            drop(conn);
            // And as the next one does.
            let conn = Connection::open(&file).unwrap();
            assert_same(&after, &dump(&conn), &name, &result);
            met
        });
    }
}

fn assert_same(expected: &[String], found: &[String], name: &str, result: &clib::Result<u64>) {
    if let Err(difference) = clib_tests::dump::same(expected, found) {
        panic!("{name}, which gave {result:?}: {difference}");
    }
}

fn modes() -> [LoadMode; 4] {
    [
        LoadMode::Append,
        LoadMode::Create,
        LoadMode::Replace,
        LoadMode::Upsert { key: Vec::new() },
    ]
}

#[test]
fn loading_without_memory() {
    let _alone = alone();
    let fixture = Fixture::new(false);
    for mode in modes() {
        loading("memory", &ALLOCATIONS, &fixture, &mode, false);
    }
    loading("memory", &ALLOCATIONS, &fixture, &LoadMode::Append, true);
}

#[test]
fn loading_to_a_disk_that_fails() {
    let _alone = alone();
    for wal in [false, true] {
        let fixture = Fixture::new(wal);
        for mode in modes() {
            loading("disk", &OPERATIONS, &fixture, &mode, false);
        }
        loading("disk", &OPERATIONS, &fixture, &LoadMode::Append, true);
    }
}
