//! Whatever is loaded is read back equal: random batches of every type that has a form in SQLite.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, FixedSizeBinaryArray, FixedSizeListArray,
    LargeListArray, LargeListViewArray, ListArray, ListViewArray, MapArray, NullArray,
    PrimitiveArray, RecordBatch, RecordBatchIterator, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, TimeUnit};
use clib::{Connection, LoadMode, LoadOptions, OnNan, ReadOptions};
use half::f16;
use proptest::collection::vec;
use proptest::prelude::*;

const UNITS: [TimeUnit; 4] = [
    TimeUnit::Second,
    TimeUnit::Millisecond,
    TimeUnit::Microsecond,
    TimeUnit::Nanosecond,
];

/// Every type that is not nested, layouts included.
fn flat_types() -> Vec<DataType> {
    use DataType::*;
    let mut types = vec![
        Null,
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        FixedSizeBinary(0),
        FixedSizeBinary(5),
        Date32,
        Date64,
        Time32(TimeUnit::Second),
        Time32(TimeUnit::Millisecond),
        Time64(TimeUnit::Microsecond),
        Time64(TimeUnit::Nanosecond),
        Decimal32(9, 2),
        Decimal32(3, -2),
        Decimal64(18, 18),
        Decimal128(38, 10),
        Decimal128(1, 0),
        Decimal256(76, 38),
    ];
    for unit in UNITS {
        types.push(Timestamp(unit, None));
        types.push(Timestamp(unit, Some("UTC".into())));
        types.push(Timestamp(unit, Some("Europe/Berlin".into())));
        types.push(Timestamp(unit, Some("-03:30".into())));
        types.push(Duration(unit));
    }
    for value in [
        Utf8,
        Int32,
        Binary,
        Date32,
        Timestamp(TimeUnit::Second, None),
    ] {
        types.push(Dictionary(Box::new(Int16), Box::new(value.clone())));
        let ends = Arc::new(Field::new("run_ends", Int32, false));
        types.push(RunEndEncoded(
            ends,
            Arc::new(Field::new("values", value, true)),
        ));
    }
    types
}

fn any_type() -> impl Strategy<Value = DataType> {
    let leaf = prop::sample::select(flat_types());
    // What JSON can hold: no blobs, and no runs or dictionaries, which arrow-json does not read.
    let in_json = |data_type: &DataType| {
        !matches!(
            data_type,
            DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::FixedSizeBinary(_)
                | DataType::Dictionary(_, _)
                | DataType::RunEndEncoded(_, _)
        )
    };
    let inner: Vec<_> = flat_types().into_iter().filter(in_json).collect();
    let nested = prop::sample::select(inner).prop_recursive(2, 6, 3, |inner| {
        let item = inner
            .clone()
            .prop_map(|item| Arc::new(Field::new_list_field(item, true)));
        prop_oneof![
            item.clone().prop_map(DataType::List),
            item.clone().prop_map(DataType::LargeList),
            item.clone().prop_map(DataType::ListView),
            item.clone().prop_map(DataType::LargeListView),
            item.prop_map(|item| DataType::FixedSizeList(item, 2)),
            vec(inner.clone(), 1..3).prop_map(|types| DataType::Struct(fields(&types))),
            inner.prop_map(|value| {
                let entries = vec![
                    Field::new("keys", DataType::Utf8, false),
                    Field::new("values", value, true),
                ];
                let entries = DataType::Struct(Fields::from(entries));
                DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
            }),
        ]
    });
    prop_oneof![3 => leaf, 1 => nested.prop_filter("flat", DataType::is_nested)]
}

fn fields(types: &[DataType]) -> Fields {
    types
        .iter()
        .enumerate()
        .map(|(index, data_type)| Field::new(format!("c{index} \"ä\""), data_type.clone(), true))
        .collect()
}

