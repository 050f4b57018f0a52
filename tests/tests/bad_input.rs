//! What a person reads when something is wrong with a file, a statement or a value: the exact messages, and the facts
//! beside them for programs. Batches and the command-line tool have theirs in tests of their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use clib::{Code, Connection, Error, ExtendedCode, OpenFlags, TransactionBehavior};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        // As SQLite names it.
        self.0.path().canonicalize().unwrap()
    }

    fn file(&self) -> PathBuf {
        self.path().join("data.db")
    }

    /// A database of some pages.
    fn database(&self) -> PathBuf {
        let file = self.file();
        Connection::open(&file)
            .unwrap()
            .execute_batch(
                "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                 INSERT INTO t SELECT i, 'the text of row ' || i FROM n",
            )
            .unwrap();
        file
    }

    /// The message, with `FOLDER` for this folder.
    fn message(&self, error: &Error) -> String {
        let message = error
            .to_string()
            .replace(self.path().to_str().unwrap(), "FOLDER");
        assert!(!message.contains('\n'), "{message}");
        message
    }
}

fn count(conn: &Connection) -> Result<i64, Error> {
    conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
}

// ---- files

#[test]
fn not_a_database() {
    let folder = Folder::new();
    fs::write(folder.file(), "name,age\nAda,36\n".repeat(100)).unwrap();
    // It is not looked at before the first statement.
    let conn = Connection::open(folder.file()).unwrap();
    let error = count(&conn).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "file is not a database (SQLITE_NOTADB): FOLDER/data.db in `SELECT count(*) FROM t`"
    );
    assert_eq!(error.code(), Some(Code::NotADatabase));
    assert_eq!(
        error.sqlite().unwrap().path.as_deref(),
        Some(folder.file().as_path())
    );
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let folder = Folder::new();
    fs::write(folder.file(), "").unwrap();
    let conn = Connection::open(folder.file()).unwrap();
    let error = count(&conn).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "no such table: t (SQLITE_ERROR) in `SELECT count(*) FROM t`"
    );
}

#[test]
fn a_truncated_file() {
    let folder = Folder::new();
    let file = folder.database();
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let conn = Connection::open(&file).unwrap();
    let error = count(&conn).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "database disk image is malformed (SQLITE_CORRUPT): FOLDER/data.db in `SELECT count(*) FROM t`; \
         `PRAGMA integrity_check` says which pages are damaged"
    );
    // Within the header, too.
    fs::write(&file, &bytes[..50]).unwrap();
    let conn = Connection::open(&file).unwrap();
    let error = count(&conn).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "database disk image is malformed (SQLITE_CORRUPT): FOLDER/data.db in `SELECT count(*) FROM t`; \
         `PRAGMA integrity_check` says which pages are damaged"
    );
}

#[test]
fn a_damaged_page() {
    let folder = Folder::new();
    let file = folder.database();
    let mut bytes = fs::read(&file).unwrap();
    let page = 4096;
    bytes[2 * page..3 * page].fill(0xa5);
    fs::write(&file, &bytes).unwrap();
    let conn = Connection::open(&file).unwrap();
    let error = conn
        .query_row("SELECT sum(length(b)) FROM t", (), |row| {
            row.get::<_, i64>(0)
        })
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Corrupt));
    assert!(
        folder
            .message(&error)
            .starts_with("database disk image is malformed (SQLITE_CORRUPT"),
        "{error}"
    );
}

