//! Looking up many keys: by walking the trees, by the kernel one by one, and by the portable twin, with the same results.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod random;

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
use clib::{
    AuthAction, Authorization, Connection, Error, OnMismatch, ReadOptions, ReadPath, TableName,
};
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

/// Such a key is an error, also where a page in memory tells that it is not there.
#[test]
fn keys_over_the_length_limit() {
    let mut keys: Vec<String> = (0..99).map(|key| format!("k{}", 1001 + key)).collect();
    keys.push(format!("k1050{}", "z".repeat(80_000)));
    let keys = StringArray::from(keys);
    for path in [ReadPath::Portable, ReadPath::Fill, ReadPath::Scan] {
        let mut db = std::ptr::null_mut();
        // SAFETY: a text that ends in NUL, and a place for the result.
        let code = unsafe { clib_sys::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
        assert_eq!(code, clib_sys::SQLITE_OK);
        // SAFETY: just opened.
        unsafe { clib_sys::sqlite3_limit(db, clib_sys::SQLITE_LIMIT_LENGTH, 70_000) };
        let (verb, none) = (
            clib_sys::SQLITE_DBCONFIG_STMT_SCANSTATUS,
            std::ptr::null_mut::<libc::c_int>(),
        );
        // SAFETY: just opened; the verb takes an `int` and a pointer that may be null. Statistics are an obstacle.
        unsafe { clib_sys::sqlite3_db_config(db, verb, 0 as libc::c_int, none) };
        // SAFETY: as above, and nobody else uses it from here on.
        let conn = unsafe { Connection::from_raw(db) }.unwrap();
        conn.execute_batch(
            "CREATE TABLE t (a TEXT UNIQUE, b INTEGER);
             WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT 'k' || (1000 + i), i FROM n",
        )
        .unwrap();
        let mut read = conn
            .lookup(
                "t",
                "a",
                &keys,
                &["b"],
                &ReadOptions::new().path(path).batch_rows(50),
            )
            .unwrap();
        if kernel() {
            assert_eq!(read.plan().path, path, "{:?}", read.plan());
        }
        assert_eq!(read.next_batch().unwrap().unwrap().num_rows(), 50);
        let error = read.next_batch().unwrap_err().to_string();
        assert!(error.contains("too big"), "{path:?}: {error}");
    }
}

/// A column that an authorizer leaves out is NULL, which no key is: as a result, as the key, and as both.
#[test]
fn an_authorizer_leaves_columns_out() {
    for (column, key) in [("id", "id"), ("a", "a"), ("b", "a"), ("b", "id")] {
        let found = [ReadPath::Portable, ReadPath::Fill, ReadPath::Scan].map(|path| {
            let mut conn = open(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INTEGER);
                 WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)
                 INSERT INTO t SELECT i, 'k' || (1000 + i), i FROM n",
            );
            conn.authorizer(move |context| match context.action {
                AuthAction::Read { column_name, .. } if column_name == column => {
                    Authorization::Ignore
                }
                _ => Authorization::Allow,
            })
            .unwrap();
            let ids = Int64Array::from_iter_values(1..50);
            let texts = StringArray::from_iter_values((1..50).map(|i| format!("k{}", 1000 + i)));
            let keys: &dyn Array = if key == "id" { &ids } else { &texts };
            let options = ReadOptions::new().path(path);
            look(&conn, &"t".into(), key, keys, &["b", "id"], &options)
        });
        assert_eq!(found[0], found[1], "{column} left out, by {key}");
        assert_eq!(found[0], found[2], "{column} left out, by {key}");
    }
}
