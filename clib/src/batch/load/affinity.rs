//! Values that a column's [affinity](https://sqlite.org/datatype3.html#type_affinity) would change on their way into a table
//! that is there: refused where digits would be lost.
//!
//! SQLite makes a REAL of an integer in a column of REAL affinity, and a number of a text that looks like one in a column
//! of INTEGER, REAL or NUMERIC affinity, as for every INSERT. `'007'` becomes 7 there, which is what such a column is for; but
//! `'12345678901234567890'` becomes 1.2345678901234567e19, and 9007199254740993 becomes 9007199254740992.0.

use arrow_schema::DataType;

use super::failure::{Cause, Failure};
use super::source::SourceColumn;
use crate::batch::declared::Affinity;
use crate::types::{ValueRef, exact_real};

/// A column of the batches whose values are to be looked at.
pub(super) struct Checked {
    pub(super) index: usize,
    pub(super) affinity: Affinity,
}

/// Whether values of that type can lose digits in a column of that affinity.
pub(super) fn can_lose(data_type: &DataType, affinity: Affinity) -> bool {
    let is_number = matches!(
        affinity,
        Affinity::Integer | Affinity::Real | Affinity::Numeric
    );
    match data_type {
        DataType::Int64 | DataType::UInt64 | DataType::Duration(_) => affinity == Affinity::Real,
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => is_number,
        DataType::Dictionary(_, values) => can_lose(values, affinity),
        DataType::RunEndEncoded(_, values) => can_lose(values.data_type(), affinity),
        _ => false,
    }
}

/// The first value of a batch that would lose digits.
pub(super) fn check(
    checked: &[Checked],
    columns: &[SourceColumn],
    rows: usize,
) -> Result<(), Failure> {
    for Checked { index, affinity } in checked {
        let Some(column) = columns.get(*index) else {
            continue;
        };
        for row in 0..rows {
            // A value without a form in SQLite is found when it is bound.
            if let Ok(value) = column.value(row, &mut 0)
                && loses(value, *affinity)
            {
                return Err(Failure {
                    row: i64::try_from(row).ok(),
                    column: Some(*index),
                    cause: Cause::Value(format!(
                        "{} would lose digits as a number, which the column's declared type makes of it: load into a column \
                         declared TEXT, or INTEGER for integers",
                        value.preview()
                    )),
                });
            }
        }
    }
    Ok(())
}

fn loses(value: ValueRef<'_>, affinity: Affinity) -> bool {
    match value {
        ValueRef::Integer(value) => exact_real(value).is_none(),
        ValueRef::Text(text) => text_loses(text, affinity),
        _ => false,
    }
}

/// Whether SQLite takes a text for a number that it cannot hold.
fn text_loses(text: &[u8], affinity: Affinity) -> bool {
    let text = text.trim_ascii();
    let looks_like_one = text
        .first()
        .is_some_and(|first| matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.'))
        && text
            .iter()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if !looks_like_one {
        return false;
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    if let Ok(integer) = text.parse::<i64>() {
        return affinity == Affinity::Real && exact_real(integer).is_none();
    }
    match text.parse::<f64>() {
        Ok(real) => real.is_infinite() || !digits(text).eq(digits(&format!("{real:e}"))),
        Err(_) => false,
    }
}

/// The significant digits of a number, without zeros at either end.
fn digits(number: &str) -> impl Iterator<Item = u8> + '_ {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let significant = mantissa.trim_start_matches(['+', '-', '0', '.']);
    let significant = if significant.contains('.') || mantissa.contains('.') {
        significant.trim_end_matches('0').trim_end_matches('.')
    } else {
        significant
    };
    let significant = significant.trim_end_matches('0');
    significant.bytes().filter(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_lost_where_they_are() {
        for lost in [
            "12345678901234567890",
            "1234567890123456789.0123456789",
            "0.1234567890123456789",
            "1e400",
            "-1e400",
        ] {
            assert!(text_loses(lost.as_bytes(), Affinity::Numeric), "{lost}");
        }
        for kept in [
            "007",
            "1.50",
            " 1.5 ",
            "10.357019999999999",
            "9007199254740993",
            "1e300",
            "100",
            "1000000000000000000000",
            "-0.0",
            "0",
            ".5",
            "5.",
            "1.0e5",
            "2013-01-01",
            "inf",
            "NaN",
            "1-2",
            "",
            "-",
            "12:30",
            "1e",
            "0x10",
        ] {
            assert!(!text_loses(kept.as_bytes(), Affinity::Numeric), "{kept}");
        }
        assert!(text_loses(b"9007199254740993", Affinity::Real));
        assert!(loses(ValueRef::Integer((1 << 53) + 1), Affinity::Real));
        assert!(!loses(ValueRef::Integer(1 << 53), Affinity::Real));
    }
}