/// Batches of up to `rows` rows.
fn batch(rows: usize) -> impl Strategy<Value = RecordBatch> {
    (vec(any_type(), 1..5), 0..=rows).prop_flat_map(|(types, rows)| {
        let columns: Vec<_> = types
            .iter()
            .map(|data_type| array(data_type, rows, false))
            .collect();
        let schema = Arc::new(Schema::new(fields(&types)));
        columns.prop_map(move |columns| RecordBatch::try_new(schema.clone(), columns).unwrap())
    })
}

/// An array of that type; within JSON without what JSON has not.
fn array(data_type: &DataType, rows: usize, json: bool) -> BoxedStrategy<ArrayRef> {
    use DataType::*;
    macro_rules! numbers {
        ($arrow:ty) => {
            primitive::<$arrow>(
                data_type,
                rows,
                any::<<$arrow as ArrowPrimitiveType>::Native>(),
            )
        };
        ($arrow:ty, $values:expr) => {
            primitive::<$arrow>(data_type, rows, $values)
        };
    }
    match data_type.clone() {
        Null => Just(Arc::new(NullArray::new(rows)) as ArrayRef).boxed(),
        Boolean => vec(any::<Option<bool>>(), rows)
            .prop_map(|values| Arc::new(BooleanArray::from(values)) as ArrayRef)
            .boxed(),
        Int8 => numbers!(Int8Type),
        Int16 => numbers!(Int16Type),
        Int32 => numbers!(Int32Type),
        Int64 => {
            numbers!(
                Int64Type,
                prop_oneof![
                    any::<i64>(),
                    Just(i64::MIN),
                    Just(i64::MAX),
                    Just((1 << 53) + 1)
                ]
            )
        }
        UInt8 => numbers!(UInt8Type),
        UInt16 => numbers!(UInt16Type),
        UInt32 => numbers!(UInt32Type),
        UInt64 => numbers!(UInt64Type, 0..=i64::MAX.cast_unsigned()),
        Float16 => {
            let halves =
                float(json).prop_map(move |float| without_sign_of_zero(f16::from_f64(float), json));
            numbers!(
                Float16Type,
                halves.prop_filter("finite", move |half| !json || half.is_finite())
            )
        }
        Float32 => {
            #[expect(clippy::cast_possible_truncation, reason = "any float will do")]
            let floats =
                float(json).prop_map(move |float| without_sign_of_zero(float as f32, json));
            numbers!(
                Float32Type,
                floats.prop_filter("finite", move |float| !json || float.is_finite())
            )
        }
        Float64 => numbers!(
            Float64Type,
            float(json).prop_map(move |float| without_sign_of_zero(float, json))
        ),
        Utf8 | LargeUtf8 | Utf8View => {
            let text = prop_oneof![
                ".{0,12}",
                "[a-z0-9]{0,3}",
                Just("NaN".to_owned()),
                Just("\0nul\0".to_owned())
            ];
            cast(
                vec(option(text), rows).prop_map(StringArray::from),
                data_type,
            )
        }
        Binary | LargeBinary | BinaryView => {
            let blobs = vec(option(vec(any::<u8>(), 0..20)), rows);
            cast(
                blobs.prop_map(|blobs| BinaryArray::from_iter(blobs.iter())),
                data_type,
            )
        }
        FixedSizeBinary(length) => {
            let blob = vec(any::<u8>(), usize::try_from(length).unwrap());
            vec(option(blob), rows)
                .prop_map(move |blobs| {
                    let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(
                        blobs.into_iter(),
                        length,
                    );
                    Arc::new(array.unwrap()) as ArrayRef
                })
                .boxed()
        }
        Date32 => numbers!(Date32Type, -719_528..=2_932_896),
        Date64 => numbers!(
            Date64Type,
            (-719_528_i64..=2_932_896).prop_map(|day| day * 86_400_000)
        ),
        Time32(TimeUnit::Second) => numbers!(Time32SecondType, 0..86_400),
        Time32(_) => numbers!(Time32MillisecondType, 0..86_400_000),
        Time64(TimeUnit::Microsecond) => numbers!(Time64MicrosecondType, 0..86_400_000_000_i64),
        Time64(_) => numbers!(Time64NanosecondType, 0..86_400_000_000_000_i64),
        Timestamp(TimeUnit::Second, _) => numbers!(TimestampSecondType, timestamp(1)),
        Timestamp(TimeUnit::Millisecond, _) => numbers!(TimestampMillisecondType, timestamp(1_000)),
        Timestamp(TimeUnit::Microsecond, _) => {
            numbers!(TimestampMicrosecondType, timestamp(1_000_000))
        }
        Timestamp(TimeUnit::Nanosecond, _) => numbers!(TimestampNanosecondType),
        Duration(TimeUnit::Second) => numbers!(DurationSecondType),
        Duration(TimeUnit::Millisecond) => numbers!(DurationMillisecondType),
        Duration(TimeUnit::Microsecond) => numbers!(DurationMicrosecondType),
        Duration(TimeUnit::Nanosecond) => numbers!(DurationNanosecondType),
        Decimal32(precision, _) => {
            let most = 10_i32.pow(precision.into()) - 1;
            numbers!(Decimal32Type, -most..=most)
        }
        Decimal64(precision, _) => {
            let most = 10_i64.pow(precision.into()) - 1;
            numbers!(Decimal64Type, -most..=most)
        }
        Decimal128(precision, _) => {
            let most = 10_i128.pow(precision.into()) - 1;
            numbers!(Decimal128Type, -most..=most)
        }
        Decimal256(_, _) => {
            let most = 10_i128.pow(38) - 1;
            let half = move || -most..=most;
            let whole = (half(), half()).prop_map(|(high, low)| {
                i256::from_i128(high) * i256::from_i128(10_i128.pow(38)) + i256::from_i128(low)
            });
            numbers!(
                Decimal256Type,
                prop_oneof![whole, half().prop_map(i256::from_i128)]
            )
        }
        Dictionary(_, value) => cast_ref(array(&value, rows, json), data_type),
        RunEndEncoded(_, values) => cast_ref(array(values.data_type(), rows, json), data_type),
        Struct(fields) => {
            let column = |field: &FieldRef| match field.is_nullable() {
                true => array(field.data_type(), rows, true),
                // The keys of a map.
                false => vec(".{0,3}", rows)
                    .prop_map(|keys| Arc::new(StringArray::from(keys)) as ArrayRef)
                    .boxed(),
            };
            let columns: Vec<_> = fields.iter().map(column).collect();
            let entries = fields.iter().any(|field| !field.is_nullable());
            (columns, nulls(rows))
                .prop_map(move |(columns, nulls)| {
                    let nulls = nulls.filter(|_| !entries);
                    Arc::new(StructArray::new(fields.clone(), columns, nulls)) as ArrayRef
                })
                .boxed()
        }
        List(item) => lists(item, rows, |item, lengths, values, nulls| {
            Arc::new(ListArray::new(
                item,
                OffsetBuffer::from_lengths(lengths),
                values,
                nulls,
            ))
        }),
        LargeList(item) => lists(item, rows, |item, lengths, values, nulls| {
            Arc::new(LargeListArray::new(
                item,
                OffsetBuffer::from_lengths(lengths),
                values,
                nulls,
            ))
        }),
        ListView(item) => lists(item, rows, |item, lengths, values, nulls| {
            let offsets = OffsetBuffer::<i32>::from_lengths(lengths.iter().copied());
            let sizes: Vec<_> = lengths
                .into_iter()
                .map(|length| i32::try_from(length).unwrap())
                .collect();
            let offsets = ScalarBuffer::from(offsets[..sizes.len()].to_vec());
            Arc::new(ListViewArray::new(
                item,
                offsets,
                sizes.into(),
                values,
                nulls,
            ))
        }),
        LargeListView(item) => lists(item, rows, |item, lengths, values, nulls| {
            let offsets = OffsetBuffer::<i64>::from_lengths(lengths.iter().copied());
            let sizes: Vec<_> = lengths
                .into_iter()
                .map(|length| i64::try_from(length).unwrap())
                .collect();
            let offsets = ScalarBuffer::from(offsets[..sizes.len()].to_vec());
            Arc::new(LargeListViewArray::new(
                item,
                offsets,
                sizes.into(),
                values,
                nulls,
            ))
        }),
        FixedSizeList(item, length) => {
            let values = array(
                item.data_type(),
                rows * usize::try_from(length).unwrap(),
                true,
            );
            (values, nulls(rows))
                .prop_map(move |(values, nulls)| {
                    Arc::new(FixedSizeListArray::new(item.clone(), length, values, nulls))
                        as ArrayRef
                })
                .boxed()
        }
        Map(entries, _) => lists(entries, rows, |entries, lengths, values, nulls| {
            let structs = values.as_any().downcast_ref::<StructArray>().unwrap();
            Arc::new(MapArray::new(
                entries,
                OffsetBuffer::from_lengths(lengths),
                structs.clone(),
                nulls,
                false,
            ))
        }),
        other => unreachable!("{other} is not in the list of types"),
    }
}

