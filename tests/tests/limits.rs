//! What bounds the time in SQLite: deadlines, interrupts, progress and busy handlers. Every place where one can end work, and
//! that the connection works afterwards.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use clib::{
    Code, Connection, Error, LoadOptions, LoadPath, ParallelOptions, ReadOptions, ReadPath, Result,
    StoppedBy, TransactionBehavior,
};

/// Runs until it is stopped.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/// Gives rows until it is stopped.
const ROWS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

const ROW_COUNT: usize = 20_000;

/// Whether a checker of memory runs this, which takes its time.
fn is_slow() -> bool {
    std::env::var_os("CLIB_TESTS_SLOW").is_some()
}

/// A database of one table with rows.
struct Database {
    folder: tempfile::TempDir,
}

impl Database {
    fn new() -> Self {
        let this = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let conn = this.open();
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER);
             CREATE TABLE into_t (a INTEGER); CREATE TABLE indexed (a INTEGER UNIQUE);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ROW_COUNT}) INSERT INTO t SELECT i, i FROM n"
        ))
        .unwrap();
        this
    }

    fn open(&self) -> Connection {
        Connection::open(self.folder.path().join("test.db")).unwrap()
    }
}

/// What ends the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// It has passed before the work begins.
    PassedDeadline,
    /// It passes meanwhile.
    Deadline,
    Scope,
    ProgressHandler,
    Panic,
}

impl Event {
    const ALL: [Self; 5] = [
        Self::PassedDeadline,
        Self::Deadline,
        Self::Scope,
        Self::ProgressHandler,
        Self::Panic,
    ];

    fn kind(self) -> Option<StoppedBy> {
        match self {
            Self::PassedDeadline | Self::Deadline => Some(StoppedBy::Deadline),
            Self::Scope => Some(StoppedBy::Interrupt),
            Self::ProgressHandler => Some(StoppedBy::ProgressHandler),
            Self::Panic => None,
        }
    }
}

#[derive(Clone, Copy)]
enum Work {
    Shared(fn(&Connection) -> Result<()>),
    Exclusive(fn(&mut Connection) -> Result<()>),
}

use Work::{Exclusive, Shared};

impl Work {
    fn run(self, conn: &mut Connection) -> Result<()> {
        match self {
            Shared(work) => work(conn),
            Exclusive(work) => work(conn),
        }
    }
}

type Place = (&'static str, Work);

fn batch(rows: usize) -> RecordBatch {
    let values = Int64Array::from_iter_values(0..i64::try_from(rows).unwrap());
    let schema = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(values)]).unwrap()
}

fn load(conn: &Connection, table: &str, path: LoadPath) -> Result<()> {
    let batch = batch(10_000);
    let options = LoadOptions::new().path(path);
    let mut loader = conn.loader(table, batch.schema(), &options)?;
    loop {
        loader.append(&batch)?;
    }
}

fn read(conn: &Connection, path: ReadPath) -> Result<()> {
    loop {
        let mut stmt = conn.prepare("SELECT a, b FROM t")?;
        let mut reader = stmt.query_batches((), &ReadOptions::new().path(path).batch_rows(100))?;
        while reader.next_batch()?.is_some() {}
    }
}

