//! Opening and closing, scripts, pragmas, the statement cache, interrupts.

use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use tempfile::TempDir;

use super::*;
use crate::error::{Code, ExtendedCode, OptionalExtension, SqliteError};
use crate::types::Value;

assert_impl_all!(Connection: Send);
assert_not_impl_any!(Connection: Sync);
assert_impl_all!(InterruptHandle: Send, Sync, Clone);
assert_impl_all!(Error: Send, Sync, std::error::Error);
assert_impl_all!(SqliteError: Send, Sync);

fn open() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.db");
    (folder, file)
}

fn integer(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, (), |row| row.get(0)).unwrap()
}

// ---- opening

#[test]
fn a_new_connection_has_the_documented_defaults() {
    let conn = open();
    assert_eq!(conn.pragma_get::<i64>(None, "busy_timeout").unwrap(), 5000);
    assert!(conn.pragma_get::<bool>(None, "foreign_keys").unwrap());
    assert!(!conn.pragma_get::<bool>(None, "trusted_schema").unwrap());
    let error = conn.prepare("SELECT \"no such name\"").unwrap_err();
    assert!(error.to_string().starts_with("no such column: "), "{error}");
    assert!(
        conn.execute_batch("CREATE TABLE t (a CHECK (a <> \"text\"))")
            .is_err()
    );
    assert_eq!(conn.path(), None);
    assert_eq!(conn.is_read_only("main"), Some(false));
    assert_eq!(conn.is_read_only("other"), None);
    assert_eq!(conn.is_read_only("ma\0in"), None);
    assert_eq!(conn.last_insert_rowid(), 0);
    assert!(conn.is_autocommit());
}

#[test]
fn a_file_is_made_where_flags_say_so() {
    let (_folder, file) = folder();
    let error = Connection::open_read_only(&file).unwrap_err();
    assert_eq!(error.code(), Some(Code::CannotOpen));
    let error = Connection::open_with_flags(&file, OpenFlags::READ_WRITE).unwrap_err();
    assert_eq!(error.code(), Some(Code::CannotOpen));
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
        .unwrap();
    assert_eq!(conn.path(), Some(file.canonicalize().unwrap().as_path()));
    assert!(format!("{conn:?}").contains("data.db"));

    let reader = Connection::open_read_only(&file).unwrap();
    assert_eq!(reader.is_read_only("main"), Some(true));
    assert_eq!(integer(&reader, "SELECT a FROM t"), 7);
    let error = reader.execute("DELETE FROM t", ()).unwrap_err();
    assert_eq!(error.code(), Some(Code::ReadOnly));
}

#[test]
fn flags_that_exclude_each_other() {
    for flags in [
        OpenFlags::empty(),
        OpenFlags::READ_ONLY | OpenFlags::READ_WRITE,
        OpenFlags::READ_ONLY | OpenFlags::CREATE,
        OpenFlags::CREATE,
    ] {
        let error = Connection::open_with_flags(":memory:", flags).unwrap_err();
        assert_eq!(error.code(), Some(Code::Misuse), "{flags:?}: {error}");
    }
    // Bits that are SQLite's own or nobody's change nothing about ownership.
    for bits in [0x0000_0008, 0x0000_0100, 0x0001_0000, 0x4000_0000] {
        let flags = OpenFlags::default() | OpenFlags::from_bits_retain(bits);
        let conn = Connection::open_with_flags(":memory:", flags).unwrap();
        assert_eq!(integer(&conn, "SELECT 1"), 1);
    }
}

#[test]
fn a_uri_needs_its_flag() {
    let (folder, file) = folder();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let uri = format!("file:{}?mode=ro", file.display());
    let conn = Connection::open_with_flags(&uri, OpenFlags::default() | OpenFlags::URI).unwrap();
    assert_eq!(conn.is_read_only("main"), Some(true));
    // Without the flag it is the name of a file, here one in a folder that does not exist.
    let error = Connection::open(&uri).unwrap_err();
    assert_eq!(error.code(), Some(Code::CannotOpen));
    // A plain file whose name looks like a URI.
    let plain = Connection::open(folder.path().join("file:x?mode=ro")).unwrap();
    plain.execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(folder.path().join("file:x?mode=ro").exists());
}