fn option<S: Strategy>(values: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone,
{
    prop_oneof![1 => Just(None), 3 => values.prop_map(Some)]
}

fn primitive<T: ArrowPrimitiveType>(
    data_type: &DataType,
    rows: usize,
    values: impl Strategy<Value = T::Native> + 'static,
) -> BoxedStrategy<ArrayRef>
where
    T::Native: Clone,
{
    let data_type = data_type.clone();
    vec(option(values), rows)
        .prop_map(move |values| {
            let array = values.into_iter().collect::<PrimitiveArray<T>>();
            Arc::new(array.with_data_type(data_type.clone())) as ArrayRef
        })
        .boxed()
}

fn float(json: bool) -> impl Strategy<Value = f64> {
    // NaN as SQLite gives it back: it has no payload.
    let any = any::<f64>().prop_map(|float| if float.is_nan() { f64::NAN } else { float });
    let special = prop::sample::select(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -0.0,
        f64::MIN_POSITIVE / 3.0,
        f64::from_bits(1),
        f64::MAX,
        5.0,
        9_007_199_254_740_993.0,
        1e18,
    ]);
    prop_oneof![any, special, -1e6..1e6_f64]
        .prop_filter("finite", move |float| !json || float.is_finite())
}

/// SQLite stores a whole number in a column of REAL affinity as an integer, and so -0.0 as 0. JSON text keeps it.
fn without_sign_of_zero<F: Default + PartialEq>(float: F, json: bool) -> F {
    if !json && float == F::default() {
        F::default()
    } else {
        float
    }
}

