//! What `query` prints.

use crate::support::Sandbox;

const VALUES: &str = "SELECT 1 AS i, 2.0 AS r, 'a|b' AS t, x'00ff' AS b, NULL AS n \
                      UNION ALL SELECT -9223372036854775808, 1e300, 'é', x'', 'NULL'";

fn empty() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.sql("q.db", "CREATE TABLE t (x INTEGER)");
    sandbox
}

#[test]
fn a_table_for_the_eye() {
    let sandbox = empty();
    assert_eq!(
        sandbox.ok(&["query", "q.db", VALUES]),
        "┌──────────────────────┬───────┬─────┬─────────┬──────┐\n\
         │ i                    ┆ r     ┆ t   ┆ b       ┆ n    │\n\
         ╞══════════════════════╪═══════╪═════╪═════════╪══════╡\n\
         │                    1 ┆   2.0 ┆ a|b ┆ X'00ff' ┆ NULL │\n\
         │ -9223372036854775808 ┆ 1e300 ┆ é   ┆ X''     ┆ NULL │\n\
         └──────────────────────┴───────┴─────┴─────────┴──────┘\n"
    );
}

#[test]
fn markdown() {
    let sandbox = empty();
    assert_eq!(
        sandbox.ok(&[
            "query",
            "q.db",
            "SELECT 1 AS \"a|b\", 'x|y\nz' AS t",
            "--format",
            "markdown"
        ]),
        "| a\\|b | t         |\n|------|-----------|\n|    1 | x\\|y<br>z |\n"
    );
}

#[test]
fn csv_and_json_lines() {
    let sandbox = empty();
    assert_eq!(
        sandbox.ok(&["query", "q.db", VALUES, "--format", "csv"]),
        "i,r,t,b,n\n1,2.0,a|b,00ff,\n-9223372036854775808,1e300,é,,NULL\n"
    );
    assert_eq!(
        sandbox.ok(&["query", "q.db", VALUES, "--format", "jsonl"]),
        "{\"i\":1,\"r\":2.0,\"t\":\"a|b\",\"b\":\"00ff\",\"n\":null}\n\
         {\"i\":-9223372036854775808,\"r\":1e300,\"t\":\"é\",\"b\":\"\",\"n\":\"NULL\"}\n"
    );
}

#[test]
fn what_json_cannot_say() {
    let sandbox = empty();
    let message = |sql: &str| {
        let run = sandbox.run(&["query", "q.db", sql, "--format", "jsonl"]);
        assert_eq!(run.code, Some(1));
        run.stderr
    };
    assert_eq!(
        message("SELECT 1 AS x UNION ALL SELECT 9e999"),
        "clib: q.db: row 2, column `x`: JSON has no way to write inf: CAST it AS TEXT, or use another format\n"
    );
    assert_eq!(
        message("SELECT CAST(x'ff' AS TEXT) AS x"),
        "clib: q.db: row 1, column `x`: the text is not valid UTF-8, as JSON must be: \
         CAST it AS BLOB, or use --format csv\n"
    );
    assert_eq!(
        message("SELECT 1 AS x, 2 AS x"),
        "clib: two columns are named `x`, which a JSON object cannot have: give one another name with AS\n"
    );
    // CSV has the bytes as they are.
    let output = sandbox
        .command(&[
            "query",
            "q.db",
            "SELECT CAST(x'ff' AS TEXT) AS x",
            "--format",
            "csv",
        ])
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"x\n\xff\n");
}

#[test]
fn changes_need_permission() {
    let sandbox = empty();
    let insert = "INSERT INTO t VALUES (1), (2)";
    assert_eq!(
        sandbox.fails(&["query", "q.db", insert]),
        "q.db: the statement would change the database: --write permits it"
    );
    let run = sandbox.run(&["query", "q.db", insert, "--write"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""));
    assert_eq!(run.stderr, "2 rows changed\n");
    let run = sandbox.run(&[
        "query",
        "q.db",
        "DELETE FROM t WHERE x = 1",
        "--write",
        "-q",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        sandbox.ok(&[
            "query",
            "q.db",
            "UPDATE t SET x = 5 RETURNING x",
            "--write",
            "--format",
            "csv"
        ]),
        "x\n5\n"
    );
    assert_eq!(sandbox.rows("q.db", "SELECT x FROM t"), "5\n");
}

#[test]
fn errors_in_the_sql() {
    let sandbox = empty();
    assert_eq!(
        sandbox.fails(&["query", "q.db", "SELECT x FORM t"]),
        "q.db: near \"t\": syntax error (SQLITE_ERROR) at byte 14 of `SELECT x FORM t`"
    );
    assert_eq!(
        sandbox.fails(&["query", "q.db", "SELECT * FROM u"]),
        "q.db: no such table: u (SQLITE_ERROR) in `SELECT * FROM u`"
    );
    let message = sandbox.fails(&["query", "q.db", "  -- nothing"]);
    assert!(
        message.starts_with("q.db: there is no statement"),
        "{message}"
    );
    let message = sandbox.fails(&["query", "q.db", "SELECT 1; SELECT 2"]);
    assert!(
        message.starts_with("q.db: there is more than one statement"),
        "{message}"
    );
}

#[test]
fn long_blobs_are_cut_for_the_eye_alone() {
    let sandbox = empty();
    let said = sandbox.ok(&["query", "q.db", "SELECT zeroblob(5000) AS b"]);
    assert!(
        said.contains(&format!("X'{}...' (5000 bytes)", "00".repeat(32))),
        "{said}"
    );
    let said = sandbox.ok(&[
        "query",
        "q.db",
        "SELECT zeroblob(5000) AS b",
        "--format",
        "csv",
    ]);
    assert_eq!(said, format!("b\n{}\n", "00".repeat(5000)));
}
