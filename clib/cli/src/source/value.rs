//! What a text says as a number, a date or a time: only where the value says all that the text does.
//!
//! Each parser takes the canonical spelling alone, so that a column typed by it loses nothing:
//! `01234` and `+5` are not integers here, `2^53 + 1.0` is not a double, 30 February is not a date.

use arrow_schema::TimeUnit;

const SECONDS_PER_DAY: i64 = 86_400;
/// The largest integer below which every integer is a double.
const EXACT_IN_DOUBLE: u64 = 1 << 53;
/// More digits than any double needs; beyond them a decimal text says more than a double holds.
const DIGITS_OF_DOUBLE: usize = 17;

/// An integer in its one canonical form: no sign but `-`, no leading zero, no `-0`.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [] => return None,
        [b'0'] => return if negative { None } else { Some(0) },
        [b'0', ..] => return None,
        _ => {}
    }
    // Downwards, because the smallest i64 has no positive counterpart.
    let mut value: i64 = 0;
    for &byte in digits {
        let digit = i64::from(decimal_digit(byte)?);
        value = value.checked_mul(10)?.checked_sub(digit)?;
    }
    if negative {
        Some(value)
    } else {
        value.checked_neg()
    }
}

/// A decimal number that a double holds, and whether it has a fraction or an exponent.
///
/// Not taken: leading zeros, a plus sign, more than 17 significant digits, integers beyond 2^53,
/// numbers too large or too small for a double, `inf` and `nan`.
pub(crate) fn double(text: &[u8]) -> Option<(f64, bool)> {
    let unsigned = match text {
        [b'-', rest @ ..] => rest,
        rest => rest,
    };
    let (whole, rest) = split_digits(unsigned);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => {
            let (fraction, rest) = split_digits(rest);
            (Some(fraction), rest)
        }
        rest => (None, rest),
    };
    if whole.is_empty() && fraction.unwrap_or_default().is_empty() {
        return None;
    }
    if matches!(whole, [b'0', _, ..]) {
        return None;
    }
    let exponent = match rest {
        [] => None,
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => {
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            Some(digits)
        }
        _ => return None,
    };
    let fraction_digits = fraction.unwrap_or_default();
    let mut digits = whole
        .iter()
        .chain(fraction_digits)
        .copied()
        .skip_while(|&d| d == b'0');
    let mut significant = 0;
    let mut trailing_zeros = 0;
    for digit in digits.by_ref() {
        if digit == b'0' {
            trailing_zeros += 1;
        } else {
            significant += trailing_zeros + 1;
            trailing_zeros = 0;
        }
    }
    if significant > DIGITS_OF_DOUBLE {
        return None;
    }
    let has_fraction = fraction.is_some() || exponent.is_some();
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    if !value.is_finite() || (value == 0.0 && significant > 0) {
        return None;
    }
    if !has_fraction {
        let magnitude: u64 = std::str::from_utf8(whole).ok()?.parse().ok()?;
        if magnitude > EXACT_IN_DOUBLE {
            return None;
        }
    }
    Some((value, has_fraction))
}

/// `true` and `false`, in the three spellings that programs write.
pub(crate) fn boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"True" | b"TRUE" => Some(true),
        b"false" | b"False" | b"FALSE" => Some(false),
        _ => None,
    }
}

/// `YYYY-MM-DD`, as days since 1970-01-01.
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = i32::from(two_digits(y1, y2)?) * 100 + i32::from(two_digits(y3, y4)?);
    let month = i32::from(two_digits(m1, m2)?);
    let day = i32::from(two_digits(d1, d2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    Some(days_since_epoch(year, month, day))
}

/// A moment, as its text gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since 1970-01-01 00:00:00, of the clock the text shows.
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    /// How many digits its fraction has.
    pub(crate) digits: u8,
    /// Whether it ends in `Z`.
    pub(crate) utc: bool,
}

impl Moment {
    /// The number of `unit`s since 1970, if that is a whole number and fits.
    pub(crate) fn in_unit(self, unit: TimeUnit) -> Option<i64> {
        let (per_second, nanoseconds_per) = match unit {
            TimeUnit::Second => (1, 1_000_000_000),
            TimeUnit::Millisecond => (1_000, 1_000_000),
            TimeUnit::Microsecond => (1_000_000, 1_000),
            TimeUnit::Nanosecond => (1_000_000_000, 1),
        };
        if !self.nanoseconds.is_multiple_of(nanoseconds_per) {
            return None;
        }
        self.seconds
            .checked_mul(per_second)?
            .checked_add(i64::from(self.nanoseconds / nanoseconds_per))
    }
}

