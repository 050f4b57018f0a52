//! Loading batches: all or nothing, into what table, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Date32Array, Date64Array, Decimal128Array, Float64Array, Int32Array,
    Int64Array, ListArray, RecordBatch, RecordBatchIterator, RecordBatchReader, StringArray,
    Time32SecondArray, TimestampSecondArray, UInt64Array, types::Float64Type,
};
use arrow_schema::{ArrowError, DataType, Field, IntervalUnit, Schema};
use clib::{
    Code, Connection, Error, ExtendedCode, LoadError, LoadMode, LoadOptions, LoadReport, OnNan,
    ReadOptions, TableName,
};

fn open(script: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(script).unwrap();
    conn
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn reader(batches: &[RecordBatch]) -> impl RecordBatchReader {
    let batches = batches.to_vec();
    let schema = batches[0].schema();
    RecordBatchIterator::new(batches.into_iter().map(Ok), schema)
}

fn load(
    conn: &Connection,
    table: impl Into<TableName>,
    batch: &RecordBatch,
    mode: LoadMode,
) -> clib::Result<LoadReport> {
    conn.load(
        table,
        reader(std::slice::from_ref(batch)),
        &LoadOptions::new().mode(mode),
    )
}

fn load_error<T: std::fmt::Debug>(result: clib::Result<T>) -> (String, LoadError) {
    match result.unwrap_err() {
        Error::Load(error) => (error.to_string(), *error),
        other => panic!("{other}"),
    }
}

fn value<T: clib::FromSqlOwned>(conn: &Connection, sql: &str) -> T {
    conn.query_row(sql, (), |row| row.get(0)).unwrap()
}

/// All rows of a query, columns and rows in one text.
fn rows(conn: &Connection, columns: &str, from: &str) -> String {
    value(
        conn,
        &format!(
            "SELECT coalesce(group_concat({columns}, ' '), '') FROM (SELECT * FROM {from} ORDER BY 1)"
        ),
    )
}

fn tables(conn: &Connection) -> String {
    rows(
        conn,
        "name",
        "(SELECT name FROM sqlite_master WHERE type = 'table')",
    )
}

// The table.

#[test]
fn each_mode_wants_its_table() {
    let conn = open(
        "CREATE TABLE there (a INTEGER); INSERT INTO there VALUES (0); CREATE VIEW seen AS SELECT a FROM there",
    );
    let one = batch(vec![("a", integers(&[1]))]);
    let upsert = LoadMode::Upsert { key: vec![] };
    for (table, mode, expected) in [
        (
            "new",
            LoadMode::Append,
            "there is no such table: create it, or choose LoadMode::CreateOrAppend",
        ),
        (
            "new",
            upsert.clone(),
            "there is no such table: create it, or choose LoadMode::CreateOrAppend",
        ),
        (
            "there",
            LoadMode::Create,
            "the table exists: choose LoadMode::Append, Replace or Upsert, or another name",
        ),
        (
            "there",
            upsert,
            "the table has no primary key: name the columns of a UNIQUE constraint as the upsert's key",
        ),
        (
            "seen",
            LoadMode::Append,
            "it is a view: load a table that it reads",
        ),
        (
            "seen",
            LoadMode::Replace,
            "it is a view: load a table that it reads",
        ),
    ] {
        let (text, _) = load_error(load(&conn, table, &one, mode));
        assert_eq!(text, format!("loading table `{table}`: {expected}"));
    }
    let (text, _) = load_error(load(
        &conn,
        TableName::in_schema("none", "t"),
        &one,
        LoadMode::Create,
    ));
    assert_eq!(
        text,
        "loading table `none.t`: there is no schema `none`: attach the database first"
    );
    assert!(conn.is_autocommit());
    assert_eq!(tables(&conn), "there");
    for (table, mode, created, expected) in [
        ("THERE", LoadMode::Append, false, "0 1"),
        ("there", LoadMode::CreateOrAppend, false, "0 1 1"),
        ("There", LoadMode::Replace, true, "1"),
        ("new", LoadMode::CreateOrAppend, true, "1"),
        ("newer", LoadMode::Replace, true, "1"),
        ("newest", LoadMode::Create, true, "1"),
    ] {
        let report = load(&conn, table, &one, mode).unwrap();
        assert_eq!(
            (report.rows, report.batches, report.created),
            (1, 1, created)
        );
        assert_eq!(rows(&conn, "a", table), expected);
    }
    assert_eq!(tables(&conn), "new newer newest there");
}

#[test]
fn schemas_are_searched_in_sqlites_order() {
    let conn = open(
        "ATTACH ':memory:' AS aux; CREATE TABLE aux.t (a); CREATE TABLE aux.only (a); CREATE TABLE main.t (a); CREATE TEMP TABLE t (a)",
    );
    let one = batch(vec![("a", integers(&[1]))]);
    load(&conn, "t", &one, LoadMode::Append).unwrap();
    load(&conn, "only", &one, LoadMode::Append).unwrap();
    load(
        &conn,
        TableName::in_schema("aux", "t"),
        &one,
        LoadMode::Append,
    )
    .unwrap();
    load(
        &conn,
        TableName::in_schema("AUX", "created"),
        &one,
        LoadMode::Create,
    )
    .unwrap();
    load(
        &conn,
        TableName::in_schema("temp", "created"),
        &one,
        LoadMode::Create,
    )
    .unwrap();
    // Replaced where it is found, created in main.
    load(&conn, "only", &one, LoadMode::Replace).unwrap();
    load(&conn, "fresh", &one, LoadMode::Replace).unwrap();
    for (table, count) in [
        ("main.t", 0),
        ("temp.t", 1),
        ("aux.t", 1),
        ("aux.only", 1),
        ("aux.created", 1),
        ("temp.created", 1),
        ("main.fresh", 1),
    ] {
        assert_eq!(
            value::<i64>(&conn, &format!("SELECT count(*) FROM {table}")),
            count,
            "{table}"
        );
    }
}

#[test]
fn names_are_quoted() {
    let conn = open("");
    let odd = r#"it's "a" [table]; DROP TABLE x --"#;
    let one = batch(vec![
        (odd, integers(&[1])),
        ("select", integers(&[2])),
        ("", integers(&[3])),
        ("ä", integers(&[4])),
    ]);
    load(&conn, odd, &one, LoadMode::Create).unwrap();
    load(&conn, odd, &one, LoadMode::Append).unwrap();
    load(&conn, odd, &one, LoadMode::Replace).unwrap();
    let batch = conn
        .read_table(odd, &ReadOptions::new())
        .unwrap()
        .next_batch()
        .unwrap()
        .unwrap();
    assert_eq!(batch, one);
}

#[test]
fn columns_are_matched_by_name() {
    let conn = open(
        "CREATE TABLE t (a INTEGER, b TEXT DEFAULT 'none', c AS (a * 2), d AS (a * 3) STORED, e)",
    );
    let some = batch(vec![("E", integers(&[5])), ("A", integers(&[1]))]);
    load(&conn, "t", &some, LoadMode::Append).unwrap();
    let row: (i64, String, i64, i64, i64) = conn
        .query_row("SELECT a, b, c, d, e FROM t", (), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .unwrap();
    assert_eq!(row, (1, "none".to_owned(), 2, 3, 5));
    let (text, _) = load_error(load(
        &conn,
        "t",
        &batch(vec![("z", integers(&[1]))]),
        LoadMode::Append,
    ));
    assert_eq!(
        text,
        "loading table `t`, column `z`: is not in the table, which has a, b, e"
    );
    for generated in ["c", "D"] {
        let (text, _) = load_error(load(
            &conn,
            "t",
            &batch(vec![(generated, integers(&[1]))]),
            LoadMode::Append,
        ));
        assert_eq!(
            text,
            format!(
                "loading table `t`, column `{generated}`: is a generated column, which SQLite computes: leave it out"
            )
        );
    }
    let twice = batch(vec![("a", integers(&[1])), ("A", integers(&[1]))]);
    let (text, _) = load_error(load(&conn, "t", &twice, LoadMode::Create));
    assert_eq!(
        text,
        "loading table `t`, column `A`: the batches have this column twice (as `a`), and SQLite does not tell ASCII case \
         apart: rename one"
    );
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let (text, _) = load_error(load(&conn, "t", &none, LoadMode::Append));
    assert_eq!(text, "loading table `t`: the batches have no columns");
    assert_eq!(value::<i64>(&conn, "SELECT count(*) FROM t"), 1);
}

#[test]
fn created_tables_say_what_they_hold() {
    let conn = open("");
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("day", DataType::Date32, true),
        Field::new("price", DataType::Decimal128(20, 4), true),
        Field::new("nothing", DataType::Null, true),
    ]);
    let empty = RecordBatch::new_empty(Arc::new(schema));
    load(&conn, "t", &empty, LoadMode::Create).unwrap();
    let sql: String = value(&conn, "SELECT sql FROM sqlite_master");
    assert_eq!(
        sql,
        r#"CREATE TABLE "t" ("id" INTEGER NOT NULL, "day" DATE, "price" DECIMAL TEXT(20,4), "nothing")"#
    );
    let options = LoadOptions::new().mode(LoadMode::Replace).strict(true);
    conn.load("t", reader(&[empty]), &options).unwrap();
    let sql: String = value(&conn, "SELECT sql FROM sqlite_master");
    assert_eq!(
        sql,
        r#"CREATE TABLE "t" ("id" INTEGER NOT NULL, "day" TEXT, "price" TEXT, "nothing" ANY) STRICT"#
    );
}

