//! Loading directly, by the kernel's prepared statement and over the public interface: the same table, counters and errors.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int16Array, Int32Array,
    Int64Array, RecordBatch, StringArray, StringViewArray, UInt64Array,
};
use clib::{Connection, Error, LoadOptions, LoadPath, LoadReport, OnNan};
use clib_tests::dump::{dump, integrity};
use clib_tests::random::is_slow;

const PATHS: [LoadPath; 3] = [LoadPath::Portable, LoadPath::Prepared, LoadPath::Direct];

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn integers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn strings(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Fewer rows, where a checker makes everything slow.
fn fewer(rows: i64) -> i64 {
    if is_slow() { rows / 15 } else { rows }
}

/// What a load leaves behind.
#[derive(Debug, PartialEq)]
struct Outcome {
    result: Result<(u64, u64, u64), String>,
    dump: Vec<String>,
    integrity: Vec<String>,
    total_changes: u64,
    changes: u64,
    last_insert_rowid: i64,
    sequence: Vec<String>,
}

fn load_all(
    conn: &Connection,
    batches: &[RecordBatch],
    options: &LoadOptions,
) -> clib::Result<LoadReport> {
    let mut loader = conn.loader("t", batches[0].schema(), options)?;
    for batch in batches {
        loader.append(batch)?;
    }
    loader.finish()
}

fn outcome(
    conn: &Connection,
    batches: &[RecordBatch],
    options: &LoadOptions,
) -> (Outcome, Option<LoadReport>) {
    let before = conn.total_changes();
    let result = load_all(conn, batches, options);
    let report = result.as_ref().ok().copied();
    let counters = (
        conn.total_changes() - before,
        conn.changes(),
        conn.last_insert_rowid(),
    );
    let sequence = conn
        .prepare("SELECT name || ' ' || seq FROM sqlite_sequence ORDER BY 1")
        .and_then(|mut stmt| stmt.query_map((), |row| row.get(0))?.collect())
        .unwrap_or_default();
    let outcome = Outcome {
        result: result
            .map(|report| (report.rows, report.batches, report.nans))
            .map_err(|error| error.to_string()),
        dump: dump(conn),
        integrity: integrity(conn),
        total_changes: counters.0,
        changes: counters.1,
        last_insert_rowid: counters.2,
        sequence,
    };
    (outcome, report)
}

/// Loads by each path into a database that the script makes, and compares. Returns what became of it by the direct path.
fn same(
    script: &str,
    batches: &[RecordBatch],
    options: &LoadOptions,
) -> (Outcome, Option<LoadReport>) {
    let (mut first, mut last) = (None, None);
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(script).unwrap();
        let (found, report) = outcome(&conn, batches, &options.clone().path(path));
        assert_eq!(found.integrity, ["ok", "ok"], "{path:?} {script}");
        match &first {
            None => first = Some(found),
            Some(first) => assert_eq!(first, &found, "{path:?} {script}"),
        }
        if path == LoadPath::Direct {
            last = report;
        }
    }
    (first.unwrap(), last)
}

/// As [`same`], and the direct path must have been taken.
fn direct(script: &str, batches: &[RecordBatch]) -> Outcome {
    let (outcome, report) = same(script, batches, &LoadOptions::new());
    if let Some(report) = report
        && clib::LINK_MODE == "vendored"
    {
        assert_eq!(
            (report.path, report.plan),
            (LoadPath::Direct, None),
            "{script}"
        );
    }
    outcome
}

/// As [`same`], and the direct path must not have been taken, for that reason.
fn not_direct(script: &str, batches: &[RecordBatch], reason: &str) {
    let (_, report) = same(script, batches, &LoadOptions::new());
    let report = report.unwrap();
    if clib::LINK_MODE == "vendored" {
        assert_eq!(report.path, LoadPath::Prepared, "{script}");
        assert!(report.plan.unwrap().contains(reason), "{:?}", report.plan);
    }
}

