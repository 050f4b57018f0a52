//! Looking up many keys: by walking the trees, by the kernel one by one, and by the portable twin, with the same results.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, DictionaryArray, Float64Array, Int8Array,
    Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray, StringViewArray,
    UInt64Array,
};
use arrow_schema::{DataType, Field, Schema};
use clib::{Connection, Error, OnMismatch, ReadOptions, ReadPath, TableName};
use proptest::prelude::*;

fn open(script: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(script).unwrap();
    conn
}

fn slow() -> bool {
    std::env::var_os("CLIB_TESTS_SLOW").is_some()
}

fn kernel() -> bool {
    clib::LINK_MODE == "vendored"
}

/// What a lookup gives: batches with what was found, and how it ended.
#[derive(Debug, PartialEq)]
struct Outcome {
    batches: Vec<(RecordBatch, BooleanArray)>,
    nulled: u64,
    error: Option<String>,
}

fn look(
    conn: &Connection,
    table: &TableName,
    key: &str,
    keys: &dyn Array,
    columns: &[&str],
    options: &ReadOptions,
) -> Outcome {
    let mut outcome = Outcome {
        batches: Vec::new(),
        nulled: 0,
        error: None,
    };
    let mut lookup = match conn.lookup(table, key, keys, columns, options) {
        Ok(lookup) => lookup,
        Err(error) => {
            outcome.error = Some(error.to_string());
            return outcome;
        }
    };
    loop {
        match lookup.next_batch() {
            Ok(Some(batch)) => {
                assert_eq!(lookup.found().len(), batch.num_rows());
                outcome.batches.push((batch, lookup.found().clone()));
            }
            Ok(None) => break,
            Err(error) => {
                outcome.error = Some(error.to_string());
                break;
            }
        }
    }
    outcome.nulled = lookup.report().nulled;
    outcome
}

/// Looks up by all paths, which must agree.
fn agree(
    conn: &Connection,
    table: &TableName,
    key: &str,
    keys: &dyn Array,
    columns: &[&str],
    options: &ReadOptions,
) -> Outcome {
    let by = |path| {
        let options = options.clone().path(path);
        look(conn, table, key, keys, columns, &options)
    };
    let portable = by(ReadPath::Portable);
    for path in [ReadPath::Fill, ReadPath::Scan, ReadPath::Auto] {
        assert_eq!(by(path), portable, "{path:?}");
    }
    portable
}

fn agree_all(conn: &Connection, key: &str, keys: &dyn Array) -> Outcome {
    agree(conn, &"t".into(), key, keys, &[], &ReadOptions::new())
}

fn found(outcome: &Outcome) -> Vec<bool> {
    let found = outcome.batches.iter().flat_map(|(_, found)| found.iter());
    found.map(|found| found.unwrap()).collect()
}

fn fault(result: clib::Result<impl std::fmt::Debug>) -> String {
    match result.unwrap_err() {
        Error::Lookup(error) => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn rows_come_in_the_order_of_the_keys() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b REAL)");
    conn.execute_batch("INSERT INTO t VALUES (-5, 'minus', 1), (1, 'one', 2.5), (9, NULL, NULL)")
        .unwrap();
    let keys = Int64Array::from(vec![
        Some(9),
        Some(1),
        None,
        Some(2),
        Some(1),
        Some(-5),
        Some(i64::MIN),
        Some(i64::MAX),
    ]);
    let outcome = agree_all(&conn, "id", &keys);
    assert_eq!(
        found(&outcome),
        [true, true, false, false, true, true, false, false]
    );
    let (batch, _) = &outcome.batches[0];
    let ids: Vec<_> = batch.column(0).as_primitive::<Int64Type>().iter().collect();
    assert_eq!(
        ids,
        [Some(9), Some(1), None, None, Some(1), Some(-5), None, None]
    );
    let texts: Vec<_> = batch.column(1).as_string::<i32>().iter().collect();
    assert_eq!(texts[..2], [None, Some("one")]);
    assert_eq!(texts[5], Some("minus"));
}

