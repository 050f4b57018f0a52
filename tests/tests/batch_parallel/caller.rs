//! Where other connections cannot read, and the caller's does.

use super::*;

#[test]
fn the_callers_connection_reads_where_others_cannot() {
    let check = |conn: &Connection, table: &str, why: NotParallel| {
        let reader = conn
            .read_table_parallel(table, &threads(2), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), Some(why), "{table}");
        assert!(!why.to_string().is_empty());
        assert_eq!(reader.threads(), 0);
        let schema = reader.schema();
        let batches = collect(reader).unwrap();
        assert_eq!(
            concat_batches(&schema, &batches).unwrap(),
            single(conn, table, &small())
        );
        let reader = conn
            .read_table_parallel(table, &threads(2), &small())
            .unwrap();
        let reader = reader.detach().unwrap_err();
        collect(reader).unwrap();
    };
    let memory = Connection::open_in_memory().unwrap();
    memory.execute_batch(&numbers(300)).unwrap();
    check(&memory, "t", NotParallel::NoFile);
    let (_dir, path, conn) = file(&numbers(300));
    conn.execute_batch(
        "CREATE VIEW v AS SELECT a, b FROM t;
         CREATE TABLE w (a TEXT PRIMARY KEY) WITHOUT ROWID;
         INSERT INTO w SELECT b FROM t;
         CREATE TABLE r (rowid, oid, _rowid_);
         CREATE TEMP TABLE tt AS SELECT * FROM t",
    )
    .unwrap();
    for table in ["v", "w", "r"] {
        check(&conn, table, NotParallel::NoRowids);
    }
    check(&conn, "sqlite_master", NotParallel::NoRowids);
    check(&conn, "tt", NotParallel::NoFile);
    conn.execute_batch("BEGIN; INSERT INTO t VALUES (1000, 1, 'mine')")
        .unwrap();
    check(&conn, "t", NotParallel::Uncommitted);
    conn.execute_batch("ROLLBACK; PRAGMA locking_mode = EXCLUSIVE")
        .unwrap();
    check(&conn, "t", NotParallel::ExclusiveLocking);
    conn.execute_batch("PRAGMA locking_mode = NORMAL; SELECT * FROM t LIMIT 1")
        .unwrap();
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    check(&conn, "t", NotParallel::Moved);
    // Another file in its place.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (other)").unwrap();
    check(&conn, "t", NotParallel::Moved);
    let error = conn
        .read_table_parallel("none", &threads(2), &small())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        conn.read_table("none", &small()).unwrap_err().to_string()
    );
}

#[test]
fn the_callers_transaction_is_what_is_read() {
    for mode in ["WAL", "DELETE"] {
        let (_dir, path, conn) = file(&numbers(2000));
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; UPDATE t SET a = a + 1"
        ))
        .unwrap();
        let other = Connection::open(&path).unwrap();
        other.busy_timeout(Duration::ZERO).unwrap();
        conn.execute_batch("BEGIN").unwrap();
        let count = |conn: &Connection| {
            conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, usize>(0))
                .unwrap()
        };
        assert_eq!(count(&conn), 2000);
        // In WAL mode it is committed beside the reader; otherwise the reader keeps the writer out.
        let deleted = other.execute("DELETE FROM t WHERE id > 1000", ());
        assert_eq!(deleted.is_ok(), mode == "WAL");
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        let has_snapshots = clib::require("sqlite3_snapshot_get").is_ok();
        let expected = if mode == "WAL" && !has_snapshots {
            Some(NotParallel::Reading)
        } else {
            None
        };
        assert_eq!(reader.not_parallel(), expected, "{mode}");
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 2000, "{mode}");
        conn.execute_batch("COMMIT").unwrap();
        let rows = several(&conn, "t", &threads(3), &small()).num_rows();
        assert_eq!(rows, if mode == "WAL" { 1000 } else { 2000 });
    }
}

#[test]
fn a_running_statement_of_the_callers() {
    for mode in ["WAL", "DELETE"] {
        let (_dir, _, conn) = file(&numbers(2000));
        conn.execute_batch(&format!("PRAGMA journal_mode = {mode}"))
            .unwrap();
        let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
        let mut rows = stmt.query(()).unwrap();
        assert!(rows.next().unwrap().is_some());
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        assert_eq!(reader.not_parallel().is_some(), mode == "WAL");
        let count: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(count, 2000);
    }
}

#[test]
fn a_writer_that_waits_for_the_caller() {
    // It keeps new readers out until the caller is done, so the caller's own connection reads, at once.
    let (_dir, path, conn) = file(&numbers(2000));
    conn.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
    let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    assert!(rows.next().unwrap().is_some());
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let other = Connection::open(&path).unwrap();
            other.busy_timeout(Duration::from_secs(30)).unwrap();
            other.execute("DELETE FROM t", ()).unwrap();
        });
        // Until it has its pending lock.
        let probe = Connection::open(&path).unwrap();
        probe.busy_timeout(Duration::ZERO).unwrap();
        while probe.query_row("SELECT 1 FROM t", (), |_| Ok(())).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
        let started = Instant::now();
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), Some(NotParallel::Reading));
        let count: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(count, 2000);
        assert!(is_slow() || started.elapsed() < Duration::from_secs(3));
        drop(rows);
        conn.execute_batch("COMMIT").unwrap();
        writer.join().unwrap();
    });
    assert_eq!(several(&conn, "t", &threads(3), &small()).num_rows(), 0);
}