/// Columns of many kinds of values.
fn various(rows: i64, salt: i64) -> RecordBatch {
    let random = |row: i64| (row + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed());
    let a = Int64Array::from_iter(
        (0..rows).map(|row| (row % 7 != 3).then(|| random(row) >> (row.rem_euclid(64)))),
    );
    let b = Float64Array::from_iter((0..rows).map(|row| match row % 9 {
        0 => None,
        1 => Some(-0.0),
        2 => Some(1e300),
        3 => Some(9_007_199_254_740_993.0),
        4 => Some(281_474_976_710_656.0),
        5 => Some(f64::INFINITY),
        6 => Some(-9_223_372_036_854_775_808.0),
        _ => Some(row as f64 / 2.0),
    }));
    let c = StringArray::from_iter((0..rows).map(|row| {
        (row % 5 != 1).then(|| format!("{:x}{}", random(row), "ä".repeat((row % 40) as usize)))
    }));
    let d = BinaryArray::from_iter(
        (0..rows).map(|row| (row % 6 != 2).then(|| vec![row as u8; (row % 11) as usize])),
    );
    let e = BooleanArray::from_iter((0..rows).map(|row| (row % 4 != 0).then_some(row % 3 == 0)));
    batch(vec![
        ("a", Arc::new(a)),
        ("b", Arc::new(b)),
        ("c", Arc::new(c)),
        ("d", Arc::new(d)),
        ("e", Arc::new(e)),
    ])
}

#[test]
fn tables_of_many_shapes() {
    let batches = [
        various(fewer(1000), 1),
        various(1, 5),
        various(fewer(2500), 7),
    ];
    for script in [
        "CREATE TABLE t (a, b, c, d, e)",
        "CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB, e BOOLEAN)",
        "CREATE TABLE t (e INT, x DEFAULT 'constant', d, y REAL DEFAULT 4, c, b NUMERIC, z, a REAL DEFAULT 1.5)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, e)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b, c, d, e);
         INSERT INTO t (a) VALUES (1), (2); DELETE FROM t",
        "CREATE TABLE t (a INT, b REAL, c TEXT, d BLOB, e INTEGER, f ANY) STRICT",
        "CREATE TABLE t (a, b, c, d, e); INSERT INTO t (rowid, a) VALUES (9223372036854770000, 1)",
        "CREATE TABLE t (a, b, c, d, e); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a INTEGER, b REAL, c TEXT COLLATE NOCASE, d, e); CREATE INDEX i ON t (c DESC, b);
         CREATE INDEX j ON t (b); CREATE INDEX k ON t (e, d DESC)",
        "CREATE TABLE t (a, b, c COLLATE RTRIM, d, e); CREATE INDEX i ON t (c);
         INSERT INTO t VALUES (1, 2, 'm', x'00', 0), (5, 6, 'n', NULL, 1), (NULL, NULL, NULL, NULL, NULL)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, e); CREATE INDEX i ON t (id); CREATE INDEX j ON t (a, id, a)",
        "PRAGMA legacy_file_format = 1; CREATE TABLE t (a, b, c, d, e)",
    ] {
        direct(script, &batches);
        direct(&format!("PRAGMA page_size = 512; {script}"), &batches);
        direct(&format!("PRAGMA page_size = 65536; {script}"), &batches);
        direct(&format!("PRAGMA auto_vacuum = FULL; {script}"), &batches);
    }
}

#[test]
fn what_is_in_the_way() {
    let batches = [various(300, 1), various(40, 2)];
    let table = "CREATE TABLE t (a, b, c, d, e)";
    for (script, reason) in [
        (format!("{table}; CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END"), "triggers"),
        ("CREATE TABLE t (a, b, c, d, e, CHECK (a IS NULL OR a <> 1234567))".to_owned(), "CHECK"),
        ("CREATE TABLE t (a, b, c, d, e, f AS (a + 1) STORED)".to_owned(), "more"),
        (format!("{table}; CREATE INDEX i ON t (a + 1)"), "more"),
        (format!("{table}; CREATE INDEX i ON t (a) WHERE b > 0"), "more"),
        (format!("PRAGMA encoding = 'UTF-16le'; {table}"), "UTF-16"),
        ("CREATE TABLE t (a TEXT, b, c, d, e)".to_owned(), "texts"),
        (
            "CREATE TABLE p (x UNIQUE); CREATE TABLE t (a, b, c, d, e, f DEFAULT NULL REFERENCES p (x))".to_owned(),
            "foreign",
        ),
    ] {
        not_direct(&script, &batches, reason);
    }
    let keyed = batch(vec![("a", integers(0..500)), ("b", integers(0..500))]);
    not_direct(
        "CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID",
        &[keyed],
        "",
    );
}

