//! Reading batches: how types are come by, and what becomes of values that do not fit them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use clib::{
    BatchReader, Connection, Error, MismatchError, OnMismatch, ReadOptions, TableName, ValueKind,
};

fn open(script: &str) -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(script).unwrap();
    conn
}

fn schema(fields: &[(&str, DataType)]) -> SchemaRef {
    let fields = fields
        .iter()
        .map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn all(mut reader: BatchReader<'_>) -> clib::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    // And nothing after the end.
    assert!(reader.next_batch()?.is_none());
    Ok(batches)
}

/// The only batch of a query.
fn one(conn: &Connection, sql: &str, options: &ReadOptions) -> clib::Result<RecordBatch> {
    let mut stmt = conn.prepare(sql)?;
    let batches = all(stmt.query_batches((), options)?)?;
    assert_eq!(batches.len(), 1);
    Ok(batches.into_iter().next().unwrap())
}

fn column(conn: &Connection, sql: &str, options: &ReadOptions) -> clib::Result<ArrayRef> {
    Ok(one(conn, sql, options)?.column(0).clone())
}

fn mismatch(result: clib::Result<impl std::fmt::Debug>) -> (String, MismatchError) {
    match result.unwrap_err() {
        Error::Mismatch(error) => (error.to_string(), *error),
        other => panic!("{other}"),
    }
}

fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
    array.as_string::<i32>().iter().collect()
}

// Types.

#[test]
fn declared_types_decide_by_affinity() {
    let conn = open(
        "CREATE TABLE t (i BIGINT, r DOUBLE, s VARCHAR(9), b BLOB, d DATE, o BOOLEAN, n, m DECIMAL(9,2));
         INSERT INTO t VALUES (1, 2, 'x', X'00', '2024-02-29', 1, 'any', 1.25)",
    );
    let reader = conn.read_table("t", &ReadOptions::new()).unwrap();
    let types: Vec<_> = reader
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    use DataType::*;
    assert_eq!(
        types,
        [Int64, Float64, Utf8, Binary, Utf8, Int64, Utf8, Float64]
    );
    let reader = conn
        .read_table("t", &ReadOptions::new().logical_types(true))
        .unwrap();
    let types: Vec<_> = reader
        .schema()
        .fields()
        .iter()
        .map(|field| field.data_type().clone())
        .collect();
    assert_eq!(
        types,
        [
            Int64,
            Float64,
            Utf8,
            Binary,
            Date32,
            Boolean,
            Utf8,
            Decimal128(9, 2)
        ]
    );
}

#[test]
fn expressions_take_the_first_batchs_type() {
    let conn = open("");
    for (sql, expected) in [
        ("SELECT 1 UNION ALL SELECT NULL", DataType::Int64),
        ("SELECT NULL UNION ALL SELECT 1.5", DataType::Float64),
        ("SELECT 1 UNION ALL SELECT 1.5", DataType::Float64),
        ("SELECT 'a'", DataType::Utf8),
        ("SELECT x'00'", DataType::Binary),
        ("SELECT NULL", DataType::Null),
    ] {
        let array = column(&conn, sql, &ReadOptions::new()).unwrap();
        assert_eq!(array.data_type(), &expected, "{sql}");
    }
    let mixed = column(&conn, "SELECT 1 UNION ALL SELECT 1.5", &ReadOptions::new()).unwrap();
    assert_eq!(mixed.as_primitive::<Float64Type>().values(), &[1.0, 1.5]);
}

#[test]
fn a_column_of_nulls_has_the_declared_type_or_none() {
    let conn = open(
        "CREATE TABLE t (i INT, s TEXT, d DATE, n NUMERIC, u); INSERT INTO t (rowid) VALUES (1), (2)",
    );
    use DataType::*;
    for (policy, expected) in [
        (OnMismatch::Error, [Int64, Utf8, Utf8, Float64, Null]),
        (OnMismatch::Null, [Int64, Utf8, Utf8, Float64, Null]),
        (OnMismatch::Text, [Int64, Utf8, Utf8, Utf8, Utf8]),
        (OnMismatch::Widen, [Int64, Utf8, Utf8, Utf8, Utf8]),
    ] {
        let options = ReadOptions::new().on_mismatch(policy);
        let batch = one(&conn, "SELECT * FROM t", &options).unwrap();
        let types: Vec<_> = batch
            .columns()
            .iter()
            .map(|array| array.data_type().clone())
            .collect();
        assert_eq!(types, expected);
        assert!(
            batch
                .columns()
                .iter()
                .all(|array| array.logical_null_count() == 2)
        );
    }
    // A value that comes later is an error, not a guess gone wrong.
    conn.execute("INSERT INTO t (u) VALUES (7)", ()).unwrap();
    for policy in [OnMismatch::Error, OnMismatch::Null] {
        let options = ReadOptions::new().batch_rows(2).on_mismatch(policy);
        let (text, _) = mismatch(all(conn.read_table("t", &options).unwrap()));
        assert_eq!(
            text,
            "table `t`, column `u`, row 3 (rowid 3): expected Null, found INTEGER 7; the type was settled by the first batch: \
             give the column's type in ReadOptions::schema, or raise ReadOptions::batch_rows"
        );
    }
    // Text holds it.
    for policy in [OnMismatch::Text, OnMismatch::Widen] {
        let options = ReadOptions::new().batch_rows(2).on_mismatch(policy);
        let batches = all(conn.read_table("t", &options).unwrap()).unwrap();
        assert_eq!(texts(batches[1].column(4)), [Some("7")]);
    }
    // Who asks for no values gets none, and their number.
    let options = ReadOptions::new()
        .schema(schema(&[("u", Null)]))
        .on_mismatch(OnMismatch::Null);
    let mut stmt = conn.prepare("SELECT u FROM t").unwrap();
    let mut reader = stmt.query_batches((), &options).unwrap();
    reader.next_batch().unwrap();
    assert_eq!(reader.report().nulled, 1);
}

