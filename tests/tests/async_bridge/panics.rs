//! What panics, in the work, around it, or in others' wakers: it goes to whom it belongs, and nobody is left waiting.

use super::*;

/// As wakers of simple executors do when their queue is gone.
struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("nobody is there");
    }
}

#[test]
fn a_panic_goes_on_in_the_task() {
    on_each(|| async {
        let folder = Folder::new();
        let pool = folder.pool(Pool::builder().readers(1));
        let reading = pool.read(|_| -> Result<()> { panic!("in read") });
        let payload = catch_unwind(AssertUnwindSafe(|| pollster::block_on(reading))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"in read"));
        let writing = pool.write(|tx| -> Result<()> {
            tx.execute("INSERT INTO t VALUES (1)", ())?;
            panic!("in write")
        });
        let payload = catch_unwind(AssertUnwindSafe(|| pollster::block_on(writing))).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"in write"));
        assert_eq!(pool.read(|conn| count(conn)).await.unwrap(), 0);
    });
}

/// Hooks, destructors and what a pool does to a new connection.
#[test]
fn a_panic_around_the_work_goes_on_in_the_task() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic!("when dropped");
            }
        }
    }
    fn panic_of<R>(future: impl Future<Output = Result<R>>) -> String {
        let result = catch_unwind(AssertUnwindSafe(|| pollster::block_on(future).map(drop)));
        let payload = result.unwrap_err();
        (*payload.downcast_ref::<&str>().unwrap()).to_owned()
    }

    let folder = Folder::new();
    let builder = Pool::builder().with_init(|_, role| match role {
        Role::Reader => panic!("init"),
        Role::Writer => Ok(()),
    });
    let pool = folder.pool(builder);
    assert_eq!(panic_of(pool.read(|conn| count(conn))), "init");
    // What was written is there, as where the pool is not awaited.
    let pool = folder.pool(Pool::builder().readers(1));
    let registering = pool.write(|tx| tx.execute("INSERT INTO t VALUES (1)", ()));
    pollster::block_on(registering).unwrap();
    let registering = pool.read(|conn| {
        let bomb = Bomb;
        conn.create_scalar_function("f", 0, FunctionFlags::default(), move |_| {
            let _held = &bomb;
            Ok(1)
        })
    });
    // A connection on which something was registered does not go back.
    assert_eq!(panic_of(registering), "when dropped");
    settle(&pool);
    let rows = pollster::block_on(pool.read(|conn| count(conn))).unwrap();
    assert_eq!(rows, 1);

    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let ended = conn.call(|conn| {
        conn.rollback_hook(|| panic!("hook"));
        conn.execute_batch("BEGIN; CREATE TABLE t (a)")?;
        panic!("mine")
    });
    assert_eq!(panic_of::<()>(ended), "mine");
    let (begun, begins) = mpsc::channel();
    let mut interrupted = Box::pin(conn.call(move |conn| -> Result<()> {
        conn.execute_batch("BEGIN; CREATE TABLE t (a)")?;
        begun.send(()).unwrap();
        conn.execute_batch(ENDLESS)
    }));
    assert!(poll_once(interrupted.as_mut()).is_pending());
    begins.recv().unwrap();
    drop(interrupted);
    // Rolled back, whatever the hook has done; and the connection works.
    let rows = pollster::block_on(conn.call(|conn| {
        conn.remove_rollback_hook();
        assert!(conn.is_autocommit());
        conn.query_row("SELECT 1", (), |row| row.get::<_, i64>(0))
    }));
    assert_eq!(rows.unwrap(), 1);
}

/// Where an authorizer panics while a scope begins, nothing is left of it that a later call could be hit by.
#[test]
fn a_scope_that_cannot_begin_leaves_nothing() {
    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let armed = Arc::new(AtomicBool::new(false));
    let panics = Arc::clone(&armed);
    let setting = conn.call(move |conn| {
        conn.authorizer(move |_| {
            assert!(!panics.load(Ordering::Relaxed), "not now");
            clib::Authorization::Allow
        })
    });
    pollster::block_on(setting).unwrap();
    armed.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let mut call = Box::pin(conn.call(|_| Ok(())));
        let _ = catch_unwind(AssertUnwindSafe(|| poll_once(call.as_mut())));
        thread::sleep(Duration::from_millis(20));
        drop(call);
    }
    armed.store(false, Ordering::Relaxed);
    let value = conn.call(|conn| conn.query_row("SELECT 1", (), |row| row.get::<_, i64>(0)));
    assert_eq!(pollster::block_on(value).unwrap(), 1);
}

#[test]
fn a_waker_that_panics_takes_no_timeout_from_others() {
    let folder = Folder::new();
    let wait = Duration::from_millis(100);
    let pool = folder.pool(Pool::builder().readers(1).wait_timeout(wait));
    let _reader = pool.pool().get().unwrap();
    let waker = Waker::from(Arc::new(Panics));
    let mut waits = Box::pin(pool.read(|_| Ok(())));
    let polled = waits.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    thread::sleep(3 * wait);
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(pollster::block_on(pool.read(|_| Ok(())))));
    let error = end.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(matches!(error, Err(Error::Pool(_))), "{error:?}");
}

/// Closing refuses those who wait, whatever the first one's waker does.
#[test]
fn a_waker_that_panics_takes_no_refusal_from_others() {
    struct Counts(AtomicUsize);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let folder = Folder::new();
    let pool = folder.pool(Pool::builder().readers(1));
    let reader = pool.pool().get().unwrap();
    let woken = Arc::new(Counts(AtomicUsize::new(0)));
    let wakers = [
        Waker::from(Arc::new(Panics)),
        Waker::from(Arc::clone(&woken)),
        Waker::from(Arc::clone(&woken)),
    ];
    let mut waiting: Vec<_> = wakers
        .iter()
        .map(|waker| {
            let mut future = Box::pin(pool.read(|_| Ok(())));
            let polled = future.as_mut().poll(&mut Context::from_waker(waker));
            assert!(polled.is_pending());
            future
        })
        .collect();
    let closing = {
        let pool = pool.pool().clone();
        thread::spawn(move || catch_unwind(AssertUnwindSafe(|| pool.close())).is_err())
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while woken.0.load(Ordering::Relaxed) < 2 {
        assert!(Instant::now() < deadline, "left waiting");
        thread::yield_now();
    }
    assert!(poll_once(waiting[1].as_mut()).is_ready());
    drop(reader);
    assert!(closing.join().unwrap());
}

#[test]
fn calls_behind_a_close_end_although_destructors_panic() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("when dropped");
        }
    }

    let conn = pollster::block_on(AsyncConnection::open(":memory:")).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let (go, wait) = mpsc::channel::<()>();
    let mut first = Box::pin(conn.call(move |_| {
        let _ = wait.recv();
        Ok(())
    }));
    assert!(first.as_mut().poll(&mut context).is_pending());
    let mut close = Box::pin(conn.clone().close());
    assert!(close.as_mut().poll(&mut context).is_pending());
    let mut calls: Vec<_> = (0..3)
        .map(|_| {
            let value = PanicsWhenDropped;
            let mut call = Box::pin(conn.call(move |_| {
                let _value = &value;
                Ok(())
            }));
            assert!(call.as_mut().poll(&mut context).is_pending());
            call
        })
        .collect();
    drop(go);
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        for call in calls.drain(..) {
            let _ = ended.send(pollster::block_on(call).is_err());
        }
        let _ = ended.send(pollster::block_on(close).is_ok());
    });
    for _ in 0..4 {
        assert!(end.recv_timeout(Duration::from_secs(10)).unwrap());
    }
}
