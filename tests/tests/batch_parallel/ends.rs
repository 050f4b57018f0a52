//! Errors, and ends.

use super::*;

fn error_of(result: clib::Result<Vec<RecordBatch>>) -> String {
    match result.unwrap_err() {
        Error::Mismatch(error) => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn errors_are_those_of_one_thread() {
    let (_dir, _, conn) = file(&numbers(5000));
    for id in [7, 49, 50, 51, 1234, 4999, 5000] {
        conn.execute_batch(&format!(
            "UPDATE t SET a = id * 3; UPDATE t SET a = 'text' WHERE id >= {id}"
        ))
        .unwrap();
        let expected = conn.read_table("t", &small()).and_then(|reader| {
            reader
                .map(|batch| batch.map_err(Error::from))
                .collect::<clib::Result<Vec<_>>>()
        });
        let expected = error_of(expected);
        for n in [1, 2, 5] {
            let found = conn
                .read_table_parallel("t", &threads(n), &small())
                .and_then(collect);
            assert_eq!(error_of(found), expected);
            // The rows before come first.
            if let Ok(mut reader) = conn.read_table_parallel("t", &threads(n), &small()) {
                let mut rows = 0;
                while let Ok(Some(batch)) = reader.next_batch() {
                    rows += batch.num_rows();
                }
                assert!(rows < id && rows + 51 > id, "{rows} of {id}");
                assert!(
                    reader.next_batch().unwrap().is_none(),
                    "nothing after an error"
                );
            }
            let found = conn
                .read_table_parallel("t", &threads(n).ordered(false), &small())
                .and_then(collect);
            match found.unwrap_err() {
                Error::Mismatch(error) => {
                    assert_eq!(error.table.as_deref(), Some("t"));
                    assert_eq!(error.column, "a");
                    let rowid = usize::try_from(error.rowid.unwrap()).unwrap();
                    assert!(rowid >= id);
                    assert!(error.row >= 1 && error.row <= 5000);
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn damaged_pages_are_errors() {
    let (_dir, path, conn) = file(&numbers(5000));
    let page_size: usize = conn.pragma_get(None, "page_size").unwrap();
    drop(conn);
    let intact = std::fs::read(&path).unwrap();
    let pages = intact.len() / page_size;
    for page in 1..pages {
        let mut bytes = intact.clone();
        for byte in &mut bytes[page * page_size..][..page_size] {
            *byte = byte.wrapping_mul(31).wrapping_add(17);
        }
        std::fs::write(&path, bytes).unwrap();
        let conn = Connection::open(&path).unwrap();
        let one: clib::Result<Vec<_>> = conn
            .read_table("t", &small())
            .and_then(|reader| reader.map(|batch| batch.map_err(Error::from)).collect());
        let found = conn
            .read_table_parallel("t", &threads(3), &small())
            .and_then(collect);
        let any = conn
            .read_table_parallel("t", &threads(3).ordered(false), &small())
            .and_then(collect);
        assert_eq!(
            one.is_err(),
            found.is_err(),
            "page {page}: {one:?} {found:?}"
        );
        assert_eq!(one.is_err(), any.is_err(), "page {page}");
        if let (Err(one), Err(found)) = (one, found) {
            assert_eq!(one.code(), found.code());
        }
    }
}

/// How many threads of this process are ours.
#[cfg(target_os = "linux")]
fn scan_threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.trim() == "clib-scan")
        .count()
}

#[test]
fn nothing_is_left_behind() {
    let (_dir, path, conn) = file(&numbers(5000));
    let other = Connection::open(&path).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    let write = || other.execute("UPDATE t SET a = a", ());
    for ordered in [true, false] {
        for taken in [0, 1, 3] {
            let mut reader = conn
                .read_table_parallel("t", &threads(4).ordered(ordered), &small())
                .unwrap();
            for _ in 0..taken {
                reader.next_batch().unwrap();
            }
            // While it lives it has its lock.
            assert!(write().is_err());
            drop(reader);
            assert_eq!(write().unwrap(), 5000);
        }
        // At the end too.
        let mut reader = conn
            .read_table_parallel("t", &threads(4).ordered(ordered), &small())
            .unwrap();
        while reader.next_batch().unwrap().is_some() {}
        assert_eq!(write().unwrap(), 5000);
        // And with an error.
        conn.execute_batch("UPDATE t SET a = 'x' WHERE id = 2500")
            .unwrap();
        let mut reader = conn
            .read_table_parallel("t", &threads(4).ordered(ordered), &small())
            .unwrap();
        while let Ok(Some(_)) = reader.next_batch() {}
        assert_eq!(write().unwrap(), 5000);
        conn.execute_batch("UPDATE t SET a = 1 WHERE id = 2500")
            .unwrap();
    }
}

/// In a process of its own, as other tests have threads of that name.
#[test]
#[cfg(target_os = "linux")]
fn threads_end_with_the_reader() {
    const INNER: &str = "CLIB_TESTS_PARALLEL_THREADS";
    if env::var_os(INNER).is_none() {
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "ends::threads_end_with_the_reader"])
            .env(INNER, "1")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let (_dir, _, conn) = file(&numbers(5000));
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let files_before = files();
    for _ in 0..20 {
        let mut reader = conn
            .read_table_parallel("t", &threads(4), &small())
            .unwrap();
        reader.next_batch().unwrap();
        // They take their names themselves.
        while scan_threads() < 4 {
            thread::yield_now();
        }
        drop(reader);
        // What was joined is listed a moment longer.
        let deadline = Instant::now() + Duration::from_secs(10);
        while scan_threads() > 0 {
            assert!(Instant::now() < deadline, "threads outlive their reader");
            thread::yield_now();
        }
    }
    assert_eq!(files(), files_before);
}

#[test]
fn interrupts_reach_all_threads() {
    let (_dir, _, conn) = file(&numbers(20_000));
    for ordered in [true, false] {
        for n in [1, 3] {
            for taken in [0, 1, 5] {
                let mut reader = conn
                    .read_table_parallel("t", &threads(n).ordered(ordered), &small())
                    .unwrap();
                let handle = reader.interrupt_handle();
                for _ in 0..taken {
                    reader.next_batch().unwrap();
                }
                thread::spawn(move || handle.interrupt()).join().unwrap();
                let error = loop {
                    match reader.next_batch() {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("not interrupted"),
                        Err(error) => break error,
                    }
                };
                assert!(error.is_interrupt(), "{error}");
                assert!(reader.next_batch().unwrap().is_none());
                reader.interrupt_handle().interrupt();
            }
        }
    }
    // One that comes late, or too late.
    let mut reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    let handle = reader.interrupt_handle();
    while reader.next_batch().unwrap().is_some() {}
    handle.interrupt();
    drop(reader);
    handle.interrupt();
    assert_eq!(
        several(&conn, "t", &threads(2), &small()).num_rows(),
        20_000
    );
}

#[test]
fn what_is_not_taken_is_bounded() {
    let (_dir, _, conn) = file(&numbers(20_000));
    for ordered in [true, false] {
        let parallel = threads(3).ordered(ordered).buffered_batches(4);
        let mut reader = conn.read_table_parallel("t", &parallel, &small()).unwrap();
        // Threads run ahead as far as they may. That they stop shows in that the first rows of the rest are not there.
        thread::sleep(Duration::from_millis(50));
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            rows += batch.num_rows();
        }
        assert_eq!(rows, 20_000);
    }
}

#[test]
fn a_detached_reader_is_send_and_outlives_its_connection() {
    static_assertions::assert_impl_all!(DetachedReader: Send, RecordBatchReader);
    static_assertions::assert_not_impl_any!(ParallelReader<'static>: Send);
    fn export(_: Box<dyn RecordBatchReader + Send>) {}
    let (_dir, _, conn) = file(&numbers(5000));
    conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    let reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    let mut reader = reader.detach().unwrap();
    drop(conn);
    let rows = thread::spawn(move || {
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            rows += batch.num_rows();
        }
        assert_eq!(reader.report().rows, rows as u64);
        rows
    });
    assert_eq!(rows.join().unwrap(), 5000);
    let (_dir, _, conn) = file(&numbers(5000));
    export(Box::new(
        conn.read_table_parallel("t", &threads(2), &small())
            .unwrap()
            .detach()
            .unwrap(),
    ));
}
