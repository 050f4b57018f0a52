//! A batch's columns as SQLite's values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, BinaryArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray,
    LargeStringArray, StringArray, StringViewArray,
};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};
use half::f16;

use crate::batch::options::OnNan;
use crate::batch::text::decimal::{Unscaled, write_decimal};
use crate::batch::text::temporal::{write_date, write_time, write_timestamp};
use crate::batch::{indices, nested};
use crate::types::ValueRef;

/// A column of a batch. It shares the batch's buffers.
pub(in crate::batch) struct SourceColumn {
    nulls: Option<NullBuffer>,
    /// For dictionaries and runs: which value each row has.
    indices: Option<Vec<usize>>,
    values: Values,
    on_nan: OnNan,
}

/// The values, of which text and blobs are lent to SQLite.
enum Values {
    Null,
    Boolean(BooleanArray),
    Int8(ScalarBuffer<i8>),
    Int16(ScalarBuffer<i16>),
    Int32(ScalarBuffer<i32>),
    Int64(ScalarBuffer<i64>),
    UInt8(ScalarBuffer<u8>),
    UInt16(ScalarBuffer<u16>),
    UInt32(ScalarBuffer<u32>),
    UInt64(ScalarBuffer<u64>),
    Float16(ScalarBuffer<f16>),
    Float32(ScalarBuffer<f32>),
    Float64(ScalarBuffer<f64>),
    Utf8(StringArray),
    LargeUtf8(LargeStringArray),
    Utf8View(StringViewArray),
    Binary(BinaryArray),
    LargeBinary(LargeBinaryArray),
    BinaryView(BinaryViewArray),
    FixedSizeBinary(FixedSizeBinaryArray),
    Written(Written),
}

/// A value that has no form in SQLite, in the words of an error.
pub(in crate::batch) struct Unfit(pub(in crate::batch) String);

impl SourceColumn {
    pub(in crate::batch) fn new(
        array: &dyn Array,
        field: &FieldRef,
        on_nan: OnNan,
    ) -> Result<Self, ArrowError> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let (indices, values) = match array.data_type() {
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let (inner, values) = (indices::of_dictionary(dictionary), dictionary.values());
                (
                    Some(inner),
                    Self::new(
                        values.as_ref(),
                        &value_field(field, values.data_type()),
                        on_nan,
                    )?,
                )
            }
            DataType::RunEndEncoded(_, _) => {
                let inner = indices::of_runs(array)?;
                let values = indices::run_values(array)?;
                (
                    Some(inner),
                    Self::new(
                        values.as_ref(),
                        &value_field(field, values.data_type()),
                        on_nan,
                    )?,
                )
            }
            _ => (
                None,
                Self {
                    nulls: None,
                    indices: None,
                    values: Values::new(array, field)?,
                    on_nan,
                },
            ),
        };
        // A dictionary within a dictionary.
        let indices = match (indices, values.indices) {
            (Some(outer), Some(inner)) => Some(
                outer
                    .into_iter()
                    .map(|index| inner.get(index).copied().unwrap_or(0))
                    .collect(),
            ),
            (outer, inner) => outer.or(inner),
        };
        Ok(Self {
            nulls,
            indices,
            values: values.values,
            on_nan,
        })
    }

    /// The value of a row.
    #[inline]
    pub(in crate::batch) fn value(
        &self,
        row: usize,
        nans: &mut u64,
    ) -> Result<ValueRef<'_>, Unfit> {
        if let Some(nulls) = &self.nulls
            && nulls.is_null(row)
        {
            return Ok(ValueRef::Null);
        }
        let at = match &self.indices {
            None => row,
            Some(indices) => indices.get(row).copied().unwrap_or(0),
        };
        // The rows are the batch's, and Arrow has checked the lengths of its buffers.
        Ok(match &self.values {
            Values::Int64(values) => ValueRef::Integer(get(values, at)),
            Values::Float64(values) => return self.real(get(values, at), nans),
            Values::Utf8(values) => ValueRef::Text(values.value(at).as_bytes()),
            Values::Binary(values) => ValueRef::Blob(values.value(at)),
            Values::Null => ValueRef::Null,
            Values::Boolean(values) => ValueRef::Integer(values.value(at).into()),
            Values::Int8(values) => ValueRef::Integer(get(values, at).into()),
            Values::Int16(values) => ValueRef::Integer(get(values, at).into()),
            Values::Int32(values) => ValueRef::Integer(get(values, at).into()),
            Values::UInt8(values) => ValueRef::Integer(get(values, at).into()),
            Values::UInt16(values) => ValueRef::Integer(get(values, at).into()),
            Values::UInt32(values) => ValueRef::Integer(get(values, at).into()),
            Values::UInt64(values) => match i64::try_from(get(values, at)) {
                Ok(value) => ValueRef::Integer(value),
                Err(_) => return Err(too_large(get(values, at))),
            },
            Values::Float16(values) => return self.real(get(values, at).into(), nans),
            Values::Float32(values) => return self.real(get(values, at).into(), nans),
            Values::LargeUtf8(values) => ValueRef::Text(values.value(at).as_bytes()),
            Values::Utf8View(values) => ValueRef::Text(values.value(at).as_bytes()),
            Values::LargeBinary(values) => ValueRef::Blob(values.value(at)),
            Values::BinaryView(values) => ValueRef::Blob(values.value(at)),
            Values::FixedSizeBinary(values) => ValueRef::Blob(values.value(at)),
            Values::Written(written) => ValueRef::Text(written.get(at)?),
        })
    }

    #[inline]
    fn real(&self, value: f64, nans: &mut u64) -> Result<ValueRef<'_>, Unfit> {
        if !value.is_nan() {
            return Ok(ValueRef::Real(value));
        }
        match self.on_nan {
            OnNan::Error => Err(Unfit(
                "NaN does not exist in SQLite, which would store NULL: choose OnNan::Null or OnNan::Text".to_owned(),
            )),
            OnNan::Null => {
                *nans += 1;
                Ok(ValueRef::Null)
            }
            OnNan::Text => {
                *nans += 1;
                Ok(ValueRef::Text(b"NaN"))
            }
        }
    }
}