/// Given rowids of an `AUTOINCREMENT` table.
fn with_sequence(script: &str, batches: &[RecordBatch]) {
    let (_, report) = same(script, batches, &LoadOptions::new());
    assert!(report.is_none_or(|report| report.path != LoadPath::Direct));
}

#[test]
fn rowids_that_are_given() {
    let table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v)";
    let given = |ids: Vec<Option<i64>>| {
        let values = integers(0..ids.len() as i64);
        batch(vec![
            ("id", Arc::new(Int64Array::from(ids)) as ArrayRef),
            ("v", values),
        ])
    };
    direct(table, &[given((0..2000).map(|id| Some(id * 3)).collect())]);
    direct(table, &[given((0..700).map(|id| Some(-id)).collect())]);
    direct(
        table,
        &[given(
            (0..700)
                .map(|id| (id % 10 != 4).then_some(id * 5))
                .collect(),
        )],
    );
    direct(
        table,
        &[given(vec![Some(1), Some(i64::MAX - 1), None, Some(7)])],
    );
    direct(
        table,
        &[given(vec![
            Some(1),
            Some(i64::MIN),
            Some(i64::MAX),
            Some(7),
        ])],
    );
    let clash = direct(
        table,
        &[
            given(vec![Some(1), Some(2)]),
            given(vec![Some(3), Some(2), Some(4)]),
        ],
    );
    assert!(
        clash
            .result
            .unwrap_err()
            .contains("UNIQUE constraint failed: t.id")
    );
    let sequence = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)";
    with_sequence(
        sequence,
        &[given(
            (0..700)
                .map(|id| (id % 10 != 4).then_some(id * 5))
                .collect(),
        )],
    );
    with_sequence(
        sequence,
        &[given(vec![Some(1), Some(i64::MAX), None, Some(7)])],
    );
    with_sequence(
        sequence,
        &[
            given(vec![Some(100)]),
            given(vec![None, None]),
            given(vec![Some(50)]),
        ],
    );
    // An index beside.
    let indexed = format!("{table}; CREATE INDEX i ON t (v)");
    direct(
        &indexed,
        &[given(
            (0..700)
                .map(|id| (id % 10 != 4).then_some(id * 5))
                .collect(),
        )],
    );
    direct(
        &indexed,
        &[given((0..700).map(|id| Some(id % 600)).collect())],
    );
}