#[test]
fn an_empty_result_has_a_schema_and_no_batch() {
    let conn = open("CREATE TABLE t (a INTEGER, b TEXT, c)");
    let reader = conn.read_table("t", &ReadOptions::new()).unwrap();
    assert_eq!(
        reader.schema(),
        schema(&[
            ("a", DataType::Int64),
            ("b", DataType::Utf8),
            ("c", DataType::Null)
        ])
    );
    assert!(all(reader).unwrap().is_empty());
}

#[test]
fn a_zones_name_does_not_decide_the_type() {
    let conn = open(
        "CREATE TABLE t (a TIMESTAMPTZ \"America/Montreal\"(6)); INSERT INTO t VALUES ('2024-01-02 03:04:05.000000Z')",
    );
    let array = column(&conn, "SELECT a FROM t", &ReadOptions::new()).unwrap();
    assert_eq!(texts(&array), [Some("2024-01-02 03:04:05.000000Z")]);
    let logical = ReadOptions::new().logical_types(true);
    let array = column(&conn, "SELECT a FROM t", &logical).unwrap();
    assert_eq!(
        array.data_type(),
        &DataType::Timestamp(TimeUnit::Microsecond, Some("America/Montreal".into()))
    );
}

#[test]
fn foreign_spellings_are_read_as_logical_types() {
    let conn = open(
        "CREATE TABLE t (a DATETIME, b \"TIMESTAMP WITH TIME ZONE\", c DECIMAL(10,3), d BOOL, e TIME(3));
         INSERT INTO t VALUES ('2024-01-02T03:04:05', '2024-01-02 03:04:05.5+01:00', 12.345, 0, '23:59:59.9'),
                              ('2024-01-02', '2024-01-02 03:04:05', '7', 1, '12:00'),
                              (NULL, NULL, -3, NULL, NULL)",
    );
    let batch = one(
        &conn,
        "SELECT * FROM t",
        &ReadOptions::new().logical_types(true),
    )
    .unwrap();
    let values = |index: usize| {
        // Without its zone, whose name arrow-cast would have to know.
        let column = match batch.column(index).data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                let data = batch.column(index).to_data().into_builder();
                arrow_array::make_array(
                    data.data_type(DataType::Timestamp(*unit, None))
                        .build()
                        .unwrap(),
                )
            }
            _ => batch.column(index).clone(),
        };
        let texts = arrow_cast::cast(&column, &DataType::Utf8).unwrap();
        texts
            .as_string::<i32>()
            .iter()
            .map(|text| text.unwrap_or("NULL").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        values(0),
        ["2024-01-02T03:04:05", "2024-01-02T00:00:00", "NULL"]
    );
    assert_eq!(
        values(1),
        ["2024-01-02T02:04:05.500", "2024-01-02T03:04:05", "NULL"]
    );
    assert_eq!(values(2), ["12.345", "7.000", "-3.000"]);
    assert_eq!(values(3), ["false", "true", "NULL"]);
    assert_eq!(values(4), ["23:59:59.900", "12:00:00", "NULL"]);
}

// Sizes.

#[test]
fn batches_have_the_rows_asked_for() {
    let conn = open("CREATE TABLE t (a INTEGER)");
    conn.execute_batch("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10) INSERT INTO t SELECT i FROM n")
        .unwrap();
    for (rows, expected) in [
        (1, vec![1; 10]),
        (3, vec![3, 3, 3, 1]),
        (5, vec![5, 5]),
        (10, vec![10]),
        (99, vec![10]),
        (0, vec![1; 10]),
    ] {
        let batches = all(conn
            .read_table("t", &ReadOptions::new().batch_rows(rows))
            .unwrap())
        .unwrap();
        assert_eq!(
            batches
                .iter()
                .map(RecordBatch::num_rows)
                .collect::<Vec<_>>(),
            expected
        );
        let values = batches.iter().flat_map(|batch| {
            batch
                .column(0)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        });
        assert!(values.eq(1..=10));
    }
}