/// Work without end, in every way there is to be in SQLite.
const PLACES: &[Place] = &[
    (
        "query_row",
        Shared(|conn| {
            conn.query_row(ENDLESS, (), |row| row.get::<_, i64>(0))
                .map(drop)
        }),
    ),
    (
        "rows",
        Shared(|conn| {
            let mut stmt = conn.prepare(ROWS)?;
            let mut rows = stmt.query(())?;
            while rows.next()?.is_some() {}
            Ok(())
        }),
    ),
    (
        "query_map",
        Shared(|conn| {
            let mut stmt = conn.prepare_cached(ROWS)?;
            for row in stmt.query_map((), |row| row.get::<_, i64>(0))? {
                row?;
            }
            Ok(())
        }),
    ),
    (
        "script",
        Shared(|conn| conn.execute_batch(&format!("SELECT 1; {ENDLESS}; SELECT 2"))),
    ),
    (
        "write",
        Shared(|conn| {
            let sql = format!("INSERT INTO into_t {ROWS}");
            conn.execute(&sql, ()).map(drop)
        }),
    ),
    (
        "transaction",
        Exclusive(|conn| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            tx.execute("INSERT INTO into_t VALUES (1)", ())?;
            tx.query_row(ENDLESS, (), |row| row.get::<_, i64>(0))?;
            tx.commit()
        }),
    ),
    (
        "savepoint",
        Exclusive(|conn| {
            let savepoint = conn.savepoint()?;
            savepoint.execute("INSERT INTO into_t VALUES (1)", ())?;
            savepoint.execute(&format!("INSERT INTO into_t {ROWS}"), ())?;
            savepoint.commit()
        }),
    ),
    ("read, scan", Shared(|conn| read(conn, ReadPath::Scan))),
    ("read, fill", Shared(|conn| read(conn, ReadPath::Fill))),
    (
        "read, portable",
        Shared(|conn| read(conn, ReadPath::Portable)),
    ),
    (
        "read, computed",
        Shared(|conn| {
            let mut stmt = conn.prepare(ROWS)?;
            let mut reader = stmt.query_batches((), &ReadOptions::new())?;
            while reader.next_batch()?.is_some() {}
            Ok(())
        }),
    ),
    (
        "read_table",
        Shared(|conn| {
            loop {
                let mut reader = conn.read_table("t", &ReadOptions::new())?;
                while reader.next_batch()?.is_some() {}
            }
        }),
    ),
    (
        "lookup",
        Shared(|conn| {
            let keys = Int64Array::from_iter_values((0..10_000).map(|i| i * 7919 % 20_000));
            loop {
                let mut lookup = conn.lookup("t", "a", &keys, &["b"], &ReadOptions::new())?;
                while lookup.next_batch()?.is_some() {}
            }
        }),
    ),
    ("load", Shared(|conn| load(conn, "into_t", LoadPath::Auto))),
    (
        "load, indexed",
        Shared(|conn| {
            loop {
                // The second batch has the keys of the first.
                match load(conn, "indexed", LoadPath::Auto) {
                    Err(error) if error.code() == Some(Code::Constraint) => {}
                    result => return result,
                }
            }
        }),
    ),
    (
        "load, prepared",
        Shared(|conn| load(conn, "into_t", LoadPath::Prepared)),
    ),
    (
        "load, portable",
        Shared(|conn| load(conn, "into_t", LoadPath::Portable)),
    ),
];

/// Lets the event happen to the work, and returns its error; `None` where it panicked.
fn run(event: Event, conn: &mut Connection, work: Work) -> Option<Error> {
    const SOON: Duration = Duration::from_millis(15);
    match event {
        Event::PassedDeadline => {
            conn.set_deadline(Some(Instant::now())).unwrap();
            let result = work.run(conn);
            conn.set_deadline(None).unwrap();
            result.err()
        }
        Event::Deadline => {
            conn.set_deadline(Some(Instant::now() + SOON)).unwrap();
            let result = work.run(conn);
            conn.set_deadline(None).unwrap();
            result.err()
        }
        Event::Scope => {
            // Scopes borrow the connection.
            let Shared(work) = work else {
                return Some(interrupt_exclusive(conn));
            };
            let scope = conn.interrupt_scope().unwrap();
            let handle = scope.interrupt_handle();
            let result = thread::scope(|threads| {
                threads.spawn(|| {
                    thread::sleep(SOON);
                    handle.interrupt();
                });
                work(conn)
            });
            drop(scope);
            handle.interrupt();
            result.err()
        }
        Event::ProgressHandler => {
            let mut calls = 0;
            conn.progress_handler(
                500,
                Some(move || {
                    calls += 1;
                    calls >= 20
                }),
            )
            .unwrap();
            let result = work.run(conn);
            conn.progress_handler(0, None::<fn() -> bool>).unwrap();
            result.err()
        }
        Event::Panic => {
            let mut calls = 0;
            conn.progress_handler(
                500,
                Some(move || {
                    calls += 1;
                    assert!(calls < 20, "in the handler");
                    false
                }),
            )
            .unwrap();
            let payload = catch_unwind(AssertUnwindSafe(|| work.run(conn))).unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"in the handler"));
            conn.progress_handler(0, None::<fn() -> bool>).unwrap();
            None
        }
    }
}

/// A scope in a transaction.
fn interrupt_exclusive(conn: &mut Connection) -> Error {
    let tx = conn.transaction().unwrap();
    tx.execute("INSERT INTO into_t VALUES (1)", ()).unwrap();
    let scope = tx.interrupt_scope().unwrap();
    let handle = scope.interrupt_handle();
    let error = thread::scope(|threads| {
        threads.spawn(|| {
            thread::sleep(Duration::from_millis(15));
            handle.interrupt();
        });
        tx.execute_batch(ENDLESS).unwrap_err()
    });
    drop(scope);
    error
}

