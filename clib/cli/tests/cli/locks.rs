//! A database that another process has locked: this one.

use std::time::{Duration, Instant};

use crate::support::Sandbox;

fn locked(script: &str) -> (Sandbox, clib::Connection) {
    let sandbox = Sandbox::new();
    sandbox.sql("t.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    sandbox.write("u.csv", "x\n1\n");
    let holder = sandbox.open("t.db");
    holder.execute_batch(script).unwrap();
    (sandbox, holder)
}

/// How the message names this process.
fn me() -> String {
    if !cfg!(target_os = "linux") {
        return String::new();
    }
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    format!(
        ", locked by process {} ({})",
        std::process::id(),
        name.trim()
    )
}

#[test]
fn a_writer_waits_and_then_says_for_whom() {
    for script in ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"] {
        let (sandbox, holder) = locked(script);
        let begun = Instant::now();
        let message = sandbox.fails(&["import", "u.csv", "t.db", "--timeout", "0.7"]);
        assert!(begun.elapsed() >= Duration::from_millis(700));
        assert_eq!(
            message,
            format!(
                "t.db: database is locked (SQLITE_BUSY): busy timeout 0.7 s{}; --timeout SECONDS waits longer",
                me()
            )
        );
        holder.execute_batch("ROLLBACK").unwrap();
        assert_eq!(
            sandbox.rows("t.db", "SELECT group_concat(name) FROM sqlite_schema"),
            "t\n"
        );
        assert_eq!(sandbox.files(), ["t.db", "u.csv"]);
    }
}

#[test]
fn a_reader_waits_and_then_says_for_whom() {
    let (sandbox, _holder) = locked("BEGIN EXCLUSIVE");
    for command in [
        &["query", "t.db", "SELECT 1 FROM t", "--timeout", "0.3"][..],
        &["info", "t.db", "--timeout", "0.3"],
        &["export", "t.db", "t", "t.csv", "--timeout", "0.3"],
    ] {
        let message = sandbox.fails(command);
        assert!(
            message.starts_with("t.db: database is locked (SQLITE_BUSY): busy timeout 0.3 s"),
            "{message}"
        );
        assert!(message.contains(&me()), "{message}");
        assert!(
            message.ends_with("; --timeout SECONDS waits longer"),
            "{message}"
        );
    }
}

#[test]
fn a_commit_waits_for_readers() {
    let (sandbox, holder) = locked("BEGIN");
    let mut reading = holder.prepare("SELECT x FROM t").unwrap();
    let mut rows = reading.query(()).unwrap();
    assert!(rows.next().unwrap().is_some());
    let message = sandbox.fails(&["import", "u.csv", "t.db", "--timeout", "0.3"]);
    assert!(
        message.starts_with("t.db: database is locked (SQLITE_BUSY): busy timeout 0.3 s"),
        "{message}"
    );
    drop(rows);
    drop(reading);
    holder.execute_batch("COMMIT").unwrap();
    assert_eq!(
        sandbox.rows("t.db", "SELECT group_concat(name) FROM sqlite_schema"),
        "t\n"
    );
}

#[test]
fn a_lock_that_is_given_up_in_time_is_no_error() {
    let (sandbox, holder) = locked("BEGIN IMMEDIATE");
    let child = sandbox.start(&["import", "u.csv", "t.db", "--timeout", "60"]);
    std::thread::sleep(Duration::from_millis(400));
    holder.execute_batch("COMMIT").unwrap();
    drop(holder);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(sandbox.rows("t.db", "SELECT x FROM u"), "1\n");
}

#[test]
fn a_database_in_wal_mode_names_its_writer() {
    let (sandbox, holder) = locked("PRAGMA journal_mode = wal; BEGIN IMMEDIATE");
    let message = sandbox.fails(&["import", "u.csv", "t.db", "--timeout", "0.2"]);
    assert!(message.contains(&me()), "{message}");
    // Readers do not wait for a writer there.
    assert_eq!(sandbox.rows("t.db", "SELECT x FROM t"), "1\n");
    holder.execute_batch("ROLLBACK").unwrap();
}
