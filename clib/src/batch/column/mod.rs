//! Builders of columns, from SQLite's values.

mod bytes;
mod fixed;
mod mixed;
pub(super) mod number;
mod target;
mod validity;

use arrow_array::{ArrayRef, NullArray};
use arrow_buffer::i256;
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};
use half::f16;
use std::fmt;
use std::sync::Arc;

pub(super) use bytes::{Bytes, Finished};
pub(super) use fixed::Fixed;
use fixed::{Bits, FixedBytes};
pub(super) use mixed::Mixed;
use validity::Validity;

use super::nested;
use super::text::decimal::read_decimal;
use super::text::temporal::{read_date, read_time, read_timestamp};
use crate::raw::Memory;
use crate::types::ValueRef;

/// Why a value does not go into a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Misfit {
    /// It is of another storage class.
    Kind,
    /// It is NULL, and the field is not nullable.
    Null,
    /// A number that the type holds only nearly.
    Inexact,
    /// A number that is out of the type's range.
    Range,
    /// A text that is not of the form that the type needs.
    Form(&'static str),
    /// A text that is not JSON of the type.
    Json(String),
    /// A text that is not UTF-8.
    Utf8,
    /// A blob of another length.
    Length(usize),
    /// More than 2 GiB of text in one batch.
    TooLong,
}

/// A column that grows value by value.
///
/// One variant per way of turning a value into an element; the types that share one differ in `DataType` alone.
pub(super) enum Builder {
    Int64(Fixed<i64>),
    Float64(Fixed<f64>),
    Utf8(Bytes),
    Binary(Bytes),
    /// Values of all kinds, for a type that is settled at the end of the first batch.
    Mixed(Mixed),
    Null(usize),
    Boolean(Bits),
    Int8(Fixed<i8>),
    Int16(Fixed<i16>),
    Int32(Fixed<i32>),
    UInt8(Fixed<u8>),
    UInt16(Fixed<u16>),
    UInt32(Fixed<u32>),
    UInt64(Fixed<u64>),
    Float16(Fixed<f16>),
    Float32(Fixed<f32>),
    Date32(Fixed<i32>),
    Date64(Fixed<i64>),
    Time32(Fixed<i32>, TimeUnit),
    Time64(Fixed<i64>, TimeUnit),
    Timestamp(Fixed<i64>, TimeUnit, bool),
    Decimal32(Fixed<i32>, u8, i8),
    Decimal64(Fixed<i64>, u8, i8),
    Decimal128(Fixed<i128>, u8, i8),
    Decimal256(Fixed<i256>, u8, i8),
    FixedBinary(FixedBytes),
    /// JSON text, for a nested type.
    Json(Bytes),
}

/// What a builder's values became.
pub(super) enum Built {
    Array(ArrayRef),
    /// Text or JSON of which some rows are not. The rows are in order.
    Bad {
        column: Finished,
        rows: Vec<(usize, Misfit)>,
    },
}

/// The type that is built, of which `data_type` is another layout.
pub(super) fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, value) => plain(value),
        DataType::RunEndEncoded(_, values) => plain(values.data_type()),
        other => other.clone(),
    }
}

