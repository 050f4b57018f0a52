//! The pool: bounds, what comes back, retries, and many threads at once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clib::pool::{Builder, Role};
use clib::{
    ArgumentBatch, ArgumentType, BatchAggregate, Code, Connection, Error, FunctionFlags, OpenFlags,
    Pool, PoolError, PooledConnection, Result, StoppedBy,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(Pool: Send, Sync, Clone);
assert_impl_all!(PooledConnection: Send);
assert_not_impl_any!(PooledConnection: Sync);

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("pool.db")
    }

    fn pool(&self, builder: Builder) -> Pool {
        let pool = builder.open(self.path()).unwrap();
        pool.write(|tx| tx.execute_batch("CREATE TABLE IF NOT EXISTS t (a INTEGER)"))
            .unwrap();
        pool
    }
}

fn pool_error(error: &Error) -> &PoolError {
    match error {
        Error::Pool(error) => error,
        error => panic!("{error:?}"),
    }
}

fn count(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap()
}

/// Which connection it is, by a temporary table that is made at its first use.
fn mark(conn: &Connection, mark: i64) {
    conn.execute_batch(&format!("PRAGMA cache_size = {mark}"))
        .unwrap();
}

fn marked(conn: &Connection) -> i64 {
    conn.pragma_get(None, "cache_size").unwrap()
}

#[test]
fn what_is_written_is_read_and_readers_cannot_write() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder());
    pool.write(|tx| {
        tx.execute("INSERT INTO t VALUES (1)", ())?;
        tx.savepoint()?.commit()
    })
    .unwrap();
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 1);
    let error = pool
        .read(|conn| conn.execute("INSERT INTO t VALUES (2)", ()))
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::ReadOnly));
    // Nor what they attach, which is another file.
    let error = pool
        .read(|conn| conn.execute_batch("ATTACH ':memory:' AS other; CREATE TABLE other.t (a)"))
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::ReadOnly));
    let error = pool
        .write(|tx| {
            tx.execute("INSERT INTO t VALUES (2)", ())?;
            Err::<(), _>(Error::other("mine"))
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "mine");
    assert_eq!(count(&pool.get().unwrap()), 1);
    assert_eq!(pool.get().unwrap().role(), Role::Reader);
    let mut writer = pool.get_writer().unwrap();
    assert_eq!(writer.role(), Role::Writer);
    let tx = writer.transaction().unwrap();
    tx.execute("INSERT INTO t VALUES (2)", ()).unwrap();
    tx.commit().unwrap();
    drop(writer);
    let mode: String = pool
        .read(|conn| conn.pragma_get(None, "journal_mode"))
        .unwrap();
    assert_eq!(mode, "wal");
    pool.close().unwrap();
    // The last one has moved the WAL into the file.
    assert_eq!(count(&Connection::open(folder.path()).unwrap()), 2);
}

#[test]
fn a_pool_is_for_a_file() {
    for path in [":memory:", ""] {
        let error = Pool::open(path).unwrap_err();
        assert_eq!(*pool_error(&error), PoolError::NotAFile);
    }
    let folder = Folder::new();
    assert_eq!(
        Pool::open(folder.0.path()).unwrap_err().code(),
        Some(Code::CannotOpen)
    );
}

