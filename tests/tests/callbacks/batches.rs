//! The batch paths skip nothing that a callback would see: the same rows with callbacks set as without.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator, StringArray};
use clib::{
    Authorization, Connection, Error, FunctionFlags, LoadMode, LoadOptions, LoadPath, LoadReport,
    ReadOptions, Result, TableInput, TraceEvents,
};

use super::probe::CONNECTION;

/// How many rows a table has.
fn rows() -> i64 {
    if std::env::var_os("CLIB_TESTS_SLOW").is_some() {
        300
    } else {
        3000
    }
}

fn batch() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows()));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..rows()).map(|n| format!("text {}", n * 7919 % rows())),
    ));
    RecordBatch::try_from_iter([("a", ids), ("s", texts)]).unwrap()
}

fn load(conn: &Connection, path: LoadPath) -> Result<LoadReport> {
    let batch = batch();
    let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let options = LoadOptions::new().mode(LoadMode::Append).path(path);
    conn.load("t", reader, &options)
}

fn read(conn: &Connection, sql: &str) -> Result<Vec<RecordBatch>> {
    let mut stmt = conn.prepare(sql)?;
    let mut reader = stmt.query_batches((), &ReadOptions::new())?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn open(schema: &str) -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_collation("c", |a, b| a.cmp(b)).unwrap();
    conn.create_typed_function(
        "same",
        FunctionFlags::DETERMINISTIC | FunctionFlags::INNOCUOUS,
        |n: i64| Ok(n),
    )
    .unwrap();
    conn.execute_batch(schema).unwrap();
    conn
}

const PLAIN: &str = "CREATE TABLE t (a INTEGER, s TEXT)";

/// Each callback that a load could leave out is called as often as there are rows, or statements.
#[test]
fn loads_call_what_they_would() {
    for path in [LoadPath::Auto, LoadPath::Prepared, LoadPath::Portable] {
        let count = Arc::new(AtomicUsize::new(0));
        let counts = || {
            let count = Arc::clone(&count);
            move || {
                count.fetch_add(1, Ordering::Relaxed);
            }
        };
        let take = || count.swap(0, Ordering::Relaxed);
        let mut conn = open(PLAIN);

        let counts_updates = counts();
        conn.update_hook(move |_, _, _, _| counts_updates());
        load(&conn, path).unwrap();
        assert_eq!(take(), rows() as usize, "{path:?}");
        conn.remove_update_hook();

        let counts_commits = counts();
        conn.commit_hook(move || {
            counts_commits();
            Ok(())
        });
        load(&conn, path).unwrap();
        assert_eq!(take(), 1, "{path:?}");
        conn.remove_commit_hook();

        let counts_questions = counts();
        conn.authorizer(move |_| {
            counts_questions();
            Authorization::Allow
        })
        .unwrap();
        load(&conn, path).unwrap();
        assert!(take() > 0, "{path:?}");
        conn.remove_authorizer().unwrap();

        let counts_statements = counts();
        conn.trace(TraceEvents::STATEMENT, move |_| counts_statements())
            .unwrap();
        load(&conn, path).unwrap();
        assert!(take() > 0, "{path:?}");
        conn.remove_trace().unwrap();

        let found: i64 = conn
            .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
            .unwrap();
        assert_eq!(found, 4 * rows());
    }
}

/// Tables whose rows need user code: indexes by a collation or a function, CHECKs.
#[test]
fn loads_into_tables_with_user_code() {
    for schema in [
        "CREATE TABLE t (a INTEGER, s TEXT COLLATE c); CREATE INDEX i ON t (s)",
        "CREATE TABLE t (a INTEGER, s TEXT COLLATE c UNIQUE)",
        "CREATE TABLE t (a INTEGER, s TEXT); CREATE INDEX i ON t (same(a))",
        "CREATE TABLE t (a INTEGER CHECK (same(a) >= 0), s TEXT)",
        "CREATE TABLE t (a INTEGER, s TEXT, g AS (same(a)) STORED)",
    ] {
        let mut expected = None;
        for path in [LoadPath::Portable, LoadPath::Prepared, LoadPath::Auto] {
            let conn = open(schema);
            load(&conn, path).unwrap();
            let check: String = conn
                .query_row("PRAGMA integrity_check", (), |row| row.get(0))
                .unwrap();
            assert_eq!(check, "ok", "{schema} {path:?}");
            let all = read(
                &conn,
                "SELECT * FROM t WHERE s > 'text 2' ORDER BY s COLLATE c",
            )
            .unwrap();
            assert!(
                *expected.get_or_insert_with(|| all.clone()) == all,
                "{schema} {path:?}"
            );
        }
    }
}