impl Builder {
    /// A builder for a [`plain`] type; or why there is none.
    pub(super) fn new(
        data_type: &DataType,
        rows: usize,
        bytes: usize,
        memory: &mut Memory,
    ) -> Result<Self, String> {
        Ok(match data_type {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Boolean(Bits::with_capacity(rows)),
            DataType::Int8 => Self::Int8(Fixed::with_capacity(rows, memory)),
            DataType::Int16 => Self::Int16(Fixed::with_capacity(rows, memory)),
            DataType::Int32 => Self::Int32(Fixed::with_capacity(rows, memory)),
            DataType::Int64 | DataType::Duration(_) => {
                Self::Int64(Fixed::with_capacity(rows, memory))
            }
            DataType::UInt8 => Self::UInt8(Fixed::with_capacity(rows, memory)),
            DataType::UInt16 => Self::UInt16(Fixed::with_capacity(rows, memory)),
            DataType::UInt32 => Self::UInt32(Fixed::with_capacity(rows, memory)),
            DataType::UInt64 => Self::UInt64(Fixed::with_capacity(rows, memory)),
            DataType::Float16 => Self::Float16(Fixed::with_capacity(rows, memory)),
            DataType::Float32 => Self::Float32(Fixed::with_capacity(rows, memory)),
            DataType::Float64 => Self::Float64(Fixed::with_capacity(rows, memory)),
            DataType::Utf8 => Self::Utf8(Bytes::with_capacity(rows, bytes, memory)),
            DataType::Binary => Self::Binary(Bytes::with_capacity(rows, bytes, memory)),
            DataType::FixedSizeBinary(length) => {
                let length =
                    usize::try_from(*length).map_err(|_| "has a negative length".to_owned())?;
                Self::FixedBinary(FixedBytes::with_capacity(length, rows, memory))
            }
            DataType::Date32 => Self::Date32(Fixed::with_capacity(rows, memory)),
            DataType::Date64 => Self::Date64(Fixed::with_capacity(rows, memory)),
            DataType::Time32(unit @ (TimeUnit::Second | TimeUnit::Millisecond)) => {
                Self::Time32(Fixed::with_capacity(rows, memory), *unit)
            }
            DataType::Time64(unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond)) => {
                Self::Time64(Fixed::with_capacity(rows, memory), *unit)
            }
            DataType::Time32(_) | DataType::Time64(_) => {
                return Err("has a unit that Arrow does not allow there".to_owned());
            }
            DataType::Timestamp(unit, zone) => {
                Self::Timestamp(Fixed::with_capacity(rows, memory), *unit, zone.is_some())
            }
            DataType::Decimal32(precision, scale) => {
                Self::Decimal32(Fixed::with_capacity(rows, memory), *precision, *scale)
            }
            DataType::Decimal64(precision, scale) => {
                Self::Decimal64(Fixed::with_capacity(rows, memory), *precision, *scale)
            }
            DataType::Decimal128(precision, scale) => {
                Self::Decimal128(Fixed::with_capacity(rows, memory), *precision, *scale)
            }
            DataType::Decimal256(precision, scale) => {
                Self::Decimal256(Fixed::with_capacity(rows, memory), *precision, *scale)
            }
            nested if nested.is_nested() => Self::Json(Bytes::with_capacity(rows, bytes, memory)),
            _ => {
                return Err(
                    "cannot be read from SQLite: ask for another type and cast it".to_owned(),
                );
            }
        })
    }

    /// Appends a value, or says why it cannot and leaves the column as it was.
    ///
    /// The storage class is looked at first: a value that is passed on as one, through memory, costs more than all the rest.
    #[inline(always)]
    pub(super) fn push(&mut self, value: ValueRef<'_>) -> Result<(), Misfit> {
        match value {
            ValueRef::Integer(value) => match self {
                Self::Int64(column) => column.push(value),
                _ => return self.push_other(ValueRef::Integer(value)),
            },
            ValueRef::Real(value) => match self {
                Self::Float64(column) => column.push(value),
                _ => return self.push_other(ValueRef::Real(value)),
            },
            ValueRef::Text(value) => match self {
                Self::Utf8(column) => {
                    return column.push(value).then_some(()).ok_or(Misfit::TooLong);
                }
                _ => return self.push_other(ValueRef::Text(value)),
            },
            ValueRef::Blob(value) => match self {
                Self::Binary(column) => {
                    return column.push(value).then_some(()).ok_or(Misfit::TooLong);
                }
                _ => return self.push_other(ValueRef::Blob(value)),
            },
            ValueRef::Null => self.push_null(),
        }
        Ok(())
    }

    pub(super) fn push_null(&mut self) {
        match self {
            Self::Int64(column)
            | Self::Date64(column)
            | Self::Time64(column, _)
            | Self::Timestamp(column, _, _)
            | Self::Decimal64(column, _, _) => column.push_null(),
            Self::Float64(column) => column.push_null(),
            Self::Utf8(column) | Self::Binary(column) | Self::Json(column) => column.push_null(),
            Self::Mixed(column) => {
                column.push(ValueRef::Null);
            }
            Self::Null(rows) => *rows += 1,
            Self::Boolean(column) => column.push_null(),
            Self::Int8(column) => column.push_null(),
            Self::Int16(column) => column.push_null(),
            Self::Int32(column)
            | Self::Date32(column)
            | Self::Time32(column, _)
            | Self::Decimal32(column, _, _) => {
                column.push_null();
            }
            Self::UInt8(column) => column.push_null(),
            Self::UInt16(column) => column.push_null(),
            Self::UInt32(column) => column.push_null(),
            Self::UInt64(column) => column.push_null(),
            Self::Float16(column) => column.push_null(),
            Self::Float32(column) => column.push_null(),
            Self::Decimal128(column, _, _) => column.push_null(),
            Self::Decimal256(column, _, _) => column.push_null(),
            Self::FixedBinary(column) => column.push_null(),
        }
    }

    /// Appends a text to a text column, or a blob to a blob column, whatever it was in SQLite.
    pub(super) fn push_bytes(&mut self, value: &[u8]) -> Result<(), Misfit> {
        match self {
            Self::Utf8(column) | Self::Binary(column) => {
                if column.push(value) {
                    Ok(())
                } else {
                    Err(Misfit::TooLong)
                }
            }
            _ => Err(Misfit::Kind),
        }
    }

    /// Everything that is not a NULL and not the plain case.
    fn push_other(&mut self, value: ValueRef<'_>) -> Result<(), Misfit> {
        match self {
            Self::Mixed(column) => {
                if !column.push(value) {
                    return Err(Misfit::TooLong);
                }
            }
            Self::Int64(_) | Self::Utf8(_) | Self::Binary(_) | Self::Null(_) => {
                return Err(Misfit::Kind);
            }
            Self::Float64(column) => column.push(float(value)?),
            Self::Boolean(column) => column.push(match value {
                ValueRef::Integer(0) => false,
                ValueRef::Integer(1) => true,
                ValueRef::Integer(_) => return Err(Misfit::Range),
                _ => return Err(Misfit::Kind),
            }),
            Self::Int8(column) => column.push(integer(value)?),
            Self::Int16(column) => column.push(integer(value)?),
            Self::Int32(column) => column.push(integer(value)?),
            Self::UInt8(column) => column.push(integer(value)?),
            Self::UInt16(column) => column.push(integer(value)?),
            Self::UInt32(column) => column.push(integer(value)?),
            Self::UInt64(column) => column.push(integer(value)?),
            Self::Float16(column) => {
                column.push(number::exact_f16(float(value)?).ok_or(Misfit::Inexact)?)
            }
            Self::Float32(column) => {
                column.push(number::exact_f32(float(value)?).ok_or(Misfit::Inexact)?)
            }
            Self::Date32(column) => {
                let day = text(value, "YYYY-MM-DD", read_date)?;
                column.push(i32::try_from(day).map_err(|_| Misfit::Range)?);
            }
            Self::Date64(column) => column.push(text(value, "YYYY-MM-DD", read_date)? * 86_400_000),
            Self::Time32(column, unit) => {
                let ticks = text(value, TIMES, |text| read_time(text, *unit))?;
                column.push(i32::try_from(ticks).map_err(|_| Misfit::Range)?);
            }
            Self::Time64(column, unit) => {
                column.push(text(value, TIMES, |text| read_time(text, *unit))?)
            }
            Self::Timestamp(column, unit, zone) => {
                let form = if *zone { ZONED_TIMESTAMPS } else { TIMESTAMPS };
                column.push(text(value, form, |text| {
                    read_timestamp(text, *unit, *zone)
                })?);
            }
            Self::Decimal32(column, precision, scale) => {
                column.push(decimal(value, |text| {
                    read_decimal(text, *precision, *scale)
                })?);
            }
            Self::Decimal64(column, precision, scale) => {
                column.push(decimal(value, |text| {
                    read_decimal(text, *precision, *scale)
                })?);
            }
            Self::Decimal128(column, precision, scale) => {
                column.push(decimal(value, |text| {
                    read_decimal(text, *precision, *scale)
                })?);
            }
            Self::Decimal256(column, precision, scale) => {
                column.push(decimal(value, |text| {
                    read_decimal(text, *precision, *scale)
                })?);
            }
            Self::FixedBinary(column) => match value {
                ValueRef::Blob(value) if column.push(value) => {}
                ValueRef::Blob(_) => return Err(Misfit::Length(column.length())),
                _ => return Err(Misfit::Kind),
            },
            Self::Json(column) => match value {
                ValueRef::Text(value) if column.push(value) => {}
                ValueRef::Text(_) => return Err(Misfit::TooLong),
                _ => return Err(Misfit::Kind),
            },
        }
        Ok(())
    }

    /// The values, as a column of a [`plain`] type. `field` names it where the type is nested.
    pub(super) fn finish(
        &mut self,
        field: &FieldRef,
        data_type: &DataType,
    ) -> Result<Built, ArrowError> {
        Ok(Built::Array(match self {
            Self::Utf8(column) => return Ok(text_or_bad(column.finish())),
            Self::Json(column) => return nested::decode(column.finish(), field),
            Self::Binary(column) => column.finish().binary()?,
            Self::Int64(column)
            | Self::Date64(column)
            | Self::Time64(column, _)
            | Self::Timestamp(column, _, _)
            | Self::Decimal64(column, _, _) => column.finish(data_type)?,
            Self::Float64(column) => column.finish(data_type)?,
            Self::Null(rows) => Arc::new(NullArray::new(std::mem::take(rows))),
            // Settled before it is finished.
            Self::Mixed(_) => {
                return Err(ArrowError::SchemaError(
                    "the column's type is not settled".to_owned(),
                ));
            }
            Self::Boolean(column) => column.finish()?,
            Self::Int8(column) => column.finish(data_type)?,
            Self::Int16(column) => column.finish(data_type)?,
            Self::Int32(column)
            | Self::Date32(column)
            | Self::Time32(column, _)
            | Self::Decimal32(column, _, _) => column.finish(data_type)?,
            Self::UInt8(column) => column.finish(data_type)?,
            Self::UInt16(column) => column.finish(data_type)?,
            Self::UInt32(column) => column.finish(data_type)?,
            Self::UInt64(column) => column.finish(data_type)?,
            Self::Float16(column) => column.finish(data_type)?,
            Self::Float32(column) => column.finish(data_type)?,
            Self::Decimal128(column, _, _) => column.finish(data_type)?,
            Self::Decimal256(column, _, _) => column.finish(data_type)?,
            Self::FixedBinary(column) => column.finish(data_type)?,
        }))
    }

    /// The bytes of text and blobs that the builder holds.
    pub(super) fn byte_count(&self) -> usize {
        match self {
            Self::Utf8(column) | Self::Binary(column) | Self::Json(column) => column.byte_count(),
            _ => 0,
        }
    }
}