#[test]
fn a_table_without_rowid_is_loaded() {
    let conn = open("CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID");
    let some = batch(vec![("k", strings(&["b", "a"])), ("v", integers(&[1, 2]))]);
    load(&conn, "t", &some, LoadMode::Append).unwrap();
    assert_eq!(rows(&conn, "k || v", "t"), "a2 b1");
}

// All or nothing.

#[test]
fn nothing_of_a_failed_load_remains() {
    let conn = open(
        "CREATE TABLE t (a INTEGER UNIQUE, b TEXT NOT NULL, CHECK (a < 100)); INSERT INTO t VALUES (50, 'old')",
    );
    let good = batch(vec![
        ("a", integers(&[1, 2, 3])),
        ("b", strings(&["x", "y", "z"])),
    ]);
    for (bad, expected, code) in [
        (
            batch(vec![("a", integers(&[4, 50])), ("b", strings(&["x", "y"]))]),
            "loading table `t`, row 5, column `a`: UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE)",
            ExtendedCode::ConstraintUnique,
        ),
        (
            batch(vec![
                ("a", integers(&[4])),
                ("b", Arc::new(StringArray::new_null(1))),
            ]),
            "loading table `t`, row 4, column `b`: NOT NULL constraint failed: t.b (SQLITE_CONSTRAINT_NOTNULL)",
            ExtendedCode::ConstraintNotNull,
        ),
        (
            batch(vec![
                ("a", integers(&[4, 5, 100])),
                ("b", strings(&["x", "y", "z"])),
            ]),
            "loading table `t`, row 6: CHECK constraint failed: a < 100 (SQLITE_CONSTRAINT_CHECK)",
            ExtendedCode::ConstraintCheck,
        ),
    ] {
        // In a transaction of its own.
        let (text, error) = load_error(conn.load(
            "t",
            reader(&[good.clone(), bad.clone()]),
            &LoadOptions::new(),
        ));
        assert_eq!(text, expected);
        let error = Error::from(error);
        assert_eq!(
            (error.code(), error.extended_code()),
            (Some(Code::Constraint), Some(code))
        );
        assert!(conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "50");
        // In the caller's, which stays open and keeps what it had.
        conn.execute_batch("BEGIN; INSERT INTO t VALUES (60, 'mine')")
            .unwrap();
        load_error(conn.load(
            "t",
            reader(&[good.clone(), bad.clone()]),
            &LoadOptions::new(),
        ));
        assert!(!conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "50 60");
        conn.load(
            "t",
            reader(std::slice::from_ref(&good)),
            &LoadOptions::new(),
        )
        .unwrap();
        assert!(!conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "1 2 3 50 60");
        conn.execute_batch("ROLLBACK").unwrap();
        assert_eq!(rows(&conn, "a", "t"), "50");
    }
}