#[inline]
fn get<T: Copy + Default>(values: &[T], at: usize) -> T {
    values.get(at).copied().unwrap_or_default()
}

fn too_large(value: u64) -> Unfit {
    Unfit(format!(
        "{value} is beyond SQLite's integers, which end at {}: cast the column to Decimal128(20, 0) or Utf8",
        i64::MAX
    ))
}

/// The field of a dictionary's or run's values.
fn value_field(field: &FieldRef, data_type: &DataType) -> FieldRef {
    field
        .as_ref()
        .clone()
        .with_data_type(data_type.clone())
        .into()
}

impl Values {
    fn new(array: &dyn Array, field: &FieldRef) -> Result<Self, ArrowError> {
        fn numbers<T: ArrowPrimitiveType>(array: &dyn Array) -> ScalarBuffer<T::Native> {
            array.as_primitive::<T>().values().clone()
        }
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Int8 => Self::Int8(numbers::<Int8Type>(array)),
            DataType::Int16 => Self::Int16(numbers::<Int16Type>(array)),
            DataType::Int32 => Self::Int32(numbers::<Int32Type>(array)),
            DataType::Int64 => Self::Int64(numbers::<Int64Type>(array)),
            DataType::UInt8 => Self::UInt8(numbers::<UInt8Type>(array)),
            DataType::UInt16 => Self::UInt16(numbers::<UInt16Type>(array)),
            DataType::UInt32 => Self::UInt32(numbers::<UInt32Type>(array)),
            DataType::UInt64 => Self::UInt64(numbers::<UInt64Type>(array)),
            DataType::Float16 => Self::Float16(numbers::<Float16Type>(array)),
            DataType::Float32 => Self::Float32(numbers::<Float32Type>(array)),
            DataType::Float64 => Self::Float64(numbers::<Float64Type>(array)),
            DataType::Utf8 => Self::Utf8(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string().clone()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view().clone()),
            DataType::Binary => Self::Binary(array.as_binary().clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary().clone()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view().clone()),
            DataType::FixedSizeBinary(_) => {
                Self::FixedSizeBinary(array.as_fixed_size_binary().clone())
            }
            DataType::Duration(_) => Self::Int64(indices::as_i64(array)?.values().clone()),
            _ => Self::Written(Written::new(array, field)?),
        })
    }
}

/// Values written as text, end to end.
struct Written {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// The first value that has no form. In a dictionary there may be others, which are empty.
    unfit: Vec<(usize, String)>,
}