#[test]
fn databases_without_a_file() {
    let flags = OpenFlags::default() | OpenFlags::URI;
    let name = "file:a_shared_one?mode=memory&cache=shared";
    let one = Connection::open_with_flags(name, flags).unwrap();
    let two = Connection::open_with_flags(name, flags).unwrap();
    one.execute_batch("CREATE TABLE t (a)").unwrap();
    two.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    assert_eq!(integer(&one, "SELECT a FROM t"), 1);
    assert_eq!(one.path(), None);
    let temporary = Connection::open("").unwrap();
    temporary.execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(temporary.path(), None);
}

#[test]
fn a_path_with_a_nul_is_an_error() {
    let error = Connection::open("a\0b").unwrap_err();
    assert!(
        matches!(error, Error::NulInString { position: 1 }),
        "{error}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_path_need_not_be_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(OsStr::from_bytes(b"d\xe4ta.db"));
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(file.exists());
    assert_eq!(conn.path(), Some(file.as_path()));
}

#[test]
#[cfg(unix)]
fn symbolic_links_are_followed_unless_forbidden() {
    let (folder, file) = folder();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    Connection::open(&link).unwrap();
    let error = Connection::open_with_flags(&link, OpenFlags::default() | OpenFlags::NO_FOLLOW)
        .unwrap_err();
    assert_eq!(error.extended_code(), Some(ExtendedCode::CannotOpenSymlink));
}

// ---- preparing

#[test]
fn one_statement_with_whatever_is_no_statement() {
    let conn = open();
    for sql in [
        "SELECT 1",
        "SELECT 1;",
        "SELECT 1;;; ;",
        " \n\tSELECT 1 ; -- comment",
        "SELECT 1; /* comment */ -- another\n",
        "SELECT 1; /* not closed",
        "/* before */ SELECT 1",
        "; SELECT 1",
    ] {
        assert_eq!(integer(&conn, sql), 1, "{sql:?}");
    }
    // A byte order mark, for newer ones.
    if crate::require("sqlite3_changes64").is_ok() {
        assert_eq!(integer(&conn, "\u{feff}SELECT 1"), 1);
    }
}

#[test]
fn no_statement_and_too_many() {
    let conn = open();
    for sql in [
        "",
        " ",
        ";",
        "-- comment",
        "/* comment */",
        "/* open",
        "\n;;\n",
    ] {
        let error = conn.prepare(sql).unwrap_err();
        assert!(matches!(error, Error::NoStatement), "{sql:?}: {error}");
        assert!(matches!(conn.execute(sql, ()), Err(Error::NoStatement)));
        conn.execute_batch(sql).unwrap();
    }
    for (sql, second) in [
        ("SELECT 1; SELECT 2", 10),
        ("SELECT 1;SELECT 2", 9),
        ("SELECT 1; gibberish", 10),
        ("SELECT 1; 'not closed", 10),
    ] {
        match conn.prepare(sql).unwrap_err() {
            Error::MultipleStatements { offset } => assert_eq!(offset, second, "{sql}"),
            other => panic!("{sql}: {other}"),
        }
    }
    assert_eq!(
        conn.execute("SELECT 1; DROP TABLE t", ())
            .unwrap_err()
            .to_string(),
        "there is more than one statement: the second begins at byte 10; use `execute_batch` for scripts"
    );
    assert_eq!(
        conn.prepare("").unwrap_err().to_string(),
        "there is no statement: the text is empty or a comment"
    );
}

#[test]
fn a_nul_does_not_end_the_sql() {
    let conn = open();
    for (sql, position) in [("\0", 0), ("SELECT 1\0", 8), ("SELECT 'a\0b'", 9)] {
        for error in [
            conn.prepare(sql).unwrap_err(),
            conn.prepare_cached(sql).unwrap_err(),
            conn.execute(sql, ()).unwrap_err(),
            conn.execute_batch(sql).unwrap_err(),
        ] {
            match error {
                Error::NulInString { position: found } => assert_eq!(found, position),
                other => panic!("{other}"),
            }
        }
    }
    // Nothing of such a script runs.
    assert!(conn.execute_batch("CREATE TABLE t (a); \0").is_err());
    assert!(conn.prepare("SELECT * FROM t").is_err());
}

// ---- scripts

#[test]
fn a_script_runs_in_order() {
    let conn = open();
    conn.execute_batch(
        "-- a comment; with a semicolon
         CREATE TABLE t (a);
         INSERT INTO t VALUES ('; not the end'), (2); ;
         SELECT * FROM t; /* rows are dropped */
         CREATE TRIGGER g AFTER INSERT ON t BEGIN
             DELETE FROM t WHERE a = 2;
             SELECT 1;
         END;
         INSERT INTO t VALUES (3) -- no semicolon at the end",
    )
    .unwrap();
    assert_eq!(integer(&conn, "SELECT count(*) FROM t"), 2);
}

#[test]
fn an_error_in_a_script_has_its_place_in_the_script() {
    let conn = open();
    let script =
        "CREATE TABLE t (a UNIQUE);\nINSERT INTO t VALUES (1);\nSELECT b FROM t;\nSELECT 1";
    let error = conn.execute_batch(script).unwrap_err();
    let sqlite = error.sqlite().unwrap();
    let at = script.find("b FROM").unwrap();
    if crate::require("sqlite3_error_offset").is_ok() {
        assert_eq!(sqlite.offset, Some(at));
        assert_eq!(sqlite.sql.as_deref(), Some(script));
        assert_eq!(
            error.to_string(),
            "no such column: b (SQLITE_ERROR) at byte 60 of `CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1); \
             SELECT b FROM t; SELECT 1`"
        );
    } else {
        assert_eq!(sqlite.offset, None);
        assert!(
            error.to_string().starts_with("no such column: b"),
            "{error}"
        );
    }
    // What ran before stays.
    assert_eq!(integer(&conn, "SELECT count(*) FROM t"), 1);
    // A failed execution names its statement.
    let error = conn
        .execute_batch("SELECT 1; INSERT INTO t VALUES (1); SELECT 2")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE) in `INSERT INTO t VALUES (1);`"
    );
    let error = conn.execute_batch("SELECT 1; SELECT (").unwrap_err();
    assert!(error.to_string().starts_with("incomplete input"), "{error}");
}

