//! Values that do not fit.

use super::*;

const ROWS: u64 = 20_000;

/// 20,000 integers, with a text in row 10,001, which is not in the first batch.
fn with_a_text() -> Connection {
    let conn = open("CREATE TABLE flights (id INTEGER PRIMARY KEY, delay INTEGER)");
    conn.execute_batch(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ROWS})
         INSERT INTO flights SELECT i + 1000000, i FROM n;
         UPDATE flights SET delay = 'late' WHERE delay = 10001"
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
    for batch_rows in [1, 7, 1_024, 10_001, 1_000_000] {
        let (text, error) = mismatch(read_flights(
            &conn,
            &ReadOptions::new().batch_rows(batch_rows),
        ));
        // What looks at the first batch helps only where that has the row.
        let hint = if batch_rows > 10_000 {
            "choose OnMismatch::Null, Text or Widen, or give the column's type in ReadOptions::schema"
        } else {
            "choose OnMismatch::Null, give the column's type in ReadOptions::schema, or raise ReadOptions::batch_rows under \
             OnMismatch::Text or Widen"
        };
        assert_eq!(
            text,
            format!(
                "table `flights`, column `delay`, row 10001 (rowid 1010001): expected Int64, found TEXT 'late'; {hint}"
            )
        );
        assert_eq!(
            (error.row, error.index, error.rowid, error.found),
            (10_001, 1, Some(1_010_001), ValueKind::Text)
        );
    }
    // A statement has no rowid to tell.
    let mut stmt = conn
        .prepare("SELECT delay + 0, delay FROM flights")
        .unwrap();
    let (text, _) = mismatch(stmt.query_batches((), &ReadOptions::new()).and_then(all));
    assert_eq!(
        text,
        "column `delay`, row 10001: expected Int64, found TEXT 'late'; choose OnMismatch::Null, give the column's \
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
        let options = ReadOptions::new().on_mismatch(policy).batch_rows(10_001);
        let (batches, report) = read_flights(&conn, &options).unwrap();
        assert_eq!((report.rows, report.nulled), (ROWS, 0));
        let first = texts(batches[0].column(1));
        assert_eq!(
            (first[0], first[9_999], first[10_000]),
            (Some("1"), Some("10000"), Some("late"))
        );
        // Later batches have the same type, so their integers are text too.
        assert_eq!(texts(batches[1].column(1))[0], Some("10002"));

        let options = ReadOptions::new().on_mismatch(policy).batch_rows(10_000);
        let (text, _) = mismatch(read_flights(&conn, &options));
        assert_eq!(
            text,
            "table `flights`, column `delay`, row 10001 (rowid 1010001): expected Int64, found TEXT 'late'; the type was \
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
