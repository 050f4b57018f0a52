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

mod failed;
mod meanwhile;
mod refused;

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int16Array, Int64Array,
    RecordBatch, StringArray, StringViewArray, UInt64Array,
};
use clib::{Code, Connection, Error, LoadMode, LoadOptions, LoadPath, LoadReport, OnNan};
use clib_tests::dump::{dump, integrity};
use clib_tests::random::is_slow;
use clib_tests::understands;

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
    ]
    .into_iter()
    .filter(|script| understands(script))
    {
        direct(&format!("PRAGMA page_size = 512; {script}"), &batches);
        if !is_slow() {
            direct(script, &batches);
            direct(&format!("PRAGMA page_size = 65536; {script}"), &batches);
            direct(&format!("PRAGMA auto_vacuum = FULL; {script}"), &batches);
        }
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
