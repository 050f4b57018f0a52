//! The pool and a connection, awaited: with tokio, and with an executor that has nothing but a thread.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod panics;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use clib::async_bridge::{AsyncConnection, AsyncPool, BatchStream};
use clib::pool::{Builder, Role};
use clib::{Code, Connection, Error, FunctionFlags, Pool, PoolError, ReadOptions, Result};
use futures_core::Stream;
use static_assertions::{assert_impl_all, assert_not_impl_any};

assert_impl_all!(AsyncPool: Send, Sync, Clone);
assert_impl_all!(AsyncConnection: Send, Sync, Clone);
assert_impl_all!(BatchStream: Send, Unpin);
assert_not_impl_any!(Connection: Sync);

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
const ROWS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("async.db")
    }

    fn pool(&self, builder: Builder) -> AsyncPool {
        let pool = builder.open(self.path()).unwrap();
        pool.write(|tx| tx.execute_batch("CREATE TABLE IF NOT EXISTS t (a INTEGER)"))
            .unwrap();
        AsyncPool::from(pool)
    }
}

/// Runs what `make` makes on each kind of executor.
fn on_each<F: Future<Output = ()>>(make: impl Fn() -> F) {
    pollster::block_on(make());
    let current = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    current.block_on(make());
    let several = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    several.block_on(make());
}

struct Deaf;

impl Wake for Deaf {
    fn wake(self: Arc<Self>) {}
}

/// Asks once, for nobody who wants to be woken.
fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&Waker::from(Arc::new(Deaf))))
}

async fn next(stream: &mut BatchStream) -> Option<Result<RecordBatch>> {
    poll_fn(|context| Pin::new(&mut *stream).poll_next(context)).await
}

fn count(conn: &Connection) -> Result<i64> {
    conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
}

/// Waits until nothing of the pool is in use: it comes back on the threads' own time.
fn settle(pool: &AsyncPool) {
    let start = Instant::now();
    loop {
        let state = pool.pool().state();
        if state.readers_in_use == 0 && !state.writer_in_use {
            assert_eq!((state.readers_waited_for, state.writer_waited_for), (0, 0));
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{state:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn it_reads_and_writes_on_any_executor() {
    on_each(|| async {
        let folder = Folder::new();
        let pool = AsyncPool::open(folder.path()).await.unwrap();
        pool.write(|tx| tx.execute_batch("CREATE TABLE t (a INTEGER)"))
            .await
            .unwrap();
        let inserted = pool
            .write(|tx| tx.execute("INSERT INTO t VALUES (1), (2)", ()))
            .await;
        assert_eq!(inserted.unwrap(), 2);
        // When it is awaited, all is back.
        let state = pool.pool().state();
        assert_eq!((state.readers_in_use, state.writer_in_use), (0, false));
        assert_eq!(pool.read(|conn| count(conn)).await.unwrap(), 2);
        let error = pool
            .read(|conn| conn.execute("DELETE FROM t", ()))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(Code::ReadOnly));
        let error = pool
            .write(|_| Err::<(), _>(Error::other("mine")))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "mine");
        let soon = Instant::now() + Duration::from_millis(20);
        assert!(
            pool.read_until(soon, |conn| conn.execute_batch(ENDLESS))
                .await
                .unwrap_err()
                .is_deadline()
        );
        assert!(
            pool.write_until(soon, |tx| tx.execute_batch(ENDLESS))
                .await
                .unwrap_err()
                .is_deadline()
        );
        pool.close().await.unwrap();
        let error = pool.read(|conn| count(conn)).await.unwrap_err();
        assert!(matches!(error, Error::Pool(PoolError::Closed)));
        let error = AsyncPool::open(":memory:").await.unwrap_err();
        assert!(matches!(error, Error::Pool(PoolError::NotAFile)));
    });
}

#[test]
fn nothing_happens_before_it_is_awaited() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder());
    drop(pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ())));
    assert_eq!(pool.pool().read(|conn| count(conn)).unwrap(), 0);
}