/// Reading with user code in it, and with callbacks set, is reading without.
#[test]
fn reads_are_the_same_with_callbacks() {
    let mut conn = open(PLAIN);
    load(&conn, LoadPath::Auto).unwrap();
    let queries = [
        ("SELECT a, s FROM t", "SELECT a, s FROM t"),
        (
            "SELECT a, s FROM t WHERE s > 'text 5' COLLATE c",
            "SELECT a, s FROM t WHERE s > 'text 5'",
        ),
        (
            "SELECT a, s FROM t WHERE same(a) % 3 = 1",
            "SELECT a, s FROM t WHERE a % 3 = 1",
        ),
        ("SELECT same(a) AS a, s FROM t", "SELECT a AS a, s FROM t"),
    ];
    let plain: Vec<_> = queries
        .iter()
        .map(|(_, plain)| read(&conn, plain).unwrap())
        .collect();
    let calls = Arc::new(AtomicUsize::new(0));
    for with in 0..4 {
        match with {
            1 => {
                let calls = Arc::clone(&calls);
                conn.trace(TraceEvents::all(), move |_| {
                    calls.fetch_add(1, Ordering::Relaxed);
                })
                .unwrap();
            }
            2 => conn.authorizer(|_| Authorization::Allow).unwrap(),
            3 => conn.update_hook(|_, _, _, _| {}),
            _ => {}
        }
        for ((sql, _), plain) in queries.iter().zip(&plain) {
            // The types of columns are those of the rows, where an expression has none declared.
            assert!(read(&conn, sql).unwrap() == *plain, "{sql}, {with}");
        }
    }
    // Each row in three of the rounds, besides the statements.
    let rows: usize = plain.iter().flatten().map(RecordBatch::num_rows).sum();
    assert!(calls.load(Ordering::Relaxed) > 3 * rows);
}

#[test]
fn panics_come_out_of_batches() {
    let mut conn = open(PLAIN);
    load(&conn, LoadPath::Auto).unwrap();
    conn.create_collation("broken", |_, _| panic!("collation"))
        .unwrap();
    let broken = rows() - 50;
    conn.create_typed_function("broken", FunctionFlags::INNOCUOUS, move |n: i64| {
        assert!(n != broken, "function");
        Ok(n)
    })
    .unwrap();
    for sql in [
        "SELECT a FROM t WHERE s > 'x' COLLATE broken",
        "SELECT a FROM t ORDER BY s COLLATE broken",
        "SELECT broken(a) FROM t",
        "SELECT a FROM t WHERE broken(a) > 0",
    ] {
        assert!(
            catch_unwind(AssertUnwindSafe(|| read(&conn, sql))).is_err(),
            "{sql}"
        );
        assert_eq!(read(&conn, "SELECT a FROM t LIMIT 1").unwrap().len(), 1);
    }
    conn.execute_batch("CREATE INDEX i ON t (broken(a)) WHERE 0")
        .unwrap_err();
    conn.execute_batch(
        "CREATE TABLE u AS SELECT * FROM t; DELETE FROM t; CREATE INDEX i ON t (s COLLATE broken)",
    )
    .unwrap();
    for path in [LoadPath::Auto, LoadPath::Prepared, LoadPath::Portable] {
        assert!(
            catch_unwind(AssertUnwindSafe(|| load(&conn, path))).is_err(),
            "{path:?}"
        );
        assert!(conn.is_autocommit(), "{path:?}");
        let found: i64 = conn
            .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
            .unwrap();
        assert_eq!(found, 0, "{path:?}");
    }
}