/// A text column, or the rows of it that are not UTF-8.
fn text_or_bad(column: Finished) -> Built {
    match column.text() {
        Some(array) => Built::Array(array),
        None => {
            let rows = column
                .rows_where(|text| std::str::from_utf8(text).is_err())
                .map(|row| (row, Misfit::Utf8))
                .collect();
            Built::Bad { column, rows }
        }
    }
}

impl Built {
    /// Gives up the rows that are bad: they become NULL.
    pub(super) fn without_bad(self, field: &FieldRef, json: bool) -> Result<Self, ArrowError> {
        match self {
            Self::Array(_) => Ok(self),
            Self::Bad { column, rows } => {
                let rows: Vec<_> = rows.into_iter().map(|(row, _)| row).collect();
                let column = column.without(&rows);
                if json {
                    nested::decode(column, field)
                } else {
                    Ok(text_or_bad(column))
                }
            }
        }
    }
}

const TIMES: &str = "HH:MM:SS, with no more digits of a second than the type holds";
const TIMESTAMPS: &str =
    "YYYY-MM-DD HH:MM:SS without a zone, with no more digits of a second than the type holds";
const ZONED_TIMESTAMPS: &str =
    "YYYY-MM-DD HH:MM:SSZ, with no more digits of a second than the type holds";

