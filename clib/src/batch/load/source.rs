//! A batch's columns as SQLite's values.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, BinaryArray, BooleanArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    StringArray,
};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};

use crate::batch::options::OnNan;
use crate::batch::text::decimal::{Unscaled, write_decimal};
use crate::batch::text::temporal::{write_date, write_time, write_timestamp};
use crate::batch::{indices, nested};
use crate::raw::{SourceNan, SourceValidity, SourceValues, Sources};
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
    Float32(ScalarBuffer<f32>),
    Float64(ScalarBuffer<f64>),
    Utf8(StringArray),
    LargeUtf8(LargeStringArray),
    Binary(BinaryArray),
    LargeBinary(LargeBinaryArray),
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
            Values::Float32(values) => return self.real(get(values, at).into(), nans),
            Values::LargeUtf8(values) => ValueRef::Text(values.value(at).as_bytes()),
            Values::LargeBinary(values) => ValueRef::Blob(values.value(at)),
            Values::FixedSizeBinary(values) => ValueRef::Blob(values.value(at)),
            Values::Written(written) if written.is_blob => ValueRef::Blob(written.get(at)?),
            Values::Written(written) => ValueRef::Text(written.get(at)?),
        })
    }

    /// Whether a value may be NaN that becomes something else, which is counted.
    fn counts_nans(&self) -> bool {
        self.on_nan != OnNan::Error
            && matches!(self.values, Values::Float32(_) | Values::Float64(_))
    }

    /// How many NaNs of so many rows become something else.
    pub(super) fn nans(&self, rows: usize) -> u64 {
        let mut nans = 0;
        if self.counts_nans() {
            for row in 0..rows {
                // NaN is no error here.
                let _ = self.value(row, &mut nans);
            }
        }
        nans
    }

    /// Adds the column to those that the kernel reads; `None` where it cannot, because some value has no form that is known
    /// here alone.
    pub(super) fn describe<'a>(&'a self, sources: &mut Sources<'a>) -> Option<()> {
        let values = match &self.values {
            Values::Null => SourceValues::Null,
            Values::Boolean(values) => SourceValues::Boolean {
                bits: values.values().values(),
                offset: values.values().offset(),
                len: values.len(),
            },
            Values::Int8(values) => SourceValues::Int8(values),
            Values::Int16(values) => SourceValues::Int16(values),
            Values::Int32(values) => SourceValues::Int32(values),
            Values::Int64(values) => SourceValues::Int64(values),
            Values::UInt8(values) => SourceValues::UInt8(values),
            Values::UInt16(values) => SourceValues::UInt16(values),
            Values::UInt32(values) => SourceValues::UInt32(values),
            Values::UInt64(values) => SourceValues::UInt64(values),
            Values::Float32(values) => SourceValues::Float32(values),
            Values::Float64(values) => SourceValues::Float64(values),
            Values::Utf8(values) => {
                SourceValues::Text32(values.value_offsets(), values.value_data())
            }
            Values::LargeUtf8(values) => {
                SourceValues::Text64(values.value_offsets(), values.value_data())
            }
            Values::Binary(values) => {
                SourceValues::Blob32(values.value_offsets(), values.value_data())
            }
            Values::LargeBinary(values) => {
                SourceValues::Blob64(values.value_offsets(), values.value_data())
            }
            Values::FixedSizeBinary(values) => SourceValues::BlobFixed {
                len: values.len(),
                width: usize::try_from(values.value_length()).ok()?,
                data: values.value_data(),
            },
            Values::Written(written) if !written.unfit.is_empty() => return None,
            Values::Written(written) if written.is_blob => {
                SourceValues::Blob64(&written.offsets, &written.text)
            }
            Values::Written(written) => SourceValues::Text64(&written.offsets, &written.text),
        };
        let validity = self.nulls.as_ref().map(|nulls| SourceValidity {
            bits: nulls.validity(),
            offset: nulls.offset(),
        });
        let nan = match self.on_nan {
            OnNan::Error => SourceNan::Misfit,
            OnNan::Null => SourceNan::Null,
            OnNan::Text => SourceNan::Text,
        };
        sources.push(values, self.indices.as_deref(), validity, nan)
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
            DataType::Float16 => {
                // Exact, as every one is a `f32` too.
                let values = array.as_primitive::<Float16Type>().values();
                Self::Float32(values.iter().map(|value| f32::from(*value)).collect())
            }
            DataType::Float32 => Self::Float32(numbers::<Float32Type>(array)),
            DataType::Float64 => Self::Float64(numbers::<Float64Type>(array)),
            DataType::Utf8 => Self::Utf8(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string().clone()),
            DataType::Utf8View => Self::Written(Written::end_to_end(
                array
                    .as_string_view()
                    .iter()
                    .map(|text| text.map(str::as_bytes)),
                false,
            )),
            DataType::Binary => Self::Binary(array.as_binary().clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary().clone()),
            DataType::BinaryView => {
                Self::Written(Written::end_to_end(array.as_binary_view().iter(), true))
            }
            DataType::FixedSizeBinary(_) => {
                Self::FixedSizeBinary(array.as_fixed_size_binary().clone())
            }
            DataType::Duration(_) => Self::Int64(indices::as_i64(array)?.values().clone()),
            _ => Self::Written(Written::new(array, field)?),
        })
    }
}

/// Values written as text, or copied, end to end.
struct Written {
    text: Vec<u8>,
    /// Where each value begins, and the last one ends.
    offsets: Vec<i64>,
    is_blob: bool,
    /// The first value that has no form. In a dictionary there may be others, which are empty.
    unfit: Vec<(usize, String)>,
}

impl Written {
    fn new(array: &dyn Array, field: &FieldRef) -> Result<Self, ArrowError> {
        let mut this = Self {
            text: Vec::new(),
            offsets: Vec::with_capacity(array.len() + 1),
            is_blob: false,
            unfit: Vec::new(),
        };
        this.end();
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

    fn end_to_end<'a>(values: impl Iterator<Item = Option<&'a [u8]>>, is_blob: bool) -> Self {
        let mut this = Self {
            text: Vec::new(),
            offsets: Vec::with_capacity(values.size_hint().0 + 1),
            is_blob,
            unfit: Vec::new(),
        };
        this.end();
        for value in values {
            this.text.extend_from_slice(value.unwrap_or_default());
            this.end();
        }
        this
    }

    /// Ends a value, which the next one begins at.
    fn end(&mut self) {
        // Memory ends before that.
        self.offsets
            .push(i64::try_from(self.text.len()).unwrap_or(i64::MAX));
    }

    /// Ends values until there are so many.
    fn end_all(&mut self, values: usize) {
        while self.offsets.len() <= values {
            self.end();
        }
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
            self.end();
        }
    }

    fn nested(&mut self, array: &dyn Array, field: &FieldRef) -> Result<(), ArrowError> {
        nested::encode(array, field, |row, json| {
            // Rows before it that are NULL.
            self.end_all(row);
            match json {
                Some(json) => self.text.extend_from_slice(json),
                None => self.unfit.push((
                    row,
                    "holds NaN, an infinity, or a date or time out of range, which JSON text cannot: remove it, or give it a \
                     column"
                        .to_owned(),
                )),
            }
            self.end();
            true
        })?;
        self.end_all(array.len());
        Ok(())
    }

    #[inline]
    fn get(&self, at: usize) -> Result<&[u8], Unfit> {
        if !self.unfit.is_empty() {
            self.check(at)?;
        }
        let offset = |at| usize::try_from(get(&self.offsets, at)).unwrap_or(0);
        Ok(self
            .text
            .get(offset(at)..offset(at + 1))
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
