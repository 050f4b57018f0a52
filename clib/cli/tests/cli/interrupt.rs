//! Ctrl-C: exit code 130, and everything as it was.
#![cfg(unix)]

use std::io::Write;
use std::process::{Child, Stdio};

use crate::support::{Run, Sandbox, press_ctrl_c, wait_until};

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// Large enough that loading it takes far longer than noticing that it has begun.
fn large() -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = String::from("id,name,value\n");
    for i in 0..600_000 {
        text.push_str(&format!("{i},name {i},{i}.5\n"));
    }
    sandbox.write("large.csv", text);
    sandbox
}

fn end(child: Child) -> Run {
    press_ctrl_c(&child);
    Run::of(child.wait_with_output().unwrap())
}

fn has_file(sandbox: &Sandbox, is_it: impl Fn(&str, u64) -> bool) -> bool {
    sandbox.files().iter().any(|name| {
        let size = sandbox.path(name).metadata().map_or(0, |file| file.len());
        is_it(name, size)
    })
}

#[test]
fn while_a_new_database_is_loaded() {
    let sandbox = large();
    let child = sandbox.start(&["import", "large.csv", "new.db"]);
    wait_until("rows in the new database", || {
        has_file(&sandbox, |name, size| {
            name.ends_with(".part") && size > 100_000
        })
    });
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted: new.db was not made\n");
    assert_eq!(run.stdout, "");
    assert_eq!(sandbox.files(), ["large.csv"]);
}

#[test]
fn while_a_table_is_replaced() {
    let sandbox = large();
    sandbox.sql(
        "old.db",
        "CREATE TABLE large (x); INSERT INTO large VALUES ('old')",
    );
    let before = sandbox.read("old.db");
    let child = sandbox.start(&["import", "large.csv", "old.db", "--if-exists", "replace"]);
    wait_until("the transaction's journal", || {
        has_file(&sandbox, |name, _| name == "old.db-journal")
    });
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted: old.db is as it was\n");
    assert_eq!(sandbox.files(), ["large.csv", "old.db"]);
    assert_eq!(sandbox.read("old.db"), before);
    assert_eq!(sandbox.rows("old.db", "SELECT x FROM large"), "old\n");
}

#[test]
fn while_a_silent_pipe_is_read() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(&["import", "-", "new.db", "--format", "csv", "--table", "t"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"x\n1\n").unwrap();
    stdin.flush().unwrap();
    wait_until("the new database", || {
        has_file(&sandbox, |name, _| name.ends_with(".part"))
    });
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted: new.db was not made\n");
    assert_eq!(sandbox.files(), [""; 0]);
    drop(stdin);
}

#[test]
fn while_a_query_is_exported() {
    let sandbox = Sandbox::new();
    sandbox.sql("e.db", "CREATE TABLE t (x)");
    sandbox.write("out.csv", "as it was\n");
    let child = sandbox.start(&["export", "e.db", ENDLESS, "out.csv"]);
    wait_until("rows in the file", || {
        has_file(&sandbox, |name, size| name.ends_with(".part") && size > 0)
    });
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted: out.csv was not written\n");
    assert_eq!(sandbox.text("out.csv"), "as it was\n");
    assert_eq!(sandbox.files(), ["e.db", "out.csv"]);
}

#[test]
fn inside_one_step_of_sqlite() {
    let sandbox = Sandbox::new();
    sandbox.sql("e.db", "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    let sql = format!("SELECT count(*) FROM t, ({ENDLESS})");
    let child = sandbox.start(&["query", "e.db", &sql]);
    // It shows nothing of itself; the lock on the database says that it runs.
    wait_until("the lock of the query", || {
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        locks.is_empty() || locks.contains(&format!(" {} ", child.id()))
    });
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted\n");
}

#[test]
fn while_a_lock_is_waited_for() {
    let sandbox = Sandbox::new();
    sandbox.sql("t.db", "CREATE TABLE t (x)");
    sandbox.write("u.csv", "x\n1\n");
    let holder = sandbox.open("t.db");
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let child = sandbox.start(&["import", "u.csv", "t.db", "--timeout", "600"]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let run = end(child);
    assert_eq!(run.code, Some(130), "{}", run.stderr);
    assert_eq!(run.stderr, "clib: interrupted: t.db is as it was\n");
}

/// Nobody can clean up after SIGKILL but the next who may write.
#[test]
fn killed_while_a_table_is_replaced() {
    let sandbox = large();
    sandbox.sql(
        "old.db",
        "CREATE TABLE large (x); INSERT INTO large VALUES ('old')",
    );
    let mut child = sandbox.start(&["import", "large.csv", "old.db", "--if-exists", "replace"]);
    wait_until("pages in the database", || {
        has_file(&sandbox, |name, size| name == "old.db" && size > 1_000_000)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(sandbox.files(), ["large.csv", "old.db", "old.db-journal"]);
    let message = sandbox.fails(&["query", "old.db", "SELECT x FROM large"]);
    assert!(message.contains("(SQLITE_READONLY_ROLLBACK)"), "{message}");
    assert!(
        message.ends_with(
            "; an unfinished change must be rolled back first: open it for writing, \
             for example with `clib query --write DB \"SELECT 1\"`"
        ),
        "{message}"
    );
    sandbox.ok(&["query", "--write", "old.db", "SELECT 1"]);
    assert_eq!(sandbox.rows("old.db", "SELECT x FROM large"), "old\n");
    assert_eq!(sandbox.files(), ["large.csv", "old.db"]);
}
