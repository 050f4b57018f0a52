//! The extension in Debian's `sqlite3`, which knows nothing of Rust, and has an older SQLite than the one that the extension's
//! bindings are of.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use clib_extension_host::extension;

/// Runs the shell: it loads the extension, and executes each of the texts.
fn shell(entry_point: &str, commands: &[&str]) -> Output {
    Command::new("sqlite3")
        .args(["-batch", "-bail", ":memory:"])
        .arg(format!(".load {} {entry_point}", extension().display()))
        .args(commands)
        .output()
        .expect("the shell, Debian's package sqlite3, is needed")
}

/// What the shell prints, without an error.
#[track_caller]
fn printed(commands: &[&str]) -> String {
    let output = shell("", commands);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// The error that the shell ends with.
#[track_caller]
fn refused(entry_point: &str, commands: &[&str]) -> String {
    let output = shell(entry_point, commands);
    // Not ended by a signal, either.
    assert!(
        output.status.code().is_some_and(|code| code != 0),
        "{output:?}"
    );
    String::from_utf8(output.stderr).unwrap()
}

/// The version of the shell's SQLite.
fn version() -> String {
    printed(&["SELECT sqlite_version()"])
}

fn number(version: &str) -> u32 {
    version.split('.').take(3).fold(0, |number, part| {
        number * 1000 + part.parse::<u32>().unwrap()
    })
}

#[test]
fn functions_aggregates_and_collations_work() {
    assert_eq!(printed(&["SELECT initials('Augusta Ada King')"]), "AAK");
    assert_eq!(
        printed(&[
            "SELECT value % 3 AS rest, median(value) FROM generate_series(1, 10) GROUP BY rest"
        ]),
        "0|6.0\n1|5.5\n2|5.0"
    );
    assert_eq!(printed(&["SELECT median(1) WHERE 0"]), "");
    let shown = printed(&[
        "CREATE TABLE t (a COLLATE by_length)",
        "INSERT INTO t VALUES ('ccc'), ('bb'), ('a')",
        "CREATE INDEX i ON t (a)",
        "SELECT group_concat(a) FROM (SELECT a FROM t ORDER BY a)",
        "PRAGMA integrity_check",
    ]);
    assert_eq!(shown, "a,bb,ccc\nok");
}

/// They do without the kernel, which is of another SQLite than the shell's, if it is there at all.
#[test]
fn batches_work() {
    let output = shell(
        "sqlite3_batches_init",
        &[
            "SELECT batches(), sum_of_squares(value) FROM generate_series(1, 3000)",
            ".tables",
        ],
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim_end(),
        "loaded 5000, read 5000 and 5000, joined 4909|9004500500.0",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The extension has no SQLite of its own, or has one and does not call it: that is what its link mode says.
#[test]
fn the_shells_sqlite_is_called() {
    let version = version();
    assert_eq!(
        printed(&["SELECT clib_version(), version_at_load()"]),
        format!("{version}|{version}")
    );
    assert_eq!(printed(&["SELECT opens_another()"]), format!("7 {version}"));
    let mode = printed(&["SELECT clib_link_mode()"]);
    let expected = std::env::var("CLIB_EXTENSION_MODE").unwrap_or_else(|_| mode.clone());
    assert_eq!(mode, expected);
}

/// SQLite makes an extension's symbols visible to all that is loaded later: SQLite's own must not be among them.
#[test]
fn only_the_entry_points_are_visible() {
    let nm = Command::new("nm")
        .args(["-D", "--defined-only", "-P"])
        .arg(extension())
        .output()
        .unwrap();
    let listed = String::from_utf8(nm.stdout).unwrap();
    let names: Vec<_> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"sqlite3_extension_init"), "{names:?}");
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("sqlite3_") && name.ends_with("_init")),
        "{names:?}"
    );
}

#[test]
fn failures_are_errors_of_the_shell() {
    let said = refused("", &["SELECT fails()"]);
    assert!(said.contains("no luck today"), "{said}");
    let said = refused("", &["SELECT panics()"]);
    assert!(said.contains("a user function panicked"), "{said}");
    let said = refused("", &["SELECT initials(1)"]);
    assert!(said.contains("expected TEXT, found INTEGER"), "{said}");
    let said = refused("sqlite3_fails_init", &[]);
    assert!(
        said.contains("error during initialization: no such column: no_such_column"),
        "{said}"
    );
    let said = refused("sqlite3_panics_init", &[]);
    assert!(
        said.contains("error during initialization: the extension panicked: at the start"),
        "{said}"
    );
}