#[test]
fn every_place_ends_with_its_kind() {
    for (number, (name, work)) in PLACES.iter().enumerate() {
        let database = Database::new();
        let mut conn = database.open();
        for (index, event) in Event::ALL.into_iter().enumerate() {
            // One of them at each place.
            if is_slow() && index != number % Event::ALL.len() {
                continue;
            }
            let start = Instant::now();
            let error = run(event, &mut conn, *work);
            let elapsed = start.elapsed();
            let stopped_by = error.as_ref().and_then(Error::stopped_by);
            assert_eq!(stopped_by, event.kind(), "{name}, {event:?}: {error:?}");
            assert!(
                elapsed < Duration::from_secs(60),
                "{name}, {event:?}: {elapsed:?}"
            );
            if let Some(error) = error {
                assert_eq!(
                    error.code(),
                    Some(Code::Interrupt),
                    "{name}, {event:?}: {error}"
                );
                assert!(!error.to_string().contains('\n'), "{error}");
            }
            // The connection works, and nothing of the work remains.
            assert!(conn.is_autocommit(), "{name}, {event:?}");
            for table in ["into_t", "indexed"] {
                let sql = format!("SELECT count(*) FROM {table}");
                let count: i64 = conn.query_row(&sql, (), |row| row.get(0)).unwrap();
                assert_eq!(count, 0, "{name}, {event:?}");
            }
            let tx = conn
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .unwrap();
            tx.execute("INSERT INTO into_t VALUES (1)", ()).unwrap();
            tx.rollback().unwrap();
            assert_eq!(conn.pragma_get::<i64>(None, "busy_timeout").unwrap(), 5000);
        }
        conn.close().unwrap();
    }
}

/// A lock that another connection holds until the result is dropped.
fn lock(database: &Database) -> Connection {
    let other = database.open();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[test]
fn waiting_for_a_lock_ends_at_the_deadline() {
    let database = Database::new();
    let other = lock(&database);
    let conn = database.open();
    conn.busy_timeout(Duration::from_secs(600)).unwrap();
    // Long enough to come to the lock before it.
    let soon = Duration::from_millis(if is_slow() { 5000 } else { 300 });
    let start = Instant::now();
    conn.set_deadline(Some(start + soon)).unwrap();
    let error = conn
        .execute("INSERT INTO into_t VALUES (1)", ())
        .unwrap_err();
    assert!(start.elapsed() >= soon);
    assert!(start.elapsed() < Duration::from_secs(300));
    assert!(error.is_deadline(), "{error}");
    assert_eq!(error.code(), Some(Code::Busy));
    assert!(
        error
            .to_string()
            .contains("the deadline has passed while it waited"),
        "{error}"
    );
    // The timeout is the one of before, also where a pragma sets it.
    conn.set_deadline(None).unwrap();
    conn.execute_batch("PRAGMA busy_timeout = 30").unwrap();
    conn.set_deadline(Some(Instant::now() + Duration::from_secs(600)))
        .unwrap();
    let error = conn
        .execute("INSERT INTO into_t VALUES (1)", ())
        .unwrap_err();
    assert_eq!((error.code(), error.stopped_by()), (Some(Code::Busy), None));
    assert_eq!(
        error.sqlite().unwrap().busy_timeout,
        Some(Duration::from_millis(30))
    );
    conn.busy_timeout(Duration::from_millis(10)).unwrap();
    conn.set_deadline(None).unwrap();
    assert_eq!(conn.pragma_get::<i64>(None, "busy_timeout").unwrap(), 10);
    drop(other);
    conn.execute("INSERT INTO into_t VALUES (1)", ()).unwrap();
}

#[test]
fn waiting_for_a_lock_ends_with_the_scope_and_goes_on_when_the_lock_does() {
    let database = Database::new();
    let other = lock(&database);
    let conn = database.open();
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    let scope = conn.interrupt_scope().unwrap();
    let handle = scope.interrupt_handle();
    thread::scope(|threads| {
        threads.spawn(|| {
            thread::sleep(Duration::from_millis(30));
            handle.interrupt();
        });
        let error = conn
            .execute("INSERT INTO into_t VALUES (1)", ())
            .unwrap_err();
        assert!(error.is_interrupt(), "{error}");
    });
    assert!(scope.is_interrupted());
    drop(scope);
    conn.set_deadline(Some(Instant::now() + Duration::from_secs(60)))
        .unwrap();
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        drop(other);
    });
    conn.execute("INSERT INTO into_t VALUES (1)", ()).unwrap();
    release.join().unwrap();
}

