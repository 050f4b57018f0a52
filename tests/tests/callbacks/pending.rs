//! A panic that is on its way while other user code would be called, or where nobody seems to be there to see it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use clib::{AuthAction, Authorization, Code, Connection, Error, FunctionFlags, TraceEvents};

fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

fn integrity(conn: &Connection) -> String {
    conn.query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap()
}

/// The collation is not asked, so the index may be in disorder: the transaction must not commit.
#[test]
fn a_collation_that_is_skipped_dooms_the_transaction() {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_collation("c", |a: &str, b: &str| a.cmp(b))
        .unwrap();
    conn.execute_batch(
        "CREATE TABLE t (x TEXT COLLATE c); CREATE INDEX i ON t (x);
         BEGIN; INSERT INTO t VALUES ('a'), ('c')",
    )
    .unwrap();
    conn.trace(TraceEvents::STATEMENT, |_| panic!("trace"))
        .unwrap();
    assert!(panics(|| conn.execute("INSERT INTO t VALUES ('b')", ())));
    conn.remove_trace().unwrap();
    if !conn.is_autocommit() {
        let error = conn.execute_batch("COMMIT").unwrap_err();
        assert!(matches!(error, Error::TransactionDoomed { .. }), "{error}");
        assert!(conn.is_autocommit());
    }
    assert_eq!(integrity(&conn), "ok");
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

/// Nor is a row committed that an update hook was not told of.
#[test]
fn an_update_hook_that_is_skipped_dooms_the_transaction() {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (x); BEGIN").unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&told);
    conn.update_hook(move |_, _, _, _| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    conn.trace(TraceEvents::STATEMENT, |_| panic!("trace"))
        .unwrap();
    assert!(panics(|| conn.execute("INSERT INTO t VALUES (1)", ())));
    conn.remove_trace().unwrap();
    assert_eq!(told.load(Ordering::Relaxed), 0);
    if !conn.is_autocommit() {
        assert!(conn.execute_batch("COMMIT").is_err());
    }
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0);
}

/// What is dropped when a connection is given away leaves nothing behind.
#[test]
fn a_destructor_that_panics_as_a_connection_is_given_away() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("when dropped");
        }
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_typed_function("f", FunctionFlags::default(), || Ok(1_i64))
        .unwrap();
    let bomb = Bomb;
    conn.progress_handler(
        1_000,
        Some(move || {
            let _bomb = &bomb;
            false
        }),
    )
    .unwrap();
    let db = conn.into_raw();
    // SAFETY: just given away; no collation is on it.
    let conn = unsafe { Connection::from_raw(db) }.unwrap();
    let one: i64 = conn.query_row("SELECT f()", (), |row| row.get(0)).unwrap();
    assert_eq!(one, 1);
}

/// Describing an error asks the connection something, which the authorizer sees. Its panic comes out of the same call.
#[test]
fn an_authorizer_that_panics_while_an_error_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let other = Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE t (a)").unwrap();
    let mut conn = Connection::open(&file).unwrap();
    conn.busy_timeout(Duration::ZERO).unwrap();
    conn.authorizer(|context| match context.action {
        AuthAction::Pragma { .. } => panic!("authorizer"),
        _ => Authorization::Allow,
    })
    .unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = catch_unwind(AssertUnwindSafe(|| conn.execute_batch("BEGIN IMMEDIATE")));
    if let Ok(result) = begun {
        // Where the library tells of files without a pragma, nobody is asked.
        assert_eq!(result.unwrap_err().code(), Some(Code::Busy));
    }
    // Whatever it was, it is over.
    conn.execute_batch("SELECT 1").unwrap();
}

#[test]
fn a_deadline_ends_with_its_transaction_whatever_the_rollback_hook_does() {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.rollback_hook(|| panic!("rollback"));
    assert!(panics(|| {
        let tx = conn.transaction().unwrap();
        tx.set_deadline(Some(Instant::now() + Duration::from_millis(20)))
            .unwrap();
        tx.execute_batch("CREATE TABLE t (a)").unwrap();
        drop(tx);
    }));
    conn.remove_rollback_hook();
    std::thread::sleep(Duration::from_millis(30));
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
}