#[test]
fn it_is_bounded_in_connections_waiters_and_time() {
    let folder = Folder::new();
    let wait = Duration::from_millis(50);
    let pool = folder.pool(Pool::builder().readers(2).max_waiters(1).wait_timeout(wait));
    let one = pool.get().unwrap();
    let two = pool.try_get().unwrap().unwrap();
    assert!(pool.try_get().unwrap().is_none());
    let start = Instant::now();
    let error = pool.get().unwrap_err();
    assert!(start.elapsed() >= wait);
    let timeout = PoolError::Timeout {
        what: "reader",
        waited: wait,
        in_use: 2,
    };
    assert_eq!(*pool_error(&error), timeout);
    // One may wait, and a second one not.
    let other = pool.clone();
    let (sender, receiver) = mpsc::channel();
    let waiter = thread::spawn(move || {
        sender.send(()).unwrap();
        other.get().is_err()
    });
    receiver.recv().unwrap();
    while pool.state().readers_waited_for == 0 && !waiter.is_finished() {
        thread::yield_now();
    }
    if pool.state().readers_waited_for == 1 {
        match pool_error(&pool.get().unwrap_err()) {
            PoolError::TooManyWaiters {
                what: "reader",
                waiting: 1,
            } => {}
            // The one before has given up meanwhile, on a busy machine.
            PoolError::Timeout { .. } => {}
            error => panic!("{error}"),
        }
    }
    assert!(waiter.join().unwrap());
    assert_eq!(pool.state().readers_waited_for, 0);
    drop((one, two));
    let state = pool.state();
    assert_eq!((state.readers_in_use, state.readers_idle), (0, 2));
    // The writer is apart.
    let writer = pool.get_writer().unwrap();
    assert!(pool.state().writer_in_use);
    pool.read(|_| Ok(())).unwrap();
    let error = pool.write(|_| Ok(())).unwrap_err();
    assert!(matches!(
        pool_error(&error),
        PoolError::Timeout { what: "writer", .. }
    ));
    drop(writer);
    pool.write(|_| Ok(())).unwrap();
}

#[test]
fn those_who_wait_come_in_their_order() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    let held = pool.get().unwrap();
    let (sender, receiver) = mpsc::channel();
    let threads: Vec<_> = (0..5)
        .map(|number| {
            let thread = {
                let (pool, sender) = (pool.clone(), sender.clone());
                thread::spawn(move || {
                    let _conn = pool.get().unwrap();
                    sender.send(number).unwrap();
                })
            };
            while pool.state().readers_waited_for <= number {
                thread::yield_now();
            }
            thread
        })
        .collect();
    drop(held);
    for thread in threads {
        thread.join().unwrap();
    }
    drop(sender);
    assert_eq!(receiver.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

struct Nothing;

impl BatchAggregate for Nothing {
    type State = ();
    type Output = i64;

    fn init(&self) {}

    fn update(&self, _: &mut (), _: &ArgumentBatch<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(&self, (): ()) -> Result<i64> {
        Ok(0)
    }
}

/// What one may leave behind, and whether the connection is kept.
type Left = (&'static str, bool, fn(PooledConnection));

/// Where what is leaked on purpose is, so that a checker of leaks finds it.
static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

const LEFT: &[Left] = &[
    ("nothing", true, drop),
    ("a transaction", true, |conn| {
        conn.execute_batch("BEGIN; SELECT * FROM t").unwrap()
    }),
    ("a leaked transaction", true, |mut conn| {
        let tx = conn.transaction().unwrap();
        tx.set_deadline(Some(Instant::now())).unwrap();
        std::mem::forget(tx);
    }),
    ("a deadline", true, |conn| {
        conn.set_deadline(Some(Instant::now())).unwrap()
    }),
    ("a transaction after its deadline", true, |conn| {
        conn.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        conn.set_deadline(Some(Instant::now())).unwrap();
    }),
    ("handlers", true, |mut conn| {
        conn.progress_handler(1, Some(|| true)).unwrap();
        conn.busy_handler(Some(|_| false)).unwrap();
    }),
    ("a handler that panics when dropped", false, |mut conn| {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("bomb");
            }
        }
        let bomb = Bomb;
        conn.progress_handler(
            1000,
            Some(move || {
                let _ = &bomb;
                false
            }),
        )
        .unwrap();
        let payload = catch_unwind(AssertUnwindSafe(|| drop(conn))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"bomb"));
    }),
    ("a busy timeout", true, |conn| {
        conn.busy_timeout(Duration::ZERO).unwrap()
    }),
    ("a function", false, |mut conn| {
        conn.create_batch_aggregate("nil", &[ArgumentType::Any], Nothing)
            .unwrap();
    }),
    ("a panic", false, |conn| {
        catch_unwind(AssertUnwindSafe(move || {
            let _conn = conn;
            panic!("while it was used");
        }))
        .unwrap_err();
    }),
    ("a leaked statement", false, |conn| {
        let stmt = Box::into_raw(Box::new(conn.prepare("SELECT * FROM t").unwrap()));
        LEAKED.lock().unwrap().push(stmt.expose_provenance());
    }),
    ("cached statements", true, |conn| {
        drop(conn.prepare_cached("SELECT * FROM t").unwrap());
        drop(conn.prepare_cached("SELECT * FROM t").unwrap());
    }),
    ("nothing, but discarded", false, PooledConnection::discard),
    ("another connection", false, |mut conn| {
        *conn = Connection::open_in_memory().unwrap()
    }),
];

