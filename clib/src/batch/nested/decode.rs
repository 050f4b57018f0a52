//! From JSON to Arrow.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_json::ReaderBuilder;
use arrow_json::reader::{
    ArrayDecoder, Decoder, DecoderContext, DecoderFactory, Tape, TapeElement,
};
use arrow_schema::{ArrowError, DataType, FieldRef, TimeUnit};
use half::f16;

use crate::batch::column::{Built, Finished, Misfit, number};
use crate::batch::text::decimal::read_decimal;
use crate::batch::text::temporal::{read_date, read_time, read_timestamp};

/// How deep JSON may nest: SQLite's own limit for it, and what keeps recursion in `arrow-json` within the stack.
const MOST_DEPTH: usize = 1_000;

/// Whether values of the field's type can be decoded; or why not.
pub(crate) fn check(field: &FieldRef) -> Result<(), String> {
    match decoder(field, 1) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "cannot be read from JSON text ({error}): ask for Utf8 and convert it"
        )),
    }
}

/// A column of JSON texts, as the field's type.
pub(crate) fn decode(column: Finished, field: &FieldRef) -> Result<Built, ArrowError> {
    let error = match decode_rows(
        (0..column.len()).map(|row| column.get(row)),
        column.len(),
        field,
    ) {
        Ok(array) => return Ok(Built::Array(array)),
        Err(error) => error,
    };
    let mut rows = Vec::new();
    for row in 0..column.len() {
        if let Err(error) = decode_rows(std::iter::once(column.get(row)), 1, field) {
            let reason = match error {
                ArrowError::JsonError(reason) => reason,
                error => error.to_string(),
            };
            rows.push((row, Misfit::Json(reason)));
        }
    }
    // Every row is well, and all of them are not: too much for 32-bit offsets, for example.
    if rows.is_empty() {
        Err(error)
    } else {
        Ok(Built::Bad { column, rows })
    }
}

fn decode_rows<'a>(
    rows: impl Iterator<Item = Option<&'a [u8]>>,
    count: usize,
    field: &FieldRef,
) -> Result<ArrayRef, ArrowError> {
    let mut decoder = decoder(field, count.max(1))?;
    for (index, json) in rows.enumerate() {
        let json = json.unwrap_or(b"null");
        check_depth(json)?;
        // Each text must be one value: neither none nor the beginning of one, nor two.
        let read = decoder.decode(json)?;
        // Only a number is open until something follows it.
        decoder.decode(b"\n")?;
        if read != json.len() || decoder.len() != index + 1 || decoder.has_partial_record() {
            return Err(ArrowError::JsonError(
                "the text is not one JSON value".to_owned(),
            ));
        }
    }
    match decoder.flush()? {
        Some(batch) => Ok(batch.column(0).clone()),
        None => Ok(arrow_array::new_empty_array(field.data_type())),
    }
}

fn decoder(field: &FieldRef, rows: usize) -> Result<Decoder, ArrowError> {
    ReaderBuilder::new_with_field(field.clone())
        .with_batch_size(rows)
        .with_strict_mode(true)
        .with_decoder_factory(Arc::new(Leaves))
        .build_decoder()
}

fn check_depth(json: &[u8]) -> Result<(), ArrowError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_DEPTH {
            return Err(ArrowError::JsonError(format!(
                "it nests deeper than {MOST_DEPTH} levels"
            )));
        }
    }
    Ok(())
}

/// Makes the decoders of what `arrow-json` would not read without loss.
#[derive(Debug)]
struct Leaves;

