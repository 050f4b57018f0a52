//! Types: declared ones, those of expressions, and none.

use super::*;

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