#[test]
fn what_comes_back_is_made_what_it_was_or_replaced() {
    for role in [Role::Reader, Role::Writer] {
        for (what, kept, leave) in LEFT {
            let folder = Folder::new();
            let pool = folder.pool(Pool::builder().readers(1));
            let take = || match role {
                Role::Reader => pool.get().unwrap(),
                Role::Writer => pool.get_writer().unwrap(),
            };
            let conn = take();
            mark(&conn, 4711);
            leave(conn);
            let state = pool.state();
            assert_eq!(
                (state.readers_in_use, state.writer_in_use),
                (0, false),
                "{what}"
            );
            let conn = take();
            assert_eq!(marked(&conn) == 4711, *kept, "{what}");
            assert!(conn.is_autocommit(), "{what}");
            assert_eq!(conn.deadline(), None, "{what}");
            assert_eq!(
                conn.pragma_get::<i64>(None, "busy_timeout").unwrap(),
                5000,
                "{what}"
            );
            assert_eq!(count(&conn), 0, "{what}");
            drop(conn);
            pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()))
                .unwrap();
            pool.close().unwrap();
        }
    }
}

#[test]
fn a_panic_in_a_closure_goes_on_and_rolls_back() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    for _ in 0..3 {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            pool.write(|tx| -> Result<()> {
                tx.execute("INSERT INTO t VALUES (1)", ())?;
                panic!("in write")
            })
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in write"));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            pool.read(|_| -> Result<()> { panic!("in read") })
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"in read"));
    }
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 0);
}

#[test]
fn what_init_does_stays_and_its_errors_come_back() {
    let folder = Folder::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let fails = Arc::new(AtomicBool::new(false));
    let (counter, fail) = (Arc::clone(&calls), Arc::clone(&fails));
    let pool = folder.pool(Pool::builder().readers(1).with_init(move |conn, role| {
        counter.fetch_add(1, Ordering::Relaxed);
        if role == Role::Reader && fail.load(Ordering::Relaxed) {
            return Err(Error::other("not now"));
        }
        conn.create_batch_aggregate("nil", &[ArgumentType::Any], Nothing)
    }));
    fails.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        assert_eq!(pool.get().unwrap_err().to_string(), "not now");
    }
    fails.store(false, Ordering::Relaxed);
    for _ in 0..3 {
        let conn = pool.get().unwrap();
        conn.query_row("SELECT nil(a) FROM t", (), |_| Ok(()))
            .unwrap();
    }
    // The writer, three that failed, one that stays.
    assert_eq!(calls.load(Ordering::Relaxed), 5);
}