#[test]
fn an_error_of_the_reader_undoes_the_load() {
    let conn = open("CREATE TABLE t (a INTEGER)");
    let good = batch(vec![("a", integers(&[1]))]);
    let schema = good.schema();
    let batches = vec![
        Ok(good),
        Err(ArrowError::ParseError("row 2 has 3 fields".to_owned())),
    ];
    let error = conn
        .load(
            "t",
            RecordBatchIterator::new(batches, schema),
            &LoadOptions::new(),
        )
        .unwrap_err();
    assert_eq!(error.to_string(), "Parser error: row 2 has 3 fields");
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "a", "t"), "");
}

#[test]
fn a_loader_that_is_dropped_undoes_the_load() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (0)");
    let one = batch(vec![("a", integers(&[1]))]);
    for mode in [LoadMode::Append, LoadMode::Replace] {
        let options = LoadOptions::new().mode(mode);
        let mut loader = conn.loader("t", one.schema(), &options).unwrap();
        loader.append(&one).unwrap();
        drop(loader);
        assert!(conn.is_autocommit());
        assert_eq!(
            (rows(&conn, "a", "t"), tables(&conn)),
            ("0".to_owned(), "t".to_owned())
        );
    }
    // One that has failed stays failed.
    let mut loader = conn.loader("t", one.schema(), &LoadOptions::new()).unwrap();
    loader.append(&one).unwrap();
    let (text, _) = load_error(loader.append(&batch(vec![("a", strings(&["x"]))])));
    assert_eq!(
        text,
        "loading table `t`: batch 2 has `a` of type Utf8 where `a` of type Int64 is expected"
    );
    assert!(conn.is_autocommit());
    let failed = "loading table `t`: the load has failed before";
    assert_eq!(load_error(loader.append(&one)).0, failed);
    assert_eq!(load_error(loader.finish()).0, failed);
    assert_eq!(rows(&conn, "a", "t"), "0");
}

#[test]
fn a_loader_whose_savepoint_is_gone_says_so() {
    let one = batch(vec![("a", integers(&[1]))]);
    let begun = |before: &str, during: &str| {
        let conn = open("CREATE TABLE t (a INTEGER)");
        conn.execute_batch(before).unwrap();
        let mut loader = conn.loader("t", one.schema(), &LoadOptions::new()).unwrap();
        loader.append(&one).unwrap();
        conn.execute_batch(during).unwrap();
        let appended = load_error(loader.append(&one)).0;
        let finished = load_error(loader.finish()).0;
        assert_eq!(finished, "loading table `t`: the load has failed before");
        let state = (rows(&conn, "a", "t"), conn.is_autocommit());
        (appended, state)
    };
    let gone = "loading table `t`: the load's savepoint was ended from outside, by a COMMIT, ROLLBACK or RELEASE on the same \
                connection: let the load finish first";
    // Rolled back: nothing is written outside, and a transaction that the caller began since is left alone.
    assert_eq!(
        begun("", "ROLLBACK"),
        (gone.to_owned(), (String::new(), true))
    );
    assert_eq!(
        begun("", "ROLLBACK; BEGIN; INSERT INTO t VALUES (7)"),
        (gone.to_owned(), ("7".to_owned(), false))
    );
    assert_eq!(
        begun("BEGIN; INSERT INTO t VALUES (7)", "ROLLBACK"),
        (gone.to_owned(), (String::new(), true))
    );
    // To a savepoint of the caller's, around the load.
    assert_eq!(
        begun(
            "BEGIN; INSERT INTO t VALUES (7); SAVEPOINT mine",
            "ROLLBACK TO mine"
        ),
        (gone.to_owned(), ("7".to_owned(), false))
    );
    // Committed by the caller, who then has the rows.
    assert_eq!(
        begun("", "COMMIT"),
        (gone.to_owned(), ("1".to_owned(), true))
    );
}