fn timestamp(per_second: i64) -> impl Strategy<Value = i64> {
    (-719_528 * 86_400 * per_second)..(2_932_897 * 86_400 * per_second)
}

fn cast<A: Array + 'static>(
    arrays: impl Strategy<Value = A> + 'static,
    to: &DataType,
) -> BoxedStrategy<ArrayRef> {
    cast_ref(
        arrays.prop_map(|array| Arc::new(array) as ArrayRef).boxed(),
        to,
    )
}

fn cast_ref(arrays: BoxedStrategy<ArrayRef>, to: &DataType) -> BoxedStrategy<ArrayRef> {
    let to = to.clone();
    arrays
        .prop_map(move |array| arrow_cast::cast(&array, &to).unwrap())
        .boxed()
}

fn nulls(rows: usize) -> impl Strategy<Value = Option<NullBuffer>> {
    option(vec(prop::bool::weighted(0.8), rows).prop_map(NullBuffer::from))
}

fn lists(
    item: FieldRef,
    rows: usize,
    make: impl Fn(FieldRef, Vec<usize>, ArrayRef, Option<NullBuffer>) -> ArrayRef + Clone + 'static,
) -> BoxedStrategy<ArrayRef> {
    vec(0..4_usize, rows)
        .prop_flat_map(move |lengths| {
            let values = array(item.data_type(), lengths.iter().sum(), true);
            let (item, make) = (item.clone(), make.clone());
            (values, nulls(rows))
                .prop_map(move |(values, nulls)| make(item.clone(), lengths.clone(), values, nulls))
        })
        .boxed()
}

