//! Dates and times as [SQLite writes them](https://sqlite.org/lang_datefunc.html): what the features `chrono`, `jiff`
//! and `time` have in common. The formats, and why they are these, are told in the documentation of [`types`](super).

use std::fmt::Write;

use super::{FromSqlError, ToSqlError, ValueRef};

/// A date that need not exist: the month can be 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    /// 0 to 9999.
    pub(super) year: i16,
    /// At most 99, as the others of two digits.
    pub(super) month: u8,
    pub(super) day: u8,
}

/// A time of day that need not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    /// Less than a second.
    pub(super) nanosecond: u32,
}

/// What a text was to be, for errors.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Date,
    Time,
    DateTime,
    Instant,
}

impl Form {
    /// The error of a value that is not of this form.
    pub(super) fn error(self, value: ValueRef<'_>) -> FromSqlError {
        let form = match self {
            Self::Date => "date (`YYYY-MM-DD`)",
            Self::Time => "time of day (`HH:MM:SS`, with up to nine digits of a second)",
            Self::DateTime => {
                "date and time (`YYYY-MM-DD HH:MM:SS`, with up to nine digits of a second)"
            }
            Self::Instant => {
                "date and time (`YYYY-MM-DD HH:MM:SS`, with up to nine digits of a second, then `Z` or an offset)"
            }
        };
        FromSqlError::other(format!("{} is no {form}", value.preview()))
    }
}

/// Reads a date.
pub(super) fn read_date(value: ValueRef<'_>) -> Result<Date, FromSqlError> {
    let mut reader = Reader(text(value)?);
    reader
        .date()
        .filter(|_| reader.is_at_end())
        .ok_or_else(|| Form::Date.error(value))
}

/// Reads a time of day.
pub(super) fn read_time(value: ValueRef<'_>) -> Result<Time, FromSqlError> {
    let mut reader = Reader(text(value)?);
    reader
        .time()
        .filter(|_| reader.is_at_end())
        .ok_or_else(|| Form::Time.error(value))
}

/// Reads a date and time that says nothing of a place.
pub(super) fn read_date_time(value: ValueRef<'_>) -> Result<(Date, Time), FromSqlError> {
    let mut reader = Reader(text(value)?);
    let date_time = reader
        .date_time()
        .ok_or_else(|| Form::DateTime.error(value))?;
    if reader.is_at_end() {
        Ok(date_time)
    } else if reader.offset().is_some() && reader.is_at_end() {
        Err(FromSqlError::other(format!(
            "{} has an offset from UTC, which this type would lose: read it as an instant",
            value.preview()
        )))
    } else {
        Err(Form::DateTime.error(value))
    }
}

/// Reads an instant: a date and time, and how many seconds that clock is ahead of UTC.
pub(super) fn read_instant(value: ValueRef<'_>) -> Result<(Date, Time, i32), FromSqlError> {
    let mut reader = Reader(text(value)?);
    let mut read = || {
        let (date, time) = reader.date_time()?;
        let offset = if reader.is_at_end() {
            0
        } else {
            reader.offset()?
        };
        reader.is_at_end().then_some((date, time, offset))
    };
    read().ok_or_else(|| Form::Instant.error(value))
}

/// `YYYY-MM-DD`.
pub(super) fn write_date(year: i32, month: u32, day: u32) -> Result<String, ToSqlError> {
    if (0..=9999).contains(&year) {
        Ok(format!("{year:04}-{month:02}-{day:02}"))
    } else {
        Err(ToSqlError::other(format!(
            "the year {year} is beyond SQLite's dates, which have the years 0 to 9999"
        )))
    }
}

/// `HH:MM:SS[.fff]`.
pub(super) fn write_time(
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
) -> Result<String, ToSqlError> {
    if nanosecond >= 1_000_000_000 {
        return Err(ToSqlError::other(format!(
            "SQLite has no leap seconds, and there is one at {hour:02}:{minute:02}"
        )));
    }
    let mut text = format!("{hour:02}:{minute:02}:{second:02}");
    let (digits, fraction) = if nanosecond == 0 {
        return Ok(text);
    } else if nanosecond.is_multiple_of(1_000_000) {
        (3, nanosecond / 1_000_000)
    } else if nanosecond.is_multiple_of(1_000) {
        (6, nanosecond / 1_000)
    } else {
        (9, nanosecond)
    };
    // Writing to a `String` does not fail.
    let _ = write!(text, ".{fraction:0digits$}");
    Ok(text)
}

/// The date and time in UTC, from what the functions above wrote, as an instant.
pub(super) fn instant(mut utc: String) -> String {
    utc += "+00:00";
    utc
}

fn text(value: ValueRef<'_>) -> Result<&[u8], FromSqlError> {
    match value {
        ValueRef::Text(text) => Ok(text),
        other => Err(FromSqlError::invalid_type("TEXT", other)),
    }
}