#[test]
fn rows_that_are_refused() {
    let unique = "CREATE TABLE t (a INTEGER UNIQUE, b TEXT COLLATE NOCASE, c NOT NULL); CREATE UNIQUE INDEX i ON t (b, a);
                  CREATE INDEX j ON t (c); INSERT INTO t VALUES (5000, 'there', 1)";
    let rows = |from: i64, to: i64, change: fn(i64) -> Option<i64>| {
        batch(vec![
            (
                "a",
                Arc::new(Int64Array::from_iter((from..to).map(change))) as ArrayRef,
            ),
            (
                "b",
                strings((from..to).map(|row| format!("text {}", row % 50))),
            ),
            (
                "c",
                Arc::new(Int64Array::from_iter(
                    (from..to).map(|row| (row != 1234).then_some(row % 5)),
                )) as ArrayRef,
            ),
        ])
    };
    // Well, but for what is given.
    direct(unique, &[rows(0, 500, Some), rows(500, 1000, Some)]);
    direct(
        unique,
        &[
            rows(0, 500, |row| (row % 3 != 0).then_some(row)),
            rows(500, 1000, Some),
        ],
    );
    for (batches, message) in [
        (
            vec![rows(0, 500, |row| Some(if row == 400 { 20 } else { row }))],
            "row 401",
        ),
        (
            vec![
                rows(0, 500, Some),
                rows(500, 900, |row| Some(if row == 700 { 20 } else { row })),
            ],
            "row 701",
        ),
        (
            vec![
                rows(0, 500, Some),
                rows(500, 900, |row| {
                    Some(if row > 700 { row - 600 } else { row })
                }),
            ],
            "row 702",
        ),
        (
            vec![rows(0, 500, |row| Some(if row == 77 { 5000 } else { row }))],
            "row 78",
        ),
        (vec![rows(0, 1500, Some)], "NOT NULL constraint failed: t.c"),
        (
            vec![rows(0, 1500, |row| Some(if row == 900 { 20 } else { row }))],
            "row 901",
        ),
        (
            vec![
                rows(0, 1000, Some),
                rows(1000, 1500, |row| Some(if row == 1300 { 20 } else { row })),
            ],
            "row 1235",
        ),
    ] {
        for script in [
            unique.to_owned(),
            format!("{unique}; BEGIN; INSERT INTO t VALUES (6000, 'mine', 1)"),
        ] {
            let outcome = direct(&script, &batches);
            let error = outcome.result.unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}

#[test]
fn values_that_do_not_fit() {
    let nans = |at: i64| {
        Arc::new(Float64Array::from_iter_values(
            (0..900).map(|row| if row == at { f64::NAN } else { row as f64 }),
        )) as ArrayRef
    };
    let large = |at: u64| {
        Arc::new(UInt64Array::from_iter_values(
            (0..900).map(|row| if row == at { u64::MAX } else { row }),
        )) as ArrayRef
    };
    let numbers = || integers((0..900).map(|row| row % 800));
    for script in [
        "CREATE TABLE t (x, y, z)",
        "CREATE TABLE t (x REAL, y INTEGER, z UNIQUE)",
        "CREATE TABLE t (x REAL, y INT, z INT) STRICT",
    ] {
        for (x, y) in [
            (500, 500),
            (600, 500),
            (500, 600),
            (0, 2000),
            (2000, 0),
            (850, 2000),
            (2000, 2000),
        ] {
            let batches = [batch(vec![
                ("x", nans(x)),
                ("y", large(y as u64)),
                ("z", numbers()),
            ])];
            same(script, &batches, &LoadOptions::new());
            same(script, &batches, &LoadOptions::new().on_nan(OnNan::Null));
            same(script, &batches, &LoadOptions::new().on_nan(OnNan::Text));
        }
    }
}

#[test]
fn texts_that_look_like_numbers() {
    let texts = [
        "",
        " ",
        "1",
        " 12 ",
        "1.5",
        "abc",
        "2013-01-01",
        "+",
        "-",
        ".",
        "1e5",
        "1e",
        "0x10",
        "٣",
        "1\0",
        "007",
        "-0",
        "1e400x",
        "NaN",
        "Infinity",
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890 x",
    ];
    for kind in ["NUMERIC", "INTEGER", "REAL", "DATE", "TEXT", "BLOB", "ANY"] {
        let column = strings((0..400).map(|row| texts[row % texts.len()].to_owned()));
        let views: ArrayRef = Arc::new(StringViewArray::from_iter_values(
            (0..400).map(|row| texts[row % texts.len()]),
        ));
        let batches = [batch(vec![("x", column), ("y", views)])];
        direct(&format!("CREATE TABLE t (x {kind}, y {kind})"), &batches);
        direct(
            &format!("CREATE TABLE t (x {kind}, y {kind}); CREATE INDEX i ON t (y, x)"),
            &batches,
        );
    }
}

#[test]
fn large_records() {
    let rows = fewer(60).max(15);
    let texts = || strings((0..rows).map(|row| "x".repeat((row * row * 100) as usize)));
    let batches = [
        batch(vec![("n", integers(0..rows)), ("x", texts())]),
        batch(vec![("n", integers(rows..2 * rows)), ("x", texts())]),
    ];
    for pragma in [
        "page_size = 512",
        "page_size = 4096",
        "page_size = 65536",
        "auto_vacuum = INCREMENTAL",
    ] {
        direct(&format!("PRAGMA {pragma}; CREATE TABLE t (n, x)"), &batches);
        direct(
            &format!(
                "PRAGMA {pragma}; CREATE TABLE t (n, x); CREATE INDEX i ON t (x); CREATE UNIQUE INDEX j ON t (x, n)"
            ),
            &batches,
        );
    }
}

#[test]
fn files_and_their_journals() {
    let many: Vec<_> = (0..6)
        .map(|salt| various(fewer(3000), salt * 7919))
        .collect();
    for pragmas in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 10",
        "PRAGMA journal_mode = WAL; PRAGMA cache_size = 10",
        "PRAGMA journal_mode = MEMORY; PRAGMA page_size = 1024; PRAGMA auto_vacuum = FULL; PRAGMA cache_size = 10",
    ] {
        let mut first: Option<Vec<String>> = None;
        for path in PATHS {
            let folder = tempfile::tempdir().unwrap();
            let conn = Connection::open(folder.path().join("t.db")).unwrap();
            conn.execute_batch(&format!(
                "{pragmas}; CREATE TABLE t (a, b, c, d, e); CREATE INDEX i ON t (c, a); CREATE INDEX j ON t (b);
                 CREATE TABLE other (x); INSERT INTO other VALUES (1)"
            ))
            .unwrap();
            let options = LoadOptions::new().path(path);
            // Once undone, once kept, in a transaction and without.
            conn.execute_batch("BEGIN; INSERT INTO other VALUES (2); SAVEPOINT s")
                .unwrap();
            load_all(&conn, &many, &options).unwrap();
            conn.execute_batch("ROLLBACK TO s").unwrap();
            assert_eq!(integrity(&conn), ["ok", "ok"]);
            load_all(&conn, &many[..2], &options).unwrap();
            conn.execute_batch("COMMIT").unwrap();
            load_all(&conn, &many, &options).unwrap();
            let mut loader = conn.loader("t", many[0].schema(), &options).unwrap();
            loader.append(&many[0]).unwrap();
            drop(loader);
            drop(conn);
            let conn = Connection::open(folder.path().join("t.db")).unwrap();
            assert_eq!(integrity(&conn), ["ok", "ok"], "{path:?} {pragmas}");
            let found = dump(&conn);
            match &first {
                None => first = Some(found),
                Some(first) => assert!(first == &found, "{path:?} {pragmas}"),
            }
        }
    }
}

#[test]
fn readers_on_the_table_see_their_rows() {
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a INTEGER, b TEXT); CREATE INDEX i ON t (b)")
            .unwrap();
        conn.execute_batch("WITH RECURSIVE n (a) AS (VALUES (1) UNION ALL SELECT a + 1 FROM n WHERE a < 500) INSERT INTO t SELECT a, a FROM n")
            .unwrap();
        let rows = batch(vec![
            ("a", integers(0..300)),
            ("b", strings((0..300).map(|row| format!("x{row}")))),
        ]);
        let mut loader = conn
            .loader("t", rows.schema(), &LoadOptions::new().path(path))
            .unwrap();
        let mut stmt = conn
            .prepare("SELECT rowid FROM t WHERE rowid <= 500")
            .unwrap();
        let mut backwards = conn
            .prepare("SELECT b FROM t INDEXED BY i WHERE b >= 'x' ORDER BY b")
            .unwrap();
        loader.append(&rows).unwrap();
        let mut reading = stmt.query(()).unwrap();
        let mut seen = 0;
        while let Some(row) = reading.next().unwrap() {
            seen += 1;
            assert_eq!(row.get::<_, i64>(0).unwrap(), seen);
            if seen % 100 == 0 {
                loader.append(&rows).unwrap();
                // Through the index: what was just loaded is there.
                let mut found = 0;
                let mut texts = backwards.query(()).unwrap();
                while texts.next().unwrap().is_some() {
                    found += 1;
                }
                assert_eq!(found, 300 * (1 + seen / 100));
            }
        }
        assert_eq!(seen, 500);
        drop(reading);
        assert_eq!(loader.finish().unwrap().rows, 1800);
        assert_eq!(integrity(&conn), ["ok", "ok"]);
    }
}