#[test]
fn a_file_that_may_only_be_read() {
    let folder = Folder::new();
    let file = folder.database();
    let message =
        "attempt to write a readonly database (SQLITE_READONLY): FOLDER/data.db in `DELETE FROM t`";
    let immutable = format!("file:{}?immutable=1", file.display());
    let uri = OpenFlags::READ_WRITE | OpenFlags::URI;
    for conn in [
        Connection::open_read_only(&file).unwrap(),
        Connection::open_with_flags(format!("file:{}?mode=ro", file.display()), uri).unwrap(),
        Connection::open_with_flags(immutable, uri).unwrap(),
    ] {
        assert_eq!(conn.is_read_only("main"), Some(true));
        let error = conn.execute("DELETE FROM t", ()).unwrap_err();
        assert_eq!(folder.message(&error), message);
        assert_eq!(error.code(), Some(Code::ReadOnly));
        assert_eq!(count(&conn).unwrap(), 1000);
    }
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    if fs::File::options().write(true).open(&file).is_err() {
        // Whoever runs this is held by permissions.
        let conn = Connection::open(&file).unwrap();
        let error = conn.execute("DELETE FROM t", ()).unwrap_err();
        assert_eq!(folder.message(&error), message);
    }
}

#[test]
fn a_file_that_is_not_there() {
    let folder = Folder::new();
    let error = Connection::open_read_only(folder.file()).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "unable to open database file (SQLITE_CANTOPEN): FOLDER/data.db: No such file or directory (os error 2)"
    );
    let nowhere = folder.path().join("nowhere").join("data.db");
    let error = Connection::open(nowhere).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "unable to open database file (SQLITE_CANTOPEN): FOLDER/nowhere/data.db: No such file or directory (os error 2)"
    );
    let sqlite = error.sqlite().unwrap();
    assert_eq!((sqlite.code, sqlite.errno), (Code::CannotOpen, Some(2)));
}

#[test]
fn a_folder_in_place_of_a_file() {
    let folder = Folder::new();
    let error = Connection::open(folder.path()).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "unable to open database file (SQLITE_CANTOPEN): FOLDER: Is a directory (os error 21)"
    );
    // A file in place of a folder.
    let error = Connection::open(folder.database().join("x.db")).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "unable to open database file (SQLITE_CANTOPEN): FOLDER/data.db/x.db: Not a directory (os error 20)"
    );
}

#[test]
fn a_file_to_attach_that_is_not_there() {
    let folder = Folder::new();
    let conn = Connection::open(folder.database()).unwrap();
    let error = conn
        .execute_batch(&format!(
            "ATTACH '{}/nowhere/x.db' AS other",
            folder.path().display()
        ))
        .unwrap_err();
    assert_eq!(
        folder.message(&error),
        "unable to open database: FOLDER/nowhere/x.db (SQLITE_CANTOPEN): No such file or directory (os error 2) in \
         `ATTACH 'FOLDER/nowhere/x.db' AS other`"
    );
}

#[test]
fn a_full_database() {
    let folder = Folder::new();
    let mut conn = Connection::open(folder.database()).unwrap();
    let pages: i64 = conn.pragma_get(None, "page_count").unwrap();
    conn.pragma_set(None, "max_page_count", pages).unwrap();
    let sql = "INSERT INTO t (b) VALUES (?1)";
    let tx = conn.transaction().unwrap();
    let error = tx.execute(sql, ["x".repeat(100_000)]).unwrap_err();
    assert_eq!(
        folder.message(&error),
        "database or disk is full (SQLITE_FULL): FOLDER/data.db in `INSERT INTO t (b) VALUES (?1)`"
    );
    assert_eq!(error.code(), Some(Code::Full));
    drop(tx);
    assert_eq!(count(&conn).unwrap(), 1000);
    conn.pragma_set(None, "max_page_count", pages + 100)
        .unwrap();
    conn.execute(sql, ["x".repeat(100_000)]).unwrap();
}

// ---- SQL