#[test]
fn closing_drains() {
    let folder = Folder::new();
    let pool = folder.pool(
        Pool::builder()
            .readers(2)
            .wait_timeout(Duration::from_secs(20)),
    );
    let one = pool.get().unwrap();
    let two = pool.get().unwrap();
    let waiter = {
        let pool = pool.clone();
        thread::spawn(move || pool.get().unwrap_err())
    };
    while pool.state().readers_waited_for == 0 {
        thread::yield_now();
    }
    let (sender, receiver) = mpsc::channel();
    let closer = {
        let pool = pool.clone();
        thread::spawn(move || {
            let result = pool.close();
            sender.send(()).unwrap();
            result
        })
    };
    assert_eq!(*pool_error(&waiter.join().unwrap()), PoolError::Closed);
    assert_eq!(
        *pool_error(&pool.write(|_| Ok(())).unwrap_err()),
        PoolError::Closed
    );
    // Those in use still work.
    assert_eq!(count(&one), 0);
    assert!(receiver.recv_timeout(Duration::from_millis(30)).is_err());
    drop(one);
    assert!(receiver.recv_timeout(Duration::from_millis(30)).is_err());
    drop(two);
    closer.join().unwrap().unwrap();
    pool.close().unwrap();
    // It does not wait for ever.
    let pool = folder.pool(Pool::builder().wait_timeout(Duration::from_millis(20)));
    let conn = pool.get().unwrap();
    let error = pool.close().unwrap_err();
    assert_eq!(*pool_error(&error), PoolError::StillInUse { in_use: 1 });
    drop(conn);
    pool.close().unwrap();
}

#[test]
fn a_deadline_is_for_waiting_and_working() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    // Long enough to take a connection before it.
    let soon = || Instant::now() + Duration::from_millis(300);
    let error = pool
        .read_until(soon(), |conn| conn.execute_batch(ENDLESS))
        .unwrap_err();
    assert_eq!(error.stopped_by(), Some(StoppedBy::Deadline));
    assert!(error.sqlite().is_some());
    let error = pool
        .write_until(soon(), |tx| {
            tx.execute("INSERT INTO t VALUES (1)", ())?;
            thread::sleep(Duration::from_millis(310));
            Ok(())
        })
        .unwrap_err();
    assert!(error.is_deadline(), "the commit: {error}");
    let held = (pool.get().unwrap(), pool.get_writer().unwrap());
    let error = pool.read_until(soon(), |_| Ok(())).unwrap_err();
    assert!(error.is_deadline());
    assert_eq!(*pool_error(&error), PoolError::Deadline { what: "reader" });
    assert!(
        pool.write_until(soon(), |_| Ok(()))
            .unwrap_err()
            .is_deadline()
    );
    drop(held);
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 0);
    pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()))
        .unwrap();
}

#[test]
fn what_is_busy_is_tried_again_until_it_is_not() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().busy_timeout(Duration::from_secs(30)));
    let other = Connection::open(folder.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(400));
        other.execute_batch("COMMIT").unwrap();
    });
    pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()))
        .unwrap();
    release.join().unwrap();
    // What the closure meets counts too: here it runs a statement on a locked database of its own.
    let locked = folder.0.path().join("locked.db");
    let other = Connection::open(&locked).unwrap();
    other
        .execute_batch("CREATE TABLE u (a); BEGIN EXCLUSIVE")
        .unwrap();
    let attempts = AtomicUsize::new(0);
    pool.write(|tx| {
        if attempts.fetch_add(1, Ordering::Relaxed) == 3 {
            other.execute_batch("COMMIT").unwrap();
        }
        tx.execute("INSERT INTO t VALUES (2)", ())?;
        let conn = Connection::open_with_flags(&locked, OpenFlags::READ_WRITE)?;
        conn.busy_timeout(Duration::ZERO)?;
        conn.execute("INSERT INTO u VALUES (1)", ())
    })
    .unwrap();
    assert_eq!(attempts.load(Ordering::Relaxed), 4);
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 2);
    // And no longer than asked for.
    let pool = folder.pool(Pool::builder().busy_timeout(Duration::from_millis(60)));
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let start = Instant::now();
    let error = pool
        .write(|tx| {
            tx.execute("INSERT INTO t VALUES (3)", ())?;
            let conn = Connection::open_with_flags(&locked, OpenFlags::READ_WRITE)?;
            conn.busy_timeout(Duration::ZERO)?;
            conn.execute("INSERT INTO u VALUES (1)", ())
        })
        .unwrap_err();
    assert_eq!((error.code(), error.stopped_by()), (Some(Code::Busy), None));
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 2);
}

