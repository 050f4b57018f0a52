//! What `export` takes, refuses and leaves alone.

use std::process::Stdio;

use crate::support::Sandbox;

fn numbers() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "n.db",
        "CREATE TABLE n (i INTEGER, t TEXT); INSERT INTO n VALUES (1, 'a'), (2, 'b'), (3, NULL); \
         CREATE VIEW big AS SELECT i AS number FROM n WHERE i > 1;",
    );
    sandbox
}

fn csv(sandbox: &Sandbox, what: &str) -> String {
    sandbox.ok(&["export", "n.db", what, "-", "--format", "csv"])
}

#[test]
fn tables_views_and_queries() {
    let sandbox = numbers();
    assert_eq!(csv(&sandbox, "n"), "i,t\n1,a\n2,b\n3,\n");
    assert_eq!(csv(&sandbox, "N"), "i,t\n1,a\n2,b\n3,\n");
    assert_eq!(csv(&sandbox, "big"), "number\n2\n3\n");
    assert_eq!(csv(&sandbox, "SELECT sum(i) AS s FROM n"), "s\n6\n");
    assert_eq!(csv(&sandbox, "VALUES (1, 2)"), "column1,column2\n1,2\n");
    // A table wins over the SQL that its name might be.
    sandbox.sql(
        "n.db",
        "CREATE TABLE \"SELECT 1\" (x); INSERT INTO \"SELECT 1\" VALUES (7)",
    );
    assert_eq!(csv(&sandbox, "SELECT 1"), "x\n7\n");
}

#[test]
fn null_and_delimiter_in_csv() {
    let sandbox = numbers();
    assert_eq!(
        sandbox.ok(&[
            "export",
            "n.db",
            "n",
            "-",
            "--format",
            "csv",
            "--null",
            "NA",
            "--delimiter",
            ";",
        ]),
        "i;t\n1;a\n2;b\n3;NA\n"
    );
    assert_eq!(
        sandbox.fails(&["export", "n.db", "n", "n.parquet", "--null", "NA"]),
        "n.parquet: --null is for CSV, and the format is not that"
    );
}

#[test]
fn neither_a_table_nor_a_query() {
    let sandbox = numbers();
    sandbox.write("out.csv", "as it was\n");
    let message = |what: &str| sandbox.fails(&["export", "n.db", what, "out.csv"]);
    assert_eq!(
        message("flights"),
        "n.db: `flights` is no table or view (there are `big`, `n`), and no query either: \
         near \"flights\": syntax error (SQLITE_ERROR) at byte 0 of `flights`"
    );
    assert_eq!(
        message("SELECT x\nFROM n"),
        "n.db: `SELECT x\\nFROM n` is no table or view (there are `big`, `n`), and no query either: \
         no such column: x (SQLITE_ERROR) at byte 7 of `SELECT x FROM n`"
    );
    assert_eq!(
        message("DELETE FROM n"),
        "n.db: `DELETE FROM n` is no table or view (there are `big`, `n`), and no query either: \
         it would change the database"
    );
    assert_eq!(
        message("BEGIN"),
        "n.db: `BEGIN` is no table or view (there are `big`, `n`), and no query either: \
         it returns no columns"
    );
    let two = message("SELECT 1; SELECT 2");
    assert!(two.contains("there is more than one statement"), "{two}");
    assert_eq!(
        message("SELECT i, t AS i FROM n"),
        "n.db: two columns of the query are named `i`: give one another name with AS"
    );
    assert_eq!(sandbox.text("out.csv"), "as it was\n");
    assert_eq!(sandbox.files(), ["n.db", "out.csv"]);
}