#[test]
fn a_batch_ends_with_the_row_that_reaches_its_bytes() {
    let conn = open(
        "CREATE TABLE t (a BLOB); INSERT INTO t VALUES (zeroblob(10)), (zeroblob(1000)), (zeroblob(10)), (zeroblob(10))",
    );
    let sizes = |bytes| {
        let batches = all(conn
            .read_table("t", &ReadOptions::new().batch_bytes(bytes))
            .unwrap())
        .unwrap();
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(sizes(0), [1, 1, 1, 1]);
    assert_eq!(sizes(100), [2, 2]);
    assert_eq!(sizes(usize::MAX), [4]);
}

#[test]
fn the_text_that_numbers_become_counts() {
    let conn = open("");
    let sizes = |options: ReadOptions| {
        let sql = "WITH RECURSIVE n(v) AS (SELECT 1000000000 UNION ALL SELECT v + 1 FROM n LIMIT 40) SELECT v FROM n";
        let mut stmt = conn.prepare(sql).unwrap();
        let batches = all(stmt.query_batches((), &options).unwrap()).unwrap();
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    // 4 bytes of offset and 10 of digits per row.
    let options = ReadOptions::new()
        .schema(schema(&[("v", DataType::Utf8)]))
        .on_mismatch(OnMismatch::Text)
        .batch_bytes(140);
    assert_eq!(sizes(options), [10, 10, 10, 10]);
}

#[test]
fn memory_is_bounded_by_the_batch() {
    let conn = open("CREATE TABLE t (a TEXT)");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)
         INSERT INTO t SELECT hex(zeroblob(1000)) FROM n",
    )
    .unwrap();
    let options = ReadOptions::new().batch_bytes(100_000);
    for batch in all(conn.read_table("t", &options).unwrap()).unwrap() {
        // Buffers may be twice as large as what is in them.
        assert!(batch.get_array_memory_size() < 2 * 102_000 + 10_000);
    }
}

#[test]
fn a_declared_length_does_not_decide_how_much_memory_is_used() {
    let conn = open("CREATE TABLE t (a BINARY(2000000000), b BINARY(65536))");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)
         INSERT INTO t SELECT NULL, NULL FROM n",
    )
    .unwrap();
    for policy in [OnMismatch::Error, OnMismatch::Text, OnMismatch::Widen] {
        let options = ReadOptions::new()
            .logical_types(true)
            .on_mismatch(policy)
            .batch_bytes(1 << 20);
        let mut reader = conn.read_table("t", &options).unwrap();
        let types: Vec<_> = reader
            .schema()
            .fields()
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        assert_eq!(types, [DataType::Binary, DataType::FixedSizeBinary(65_536)]);
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            assert!(batch.num_rows() <= 16);
            assert!(batch.get_array_memory_size() < 2 << 20);
            rows += batch.num_rows();
        }
        assert_eq!(rows, 300);
    }
}

#[test]
fn readers_are_arrows() {
    fn count(reader: impl arrow_array::RecordBatchReader) -> usize {
        let fields = reader.schema().fields().len();
        let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
        rows * fields
    }
    let conn = open("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4)");
    assert_eq!(count(conn.read_table("t", &ReadOptions::new()).unwrap()), 4);
    let mut stmt = conn.prepare("SELECT a FROM t WHERE a > ?1").unwrap();
    assert_eq!(
        count(stmt.query_batches([1], &ReadOptions::new()).unwrap()),
        1
    );
    // The statement can be used again, with other parameters.
    assert_eq!(
        count(stmt.query_batches([0], &ReadOptions::new()).unwrap()),
        2
    );
    // An error goes through Arrow and comes out as it was.
    conn.execute("INSERT INTO t VALUES ('x', 1)", ()).unwrap();
    let mut reader = conn
        .read_table("t", &ReadOptions::new().batch_rows(2))
        .unwrap();
    let error = reader.find_map(Result::err).unwrap();
    assert!(matches!(&error, ArrowError::ExternalError(_)));
    assert!(matches!(Error::from(error), Error::Mismatch(_)));
    assert!(reader.next().is_none());
}

#[test]
fn dropping_a_reader_ends_its_transaction() {
    let conn = open("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
    let mut reader = conn
        .read_table("t", &ReadOptions::new().batch_rows(1))
        .unwrap();
    reader.next_batch().unwrap();
    let error = conn.execute_batch("DROP TABLE t").unwrap_err();
    assert_eq!(error.code(), Some(clib::Code::Locked));
    drop(reader);
    conn.execute_batch("DROP TABLE t").unwrap();
}

#[test]
fn a_statement_of_an_old_schema_is_read_by_the_new_one() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
    conn.execute_batch("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'new'")
        .unwrap();
    let batches = all(stmt.query_batches((), &ReadOptions::new()).unwrap()).unwrap();
    assert_eq!(texts(batches[0].column(1)), [Some("new")]);
}

// Mismatches.

const ROWS: u64 = 100_000;

/// 100,000 integers, with a text in row 70,001.
fn with_a_text() -> Connection {
    let conn = open("CREATE TABLE flights (id INTEGER PRIMARY KEY, delay INTEGER)");
    conn.execute_batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ROWS})
         INSERT INTO flights SELECT i + 1000000, i FROM n;
         UPDATE flights SET delay = 'late' WHERE delay = 70001"
    ))
    .unwrap();
    conn
}

fn read_flights(
    conn: &Connection,
    options: &ReadOptions,
) -> clib::Result<(Vec<RecordBatch>, clib::ReadReport)> {
    let mut reader = conn.read_table("flights", options)?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok((batches, reader.report()))
}