#[test]
fn the_path_is_told() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b AS (id + 1))");
    conn.execute_batch("INSERT INTO t (id, a) VALUES (1, 'one')")
        .unwrap();
    let many = Int64Array::from_iter_values(0..100);
    let texts = StringArray::from_iter_values((0..100).map(|key| key.to_string()));
    let plan = |key: &str, keys: &dyn Array, columns: &[&str], path| {
        let options = ReadOptions::new().path(path);
        let lookup = conn.lookup("t", key, keys, columns, &options).unwrap();
        lookup.plan().clone()
    };
    let plain = &["id", "a"];
    assert_eq!(
        plan("id", &many, plain, ReadPath::Portable).path,
        ReadPath::Portable
    );
    if kernel() {
        assert_eq!(
            plan("id", &many, plain, ReadPath::Auto).path,
            ReadPath::Scan
        );
        assert_eq!(
            plan("a", &texts, plain, ReadPath::Auto).path,
            ReadPath::Scan
        );
        let few = plan("id", &many.slice(0, 10), plain, ReadPath::Auto);
        assert_eq!(few.to_string(), "fill: the keys are few");
        for (key, keys, columns) in [
            ("id", &texts as &dyn Array, plain as &[&str]),
            ("a", &many, plain),
            ("id", &many, &["b"]),
        ] {
            let plan = plan(key, keys, columns, ReadPath::Auto);
            assert_eq!(plan.path, ReadPath::Fill, "{plan}");
            assert!(plan.obstacle.is_some());
        }
    }
}

#[test]
fn keys_are_compared_as_sqlite_compares_them() {
    let conn = open(
        "CREATE TABLE t (n INTEGER UNIQUE, r REAL UNIQUE, x TEXT UNIQUE, c TEXT COLLATE NOCASE UNIQUE, z UNIQUE);
         INSERT INTO t VALUES (1, 1, '1', 'One', 1), (2, 2.5, '2.5', 'two', x'74776f'), (NULL, NULL, NULL, NULL, 'two')",
    );
    let check = |key: &str, keys: ArrayRef, expected: &[bool]| {
        let outcome = agree(&conn, &"t".into(), key, &keys, &["n"], &ReadOptions::new());
        assert_eq!(found(&outcome), expected, "{key} {keys:?}");
    };
    let integers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let reals: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.5, f64::NAN]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", "2.5", "one", "two", " 1"]));
    let blobs: ArrayRef = Arc::new(BinaryArray::from(vec![&b"two"[..], b"1"]));
    check("n", integers.clone(), &[true, true, false]);
    check("n", reals.clone(), &[true, false, false]);
    check("n", texts.clone(), &[true, false, false, false, true]);
    check("r", integers.clone(), &[true, false, false]);
    check("r", reals.clone(), &[true, true, false]);
    check("x", integers.clone(), &[true, false, false]);
    check("x", reals.clone(), &[false, true, false]);
    check("x", texts.clone(), &[true, true, false, false, false]);
    check("c", texts.clone(), &[false, false, true, true, false]);
    check("z", integers, &[true, false, false]);
    check("z", texts, &[false, false, false, true, false]);
    check("z", blobs, &[true, false]);
    check("z", Arc::new(NullArray::new(3)), &[false; 3]);
}

#[test]
fn many_types_of_arrays_are_keys() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT UNIQUE)");
    conn.execute_batch("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, '2024-01-02')")
        .unwrap();
    let dictionary: DictionaryArray<Int32Type> = vec![Some("b"), None, Some("b"), Some("c")]
        .into_iter()
        .collect();
    for (key, keys, expected) in [
        (
            "id",
            Arc::new(Int8Array::from(vec![2, 7])) as ArrayRef,
            &[true, false][..],
        ),
        (
            "id",
            Arc::new(UInt64Array::from(vec![Some(2), None])),
            &[true, false],
        ),
        (
            "x",
            Arc::new(LargeStringArray::from(vec!["b", ""])),
            &[true, false],
        ),
        (
            "x",
            Arc::new(StringViewArray::from(vec![
                "b",
                "a text of more than twelve bytes",
            ])),
            &[true, false],
        ),
        ("x", Arc::new(dictionary), &[true, false, true, false]),
        (
            "x",
            Arc::new(arrow_array::Date32Array::from(vec![19724, 0])),
            &[true, false],
        ),
        // Part of an array.
        (
            "id",
            Int64Array::from(vec![None, Some(2), None, Some(9), Some(1)])
                .slice(1, 4)
                .into_parts_array(),
            &[true, false, false, true],
        ),
        (
            "x",
            Arc::new(StringArray::from(vec![None, Some("z"), Some("b"), None]).slice(1, 3)),
            &[false, true, false],
        ),
    ] {
        assert_eq!(found(&agree_all(&conn, key, &keys)), expected, "{keys:?}");
    }
    let beyond = UInt64Array::from(vec![1, u64::MAX]);
    assert_eq!(
        fault(conn.lookup("t", "id", &beyond, &[], &ReadOptions::new())),
        "looking up keys in table `t`, column `id`, key 2: 18446744073709551615 is beyond SQLite's integers, which end at \
         9223372036854775807: cast the column to Decimal128(20, 0) or Utf8"
    );
}

