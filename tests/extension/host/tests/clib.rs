//! Extensions in a connection of clib's: the one beside, and one of Debian's.

use std::ffi::{CString, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;

use clib::{Code, Connection, FromSqlOwned, LoadExtensionGuard, ffi};
use clib_extension_host::extension;

/// Loads a file into the connection.
fn load(
    conn: &mut Connection,
    path: impl AsRef<Path>,
    entry_point: Option<&str>,
) -> clib::Result<()> {
    // SAFETY: nothing else is loaded on this connection.
    let mut extensions = unsafe { LoadExtensionGuard::new(conn) }?;
    // SAFETY: the tests' own, files that are none, and one of Debian's.
    unsafe { extensions.load(path, entry_point) }
}

fn loaded() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    load(&mut conn, extension(), None).unwrap();
    conn
}

fn one<T: FromSqlOwned>(conn: &Connection, sql: &str) -> T {
    conn.query_row(sql, (), |row| row.get(0)).unwrap()
}

fn said(conn: &Connection, sql: &str) -> String {
    conn.query_row(sql, (), |_| Ok(())).unwrap_err().to_string()
}

#[test]
fn functions_aggregates_and_collations_work() {
    let conn = loaded();
    assert_eq!(
        one::<String>(&conn, "SELECT initials('Augusta Ada King')"),
        "AAK"
    );
    let numbers = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10)";
    assert_eq!(
        one::<f64>(&conn, &format!("{numbers} SELECT median(i) FROM n")),
        5.5
    );
    assert_eq!(one::<Option<f64>>(&conn, "SELECT median(NULL)"), None);
    let sorted = "SELECT group_concat(column1) FROM (SELECT column1 FROM (VALUES ('ccc'), ('bb'), ('a')) \
        ORDER BY column1 COLLATE by_length)";
    assert_eq!(one::<String>(&conn, sorted), "a,bb,ccc");
    // The extension calls the functions of this program's SQLite.
    assert_eq!(
        one::<String>(&conn, "SELECT clib_version()"),
        clib::version()
    );
    assert_eq!(
        one::<String>(&conn, "SELECT version_at_load()"),
        clib::version()
    );
    assert_eq!(
        one::<String>(&conn, "SELECT requires('sqlite3_result_str')"),
        "has it"
    );
}

#[test]
fn failures_are_errors_of_the_host() {
    let conn = loaded();
    assert!(said(&conn, "SELECT fails()").starts_with("no luck today"));
    for _ in 0..3 {
        assert!(said(&conn, "SELECT panics()").starts_with("a user function panicked"));
        assert_eq!(one::<i64>(&conn, "SELECT 7"), 7);
    }
    let error = said(&conn, "SELECT initials(1)");
    assert!(error.contains("expected TEXT, found INTEGER"), "{error}");
    // The statement is interrupted before its next row.
    let error = conn
        .execute_batch(
            "CREATE TABLE t (a TEXT COLLATE panicking);
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i FROM n;
             CREATE INDEX i ON t (a)",
        )
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Interrupt));
    assert_eq!(
        one::<i64>(
            &conn,
            "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
        ),
        0
    );
}

#[test]
fn functions_that_no_sqlite_gives_to_extensions_are_missing() {
    let conn = loaded();
    let error = said(&conn, "SELECT requires('sqlite3_snapshot_get')");
    let expected = format!(
        "the SQLite in use, {}, has no sqlite3_snapshot_get for extensions: only programs can call it",
        clib::version()
    );
    assert!(error.starts_with(&expected), "{error}");
    // This program can.
    clib::require("sqlite3_snapshot_get").unwrap();
}