#[test]
fn statements_between_batches_see_whole_tables() {
    let rows = |from: i64| {
        batch(vec![
            ("a", integers(from..from + 100)),
            ("b", integers((from..from + 100).map(|row| row % 7))),
        ])
    };
    for path in PATHS {
        for kept in [true, false] {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch("CREATE TABLE t (a INTEGER UNIQUE, b); CREATE INDEX i ON t (b); CREATE TABLE u (x); BEGIN; INSERT INTO u VALUES (1)")
                .unwrap();
            let mut loader = conn
                .loader("t", rows(0).schema(), &LoadOptions::new().path(path))
                .unwrap();
            loader.append(&rows(0)).unwrap();
            loader.append(&rows(100)).unwrap();
            let count = |sql: &str| conn.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(count("SELECT count(*) FROM t INDEXED BY i WHERE b = 0"), 29);
            loader.append(&rows(200)).unwrap();
            assert_eq!(integrity(&conn), ["ok", "ok"]);
            conn.execute("INSERT INTO t VALUES (-1, 0)", ()).unwrap();
            loader.append(&rows(300)).unwrap();
            // Not unique: some path hears of it now, another one later.
            let refused = kept
                || match loader.append(&rows(-1)) {
                    Err(error) => {
                        assert!(error.to_string().contains("row 401"), "{error}");
                        true
                    }
                    Ok(()) => false,
                };
            if kept {
                assert_eq!(loader.finish().unwrap().rows, 400);
                assert_eq!(count("SELECT count(*) FROM t"), 401);
            } else {
                // The load is undone before anything else looks.
                assert_eq!(count("SELECT count(*) FROM t"), 0);
                assert_eq!(count("SELECT count(*) FROM u"), 1);
                let error = loader.finish().unwrap_err().to_string();
                if !refused {
                    assert!(
                        error.contains("row 401")
                            && error.contains("UNIQUE constraint failed: t.a"),
                        "{error}"
                    );
                }
                // Nothing is in the way of another one.
                let mut again = conn
                    .loader("t", rows(0).schema(), &LoadOptions::new().path(path))
                    .unwrap();
                again.append(&rows(0)).unwrap();
                again.finish().unwrap();
            }
            assert_eq!(integrity(&conn), ["ok", "ok"]);
            assert!(!conn.is_autocommit());
        }
    }
}