trait IntoArray {
    fn into_parts_array(self) -> ArrayRef;
}

impl IntoArray for Int64Array {
    fn into_parts_array(self) -> ArrayRef {
        Arc::new(self)
    }
}

#[test]
fn no_keys_are_no_rows() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    let none = Int64Array::from(Vec::<i64>::new());
    assert_eq!(agree_all(&conn, "id", &none).batches, []);
    let lookup = conn
        .lookup("t", "id", &none, &["a"], &ReadOptions::new())
        .unwrap();
    assert_eq!(lookup.schema().field(0).data_type(), &DataType::Utf8);
    // Neither has an empty table.
    let keys = Int64Array::from_iter_values(0..200);
    assert_eq!(found(&agree_all(&conn, "id", &keys)), [false; 200]);
}

#[test]
fn what_is_no_key_is_refused() {
    let conn = open(
        "CREATE TABLE t (a INTEGER, b TEXT, c TEXT COLLATE NOCASE, d UNIQUE);
         CREATE INDEX tb ON t(b);
         CREATE UNIQUE INDEX tab ON t(a, b);
         CREATE UNIQUE INDEX part ON t(a) WHERE a > 5;
         CREATE UNIQUE INDEX expr ON t(lower(b));
         CREATE UNIQUE INDEX other ON t(c COLLATE BINARY);
         CREATE TABLE w (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
         CREATE VIEW v AS SELECT * FROM t",
    );
    let keys = Int64Array::from(vec![1]);
    let error = |table: &str, key: &str, columns: &[&str]| {
        fault(conn.lookup(table, key, &keys, columns, &ReadOptions::new()))
    };
    for (table, key) in [("t", "a"), ("t", "b"), ("t", "c"), ("w", "a")] {
        assert_eq!(
            error(table, key, &[]),
            format!(
                "looking up keys in table `{table}`, column `{key}`: the column is no unique key: look up the rowid or a column that \
                 has a unique index of its own, create one (CREATE UNIQUE INDEX), or join (Statement::query_batches)"
            )
        );
    }
    assert_eq!(
        error("t", "x", &[]),
        "looking up keys in table `t`, column `x`: there is no column `x`: there are a, b, c, d"
    );
    assert_eq!(
        error("t", "d", &["a", "y"]),
        "looking up keys in table `t`, column `d`: there is no column `y`: there are a, b, c, d"
    );
    assert_eq!(
        error("v", "a", &[]),
        "looking up keys in table `v`, column `a`: it is a view, which has no keys: look them up in its table"
    );
    assert_eq!(
        error("none", "a", &[]),
        "looking up keys in table `none`, column `a`: there is no such table"
    );
    // These are.
    for (table, key) in [("t", "d"), ("t", "rowid"), ("t", "OID")] {
        conn.lookup(table, key, &keys, &[], &ReadOptions::new())
            .unwrap();
    }
    // There is none.
    assert!(matches!(
        conn.lookup("w", "rowid", &keys, &[], &ReadOptions::new()),
        Err(Error::Sqlite(_))
    ));
}

#[test]
fn misfits_name_the_key_and_an_absent_key_is_null() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)");
    conn.execute_batch("INSERT INTO t VALUES (1, 10), (2, 'two'), (3, 30), (4, 'four')")
        .unwrap();
    let keys = Int64Array::from(vec![3, 4, 2, 1]);
    let outcome = agree_all(&conn, "id", &keys);
    assert!(
        outcome
            .error
            .unwrap()
            .starts_with("table `t`, column `a`, row 2: expected Int64, found TEXT 'four'")
    );
    let null = ReadOptions::new().on_mismatch(OnMismatch::Null);
    let outcome = agree(&conn, &"t".into(), "id", &keys, &[], &null);
    assert_eq!((outcome.nulled, outcome.error), (2, None));
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("a", DataType::Utf8, false),
    ]));
    let strict = ReadOptions::new()
        .schema(schema)
        .on_mismatch(OnMismatch::Text);
    let outcome = agree(&conn, &"t".into(), "id", &keys, &[], &strict);
    assert_eq!(found(&outcome), [true; 4]);
    let absent = Int64Array::from(vec![3, 5]);
    let outcome = agree(&conn, &"t".into(), "id", &absent, &[], &strict);
    assert!(
        outcome
            .error
            .unwrap()
            .contains("column `a`, row 2: expected Utf8, found NULL")
    );
}

