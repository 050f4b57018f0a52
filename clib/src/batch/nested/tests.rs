//! What `arrow-json` would lose, and is kept or refused here.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, Date32Array, DictionaryArray, Int32Array, ListArray, StringArray, StructArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, FieldRef};

use super::{check, decode, encode};
use crate::batch::column::{Built, Bytes, Misfit};

/// The JSON of each row, `lossy` where it has none.
fn json(array: &dyn Array) -> Vec<String> {
    let field: FieldRef = Field::new("v", array.data_type().clone(), true).into();
    let mut rows = vec!["NULL".to_owned(); array.len()];
    encode(array, &field, |row, json| {
        rows[row] = json.map_or("lossy".to_owned(), |json| {
            String::from_utf8(json.to_vec()).unwrap()
        });
        true
    })
    .unwrap();
    rows
}

fn list_of(values: ArrayRef, lengths: &[usize]) -> ListArray {
    let item = Field::new_list_field(values.data_type().clone(), true);
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    ListArray::new(item.into(), offsets, values, None)
}

/// The rows as a column; the bad ones, where there are any.
fn read(rows: &[Option<&str>], data_type: DataType) -> Result<ArrayRef, Vec<(usize, Misfit)>> {
    let mut bytes = Bytes::with_capacity(0, 0, &mut crate::raw::Memory::default());
    for row in rows {
        match row {
            Some(json) => assert!(bytes.push(json.as_bytes())),
            None => bytes.push_null(),
        }
    }
    match decode(bytes.finish(), &Field::new("v", data_type, true).into()).unwrap() {
        Built::Array(array) => Ok(array),
        Built::Bad { rows, .. } => Err(rows),
    }
}

#[test]
fn only_the_rows_that_hold_them_are_lossy() {
    let rows = [
        Some(vec![Some(1.0), None, Some(-0.0)]),
        Some(vec![Some(f64::NAN)]),
        None,
        Some(vec![]),
        Some(vec![Some(f64::NEG_INFINITY), Some(1.0)]),
        Some(vec![Some(1e300), Some(5e-324)]),
    ];
    let list = ListArray::from_iter_primitive::<Float64Type, _, _>(rows);
    let expected = [
        "[1.0,null,-0.0]",
        "lossy",
        "NULL",
        "[]",
        "lossy",
        "[1e300,5e-324]",
    ];
    assert_eq!(json(&list), expected);
    assert_eq!(json(&list.slice(2, 3)), expected[2..5]);
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(0), None, Some(i32::MAX)]));
    assert_eq!(
        json(&list_of(dates, &[2, 1])),
        ["[\"1970-01-01\",null]", "lossy"]
    );
}

#[test]
fn a_float_is_written_in_its_own_digits() {
    let list = ListArray::from_iter_primitive::<Float32Type, _, _>([Some([
        Some(0.1),
        Some(16_777_216.0),
    ])]);
    assert_eq!(json(&list), ["[0.1,16777216.0]"]);
    let back = read(&[Some("[0.1,16777216.0]")], list.data_type().clone()).unwrap();
    assert_eq!(back.as_ref(), &list as &dyn Array);
}

#[test]
fn a_float_that_would_be_another_number_is_refused() {
    use DataType::{Float16, Float32, Float64};
    let one = |json: &str, data_type: &DataType| {
        let list = DataType::List(Arc::new(Field::new_list_field(data_type.clone(), true)));
        let array = read(&[Some(json)], list).ok()?;
        let values = array.as_list::<i32>().values().clone();
        let values = arrow_cast::cast(&values, &Float64).unwrap();
        Some(values.as_primitive::<Float64Type>().value(0))
    };
    for (json, data_type, expected) in [
        ("[9007199254740992]", Float64, Some(9_007_199_254_740_992.0)),
        ("[9007199254740993]", Float64, None),
        ("[-9007199254740993]", Float64, None),
        ("[9223372036854775808]", Float64, None),
        ("[16777217]", Float64, Some(16_777_217.0)),
        ("[16777216]", Float32, Some(16_777_216.0)),
        ("[16777217]", Float32, None),
        ("[2048]", Float16, Some(2_048.0)),
        ("[2049]", Float16, None),
        ("[65520]", Float16, None),
        ("[1e-400]", Float64, None),
        ("[-1e-400]", Float64, None),
        ("[1e400]", Float64, None),
        ("[5e-324]", Float64, Some(5e-324)),
        ("[1e-60]", Float32, None),
        ("[1e60]", Float32, None),
        ("[1e-10]", Float16, None),
        ("[1e10]", Float16, None),
        ("[0.1]", Float64, Some(0.1)),
        ("[0.1]", Float32, Some(f64::from(0.1_f32))),
        ("[0.5]", Float16, Some(0.5)),
        ("[0e5]", Float32, Some(0.0)),
        ("[0.0e-400]", Float64, Some(0.0)),
        ("[1e22]", Float64, Some(1e22)),
    ] {
        assert_eq!(one(json, &data_type), expected, "{json} {data_type}");
    }
    for (json, data_type) in [("[-0]", Float64), ("[-0.0]", Float32), ("[-0]", Float16)] {
        assert!(one(json, &data_type).unwrap().is_sign_negative(), "{json}");
    }
}

