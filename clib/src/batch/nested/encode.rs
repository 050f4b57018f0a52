//! From Arrow to JSON.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, Float16Type, Float32Type, Float64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType,
};
use arrow_array::{Array, PrimitiveArray};
use arrow_json::writer::{NullableEncoder, make_encoder};
use arrow_json::{Encoder, EncoderFactory, EncoderOptions};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};

use crate::batch::indices;
use crate::batch::text::decimal::{Unscaled, write_decimal};
use crate::batch::text::temporal::{write_date, write_time, write_timestamp};

/// Calls `each` with the row and the JSON of every row that is not NULL; `None` instead of JSON where the row holds
/// something that JSON has not, such as NaN. Ends at the first `false`.
pub(crate) fn encode(
    array: &dyn Array,
    field: &FieldRef,
    mut each: impl FnMut(usize, Option<&[u8]>) -> bool,
) -> Result<(), ArrowError> {
    let lossy = Arc::new(AtomicBool::new(false));
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(Leaves {
            lossy: lossy.clone(),
        }));
    let mut encoder = make_encoder(field, array, &options)?;
    let mut json = Vec::new();
    for row in 0..array.len() {
        if encoder.is_null(row) {
            continue;
        }
        json.clear();
        encoder.encode(row, &mut json);
        let json = (!lossy.load(Ordering::Relaxed)).then_some(json.as_slice());
        if !each(row, json) {
            break;
        }
        lossy.store(false, Ordering::Relaxed);
    }
    Ok(())
}

/// Makes the encoders of what `arrow-json` would not write without loss.
#[derive(Debug)]
struct Leaves {
    /// Set when a value was met that JSON has not. (`arrow-json`'s encoders cannot fail; and its factories are `Sync`.)
    lossy: Arc<AtomicBool>,
}

impl EncoderFactory for Leaves {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        // The field is that of an enclosing type where there is one, so the array says its type.
        let encoder =
            match array.data_type() {
                DataType::Float16 => self.leaf::<Float16Type>(array, |out, value| {
                    number(out, value.is_finite(), value.to_f32())
                }),
                DataType::Float32 => self
                    .leaf::<Float32Type>(array, |out, value| number(out, value.is_finite(), value)),
                DataType::Float64 => self
                    .leaf::<Float64Type>(array, |out, value| number(out, value.is_finite(), value)),
                DataType::Date32 => self.leaf::<Date32Type>(array, |out, day| {
                    quoted(out, |out| write_date(out, i64::from(day)))
                }),
                DataType::Date64 => self.leaf::<Date64Type>(array, |out, milliseconds| {
                    quoted(out, |out| {
                        milliseconds % 86_400_000 == 0 && write_date(out, milliseconds / 86_400_000)
                    })
                }),
                DataType::Time32(TimeUnit::Second) => self
                    .leaf::<Time32SecondType>(array, |out, ticks| {
                        time(out, i64::from(ticks), TimeUnit::Second)
                    }),
                DataType::Time32(_) => self.leaf::<Time32MillisecondType>(array, |out, ticks| {
                    time(out, i64::from(ticks), TimeUnit::Millisecond)
                }),
                DataType::Time64(TimeUnit::Microsecond) => self
                    .leaf::<Time64MicrosecondType>(array, |out, ticks| {
                        time(out, ticks, TimeUnit::Microsecond)
                    }),
                DataType::Time64(_) => self.leaf::<Time64NanosecondType>(array, |out, ticks| {
                    time(out, ticks, TimeUnit::Nanosecond)
                }),
                DataType::Timestamp(unit, zone) => {
                    let (unit, zone) = (*unit, zone.is_some());
                    self.whole(array, move |out, ticks| {
                        quoted(out, |out| write_timestamp(out, ticks, unit, zone))
                    })?
                }
                DataType::Duration(_) => {
                    self.whole(array, |out, ticks| write!(out, "{ticks}").is_ok())?
                }
                DataType::Decimal32(precision, scale) => {
                    self.decimal::<Decimal32Type>(array, *precision, *scale)
                }
                DataType::Decimal64(precision, scale) => {
                    self.decimal::<Decimal64Type>(array, *precision, *scale)
                }
                DataType::Decimal128(precision, scale) => {
                    self.decimal::<Decimal128Type>(array, *precision, *scale)
                }
                DataType::Decimal256(precision, scale) => {
                    self.decimal::<Decimal256Type>(array, *precision, *scale)
                }
                // `arrow-json` does not see a NULL among the dictionary's values.
                DataType::Dictionary(_, _) => {
                    let dictionary = array.as_any_dictionary();
                    let values = make_encoder(field, dictionary.values().as_ref(), options)?;
                    let encoder = Indexed {
                        indices: indices::of_dictionary(dictionary),
                        values,
                    };
                    NullableEncoder::new(Box::new(encoder), array.logical_nulls())
                }
                _ => return Ok(None),
            };
        Ok(Some(encoder))
    }
}