/// How long the threads below work: longer where all is asked for.
fn duration() -> Duration {
    let is_set = |name| std::env::var_os(name).is_some();
    if is_set("CLIB_TESTS_FULL") {
        Duration::from_secs(60)
    } else if is_set("CLIB_TESTS_SLOW") {
        Duration::from_millis(500)
    } else {
        Duration::from_secs(2)
    }
}

/// Accounts whose sum stays the same, and a counter that says how many transfers there were. A transfer reads and then writes what it
/// has read: a lost update would change the sum, or leave the counter behind the log.
#[test]
fn many_threads_lose_no_update() {
    const ACCOUNTS: i64 = 20;
    let folder = Folder::new();
    let pool = folder.pool(
        Pool::builder()
            .readers(3)
            .busy_timeout(Duration::from_secs(60)),
    );
    pool.write(|tx| {
        tx.execute_batch(&format!(
            "CREATE TABLE account (id INTEGER PRIMARY KEY, amount INTEGER);
             CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);
             CREATE TABLE log (thread INTEGER, n INTEGER UNIQUE);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ACCOUNTS}) INSERT INTO account SELECT i, 100 FROM n"
        ))
    })
    .unwrap();
    let stop = AtomicBool::new(false);
    let written = AtomicUsize::new(0);
    let read = AtomicUsize::new(0);
    let write = |pool: &Pool, thread: u64| {
        let mut random = fastrand::Rng::with_seed(thread);
        while !stop.load(Ordering::Relaxed) {
            let (from, to) = (random.i64(1..=ACCOUNTS), random.i64(1..=ACCOUNTS));
            let amount = random.i64(1..=10);
            let gives_up = random.u8(..) < 25;
            let result = pool.write(|tx| {
                let get = |id: i64| {
                    tx.query_row("SELECT amount FROM account WHERE id = ?1", [id], |row| {
                        row.get::<_, i64>(0)
                    })
                };
                let set = |id: i64, amount: i64| {
                    tx.execute("UPDATE account SET amount = ?2 WHERE id = ?1", (id, amount))
                };
                set(from, get(from)? - amount)?;
                set(to, get(to)? + amount)?;
                let n: i64 = tx.query_row("SELECT n FROM counter", (), |row| row.get(0))?;
                tx.execute("UPDATE counter SET n = ?1", [n + 1])?;
                tx.execute(
                    "INSERT INTO log VALUES (?1, ?2)",
                    (thread.cast_signed(), n + 1),
                )?;
                if gives_up {
                    Err(Error::other("given up"))
                } else {
                    Ok(())
                }
            });
            match result {
                Ok(()) => {
                    written.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => assert_eq!(error.to_string(), "given up"),
            }
        }
    };
    let check = |conn: &mut Connection| -> Result<()> {
        let tx = conn.transaction()?;
        let sum: i64 = tx.query_row("SELECT sum(amount) FROM account", (), |row| row.get(0))?;
        thread::yield_now();
        let n: i64 = tx.query_row("SELECT n FROM counter", (), |row| row.get(0))?;
        let logged: i64 = tx.query_row("SELECT count(*) FROM log", (), |row| row.get(0))?;
        assert_eq!((sum, logged), (ACCOUNTS * 100, n));
        Ok(())
    };
    // A second pool stands for another process: there, locks collide.
    let other = folder.pool(
        Pool::builder()
            .readers(2)
            .busy_timeout(Duration::from_secs(60)),
    );
    thread::scope(|threads| {
        for thread in 0..16 {
            let pool = if thread % 4 == 3 { &other } else { &pool };
            let (write, check, stop, read) = (&write, &check, &stop, &read);
            threads.spawn(move || {
                if thread % 2 == 0 || thread == 3 {
                    write(pool, thread);
                } else {
                    while !stop.load(Ordering::Relaxed) {
                        pool.read(check).unwrap();
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        thread::sleep(duration());
        stop.store(true, Ordering::Relaxed);
    });
    let written = i64::try_from(written.into_inner()).unwrap();
    assert!(written > 0 && read.into_inner() > 0);
    let n: i64 = pool
        .read(|conn| {
            check(conn)?;
            conn.query_row("SELECT n FROM counter", (), |row| row.get(0))
        })
        .unwrap();
    assert_eq!(n, written, "a commit was lost, or happened twice");
    other.close().unwrap();
    pool.close().unwrap();
}

#[test]
fn what_was_committed_is_not_written_again() {
    let folder = Folder::new();
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    let holder = Connection::open(elsewhere.path()).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let path = elsewhere.path().to_owned();
    let pool = folder.pool(Pool::builder());
    let mut conn = pool.get_writer().unwrap();
    // Busy, but only when the transaction has been committed.
    conn.wal_hook(move |_| {
        let other = Connection::open(&path)?;
        other.busy_timeout(Duration::ZERO)?;
        other.execute_batch("BEGIN IMMEDIATE")
    });
    let error = conn.execute("INSERT INTO t VALUES (0)", ()).unwrap_err();
    assert_eq!(error.code(), Some(Code::Busy));
    drop(conn);
    let path = elsewhere.path().to_owned();
    let pool = Pool::builder()
        .with_init(move |conn, _| {
            let path = path.clone();
            conn.wal_hook(move |_| {
                let other = Connection::open(&path)?;
                other.busy_timeout(Duration::ZERO)?;
                other.execute_batch("BEGIN IMMEDIATE")
            });
            Ok(())
        })
        .open(folder.path())
        .unwrap();
    let error = pool
        .write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()))
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Busy));
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 2);
}