/// A table with a generated column, whose texts a function of the caller's may write.
fn secrets() -> String {
    "CREATE TABLE t (a INTEGER PRIMARY KEY, secret TEXT, u TEXT AS (upper(secret)), l AS (secret LIKE 'S%'));
     CREATE TABLE plain (a INTEGER PRIMARY KEY, b TEXT, s TEXT AS (upper(b)) STORED);
     WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
     INSERT INTO t SELECT i, printf('secret %d', i) FROM n;
     INSERT INTO plain SELECT a, secret FROM t;"
        .to_owned()
}

/// What is read where `why` keeps other connections out, which is what one thread reads.
fn refused(conn: &Connection, table: &str, why: NotParallel) -> RecordBatch {
    let reader = conn
        .read_table_parallel(table, &threads(2), &small())
        .unwrap();
    assert_eq!(reader.not_parallel(), Some(why), "{table}");
    let schema = reader.schema();
    let read = concat_batches(&schema, &collect(reader).unwrap()).unwrap();
    assert_eq!(read, single(conn, table, &small()));
    read
}

fn asks_for_secrets(context: &AuthContext<'_>) -> bool {
    matches!(
        context.action,
        AuthAction::Read {
            column_name: "secret",
            ..
        }
    )
}

#[test]
fn the_callers_authorizer_is_asked() {
    let (_dir, _, mut conn) = file(&secrets());
    conn.authorizer(|context| {
        if asks_for_secrets(context) {
            Authorization::Ignore
        } else {
            Authorization::Allow
        }
    })
    .unwrap();
    let read = refused(&conn, "t", NotParallel::Authorizer);
    assert_eq!(read.column(1).logical_null_count(), 300);
    conn.authorizer(|context| {
        // Nor is anything done that reading the table does not need.
        let pragma = matches!(context.action, AuthAction::Pragma { .. });
        if pragma || asks_for_secrets(context) {
            Authorization::Deny
        } else {
            Authorization::Allow
        }
    })
    .unwrap();
    let error = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Authorization));
    refused(&conn, "plain", NotParallel::Authorizer);
    conn.remove_authorizer().unwrap();
    let read = several(&conn, "t", &threads(2), &small());
    assert_eq!(read, single(&conn, "t", &small()));
}

#[test]
fn other_code_may_have_set_an_authorizer() {
    let (_dir, _, conn) = file(&secrets());
    let db = conn.into_raw();
    {
        // SAFETY: open, of this library, and used by this thread alone.
        let conn = unsafe { Connection::borrow_raw(db) }.unwrap();
        refused(&conn, "plain", NotParallel::Authorizer);
    }
    // SAFETY: as above, and ours.
    let conn = unsafe { Connection::from_raw(db) }.unwrap();
    refused(&conn, "plain", NotParallel::Authorizer);
}

#[test]
fn the_callers_functions_are_called() {
    let (_dir, _, mut conn) = file(&secrets());
    several(&conn, "t", &threads(2), &small());
    let flags = FunctionFlags::DETERMINISTIC | FunctionFlags::INNOCUOUS;
    conn.create_scalar_function("upper", 1, flags, |_| Ok("mine"))
        .unwrap();
    let read = refused(&conn, "t", NotParallel::Functions);
    assert_eq!(read.column(2).as_string::<i32>().value(299), "mine");
    // What is stored is read as it is.
    let read = several(&conn, "plain", &threads(2), &small());
    assert_eq!(read.column(2).as_string::<i32>().value(0), "SECRET 1");

    // A function that is hidden, and a collation.
    let (_dir, _, mut conn) = file(&secrets());
    conn.remove_function("printf", -1).unwrap();
    refused(&conn, "t", NotParallel::Functions);
    let (_dir, _, mut conn) = file(&secrets());
    conn.create_collation("NOCASE", |a, b| b.cmp(a)).unwrap();
    refused(&conn, "t", NotParallel::Functions);
    // The pragma is another function of that name.
    let (_dir, _, conn) = file(&secrets());
    conn.execute_batch("PRAGMA case_sensitive_like = 1")
        .unwrap();
    if conn.query_row("SELECT l FROM t", (), |_| Ok(())).is_err() {
        // In older libraries it is one that schemas must not call.
        let read = conn.read_table_parallel("t", &threads(2), &small());
        let error = read.unwrap_err().to_string();
        assert!(
            error.to_lowercase().starts_with("unsafe use of like()"),
            "{error}"
        );
        return;
    }
    let read = refused(&conn, "t", NotParallel::Functions);
    assert_eq!(read.column(3).as_primitive::<Int64Type>().value(0), 0);
}
