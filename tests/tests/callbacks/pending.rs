//! A panic that is on its way while other user code would be called, or where nobody seems to be there to see it.

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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

/// What happens in a call of the owner's, the owner sees. It neither comes out of the guard's next call, nor stands in the way of others.
#[test]
fn a_panic_in_a_call_of_the_owners_of_a_borrowed_connection() {
    let db = Connection::open_in_memory().unwrap().into_raw();
    let owner = |sql: &CStr| {
        // SAFETY: open until the end; the text is NUL-terminated, and neither callback nor message is wanted.
        unsafe { clib_sys::sqlite3_exec(db, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut()) }
    };
    let owner_fails = || {
        for sql in [c"SELECT panics()", c"SELECT fails()"] {
            assert_eq!(owner(sql), clib_sys::SQLITE_ERROR);
            assert_eq!(owner(c"SELECT works()"), clib_sys::SQLITE_OK);
        }
    };
    // SAFETY: open for longer than the guard lives, and used by this thread alone.
    let mut conn = unsafe { Connection::borrow_raw(db) }.unwrap();
    let flags = FunctionFlags::default();
    conn.create_typed_function("works", flags, || Ok(1))
        .unwrap();
    conn.create_typed_function("panics", flags, || -> clib::Result<i64> { panic!() })
        .unwrap();
    conn.create_typed_function("fails", flags, || Err::<i64, _>(Error::other("failed")))
        .unwrap();
    owner_fails();
    conn.execute_batch("SELECT works()").unwrap();
    // After a call of the guard's that fails, too, and between those that run a statement.
    assert!(panics(|| conn.execute_batch("SELECT panics()")));
    owner_fails();
    assert!(conn.execute_batch("SELECT fails()").is_err());
    owner_fails();
    let mut stmt = conn.prepare("SELECT works() UNION ALL SELECT 2").unwrap();
    let mut rows = stmt.query(()).unwrap();
    for expected in 1..=2 {
        let number: i64 = rows.next().unwrap().unwrap().get(0).unwrap();
        assert_eq!(number, expected);
        owner_fails();
    }
    assert!(rows.next().unwrap().is_none());
    drop(rows);
    drop(stmt);
    owner_fails();
    drop(conn);
    // SAFETY: open, and used no more.
    let code = unsafe { clib_sys::sqlite3_close(db) };
    assert_eq!(code, clib_sys::SQLITE_OK);
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

/// So does taking a deadline away. The statement is gone all the same.
#[test]
fn an_authorizer_that_panics_while_a_statement_is_dropped() {
    let mut conn = Connection::open_in_memory().unwrap();
    let panics_now = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&panics_now);
    conn.authorizer(move |context| match context.action {
        AuthAction::Pragma { .. } if asked.load(Ordering::Relaxed) => panic!("authorizer"),
        _ => Authorization::Allow,
    })
    .unwrap();
    let mut stmt = conn.prepare("SELECT 1").unwrap();
    stmt.set_deadline(Some(Instant::now() + Duration::from_secs(60)))
        .unwrap();
    panics_now.store(true, Ordering::Relaxed);
    assert!(panics(|| drop(stmt)));
    panics_now.store(false, Ordering::Relaxed);
    conn.close().map_err(|(_, error)| error).unwrap();
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
