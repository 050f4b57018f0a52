//! Every format, in and out, by name and by `--format`.

use std::io::{Read, Write};

use crate::support::Sandbox;

const ROWS: &str = "id,name,height,born,seen,member\n\
                    1,Ada,1.65,1815-12-10,2024-05-01T10:00:00.250Z,true\n\
                    2,\"Grace, \"\"Amazing\"\"\",,1906-12-09,,false\n\
                    3,,1e-7,,2024-05-01T10:00:00Z,\n\
                    -9223372036854775808,Åsa,1.0,0001-01-01,1969-12-31T23:59:59.999Z,true\n";

/// A database with one table `t` of several types, NULLs among them.
fn people() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("people.csv", ROWS);
    sandbox.ok(&["import", "people.csv", "people.db", "--table", "t"]);
    sandbox
}

/// All that is in a table, declared types included.
fn contents(sandbox: &Sandbox, db: &str) -> String {
    let columns = sandbox.columns(db, "t");
    let rows = sandbox.rows(
        db,
        "SELECT quote(id), quote(name), quote(height), quote(born), quote(seen), quote(member) FROM t",
    );
    format!("{columns}\n{rows}")
}

#[test]
fn round_trips_by_name() {
    let sandbox = people();
    let original = contents(&sandbox, "people.db");
    assert!(
        original.starts_with(
            "id INTEGER, name TEXT, height REAL, born DATE, seen TIMESTAMPTZ(3), member BOOLEAN\n"
        ),
        "{original}"
    );
    for ending in [
        "csv",
        "csv.gz",
        "csv.zst",
        "tsv",
        "tsv.gz",
        "jsonl",
        "jsonl.gz",
        "jsonl.zst",
        "ndjson",
        "arrow",
        "feather",
        "ipc",
        "arrows",
        "parquet",
        "CSV",
    ] {
        let file = format!("out.{ending}");
        let db = format!("{ending}.db");
        let said = sandbox.ok(&["export", "people.db", "t", &file]);
        assert!(
            said.starts_with(&format!(
                "exported 4 rows of people.db to {file}: 6 columns, "
            )),
            "{said}"
        );
        sandbox.ok(&["import", &file, &db, "--table", "t"]);
        assert_eq!(contents(&sandbox, &db), original, "{ending}");
    }
}