#[test]
fn a_busy_handler_decides_and_the_deadline_above_it() {
    let database = Database::new();
    let other = lock(&database);
    let mut conn = database.open();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    conn.busy_handler(Some(move |attempts: u32| {
        assert_eq!(count.fetch_add(1, Ordering::Relaxed), attempts as usize);
        attempts < 4
    }))
    .unwrap();
    let insert = "INSERT INTO into_t VALUES (1)";
    let error = conn.execute(insert, ()).unwrap_err();
    assert_eq!((error.code(), error.stopped_by()), (Some(Code::Busy), None));
    assert_eq!(calls.load(Ordering::Relaxed), 5);
    // With a deadline: it ends what the handler would not.
    conn.busy_handler(Some(|_| {
        thread::sleep(Duration::from_millis(1));
        true
    }))
    .unwrap();
    conn.set_deadline(Some(Instant::now() + Duration::from_millis(20)))
        .unwrap();
    assert!(conn.execute(insert, ()).unwrap_err().is_deadline());
    conn.set_deadline(None).unwrap();
    // A panic gives up, and reaches the caller.
    conn.busy_handler(Some(|_| -> bool { panic!("busy") }))
        .unwrap();
    let payload = catch_unwind(AssertUnwindSafe(|| conn.execute(insert, ()))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"busy"));
    // Without one nothing waits.
    conn.busy_handler(None::<fn(u32) -> bool>).unwrap();
    let error = conn.execute(insert, ()).unwrap_err();
    assert_eq!(error.sqlite().unwrap().busy_timeout, Some(Duration::ZERO));
    conn.busy_timeout(Duration::from_secs(5)).unwrap();
    drop(other);
    conn.execute(insert, ()).unwrap();
}

#[test]
fn a_statements_deadline_is_its_own() {
    let database = Database::new();
    let conn = database.open();
    let mut limited = conn.prepare(ROWS).unwrap();
    limited
        .set_deadline(Some(Instant::now() + Duration::from_millis(30)))
        .unwrap();
    let mut other = conn.prepare(ROWS).unwrap();
    let mut other_rows = other.query(()).unwrap();
    let mut rows = limited.query(()).unwrap();
    let error = loop {
        assert!(other_rows.next().unwrap().is_some());
        match rows.next() {
            Ok(row) => assert!(row.is_some()),
            Err(error) => break error,
        }
    };
    assert!(error.is_deadline());
    assert_eq!(error.sqlite().unwrap().sql.as_deref(), Some(ROWS));
    assert!(rows.next().unwrap().is_none());
    assert!(other_rows.next().unwrap().is_some());
    drop(rows);
    // Until it has another one.
    assert!(limited.query(()).unwrap().next().unwrap_err().is_deadline());
    limited.set_deadline(None).unwrap();
    assert!(limited.query(()).unwrap().next().unwrap().is_some());
    // One that goes to the cache has none when it comes back.
    let mut cached = conn.prepare_cached("SELECT 1").unwrap();
    cached.set_deadline(Some(Instant::now())).unwrap();
    assert!(cached.execute(()).unwrap_err().is_deadline());
    drop(cached);
    conn.prepare_cached("SELECT 1")
        .unwrap()
        .execute(())
        .unwrap();
}

#[test]
fn of_batches_a_statements_deadline_ends_each_path() {
    let database = Database::new();
    let conn = database.open();
    for path in [ReadPath::Auto, ReadPath::Fill, ReadPath::Portable] {
        let mut stmt = conn.prepare("SELECT a.a, b.b FROM t a, t b").unwrap();
        stmt.set_deadline(Some(Instant::now() + Duration::from_millis(40)))
            .unwrap();
        let options = ReadOptions::new().path(path).batch_rows(1000);
        let error = match stmt.query_batches((), &options) {
            // In the first batch already, on a slow machine.
            Err(error) => error,
            Ok(mut reader) => {
                let error = loop {
                    match reader.next_batch() {
                        Ok(batch) => assert!(batch.is_some()),
                        Err(error) => break error,
                    }
                };
                assert!(reader.next_batch().unwrap().is_none());
                error
            }
        };
        assert!(error.is_deadline(), "{path:?}: {error}");
    }
}