#[test]
fn wrong_sql() {
    let folder = Folder::new();
    let conn = Connection::open(folder.database()).unwrap();
    for (sql, offset, message) in [
        (
            "SELECT * FROM flights",
            None,
            "no such table: flights (SQLITE_ERROR) in `SELECT * FROM flights`",
        ),
        (
            "SELECT a,\n       c\nFROM t",
            Some(17),
            "no such column: c (SQLITE_ERROR) at byte 17 of `SELECT a, c FROM t`",
        ),
        (
            "SELEC a FROM t",
            Some(0),
            "near \"SELEC\": syntax error (SQLITE_ERROR) at byte 0 of `SELEC a FROM t`",
        ),
        (
            "SELECT 'ü', nosuch(a) FROM t",
            Some(13),
            "no such function: nosuch (SQLITE_ERROR) at byte 13 of `SELECT 'ü', nosuch(a) FROM t`",
        ),
        (
            "SELECT a FROM t WHERE",
            None,
            "incomplete input (SQLITE_ERROR) in `SELECT a FROM t WHERE`",
        ),
        (
            "CREATE TABLE t (a)",
            Some(13),
            "table t already exists (SQLITE_ERROR) at byte 13 of `CREATE TABLE t (a)`",
        ),
        (
            "INSERT INTO t VALUES (1)",
            None,
            "table t has 2 columns but 1 values were supplied (SQLITE_ERROR) in `INSERT INTO t VALUES (1)`",
        ),
    ] {
        let error = conn.prepare(sql).unwrap_err();
        let sqlite = error.sqlite().unwrap();
        assert_eq!(sqlite.sql.as_deref(), Some(sql));
        assert_eq!(sqlite.code, Code::Error);
        // SQLite knows the place from 3.38 on, and of more errors later.
        if cfg!(feature = "vendored") {
            assert_eq!(error.to_string(), message);
            assert_eq!(sqlite.offset, offset, "{sql}");
        }
    }
}

#[test]
fn errors_of_execution() {
    let conn = Connection::open_in_memory().unwrap();
    for (sql, code, message) in [
        (
            "SELECT abs(-9223372036854775808)",
            Code::Error,
            "integer overflow (SQLITE_ERROR) in `SELECT abs(-9223372036854775808)`",
        ),
        (
            "SELECT json('{')",
            Code::Error,
            "malformed JSON (SQLITE_ERROR) in `SELECT json('{')`",
        ),
        (
            "SELECT zeroblob(2000000000)",
            Code::TooBig,
            "string or blob too big (SQLITE_TOOBIG) in `SELECT zeroblob(2000000000)`",
        ),
        (
            "COMMIT",
            Code::Error,
            "cannot commit - no transaction is active (SQLITE_ERROR) in `COMMIT`",
        ),
    ] {
        let error = conn.execute(sql, ()).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            (Some(code), message)
        );
    }
}