fn integer<N: TryFrom<i64>>(value: ValueRef<'_>) -> Result<N, Misfit> {
    match value {
        ValueRef::Integer(value) => N::try_from(value).map_err(|_| Misfit::Range),
        _ => Err(Misfit::Kind),
    }
}

fn float(value: ValueRef<'_>) -> Result<f64, Misfit> {
    match value {
        ValueRef::Real(value) => Ok(value),
        ValueRef::Integer(value) => number::exact(value).ok_or(Misfit::Inexact),
        // What `OnNan::Text` writes, as SQLite has no NaN.
        ValueRef::Text(b"NaN") => Ok(f64::NAN),
        _ => Err(Misfit::Kind),
    }
}

fn text(
    value: ValueRef<'_>,
    form: &'static str,
    read: impl FnOnce(&[u8]) -> Option<i64>,
) -> Result<i64, Misfit> {
    match value {
        ValueRef::Text(text) => read(text).ok_or(Misfit::Form(form)),
        _ => Err(Misfit::Kind),
    }
}

fn decimal<N>(value: ValueRef<'_>, read: impl FnOnce(&[u8]) -> Option<N>) -> Result<N, Misfit> {
    match value {
        ValueRef::Text(text) => {
            read(text).ok_or(Misfit::Form("a decimal within the type's digits"))
        }
        ValueRef::Integer(value) => {
            read(Short::new(format_args!("{value}")).as_bytes()).ok_or(Misfit::Range)
        }
        // The shortest digits that give this double back: what a person wrote, for all that SQLite knows.
        ValueRef::Real(value) => {
            read(Short::new(format_args!("{value:e}")).as_bytes()).ok_or(Misfit::Inexact)
        }
        _ => Err(Misfit::Kind),
    }
}

/// A number in digits, without allocation.
struct Short {
    bytes: [u8; 32],
    length: usize,
}

impl Short {
    /// At most 20 bytes for an integer, and 24 for a double with exponent.
    fn new(arguments: fmt::Arguments<'_>) -> Self {
        let mut this = Self {
            bytes: [0; 32],
            length: 0,
        };
        // What does not fit is cut, and then is no number that is wanted.
        let _ = fmt::Write::write_fmt(&mut this, arguments);
        this
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes
            .get_mut(self.length..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