#[test]
fn a_long_script_takes_linear_time() {
    let conn = open();
    let inserts = if crate::is_slow() { 2_000 } else { 40_000_u16 };
    let script = format!(
        "CREATE TABLE t (a); BEGIN; {} COMMIT",
        "INSERT INTO t VALUES ('a row');\n".repeat(inserts.into())
    );
    let start = Instant::now();
    conn.execute_batch(&script).unwrap();
    assert_eq!(integer(&conn, "SELECT count(*) FROM t"), i64::from(inserts));
    // Quadratic it would take minutes in a test build; here and now it is some 0.2 s.
    assert!(start.elapsed() < Duration::from_secs(20));
}

// ---- pragmas

#[test]
fn pragmas_are_read_and_set() {
    let conn = open();
    conn.pragma_set(Some("main"), "user_version", 7).unwrap();
    assert_eq!(conn.pragma_get::<i32>(None, "user_version").unwrap(), 7);
    assert_eq!(
        conn.pragma_get::<i32>(Some("main"), "USER_VERSION")
            .unwrap(),
        7
    );
    conn.pragma_set(None, "journal_mode", "off").unwrap();
    conn.pragma_set(None, "synchronous", 1.0).unwrap();
    let mut rows = Vec::new();
    conn.execute_batch("CREATE TABLE t (a, b)").unwrap();
    conn.pragma_query(None, "database_list", |row| {
        rows.push(row.get::<_, String>("name")?);
        Ok(())
    })
    .unwrap();
    assert!(rows.contains(&"main".to_owned()), "{rows:?}");
    let error = conn
        .pragma_query(None, "compile_options", |_| Err(Error::other("stop")))
        .unwrap_err();
    assert_eq!(error.to_string(), "stop");
    // No value: no row.
    let none: Option<i64> = conn.pragma_get(None, "optimize").optional().unwrap();
    assert_eq!(none, None);
}