#[test]
fn a_connection_of_the_callers_at_the_same_address_is_not_kept() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder());
    pool.read(|conn| {
        *conn = Connection::open_in_memory()?;
        *conn = Connection::open_in_memory()?;
        Ok(())
    })
    .unwrap();
    assert_eq!(pool.read(|conn| Ok(count(conn))).unwrap(), 0);
}

/// A pool whose readers have a function that owns a value, dropped when its connection is closed.
fn pool_with_reader_of<T: Send + Sync + 'static>(
    folder: &Folder,
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Pool {
    let init = move |conn: &mut Connection, role| {
        if role == Role::Writer {
            return Ok(());
        }
        let value = make();
        conn.create_typed_function("owns", FunctionFlags::default(), move || {
            let _value = &value;
            Ok(1)
        })
    };
    folder.pool(Pool::builder().readers(1).with_init(init))
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("when dropped");
    }
}

/// Whoever waits for the end is woken, although the last connection's destructors panic.
#[test]
fn closing_ends_where_a_destructor_panics() {
    let folder = Folder::new();
    let pool = pool_with_reader_of(&folder, || PanicsWhenDropped);
    let reader = pool.get().unwrap();
    thread::scope(|threads| {
        let (ended, end) = mpsc::channel();
        let closing = &pool;
        threads.spawn(move || ended.send(closing.close()));
        assert!(end.recv_timeout(Duration::from_millis(200)).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(reader))).is_err());
        let closed = end.recv_timeout(Duration::from_secs(10));
        closed
            .expect("long before the time to wait is over")
            .unwrap();
    });
}

/// A connection that is being closed is still in use.
#[test]
fn closing_waits_until_connections_are_closed() {
    struct Slow(Arc<AtomicBool>);
    impl Drop for Slow {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(300));
            self.0.store(true, Ordering::SeqCst);
        }
    }

    let folder = Folder::new();
    let is_closed = Arc::new(AtomicBool::new(false));
    let flag = is_closed.clone();
    let pool = pool_with_reader_of(&folder, move || Slow(flag.clone()));
    let reader = pool.get().unwrap();
    thread::scope(|threads| {
        let (pool, is_closed) = (&pool, &is_closed);
        let first = threads.spawn(move || pool.close());
        thread::sleep(Duration::from_millis(100));
        threads.spawn(move || drop(reader));
        thread::sleep(Duration::from_millis(100));
        // The reader has come back, and is being closed.
        pool.close().unwrap();
        assert!(is_closed.load(Ordering::SeqCst));
        first.join().unwrap().unwrap();
    });
}