#[test]
fn writes_between_batches_are_seen() {
    for (path, key) in [
        (ReadPath::Scan, "id"),
        (ReadPath::Scan, "x"),
        (ReadPath::Portable, "id"),
    ] {
        let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT UNIQUE, a INTEGER)");
        conn.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO t SELECT i, 'x' || i, i FROM n",
        )
        .unwrap();
        let keys: ArrayRef = if key == "id" {
            Arc::new(Int64Array::from_iter_values((1..=2000).rev()))
        } else {
            Arc::new(StringArray::from_iter_values(
                (1..=2000).rev().map(|i| format!("x{i}")),
            ))
        };
        let options = ReadOptions::new().batch_rows(100).path(path);
        let mut lookup = conn.lookup("t", key, &keys, &["a"], &options).unwrap();
        let mut next = || {
            let batch = lookup.next_batch().unwrap().unwrap();
            let a = batch.column(0).as_primitive::<Int64Type>();
            (lookup.found().true_count(), a.iter().flatten().sum::<i64>())
        };
        let plain = |from: i64| (0..100).map(|i| from - i).sum::<i64>();
        assert_eq!(next(), (100, plain(2000)));
        // The first batch was read when the lookup was made, the second one is not.
        conn.execute_batch("DELETE FROM t WHERE id > 1850 AND id <= 1900")
            .unwrap();
        assert_eq!(next().0, 50);
        conn.execute_batch("UPDATE t SET a = -1 WHERE id > 1700 AND id <= 1800")
            .unwrap();
        assert_eq!(next(), (100, -100));
        conn.execute_batch("BEGIN; DELETE FROM t; ROLLBACK")
            .unwrap();
        assert_eq!(next(), (100, plain(1700)));
        conn.execute_batch("ALTER TABLE t ADD COLUMN b DEFAULT 7")
            .unwrap();
        assert_eq!(next(), (100, plain(1600)));
        conn.execute_batch("DELETE FROM t").unwrap();
        assert_eq!(next(), (0, 0));
        conn.execute_batch("INSERT INTO t (id, x, a) VALUES (1400, 'x1400', 3)")
            .unwrap();
        assert_eq!(next(), (1, 3));
    }
}

#[test]
fn another_connection_s_writes_are_not_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, i FROM n",
    )
    .unwrap();
    let other = Connection::open(&path).unwrap();
    let keys = Int64Array::from_iter_values(1..=500);
    for read in [ReadPath::Scan, ReadPath::Fill, ReadPath::Portable] {
        let options = ReadOptions::new().batch_rows(100).path(read);
        let mut lookup = conn.lookup("t", "id", &keys, &["a"], &options).unwrap();
        lookup.next_batch().unwrap().unwrap();
        other.execute_batch("UPDATE t SET a = a + 1000").unwrap();
        let mut sum = 0;
        while let Some(batch) = lookup.next_batch().unwrap() {
            let a = batch.column(0).as_primitive::<Int64Type>();
            sum += a.iter().flatten().sum::<i64>();
        }
        assert_eq!(sum, (101..=500).sum::<i64>(), "{read:?}");
        drop(lookup);
        other.execute_batch("UPDATE t SET a = a - 1000").unwrap();
    }
}

#[test]
fn an_interrupt_ends_a_lookup() {
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t SELECT i, i FROM n",
    )
    .unwrap();
    let keys = Int64Array::from_iter_values(1..=1000);
    for path in [ReadPath::Scan, ReadPath::Fill, ReadPath::Portable] {
        let options = ReadOptions::new().batch_rows(100).path(path);
        let mut lookup = conn.lookup("t", "id", &keys, &[], &options).unwrap();
        lookup.next_batch().unwrap().unwrap();
        conn.interrupt_handle().interrupt();
        assert!(lookup.next_batch().unwrap_err().is_interrupt(), "{path:?}");
        assert!(lookup.next_batch().unwrap().is_none());
        drop(lookup);
        // And nothing is left of it.
        conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0))
            .unwrap();
    }
}