#[test]
fn an_unknown_pragma_is_an_error() {
    let conn = open();
    let message = format!(
        "there is no pragma `foreign_key` in SQLite {}",
        crate::version()
    );
    let error = conn.pragma_get::<i64>(None, "foreign_key").unwrap_err();
    assert_eq!(error.to_string(), message);
    let error = conn.pragma_set(None, "foreign_key", 1).unwrap_err();
    assert_eq!(error.to_string(), message);
    for name in [
        "",
        "user_version; DROP TABLE t",
        "user_version = 5",
        "user\0",
        "x\"y",
    ] {
        assert!(
            matches!(
                conn.pragma_set(None, name, 1),
                Err(Error::UnknownPragma { .. })
            ),
            "{name}"
        );
    }
}

#[test]
fn what_a_pragma_is_given_is_no_sql() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    let hostile = "x'; DROP TABLE t; --";
    // An unknown value is ignored by SQLite.
    let _ = conn.pragma_set(None, "journal_mode", hostile);
    let error = conn
        .pragma_set(Some("main\"; DROP TABLE t; --"), "user_version", 1)
        .unwrap_err();
    assert!(error.to_string().starts_with("unknown database"), "{error}");
    assert!(conn.pragma_set(None, "user_version", "\0").is_err());
    assert_eq!(integer(&conn, "SELECT count(*) FROM t"), 0);
    for (value, kind) in [(Value::Null, "NULL"), (Value::Blob(vec![1]), "BLOB")] {
        assert_eq!(
            conn.pragma_set(None, "user_version", value)
                .unwrap_err()
                .to_string(),
            format!(
                "cannot bind parameter 1 (`user_version`): a pragma takes a number or a text, not {kind}"
            )
        );
    }
}

// ---- the statement cache

/// The addresses of statements tell whether one was used again.
fn address(stmt: &Statement<'_>) -> usize {
    stmt.raw_address()
}

#[test]
fn a_cached_statement_is_used_again() {
    let conn = open();
    let sql = "SELECT ?1";
    let first = conn.prepare_cached(sql).unwrap();
    let first_address = address(&first);
    // In use: a second one is made.
    let mut second = conn.prepare_cached(sql).unwrap();
    assert_ne!(address(&second), first_address);
    assert_eq!(
        second.query_row([5], |row| row.get::<_, i64>(0)).unwrap(),
        5
    );
    drop(first);
    assert_eq!(address(&conn.prepare_cached(sql).unwrap()), first_address);
    // The one that comes back last stays.
    drop(second);
    let third = conn.prepare_cached(sql).unwrap();
    assert_eq!(third.expanded_sql().unwrap(), "SELECT NULL");
    drop(third);
    // Another text is another statement.
    assert!(conn.prepare_cached("SELECT ?1 ").is_ok());
    conn.close().unwrap();
}

#[test]
fn the_cache_is_bounded_and_forgets_the_oldest() {
    let conn = open();
    conn.set_statement_cache_capacity(2);
    let prepare = |n: i64| address(&conn.prepare_cached(&format!("SELECT {n}")).unwrap());
    let one = prepare(1);
    let two = prepare(2);
    assert_eq!(prepare(1), one);
    // Now 2 is the oldest.
    prepare(3);
    assert_eq!(prepare(1), one);
    assert_eq!(statements(&conn), 2);
    let _ = two;
    conn.set_statement_cache_capacity(1);
    assert_eq!(statements(&conn), 1);
    conn.set_statement_cache_capacity(0);
    assert_eq!(statements(&conn), 0);
    prepare(1);
    assert_eq!(statements(&conn), 0);
    conn.set_statement_cache_capacity(1000);
    for n in 0..100 {
        prepare(n);
    }
    assert_eq!(statements(&conn), 100);
    conn.flush_statement_cache();
    assert_eq!(statements(&conn), 0);
}