#[test]
fn a_commit_that_fails_undoes_the_load() {
    let conn = open(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    );
    let orphan = batch(vec![("id", integers(&[1]))]);
    let (text, _) = load_error(load(&conn, "child", &orphan, LoadMode::Append));
    assert!(
        text.starts_with("loading table `child`: FOREIGN KEY constraint failed"),
        "{text}"
    );
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "id", "child"), "");
}

/// A reader of the connection that is loaded, which interrupts it before its third batch.
struct Interrupting<'a> {
    reader: clib::BatchReader<'a>,
    handle: clib::InterruptHandle,
    batches: usize,
}

impl Iterator for Interrupting<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next();
        self.batches += 1;
        if self.batches == 3 {
            // The reader's statement is in the middle of its execution, so the next one fails.
            self.handle.interrupt();
        }
        batch
    }
}

impl RecordBatchReader for Interrupting<'_> {
    fn schema(&self) -> arrow_schema::SchemaRef {
        self.reader.schema()
    }
}

#[test]
fn an_interrupted_load_leaves_nothing() {
    let conn = open(
        "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3), (4), (5); CREATE TABLE copy (a INTEGER)",
    );
    let source = || Interrupting {
        reader: conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap(),
        handle: conn.interrupt_handle(),
        batches: 0,
    };
    let error = conn
        .load("copy", source(), &LoadOptions::new())
        .unwrap_err();
    assert!(error.is_interrupt(), "{error}");
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "a", "copy"), "");
    // The connection goes on working.
    conn.load(
        "copy",
        conn.read_table("t", &ReadOptions::new()).unwrap(),
        &LoadOptions::new(),
    )
    .unwrap();
    assert_eq!(rows(&conn, "a", "copy"), "1 2 3 4 5");
    // In the caller's transaction.
    conn.execute_batch("DELETE FROM copy; BEGIN; INSERT INTO t VALUES (6)")
        .unwrap();
    let error = conn
        .load("copy", source(), &LoadOptions::new())
        .unwrap_err();
    assert!(error.is_interrupt(), "{error}");
    assert_eq!(rows(&conn, "a", "copy"), "");
    assert_eq!(
        (rows(&conn, "a", "t"), conn.is_autocommit()),
        ("1 2 3 4 5 6".to_owned(), false)
    );
}

// Many rows in one statement.

/// Loads the same batches into a table, and into one whose trigger makes each row a statement; both must do the same.
fn check_groups(create: &str, batches: &[RecordBatch]) -> Result<String, String> {
    let results = [
        "",
        "CREATE TRIGGER one_by_one AFTER INSERT ON t BEGIN SELECT 1; END",
    ]
    .map(|trigger| {
        let conn = open(&format!("{create}; {trigger}"));
        let result = conn.load("t", reader(batches), &LoadOptions::new());
        let rows = rows(&conn, "quote(a) || quote(b)", "t");
        result
            .map(|_| rows.clone())
            .map_err(|error| format!("{error} / {rows}"))
    });
    assert_eq!(results[0], results[1]);
    results.into_iter().next().unwrap()
}

fn pairs(rows: impl IntoIterator<Item = (Option<i64>, f64)>) -> RecordBatch {
    let (a, b): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    batch(vec![
        ("a", Arc::new(Int64Array::from(a))),
        ("b", Arc::new(Float64Array::from(b))),
    ])
}

#[test]
fn the_first_bad_row_is_named_wherever_it_is() {
    let good = |row: i64| (Some(row), 0.5);
    let create = "CREATE TABLE t (a INTEGER NOT NULL UNIQUE, b REAL CHECK (b < 9))";
    let all = pairs((0..2_000).map(good));
    assert!(check_groups(create, &[all.clone(), pairs((2_000..2_001).map(good))]).is_ok());
    for bad in [0, 1, 255, 256, 300, 1_999] {
        for (fault, expected) in [
            (
                (Some(-1), 9.0),
                "CHECK constraint failed: b < 9 (SQLITE_CONSTRAINT_CHECK)",
            ),
            (
                (None, 0.5),
                "NOT NULL constraint failed: t.a (SQLITE_CONSTRAINT_NOTNULL)",
            ),
            (
                (Some(5_000), 0.5),
                "UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE)",
            ),
            ((Some(-1), f64::NAN), "NaN does not exist in SQLite"),
        ] {
            // One fault more after it, of the kind that is found first in a statement for many rows.
            let mut batch: Vec<_> = (0..2_000).map(good).collect();
            batch[bad] = fault;
            batch.insert(bad + 1, (Some(-2), f64::NAN));
            let error =
                check_groups(create, &[pairs([(Some(5_000), 0.5)]), pairs(batch)]).unwrap_err();
            assert!(
                error.starts_with(&format!("loading table `t`, row {}", bad + 2)),
                "{error}"
            );
            assert!(
                error.contains(expected) && error.ends_with(" / "),
                "{error}"
            );
        }
    }
}

