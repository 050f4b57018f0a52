//! A batch's columns in the layouts that the kernel reads. What is not in one of them is written anew.

use std::sync::Arc;

use arrow_array::builder::{LargeBinaryBuilder, LargeStringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, NullArray, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, FieldRef, SchemaRef};

use crate::batch::indices;
use crate::batch::load::source::{SourceColumn, Unfit};
use crate::batch::options::OnNan;
use crate::raw::{Compares, SourceNan, SourceValidity, SourceValues, Sources};
use crate::types::ValueRef;

const NAN: &str = "NaN does not exist in SQLite: make it NULL in the array";

/// One batch.
pub(super) struct Piece {
    rows: usize,
    columns: Vec<Held>,
}

/// A column that the kernel can read, and who owns its memory.
struct Held {
    array: ArrayRef,
    /// For dictionaries: which value each row has.
    indices: Option<Vec<usize>>,
    nulls: Option<NullBuffer>,
}

/// A column that cannot be.
pub(super) struct UnfitColumn {
    pub(super) column: String,
    pub(super) row: Option<usize>,
    pub(super) reason: String,
}

impl Piece {
    pub(super) fn new(batch: &RecordBatch, schema: &SchemaRef) -> Result<Self, UnfitColumn> {
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.map(|(array, field)| {
            Held::new(array, field).map_err(|(row, reason)| UnfitColumn {
                column: field.name().clone(),
                row,
                reason,
            })
        });
        Ok(Self {
            rows: batch.num_rows(),
            columns: columns.collect::<Result<_, _>>()?,
        })
    }

    /// The columns for C.
    pub(super) fn describe(&self) -> Option<Sources<'_>> {
        let mut sources = Sources::new(self.rows);
        for column in &self.columns {
            let validity = column.nulls.as_ref().map(|nulls| {
                let bits = nulls.inner();
                SourceValidity {
                    bits: bits.values(),
                    offset: bits.offset(),
                }
            });
            sources.push(
                values(column.array.as_ref())?,
                column.indices.as_deref(),
                validity,
                SourceNan::Misfit,
            )?;
        }
        Some(sources)
    }
}

type Problem = (Option<usize>, String);

impl Held {
    fn new(array: &ArrayRef, field: &FieldRef) -> Result<Self, Problem> {
        let general = |error: ArrowError| (None, error.to_string());
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if let DataType::Dictionary(_, inner) = array.data_type()
            && is_plain(inner)
            && !can_be_unfit(inner)
        {
            let dictionary = array.as_any_dictionary();
            if dictionary.values().is_empty() {
                // Without values every row is NULL.
                return Ok(Self {
                    array: Arc::new(NullArray::new(array.len())),
                    indices: None,
                    nulls: None,
                });
            }
            return Ok(Self {
                array: Arc::clone(dictionary.values()),
                indices: Some(indices::of_dictionary(dictionary)),
                nulls,
            });
        }
        let plain = if is_plain(array.data_type()) {
            if can_be_unfit(array.data_type()) {
                check(array, field)?;
            }
            Arc::clone(array)
        } else if matches!(array.data_type(), DataType::Duration(_)) {
            Arc::new(indices::as_i64(array.as_ref()).map_err(general)?.clone())
        } else {
            write(array, field)?
        };
        Ok(Self {
            nulls: plain.logical_nulls().filter(|nulls| nulls.null_count() > 0),
            array: plain,
            indices: None,
        })
    }
}

/// Whether [`values`] describes the type.
fn is_plain(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(
        data_type,
        T::Null
            | T::Boolean
            | T::Int8
            | T::Int16
            | T::Int32
            | T::Int64
            | T::UInt8
            | T::UInt16
            | T::UInt32
            | T::UInt64
            | T::Float32
            | T::Float64
            | T::Utf8
            | T::LargeUtf8
            | T::Binary
            | T::LargeBinary
            | T::FixedSizeBinary(_)
    )
}

/// Whether a plain type has values that SQLite does not.
fn can_be_unfit(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::UInt64 | DataType::Float32 | DataType::Float64
    )
}

fn source(array: &ArrayRef, field: &FieldRef) -> Result<SourceColumn, Problem> {
    SourceColumn::new(array.as_ref(), field, OnNan::Null).map_err(|error| (None, error.to_string()))
}

/// A row's value, as a load has it.
fn value(column: &SourceColumn, row: usize) -> Result<ValueRef<'_>, Problem> {
    let mut nans = 0;
    match column.value(row, &mut nans) {
        Ok(value) if nans == 0 => Ok(value),
        Ok(_) => Err((Some(row), NAN.to_owned())),
        Err(Unfit(reason)) => Err((Some(row), reason)),
    }
}