#[test]
fn a_text_among_integers_is_an_error() {
    let conn = with_a_text();
    for batch_rows in [1, 7, 1_024, 70_001, 1_000_000] {
        let (text, error) = mismatch(read_flights(
            &conn,
            &ReadOptions::new().batch_rows(batch_rows),
        ));
        // What looks at the first batch helps only where that has the row.
        let hint = if batch_rows > 70_000 {
            "choose OnMismatch::Null, Text or Widen, or give the column's type in ReadOptions::schema"
        } else {
            "choose OnMismatch::Null, give the column's type in ReadOptions::schema, or raise ReadOptions::batch_rows under \
             OnMismatch::Text or Widen"
        };
        assert_eq!(
            text,
            format!(
                "table `flights`, column `delay`, row 70001 (rowid 1070001): expected Int64, found TEXT 'late'; {hint}"
            )
        );
        assert_eq!(
            (error.row, error.index, error.rowid, error.found),
            (70_001, 1, Some(1_070_001), ValueKind::Text)
        );
    }
    // A statement has no rowid to tell.
    let mut stmt = conn
        .prepare("SELECT delay + 0, delay FROM flights")
        .unwrap();
    let (text, _) = mismatch(stmt.query_batches((), &ReadOptions::new()).and_then(all));
    assert_eq!(
        text,
        "column `delay`, row 70001: expected Int64, found TEXT 'late'; choose OnMismatch::Null, give the column's \
         type in ReadOptions::schema, or raise ReadOptions::batch_rows under OnMismatch::Text or Widen"
    );
}

#[test]
fn a_text_among_integers_is_null_where_asked() {
    let conn = with_a_text();
    let options = ReadOptions::new().on_mismatch(OnMismatch::Null);
    let (batches, report) = read_flights(&conn, &options).unwrap();
    assert_eq!((report.rows, report.nulled), (ROWS, 1));
    assert_eq!(report.batches, batches.len() as u64);
    assert_eq!(
        batches
            .iter()
            .map(|batch| batch.column(1).null_count())
            .sum::<usize>(),
        1
    );
}

#[test]
fn a_text_among_integers_makes_the_column_text_where_asked_and_seen_in_time() {
    let conn = with_a_text();
    for policy in [OnMismatch::Text, OnMismatch::Widen] {
        let options = ReadOptions::new().on_mismatch(policy).batch_rows(70_001);
        let (batches, report) = read_flights(&conn, &options).unwrap();
        assert_eq!((report.rows, report.nulled), (ROWS, 0));
        let first = texts(batches[0].column(1));
        assert_eq!(
            (first[0], first[69_999], first[70_000]),
            (Some("1"), Some("70000"), Some("late"))
        );
        // Later batches have the same type, so their integers are text too.
        assert_eq!(texts(batches[1].column(1))[0], Some("70002"));

        let options = ReadOptions::new().on_mismatch(policy).batch_rows(70_000);
        let (text, _) = mismatch(read_flights(&conn, &options));
        assert_eq!(
            text,
            "table `flights`, column `delay`, row 70001 (rowid 1070001): expected Int64, found TEXT 'late'; the type was \
             settled by the first batch: choose OnMismatch::Null, give the column's type in ReadOptions::schema, or raise \
             ReadOptions::batch_rows"
        );
    }
}

#[test]
fn numbers_become_the_text_that_sqlite_makes_of_them() {
    let conn = open(
        "CREATE TABLE t (v); INSERT INTO t VALUES (1), (1.0), (-0.5), (1e300), (0.25), ('x'), (NULL), (X'61')",
    );
    let cast = column(&conn, "SELECT CAST(v AS TEXT) FROM t", &ReadOptions::new()).unwrap();
    let read = column(
        &conn,
        "SELECT v FROM t",
        &ReadOptions::new().on_mismatch(OnMismatch::Text),
    )
    .unwrap();
    assert_eq!(&read, &cast);
    // Older SQLites cut the text off at 15 digits.
    let read = column(
        &conn,
        "SELECT 0.1 + 0.2 AS v UNION ALL SELECT 'x'",
        &ReadOptions::new().on_mismatch(OnMismatch::Text),
    )
    .unwrap();
    let text = read.as_string::<i32>().value(0);
    assert_eq!(text.parse(), Ok(0.1 + 0.2), "{text}");
    // A blob that is no text is none.
    conn.execute("INSERT INTO t VALUES (X'FF')", ()).unwrap();
    let (text, _) = mismatch(column(
        &conn,
        "SELECT v FROM t",
        &ReadOptions::new().on_mismatch(OnMismatch::Text),
    ));
    assert_eq!(
        text,
        "column `v`, row 9: expected Utf8, found BLOB X'FF' (1 bytes); choose OnMismatch::Widen, or give the column's type in \
         ReadOptions::schema"
    );
    let widened = column(
        &conn,
        "SELECT v FROM t",
        &ReadOptions::new().on_mismatch(OnMismatch::Widen),
    )
    .unwrap();
    let widened: Vec<_> = widened.as_binary::<i32>().iter().collect();
    assert_eq!(
        (widened[0], widened[5], widened[6], widened[8]),
        (Some(&b"1"[..]), Some(&b"x"[..]), None, Some(&b"\xFF"[..]))
    );
}