#[test]
fn the_executor_is_not_blocked() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (sender, receiver) = mpsc::channel::<()>();
        // One works until it is told, and one waits for its connection.
        let working = tokio::spawn(pool.read(move |_| Ok(receiver.recv().is_ok())));
        let waiting = tokio::spawn(pool.read(|conn| count(conn)));
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(!working.is_finished() && !waiting.is_finished());
        sender.send(()).unwrap();
        assert!(working.await.unwrap().unwrap());
        assert_eq!(waiting.await.unwrap().unwrap(), 0);
    });
}

#[test]
fn waiting_is_bounded_without_a_runtimes_clock() {
    on_each(|| async {
        let folder = Folder::new();
        let wait = Duration::from_millis(30);
        let pool = folder.pool(Pool::builder().readers(1).max_waiters(1).wait_timeout(wait));
        let held = pool.pool().get().unwrap();
        let start = Instant::now();
        let error = pool.read(|conn| count(conn)).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Pool(PoolError::Timeout { what: "reader", .. })
            ),
            "{error}"
        );
        assert!(start.elapsed() >= wait);
        let deadline = Instant::now() + Duration::from_millis(5);
        assert!(
            pool.read_until(deadline, |conn| count(conn))
                .await
                .unwrap_err()
                .is_deadline()
        );
        {
            let mut first = pin!(pool.read(|conn| count(conn)));
            assert!(poll_once(first.as_mut()).is_pending());
            let error = pool.read(|conn| count(conn)).await.unwrap_err();
            assert!(
                matches!(error, Error::Pool(PoolError::TooManyWaiters { .. })),
                "{error}"
            );
        }
        assert_eq!(pool.pool().state().readers_waited_for, 0);
        drop(held);
        assert_eq!(pool.read(|conn| count(conn)).await.unwrap(), 0);
    });
}

#[test]
fn a_dropped_future_interrupts_rolls_back_and_returns() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    let (sender, receiver) = mpsc::channel();
    let (read, written) = (sender.clone(), sender);
    {
        let mut reading = pin!(pool.read(move |conn| {
            conn.execute_batch("BEGIN; SELECT * FROM t").unwrap();
            read.send(None).unwrap();
            let error = conn.execute_batch(ENDLESS).unwrap_err();
            // Nothing else begins.
            assert!(conn.execute_batch("SELECT 1").unwrap_err().is_interrupt());
            read.send(Some(error.is_interrupt())).unwrap();
            Ok(())
        }));
        assert!(poll_once(reading.as_mut()).is_pending());
        assert_eq!(receiver.recv().unwrap(), None);
    }
    assert_eq!(receiver.recv().unwrap(), Some(true));
    {
        let mut writing = pin!(pool.write(move |tx| {
            tx.execute("INSERT INTO t VALUES (1)", ())?;
            written.send(None).unwrap();
            let result = tx.execute_batch(ENDLESS);
            written
                .send(Some(result.as_ref().is_err_and(Error::is_interrupt)))
                .unwrap();
            // Not even one who does not care for errors commits.
            Ok(())
        }));
        assert!(poll_once(writing.as_mut()).is_pending());
        assert_eq!(receiver.recv().unwrap(), None);
    }
    assert_eq!(receiver.recv().unwrap(), Some(true));
    settle(&pool);
    pool.pool()
        .read(|conn| {
            assert!(conn.is_autocommit());
            assert_eq!(count(conn)?, 0);
            Ok(())
        })
        .unwrap();
    pool.pool()
        .write(|tx| tx.execute("INSERT INTO t VALUES (2)", ()))
        .unwrap();
}

#[test]
fn waiting_for_a_lock_ends_with_the_future() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().busy_timeout(Duration::from_secs(600)));
    let other = Connection::open(folder.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    {
        let mut writing = pin!(pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ())));
        assert!(poll_once(writing.as_mut()).is_pending());
        thread::sleep(Duration::from_millis(20));
        assert!(poll_once(writing.as_mut()).is_pending());
    }
    settle(&pool);
    drop(other);
    assert_eq!(pool.pool().read(|conn| count(conn)).unwrap(), 0);
}