/// User code that a load runs comes back to the connection: a collation is refused; a function may read, also in the middle.
#[test]
fn user_code_of_a_load_uses_the_connection() {
    let mut conn = Connection::open_in_memory().unwrap();
    let refused = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&refused);
    conn.create_collation("asks", move |a, b| {
        CONNECTION.with_borrow(|conn| {
            let result = conn.as_ref().unwrap().prepare("SELECT 1").map(drop);
            assert!(matches!(result, Err(Error::InCallback { .. })));
        });
        counts.fetch_add(1, Ordering::Relaxed);
        a.cmp(b)
    })
    .unwrap();
    let flags = FunctionFlags::INNOCUOUS | FunctionFlags::DETERMINISTIC;
    conn.create_typed_function("asks", flags, |n: i64| {
        CONNECTION.with_borrow(|conn| {
            let conn = conn.as_ref().unwrap();
            match conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0)) {
                // What it sees of a load depends on the path.
                Ok(_) | Err(Error::InCallback { .. }) => Ok(n),
                Err(error) => Err(error),
            }
        })
    })
    .unwrap();
    CONNECTION.set(Some(conn));
    CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        for schema in [
            "CREATE TABLE t (a INTEGER, s TEXT); CREATE INDEX i ON t (s COLLATE asks)",
            "CREATE TABLE t (a INTEGER, s TEXT UNIQUE COLLATE asks)",
            "CREATE TABLE t (a INTEGER, s TEXT); CREATE INDEX i ON t (asks(a), s COLLATE asks)",
            "CREATE TABLE t (a INTEGER CHECK (asks(a) >= 0), s TEXT)",
        ] {
            for path in [LoadPath::Auto, LoadPath::Prepared, LoadPath::Portable] {
                conn.execute_batch(schema).unwrap();
                let report = load(conn, path).unwrap();
                assert_eq!(report.rows, rows() as u64);
                conn.execute_batch("DROP TABLE t").unwrap();
            }
        }
    });
    assert!(refused.load(Ordering::Relaxed) > 0);
    CONNECTION.take();
}

thread_local! {
    static INPUT: RefCell<Option<TableInput<'static>>> = const { RefCell::new(None) };
}

/// The table goes away when the hook has returned.
#[test]
fn a_table_input_that_is_dropped_by_a_hook() {
    let mut conn = open(PLAIN);
    conn.authorizer(|_| {
        drop(INPUT.take());
        Authorization::Allow
    })
    .unwrap();
    CONNECTION.set(Some(conn));
    CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        // SAFETY: the input is dropped below at the latest, and meanwhile nobody can move or drop the connection.
        let conn: &'static Connection = unsafe { &*std::ptr::from_ref(conn) };
        INPUT.set(Some(conn.table_input_of("ids", vec![1_i64, 2, 3]).unwrap()));
        let sum = || conn.query_row("SELECT sum(value) FROM ids", (), |row| row.get::<_, i64>(0));
        let first = sum();
        assert!(INPUT.take().is_none());
        if clib::LINK_MODE == "vendored" {
            // Prepared with the table, and run without it.
            assert!(first.unwrap_err().to_string().contains("no such table"));
            assert!(sum().is_err());
            conn.table_input_of("ids", vec![7_i64])
                .unwrap()
                .close()
                .unwrap();
        }
    });
    CONNECTION.take();
}

/// Also where closing the connection is what comes next, and fails.
#[test]
fn a_table_input_that_is_dropped_by_a_hook_before_a_close_that_fails() {
    let mut conn = open(PLAIN);
    conn.authorizer(|_| {
        drop(INPUT.take());
        Authorization::Allow
    })
    .unwrap();
    // SAFETY: the input is dropped by the next statement, and meanwhile nobody moves or drops the connection.
    let lent: &'static Connection = unsafe { &*std::ptr::from_ref(&conn) };
    INPUT.set(Some(lent.table_input_of("ids", vec![1_i64]).unwrap()));
    std::mem::forget(conn.prepare("SELECT 1").unwrap());
    assert!(INPUT.take().is_none());
    let (conn, _) = conn.close().unwrap_err();
    if clib::LINK_MODE == "vendored" {
        let error = conn.prepare("SELECT * FROM ids").unwrap_err();
        assert!(error.to_string().contains("no such table"), "{error}");
    }
    let db = conn.into_raw();
    // SAFETY: open, and this thread's.
    let leaked = unsafe { clib_sys::sqlite3_next_stmt(db, std::ptr::null_mut()) };
    // SAFETY: what was leaked above, and is used by nobody.
    unsafe { clib_sys::sqlite3_finalize(leaked) };
    // SAFETY: open, and used no more.
    let code = unsafe { clib_sys::sqlite3_close(db) };
    assert_eq!(code, clib_sys::SQLITE_OK);
}