#[test]
fn widening_takes_the_narrowest_type() {
    let conn = open("");
    let widen = ReadOptions::new().on_mismatch(OnMismatch::Widen);
    for (values, expected) in [
        ("(1), (2)", DataType::Int64),
        ("(1), (2.5)", DataType::Float64),
        ("(9007199254740993), (2.5)", DataType::Utf8),
        ("(1), ('x')", DataType::Utf8),
        ("('x'), (X'00')", DataType::Binary),
    ] {
        let array = column(&conn, &format!("SELECT * FROM (VALUES {values})"), &widen).unwrap();
        assert_eq!(array.data_type(), &expected, "{values}");
    }
    // A declared type is kept as long as it fits.
    conn.execute_batch(
        "CREATE TABLE t (i INTEGER, d DATE, s TEXT); INSERT INTO t VALUES (1.5, 'no date', X'FF')",
    )
    .unwrap();
    let options = widen.clone().logical_types(true);
    let batch = one(&conn, "SELECT * FROM t", &options).unwrap();
    let types: Vec<_> = batch
        .columns()
        .iter()
        .map(|array| array.data_type().clone())
        .collect();
    assert_eq!(types, [DataType::Float64, DataType::Utf8, DataType::Binary]);
}

#[test]
fn an_integer_that_no_double_equals_is_not_rounded() {
    let conn = open(
        "CREATE TABLE t (v); INSERT INTO t VALUES (1.5), (9007199254740992), (9007199254740993)",
    );
    let (text, _) = mismatch(column(&conn, "SELECT v FROM t", &ReadOptions::new()));
    assert_eq!(
        text,
        "column `v`, row 3: expected Float64, found INTEGER 9007199254740993; it would not be the same number in that type; \
         choose OnMismatch::Null, Text or Widen, or give the column's type in ReadOptions::schema"
    );
    let null = column(
        &conn,
        "SELECT v FROM t",
        &ReadOptions::new().on_mismatch(OnMismatch::Null),
    )
    .unwrap();
    assert_eq!(
        null.as_ref(),
        &Float64Array::from(vec![Some(1.5), Some(9_007_199_254_740_992.0), None])
    );
    for policy in [OnMismatch::Text, OnMismatch::Widen] {
        let text = column(
            &conn,
            "SELECT v FROM t",
            &ReadOptions::new().on_mismatch(policy),
        )
        .unwrap();
        assert_eq!(
            texts(&text),
            [
                Some("1.5"),
                Some("9007199254740992"),
                Some("9007199254740993")
            ]
        );
    }
    // A real in a column of integers stays what it is, or is an error.
    conn.execute_batch("CREATE TABLE i (v INTEGER); INSERT INTO i VALUES (1), (1.5)")
        .unwrap();
    let (text, _) = mismatch(column(&conn, "SELECT v FROM i", &ReadOptions::new()));
    assert!(
        text.starts_with("column `v`, row 2: expected Int64, found REAL 1.5;"),
        "{text}"
    );
}

#[test]
fn text_that_is_not_utf8_names_its_row() {
    let conn = open("CREATE TABLE t (v TEXT, w INTEGER)");
    conn.execute_batch(
        "INSERT INTO t VALUES ('ä', 1), ('b', 2), (CAST(X'C3' AS TEXT), 3), (CAST(X'A4' AS TEXT), 4), ('c', 'late')",
    )
    .unwrap();
    // The first misfit is reported, whatever the size of the batches, though another one is found earlier.
    for batch_rows in [1, 3, 5, 100] {
        let (text, _) = mismatch(
            conn.read_table("t", &ReadOptions::new().batch_rows(batch_rows))
                .and_then(all),
        );
        let hint = if batch_rows >= 3 {
            "choose OnMismatch::Null or Widen, or read CAST(column AS BLOB)"
        } else {
            "choose OnMismatch::Null, raise ReadOptions::batch_rows under OnMismatch::Widen, or read CAST(column AS BLOB)"
        };
        assert_eq!(
            text,
            format!(
                "table `t`, column `v`, row 3 (rowid 3): expected Utf8, found TEXT '\u{fffd}'; it is not UTF-8; {hint}"
            )
        );
    }
    let null = ReadOptions::new().on_mismatch(OnMismatch::Null);
    let mut reader = conn.read_table("t", &null).unwrap();
    let batch = reader.next_batch().unwrap().unwrap();
    assert_eq!(
        texts(batch.column(0)),
        [Some("ä"), Some("b"), None, None, Some("c")]
    );
    assert_eq!(reader.report().nulled, 3);
    let widen = ReadOptions::new().on_mismatch(OnMismatch::Widen);
    let bytes = column(&conn, "SELECT v FROM t", &widen).unwrap();
    assert_eq!(bytes.as_binary::<i32>().value(2), b"\xC3");
    let binary = ReadOptions::new().schema(schema(&[("v", DataType::Binary)]));
    // A text is no blob, whatever its bytes.
    assert!(
        mismatch(column(&conn, "SELECT v FROM t", &binary))
            .0
            .contains("expected Binary, found TEXT 'ä'")
    );
}