/// The part of a text that was not read yet.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    fn date_time(&mut self) -> Option<(Date, Time)> {
        let date = self.date()?;
        self.one_of(b" T")?;
        Some((date, self.time()?))
    }

    fn date(&mut self) -> Option<Date> {
        let year = i16::from(self.two_digits()?) * 100 + i16::from(self.two_digits()?);
        self.one_of(b"-")?;
        let month = self.two_digits()?;
        self.one_of(b"-")?;
        let day = self.two_digits()?;
        Some(Date { year, month, day })
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two_digits()?;
        self.one_of(b":")?;
        let minute = self.two_digits()?;
        let mut time = Time {
            hour,
            minute,
            second: 0,
            nanosecond: 0,
        };
        if self.one_of(b":").is_some() {
            time.second = self.two_digits()?;
            if self.one_of(b".").is_some() {
                time.nanosecond = self.fraction()?;
            }
        }
        Some(time)
    }

    /// Digits of a second: any number of them, but nothing after the ninth.
    fn fraction(&mut self) -> Option<u32> {
        let mut nanoseconds = u32::from(self.digit()?) * 100_000_000;
        let mut unit = 10_000_000;
        while let Some(digit) = self.digit() {
            if unit == 0 && digit != 0 {
                return None;
            }
            nanoseconds += u32::from(digit) * unit;
            unit /= 10;
        }
        Some(nanoseconds)
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.two_digits()?;
        self.one_of(b":")?;
        let minutes = self.two_digits()?;
        (hours < 24 && minutes < 60)
            .then(|| sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60))
    }

    fn two_digits(&mut self) -> Option<u8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn digit(&mut self) -> Option<u8> {
        self.one_of(b"0123456789").map(|digit| digit - b'0')
    }

    /// The next byte, if it is one of those.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (next, rest) = self.0.split_first()?;
        bytes.contains(next).then(|| {
            self.0 = rest;
            *next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date_time(text: &str) -> Option<(Date, Time)> {
        read_date_time(text.into()).ok()
    }

    fn nanosecond(text: &str) -> Option<u32> {
        read_time(text.into()).ok().map(|time| time.nanosecond)
    }

    #[test]
    fn what_is_read() {
        let date = Date {
            year: 2024,
            month: 2,
            day: 29,
        };
        let time = Time {
            hour: 1,
            minute: 2,
            second: 3,
            nanosecond: 40_000_000,
        };
        assert_eq!(date_time("2024-02-29 01:02:03.04"), Some((date, time)));
        assert_eq!(
            date_time("2024-02-29T01:02:03.040000000"),
            Some((date, time))
        );
        let no_seconds = Time {
            second: 0,
            nanosecond: 0,
            ..time
        };
        assert_eq!(date_time("2024-02-29 01:02"), Some((date, no_seconds)));
        for (text, offset) in [
            ("", 0),
            ("Z", 0),
            ("z", 0),
            ("+00:00", 0),
            ("+05:30", 19_800),
            ("-23:59", -86_340),
        ] {
            let text = format!("2024-02-29 01:02:03.04{text}");
            assert_eq!(
                read_instant(text.as_str().into()).unwrap(),
                (date, time, offset)
            );
        }
    }

    #[test]
    fn digits_of_a_second() {
        assert_eq!(nanosecond("00:00:00.1"), Some(100_000_000));
        assert_eq!(nanosecond("00:00:00.123456789"), Some(123_456_789));
        assert_eq!(nanosecond("00:00:00.12345678900000"), Some(123_456_789));
        assert_eq!(nanosecond("00:00:00.1234567891"), None);
        assert_eq!(nanosecond("00:00:00."), None);
        assert_eq!(nanosecond("00:00.5"), None);
    }

    #[test]
    fn what_is_not_read() {
        for text in [
            "",
            "2024-02-29",
            "2024-02-29 ",
            "2024-02-29_01:02:03",
            "2024-2-29 01:02:03",
            "-2024-02-29 01:02:03",
            "2024-02-29 01:02:03 ",
            "2024-02-29 01:02:03+0100",
            "2024-02-29 01:02:03+24:00",
            "2024-02-29 01:02:03+01:60",
            "2024-02-29 01:02:03ZZ",
            "12024-02-29 01:02:03",
            "2024-02-29 01:02:0３",
            "now",
        ] {
            assert!(read_instant(text.into()).is_err(), "{text}");
            assert!(date_time(text).is_none(), "{text}");
        }
        assert!(matches!(
            read_instant(ValueRef::Integer(0)),
            Err(FromSqlError::InvalidType {
                expected: "TEXT",
                ..
            })
        ));
    }

    #[test]
    fn errors_say_what_was_expected() {
        let date = |text: &str| read_date(text.into()).unwrap_err().to_string();
        assert_eq!(date("29.2.2024"), "'29.2.2024' is no date (`YYYY-MM-DD`)");
        let date_time = |text: &str| read_date_time(text.into()).unwrap_err().to_string();
        assert_eq!(
            date_time("2024-02-29 01:02:03Z"),
            "'2024-02-29 01:02:03Z' has an offset from UTC, which this type would lose: read it as an instant"
        );
        assert_eq!(
            write_date(10_000, 1, 1).unwrap_err().to_string(),
            "the year 10000 is beyond SQLite's dates, which have the years 0 to 9999"
        );
        assert_eq!(
            write_time(23, 59, 59, 1_000_000_000)
                .unwrap_err()
                .to_string(),
            "SQLite has no leap seconds, and there is one at 23:59"
        );
    }

    #[test]
    fn text_sorts_as_time_does() {
        let nanoseconds = [
            0,
            1,
            999,
            1_000,
            1_001,
            999_999,
            1_000_000,
            1_000_001,
            500_000_000,
            500_000_001,
            500_001_000,
            999_999_999,
        ];
        let texts: Vec<String> = (0..2)
            .flat_map(|second| nanoseconds.map(|n| instant(write_time(0, 0, second, n).unwrap())))
            .collect();
        assert!(texts.is_sorted(), "{texts:#?}");
    }
}