#[test]
fn a_stream_gives_all_batches_and_its_errors() {
    on_each(|| async {
        let folder = Folder::new();
        let pool = folder.pool(Pool::builder().readers(1));
        pool.write(|tx| tx.execute_batch(&format!("INSERT INTO t {ROWS} LIMIT 10000")))
            .await
            .unwrap();
        let options = ReadOptions::new().batch_rows(1000);
        let mut stream = pool
            .query_batches("SELECT a FROM t WHERE a > ?1", [500], options.clone())
            .await
            .unwrap();
        assert_eq!(stream.schema().field(0).name(), "a");
        let mut rows = 0;
        while let Some(batch) = next(&mut stream).await {
            rows += batch.unwrap().num_rows();
        }
        assert_eq!(rows, 9500);
        assert!(next(&mut stream).await.is_none());
        // Before the first batch, in a later one, and none at all.
        let error = pool
            .query_batches("SELECT b FROM t", (), options.clone())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("no such column"), "{error}");
        let sql = "SELECT CASE WHEN a > 5000 THEN abs(-9223372036854775808) ELSE a END FROM t";
        let mut stream = pool.query_batches(sql, (), options.clone()).await.unwrap();
        let error = loop {
            match next(&mut stream).await.unwrap() {
                Ok(batch) => assert!(batch.num_rows() > 0),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("overflow"), "{error}");
        assert!(next(&mut stream).await.is_none());
        let mut stream = pool
            .query_batches("SELECT a FROM t WHERE 0", (), options)
            .await
            .unwrap();
        assert!(next(&mut stream).await.is_none());
        drop(stream);
        settle(&pool);
    });
}

#[test]
fn a_stream_waits_for_its_consumer() {
    let folder = Folder::new();
    let ticks = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ticks);
    // Each reader counts its work, in its first use.
    let pool = folder.pool(Pool::builder().readers(1).with_init(move |conn, _| {
        let ticks = Arc::clone(&counter);
        conn.progress_handler(
            1000,
            Some(move || {
                ticks.fetch_add(1, Ordering::Relaxed);
                false
            }),
        )
    }));
    pollster::block_on(async {
        let options = ReadOptions::new().batch_rows(1000);
        let mut stream = pool.query_batches(ROWS, (), options).await.unwrap();
        for _ in 0..10 {
            assert_eq!(next(&mut stream).await.unwrap().unwrap().num_rows(), 1000);
        }
        // Until it is as far ahead as it may be: then it stands still.
        let mut before = usize::MAX;
        let mut unchanged = 0;
        for _ in 0..1000 {
            let now = ticks.load(Ordering::Relaxed);
            unchanged = if now == before { unchanged + 1 } else { 0 };
            if unchanged == 15 {
                break;
            }
            before = now;
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(100));
        assert_eq!(ticks.load(Ordering::Relaxed), before);
        assert!(next(&mut stream).await.unwrap().is_ok());
        assert_eq!(pool.pool().state().readers_in_use, 1);
        drop(stream);
        settle(&pool);
        assert_eq!(pool.read(|conn| count(conn)).await.unwrap(), 0);
    });
}

fn cancellations() -> usize {
    let is_set = |name| std::env::var_os(name).is_some();
    if is_set("CLIB_TESTS_FULL") {
        100_000
    } else if is_set("CLIB_TESTS_SLOW") {
        60
    } else {
        500
    }
}