#[test]
fn grouping_makes_no_difference_to_foreign_keys() {
    // The parent comes after the child: within one statement that would be allowed.
    let create = "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER REFERENCES t (a))";
    let rows = (0..600).map(|row| (Some(row), if row == 400 { 401.0 } else { 0.0 }));
    let error = check_groups(create, &[pairs(rows)]).unwrap_err();
    assert_eq!(
        error,
        "loading table `t`, row 401: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY) / "
    );
    let create = "CREATE TABLE p (k REAL PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE t (a, b REFERENCES p)";
    let rows = (0..600).map(|row| (Some(row), if row == 400 { 2.0 } else { 1.0 }));
    let error = check_groups(create, &[pairs(rows)]).unwrap_err();
    assert_eq!(
        error,
        "loading table `t`, row 401: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY) / "
    );
}

#[test]
fn grouping_makes_no_difference_to_conflict_clauses() {
    let rows = || pairs((0..600_i64).map(|row| (Some(row % 500), 1.0)));
    for (clause, row) in [
        ("REPLACE", None),
        ("IGNORE", None),
        ("FAIL", Some(501)),
        ("ROLLBACK", Some(501)),
        ("ABORT", Some(501)),
    ] {
        let create = format!("CREATE TABLE t (a INTEGER UNIQUE ON CONFLICT {clause}, b)");
        let result = check_groups(&create, &[rows()]);
        match row {
            None => assert_eq!(result.unwrap().split(' ').count(), 500),
            Some(row) => assert_eq!(
                result.unwrap_err(),
                format!(
                    "loading table `t`, row {row}, column `a`: UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE) / "
                )
            ),
        }
    }
}