#[test]
fn hints_name_what_helps() {
    let conn = open("CREATE TABLE t (v TEXT, i INTEGER)");
    conn.execute_batch("INSERT INTO t VALUES ('a', 1), ('b', 2), (CAST(X'FF' AS TEXT), 'x')")
        .unwrap();
    let cast = "read CAST(column AS BLOB)";
    let null_or_cast = "choose OnMismatch::Null, or read CAST(column AS BLOB)";
    let another = "ask for another type in ReadOptions::schema";
    let with_schema = |name: &str, data_type: &DataType, nullable: bool| {
        let field = Field::new(name, data_type.clone(), nullable);
        ReadOptions::new().schema(Arc::new(Schema::new(vec![field])))
    };
    let hint = |name: &str, options: &ReadOptions| {
        let mut stmt = conn.prepare(&format!("SELECT {name} FROM t")).unwrap();
        mismatch(stmt.query_batches((), options).and_then(all))
            .1
            .hint
    };
    for policy in [OnMismatch::Error, OnMismatch::Text, OnMismatch::Widen] {
        for batch_rows in [1, 10] {
            let utf8 = |nullable| {
                let options = with_schema("v", &DataType::Utf8, nullable);
                hint("v", &options.on_mismatch(policy).batch_rows(batch_rows))
            };
            assert_eq!(utf8(true), format!("it is not UTF-8; {null_or_cast}"));
            assert_eq!(utf8(false), format!("it is not UTF-8; {cast}"));
            let integer = |nullable| {
                let options = with_schema("i", &DataType::Int64, nullable);
                hint("i", &options.on_mismatch(policy).batch_rows(batch_rows))
            };
            assert_eq!(
                integer(true),
                format!("{another}, or choose OnMismatch::Null")
            );
            assert_eq!(integer(false), another);
        }
    }
    // Who has chosen OnMismatch::Null is not told to.
    let null = OnMismatch::Null;
    let options = with_schema("v", &DataType::Utf8, false).on_mismatch(null);
    assert_eq!(hint("v", &options), format!("it is not UTF-8; {cast}"));
    let options = with_schema("i", &DataType::Int64, false).on_mismatch(null);
    assert_eq!(hint("i", &options), another);
    // The first batch is over.
    for (policy, expected) in [
        (
            OnMismatch::Text,
            "it is not UTF-8; the type was settled by the first batch: choose OnMismatch::Null, raise \
             ReadOptions::batch_rows under OnMismatch::Widen, or read CAST(column AS BLOB)",
        ),
        (
            OnMismatch::Widen,
            "it is not UTF-8; the type was settled by the first batch: choose OnMismatch::Null, raise \
             ReadOptions::batch_rows, or read CAST(column AS BLOB)",
        ),
    ] {
        let options = ReadOptions::new().batch_rows(2).on_mismatch(policy);
        assert_eq!(hint("v", &options), expected);
    }
}

#[test]
fn a_blob_in_a_text_column_is_no_text() {
    let conn = open("CREATE TABLE t (v TEXT); INSERT INTO t VALUES ('a'), (X'62')");
    let (text, error) = mismatch(conn.read_table("t", &ReadOptions::new()));
    assert!(
        text.starts_with(
            "table `t`, column `v`, row 2 (rowid 2): expected Utf8, found BLOB X'62' (1 bytes);"
        ),
        "{text}"
    );
    assert_eq!(error.found, ValueKind::Blob);
}

#[test]
fn the_first_misfit_of_a_row_is_the_leftmost() {
    let conn = open(
        "CREATE TABLE t (a TEXT, b INTEGER, c INTEGER); INSERT INTO t VALUES (CAST(X'FF' AS TEXT), 'x', 'y')",
    );
    let (_, error) = mismatch(conn.read_table("t", &ReadOptions::new()));
    assert_eq!(error.column, "a");
    let mut stmt = conn.prepare("SELECT b, c FROM t").unwrap();
    let (_, error) = mismatch(stmt.query_batches((), &ReadOptions::new()));
    assert_eq!(error.column, "b");
}

#[test]
fn rowids_are_known_where_there_are_any() {
    let conn = open(
        "CREATE TABLE w (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID; INSERT INTO w VALUES ('k', 'x');
         CREATE TABLE r (rowid TEXT, v INTEGER); INSERT INTO r (_rowid_, v) VALUES (7, 'x');
         CREATE VIEW v AS SELECT v FROM r;
         ATTACH ':memory:' AS aux; CREATE TABLE aux.r (v INTEGER); INSERT INTO aux.r (rowid, v) VALUES (9, 'x');
         CREATE TEMP TABLE temporary (v INTEGER); INSERT INTO temporary (rowid, v) VALUES (5, 'x')",
    );
    let rowid = |table: TableName| {
        mismatch(conn.read_table(table, &ReadOptions::new()))
            .1
            .rowid
    };
    assert_eq!(rowid("w".into()), None);
    assert_eq!(rowid("r".into()), Some(7));
    assert_eq!(rowid("v".into()), None);
    assert_eq!(rowid(TableName::in_schema("aux", "r")), Some(9));
    assert_eq!(rowid("temporary".into()), Some(5));
    // The hidden column stays hidden.
    let reader = conn
        .read_table(
            TableName::in_schema("aux", "r"),
            &ReadOptions::new().on_mismatch(OnMismatch::Null),
        )
        .unwrap();
    assert_eq!(reader.schema().fields().len(), 1);
}

// The caller's schema.

