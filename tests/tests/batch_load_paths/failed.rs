//! After a load that has failed.

use super::*;

/// As after a loop of statements for one row each, the last of which has failed.
#[test]
fn counters_after_a_load_that_fails() {
    let script = "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER UNIQUE, c INTEGER); INSERT INTO t VALUES (1, -1, 1)";
    let rows = 1200;
    // Statements for many rows have 170 of them.
    for at in [0, 1, 169, 170, 171, 340, 1000, rows - 1] {
        for fault in ["NULL", "UNIQUE", "no form"] {
            let is_at = |row: &usize| *row == at;
            let a = (0..rows).map(|row| (fault != "NULL" || !is_at(&row)).then_some(row as i64));
            let b = (0..rows).map(|row| match fault {
                "UNIQUE" if is_at(&row) => -1,
                _ => row as i64,
            });
            let c = (0..rows).map(|row| match fault {
                "no form" if is_at(&row) => u64::MAX,
                _ => 7,
            });
            let batch = batch(vec![
                ("a", Arc::new(Int64Array::from_iter(a))),
                ("b", integers(b)),
                ("c", Arc::new(UInt64Array::from_iter_values(c))),
            ]);
            let outcome = direct(script, &[batch]);
            let message = outcome.result.unwrap_err();
            assert!(message.contains(&format!("row {}", at + 1)), "{message}");
            assert_eq!(outcome.changes, 0, "{fault} in row {at}");
            assert_eq!(outcome.total_changes, at as u64, "{fault} in row {at}");
            assert_eq!(
                outcome.last_insert_rowid,
                at as i64 + 1,
                "{fault} in row {at}"
            );
        }
    }
}

/// An interrupt ends a load on every path, also where no statement is running just then.
#[test]
fn an_interrupt_ends_a_load_on_every_path() {
    let rows = fewer(200_000);
    let part = |number: i64| {
        let values: ArrayRef = integers((number * rows..(number + 1) * rows).rev());
        batch(vec![("a", Arc::clone(&values)), ("b", values)])
    };
    let large = part(0);
    let scripts = ["CREATE TABLE t (a, b)", "CREATE TABLE t (a PRIMARY KEY, b)"];
    for (path, script) in PATHS
        .iter()
        .flat_map(|path| scripts.map(|script| (*path, script)))
    {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(script).unwrap();
        conn.execute_batch("BEGIN; INSERT INTO t VALUES (-1, 'before')")
            .unwrap();
        let options = LoadOptions::new().path(path);
        let mut loader = conn.loader("t", large.schema(), &options).unwrap();
        loader.append(&large.slice(0, 10)).unwrap();
        let handle = conn.interrupt_handle();
        // One between two calls is none of the loader's.
        handle.interrupt();
        loader.append(&large.slice(10, 10)).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    handle.interrupt();
                }
            });
            // On a busy machine the other thread may come late.
            let error = (1..100).find_map(|number| loader.append(&part(number)).err());
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            error.expect("an interrupt ends it")
        });
        assert!(error.is_interrupt(), "{path:?} {script}: {error}");
        drop(loader);
        if conn.is_autocommit() {
            // One that comes within a statement takes the transaction with it, as SQLite has it.
            assert!(
                error
                    .to_string()
                    .contains("rolled back the whole transaction")
            );
            continue;
        }
        let count = |sql: &str| conn.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM t"), 1, "{path:?} {script}");
        conn.execute_batch("COMMIT").unwrap();
        assert_eq!(integrity(&conn), ["ok", "ok"]);
    }
}

/// So does one that comes while the reader makes the next batch.
#[test]
fn an_interrupt_between_batches_ends_a_load() {
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a)").unwrap();
        let handle = conn.interrupt_handle();
        let batch = batch(vec![("a", integers(0..10))]);
        let batches = (0..5).map(|number| {
            if number == 3 {
                handle.interrupt();
            }
            Ok(batch.clone())
        });
        let reader = arrow_array::RecordBatchIterator::new(batches, batch.schema());
        let error = conn
            .load("t", reader, &LoadOptions::new().path(path))
            .unwrap_err();
        assert!(error.is_interrupt(), "{path:?}: {error}");
        let count = conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0));
        assert_eq!(count.unwrap(), 0);
    }
}

/// An index's record can be longer than the table's.
#[test]
fn index_entries_over_the_length_limit() {
    let texts = (0..20).map(|row| "x".repeat(if row == 10 { 60_000 } else { 10 }));
    let rows = batch(vec![("a", strings(texts)), ("b", integers(0..20))]);
    for path in PATHS {
        let mut db = std::ptr::null_mut();
        // SAFETY: a text that ends in NUL, and a place for the result.
        let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
        assert_eq!(code, clib_sys::SQLITE_OK);
        // SAFETY: just opened.
        unsafe { clib_sys::sqlite3_limit(db, clib_sys::SQLITE_LIMIT_LENGTH, 100_000) };
        // SAFETY: as above, and nobody else uses it from here on.
        let conn = unsafe { Connection::from_raw(db) }.unwrap();
        conn.execute_batch("CREATE TABLE t (a TEXT, b INTEGER); CREATE INDEX i ON t (b); CREATE INDEX j ON t (a, a)")
            .unwrap();
        let (found, _) = outcome(
            &conn,
            std::slice::from_ref(&rows),
            &LoadOptions::new().path(path),
        );
        let error = found.result.unwrap_err();
        assert!(
            error.contains("row 11: string or blob too big"),
            "{path:?}: {error}"
        );
        assert_eq!(found.integrity, ["ok", "ok"]);
    }
}