#[test]
fn temporary_and_attached_tables() {
    let rows = batch(vec![
        ("a", integers(0..3000)),
        (
            "b",
            strings((0..3000).map(|row| format!("{}", row * 37 % 1000))),
        ),
    ]);
    for schema in ["temp", "aux"] {
        for path in PATHS {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(&format!(
                "ATTACH ':memory:' AS aux; CREATE TABLE t (wrong); CREATE TABLE {schema}.t (a, b); CREATE INDEX {schema}.i ON t (b)"
            ))
            .unwrap();
            let table = clib::TableName::in_schema(schema, "t");
            let mut loader = conn
                .loader(table, rows.schema(), &LoadOptions::new().path(path))
                .unwrap();
            loader.append(&rows).unwrap();
            loader.append(&rows).unwrap();
            let report = loader.finish().unwrap();
            assert_eq!(report.rows, 6000);
            if clib::LINK_MODE == "vendored" {
                assert_eq!(report.path, path);
            }
            let found: i64 = conn
                .query_row(
                    &format!("SELECT count(*) FROM {schema}.t INDEXED BY i WHERE b >= ''"),
                    (),
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(found, 6000);
            let check: String = conn
                .query_row(&format!("PRAGMA {schema}.integrity_check"), (), |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(check, "ok");
        }
    }
}

#[test]
fn schemas_that_change_between_batches() {
    let rows = batch(vec![("a", integers(0..300)), ("b", integers(0..300))]);
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a, b); CREATE TABLE log (n)")
            .unwrap();
        let mut loader = conn
            .loader("t", rows.schema(), &LoadOptions::new().path(path))
            .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("ALTER TABLE t ADD COLUMN c DEFAULT 'new'")
            .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("CREATE INDEX i ON t (b, c)").unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch(
            "CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.rowid); END",
        )
        .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("DROP TRIGGER r; DROP INDEX i").unwrap();
        loader.append(&rows).unwrap();
        assert_eq!(loader.finish().unwrap().rows, 1500);
        assert_eq!(integrity(&conn), ["ok", "ok"]);
        let facts: String = conn
            .query_row("SELECT (SELECT count(*) || ' ' || sum(c = 'new') FROM t) || ' ' || (SELECT count(*) || ' ' || min(n) FROM log)", (), |row| row.get(0))
            .unwrap();
        assert_eq!(facts, "1500 1500 300 901", "{path:?}");
    }
}