#[test]
fn wide_and_narrow_tables_are_loaded_whole() {
    for columns in [1_usize, 2, 9, 255, 256, 257, 511, 512, 513, 1_500] {
        let values: Vec<i64> = (0..1_100).collect();
        let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
        let wide = batch(
            names
                .iter()
                .map(|name| (name.as_str(), integers(&values)))
                .collect(),
        );
        let conn = open("");
        load(&conn, "t", &wide, LoadMode::Create).unwrap();
        let mut stmt = conn
            .prepare(&format!(
                "SELECT count(*), sum(c0), sum(c{}) FROM t",
                columns - 1
            ))
            .unwrap();
        let sums = stmt
            .query_row((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        assert_eq!(sums, (1_100, 604_450, 604_450));
    }
}

// Replace and upsert.

#[test]
fn replacing_keeps_the_old_table_until_the_end() {
    let conn = open(
        "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3);
         CREATE INDEX by_a ON t (a);
         CREATE VIEW v AS SELECT sum(a) AS s FROM t;
         CREATE TABLE log (n);
         CREATE TRIGGER noted AFTER INSERT ON log BEGIN DELETE FROM t WHERE a = new.n; END",
    );
    // A failure leaves it as it was, indexes included.
    let schema = batch(vec![("a", integers(&[9]))]).schema();
    let failing = vec![
        Ok(batch(vec![("a", integers(&[9]))])),
        Err(ArrowError::ParseError("bad".to_owned())),
    ];
    let options = LoadOptions::new().mode(LoadMode::Replace);
    conn.load("t", RecordBatchIterator::new(failing, schema), &options)
        .unwrap_err();
    assert_eq!(rows(&conn, "a", "t"), "1 2 3");
    assert_eq!(
        value::<i64>(
            &conn,
            "SELECT count(*) FROM sqlite_master WHERE name = 'by_a'"
        ),
        1
    );
    // A query of the old table can be what replaces it.
    let mut stmt = conn.prepare("SELECT a * 10 AS a FROM t").unwrap();
    let source = stmt
        .query_batches((), &ReadOptions::new().batch_rows(1))
        .unwrap();
    assert_eq!(conn.load("t", source, &options).unwrap().rows, 3);
    assert_eq!(rows(&conn, "a", "t"), "10 20 30");
    // Views and triggers go on by the name.
    assert_eq!(value::<i64>(&conn, "SELECT s FROM v"), 60);
    conn.execute("INSERT INTO log VALUES (20)", ()).unwrap();
    assert_eq!(rows(&conn, "a", "t"), "10 30");
    assert_eq!(tables(&conn), "log t");
    assert_eq!(value::<i64>(&conn, "PRAGMA legacy_alter_table"), 0);
    assert_eq!(value::<String>(&conn, "PRAGMA integrity_check"), "ok");
    // Also within a transaction.
    conn.execute_batch("BEGIN").unwrap();
    load(
        &conn,
        "t",
        &batch(vec![("b", strings(&["x"]))]),
        LoadMode::Replace,
    )
    .unwrap();
    assert_eq!(rows(&conn, "b", "t"), "x");
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(rows(&conn, "a", "t"), "10 30");
}

#[test]
fn a_query_of_the_same_connection_can_be_loaded() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    let options = LoadOptions::new().mode(LoadMode::CreateOrAppend);
    for _ in 0..2 {
        let source = conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap();
        conn.load("copy", source, &options).unwrap();
    }
    assert_eq!(rows(&conn, "a", "copy"), "1 1 2 2");
    assert!(conn.is_autocommit());
    // Its error comes out as its own, and undoes the load.
    conn.execute("INSERT INTO t VALUES ('x')", ()).unwrap();
    let source = conn
        .read_table("t", &ReadOptions::new().batch_rows(1))
        .unwrap();
    let error = conn.load("copy", source, &options).unwrap_err();
    assert!(
        matches!(&error, Error::Mismatch(mismatch) if mismatch.row == 3),
        "{error}"
    );
    assert_eq!(rows(&conn, "a", "copy"), "1 1 2 2");
}

#[test]
fn upsert_updates_by_key() {
    let conn = open(
        "CREATE TABLE t (x TEXT, k INTEGER, v TEXT, PRIMARY KEY (k, x)); INSERT INTO t VALUES ('a', 1, 'old'), ('b', 1, 'old')",
    );
    let some = batch(vec![
        ("v", strings(&["new", "new"])),
        ("K", integers(&[1, 2])),
        ("x", strings(&["a", "a"])),
    ]);
    let report = load(&conn, "t", &some, LoadMode::Upsert { key: vec![] }).unwrap();
    assert_eq!((report.rows, report.created), (2, false));
    assert_eq!(rows(&conn, "x || k || v", "t"), "a1new a2new b1old");
    // By another constraint, which must be there.
    let key = |column: &str| LoadMode::Upsert {
        key: vec![column.to_owned()],
    };
    let (text, _) = load_error(load(&conn, "t", &some, key("v")));
    assert!(
        text.contains("ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"),
        "{text}"
    );
    let (text, _) = load_error(load(&conn, "t", &some, key("z")));
    assert_eq!(
        text,
        "loading table `t`, column `z`: is in the key of the upsert, and not in the batches"
    );
    conn.execute_batch("CREATE TABLE u (k TEXT UNIQUE, n INTEGER DEFAULT 0)")
        .unwrap();
    for n in [1, 2] {
        load(
            &conn,
            "u",
            &batch(vec![("k", strings(&["a"])), ("n", integers(&[n]))]),
            key("K"),
        )
        .unwrap();
    }
    // A row that is all key has nothing to update.
    load(
        &conn,
        "u",
        &batch(vec![("k", strings(&["a", "b"]))]),
        key("k"),
    )
    .unwrap();
    assert_eq!(rows(&conn, "k || n", "u"), "a2 b0");
}

// Values.

#[test]
fn values_without_a_form_name_their_row() {
    let conn = open("");
    let cases: Vec<(ArrayRef, &str)> = vec![
        (
            Arc::new(UInt64Array::from(vec![0, u64::MAX])),
            "18446744073709551615 is beyond SQLite's integers, which end at 9223372036854775807: cast the column to \
             Decimal128(20, 0) or Utf8",
        ),
        (
            Arc::new(Float64Array::from(vec![0.0, f64::NAN])),
            "NaN does not exist in SQLite, which would store NULL: choose OnNan::Null or OnNan::Text",
        ),
        (
            Arc::new(Date32Array::from(vec![0, 2_932_897])),
            "2932897 is not in the years 0 to 9999, which the text form in SQLite holds: cast the column to Int64",
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![0, i64::MIN])),
            "-9223372036854775808 is not in the years 0 to 9999, which the text form in SQLite holds: cast the column to Int64",
        ),
        (
            Arc::new(Date64Array::from(vec![0, 1])),
            "1 is not midnight in the years 0 to 9999, and a date has no time: cast it to Timestamp",
        ),
        (
            Arc::new(Time32SecondArray::from(vec![0, 86_400])),
            "86400 is not within a day",
        ),
        (
            Arc::new(
                Decimal128Array::from(vec![99, 100])
                    .with_precision_and_scale(2, 0)
                    .unwrap(),
            ),
            "100 has more digits than the type's precision",
        ),
        (
            Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>([
                None,
                Some([Some(f64::INFINITY)]),
            ])),
            "holds NaN, an infinity, or a date or time out of range, which JSON text cannot: remove it, or give it a column",
        ),
    ];
    for (array, reason) in cases {
        let good = batch(vec![("v", array.slice(0, 1))]);
        let bad = batch(vec![("v", array)]);
        let options = LoadOptions::new().mode(LoadMode::Create);
        let (text, error) = load_error(conn.load("t", reader(&[good, bad]), &options));
        assert_eq!(
            text,
            format!("loading table `t`, row 3, column `v`: {reason}")
        );
        assert_eq!(error.row, Some(3));
        assert_eq!(tables(&conn), "");
    }
}