/// Work of every kind is dropped at random moments. Each write inserts two rows of one number: what was reported as written is there,
/// what is there is whole, and no connection or transaction is left.
#[test]
fn cancellations_leak_nothing() {
    let folder = Folder::new();
    let pool = folder.pool(
        Pool::builder()
            .readers(2)
            .max_waiters(8)
            .with_init(|conn, _| conn.pragma_set(None, "synchronous", "off")),
    );
    pool.pool()
        .write(|tx| {
            tx.execute_batch(&format!(
                "CREATE TABLE pair (n INTEGER); INSERT INTO t {ROWS} LIMIT 5000"
            ))
        })
        .unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let mut written = BTreeSet::new();
    let total = cancellations();
    let options = ReadOptions::new().batch_rows(500);
    // Some are not awaited at once, so that others have to wait.
    let mut pending: Vec<Pin<Box<dyn Future<Output = Option<i64>> + Send>>> = Vec::new();
    for number in 0..total {
        let n = i64::try_from(number).unwrap();
        let future: Pin<Box<dyn Future<Output = Option<i64>> + Send>> = match random.u8(0..10) {
            0..4 => {
                let writing = pool.write(move |tx| {
                    tx.execute("INSERT INTO pair VALUES (?1)", [n])?;
                    tx.query_row("SELECT sum(a) FROM t", (), |_| Ok(()))?;
                    tx.execute("INSERT INTO pair VALUES (?1)", [n])
                });
                Box::pin(async move { writing.await.is_ok().then_some(n) })
            }
            4..7 => {
                let reading = pool.read(|conn| {
                    let tx = conn.transaction()?;
                    tx.query_row("SELECT sum(a) FROM t", (), |_| Ok(()))?;
                    tx.commit()
                });
                Box::pin(async move { reading.await.is_ok().then_some(-1) })
            }
            _ => {
                let stream = pool.query_batches("SELECT a FROM t", (), options.clone());
                Box::pin(async move {
                    let mut stream = stream.await.ok()?;
                    while let Some(batch) = next(&mut stream).await {
                        batch.ok()?;
                    }
                    Some(-1)
                })
            }
        };
        pending.push(future);
        // Each is asked some times, and then dropped, wherever it is.
        for _ in 0..random.u8(0..4) {
            pending.retain_mut(|future| match poll_once(future.as_mut()) {
                Poll::Pending => true,
                Poll::Ready(n) => {
                    written.extend(n.filter(|n| *n >= 0));
                    false
                }
            });
            for _ in 0..random.u32(0..2000) {
                std::hint::spin_loop();
            }
        }
        if random.u8(0..8) == 0 {
            thread::sleep(Duration::from_micros(random.u64(0..300)));
        }
        while pending.len() > 4 {
            drop(pending.swap_remove(random.usize(0..pending.len())));
        }
    }
    drop(pending);
    settle(&pool);
    let state = pool.pool().state();
    assert!(state.readers_idle <= 2);
    pool.pool()
        .write(|tx| {
            let odd: i64 = tx.query_row(
                "SELECT count(*) FROM (SELECT n FROM pair GROUP BY n HAVING count(*) <> 2)",
                (),
                |row| row.get(0),
            )?;
            assert_eq!(odd, 0);
            let there: BTreeSet<i64> = tx
                .prepare("SELECT n FROM pair")?
                .query_map((), |row| row.get(0))?
                .collect::<Result<_>>()?;
            assert!(written.is_subset(&there));
            Ok(())
        })
        .unwrap();
    assert!(!written.is_empty() || total < 100);
    // All of them work.
    let one = pool.pool().get().unwrap();
    let two = pool.pool().get().unwrap();
    for conn in [&one, &two] {
        assert!(conn.is_autocommit());
        assert_eq!(count(conn).unwrap(), 5000);
    }
    drop((one, two));
    pool.pool().close().unwrap();
}

#[test]
fn cancelled_by_a_runtime() {
    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(2));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        for round in 0..20 {
            let tasks: Vec<_> = (0..4)
                .map(|task| {
                    let pool = pool.clone();
                    tokio::spawn(async move {
                        let soon = Duration::from_micros(300 * (round + task));
                        let reading = pool.read(|conn| conn.execute_batch(ENDLESS));
                        assert!(tokio::time::timeout(soon, reading).await.is_err());
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }
        assert_eq!(pool.read(|conn| count(conn)).await.unwrap(), 0);
        // A task that is aborted drops its future too.
        let task = tokio::spawn(pool.write(|tx| tx.execute_batch(ENDLESS)));
        tokio::time::sleep(Duration::from_millis(5)).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()))
            .await
            .unwrap();
    });
}