/// Which reals are stored as integers has edges: 2^48, 2^53, and the largest reals below 2^63.
#[test]
fn reals_at_the_edges_of_integers() {
    let edges = [
        0.0,
        -0.0,
        0.5,
        281_474_976_710_655.0,
        281_474_976_710_656.0,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        9_223_372_036_854_773_760.0,
        9_223_372_036_854_774_784.0,
        9_223_372_036_854_775_808.0,
        1e300,
        5e-324,
    ];
    // Each twice and with its sign turned, as the first row of a load is always executed.
    let values: Vec<f64> = edges
        .iter()
        .flat_map(|edge| [*edge, -edge, *edge])
        .collect();
    for kind in ["NUMERIC", "INTEGER", "REAL", "BLOB", "ANY"] {
        let batches = [batch(vec![(
            "x",
            Arc::new(Float64Array::from(values.clone())) as ArrayRef,
        )])];
        direct(&format!("CREATE TABLE t (x {kind})"), &batches);
        direct(
            &format!("CREATE TABLE t (x {kind}); CREATE INDEX i ON t (x)"),
            &batches,
        );
    }
}

/// A batch that the kernel does not take, between batches that it takes.
#[test]
fn paths_change_between_batches() {
    let dictionary = |keys: Vec<Option<i16>>, values: Vec<&str>| {
        let keys = Int16Array::from(keys);
        let values = Arc::new(StringArray::from(values));
        batch(vec![(
            "x",
            Arc::new(DictionaryArray::new(keys, values)) as ArrayRef,
        )])
    };
    let batches = [
        dictionary(vec![Some(0), Some(1)], vec!["a", "b"]),
        dictionary(vec![None], vec![]),
        dictionary(vec![], vec!["c"]),
        dictionary(vec![Some(0), None, Some(0)], vec!["d"]),
        dictionary(vec![None, None], vec![]),
    ];
    for script in [
        "CREATE TABLE t (x TEXT)",
        "CREATE TABLE t (x TEXT, y AS (x || 1))",
        "CREATE TABLE t (x TEXT); CREATE INDEX i ON t (x)",
    ] {
        same(script, &batches, &LoadOptions::new());
    }
}

/// A statement whose parameters were bound before the load runs at its first step, in the middle of the load: it must see whole
/// indexes, and may end the transaction.
#[test]
fn statements_that_begin_late() {
    for sql in [
        "DELETE FROM t",
        "COMMIT",
        "ROLLBACK",
        "SELECT count(*) FROM t",
    ] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (x UNIQUE, y); CREATE INDEX i ON t (y)")
            .unwrap();
        let mut late = conn.prepare(sql).unwrap();
        let mut rows = late.query(()).unwrap();
        let batch = batch(vec![("x", integers(0..500)), ("y", integers(0..500))]);
        let mut loader = conn
            .loader("t", batch.schema(), &LoadOptions::new())
            .unwrap();
        loader.append(&batch).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        let _ = loader.append(&batch);
        let _ = loader.finish();
        assert_eq!(integrity(&conn), ["ok", "ok"], "{sql}");
    }
}

