//! Values: what has no form, and what is kept.

use super::*;

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