#[test]
fn a_null_among_a_dictionarys_values_is_null() {
    let keys = Int32Array::from(vec![Some(0), Some(1), None, Some(2)]);
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(keys, values));
    assert_eq!(
        json(&list_of(dictionary, &[4, 0])),
        ["[\"a\",null,null,\"c\"]", "[]"]
    );
}

#[test]
fn members_that_are_null_are_written() {
    let field = |name: &str| Arc::new(Field::new(name, DataType::Int32, true));
    let column = |values: Vec<Option<i32>>| Arc::new(Int32Array::from(values)) as ArrayRef;
    let array = StructArray::from(vec![
        (field("a"), column(vec![Some(1), None])),
        (field("b \"q\""), column(vec![None, None])),
    ]);
    let written = [r#"{"a":1,"b \"q\"":null}"#, r#"{"a":null,"b \"q\"":null}"#];
    assert_eq!(json(&array), written);
    let back = read(&written.map(Some), array.data_type().clone()).unwrap();
    assert_eq!(back.as_ref(), &array as &dyn Array);
}

#[test]
fn each_text_must_be_one_value() {
    let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int32, true)));
    let rows = [
        Some("[1]"),
        None,
        Some(" [ 2 , 3 ] "),
        Some("null"),
        Some(""),
        Some("[4] [5]"),
        Some("[6"),
        Some("]"),
        Some("[7.0]"),
        Some("[2147483648]"),
        Some("7"),
    ];
    let good = read(&rows[..4], list.clone()).unwrap();
    let expected = [
        Some(vec![Some(1)]),
        None,
        Some(vec![Some(2), Some(3)]),
        None,
    ];
    let expected = ListArray::from_iter_primitive::<Int32Type, _, _>(expected);
    assert_eq!(good.as_ref(), &expected as &dyn Array);
    let bad: Vec<_> = read(&rows, list.clone())
        .unwrap_err()
        .into_iter()
        .map(|(row, _)| row)
        .collect();
    assert_eq!(bad, [4, 5, 6, 7, 8, 9, 10]);
    // Brackets in a text do not nest.
    let texts = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    let brackets = format!("[\"\\\"{}\"]", "[".repeat(2_000));
    assert_eq!(read(&[Some(&brackets)], texts.clone()).unwrap().len(), 1);
    assert!(read(&[Some(&"[".repeat(2_000))], texts).is_err());
    // Bytes that are no UTF-8 are no JSON.
    let mut bytes = Bytes::with_capacity(0, 0, &mut crate::raw::Memory::default());
    bytes.push(b"[\"\xFF\"]");
    let field: FieldRef = Field::new("v", list, true).into();
    assert!(matches!(
        decode(bytes.finish(), &field).unwrap(),
        Built::Bad { .. }
    ));
}

#[test]
fn text_of_any_kind_survives() {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for text in ["", "\"", "\\", "\0", "\u{1f}", "ä€😀", "a\nb\u{2028}"] {
        lists.values().append_value(text);
    }
    lists.append(true);
    let list = lists.finish();
    let written = json(&list);
    let back = read(&[Some(&written[0])], list.data_type().clone()).unwrap();
    assert_eq!(back.as_ref(), &list as &dyn Array);
}

#[test]
fn what_arrow_json_cannot_read_is_said_beforehand() {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
    let list = DataType::List(Arc::new(Field::new_list_field(dictionary, true)));
    let reason = check(&Field::new("v", list, true).into()).unwrap_err();
    assert!(
        reason.starts_with("cannot be read from JSON text (Not yet implemented"),
        "{reason}"
    );
    assert!(reason.ends_with("ask for Utf8 and convert it"), "{reason}");
}