#[test]
fn a_connection_has_a_thread_of_its_own() {
    on_each(|| async {
        let conn = AsyncConnection::open(":memory:").await.unwrap();
        let thread = |_: &mut Connection| Ok(thread::current().id());
        let first = conn.call(thread).await.unwrap();
        assert_ne!(first, thread::current().id());
        conn.call(|conn| conn.execute_batch("CREATE TABLE t (a); BEGIN"))
            .await
            .unwrap();
        for n in 0..10 {
            conn.call(move |conn| conn.execute("INSERT INTO t VALUES (?1)", [n]))
                .await
                .unwrap();
            assert_eq!(conn.call(thread).await.unwrap(), first);
        }
        // A transaction of an earlier call stays, also where a later one panics.
        let panicking = conn.call(|_| -> Result<()> { panic!("in a call") });
        let payload = catch_unwind(AssertUnwindSafe(|| pollster::block_on(panicking))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"in a call"));
        conn.call(|conn| conn.execute_batch("COMMIT"))
            .await
            .unwrap();
        assert_eq!(conn.call(|conn| count(conn)).await.unwrap(), 10);
        let error = conn
            .call(|conn| conn.execute_batch("nonsense"))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some(Code::Error));
        let other = conn.clone();
        conn.close().await.unwrap();
        assert!(
            other
                .call(|conn| count(conn))
                .await
                .unwrap_err()
                .to_string()
                .contains("closed")
        );
        assert!(other.close().await.is_err());
        let error = AsyncConnection::open_with(|| Err(Error::other("not today")))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "not today");
    });
}

#[test]
fn a_dropped_call_is_interrupted_or_does_not_begin() {
    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let call = |sql: &'static str| conn.call(move |conn| conn.execute_batch(sql));
    pollster::block_on(call("CREATE TABLE t (a)")).unwrap();
    let began = Arc::new(AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    {
        let mut running = pin!(conn.call(move |conn| {
            conn.execute_batch("BEGIN; INSERT INTO t VALUES (1)")?;
            sender.send(()).unwrap();
            conn.execute_batch(ENDLESS)
        }));
        let flag = Arc::clone(&began);
        let mut waiting = pin!(conn.call(move |_| {
            flag.store(true, Ordering::Relaxed);
            Ok(())
        }));
        assert!(poll_once(running.as_mut()).is_pending());
        assert!(poll_once(waiting.as_mut()).is_pending());
        receiver.recv().unwrap();
    }
    let (rows, autocommit) =
        pollster::block_on(conn.call(|conn| Ok((count(conn)?, conn.is_autocommit())))).unwrap();
    assert_eq!((rows, autocommit), (0, true));
    assert!(!began.load(Ordering::Relaxed));
    // From outside.
    let handle = conn.interrupt_handle();
    let stop = thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        handle.interrupt();
    });
    assert!(
        pollster::block_on(call(ENDLESS))
            .unwrap_err()
            .is_interrupt()
    );
    stop.join().unwrap();
    // Many at once.
    pollster::block_on(async {
        let mut calls: Vec<_> = (0..500)
            .map(|_| Box::pin(call("INSERT INTO t VALUES (1)")))
            .collect();
        let mut kept = 0;
        let mut pending = Vec::new();
        for mut call in calls.drain(..) {
            match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
                Poll::Pending => pending.push(call),
                Poll::Ready(result) => {
                    result.unwrap();
                    kept += 1;
                }
            }
        }
        // Some are dropped, begun or not, and the others come to their end.
        for (number, mut call) in pending.into_iter().enumerate() {
            if number % 3 == 0 {
                drop(call);
            } else {
                poll_fn(|context| call.as_mut().poll(context))
                    .await
                    .unwrap();
                kept += 1;
            }
        }
        let rows = conn.call(|conn| count(conn)).await.unwrap();
        assert!(rows >= kept, "{rows} of {kept}");
    });
}

#[test]
fn a_leaked_statement_does_not_keep_an_interrupt() {
    static LEAKED: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());
    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let leak = conn.call(|conn| {
        let stmt = Box::leak(Box::new(conn.prepare("VALUES (1), (2)")?));
        let rows = Box::leak(Box::new(stmt.query(())?));
        rows.next()?;
        // Where a checker of leaks finds it.
        LEAKED.store(std::ptr::from_mut(rows).cast(), Ordering::Relaxed);
        Ok(())
    });
    pollster::block_on(leak).unwrap();
    let (begun, begins) = mpsc::channel();
    let mut endless = Box::pin(conn.call(move |conn| {
        begun.send(()).unwrap();
        conn.execute_batch(ENDLESS)
    }));
    assert!(poll_once(endless.as_mut()).is_pending());
    begins.recv().unwrap();
    drop(endless);
    for _ in 0..2 {
        pollster::block_on(conn.call(|conn| conn.execute_batch("SELECT 1"))).unwrap();
    }
}

/// Tells by which thread it was dropped.
struct Tells(mpsc::Sender<thread::ThreadId>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(thread::current().id());
    }
}