#[test]
fn a_value_that_does_not_fit() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "m.db",
        "CREATE TABLE m (x INTEGER); INSERT INTO m VALUES (1), ('two'), (3);",
    );
    sandbox.write("m.csv", "as it was\n");
    let message = sandbox.fails(&["export", "m.db", "m", "m.csv"]);
    assert!(
        message.starts_with(
            "m.db: table `m`, column `x`, row 2 (rowid 2): expected Int64, found TEXT"
        ),
        "{message}"
    );
    assert!(message.contains("two"), "{message}");
    assert_eq!(sandbox.text("m.csv"), "as it was\n");
    assert_eq!(sandbox.files(), ["m.csv", "m.db"]);

    let with = |policy: &str| {
        sandbox.run(&[
            "export",
            "m.db",
            "m",
            "-",
            "--format",
            "csv",
            "--on-mismatch",
            policy,
        ])
    };
    let null = with("null");
    assert_eq!(
        (null.code, null.stdout.as_str()),
        (Some(0), "x\n1\n\"\"\n3\n")
    );
    assert_eq!(
        null.stderr,
        "clib: m.db: 1 value did not fit and became NULL, as --on-mismatch null asked\n"
    );
    assert_eq!(with("text").stdout, "x\n1\ntwo\n3\n");
    assert_eq!(with("widen").stdout, "x\n1\ntwo\n3\n");
}

#[test]
fn declared_types_or_affinity() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "d.db",
        "CREATE TABLE d (b BOOLEAN, t TIMESTAMP(0)); INSERT INTO d VALUES (1, '2024-01-01 00:00:00');",
    );
    let csv = |types: &str| {
        sandbox.ok(&[
            "export", "d.db", "d", "-", "--format", "csv", "--types", types,
        ])
    };
    assert_eq!(csv("declared"), "b,t\ntrue,2024-01-01T00:00:00\n");
    assert_eq!(csv("affinity"), "b,t\n1,2024-01-01 00:00:00\n");
}

#[test]
fn zones_are_written_in_utc() {
    let sandbox = Sandbox::new();
    sandbox.write("z.csv", "at\n2024-07-01T10:00:00Z\n");
    sandbox.ok(&["import", "z.csv", "z.db"]);
    sandbox.ok(&["export", "z.db", "z", "z.parquet"]);
    assert_eq!(
        sandbox.ok(&["export", "z.db", "z", "-", "--format", "jsonl"]),
        "{\"at\":\"2024-07-01T10:00:00Z\"}\n"
    );
}

#[test]
fn json_has_no_infinity() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "i.db",
        "CREATE TABLE i (x REAL); INSERT INTO i VALUES (1.5), (NULL), (9e999);",
    );
    assert_eq!(
        sandbox.fails(&["export", "i.db", "i", "i.jsonl"]),
        "i.jsonl: row 3, column `x`: JSON has no way to write inf; \
         use another format, or CAST the column AS TEXT"
    );
    assert_eq!(sandbox.files(), ["i.db"]);
    sandbox.ok(&["export", "i.db", "i", "i.parquet"]);
}

#[test]
fn the_database_is_not_its_own_export() {
    let sandbox = numbers();
    let before = sandbox.read("n.db");
    let message = sandbox.fails(&["export", "n.db", "n", "./n.db", "--format", "csv"]);
    assert!(
        message.ends_with("n.db: is the database itself: export to another file"),
        "{message}"
    );
    assert_eq!(sandbox.read("n.db"), before);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_of_the_target_stay() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = numbers();
    std::fs::create_dir(sandbox.path("real")).unwrap();
    sandbox.write("real/out.csv", "old");
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(sandbox.path("real/out.csv"), mode).unwrap();
    std::os::unix::fs::symlink("real/out.csv", sandbox.path("link.csv")).unwrap();
    sandbox.ok(&["export", "n.db", "big", "link.csv"]);
    assert_eq!(sandbox.text("real/out.csv"), "number\n2\n3\n");
    assert!(
        sandbox
            .path("link.csv")
            .symlink_metadata()
            .unwrap()
            .is_symlink()
    );
    let mode = sandbox
        .path("real/out.csv")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(sandbox.files(), ["link.csv", "n.db", "real"]);
    // A new file has what any new file has.
    sandbox.write("plain", "");
    sandbox.ok(&["export", "n.db", "big", "new.csv"]);
    let mode = |name: &str| sandbox.path(name).metadata().unwrap().permissions().mode();
    assert_eq!(mode("new.csv"), mode("plain"));
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let sandbox = Sandbox::new();
    let endless =
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    sandbox.sql("e.db", "CREATE TABLE t (x)");
    for command in [
        &["export", "e.db", endless, "-", "--format", "csv"][..],
        &["export", "e.db", endless, "-", "--format", "jsonl"],
        &["query", "e.db", endless, "--format", "csv"],
        &["query", "e.db", endless, "--format", "jsonl"],
    ] {
        let mut child = sandbox
            .command(command)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}