/// What the extension has registered is dropped when its connection is closed, and not before; on another thread, too.
#[test]
fn state_lives_as_long_as_its_connection() {
    // In a process of its own, as other tests load the extension.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_counts_states", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
#[ignore = "a process of its own"]
fn child_counts_states() {
    let first = loaded();
    assert_eq!(one::<i64>(&first, "SELECT alive()"), 1);
    let mut second = loaded();
    assert_eq!(one::<i64>(&first, "SELECT alive()"), 2);
    // Once more on the same connection: the old functions are replaced.
    load(&mut second, extension(), None).unwrap();
    assert_eq!(one::<i64>(&first, "SELECT alive()"), 2);
    let there = std::thread::spawn(move || {
        assert_eq!(one::<i64>(&second, "SELECT alive()"), 2);
        assert_eq!(
            one::<String>(&second, "SELECT initials('on another thread')"),
            "oat"
        );
        drop(second);
    });
    there.join().unwrap();
    assert_eq!(one::<i64>(&first, "SELECT alive()"), 1);
    drop(first);
    // Unloaded by SQLite, the code would be gone; and the state with it.
    assert_eq!(one::<i64>(&loaded(), "SELECT alive()"), 1);
}

#[test]
fn loading_is_allowed_in_a_scope() {
    let file = extension();
    let sql = format!("SELECT load_extension('{}')", file.display());
    let mut conn = Connection::open_in_memory().unwrap();
    assert!(said(&conn, &sql).starts_with("not authorized"));
    {
        // SAFETY: nothing else is loaded on this connection.
        let mut extensions = unsafe { LoadExtensionGuard::new(&mut conn) }.unwrap();
        // SAFETY: the tests' own.
        unsafe { extensions.load(&file, None) }.unwrap();
    }
    assert!(said(&conn, &sql).starts_with("not authorized"));
    assert_eq!(raw_load(&mut conn, &file), Err("not authorized".to_owned()));

    // While there is a guard, which is leaked here, SQL is not allowed to, either.
    // SAFETY: nothing else is loaded on this connection.
    std::mem::forget(unsafe { LoadExtensionGuard::new(&mut conn) }.unwrap());
    assert!(said(&conn, &sql).starts_with("not authorized"));
    assert_eq!(raw_load(&mut conn, &file), Ok(()));
    // One that ends leaves what it has found.
    load(&mut conn, &file, None).unwrap();
    assert_eq!(raw_load(&mut conn, &file), Ok(()));
}

/// A copy of what SQLite says.
///
/// # Safety
///
/// It is null or ends in NUL.
unsafe fn text(message: *const c_char) -> String {
    assert!(!message.is_null());
    #[expect(clippy::disallowed_methods, reason = "null is checked")]
    // SAFETY: the caller's promise.
    let text = unsafe { std::ffi::CStr::from_ptr(message) };
    text.to_string_lossy().into_owned()
}

/// What C code would do that has the connection.
fn raw_load(conn: &mut Connection, file: &Path) -> Result<(), String> {
    let db = std::mem::replace(conn, Connection::open_in_memory().unwrap()).into_raw();
    let file = CString::new(file.to_str().unwrap()).unwrap();
    let mut message = ptr::null_mut();
    // SAFETY: open; a name, and a place for the message.
    let code =
        unsafe { ffi::sqlite3_load_extension(db, file.as_ptr(), ptr::null(), &raw mut message) };
    // SAFETY: open, and nobody else's. What the extension registers may be called on any thread.
    *conn = unsafe { Connection::from_raw(db) }.unwrap();
    if code == ffi::SQLITE_OK {
        return Ok(());
    }
    // SAFETY: the message of the error.
    let said = unsafe { text(message) };
    // SAFETY: as above; not used afterwards.
    unsafe { ffi::sqlite3_free(message.cast()) };
    Err(said)
}

#[test]
fn what_cannot_be_loaded_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("text.so");
    std::fs::write(&text, "no library").unwrap();
    let mut conn = Connection::open_in_memory().unwrap();

    let error = load(&mut conn, &text, None).unwrap_err();
    assert_eq!(error.code(), Some(Code::Error));
    let shown = error.to_string();
    assert!(shown.contains("text.so"), "{shown}");
    // SQLite tells of the last name that it has tried.
    assert!(
        shown.contains("; the file is there, but the system does not load it"),
        "{shown}"
    );

    let error = load(&mut conn, dir.path().join("nothing"), None).unwrap_err();
    assert!(
        error.to_string().contains("cannot open shared object file"),
        "{error}"
    );

    let error = load(&mut conn, extension(), Some("sqlite3_nothing_init")).unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("sqlite3_nothing_init"), "{shown}");
    assert!(!shown.contains("the file is there"), "{shown}");

    let error = load(&mut conn, "with\0nul", None).unwrap_err();
    assert!(
        matches!(error, clib::Error::NulInString { position: 4 }),
        "{error}"
    );
    let error = load(&mut conn, extension(), Some("with\0nul")).unwrap_err();
    assert!(matches!(error, clib::Error::NulInString { .. }), "{error}");
}