#[test]
fn constraints() {
    clib_tests::needs_sqlite!(3_037_000, "STRICT");
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         INSERT INTO parent VALUES (1);
         CREATE TABLE t (
             a INTEGER NOT NULL,
             b TEXT UNIQUE,
             c INTEGER CONSTRAINT positive CHECK (c > 0),
             d REFERENCES parent
         );
         INSERT INTO t VALUES (1, 'x', 1, 1);
         CREATE TABLE keyed (k TEXT PRIMARY KEY) WITHOUT ROWID;
         INSERT INTO keyed VALUES ('k');
         CREATE TRIGGER never BEFORE DELETE ON t BEGIN SELECT raise(ABORT, 'rows stay'); END;
         CREATE TABLE strictly (a INTEGER) STRICT",
    )
    .unwrap();
    use ExtendedCode as Extended;
    for (sql, code, message) in [
        (
            "INSERT INTO t VALUES (NULL, 'y', 1, 1)",
            Extended::ConstraintNotNull,
            "NOT NULL constraint failed: t.a (SQLITE_CONSTRAINT_NOTNULL)",
        ),
        (
            "INSERT INTO t VALUES (1, 'x', 1, 1)",
            Extended::ConstraintUnique,
            "UNIQUE constraint failed: t.b (SQLITE_CONSTRAINT_UNIQUE)",
        ),
        (
            "INSERT INTO t VALUES (1, 'y', 0, 1)",
            Extended::ConstraintCheck,
            "CHECK constraint failed: positive (SQLITE_CONSTRAINT_CHECK)",
        ),
        (
            "INSERT INTO t VALUES (1, 'y', 1, 2)",
            Extended::ConstraintForeignKey,
            "FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY)",
        ),
        (
            "INSERT INTO parent VALUES (1)",
            Extended::ConstraintPrimaryKey,
            "UNIQUE constraint failed: parent.id (SQLITE_CONSTRAINT_PRIMARYKEY)",
        ),
        (
            "INSERT INTO keyed VALUES ('k')",
            Extended::ConstraintPrimaryKey,
            "UNIQUE constraint failed: keyed.k (SQLITE_CONSTRAINT_PRIMARYKEY)",
        ),
        (
            "INSERT INTO t (rowid, a) VALUES (1, 1)",
            Extended::ConstraintRowid,
            "UNIQUE constraint failed: t.rowid (SQLITE_CONSTRAINT_ROWID)",
        ),
        (
            "DELETE FROM t",
            Extended::ConstraintTrigger,
            "rows stay (SQLITE_CONSTRAINT_TRIGGER)",
        ),
        (
            "INSERT INTO strictly VALUES ('text')",
            Extended::ConstraintDatatype,
            "cannot store TEXT value in INTEGER column strictly.a (SQLITE_CONSTRAINT_DATATYPE)",
        ),
    ] {
        let error = conn.execute(sql, ()).unwrap_err();
        assert_eq!(error.code(), Some(Code::Constraint), "{error}");
        assert_eq!(error.extended_code(), Some(code), "{error}");
        assert_eq!(error.to_string(), format!("{message} in `{sql}`"));
    }
    let error = conn
        .execute("INSERT INTO parent VALUES (?1)", ["text"])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "datatype mismatch (SQLITE_MISMATCH) in `INSERT INTO parent VALUES (?1)`"
    );
}

// ---- values

#[test]
fn values_out_of_range() {
    let conn = Connection::open_in_memory().unwrap();
    let error = conn.execute("SELECT ?1", [u64::MAX]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot bind parameter 1: 18446744073709551615 does not fit into SQLite's 64-bit signed INTEGER; store it as \
         TEXT or BLOB"
    );
    let error = conn
        .query_row("SELECT 300 AS age", (), |row| row.get::<_, u8>("age"))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read column `age` (number 0, INTEGER) as u8: 300 does not fit into u8"
    );
    let error = conn
        .query_row("SELECT 1, 'n/a' AS age", (), |row| row.get::<_, i64>(1))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read column `age` (number 1, TEXT) as i64: expected INTEGER, found TEXT"
    );
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "expected INTEGER, found TEXT");
}

// ---- locks

/// Another process that holds a lock until it is told to let go.
struct Holder {
    process: Child,
    stdin: Option<ChildStdin>,
}

/// For the other process: the database's file, and how to lock it.
const FILE: &str = "CLIB_TESTS_LOCK_FILE";
const SQL: &str = "CLIB_TESTS_LOCK_SQL";

impl Holder {
    fn new(file: &Path, sql: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_other_process", "--nocapture"])
            .env(FILE, file)
            .env(SQL, sql)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(
            lines.any(|line| line.unwrap().ends_with("locked")),
            "the other process could not lock"
        );
        // Its further output goes nowhere, and may.
        drop(lines);
        Self { process, stdin }
    }

    /// As messages name it.
    fn name(&self) -> String {
        let id = self.process.id();
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        format!("process {id} ({})", name.trim())
    }