#[test]
fn parallel_readers_have_the_callers_limits() {
    let database = Database::new();
    let conn = database.open();
    let parallel = ParallelOptions::new().threads(2);
    let options = ReadOptions::new().batch_rows(50);
    let read = || -> Result<()> {
        loop {
            let mut reader = conn.read_table_parallel("t", &parallel, &options)?;
            while reader.next_batch()?.is_some() {}
        }
    };
    conn.set_deadline(Some(Instant::now() + Duration::from_millis(60)))
        .unwrap();
    let error = read().unwrap_err();
    assert!(error.is_deadline(), "{error:?}");
    conn.set_deadline(None).unwrap();
    let scope = conn.interrupt_scope().unwrap();
    let handle = scope.interrupt_handle();
    let stop = thread::spawn(move || {
        thread::sleep(Duration::from_millis(60));
        handle.interrupt();
    });
    let error = read().unwrap_err();
    assert!(error.is_interrupt(), "{error:?}");
    stop.join().unwrap();
    drop(scope);
    conn.execute_batch("SELECT * FROM t").unwrap();
}

#[test]
fn a_transaction_ends_with_its_deadline_and_rolls_back() {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    let tx = conn.transaction().unwrap();
    tx.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    tx.set_deadline(Some(Instant::now())).unwrap();
    assert!(
        tx.execute("INSERT INTO t VALUES (2)", ())
            .unwrap_err()
            .is_deadline()
    );
    assert!(tx.execute_batch("COMMIT").unwrap_err().is_deadline());
    tx.rollback().unwrap();
    assert!(conn.is_autocommit());
    // One that is leaked takes its deadline along.
    let tx = conn.transaction().unwrap();
    tx.set_deadline(Some(Instant::now())).unwrap();
    std::mem::forget(tx);
    assert!(conn.transaction().unwrap_err().stopped_by().is_none());
    conn.execute_batch("ROLLBACK").unwrap();
    let count: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
}

#[test]
fn an_interrupt_before_the_work_stops_it_and_one_after_it_nothing() {
    let conn = Connection::open_in_memory().unwrap();
    let rounds = if is_slow() { 10 } else { 200 };
    let handles: Vec<_> = (0..rounds)
        .map(|round| {
            let scope = conn.interrupt_scope().unwrap();
            let handle = scope.interrupt_handle();
            let stop = thread::spawn(move || {
                handle.interrupt();
                handle
            });
            if round % 2 == 0 {
                // At its beginning, more often than not.
                let error = conn
                    .query_row(ENDLESS, (), |row| row.get::<_, i64>(0))
                    .unwrap_err();
                assert!(error.is_interrupt(), "{error}");
            }
            drop(scope);
            // What comes late hits nothing.
            conn.query_row("SELECT 1", (), |row| row.get::<_, i64>(0))
                .unwrap();
            stop.join().unwrap()
        })
        .collect();
    drop(conn);
    handles.iter().for_each(clib::InterruptHandle::interrupt);
}