/// How many statements the connection has.
fn statements(conn: &Connection) -> usize {
    conn.db.statement_count()
}

#[test]
fn a_cached_statement_holds_no_lock_and_no_values() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    {
        let mut stmt = conn
            .prepare_cached("SELECT a FROM t WHERE a >= ?1")
            .unwrap();
        let mut rows = stmt.query([1]).unwrap();
        rows.next().unwrap().unwrap();
        // Leaked in the middle of an execution.
        mem::forget(rows);
    }
    conn.execute_batch("DROP TABLE t").unwrap();
    let error = conn.prepare_cached("SELECT a FROM t WHERE a >= ?1");
    // The idle statement is found, and fails when it runs.
    let error = error
        .unwrap()
        .query_row([1], |row| row.get::<_, i64>(0))
        .unwrap_err();
    assert!(error.to_string().starts_with("no such table: t"));
    conn.execute_batch("CREATE TABLE t (x, a); INSERT INTO t VALUES (0, 5)")
        .unwrap();
    let five: i64 = conn
        .prepare_cached("SELECT a FROM t WHERE a >= ?1")
        .unwrap()
        .query_row([1], |row| row.get("a"))
        .unwrap();
    assert_eq!(five, 5);
}

#[test]
fn a_cached_statement_follows_the_schema() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let sql = "SELECT * FROM t";
    drop(conn.prepare_cached(sql).unwrap());
    conn.execute_batch("ALTER TABLE t ADD COLUMN b DEFAULT 2; ALTER TABLE t RENAME a TO c")
        .unwrap();
    let mut stmt = conn.prepare_cached(sql).unwrap();
    let values = stmt
        .query_row((), |row| {
            assert_eq!(row.column_count(), 2);
            Ok((row.get::<_, i64>("c")?, row.get::<_, i64>("b")?))
        })
        .unwrap();
    assert_eq!(values, (1, 2));
    assert_eq!(stmt.column_names(), ["c", "b"]);
}

// ---- closing

#[test]
fn close_with_a_leaked_statement_gives_the_connection_back() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let handle = conn.interrupt_handle();
    let mut stmt = conn.prepare("SELECT a, ?1 FROM t").unwrap();
    let text = "lent".repeat(100);
    let params = [&text];
    let mut rows = stmt.query_borrowed(&params).unwrap();
    rows.next().unwrap().unwrap();
    mem::forget(rows);
    mem::forget(stmt);
    drop(text);
    let (conn, error) = conn.close().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unable to close due to unfinalized statements or unfinished backups (SQLITE_BUSY)"
    );
    // It works as before.
    assert_eq!(integer(&conn, "SELECT a FROM t"), 1);
    conn.prepare_cached("SELECT 1").unwrap();
    conn.execute_batch("INSERT INTO t VALUES (2)").unwrap();
    // Interrupts too; the leaked statement still runs in SQLite's eyes, so this one stays.
    handle.interrupt();
    let error = conn.query_row(ENDLESS, (), |_| Ok(())).unwrap_err();
    assert!(error.is_interrupt());
    let (mut conn, _) = conn.close().unwrap_err();
    conn.finalize_leaked();
    conn.close().unwrap();
    handle.interrupt();
}

#[test]
fn close_rolls_back_and_frees_the_cache() {
    let (_folder, file) = folder();
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)")
        .unwrap();
    conn.prepare_cached("SELECT * FROM t").unwrap();
    conn.close().unwrap();
    let conn = Connection::open(&file).unwrap();
    assert_eq!(integer(&conn, "SELECT count(*) FROM t"), 0);
}