/// An error for the first value that SQLite cannot hold.
fn check(array: &ArrayRef, field: &FieldRef) -> Result<(), Problem> {
    let column = source(array, field)?;
    (0..array.len()).try_for_each(|row| value(&column, row).map(drop))
}

/// The column's values in a plain layout.
fn write(array: &ArrayRef, field: &FieldRef) -> Result<ArrayRef, Problem> {
    let column = source(array, field)?;
    let rows = 0..array.len();
    match compares(array.data_type(), true) {
        Compares::Numbers => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "see `is_plain`: integers have other ways"
            )]
            let values = rows.map(|row| match value(&column, row)? {
                ValueRef::Real(value) => Ok(Some(value)),
                ValueRef::Integer(value) => Ok(Some(value as f64)),
                _ => Ok(None),
            });
            if is_integer(array.data_type()) {
                let values = (0..array.len()).map(|row| match value(&column, row)? {
                    ValueRef::Integer(value) => Ok(Some(value)),
                    _ => Ok(None),
                });
                let values: arrow_array::Int64Array =
                    values.collect::<Result<Vec<_>, Problem>>()?.into();
                return Ok(Arc::new(values));
            }
            let values: Float64Array = values.collect::<Result<Vec<_>, Problem>>()?.into();
            Ok(Arc::new(values))
        }
        Compares::Blobs => {
            let mut out = LargeBinaryBuilder::new();
            for row in rows {
                match value(&column, row)? {
                    ValueRef::Blob(blob) => out.append_value(blob),
                    _ => out.append_null(),
                }
            }
            Ok(Arc::new(out.finish()))
        }
        _ => {
            let mut out = LargeStringBuilder::new();
            for row in rows {
                match value(&column, row)? {
                    ValueRef::Text(text) => match std::str::from_utf8(text) {
                        Ok(text) => out.append_value(text),
                        Err(error) => return Err((Some(row), error.to_string())),
                    },
                    _ => out.append_null(),
                }
            }
            Ok(Arc::new(out.finish()))
        }
    }
}

fn inner(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => inner(values),
        DataType::RunEndEncoded(_, values) => inner(values.data_type()),
        other => other,
    }
}

fn is_integer(data_type: &DataType) -> bool {
    let data_type = inner(data_type);
    data_type.is_integer() || matches!(data_type, DataType::Boolean | DataType::Duration(_))
}

/// With what the values of a column are compared as they are. `text`: whether its declared type has TEXT affinity; with another one
/// SQLite would look for numbers in texts.
pub(super) fn compares(data_type: &DataType, text: bool) -> Compares {
    use DataType as T;
    match inner(data_type) {
        data_type if is_integer(data_type) || data_type.is_floating() => Compares::Numbers,
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => Compares::Blobs,
        T::Null => Compares::None,
        _ if text => Compares::Texts,
        _ => Compares::None,
    }
}

/// The values of an array of a plain type.
fn values(array: &dyn Array) -> Option<SourceValues<'_>> {
    fn numbers<T: ArrowPrimitiveType>(array: &dyn Array) -> &[T::Native] {
        array.as_primitive::<T>().values()
    }
    use SourceValues as V;
    Some(match array.data_type() {
        DataType::Null => V::Null,
        DataType::Boolean => {
            let bits = array.as_boolean().values();
            V::Boolean {
                bits: bits.values(),
                offset: bits.offset(),
                len: bits.len(),
            }
        }
        DataType::Int8 => V::Int8(numbers::<Int8Type>(array)),
        DataType::Int16 => V::Int16(numbers::<Int16Type>(array)),
        DataType::Int32 => V::Int32(numbers::<Int32Type>(array)),
        DataType::Int64 => V::Int64(numbers::<Int64Type>(array)),
        DataType::UInt8 => V::UInt8(numbers::<UInt8Type>(array)),
        DataType::UInt16 => V::UInt16(numbers::<UInt16Type>(array)),
        DataType::UInt32 => V::UInt32(numbers::<UInt32Type>(array)),
        DataType::UInt64 => V::UInt64(numbers::<UInt64Type>(array)),
        DataType::Float32 => V::Float32(numbers::<Float32Type>(array)),
        DataType::Float64 => V::Float64(numbers::<Float64Type>(array)),
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            V::Text32(array.value_offsets(), array.value_data())
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            V::Text64(array.value_offsets(), array.value_data())
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            V::Blob32(array.value_offsets(), array.value_data())
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            V::Blob64(array.value_offsets(), array.value_data())
        }
        DataType::FixedSizeBinary(width) => {
            let fixed = array.as_fixed_size_binary();
            V::BlobFixed {
                len: fixed.len(),
                width: usize::try_from(*width).ok()?,
                data: fixed.value_data(),
            }
        }
        _ => return None,
    })
}