/// As after a loop of statements for one row each, the last of which has failed.
#[test]
fn counters_after_a_load_that_fails() {
    let script = "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER UNIQUE, c INTEGER); INSERT INTO t VALUES (1, -1, 1)";
    let rows = 1200;
    // Statements for many rows have 170 of them.
    for at in [0, 1, 169, 170, 171, 340, 1000, rows - 1] {
        for fault in ["NULL", "UNIQUE", "no form"] {
            let is_at = |row: &usize| *row == at;
            let a = (0..rows).map(|row| (fault != "NULL" || !is_at(&row)).then_some(row as i64));
            let b = (0..rows).map(|row| match fault {
                "UNIQUE" if is_at(&row) => -1,
                _ => row as i64,
            });
            let c = (0..rows).map(|row| match fault {
                "no form" if is_at(&row) => u64::MAX,
                _ => 7,
            });
            let batch = batch(vec![
                ("a", Arc::new(Int64Array::from_iter(a))),
                ("b", integers(b)),
                ("c", Arc::new(UInt64Array::from_iter_values(c))),
            ]);
            let outcome = direct(script, &[batch]);
            let message = outcome.result.unwrap_err();
            assert!(message.contains(&format!("row {}", at + 1)), "{message}");
            assert_eq!(outcome.changes, 0, "{fault} in row {at}");
            assert_eq!(outcome.total_changes, at as u64, "{fault} in row {at}");
            assert_eq!(
                outcome.last_insert_rowid,
                at as i64 + 1,
                "{fault} in row {at}"
            );
        }
    }
}

/// An interrupt ends a load on every path, also where no statement is running just then.
#[test]
fn an_interrupt_ends_a_load_on_every_path() {
    let rows = fewer(200_000);
    let values: ArrayRef = integers((0..rows).rev());
    let large = batch(vec![("a", Arc::clone(&values)), ("b", values)]);
    let scripts = ["CREATE TABLE t (a, b)", "CREATE TABLE t (a PRIMARY KEY, b)"];
    for (path, script) in PATHS
        .iter()
        .flat_map(|path| scripts.map(|script| (*path, script)))
    {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(script).unwrap();
        conn.execute_batch("BEGIN; INSERT INTO t VALUES (-1, 'before')")
            .unwrap();
        let options = LoadOptions::new().path(path);
        let mut loader = conn.loader("t", large.schema(), &options).unwrap();
        loader.append(&large.slice(0, 10)).unwrap();
        let handle = conn.interrupt_handle();
        // One between two calls is none of the loader's.
        handle.interrupt();
        loader.append(&large.slice(10, 10)).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        let error = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    handle.interrupt();
                }
            });
            let error = loader.append(&large.slice(20, large.num_rows() - 20));
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            error.unwrap_err()
        });
        assert!(error.is_interrupt(), "{path:?} {script}: {error}");
        drop(loader);
        if conn.is_autocommit() {
            // One that comes within a statement takes the transaction with it, as SQLite has it.
            assert!(
                error
                    .to_string()
                    .contains("rolled back the whole transaction")
            );
            continue;
        }
        let count = |sql: &str| conn.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM t"), 1, "{path:?} {script}");
        conn.execute_batch("COMMIT").unwrap();
        assert_eq!(integrity(&conn), ["ok", "ok"]);
    }
}

/// So does one that comes while the reader makes the next batch.
#[test]
fn an_interrupt_between_batches_ends_a_load() {
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a)").unwrap();
        let handle = conn.interrupt_handle();
        let batch = batch(vec![("a", integers(0..10))]);
        let batches = (0..5).map(|number| {
            if number == 3 {
                handle.interrupt();
            }
            Ok(batch.clone())
        });
        let reader = arrow_array::RecordBatchIterator::new(batches, batch.schema());
        let error = conn
            .load("t", reader, &LoadOptions::new().path(path))
            .unwrap_err();
        assert!(error.is_interrupt(), "{path:?}: {error}");
        let count = conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0));
        assert_eq!(count.unwrap(), 0);
    }
}