/// The shell goes on after an error, with what was registered before it, and closes the connection.
#[test]
fn an_extension_that_fails_stays_in_memory() {
    let mut shell = Command::new("sqlite3")
        .args(["-batch", ":memory:"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let commands = format!(
        ".load {} sqlite3_fails_init\nSELECT left_behind();\n",
        extension().display()
    );
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(commands.as_bytes())
        .unwrap();
    let output = shell.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim_end(),
        "still here"
    );
    assert!(output.status.code().is_some(), "{output:?}");
}

/// A host that is older than a function.
#[test]
fn what_the_host_lacks_is_an_error() {
    let version = version();
    assert_eq!(printed(&["SELECT requires('sqlite3_step')"]), "has it");
    assert_eq!(printed(&["SELECT requires('sqlite3_serialize')"]), "has it");
    if number(&version) < 3_054_000 {
        let said = refused("", &["SELECT requires('sqlite3_result_str')"]);
        let expected = format!(
            "the SQLite in use, {version}, has no sqlite3_result_str: 3.54.0 and newer have it"
        );
        assert!(said.contains(&expected), "{said}");
    }
    let said = refused("", &["SELECT requires('sqlite3_snapshot_get')"]);
    assert!(
        said.contains(&format!(
            "the SQLite in use, {version}, has no sqlite3_snapshot_get for extensions"
        )),
        "{said}"
    );
}

/// The shell's SQLite sorts on threads of its own, which compare at the same time.
#[test]
fn collations_are_called_on_several_threads() {
    let shown = printed(&[
        "PRAGMA threads = 4",
        "PRAGMA cache_size = 100",
        "CREATE TABLE t AS SELECT printf('%d', abs(random() % 1000000)) AS a FROM generate_series(1, 200000)",
        "CREATE TABLE s AS SELECT a FROM t ORDER BY a COLLATE by_length",
        "SELECT count(*) FROM s AS one JOIN s AS next ON next.rowid = one.rowid + 1 \
         WHERE length(one.a) > length(next.a) OR length(one.a) = length(next.a) AND one.a > next.a",
        "SELECT count(*) FROM s",
    ]);
    // The first line is the pragma's: how many threads there are, which the extension has not changed.
    assert_eq!(shown, "4\n0\n200000");
    let said = refused(
        "",
        &[
            "PRAGMA threads = 4",
            "PRAGMA cache_size = 100",
            "CREATE TABLE t AS SELECT random() AS a FROM generate_series(1, 200000)",
            "SELECT count(*) FROM (SELECT a FROM t ORDER BY CAST(a AS TEXT) COLLATE panicking LIMIT -1 OFFSET 1)",
        ],
    );
    assert!(said.contains("interrupted"), "{said}");
}

/// From loading to closing, with entry points and functions that fail.
#[test]
fn nothing_leaks() {
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !has_valgrind {
        eprintln!("skipped: valgrind is not installed");
        return;
    }
    let file = extension();
    let file = file.display();
    let commands = format!(
        ".load {file}
         SELECT initials('a b c'), median(value), opens_another() FROM generate_series(1, 9);
         SELECT panics();
         SELECT fails();
         SELECT value FROM generate_series(1, 9) ORDER BY CAST(value AS TEXT) COLLATE panicking;
         .load {file} sqlite3_fails_init
         .load {file} sqlite3_panics_init
         .load {file} sqlite3_catches_init
         SELECT left_behind(), alive();\n"
    );
    let commands: String = commands
        .lines()
        .map(|line| format!("{}\n", line.trim()))
        .collect();
    let mut shell = Command::new("valgrind")
        .args([
            "-q",
            "--leak-check=full",
            "--error-exitcode=99",
            "sqlite3",
            "-batch",
            ":memory:",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(commands.as_bytes())
        .unwrap();
    let output = shell.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains("==") && output.status.code() != Some(99),
        "{said}"
    );
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        printed.starts_with("abc|5.0|7 ") && printed.trim_end().ends_with("still here|1"),
        "{printed}"
    );
}