#[test]
fn more_keys_than_a_window_and_records_than_are_held() {
    let rows = if slow() { 3_000 } else { 300_000 };
    let conn = open("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT UNIQUE, a TEXT)");
    conn.execute_batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO t SELECT i, printf('key-%08d', i * 7919 % {rows}), iif(i % 100 = 0, printf('%.*c', i % 9000, 'y'), i) FROM n"
    ))
    .unwrap();
    let key = |i: i64| i * 31 % (rows + 10);
    let ids = Int64Array::from_iter_values((0..rows).map(key));
    let texts = StringArray::from_iter_values((0..rows).map(|i| format!("key-{:08}", key(i))));
    // With few bytes at a time, windows shrink.
    for bytes in [1 << 24, 1 << 16] {
        let options = ReadOptions::new().batch_bytes(bytes);
        let sums = |key: &str, keys: &dyn Array, path| {
            let mut lookup = conn
                .lookup("t", key, keys, &[], &options.clone().path(path))
                .unwrap();
            let (mut rows, mut found, mut sum, mut length) = (0, 0, 0_i64, 0);
            while let Some(batch) = lookup.next_batch().unwrap() {
                let ids = batch.column(0).as_primitive::<Int64Type>();
                for (at, id) in (0_i64..).zip(ids) {
                    sum = sum.wrapping_mul(31).wrapping_add(id.unwrap_or(-1) + at);
                }
                rows += batch.num_rows();
                found += lookup.found().true_count();
                length += batch.column(2).as_string::<i32>().values().len();
            }
            (rows, found, sum, length)
        };
        for (key, keys) in [("id", &ids as &dyn Array), ("x", &texts)] {
            assert_eq!(
                sums(key, keys, ReadPath::Scan),
                sums(key, keys, ReadPath::Portable),
                "{key} {bytes}"
            );
        }
    }
}

/// Numbers that look random, the same for each seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 29);
        (x.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn text(&mut self) -> String {
        let prefix = self.pick(&[
            "",
            "k",
            "K",
            "key-",
            "ключ",
            "a long beginning that many keys share, so that it is skipped, ",
        ]);
        let end = self.pick(&["", "", "", " ", "é", "\u{1}"]);
        match self.below(4) {
            0 => format!("{prefix}{end}"),
            1 => format!("{}{end}", self.below(30)),
            _ => format!("{prefix}{}{end}", self.below(300)),
        }
    }

    fn integer(&mut self) -> i64 {
        match self.below(8) {
            0 => self.pick(&[
                i64::MIN,
                i64::MAX,
                -1,
                0,
                1,
                (1 << 53) + 1,
                -(1 << 53) - 1,
                1 << 32,
                127,
                128,
                -129,
            ]),
            1 => self.below(1 << 40).cast_signed(),
            _ => self.below(400).cast_signed() - 50,
        }
    }

    fn real(&mut self) -> f64 {
        match self.below(4) {
            0 => self.pick(&[
                -0.0,
                0.5,
                1e300,
                f64::INFINITY,
                9_007_199_254_740_992.0,
                -1.0,
            ]),
            _ => self.below(100) as f64 / 2.0,
        }
    }

    /// A value as SQL.
    fn value(&mut self) -> String {
        match self.below(10) {
            0 => "NULL".to_owned(),
            1..=3 => self.integer().to_string(),
            4 => format!("{:?}", self.real()).replace("inf", "9e999"),
            5 => format!(
                "x'{}'",
                self.text().bytes().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
            ),
            6 if self.below(20) == 0 => format!("printf('%.*c', {}, 'z')", self.below(3000)),
            _ => format!("'{}'", self.text()),
        }
    }

    fn keys(&mut self, count: usize) -> ArrayRef {
        let null = self.pick(&[0, 10]);
        let is_null = |this: &mut Self| null > 0 && this.below(null) == 0;
        match self.below(8) {
            0 | 1 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.integer()));
                Arc::new(keys.collect::<Int64Array>())
            }
            2 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.real()));
                Arc::new(keys.collect::<Float64Array>())
            }
            3 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text().into_bytes()));
                Arc::new(keys.collect::<BinaryArray>())
            }
            4 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text()));
                Arc::new(keys.collect::<StringViewArray>())
            }
            _ => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text()));
                Arc::new(keys.collect::<StringArray>())
            }
        }
    }
}

