//! Input that cannot be imported: what the message says, and that nothing is left behind.

use std::io::Write;

use crate::support::Sandbox;

/// Imports a file that must fail; the message, after checking that there is no database.
fn refused(name: &str, bytes: impl AsRef<[u8]>, more: &[&str]) -> String {
    let sandbox = Sandbox::new();
    sandbox.write(name, bytes);
    let message = sandbox.fails(&[&["import", name, "new.db"], more].concat());
    assert_eq!(sandbox.files(), [name], "{message}");
    message
}

#[test]
fn csv_with_a_short_or_a_long_row() {
    assert_eq!(
        refused("a.csv", "x,y,z\n1,2,3\n4,5\n", &[]),
        "a.csv: row 2 (line 3): 2 fields, but the header has 3"
    );
    assert_eq!(
        refused("a.csv", "x,y\r\n\"1\r\n\",2\r\n\r\n3,4,5\r\n", &[]),
        "a.csv: row 2 (line 5): 3 fields, but the header has 2"
    );
    assert_eq!(
        refused("a.csv", "1,2\n3\n", &["--no-header"]),
        "a.csv: row 2 (line 2): 1 field, but row 1 has 2"
    );
}

#[test]
fn csv_with_a_bad_byte() {
    assert_eq!(
        refused("a.csv", b"x,y\n1,ok\n2,caf\xe9\n", &[]),
        "a.csv: row 2 (line 3): column `y` is not valid UTF-8: byte 4 of the field is 0xe9; \
         convert the file to UTF-8"
    );
    assert_eq!(
        refused("a.csv", b"x,\xffy\n1,2\n", &[]),
        "a.csv: header (line 1): column 2 is not valid UTF-8: byte 1 of the field is 0xff; \
         convert the file to UTF-8"
    );
    // The two halves of an é in two fields are no é.
    assert_eq!(
        refused("a.csv", b"x,y\n\xc3,\xa9\n", &[]),
        "a.csv: row 1 (line 2): column `x` is not valid UTF-8: byte 1 of the field is 0xc3; \
         convert the file to UTF-8"
    );
}

#[test]
fn csv_with_an_open_quote() {
    assert_eq!(
        refused("a.csv", "x,y\n1,2\n3,\"four\n5,6\n", &[]),
        "a.csv: row 2 (line 3): a quoted field is not closed before the end of the file"
    );
    assert_eq!(
        refused("a.csv", "x\n\"1", &[]),
        "a.csv: row 1 (line 2): a quoted field is not closed before the end of the file"
    );
    // More than is kept of the end of the text.
    let long = format!("x\n1\n\"{}", "long ".repeat(200_000));
    assert_eq!(
        refused("a.csv", long, &[]),
        "a.csv: row 2 (line 3): a quoted field is not closed before the end of the file"
    );
}

#[test]
fn csv_with_two_columns_of_one_name() {
    assert_eq!(
        refused("a.csv", "id,x,ID\n1,2,3\n", &[]),
        "a.csv: columns 1 and 3 have the same name `ID` (SQLite does not tell upper from lower case)"
    );
}

#[test]
fn empty_files() {
    assert_eq!(
        refused("a.csv", "", &[]),
        "a.csv: the file is empty: it has not even a header row"
    );
    assert_eq!(
        refused("a.csv", "\n\n", &[]),
        "a.csv: the file is empty: it has not even a header row"
    );
    assert_eq!(
        refused("a.jsonl", "\n", &[]),
        "a.jsonl: the file is empty: without a row there are no columns"
    );
    assert_eq!(
        refused("a.jsonl", "{}\n{}\n", &[]),
        "a.jsonl: no row has a key: there are no columns"
    );
    for (name, about) in [("a.arrow", ""), ("a.parquet", "")] {
        let message = refused(name, "", &[]);
        assert!(
            message.starts_with(&format!("{name}: {about}")),
            "{message}"
        );
    }
}