#[test]
fn only_values_that_are_used_must_have_a_form() {
    let conn = open("");
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![i32::MAX, 0, i32::MIN]));
    let keys = Int32Array::from(vec![Some(1), None, Some(1), Some(2)]);
    let dictionary: ArrayRef = Arc::new(arrow_array::DictionaryArray::new(keys, dates));
    load(
        &conn,
        "t",
        &batch(vec![("v", dictionary.slice(0, 3))]),
        LoadMode::Create,
    )
    .unwrap();
    assert_eq!(
        rows(&conn, "coalesce(v, '-')", "t"),
        "- 1970-01-01 1970-01-01"
    );
    let (_, error) = load_error(load(
        &conn,
        "t",
        &batch(vec![("v", dictionary)]),
        LoadMode::Append,
    ));
    assert_eq!(error.row, Some(4));
    // What is behind a NULL does not matter.
    let array = Date32Array::new(vec![i32::MAX].into(), Some(vec![false].into()));
    load(
        &conn,
        "t",
        &batch(vec![("v", Arc::new(array))]),
        LoadMode::Append,
    )
    .unwrap();
}

#[test]
fn nan_becomes_what_is_asked() {
    let conn = open("");
    let floats = batch(vec![(
        "v",
        Arc::new(Float64Array::from(vec![f64::NAN, 1.0, f64::NAN])) as ArrayRef,
    )]);
    for (on_nan, stored) in [
        (OnNan::Null, "null real null"),
        (OnNan::Text, "text real text"),
    ] {
        let options = LoadOptions::new().mode(LoadMode::Replace).on_nan(on_nan);
        let report = conn
            .load("t", reader(std::slice::from_ref(&floats)), &options)
            .unwrap();
        assert_eq!(report.nans, 2);
        let types: String = value(&conn, "SELECT group_concat(typeof(v), ' ') FROM t");
        assert_eq!(types, stored);
    }
}

#[test]
fn types_without_a_form_are_refused_by_name() {
    let conn = open("");
    for (data_type, expected) in [
        (
            DataType::Interval(IntervalUnit::MonthDayNano),
            "column `v` of type Interval(MonthDayNano) has no form in SQLite that keeps months, days and time apart: cast it \
             to Duration or Utf8",
        ),
        (
            DataType::List(Arc::new(Field::new_list_field(DataType::Binary, true))),
            "column `v` of type List(Binary) holds binary values, which JSON has not: cast them to text, or give them a column",
        ),
    ] {
        let schema = Arc::new(Schema::new(vec![Field::new("v", data_type, true)]));
        let error = load(
            &conn,
            "t",
            &RecordBatch::new_empty(schema),
            LoadMode::Create,
        )
        .unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)));
        assert_eq!(error.to_string(), expected);
    }
    assert!(conn.is_autocommit());
}

/// What REAL affinity does is SQLite's: a whole number is stored as an integer, which has no -0.
#[test]
fn the_sign_of_zero_is_kept_where_no_affinity_takes_it() {
    let conn = open("CREATE TABLE t (plain, declared REAL)");
    let zero: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, f64::from_bits(1)]));
    load(
        &conn,
        "t",
        &batch(vec![("plain", zero.clone()), ("declared", zero)]),
        LoadMode::Append,
    )
    .unwrap();
    let batch = conn
        .read_table("t", &ReadOptions::new())
        .unwrap()
        .next_batch()
        .unwrap()
        .unwrap();
    let bits = |index: usize| {
        let array = batch
            .column(index)
            .as_any()
            .downcast_ref::<Float64Array>()
            .unwrap()
            .clone();
        array
            .values()
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(0), [(-0.0_f64).to_bits(), 1]);
    assert_eq!(bits(1), [0, 1]);
}

fn numbers(values: &[i64]) -> RecordBatch {
    batch(vec![("n", integers(values))])
}

fn count(conn: &Connection, table: &str) -> i64 {
    value(conn, &format!("SELECT count(*) FROM {table}"))
}

/// After an interrupt SQLite executes nothing while a statement runs, not even what would undo the load.
#[test]
fn an_interrupted_load_is_undone_though_another_statement_runs() {
    for in_transaction in [false, true] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (n INTEGER); CREATE TABLE mine (n INTEGER); INSERT INTO t VALUES (1), (2), (3)")
            .unwrap();
        if in_transaction {
            conn.execute_batch("BEGIN; INSERT INTO mine VALUES (1)")
                .unwrap();
        }
        let mut running = conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap();
        let batch = running.next_batch().unwrap().unwrap();
        let mut loader = conn
            .loader("t", batch.schema(), &LoadOptions::new())
            .unwrap();
        loader.append(&batch).unwrap();
        conn.interrupt_handle().interrupt();
        assert!(loader.append(&batch).is_err());
        drop(loader);
        // Still running: nothing can be undone, and so nothing else is executed.
        let error = conn.execute_batch("COMMIT").unwrap_err();
        assert!(
            error.to_string().starts_with(
                "a load that failed before cannot be undone while other statements run on this connection"
            ),
            "{error}"
        );
        drop(running);
        let committed = conn.execute_batch("COMMIT");
        assert_eq!(committed.is_ok(), in_transaction);
        assert!(conn.is_autocommit());
        assert_eq!(count(&conn, "t"), 3);
        assert_eq!(count(&conn, "mine"), i64::from(in_transaction));
        // And the connection loads again.
        conn.load(
            "t",
            reader(std::slice::from_ref(&batch)),
            &LoadOptions::new(),
        )
        .unwrap();
        assert_eq!(count(&conn, "t"), 4);
    }
}