impl DecoderFactory for Leaves {
    fn make_default_decoder(
        &self,
        _context: &DecoderContext,
        field: &FieldRef,
        _is_nullable: bool,
    ) -> Result<Option<Box<dyn ArrayDecoder>>, ArrowError> {
        let data_type = field.data_type();
        macro_rules! leaf {
            ($arrow:ty, $read:expr) => {
                Some(Leaf::<$arrow, _>::new(data_type, $read))
            };
        }
        macro_rules! parsed {
            ($arrow:ty) => {
                leaf!($arrow, |token| token.number()?.parse().ok())
            };
        }
        Ok(match *data_type {
            DataType::Int8 => parsed!(Int8Type),
            DataType::Int16 => parsed!(Int16Type),
            DataType::Int32 => parsed!(Int32Type),
            DataType::Int64 => parsed!(Int64Type),
            DataType::UInt8 => parsed!(UInt8Type),
            DataType::UInt16 => parsed!(UInt16Type),
            DataType::UInt32 => parsed!(UInt32Type),
            DataType::UInt64 => parsed!(UInt64Type),
            DataType::Float16 => leaf!(Float16Type, |token| read_float(
                token.number()?,
                number::exact_f16,
                |text| Some(f16::from_f64(text.parse().ok()?)),
                f16::to_f64
            )),
            DataType::Float32 => leaf!(Float32Type, |token| read_float(
                token.number()?,
                number::exact_f32,
                |text| text.parse().ok(),
                f64::from
            )),
            DataType::Float64 => leaf!(Float64Type, |token| read_float(
                token.number()?,
                Some,
                |text| text.parse().ok(),
                f64::from
            )),
            DataType::Date32 => leaf!(Date32Type, |token| i32::try_from(read_date(
                token.string()?
            )?)
            .ok()),
            DataType::Date64 => leaf!(Date64Type, |token| Some(
                read_date(token.string()?)? * 86_400_000
            )),
            DataType::Time32(TimeUnit::Second) => {
                leaf!(Time32SecondType, |token| i32::try_from(read_time(
                    token.string()?,
                    TimeUnit::Second
                )?)
                .ok())
            }
            DataType::Time32(TimeUnit::Millisecond) => {
                leaf!(Time32MillisecondType, |token| i32::try_from(read_time(
                    token.string()?,
                    TimeUnit::Millisecond
                )?)
                .ok())
            }
            DataType::Time64(TimeUnit::Microsecond) => {
                leaf!(Time64MicrosecondType, |token| read_time(
                    token.string()?,
                    TimeUnit::Microsecond
                ))
            }
            DataType::Time64(TimeUnit::Nanosecond) => {
                leaf!(Time64NanosecondType, |token| read_time(
                    token.string()?,
                    TimeUnit::Nanosecond
                ))
            }
            DataType::Timestamp(unit, ref zone) => {
                let zone = zone.is_some();
                let read = move |token: Token<'_>| read_timestamp(token.string()?, unit, zone);
                match unit {
                    TimeUnit::Second => leaf!(TimestampSecondType, read),
                    TimeUnit::Millisecond => leaf!(TimestampMillisecondType, read),
                    TimeUnit::Microsecond => leaf!(TimestampMicrosecondType, read),
                    TimeUnit::Nanosecond => leaf!(TimestampNanosecondType, read),
                }
            }
            DataType::Duration(TimeUnit::Second) => parsed!(DurationSecondType),
            DataType::Duration(TimeUnit::Millisecond) => parsed!(DurationMillisecondType),
            DataType::Duration(TimeUnit::Microsecond) => parsed!(DurationMicrosecondType),
            DataType::Duration(TimeUnit::Nanosecond) => parsed!(DurationNanosecondType),
            DataType::Decimal32(p, s) => {
                leaf!(Decimal32Type, move |token| read_decimal(token.any(), p, s))
            }
            DataType::Decimal64(p, s) => {
                leaf!(Decimal64Type, move |token| read_decimal(token.any(), p, s))
            }
            DataType::Decimal128(p, s) => {
                leaf!(Decimal128Type, move |token| read_decimal(token.any(), p, s))
            }
            DataType::Decimal256(p, s) => {
                leaf!(Decimal256Type, move |token| read_decimal(token.any(), p, s))
            }
            _ => None,
        })
    }
}

/// An integer as the float that equals it, and a number with a fraction or an exponent as the nearest one, unless that is
/// 0 or infinite and the number is not.
fn read_float<F: Copy>(
    text: &str,
    exact: impl FnOnce(f64) -> Option<F>,
    nearest: impl FnOnce(&str) -> Option<F>,
    wide: impl FnOnce(F) -> f64,
) -> Option<F> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let zero = !digits
        .bytes()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .any(|byte| matches!(byte, b'1'..=b'9'));
    // The integer 0 may have a sign, which only a float keeps.
    if !zero && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return exact(number::exact(text.parse().ok()?)?);
    }
    let float = nearest(text)?;
    let value = wide(float);
    (value.is_finite() && (value == 0.0) == zero).then_some(float)
}

/// A JSON number, or the content of a string.
#[derive(Clone, Copy)]
enum Token<'a> {
    Number(&'a str),
    String(&'a str),
}

impl<'a> Token<'a> {
    fn number(self) -> Option<&'a str> {
        match self {
            Self::Number(text) => Some(text),
            Self::String(_) => None,
        }
    }

    fn string(self) -> Option<&'a [u8]> {
        match self {
            Self::String(text) => Some(text.as_bytes()),
            Self::Number(_) => None,
        }
    }

    fn any(self) -> &'a [u8] {
        match self {
            Self::Number(text) | Self::String(text) => text.as_bytes(),
        }
    }
}

/// Reads values of one type.
struct Leaf<T, F> {
    data_type: DataType,
    read: F,
    arrow: PhantomData<fn() -> T>,
}

impl<T, F> Leaf<T, F>
where
    T: ArrowPrimitiveType,
    F: Fn(Token<'_>) -> Option<T::Native> + Send + 'static,
{
    #[expect(clippy::new_ret_no_self, reason = "only ever used as the trait")]
    fn new(data_type: &DataType, read: F) -> Box<dyn ArrayDecoder> {
        Box::new(Self {
            data_type: data_type.clone(),
            read,
            arrow: PhantomData,
        })
    }
}

impl<T, F> ArrayDecoder for Leaf<T, F>
where
    T: ArrowPrimitiveType,
    F: Fn(Token<'_>) -> Option<T::Native> + Send,
{
    fn decode(&mut self, tape: &Tape<'_>, positions: &[u32]) -> Result<ArrayRef, ArrowError> {
        let values = positions
            .iter()
            .map(|position| {
                let token = match tape.get(*position) {
                    TapeElement::Null => return Ok(None),
                    TapeElement::Number(index) => Token::Number(tape.get_string(index)),
                    TapeElement::String(index) => Token::String(tape.get_string(index)),
                    _ => return Err(tape.error(*position, &self.data_type.to_string())),
                };
                match (self.read)(token) {
                    Some(value) => Ok(Some(value)),
                    None => Err(tape.error(*position, &self.data_type.to_string())),
                }
            })
            .collect::<Result<PrimitiveArray<T>, ArrowError>>()?;
        Ok(Arc::new(values.with_data_type(self.data_type.clone())))
    }
}