/// A pool whose connections tell by which thread they were closed.
fn telling(folder: &Folder) -> (AsyncPool, mpsc::Receiver<thread::ThreadId>) {
    let (tell, told) = mpsc::channel();
    let builder = Pool::builder().readers(1).with_init(move |conn, _| {
        let tells = Tells(tell.clone());
        conn.create_typed_function("f", FunctionFlags::default(), move || {
            let _tells = &tells;
            Ok(1)
        })
    });
    (folder.pool(builder), told)
}

fn assert_closed_elsewhere(told: &mpsc::Receiver<thread::ThreadId>, connections: usize) {
    for _ in 0..connections {
        let by = told.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_ne!(by, thread::current().id());
    }
}

#[test]
fn dropping_the_last_handle_closes_on_another_thread() {
    let folder = Folder::new();
    // With threads, without any yet, and by a future that was not awaited.
    let (pool, told) = telling(&folder);
    pollster::block_on(pool.read(|conn| count(conn))).unwrap();
    drop(pool);
    assert_closed_elsewhere(&told, 2);
    let (pool, told) = telling(&folder);
    drop(pool);
    assert_closed_elsewhere(&told, 1);
    let (pool, told) = telling(&folder);
    let write = pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()));
    drop(pool);
    drop(write);
    assert_closed_elsewhere(&told, 1);
}

#[test]
fn dropping_what_was_granted_by_a_closed_pool_closes_on_another_thread() {
    let folder = Folder::new();
    let (pool, told) = telling(&folder);
    let reader = pool.pool().get().unwrap();
    let mut waiting = Box::pin(pool.read(|conn| count(conn)));
    assert!(poll_once(waiting.as_mut()).is_pending());
    drop(reader);
    // It is granted now, and not known to the future.
    let mut close = Box::pin(pool.close());
    assert!(poll_once(close.as_mut()).is_pending());
    assert_closed_elsewhere(&told, 1);
    drop(waiting);
    pollster::block_on(close).unwrap();
    assert_closed_elsewhere(&told, 1);
}

#[test]
fn closing_overtakes_no_call() {
    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    pollster::block_on(conn.call(|conn| conn.execute_batch("CREATE TABLE t (a)"))).unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let first = conn.call(move |_| {
        let _ = wait.recv();
        Ok(0)
    });
    let mut calls: Vec<Pin<Box<dyn Future<Output = Result<u64>>>>> = vec![Box::pin(first)];
    for _ in 0..300 {
        calls.push(Box::pin(
            conn.call(|conn| conn.execute("INSERT INTO t VALUES (1)", ())),
        ));
    }
    for call in &mut calls {
        assert!(poll_once(call.as_mut()).is_pending());
    }
    let mut close = Box::pin(conn.clone().close());
    assert!(poll_once(close.as_mut()).is_pending());
    let mut late = Box::pin(conn.call(|conn| count(conn)));
    assert!(poll_once(late.as_mut()).is_pending());
    drop(go);
    // Nobody else is polled meanwhile.
    pollster::block_on(close).unwrap();
    for call in calls {
        pollster::block_on(call).unwrap();
    }
    assert!(pollster::block_on(late).is_err());
    // One that is closed by nobody ends with its last handle, and one that nobody wants any more does not begin.
    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let (tell, told) = mpsc::channel();
    let tells = Tells(tell);
    let (go, wait) = mpsc::channel::<()>();
    let mut first = Box::pin(conn.call(move |conn| {
        conn.create_typed_function("f", FunctionFlags::default(), move || {
            let _tells = &tells;
            Ok(1)
        })?;
        let _ = wait.recv();
        Ok(())
    }));
    assert!(poll_once(first.as_mut()).is_pending());
    let alive = Arc::new(());
    let held = Arc::clone(&alive);
    let mut unwanted = Box::pin(conn.call(move |_| {
        let _held = &held;
        Ok(())
    }));
    assert!(poll_once(unwanted.as_mut()).is_pending());
    drop(unwanted);
    assert_eq!(Arc::strong_count(&alive), 1, "it waits no more");
    drop(conn);
    drop(go);
    pollster::block_on(first).unwrap();
    assert_closed_elsewhere(&told, 1);
}