#[test]
fn one_load_at_a_time() {
    let conn = Connection::open_in_memory().unwrap();
    let batch = numbers(&[1]);
    let create = LoadOptions::new().mode(LoadMode::Create);
    let first = conn.loader("a", batch.schema(), &create).unwrap();
    let error = conn.loader("b", batch.schema(), &create).unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading table `b`: another load on this connection has not ended: finish or drop its loader first"
    );
    // The first one is not disturbed.
    first.finish().unwrap();
    conn.loader("b", batch.schema(), &create)
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!((count(&conn, "a"), count(&conn, "b")), (0, 0));
}

#[test]
fn replacing_leaves_other_tables_alone() {
    for action in ["CASCADE", "SET NULL", "NO ACTION"] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "CREATE TABLE parent (n INTEGER PRIMARY KEY);
             CREATE TABLE child (p REFERENCES parent ON DELETE {action});
             INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1), (2)"
        ))
        .unwrap();
        let replace = LoadOptions::new().mode(LoadMode::Replace);
        let batch = numbers(&[1, 2]);
        let error = conn
            .load("parent", reader(std::slice::from_ref(&batch)), &replace)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "loading table `parent`: table `child` refers to it by a foreign key, and replacing it would delete or change \
             rows there: delete its rows and append, or set the pragma `foreign_keys` to off for the while"
        );
        let kept: i64 = conn
            .query_row("SELECT count(p) FROM child", (), |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 2, "{action}");
        conn.pragma_set(None, "foreign_keys", 0).unwrap();
        conn.load("parent", reader(std::slice::from_ref(&batch)), &replace)
            .unwrap();
    }
}

#[test]
fn digits_are_not_lost_to_a_columns_affinity() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (r REAL, n NUMERIC, i INTEGER)")
        .unwrap();
    let load = |name: &str, column: ArrayRef| {
        let batch = RecordBatch::try_from_iter([(name, column)]).unwrap();
        conn.load(
            "t",
            reader(std::slice::from_ref(&batch)),
            &LoadOptions::new(),
        )
    };
    let error = load(
        "r",
        Arc::new(Int64Array::from(vec![1, 9_007_199_254_740_993])),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading table `t`, row 2, column `r`: 9007199254740993 would lose digits as a number, which the column's declared \
         type makes of it: load into a column declared TEXT, or INTEGER for integers"
    );
    for text in ["12345678901234567890", "1e400"] {
        let error = load("i", Arc::new(StringArray::from(vec![text]))).unwrap_err();
        assert!(error.to_string().contains("would lose digits"), "{error}");
    }
    let decimal = Decimal128Array::from(vec![123_456_789_012_345_678_901_234_567_i128])
        .with_precision_and_scale(30, 10)
        .unwrap();
    let error = load("n", Arc::new(decimal)).unwrap_err();
    assert!(error.to_string().contains("would lose digits"), "{error}");
    assert_eq!(count(&conn, "t"), 0);
    load("r", Arc::new(Int64Array::from(vec![1 << 53]))).unwrap();
    load("n", Arc::new(StringArray::from(vec!["1.50", "2013-01-01"]))).unwrap();
    assert_eq!(count(&conn, "t"), 3);
}

#[test]
fn what_sqlite_rolls_back_besides_is_said() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (n INTEGER UNIQUE ON CONFLICT ROLLBACK); BEGIN; INSERT INTO t VALUES (1)",
    )
    .unwrap();
    let error = conn
        .load("t", reader(&[numbers(&[2, 1])]), &LoadOptions::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading table `t`, row 2, column `n`: UNIQUE constraint failed: t.n (SQLITE_CONSTRAINT_UNIQUE); SQLite has rolled \
         back the whole transaction, with what was in it before the load"
    );
    assert!(conn.is_autocommit());
}

#[test]
fn a_table_named_like_a_pragma_is_not_in_the_way() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (n INTEGER); CREATE TABLE pragma_table_xinfo (a); CREATE TABLE pragma_foreign_key_list (a)",
    )
    .unwrap();
    conn.load("t", reader(&[numbers(&[1])]), &LoadOptions::new())
        .unwrap();
    assert_eq!(count(&conn, "t"), 1);
}

#[test]
fn errors_name_the_table_as_the_caller_does() {
    let conn = open("CREATE TABLE \"a.b\" (n INTEGER UNIQUE); INSERT INTO \"a.b\" VALUES (1)");
    let (text, error) = load_error(load(&conn, "a.b", &numbers(&[1]), LoadMode::Append));
    assert_eq!(error.column.as_deref(), Some("n"), "{text}");

    let field = Field::new("n", DataType::Int64, false);
    let schema = Arc::new(Schema::new(vec![field]));
    let options = LoadOptions::new().mode(LoadMode::Replace);
    let mut loader = conn.loader("a.b", schema.clone(), &options).unwrap();
    // Arrow itself does not look at what a batch made so holds.
    let null = Int64Array::from(vec![None::<i64>]);
    let nullable = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let batch = RecordBatch::try_new(nullable, vec![Arc::new(null)]).unwrap();
    let (text, _) = load_error(loader.append(&batch));
    assert_eq!(
        text,
        "loading table `a.b`, row 1, column `n`: NOT NULL constraint failed: a.b.n (SQLITE_CONSTRAINT_NOTNULL)"
    );
}