    fn let_go(&mut self) {
        self.stdin.take();
        self.process.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[test]
fn the_other_process() {
    let (Some(file), Ok(sql)) = (env::var_os(FILE), env::var(SQL)) else {
        return;
    };
    let conn = Connection::open(file).unwrap();
    conn.execute_batch(&sql).unwrap();
    println!("locked");
    // Until the other end is closed, also because that process is no more.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    drop(conn);
    // The pipe for the test harness's last words may be closed.
    std::process::exit(0);
}

/// What a message says of a holder: systems other than Linux do not tell.
fn locked_by(holder: &Holder) -> String {
    if cfg!(target_os = "linux") {
        format!(", locked by {}", holder.name())
    } else {
        String::new()
    }
}

#[test]
fn locked_by_another_process() {
    for mode in ["delete", "wal"] {
        let folder = Folder::new();
        let file = folder.database();
        let mut conn = Connection::open(&file).unwrap();
        conn.pragma_set(None, "journal_mode", mode).unwrap();
        let mut holder = Holder::new(
            &file,
            "BEGIN IMMEDIATE; INSERT INTO t (b) VALUES ('theirs')",
        );
        let by = locked_by(&holder);

        conn.busy_timeout(Duration::from_millis(100)).unwrap();
        let start = Instant::now();
        let error = conn
            .execute("INSERT INTO t (b) VALUES ('ours')", ())
            .unwrap_err();
        assert!(start.elapsed() >= Duration::from_millis(90));
        assert_eq!(
            folder.message(&error),
            format!(
                "database is locked (SQLITE_BUSY): FOLDER/data.db: busy timeout 0.1 s{by} in `INSERT INTO t (b) VALUES ('ours')`"
            )
        );
        let sqlite = error.sqlite().unwrap();
        assert_eq!(sqlite.code, Code::Busy);
        assert_eq!(sqlite.busy_timeout, Some(Duration::from_millis(100)));

        conn.busy_timeout(Duration::ZERO).unwrap();
        let error = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .unwrap_err();
        assert_eq!(
            folder.message(&error),
            format!(
                "database is locked (SQLITE_BUSY): FOLDER/data.db: busy timeout 0 s{by} in `BEGIN IMMEDIATE`"
            )
        );
        // Reading is free, and writing after it cannot wait.
        conn.busy_timeout(Duration::from_secs(60)).unwrap();
        let tx = conn.transaction().unwrap();
        assert_eq!(count(&tx).unwrap(), 1000);
        let error = tx.execute("DELETE FROM t", ()).unwrap_err();
        assert_eq!(
            folder.message(&error),
            format!(
                "database is locked (SQLITE_BUSY): FOLDER/data.db{} in `DELETE FROM t`; a transaction that has read \
                 cannot wait for the write lock: begin it as immediate",
                by.replacen(',', ":", 1)
            )
        );
        drop(tx);

        // Waiting helps where the other lets go.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(100));
                holder.let_go();
            });
            conn.execute("INSERT INTO t (b) VALUES ('ours')", ())
                .unwrap();
        });
        // Theirs was not committed.
        assert_eq!(count(&conn).unwrap(), 1001, "{mode}");
    }
}

#[test]
fn exclusively_locked_by_another_process() {
    let folder = Folder::new();
    let file = folder.database();
    let holder = Holder::new(&file, "BEGIN EXCLUSIVE");
    let conn = Connection::open(&file).unwrap();
    conn.busy_timeout(Duration::from_millis(10)).unwrap();
    let error = count(&conn).unwrap_err();
    assert_eq!(
        folder.message(&error),
        format!(
            "database is locked (SQLITE_BUSY): FOLDER/data.db: busy timeout 0.01 s{} in `SELECT count(*) FROM t`",
            locked_by(&holder)
        )
    );
}

#[test]
fn a_commit_that_a_reader_of_another_process_holds_up() {
    let folder = Folder::new();
    let file = folder.database();
    let mut holder = Holder::new(&file, "BEGIN; SELECT * FROM t");
    let conn = Connection::open(&file).unwrap();
    conn.busy_timeout(Duration::from_millis(10)).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE; DELETE FROM t")
        .unwrap();
    let error = conn.execute_batch("COMMIT").unwrap_err();
    assert_eq!(
        folder.message(&error),
        format!(
            "database is locked (SQLITE_BUSY): FOLDER/data.db: busy timeout 0.01 s{} in `COMMIT`",
            locked_by(&holder)
        )
    );
    // Nothing is lost: it can be tried again.
    holder.let_go();
    conn.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&conn).unwrap(), 0);
}