/// Tables with a key `k`, by what the key is.
const TABLES: &[&str] = &[
    "(k INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d)",
    "(a INTEGER, b TEXT, k INTEGER PRIMARY KEY AUTOINCREMENT, c REAL, d)",
    "(k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d)",
    "(k TEXT PRIMARY KEY, a INTEGER, b TEXT, c REAL, d)",
    "(a INTEGER, k TEXT COLLATE NOCASE UNIQUE, b TEXT, c REAL, d)",
    "(a INTEGER, k TEXT COLLATE RTRIM UNIQUE, b TEXT, c REAL, d)",
    "(a INTEGER, b TEXT, k UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k INTEGER UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k REAL UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k NUMERIC UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, c REAL, d, k BLOB UNIQUE)",
    "(a INTEGER, b TEXT, c REAL, d, k TEXT PRIMARY KEY) WITHOUT ROWID",
    "(a INTEGER, b TEXT, c REAL, d, k INTEGER PRIMARY KEY) WITHOUT ROWID",
    "(a INTEGER, b TEXT, c REAL, d, k PRIMARY KEY) WITHOUT ROWID",
    "(id INTEGER, k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d, PRIMARY KEY (id, d)) WITHOUT ROWID",
    "(k INTEGER PRIMARY KEY DESC, a INTEGER, b TEXT, c REAL, d)",
    "(k ANY UNIQUE, a ANY, b ANY, c ANY, d ANY) STRICT",
    "(k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d, e AS (a || b), f AS (a + 1) STORED)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if slow() { 8 } else { 192 }))]

    #[test]
    fn paths_agree(seed: u64, shape in 0..TABLES.len(), rows in 0..400_usize, count in 0..300_usize) {
        let mut random = Random(seed);
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!("PRAGMA page_size = {}", random.pick(&[512, 1024, 4096]))).unwrap();
        if random.below(10) == 0 {
            conn.execute_batch("PRAGMA encoding = 'UTF-16le'").unwrap();
        }
        conn.execute_batch("CREATE TABLE start (a)").unwrap();
        let schema = random.pick(&["main", "main", "main", "temp", "other"]);
        if schema == "other" {
            conn.execute_batch("ATTACH ':memory:' AS other").unwrap();
        }
        conn.execute_batch(&format!("CREATE TABLE {schema}.t {}", TABLES[shape])).unwrap();
        if random.below(8) == 0 {
            conn.execute_batch(&format!("CREATE UNIQUE INDEX {schema}.more ON t(k DESC)")).unwrap();
        }
        conn.execute_batch("BEGIN").unwrap();
        for row in 0..rows {
            if row == rows / 2 && random.below(2) == 0 {
                let default = random.pick(&["7", "'seven'", "7.5", "NULL"]);
                conn.execute_batch(&format!("ALTER TABLE {schema}.t ADD COLUMN g ANY DEFAULT {default}")).unwrap();
            }
            let id = if TABLES[shape].starts_with("(id") { ("id, ", format!("{row}, ")) } else { ("", String::new()) };
            let values: Vec<_> = (0..4).map(|_| random.value()).collect();
            let key = random.value();
            let sql = format!("INSERT OR IGNORE INTO {schema}.t ({}k, a, b, c, d) VALUES ({}{key}, {})", id.0, id.1, values.join(", "));
            // A text is no integer primary key.
            let _ = conn.execute_batch(&sql);
        }
        conn.execute_batch(&format!("DELETE FROM {schema}.t WHERE abs(random()) % 10 = 0")).unwrap();
        if random.below(2) == 0 {
            // Undone already, where there was no rowid left.
            let _ = conn.execute_batch("COMMIT");
        }
        let keys = random.keys(count);
        let columns = random.pick(&[
            &[][..], &["a", "b", "c", "d"], &["d", "k"], &["k"], &["b", "k", "b"], &["c"],
        ]);
        let with_rowid: Vec<_> = columns.iter().copied().chain(["rowid"]).collect();
        let columns = if !columns.is_empty() && !TABLES[shape].contains("WITHOUT") && random.below(2) == 0 {
            &with_rowid
        } else {
            columns
        };
        let mut options = ReadOptions::new()
            .batch_rows(random.pick(&[1, 7, 100, 8192]))
            .batch_bytes(random.pick(&[100, 5000, 1 << 24]));
        options = options.on_mismatch(random.pick(&[OnMismatch::Error, OnMismatch::Null, OnMismatch::Null, OnMismatch::Text, OnMismatch::Widen]));
        let table = if random.below(2) == 0 { TableName::new("t") } else { TableName::in_schema(schema, "t") };
        let key = if random.below(20) == 0 && !TABLES[shape].contains("WITHOUT") { "rowid" } else { "k" };
        let outcome = agree(&conn, &table, key, &keys, columns, &options);
        if outcome.error.is_none() {
            prop_assert_eq!(found(&outcome).len(), count);
        }
    }
}
