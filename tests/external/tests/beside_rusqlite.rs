//! One SQLite in the program, rusqlite's, and both crates use it: on one file by a connection each, and on one connection.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, RecordBatch, RecordBatchIterator};
use clib::{BorrowedConnection, LoadOptions, ReadOptions, TransactionBehavior};

/// The file that a child process tries to write to.
const FILE: &str = "CLIB_EXTERNAL_FILE";

/// clib on a connection of rusqlite's.
fn borrow(conn: &rusqlite::Connection) -> BorrowedConnection<'_> {
    // SAFETY: open as long as `conn` is borrowed, of the one SQLite there is, and on this thread, as it cannot be shared. The
    // tests' SQL does not call `fts3_tokenizer`.
    unsafe { clib::Connection::borrow_raw(conn.handle().cast()) }.unwrap()
}

fn count(conn: &clib::Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap()
}

#[test]
fn there_is_one_library() {
    assert_eq!(clib::LINK_MODE, "external");
    assert_eq!(clib::version(), rusqlite::version());
    // rusqlite's functions are those that clib calls.
    assert_eq!(
        clib::ffi::sqlite3_libversion as *const () as usize,
        rusqlite::ffi::sqlite3_libversion as *const () as usize
    );
}

/// Functions that a library may lack are referred to weakly, and found in this one, which is static.
#[test]
fn what_the_library_has_is_found() {
    clib::require("sqlite3_changes64").unwrap();
    clib::require("sqlite3_set_clientdata").unwrap();
    let error = clib::require("sqlite3_snapshot_get").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("compiled with SQLITE_ENABLE_SNAPSHOT"),
        "{error}"
    );
}

#[test]
fn both_write_to_one_file() {
    const ROWS: i64 = 200;
    for mode in ["DELETE", "WAL"] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("both.db");
        let ours = clib::Connection::open(&file).unwrap();
        ours.execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; PRAGMA synchronous = OFF; CREATE TABLE t (who TEXT, n INTEGER)"
        ))
        .unwrap();
        std::thread::scope(|scope| {
            let theirs = scope.spawn(|| {
                let conn = rusqlite::Connection::open(&file).unwrap();
                conn.busy_timeout(Duration::from_secs(30)).unwrap();
                conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
                for n in 0..ROWS {
                    conn.execute("INSERT INTO t VALUES ('rusqlite', ?1)", [n])
                        .unwrap();
                }
            });
            ours.busy_timeout(Duration::from_secs(30)).unwrap();
            for n in 0..ROWS {
                ours.execute("INSERT INTO t VALUES ('clib', ?1)", [n])
                    .unwrap();
            }
            theirs.join().unwrap();
        });
        assert_eq!(count(&ours), 2 * ROWS);
        // Each sees what the other wrote.
        let theirs = rusqlite::Connection::open(&file).unwrap();
        let sum: i64 = theirs
            .query_row("SELECT sum(n) FROM t WHERE who = 'clib'", (), |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(sum, ROWS * (ROWS - 1) / 2);
    }
}

/// With two copies of SQLite in a process, one that closes a file drops the locks that the other one has on it, as POSIX wants it.
/// With one copy it does not: another process finds the file locked.
#[test]
fn locks_survive_the_other_crates_closing() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("locked.db");
    let mut ours = clib::Connection::open(&file).unwrap();
    ours.execute_batch("CREATE TABLE t (a)").unwrap();
    let write = ours
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    write.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    assert!(!another_process_can_write(&file));
    let theirs = rusqlite::Connection::open(&file).unwrap();
    let rows: i64 = theirs
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
    theirs.close().unwrap();
    assert!(!another_process_can_write(&file));
    write.commit().unwrap();
    assert!(another_process_can_write(&file));
}

fn another_process_can_write(file: &Path) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_writes", "--ignored", "--nocapture"])
        .env(FILE, file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_ne!(said.contains("written"), said.contains("busy"), "{said}");
    said.contains("written")
}

#[test]
#[ignore = "a process of its own"]
fn child_writes() {
    let conn = clib::Connection::open(std::env::var_os(FILE).unwrap()).unwrap();
    conn.busy_timeout(Duration::ZERO).unwrap();
    match conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        Ok(()) => println!("written"),
        Err(error) if error.code() == Some(clib::Code::Busy) => println!("busy"),
        Err(error) => panic!("{error}"),
    }
}

/// What only rusqlite's connection has, in batches: a table in memory, and a function of rusqlite's.
#[test]
fn batches_of_rusqlites_connection() {
    let theirs = rusqlite::Connection::open_in_memory().unwrap();
    theirs
        .create_scalar_function(
            "twice",
            1,
            rusqlite::functions::FunctionFlags::SQLITE_UTF8,
            |context| Ok(2 * context.get::<i64>(0)?),
        )
        .unwrap();
    theirs
        .execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)")
        .unwrap();
    {
        let conn = borrow(&theirs);
        let mut stmt = conn.prepare("SELECT twice(a) FROM t ORDER BY a").unwrap();
        let mut reader = stmt.query_batches((), &ReadOptions::new()).unwrap();
        let batch = reader.next_batch().unwrap().unwrap();
        let column = batch.column(0).as_primitive::<Int64Type>();
        assert_eq!(column.values().as_ref(), [2, 4, 6]);
        assert!(reader.next_batch().unwrap().is_none());
    }
    // It is as open as before, and has no statement left, which closing would tell.
    theirs.execute("INSERT INTO t VALUES (4)", ()).unwrap();
    theirs.close().unwrap();
}

#[test]
fn a_load_into_rusqlites_connection() {
    let mut theirs = rusqlite::Connection::open_in_memory().unwrap();
    theirs.execute_batch("CREATE TABLE t (a INTEGER)").unwrap();
    let batch = || {
        let column = Arc::new(Int64Array::from_iter_values(0..1000)) as Arc<_>;
        let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
        RecordBatchIterator::new([Ok(batch.clone())], batch.schema())
    };
    // In rusqlite's transaction, which rolls it back.
    let transaction = theirs.transaction().unwrap();
    let report = borrow(&transaction)
        .load("t", batch(), &LoadOptions::new())
        .unwrap();
    assert_eq!(report.rows, 1000);
    assert_eq!(count(&borrow(&transaction)), 1000);
    transaction.rollback().unwrap();
    assert_eq!(count(&borrow(&theirs)), 0);
    borrow(&theirs)
        .load("t", batch(), &LoadOptions::new())
        .unwrap();
    let sum: i64 = theirs
        .query_row("SELECT sum(a) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 999 * 1000 / 2);
}

#[test]
fn a_connection_changes_hands() {
    let ours = clib::Connection::open_in_memory().unwrap();
    ours.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
        .unwrap();
    // SAFETY: open, of the one SQLite there is, and nobody else's.
    let theirs =
        unsafe { rusqlite::Connection::from_handle_owned(ours.into_raw().cast()) }.unwrap();
    let seven: i64 = theirs
        .query_row("SELECT a FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(seven, 7);
    theirs.close().unwrap();
}