#[test]
fn an_extension_that_fails_stays_in_memory() {
    let mut conn = Connection::open_in_memory().unwrap();
    let error = load(&mut conn, extension(), Some("sqlite3_fails_init")).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "error during initialization: no such column: no_such_column (SQLITE_ERROR)"
        ),
        "{error}"
    );
    // SQLite has closed the library, and its code is still there.
    assert_eq!(one::<String>(&conn, "SELECT left_behind()"), "still here");

    let error = load(&mut conn, extension(), Some("sqlite3_panics_init")).unwrap_err();
    assert!(
        error.to_string().starts_with(
            "error during initialization: the extension panicked: at the start (SQLITE_ERROR)"
        ),
        "{error}"
    );
    load(&mut conn, extension(), Some("sqlite3_catches_init")).unwrap();
    assert!(said(&conn, "SELECT panics()").starts_with("a user function panicked"));
    conn.close().unwrap();
}

/// Statements that run, and functions that are replaced meanwhile.
#[test]
fn loading_again_while_a_statement_of_c_runs_is_refused() {
    let mut conn = loaded();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
        .unwrap();
    // A statement that was leaked in the middle.
    let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    assert!(rows.next().unwrap().is_some());
    std::mem::forget(rows);
    std::mem::forget(stmt);
    let error = load(&mut conn, extension(), None).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("unable to delete/modify user-function due to active statements"),
        "{error}"
    );
    assert_eq!(one::<String>(&conn, "SELECT initials('still here')"), "sh");
}

/// Debian's, where it is installed.
fn csvtable() -> PathBuf {
    let list = std::process::Command::new("dpkg")
        .args(["-L", "libsqlite3-mod-csvtable"])
        .output()
        .expect("dpkg tells where the extension is");
    String::from_utf8(list.stdout)
        .unwrap()
        .lines()
        .find(|line| line.ends_with("libsqlite3_mod_csvtable.so"))
        .expect("Debian's package libsqlite3-mod-csvtable is needed")
        .into()
}

#[test]
fn an_extension_of_debians_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("numbers.csv");
    std::fs::write(&file, "name;number\none;1\ntwo;2\n").unwrap();
    let mut conn = Connection::open_in_memory().unwrap();
    load(&mut conn, csvtable(), None).unwrap();
    conn.execute_batch(&format!(
        "CREATE VIRTUAL TABLE numbers USING csvtable('{}', 1)",
        file.display()
    ))
    .unwrap();
    assert_eq!(one::<i64>(&conn, "SELECT sum(number) FROM numbers"), 3);
    assert_eq!(
        one::<String>(&conn, "SELECT name FROM numbers WHERE number = '2'"),
        "two"
    );
    conn.close().unwrap();
}

/// Two SQLites in one process: the library is loaded once, and its statics with it.
#[test]
fn another_sqlite_of_the_process_is_refused() {
    type Open = unsafe extern "C" fn(*const c_char, *mut *mut c_void) -> c_int;
    type Enable = unsafe extern "C" fn(*mut c_void, c_int) -> c_int;
    type Load =
        unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *mut *mut c_char) -> c_int;
    type Close = unsafe extern "C" fn(*mut c_void) -> c_int;

    let conn = loaded();
    // SAFETY: SQLite's usual name.
    let library = unsafe { libloading::Library::new("libsqlite3.so.0") }.unwrap();
    // SAFETY: SQLite's function of this signature.
    let open = unsafe { library.get::<Open>(b"sqlite3_open") }.unwrap();
    // SAFETY: as above.
    let enable = unsafe { library.get::<Enable>(b"sqlite3_enable_load_extension") }.unwrap();
    // SAFETY: as above.
    let load = unsafe { library.get::<Load>(b"sqlite3_load_extension") }.unwrap();
    // SAFETY: as above.
    let close = unsafe { library.get::<Close>(b"sqlite3_close") }.unwrap();

    let mut db = ptr::null_mut();
    // SAFETY: a name and a place for the connection.
    assert_eq!(
        unsafe { open(c":memory:".as_ptr(), &raw mut db) },
        ffi::SQLITE_OK
    );
    // SAFETY: open.
    assert_eq!(unsafe { enable(db, 1) }, ffi::SQLITE_OK);
    let name = CString::new(extension().to_str().unwrap()).unwrap();
    let mut message = ptr::null_mut();
    // SAFETY: open; a name, and a place for the message.
    let code = unsafe { load(db, name.as_ptr(), ptr::null(), &raw mut message) };
    assert_eq!(code, ffi::SQLITE_ERROR);
    // SAFETY: the message of the error.
    let said = unsafe { text(message) };
    assert_eq!(
        said,
        "error during initialization: the extension is in use by another SQLite of this process, and can be loaded by one: \
         load a copy of its file"
    );
    // SAFETY: open, and used no more.
    assert_eq!(unsafe { close(db) }, ffi::SQLITE_OK);
    assert_eq!(one::<String>(&conn, "SELECT initials('a b')"), "ab");
}