#[test]
fn the_endings_are_what_they_say() {
    let sandbox = people();
    let start = |name: &str| {
        sandbox.ok(&["export", "people.db", "t", name]);
        sandbox.read(name)
    };
    assert!(start("a.csv").starts_with(b"id,name,"));
    assert!(start("a.tsv").starts_with(b"id\tname\t"));
    assert!(start("a.jsonl").starts_with(b"{\"id\":1,\"name\":\"Ada\""));
    assert!(start("a.arrow").starts_with(b"ARROW1"));
    assert!(!start("a.arrows").starts_with(b"ARROW1"));
    assert!(start("a.parquet").starts_with(b"PAR1"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(start("a.csv.gz").as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, sandbox.text("a.csv"));
    let text = zstd::decode_all(start("a.csv.zst").as_slice()).unwrap();
    assert_eq!(text, sandbox.read("a.csv"));
}

#[test]
fn standard_input_and_output() {
    let sandbox = people();
    let original = contents(&sandbox, "people.db");
    for format in ["csv", "tsv", "jsonl", "arrow", "arrows", "parquet"] {
        let output = sandbox
            .command(&["export", "people.db", "t", "-", "--format", format])
            .output()
            .unwrap();
        assert!(output.status.success());
        assert_eq!(output.stderr, b"");
        let db = format!("{format}.db");
        let run = sandbox.run_with(
            &["import", "-", &db, "--format", format, "--table", "t"],
            &output.stdout,
        );
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stdout
                .starts_with(&format!("imported standard input into {db}, table t\n")),
            "{}",
            run.stdout
        );
        assert_eq!(contents(&sandbox, &db), original, "{format}");
    }
}

#[test]
fn compressed_standard_input_is_recognised() {
    let sandbox = Sandbox::new();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"x\n1\n").unwrap();
    let zst = zstd::encode_all(&b"x\n2\n"[..], 1).unwrap();
    for (db, input) in [("gz.db", gzip.finish().unwrap()), ("zst.db", zst)] {
        let run = sandbox.run_with(
            &["import", "-", db, "--format", "csv", "--table", "t"],
            &input,
        );
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(sandbox.rows(db, "SELECT count(*) FROM t"), "1\n");
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_input_too() {
    let sandbox = Sandbox::new();
    let made = sandbox.program("mkfifo", &["p.csv"]).status().unwrap();
    assert!(made.success());
    let child = sandbox.start(&["import", "p.csv", "p.db"]);
    std::fs::write(sandbox.path("p.csv"), "x\n1\n2\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(sandbox.rows("p.db", "SELECT sum(x) FROM p"), "3\n");
}

#[test]
fn gzip_members_and_zstd_frames_are_joined() {
    let sandbox = Sandbox::new();
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    sandbox.write("a.csv.gz", [gzip(b"x\n1\n"), gzip(b"2\n")].concat());
    let zst = |text: &[u8]| zstd::encode_all(text, 1).unwrap();
    sandbox.write("b.csv.zst", [zst(b"x\n1\n"), zst(b"2\n")].concat());
    sandbox.ok(&["import", "a.csv.gz", "t.db"]);
    sandbox.ok(&["import", "b.csv.zst", "t.db"]);
    assert_eq!(
        sandbox.rows(
            "t.db",
            "SELECT (SELECT sum(x) FROM a), (SELECT sum(x) FROM b)"
        ),
        "3,3\n"
    );
}

#[test]
fn json_lines_keep_digits_kinds_and_nesting() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "a.jsonl",
        concat!(
            "{\"i\": 9007199254740993, \"f\": 1, \"s\": \"01\", \"m\": 1, \"n\": [1, {\"a\": 2.50}], \"b\": true}\n",
            "\n",
            "{\"f\": 2.5, \"i\": null, \"m\": \"x\", \"late\": \"a\\u00e9\\n\", \"big\": 12345678901234567890}\r\n",
        ),
    );
    sandbox.ok(&["import", "a.jsonl", "a.db"]);
    assert_eq!(
        sandbox.columns("a.db", "a"),
        "i INTEGER, f REAL, s TEXT, m TEXT, n TEXT, b BOOLEAN, late TEXT, big TEXT"
    );
    assert_eq!(
        sandbox.ok(&["query", "a.db", "SELECT * FROM a", "--format", "jsonl"]),
        concat!(
            "{\"i\":9007199254740993,\"f\":1.0,\"s\":\"01\",\"m\":\"1\",\"n\":\"[1, {\\\"a\\\": 2.50}]\",\"b\":1,\"late\":null,\"big\":null}\n",
            "{\"i\":null,\"f\":2.5,\"s\":null,\"m\":\"x\",\"n\":null,\"b\":null,\"late\":\"aé\\n\",\"big\":\"12345678901234567890\"}\n",
        )
    );
}

#[test]
fn blobs_go_through_arrow_and_parquet() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "b.db",
        "CREATE TABLE b (x BLOB); INSERT INTO b VALUES (x'00ff'), (x''), (NULL)",
    );
    for file in ["b.arrow", "b.parquet"] {
        sandbox.ok(&["export", "b.db", "b", file]);
        let db = format!("{file}.db");
        sandbox.ok(&["import", file, &db, "--table", "b"]);
        assert_eq!(
            sandbox.rows(&db, "SELECT quote(x) FROM b"),
            "X'00ff'\nX''\nNULL\n".replace("ff", "FF")
        );
    }
    sandbox.ok(&["export", "b.db", "b", "b.csv"]);
    assert_eq!(sandbox.text("b.csv"), "x\n00ff\n\"\"\n\"\"\n");
    sandbox.ok(&["export", "b.db", "b", "b.jsonl"]);
    assert_eq!(
        sandbox.text("b.jsonl"),
        "{\"x\":\"00ff\"}\n{\"x\":\"\"}\n{\"x\":null}\n"
    );
}

#[test]
fn an_empty_table_is_a_file_with_columns() {
    let sandbox = Sandbox::new();
    sandbox.sql("e.db", "CREATE TABLE e (a INTEGER, b TEXT)");
    for ending in ["csv", "arrow", "arrows", "parquet"] {
        let file = format!("e.{ending}");
        sandbox.ok(&["export", "e.db", "e", &file]);
        let db = format!("{ending}.db");
        sandbox.ok(&["import", &file, &db]);
        assert_eq!(sandbox.rows(&db, "SELECT count(*) FROM e"), "0\n");
        assert_eq!(
            sandbox.rows(&db, "SELECT group_concat(name) FROM pragma_table_info('e')"),
            "\"a,b\"\n"
        );
    }
    assert_eq!(sandbox.text("e.csv"), "a,b\n");
}
