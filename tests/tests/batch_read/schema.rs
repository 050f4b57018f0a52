//! The caller's schema.

use super::*;

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