#[test]
fn a_connection_moves_between_threads() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.prepare_cached("INSERT INTO t VALUES (?1)").unwrap();
    let conn = std::thread::spawn(move || {
        conn.prepare_cached("INSERT INTO t VALUES (?1)")
            .unwrap()
            .execute([1])
            .unwrap();
        conn
    })
    .join()
    .unwrap();
    assert_eq!(integer(&conn, "SELECT a FROM t"), 1);
}

// ---- interrupts

const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

#[test]
fn an_interrupt_stops_a_statement_and_no_later_one() {
    let conn = open();
    let handle = conn.interrupt_handle();
    // With nothing running it does nothing.
    handle.interrupt();
    assert_eq!(integer(&conn, "SELECT 1"), 1);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                handle.interrupt();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let error = conn.query_row(ENDLESS, (), |_| Ok(())).unwrap_err();
        done.store(true, Ordering::Relaxed);
        assert!(error.is_interrupt());
        assert_eq!(
            error.to_string(),
            format!("interrupted (SQLITE_INTERRUPT) in `{ENDLESS}`")
        );
    });
    assert_eq!(integer(&conn, "SELECT 1"), 1);
    conn.close().unwrap();
    handle.interrupt();
}

#[test]
fn interrupts_while_closing() {
    let stop = AtomicBool::new(false);
    let handles = std::sync::Mutex::new(Vec::<InterruptHandle>::new());
    let rounds = if crate::is_slow() { 20 } else { 300 };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let handles = handles.lock().unwrap().clone();
                    handles.iter().for_each(InterruptHandle::interrupt);
                    std::thread::yield_now();
                }
            });
        }
        for round in 0..rounds {
            let conn = open();
            handles.lock().unwrap().push(conn.interrupt_handle());
            // The statement may be interrupted.
            let _ = conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
            if round % 2 == 0 {
                drop(conn);
            } else {
                conn.close().unwrap();
            }
            if round % 50 == 0 {
                handles.lock().unwrap().clear();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

// ---- errors of files

#[test]
fn errno_is_that_of_this_error() {
    let (folder, file) = folder();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let conn = Connection::open_read_only(&file).unwrap();
    let missing = folder.path().join("missing").join("x.db");
    let error = conn
        .execute("ATTACH ?1 AS other", [missing.to_str().unwrap()])
        .unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!(sqlite.code, Code::CannotOpen);
    // SQLite's message names the file that it means.
    assert_eq!(sqlite.path, None);
    let error = conn.execute("DELETE FROM t", ()).unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!((sqlite.code, sqlite.errno), (Code::ReadOnly, None));
    assert_eq!(sqlite.path.as_deref(), conn.path());
}

#[test]
fn the_path_is_left_out_where_it_may_be_another() {
    let (_folder, file) = folder();
    Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let conn = Connection::open_read_only(&file).unwrap();
    let error = conn.execute("DELETE FROM t", ()).unwrap_err();
    assert_eq!(error.sqlite().unwrap().path.as_deref(), conn.path());
    conn.execute_batch("ATTACH ':memory:' AS other").unwrap();
    let error = conn.execute("DELETE FROM t", ()).unwrap_err();
    assert_eq!(error.sqlite().unwrap().path, None);
}

#[test]
fn what_busy_says_of_waiting_is_so() {
    let (_folder, file) = folder();
    let one = Connection::open(&file).unwrap();
    let two = Connection::open(&file).unwrap();
    one.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    // However it was set.
    two.execute_batch("PRAGMA busy_timeout = 20").unwrap();
    one.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = two.execute("INSERT INTO t VALUES (2)", ()).unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!(sqlite.busy_timeout, Some(Duration::from_millis(20)));
    assert_eq!(sqlite.hint, None);
    if cfg!(target_os = "linux") {
        assert_eq!(sqlite.locked_by.as_deref(), Some("this process"));
    }
    // A transaction that has read does not wait.
    two.busy_timeout(Duration::from_secs(3600)).unwrap();
    two.execute_batch("BEGIN; SELECT * FROM t").unwrap();
    let error = two.execute("INSERT INTO t VALUES (2)", ()).unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!((sqlite.code, sqlite.busy_timeout), (Code::Busy, None));
    assert!(
        error.to_string().ends_with(
            " in `INSERT INTO t VALUES (2)`; a transaction that has read cannot wait for the write lock: begin it as \
             immediate"
        ),
        "{error}"
    );
    drop(one);
    two.execute_batch("ROLLBACK").unwrap();

    // Nor does one whose snapshot is out of date.
    two.execute_batch("PRAGMA journal_mode = wal; BEGIN; SELECT * FROM t")
        .unwrap();
    let one = Connection::open(&file).unwrap();
    one.execute_batch("INSERT INTO t VALUES (3)").unwrap();
    let error = two.execute("INSERT INTO t VALUES (2)", ()).unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!(sqlite.extended_code, ExtendedCode::BusySnapshot);
    assert_eq!((sqlite.busy_timeout, &sqlite.locked_by), (None, &None));
    assert!(sqlite.hint.is_some());
}

#[test]
fn a_commit_waits_for_readers() {
    let (_folder, file) = folder();
    let one = Connection::open(&file).unwrap();
    let two = Connection::open(&file).unwrap();
    one.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    two.busy_timeout(Duration::from_millis(20)).unwrap();
    one.execute_batch("BEGIN; SELECT * FROM t").unwrap();
    two.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)")
        .unwrap();
    let error = two.execute_batch("COMMIT").unwrap_err();
    let sqlite = error.sqlite().unwrap();
    assert_eq!(sqlite.busy_timeout, Some(Duration::from_millis(20)));
    assert_eq!(sqlite.hint, None);
    one.execute_batch("COMMIT").unwrap();
    two.execute_batch("COMMIT").unwrap();
}

#[test]
fn a_database_in_memory_reaches_files() {
    let (folder, file) = folder();
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let copy = folder.path().join("copy.db");
    conn.execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
        .unwrap();
    let copy = Connection::open_read_only(&copy).unwrap();
    assert_eq!(integer(&copy, "SELECT a FROM t"), 1);
    conn.execute("ATTACH ?1 AS other", [file.to_str().unwrap()])
        .unwrap();
    conn.execute_batch("CREATE TABLE other.t (a)").unwrap();
    assert!(file.exists());
}

#[test]
fn sql_cannot_register_a_tokenizer_by_address() {
    let conn = Connection::open_in_memory().unwrap();
    let address = [0x41_u8; 8];
    let sql = "SELECT fts3_tokenizer('evil', ?1)";
    let error = conn
        .query_row(sql, (&address[..],), |_| Ok(()))
        .unwrap_err();
    // Either the library has no such function, or not with two arguments.
    assert_eq!(error.code(), Some(Code::Error), "{error}");
}

#[test]
fn a_table_cannot_stand_in_for_the_list_of_pragmas() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE pragma_pragma_list (name); INSERT INTO pragma_pragma_list VALUES ('user_version = 42 --')",
    )
    .unwrap();
    assert!(conn.pragma_get::<i64>(None, "cache_size").is_ok());
    let error = conn
        .pragma_query(None, "user_version = 42 --", |_| Ok(()))
        .unwrap_err();
    assert!(matches!(error, Error::UnknownPragma { .. }), "{error}");
    assert_eq!(conn.pragma_get::<i64>(None, "user_version").unwrap(), 0);
}

#[test]
fn pragmas_of_the_connection_do_not_read_the_file() {
    let (_folder, file) = folder();
    std::fs::write(
        &file,
        "not a database, and long enough to be looked at".repeat(100),
    )
    .unwrap();
    let conn = Connection::open(&file).unwrap();
    assert_eq!(conn.pragma_get::<i64>(None, "busy_timeout").unwrap(), 5000);
    for number in [f64::NAN, f64::INFINITY] {
        let error = conn.pragma_set(None, "cache_size", number).unwrap_err();
        assert!(matches!(error, Error::Parameter(_)), "{error}");
    }
}
