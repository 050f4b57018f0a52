//! An array's values as keys: as a load would have stored them.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BinaryArray, Float64Array, Int64Array, StringArray};
use arrow_schema::{DataType, Field, FieldRef};

use crate::batch::load::{SourceColumn, Unfit};
use crate::batch::options::OnNan;
use crate::error::Result;
use crate::raw::Keys;
use crate::types::{ValueKind, ValueRef};

/// A key that has no form in SQLite, and its position.
type Refused = (Option<usize>, Unfit);

/// The keys; or why there is none for one of them.
pub(super) fn keys(array: &dyn Array) -> Result<Result<Keys, Refused>> {
    let keys = match array.data_type() {
        DataType::Int64 => {
            let array = array.as_primitive::<Int64Type>();
            Some(Keys::integers(
                array.values().clone(),
                array.nulls().cloned(),
            ))
        }
        DataType::Utf8 => texts(array.as_string()),
        DataType::Binary => blobs(array.as_binary()),
        _ => return converted(array),
    };
    Ok(keys.ok_or_else(too_much))
}

fn texts(array: &StringArray) -> Option<Keys> {
    Keys::bytes(
        true,
        array.offsets().clone(),
        array.values().clone(),
        array.nulls().cloned(),
    )
}

fn blobs(array: &BinaryArray) -> Option<Keys> {
    Keys::bytes(
        false,
        array.offsets().clone(),
        array.values().clone(),
        array.nulls().cloned(),
    )
}

fn too_much() -> Refused {
    let reason = "the keys have more than 2 GiB of text: look them up in parts";
    (None, Unfit(reason.to_owned()))
}

/// Keys of any other type, one by one.
fn converted(array: &dyn Array) -> Result<Result<Keys, Refused>> {
    let field: FieldRef = Field::new("key", array.data_type().clone(), true).into();
    // What has no form in SQLite is no key either.
    if let Err(reason) = crate::batch::declared::declare(array.data_type()) {
        return Ok(Err((
            None,
            Unfit(format!("keys of type {} {reason}", array.data_type())),
        )));
    }
    let column = SourceColumn::new(array, &field, OnNan::Null)?;
    let mut nans = 0;
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        match column.value(row, &mut nans) {
            Ok(value) => values.push(value),
            Err(unfit) => return Ok(Err((Some(row), unfit))),
        }
    }
    // All that are not NULL are of one kind, that of the array's type.
    let kind = values
        .iter()
        .map(ValueRef::kind)
        .find(|kind| *kind != ValueKind::Null);
    let keys = match kind {
        Some(ValueKind::Real) => {
            let array: Float64Array = values
                .iter()
                .map(|value| match value {
                    ValueRef::Real(value) => Some(*value),
                    _ => None,
                })
                .collect();
            let nulls = array.nulls().cloned();
            Some(Keys::reals(array.values().clone(), nulls))
        }
        Some(kind @ (ValueKind::Text | ValueKind::Blob)) => {
            let values = values.iter().map(ValueRef::as_bytes);
            let bytes = values.clone().flatten().map(<[u8]>::len).sum::<usize>();
            if i32::try_from(bytes).is_err() {
                return Ok(Err(too_much()));
            }
            let array: BinaryArray = values.collect();
            Keys::bytes(
                kind == ValueKind::Text,
                array.offsets().clone(),
                array.values().clone(),
                array.nulls().cloned(),
            )
        }
        Some(ValueKind::Integer | ValueKind::Null) | None => {
            let array: Int64Array = values
                .iter()
                .map(|value| match value {
                    ValueRef::Integer(value) => Some(*value),
                    _ => None,
                })
                .collect();
            let nulls = array.nulls().cloned();
            Some(Keys::integers(array.values().clone(), nulls))
        }
    };
    Ok(keys.ok_or_else(too_much))
}