#[test]
fn the_schema_decides_types_layouts_and_names() {
    let conn = open(
        "CREATE TABLE t (A, b TEXT); INSERT INTO t VALUES ('2024-01-01', 'x'), (NULL, 'y'), ('1999-12-31', 'x')",
    );
    let dictionary = DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::LargeUtf8));
    let wanted = schema(&[("a", DataType::Date64), ("B", dictionary)]);
    let reader = conn
        .read_table("t", &ReadOptions::new().schema(wanted.clone()))
        .unwrap();
    assert_eq!(reader.schema(), wanted);
    let batch = &all(reader).unwrap()[0];
    assert_eq!(batch.schema(), wanted);
    assert_eq!(batch.column(1).as_any_dictionary().values().len(), 2);
}

#[test]
fn a_schema_that_is_not_the_results_is_refused() {
    let conn = open("CREATE TABLE t (a, b)");
    let error = |fields: &[(&str, DataType)]| {
        conn.read_table("t", &ReadOptions::new().schema(schema(fields)))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(&[("a", DataType::Int64)]),
        "Schema error: ReadOptions::schema has 1 fields, and the result has 2 columns: a, b"
    );
    assert_eq!(
        error(&[("a", DataType::Int64), ("c", DataType::Int64)]),
        "Schema error: field 1 of ReadOptions::schema is `c`, and column 1 of the result is `b`"
    );
    assert!(
        error(&[
            ("a", DataType::Interval(arrow_schema::IntervalUnit::DayTime)),
            ("b", DataType::Int64)
        ])
        .starts_with("column `a` of type Interval(DayTime) has no form in SQLite"),
    );
}

#[test]
fn a_type_that_arrow_has_no_arrays_of_is_refused() {
    let conn = open("");
    let item = || Arc::new(Field::new_list_field(DataType::Int64, true));
    let ends = Field::new("run_ends", DataType::UInt8, false);
    for (value, data_type, reason) in [
        (
            "'[]'",
            DataType::FixedSizeList(item(), -1),
            "has a negative size",
        ),
        ("X''", DataType::FixedSizeBinary(-1), "has a negative size"),
        (
            "'00:00'",
            DataType::Time32(TimeUnit::Nanosecond),
            "ask for Time64",
        ),
        (
            "'00:00'",
            DataType::Time64(TimeUnit::Second),
            "ask for Time32",
        ),
        (
            "1",
            DataType::Decimal128(40, 2),
            "needs a precision of 1 to 38",
        ),
        (
            "1",
            DataType::Dictionary(Box::new(DataType::Utf8), Box::new(DataType::Int64)),
            "needs keys that are integers",
        ),
        (
            "1",
            DataType::RunEndEncoded(Arc::new(ends), item()),
            "needs run ends of Int16, Int32 or Int64",
        ),
    ] {
        let options = ReadOptions::new().schema(schema(&[("v", data_type.clone())]));
        let error = column(&conn, &format!("SELECT {value} AS v"), &options).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Unsupported(_)), "{text}");
        assert!(
            text.starts_with("column `v` of type ") && text.contains(reason),
            "{text}"
        );
    }
    // Lists of no items are lists.
    let options = ReadOptions::new().schema(schema(&[("v", DataType::FixedSizeList(item(), 0))]));
    for (sql, nulls) in [
        ("SELECT '[]' AS v UNION ALL SELECT NULL", 1),
        ("SELECT '[]' AS v UNION ALL SELECT '[]'", 0),
    ] {
        let array = column(&conn, sql, &options).unwrap();
        assert_eq!((array.len(), array.null_count()), (2, nulls));
    }
}

#[test]
fn a_dictionary_that_cannot_be_made_names_the_value_type() {
    let conn = open("");
    for (value, value_type) in [
        ("1", DataType::Boolean),
        ("1", DataType::Duration(TimeUnit::Second)),
    ] {
        let keyed = DataType::Dictionary(Box::new(DataType::Int32), Box::new(value_type.clone()));
        let options = ReadOptions::new().schema(schema(&[("v", keyed)]));
        let text = column(&conn, &format!("SELECT {value} AS v"), &options)
            .unwrap_err()
            .to_string();
        let end = format!(
            "cannot be made of {value_type}: ask for the value type, {value_type}, and convert it"
        );
        assert!(text.ends_with(&end), "{text}");
    }
    // More values than keys.
    let keyed = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64));
    let options = ReadOptions::new().schema(schema(&[("v", keyed)]));
    let sql =
        "WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 200) SELECT v FROM n";
    let text = column(&conn, sql, &options).unwrap_err().to_string();
    assert!(
        text.ends_with("ask for wider keys, or for the value type"),
        "{text}"
    );
}

