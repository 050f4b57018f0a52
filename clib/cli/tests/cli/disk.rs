//! A disk that is full.
#![cfg(unix)]

use std::fs::OpenOptions;
use std::process::Command;

use crate::support::{CLIB, Run, Sandbox, sample};

/// Runs the program with files limited to so many blocks of 512 bytes. A write beyond that fails as on a full disk, where
/// the signal that comes with it is ignored.
fn limited(sandbox: &Sandbox, blocks: u32, arguments: &[&str]) -> Run {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = sandbox
        .program("sh", &[&["-c", &script, CLIB], arguments].concat())
        .output()
        .unwrap();
    Run::of(output)
}

#[test]
fn import_into_a_new_database() {
    let sandbox = Sandbox::new();
    let run = limited(
        &sandbox,
        1000,
        &["import", &sample(), "f.db", "--null", "NA"],
    );
    let message = run.failure();
    assert!(message.starts_with("f.db: "), "{message}");
    assert!(message.contains("File too large"), "{message}");
    assert!(!message.contains(".part"), "no temporary name: {message}");
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn import_into_an_old_database() {
    let sandbox = Sandbox::new();
    sandbox.sql("f.db", "CREATE TABLE old (x); INSERT INTO old VALUES (1)");
    let before = sandbox.read("f.db");
    let run = limited(
        &sandbox,
        1000,
        &["import", &sample(), "f.db", "--null", "NA"],
    );
    let message = run.failure();
    assert!(message.starts_with("f.db: "), "{message}");
    assert!(message.contains("File too large"), "{message}");
    assert_eq!(sandbox.files(), ["f.db"]);
    assert!(sandbox.read("f.db") == before);
}

#[test]
fn export_to_a_file() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "n.db",
        "CREATE TABLE n (i INTEGER, t TEXT); \
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         INSERT INTO n SELECT i, hex(randomblob(50)) FROM n",
    );
    for file in [
        "n.csv",
        "n.csv.gz",
        "n.csv.zst",
        "n.jsonl",
        "n.arrow",
        "n.arrows",
        "n.parquet",
    ] {
        sandbox.write(file, "as it was");
        let run = limited(&sandbox, 500, &["export", "n.db", "n", file]);
        assert_eq!(run.failure(), format!("{file}: File too large"));
        assert_eq!(sandbox.text(file), "as it was");
        std::fs::remove_file(sandbox.path(file)).unwrap();
        assert_eq!(sandbox.files(), ["n.db"]);
    }
}

#[test]
fn output_to_a_full_device() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("no /dev/full here: not tested");
        return;
    };
    let sandbox = Sandbox::new();
    sandbox.sql(
        "n.db",
        "CREATE TABLE n (i INTEGER); INSERT INTO n VALUES (1)",
    );
    for command in [
        &["export", "n.db", "n", "-", "--format", "csv"][..],
        &["query", "n.db", "SELECT * FROM n"],
        &["query", "n.db", "SELECT * FROM n", "--format", "jsonl"],
        &["info", "n.db"],
    ] {
        let output = sandbox
            .command(command)
            .stdout(full.try_clone().unwrap())
            .output()
            .unwrap();
        assert_eq!(
            Run::of(output).failure(),
            "standard output: No space left on device",
            "{command:?}"
        );
    }
    assert_eq!(
        sandbox.fails(&["export", "n.db", "n", "/dev/full", "--format", "csv"]),
        "/dev/full: No space left on device"
    );
}

/// A file system of half a megabyte, where the tests may mount one.
#[test]
fn a_small_file_system() {
    let sandbox = Sandbox::new();
    let disk = sandbox.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"])
        .arg(&disk)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        eprintln!("mounting is not permitted here: a_small_file_system was NOT tested");
        return;
    }
    let imported = sandbox.run(&["import", &sample(), "disk/f.db", "--null", "NA"]);
    let files = std::fs::read_dir(&disk).unwrap().count();
    sandbox.sql(
        "disk/old.db",
        "CREATE TABLE old (x); INSERT INTO old VALUES (1)",
    );
    let before = sandbox.read("disk/old.db");
    let into_old = sandbox.run(&["import", &sample(), "disk/old.db", "--null", "NA"]);
    let after = sandbox.read("disk/old.db");
    let unmounted = Command::new("umount").arg(&disk).status().unwrap();
    assert!(unmounted.success());
    let message = imported.failure();
    assert!(
        message.starts_with("disk/f.db: database or disk is full (SQLITE_FULL)"),
        "{message}"
    );
    assert_eq!(files, 0);
    let message = into_old.failure();
    assert!(
        message.starts_with("disk/old.db: database or disk is full (SQLITE_FULL)"),
        "{message}"
    );
    assert!(
        before == after,
        "{} bytes, now {}",
        before.len(),
        after.len()
    );
}