impl Leaves {
    fn leaf<'a, T: ArrowPrimitiveType>(
        &self,
        array: &'a dyn Array,
        write: impl FnMut(&mut Vec<u8>, T::Native) -> bool + 'a,
    ) -> NullableEncoder<'a> {
        self.encoder(array.as_primitive::<T>().clone(), write)
    }

    /// For types that store 64-bit integers, whatever their unit.
    fn whole<'a>(
        &self,
        array: &'a dyn Array,
        write: impl FnMut(&mut Vec<u8>, i64) -> bool + 'a,
    ) -> Result<NullableEncoder<'a>, ArrowError> {
        Ok(self.encoder(indices::as_i64(array)?, write))
    }

    fn decimal<'a, T: ArrowPrimitiveType<Native: Unscaled>>(
        &self,
        array: &'a dyn Array,
        precision: u8,
        scale: i8,
    ) -> NullableEncoder<'a> {
        self.leaf::<T>(array, move |out, value| {
            write_decimal(out, value, precision, scale)
        })
    }

    fn encoder<'a, T: ArrowPrimitiveType>(
        &self,
        array: PrimitiveArray<T>,
        write: impl FnMut(&mut Vec<u8>, T::Native) -> bool + 'a,
    ) -> NullableEncoder<'a> {
        let nulls = array.nulls().cloned();
        let leaf = Leaf {
            array,
            write,
            lossy: self.lossy.clone(),
        };
        NullableEncoder::new(Box::new(leaf), nulls)
    }
}

/// Writes values of one type, and says where one cannot be written.
struct Leaf<T: ArrowPrimitiveType, F> {
    array: PrimitiveArray<T>,
    write: F,
    lossy: Arc<AtomicBool>,
}

impl<T: ArrowPrimitiveType, F: FnMut(&mut Vec<u8>, T::Native) -> bool> Encoder for Leaf<T, F> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        if let Some(value) = self.array.values().get(row)
            && !(self.write)(out, *value)
        {
            self.lossy.store(true, Ordering::Relaxed);
        }
    }
}

/// Writes the values of a dictionary.
struct Indexed<'a> {
    indices: Vec<usize>,
    values: NullableEncoder<'a>,
}

impl Encoder for Indexed<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        if let Some(index) = self.indices.get(row) {
            self.values.encode(*index, out);
        }
    }
}

/// The shortest digits that read back equal.
fn number(out: &mut Vec<u8>, finite: bool, value: impl std::fmt::Debug) -> bool {
    finite && write!(out, "{value:?}").is_ok()
}

fn time(out: &mut Vec<u8>, ticks: i64, unit: TimeUnit) -> bool {
    quoted(out, |out| write_time(out, ticks, unit))
}

fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
    out.push(b'"');
    let written = write(out);
    out.push(b'"');
    written
}