#[test]
fn json_lines_that_are_not() {
    assert_eq!(
        refused("a.jsonl", "{\"x\": 1}\n\n{\"x\": 1,}\n", &[]),
        "a.jsonl: row 2 (line 3): trailing comma at column 9"
    );
    assert_eq!(
        refused("a.jsonl", "[1, 2]\n", &[]),
        "a.jsonl: row 1 (line 1): invalid type: sequence, expected an object (one per line) at column 0"
    );
    assert_eq!(
        refused("a.jsonl", "{\"x\": 1, \"x\": 2}\n", &[]),
        "a.jsonl: row 1 (line 1): the key `x` is there twice"
    );
    assert_eq!(
        refused("a.jsonl", "{\"x\": 1}\n{\"X\": 2}\n", &[]),
        "a.jsonl: the keys `x` and `X` would be one column (SQLite does not tell upper from lower case)"
    );
    assert_eq!(
        refused("a.jsonl", b"{\"x\": \"\xff\"}\n", &[]),
        "a.jsonl: row 1 (line 1): not valid UTF-8: byte 8 of the line is 0xff; convert the file to UTF-8"
    );
    assert_eq!(
        refused(
            "a.jsonl",
            "{\"x\": 1}\n{\"y\": 2}\n",
            &["--infer-rows", "1"]
        ),
        "a.jsonl: row 2 (line 2): the key `y` is not in the first 1 rows, which chose the columns; \
         leave --infer-rows out"
    );
    assert_eq!(
        refused(
            "a.jsonl",
            "{\"x\": 1}\n{\"x\": 0.5}\n",
            &["--infer-rows", "1"]
        ),
        "a.jsonl: row 2 (line 2): column `x`: `0.5` does not fit Int64, the type of the first rows; \
         leave --infer-rows out"
    );
}

#[test]
fn damaged_compression() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"x\n1\n2\n3\n").unwrap();
    let gzip = encoder.finish().unwrap();
    let message = refused("a.csv.gz", &gzip[..gzip.len() - 6], &[]);
    assert!(
        message.starts_with("a.csv.gz: cannot decompress (gzip): "),
        "{message}"
    );
    let message = refused("a.csv.gz", "x\n".repeat(100), &[]);
    assert_eq!(
        message,
        "a.csv.gz: cannot decompress (gzip): invalid gzip header"
    );
    let message = refused("a.csv.zst", "x\n".repeat(100), &[]);
    assert!(
        message.starts_with("a.csv.zst: cannot decompress (zstd): "),
        "{message}"
    );
}

#[test]
fn damaged_arrow_and_parquet() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "t.db",
        "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1), (2)",
    );
    for name in ["t.parquet", "t.arrow", "t.arrows"] {
        sandbox.ok(&["export", "t.db", "t", name]);
        let bytes = sandbox.read(name);
        let message = refused(name, &bytes[..bytes.len() / 2], &[]);
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
    }
    let message = refused(
        "a.parquet",
        "this is no Parquet file, however long it is",
        &[],
    );
    assert!(message.starts_with("a.parquet: "), "{message}");
    assert!(message.contains("Parquet"), "{message}");
}

#[test]
fn what_is_not_there() {
    let sandbox = Sandbox::new();
    sandbox.write("a.csv", "x\n1\n");
    assert_eq!(
        sandbox.fails(&["import", "no.csv", "a.db"]),
        "no.csv: No such file or directory"
    );
    assert_eq!(
        sandbox.fails(&["import", "a.csv", "no/such/a.db"]),
        "no/such/a.db: cannot be made: No such file or directory"
    );
    std::fs::create_dir(sandbox.path("d.csv")).unwrap();
    assert_eq!(
        sandbox.fails(&["import", "d.csv", "a.db"]),
        "d.csv: is a directory"
    );
    assert_eq!(
        sandbox.fails(&["import", "a.csv", "d.csv"]),
        "d.csv: is a directory"
    );
    for command in [
        &["info", "no.db"][..],
        &["query", "no.db", "SELECT 1"],
        &["query", "no.db", "SELECT 1", "--write"],
        &["export", "no.db", "t", "t.csv"],
    ] {
        assert_eq!(sandbox.fails(command), "no.db: No such file or directory");
    }
    assert_eq!(sandbox.files(), ["a.csv", "d.csv"]);
}

#[test]
fn formats_that_cannot_be_told() {
    assert_eq!(
        refused("a.dat", "x\n1\n", &[]),
        "a.dat: the name tells no format (.csv .tsv .jsonl .ndjson .arrow .arrows .feather .ipc .parquet, \
         text also with .gz or .zst): give --format"
    );
    assert_eq!(
        refused("a.parquet.gz", "x\n1\n", &[]),
        "a.parquet.gz: Parquet inside .gz or .zst is not supported: it compresses its own columns and is \
         read at any place; use the file without the outer compression"
    );
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.fails(&["import", "-", "a.db", "--table", "t"]),
        "standard input: has no name to tell its format by: give --format csv|tsv|jsonl|arrow|arrows|parquet"
    );
    assert_eq!(
        sandbox.fails(&["import", "-", "a.db", "--format", "csv"]),
        "standard input: has no name to call the table by: give --table"
    );
    assert_eq!(
        sandbox.fails(&["import", "a.parquet", "a.db", "--null", "NA"]),
        "a.parquet: --null is for CSV and JSON lines, and the format is not that"
    );
    assert_eq!(sandbox.files(), [""; 0]);
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let sandbox = Sandbox::new();
    for command in [
        &[][..],
        &["import"],
        &["import", "a.csv", "a.db", "--if-exists", "perhaps"],
        &["import", "a.csv", "a.db", "--infer-rows", "0"],
        &["import", "a.csv", "a.db", "--delimiter", "ab"],
        &["export", "a.db", "t"],
        &["query", "a.db", "SELECT 1", "--format", "xml"],
        &["info", "a.db", "--timeout", "-1"],
        &["no-such-command"],
    ] {
        let run = sandbox.run(command);
        assert_eq!(run.code, Some(2), "{command:?}: {}", run.stderr);
        assert!(run.stderr.contains("--help"), "{}", run.stderr);
    }
}