impl Written {
    fn new(array: &dyn Array, field: &FieldRef) -> Result<Self, ArrowError> {
        let mut this = Self {
            text: Vec::new(),
            ends: Vec::with_capacity(array.len()),
            unfit: Vec::new(),
        };
        match array.data_type() {
            DataType::Date32 => this.write::<Date32Type>(array, YEARS, |out, day| write_date(out, i64::from(day))),
            DataType::Date64 => this.write::<Date64Type>(
                array,
                "is not midnight in the years 0 to 9999, and a date has no time: cast it to Timestamp",
                |out, time| time % 86_400_000 == 0 && write_date(out, time / 86_400_000),
            ),
            DataType::Time32(TimeUnit::Second) => this.write::<Time32SecondType>(array, DAY, |out, time| {
                write_time(out, i64::from(time), TimeUnit::Second)
            }),
            DataType::Time32(_) => this.write::<Time32MillisecondType>(array, DAY, |out, time| {
                write_time(out, i64::from(time), TimeUnit::Millisecond)
            }),
            DataType::Time64(unit) => {
                this.write::<Int64Type>(&indices::as_i64(array)?, DAY, |out, time| write_time(out, time, *unit));
            }
            DataType::Timestamp(unit, zone) => {
                this.write::<Int64Type>(&indices::as_i64(array)?, YEARS, |out, time| {
                    write_timestamp(out, time, *unit, zone.is_some())
                });
            }
            DataType::Decimal32(precision, scale) => this.decimal::<Decimal32Type>(array, *precision, *scale),
            DataType::Decimal64(precision, scale) => this.decimal::<Decimal64Type>(array, *precision, *scale),
            DataType::Decimal128(precision, scale) => this.decimal::<Decimal128Type>(array, *precision, *scale),
            DataType::Decimal256(precision, scale) => this.decimal::<Decimal256Type>(array, *precision, *scale),
            _ => this.nested(array, field)?,
        }
        Ok(this)
    }

    fn decimal<T: ArrowPrimitiveType<Native: Unscaled>>(
        &mut self,
        array: &dyn Array,
        precision: u8,
        scale: i8,
    ) {
        self.write::<T>(
            array,
            "has more digits than the type's precision",
            |out, value| write_decimal(out, value, precision, scale),
        );
    }

    fn write<T: ArrowPrimitiveType>(
        &mut self,
        array: &dyn Array,
        reason: &str,
        write: impl Fn(&mut Vec<u8>, T::Native) -> bool,
    ) {
        let array = array.as_primitive::<T>();
        for (row, value) in array.values().iter().enumerate() {
            if array.is_valid(row) && !write(&mut self.text, *value) {
                self.unfit.push((row, format!("{value:?} {reason}")));
            }
            self.ends.push(self.text.len());
        }
    }

    fn nested(&mut self, array: &dyn Array, field: &FieldRef) -> Result<(), ArrowError> {
        nested::encode(array, field, |row, json| {
            // Rows before it that are NULL.
            self.ends.resize(row, self.text.len());
            match json {
                Some(json) => self.text.extend_from_slice(json),
                None => self.unfit.push((
                    row,
                    "holds NaN, an infinity, or a date or time out of range, which JSON text cannot: remove it, or give it a \
                     column"
                        .to_owned(),
                )),
            }
            self.ends.push(self.text.len());
            true
        })?;
        self.ends.resize(array.len(), self.text.len());
        Ok(())
    }

    #[inline]
    fn get(&self, at: usize) -> Result<&[u8], Unfit> {
        if !self.unfit.is_empty() {
            self.check(at)?;
        }
        let start = match at.checked_sub(1) {
            None => 0,
            Some(before) => get(&self.ends, before),
        };
        Ok(self
            .text
            .get(start..get(&self.ends, at))
            .unwrap_or_default())
    }

    #[cold]
    fn check(&self, at: usize) -> Result<(), Unfit> {
        match self.unfit.binary_search_by_key(&at, |(row, _)| *row) {
            Ok(found) => Err(Unfit(
                self.unfit
                    .get(found)
                    .map(|(_, reason)| reason.clone())
                    .unwrap_or_default(),
            )),
            Err(_) => Ok(()),
        }
    }
}

const YEARS: &str =
    "is not in the years 0 to 9999, which the text form in SQLite holds: cast the column to Int64";
const DAY: &str = "is not within a day";