/// The type that a layout is read back as without a schema; nested types are text then.
fn plain(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, value) => plain(value)?,
        DataType::RunEndEncoded(_, values) => plain(values.data_type())?,
        nested if nested.is_nested() => return None,
        other => other.clone(),
    })
}

fn load(conn: &Connection, batch: &RecordBatch) {
    let options = LoadOptions::new()
        .mode(LoadMode::Create)
        .on_nan(OnNan::Text);
    let reader = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    let report = conn.load("t", reader, &options).unwrap();
    assert_eq!(report.rows, batch.num_rows() as u64);
}

/// Calls `check` with each batch that is read, and the same rows of the original.
fn read(
    conn: &Connection,
    original: &RecordBatch,
    options: &ReadOptions,
    check: impl Fn(&RecordBatch, &RecordBatch),
) {
    let mut reader = conn.read_table("t", options).unwrap();
    let mut row = 0;
    while let Some(batch) = reader.next_batch().unwrap() {
        assert!(batch.num_rows() > 0);
        assert_eq!(batch.schema(), reader.schema());
        check(&batch, &original.slice(row, batch.num_rows()));
        row += batch.num_rows();
    }
    assert_eq!(row, original.num_rows());
    assert_eq!(reader.report().rows, original.num_rows() as u64);
}

const BATCH_ROWS: [usize; 4] = [1, 7, 1_024, 100_000];

fn check_round_trip(batch: &RecordBatch) {
    let conn = Connection::open_in_memory().unwrap();
    load(&conn, batch);
    for batch_rows in BATCH_ROWS {
        // By the declared types.
        let options = ReadOptions::new()
            .batch_rows(batch_rows)
            .logical_types(true);
        read(&conn, batch, &options, |found, expected| {
            for (found, expected) in found.columns().iter().zip(expected.columns()) {
                if let Some(data_type) = plain(expected.data_type()) {
                    let expected = arrow_cast::cast(expected, &data_type).unwrap();
                    assert_eq!(found, &expected);
                } else {
                    assert_eq!(found.data_type(), &DataType::Utf8);
                }
            }
        });
        // By the caller's schema.
        let options = ReadOptions::new()
            .batch_rows(batch_rows)
            .schema(batch.schema());
        read(&conn, batch, &options, |found, expected| {
            for (found, expected) in found.columns().iter().zip(expected.columns()) {
                assert_eq!(found.data_type(), expected.data_type());
                assert_eq!(found, expected);
            }
        });
    }
}

/// The first number, or the second one where each step takes thirty times as long: under valgrind.
fn unless_slow<T>(usual: T, slow: T) -> T {
    if std::env::var_os("CLIB_TESTS_SLOW").is_some() {
        slow
    } else {
        usual
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(unless_slow(400, 4)))]

    #[test]
    fn what_is_loaded_is_read_back(batch in batch(20)) {
        check_round_trip(&batch);
    }

    #[test]
    fn slices_are_loaded_as_what_they_show(batch in batch(20), from in 0_usize..20, length in 0_usize..20) {
        let from = from.min(batch.num_rows());
        check_round_trip(&batch.slice(from, length.min(batch.num_rows() - from)));
    }
}

/// Each type for itself, so that none is left to chance.
#[test]
fn every_type_is_read_back() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for data_type in flat_types() {
        let values = array(&data_type, unless_slow(1_500, 40), false)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let schema = Schema::new(vec![Field::new("v", data_type, true)]);
        check_round_trip(&RecordBatch::try_new(Arc::new(schema), vec![values]).unwrap());
    }
}