#[test]
fn files_that_are_no_database() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "text.db",
        "this is a text, and a long one at that\n".repeat(100),
    );
    sandbox.write("short.db", "short");
    sandbox.write("a.csv", "x\n1\n");
    for db in ["text.db", "short.db"] {
        let before = sandbox.read(db);
        for command in [
            &["info", db][..],
            &["query", db, "SELECT 1 FROM t"],
            &["query", db, "DROP TABLE t", "--write"],
            &["export", db, "t", "t.csv"],
            &["import", "a.csv", db],
        ] {
            let message = sandbox.fails(command);
            assert!(
                message.starts_with(&format!("{db}: file is not a database (SQLITE_NOTADB)")),
                "{message}"
            );
        }
        assert_eq!(sandbox.read(db), before);
    }
    assert_eq!(sandbox.files(), ["a.csv", "short.db", "text.db"]);
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let sandbox = Sandbox::new();
    sandbox.write("e.db", "");
    sandbox.write("a.csv", "x\n1\n");
    assert!(sandbox.ok(&["info", "e.db"]).contains("tables        0\n"));
    sandbox.ok(&["import", "a.csv", "e.db"]);
    assert_eq!(sandbox.rows("e.db", "SELECT x FROM a"), "1\n");
}

#[test]
fn a_truncated_database() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "t.db",
        "CREATE TABLE t (x TEXT); \
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
         INSERT INTO t SELECT printf('%0100d', i) FROM n",
    );
    let bytes = sandbox.read("t.db");
    sandbox.write("t.db", &bytes[..bytes.len() / 2]);
    sandbox.write("t.csv", "as it was\n");
    sandbox.write("new.csv", "x\n1\n");
    for command in [
        &["export", "t.db", "t", "t.csv"][..],
        &["query", "t.db", "SELECT sum(length(x)) FROM t"],
    ] {
        let message = sandbox.fails(command);
        assert!(
            message.starts_with("t.db: database disk image is malformed (SQLITE_CORRUPT"),
            "{message}"
        );
    }
    assert_eq!(sandbox.text("t.csv"), "as it was\n");
    assert_eq!(sandbox.files(), ["new.csv", "t.csv", "t.db"]);
}

/// Runs as a user without rights to what root owns, so that permissions count in tests run by root.
#[cfg(unix)]
#[test]
fn a_read_only_file() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;

    let sandbox = Sandbox::new();
    sandbox.sql(
        "t.db",
        "CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)",
    );
    sandbox.write("t.csv", "x\n2\n");
    let set = |name: &str, mode| {
        std::fs::set_permissions(sandbox.path(name), std::fs::Permissions::from_mode(mode))
            .unwrap();
    };
    set("t.db", 0o444);
    set("", 0o755);
    let is_root = sandbox.path("t.db").metadata().unwrap().uid() == 0;
    let run = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        if is_root {
            command.uid(65534).gid(65534);
        }
        crate::support::Run::of(command.output().unwrap())
    };
    let before = sandbox.read("t.db");
    for command in [
        &["import", "t.csv", "t.db", "--if-exists", "append"][..],
        &["query", "t.db", "DELETE FROM t", "--write"],
    ] {
        assert_eq!(
            run(command).failure(),
            "t.db: the file is read-only: writing to it is not permitted"
        );
    }
    assert_eq!(sandbox.read("t.db"), before);
    // Reading works.
    let read = run(&["query", "t.db", "SELECT x FROM t", "--format", "csv"]);
    assert_eq!(
        (read.code, read.stdout.as_str()),
        (Some(0), "x\n1\n"),
        "{}",
        read.stderr
    );
    if is_root {
        // Root may write into any folder; others may not write into root's.
        let run = run(&["export", "t.db", "t", "out.csv"]);
        assert_eq!(run.failure(), "out.csv: cannot write: Permission denied");
    }
    assert_eq!(sandbox.files(), ["t.csv", "t.db"]);
}