/// A deadline that has stopped something without an error is no reason for what fails later.
#[test]
fn a_reason_does_not_outlive_its_call() {
    let database = Database::new();
    let conn = database.open();
    let mode: String = conn
        .query_row("PRAGMA journal_mode = wal", (), |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let holder = database.open();
    holder
        .execute_batch("CREATE TABLE held (a); BEGIN IMMEDIATE; INSERT INTO held VALUES (1)")
        .unwrap();
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    conn.set_deadline(Some(Instant::now() + Duration::from_millis(50)))
        .unwrap();
    // It waits for the writer until the deadline, and says that it was busy, as a row.
    let busy: i64 = conn
        .query_row("PRAGMA wal_checkpoint(restart)", (), |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 1);
    conn.set_deadline(None).unwrap();
    conn.busy_timeout(Duration::ZERO).unwrap();
    let error = conn.execute_batch("BEGIN IMMEDIATE").unwrap_err();
    assert_eq!(error.code(), Some(Code::Busy));
    assert_eq!(error.stopped_by(), None);
}

#[test]
fn scopes_nest_and_end_in_any_order() {
    let conn = Connection::open_in_memory().unwrap();
    let outer = conn.interrupt_scope().unwrap();
    let inner = conn.interrupt_scope().unwrap();
    outer.interrupt_handle().interrupt();
    assert!(conn.execute_batch("SELECT 1").unwrap_err().is_interrupt());
    assert!(!inner.is_interrupted());
    drop(outer);
    conn.execute_batch("SELECT 1").unwrap();
    inner.interrupt_handle().interrupt();
    assert!(conn.prepare("SELECT 1").unwrap_err().is_interrupt());
    drop(inner);
    conn.execute_batch("SELECT 1").unwrap();
}

thread_local! {
    static CONNECTION: RefCell<Option<Rc<RefCell<Connection>>>> = const { RefCell::new(None) };
    static REFUSED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Everything that a handler could do with a connection it reaches.
fn try_all(conn: &Connection) {
    let results = [
        conn.execute_batch("SELECT 1"),
        conn.prepare("SELECT 1").map(drop),
        conn.prepare_cached("SELECT 1").map(drop),
        conn.set_deadline(None),
        conn.busy_timeout(Duration::ZERO),
        conn.interrupt_scope().map(drop),
        conn.pragma_get::<i64>(None, "user_version").map(drop),
    ];
    REFUSED.with_borrow_mut(|refused| {
        refused.extend(
            results
                .into_iter()
                .map(|result| result.unwrap_err().to_string()),
        );
    });
}

#[test]
fn a_handler_cannot_use_its_connection() {
    let database = Database::new();
    let other = lock(&database);
    let conn = Rc::new(RefCell::new(database.open()));
    {
        let mut conn = conn.borrow_mut();
        conn.progress_handler(
            1,
            Some(|| {
                CONNECTION.with_borrow(|conn| try_all(&conn.as_ref().unwrap().borrow()));
                false
            }),
        )
        .unwrap();
        conn.busy_handler(Some(|_| {
            CONNECTION.with_borrow(|conn| try_all(&conn.as_ref().unwrap().borrow()));
            false
        }))
        .unwrap();
    }
    CONNECTION.set(Some(Rc::clone(&conn)));
    let insert = "INSERT INTO into_t VALUES (1)";
    assert_eq!(
        conn.borrow().execute(insert, ()).unwrap_err().code(),
        Some(Code::Busy)
    );
    drop(other);
    conn.borrow().execute(insert, ()).unwrap();
    let refused = REFUSED.take();
    assert!(refused.len() > 14, "{}", refused.len());
    for refusal in refused {
        assert!(
            refusal.contains("cannot be used from within its own"),
            "{refusal}"
        );
    }
    CONNECTION.set(None);
    conn.borrow_mut()
        .progress_handler(0, None::<fn() -> bool>)
        .unwrap();
    conn.borrow().execute(insert, ()).unwrap();
}

#[test]
fn handlers_and_what_they_own_go_with_the_connection() {
    let owned = Arc::new(());
    let mut conn = Connection::open_in_memory().unwrap();
    for _ in 0..2 {
        let held = Arc::clone(&owned);
        conn.progress_handler(1, Some(move || Arc::strong_count(&held) == 0))
            .unwrap();
        let held = Arc::clone(&owned);
        conn.busy_handler(Some(move |_| Arc::strong_count(&held) == 0))
            .unwrap();
        assert_eq!(Arc::strong_count(&owned), 3);
    }
    conn.busy_timeout(Duration::ZERO).unwrap();
    assert_eq!(Arc::strong_count(&owned), 2);
    // The connection moves to another thread with them.
    let conn = thread::spawn(move || conn.execute_batch("SELECT 1").map(|()| conn))
        .join()
        .unwrap();
    conn.unwrap().close().unwrap();
    assert_eq!(Arc::strong_count(&owned), 1);
}

#[test]
fn what_ran_before_a_scope_goes_on_after_it() {
    let conn = Connection::open_in_memory().unwrap();
    let mut stmt = conn.prepare("VALUES (1), (2), (3)").unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap();
    let scope = conn.interrupt_scope().unwrap();
    let handle = scope.interrupt_handle();
    thread::scope(|threads| {
        threads.spawn(|| {
            thread::sleep(Duration::from_millis(50));
            handle.interrupt();
        });
        let error = conn.execute_batch(ENDLESS).unwrap_err();
        assert_eq!(error.stopped_by(), Some(StoppedBy::Interrupt));
    });
    drop(scope);
    conn.execute_batch("SELECT 1").unwrap();
    assert_eq!(rows.next().unwrap().unwrap().get::<_, i64>(0).unwrap(), 2);
}