/// `YYYY-MM-DDTHH:MM:SS`, with a space for the `T`, a fraction of up to nine digits, and a `Z`, if
/// wanted. Other zones are not taken: an offset is more than a moment.
pub(crate) fn moment(text: &[u8]) -> Option<Moment> {
    let (day, rest) = text.split_at_checked(10)?;
    let days = date(day)?;
    let &[
        b'T' | b' ',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
        ref rest @ ..,
    ] = rest
    else {
        return None;
    };
    let hour = i64::from(two_digits(h1, h2)?);
    let minute = i64::from(two_digits(m1, m2)?);
    let second = i64::from(two_digits(s1, s2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (rest, utc) = match rest {
        [rest @ .., b'Z'] => (rest, true),
        rest => (rest, false),
    };
    let fraction = match rest {
        [] => &[][..],
        [b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => fraction,
        _ => return None,
    };
    let mut nanoseconds: u32 = 0;
    let mut place: u32 = 100_000_000;
    for &byte in fraction {
        nanoseconds += u32::from(decimal_digit(byte)?) * place;
        place /= 10;
    }
    Some(Moment {
        seconds: i64::from(days) * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second,
        nanoseconds,
        digits: u8::try_from(fraction.len()).ok()?,
        utc,
    })
}

fn decimal_digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte - b'0')
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    Some(decimal_digit(tens)? * 10 + decimal_digit(ones)?)
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, &[]))
}

fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts in years that begin with March, so that the leap day is the last one.
fn days_since_epoch(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_canonical() {
        assert_eq!(integer(b"0"), Some(0));
        assert_eq!(integer(b"-17"), Some(-17));
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        for text in [
            "",
            "-",
            "-0",
            "01",
            "+5",
            " 1",
            "1 ",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "1_000",
            "1e3",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn doubles_hold_what_the_text_says() {
        assert_eq!(double(b"1.5"), Some((1.5, true)));
        assert_eq!(double(b"-0"), Some((-0.0, false)));
        assert_eq!(double(b"2e3"), Some((2_000.0, true)));
        assert_eq!(double(b"2E+3"), Some((2_000.0, true)));
        assert_eq!(double(b".5"), Some((0.5, true)));
        assert_eq!(double(b"5."), Some((5.0, true)));
        assert_eq!(double(b"0.0"), Some((0.0, true)));
        assert_eq!(double(b"48.053808600000004"), Some((48.053_808_6, true)));
        assert_eq!(
            double(b"1.0000000000000000000000"),
            Some((1.0, true)),
            "zeros at the end say nothing"
        );
        assert_eq!(
            double(b"9007199254740992"),
            Some((9_007_199_254_740_992.0, false))
        );
        for text in [
            "",
            ".",
            "-",
            "-.",
            "1e",
            "1e+",
            "00.5",
            "01",
            "+1.5",
            "inf",
            "nan",
            "1e400",
            "1e-400",
            "9007199254740993",
            "0.123456789012345678",
            "1.5 ",
            "1,5",
            "0x1p3",
        ] {
            assert_eq!(double(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn dates_exist() {
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2000-02-29"), Some(11_016));
        assert_eq!(date(b"1969-12-31"), Some(-1));
        assert_eq!(date(b"0000-01-01"), Some(-719_528));
        assert_eq!(date(b"9999-12-31"), Some(2_932_896));
        for text in [
            "2013-02-29",
            "1900-02-29",
            "2013-13-01",
            "2013-00-01",
            "2013-01-00",
            "2013-1-1",
            "2013/01/01",
            "20130101",
        ] {
            assert_eq!(date(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn moments() {
        let at = moment(b"2013-01-01T10:00:00Z").unwrap();
        assert_eq!(
            (at.seconds, at.nanoseconds, at.digits, at.utc),
            (1_357_034_400, 0, 0, true)
        );
        let at = moment(b"1969-12-31 23:59:59.250").unwrap();
        assert_eq!(
            (at.seconds, at.nanoseconds, at.digits, at.utc),
            (-1, 250_000_000, 3, false)
        );
        assert_eq!(at.in_unit(TimeUnit::Millisecond), Some(-750));
        assert_eq!(at.in_unit(TimeUnit::Second), None);
        assert_eq!(
            moment(b"9999-12-31T23:59:59.999999999")
                .unwrap()
                .in_unit(TimeUnit::Nanosecond),
            None
        );
        for text in [
            "2013-01-01",
            "2013-01-01T10:00",
            "2013-01-01T24:00:00",
            "2013-01-01T10:00:60",
            "2013-01-01T10:00:00+01:00",
            "2013-01-01T10:00:00.",
            "2013-01-01T10:00:00.1234567890",
            "2013-01-01t10:00:00",
        ] {
            assert_eq!(moment(text.as_bytes()), None, "{text:?}");
        }
    }
}