#[test]
fn what_the_schemas_type_cannot_hold_is_a_mismatch() {
    let conn = open("");
    let read = |value: &str, data_type: DataType| {
        let options = ReadOptions::new().schema(schema(&[("v", data_type)]));
        column(&conn, &format!("SELECT {value} AS v"), &options)
    };
    let hint = "ask for another type in ReadOptions::schema, or choose OnMismatch::Null";
    for (value, data_type, expected) in [
        (
            "128",
            DataType::Int8,
            "expected Int8, found INTEGER 128; it is out of the type's range",
        ),
        (
            "-1",
            DataType::UInt64,
            "expected UInt64, found INTEGER -1; it is out of the type's range",
        ),
        (
            "2",
            DataType::Boolean,
            "expected Boolean, found INTEGER 2; it is out of the type's range",
        ),
        (
            "0.1",
            DataType::Float32,
            "expected Float32, found REAL 0.1; it would not be the same number in that type",
        ),
        (
            "16777217",
            DataType::Float32,
            "expected Float32, found INTEGER 16777217; it would not be the same number in that type",
        ),
        (
            "'2023-02-29'",
            DataType::Date32,
            "expected Date32, found TEXT '2023-02-29'; it is not of the form YYYY-MM-DD",
        ),
        (
            "'0000-00-00'",
            DataType::Date64,
            "expected Date64, found TEXT '0000-00-00'; it is not of the form YYYY-MM-DD",
        ),
        (
            "'2024-01-01 00:00:00.5'",
            DataType::Timestamp(TimeUnit::Second, None),
            "expected Timestamp(s), found TEXT '2024-01-01 00:00:00.5'; it is not of the form YYYY-MM-DD HH:MM:SS without a \
             zone, with no more digits of a second than the type holds",
        ),
        (
            "'1.234'",
            DataType::Decimal128(5, 2),
            "expected Decimal128(5, 2), found TEXT '1.234'; it is not of the form a decimal within the type's digits",
        ),
        (
            "1.5",
            DataType::Decimal32(5, 0),
            "expected Decimal32(5, 0), found REAL 1.5; it would not be the same number in that type",
        ),
        (
            "X'0102'",
            DataType::FixedSizeBinary(3),
            "expected FixedSizeBinary(3), found BLOB X'0102' (2 bytes); it does not have 3 bytes",
        ),
        ("1", DataType::Utf8, "expected Utf8, found INTEGER 1"),
    ] {
        let (text, _) = mismatch(read(value, data_type));
        assert_eq!(text, format!("column `v`, row 1: {expected}; {hint}"));
    }
    // NULL only where the field is nullable, whatever the policy.
    for policy in [
        OnMismatch::Error,
        OnMismatch::Null,
        OnMismatch::Text,
        OnMismatch::Widen,
    ] {
        let field = Field::new("v", DataType::Int64, false);
        let options = ReadOptions::new()
            .schema(Arc::new(Schema::new(vec![field])))
            .on_mismatch(policy);
        let (text, _) = mismatch(column(&conn, "SELECT NULL AS v", &options));
        assert_eq!(
            text,
            "column `v`, row 1: expected Int64, found NULL; the schema's field is not nullable; make it nullable"
        );
        let (text, _) = mismatch(column(&conn, "SELECT 'x' AS v", &options));
        assert!(text.contains("expected Int64, found TEXT 'x'"), "{text}");
    }
    // Numbers go into a text column only where that is asked for.
    let options = ReadOptions::new()
        .schema(schema(&[("v", DataType::Utf8)]))
        .on_mismatch(OnMismatch::Text);
    let array = column(&conn, "SELECT 1.5 AS v", &options).unwrap();
    assert_eq!(array.as_ref(), &StringArray::from(vec!["1.5"]));
}

#[test]
fn nested_types_are_read_from_json() {
    let conn = open("");
    let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
    let read = |json: &str, data_type: &DataType, policy| {
        let options = ReadOptions::new()
            .schema(schema(&[("v", data_type.clone())]))
            .on_mismatch(policy);
        column(
            &conn,
            &format!("SELECT '[1]' AS v UNION ALL SELECT {json}"),
            &options,
        )
    };
    let array = read(
        "'[null, 3, -9223372036854775808]'",
        &list,
        OnMismatch::Error,
    )
    .unwrap();
    assert_eq!(
        array.as_list::<i32>().value(1).as_ref(),
        &Int64Array::from(vec![None, Some(3), Some(i64::MIN)])
    );
    for (json, reason) in [
        ("'[1.5]'", "expected Int64 got 1.5"),
        (
            "'[9223372036854775808]'",
            "expected Int64 got 9223372036854775808",
        ),
        ("'[1] [2]'", "the text is not one JSON value"),
        ("''", "the text is not one JSON value"),
        ("'[1'", "the text is not one JSON value"),
        ("'{\"a\": 1}'", "expected [ got {\"a\": 1}"),
    ] {
        let (text, error) = mismatch(read(json, &list, OnMismatch::Error));
        assert!(text.contains(reason), "{json}: {text}");
        assert_eq!(error.row, 2);
        let array = read(json, &list, OnMismatch::Null).unwrap();
        assert_eq!(
            (array.len(), array.is_valid(0), array.is_null(1)),
            (2, true, true)
        );
    }
    // Deep nesting is refused, and does not exhaust the stack.
    let deep = "replace(hex(zeroblob(500000)), '0', '[')";
    assert!(
        mismatch(read(deep, &list, OnMismatch::Error))
            .0
            .contains("nests deeper than 1000 levels")
    );
    // Members that the type does not have would be lost.
    let point = DataType::Struct(vec![Field::new("x", DataType::Float32, true)].into());
    let options = ReadOptions::new().schema(schema(&[("v", point)]));
    let array = column(&conn, "SELECT '{\"x\": 0.1}' AS v", &options).unwrap();
    assert_eq!(
        array
            .as_struct()
            .column(0)
            .as_primitive::<arrow_array::types::Float32Type>()
            .value(0),
        0.1
    );
    let (text, _) = mismatch(column(
        &conn,
        "SELECT '{\"x\": 0.1, \"y\": 1}' AS v",
        &options,
    ));
    assert!(text.contains("column 'y' missing from schema"), "{text}");
}
