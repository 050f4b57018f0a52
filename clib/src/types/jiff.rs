//! Feature `jiff`: [`civil::Date`], [`civil::Time`], [`civil::DateTime`] and [`Timestamp`] as TEXT in SQLite's own
//! formats.
//!
//! | Rust | TEXT |
//! |---|---|
//! | `civil::Date` | `2024-02-29` |
//! | `civil::Time` | `23:59:59.123` |
//! | `civil::DateTime` | `2024-02-29 23:59:59.123` |
//! | `Timestamp` | in UTC, `2024-02-29 22:59:59.123+00:00` |
//!
//! What else is read, and why it is written so, is told in [`types`](super). A `Zoned` has a zone that no format of SQLite
//! holds: store its timestamp, and the zone's name beside it.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;

use super::calendar::{self, Date, Form, Time};
use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for civil::Date {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for civil::Date {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        date(calendar::read_date(value)?).ok_or_else(|| Form::Date.error(value))
    }
}

impl ToSql for civil::Time {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_time(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for civil::Time {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        time(calendar::read_time(value)?).ok_or_else(|| Form::Time.error(value))
    }
}

impl ToSql for civil::DateTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for civil::DateTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time) = calendar::read_date_time(value)?;
        date_time(date, time).ok_or_else(|| Form::DateTime.error(value))
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(Offset::UTC.to_datetime(*self)).map(|utc| calendar::instant(utc).into())
    }
}

impl FromSql<'_> for Timestamp {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time, offset) = calendar::read_instant(value)?;
        let timestamp = || {
            let offset = Offset::from_seconds(offset).ok()?;
            offset.to_timestamp(date_time(date, time)?).ok()
        };
        timestamp().ok_or_else(|| Form::Instant.error(value))
    }
}

fn write_date(date: civil::Date) -> Result<String, ToSqlError> {
    calendar::write_date(
        date.year().into(),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )
}

fn write_time(time: civil::Time) -> Result<String, ToSqlError> {
    calendar::write_time(
        time.hour().unsigned_abs().into(),
        time.minute().unsigned_abs().into(),
        time.second().unsigned_abs().into(),
        time.subsec_nanosecond().unsigned_abs(),
    )
}

fn write_date_time(date_time: civil::DateTime) -> Result<String, ToSqlError> {
    let date = write_date(date_time.date())?;
    let time = write_time(date_time.time())?;
    Ok(format!("{date} {time}"))
}

fn date(date: Date) -> Option<civil::Date> {
    let month = date.month.try_into().ok()?;
    let day = date.day.try_into().ok()?;
    civil::Date::new(date.year, month, day).ok()
}

fn time(time: Time) -> Option<civil::Time> {
    let hour = time.hour.try_into().ok()?;
    let minute = time.minute.try_into().ok()?;
    let second = time.second.try_into().ok()?;
    let nanosecond = time.nanosecond.try_into().ok()?;
    civil::Time::new(hour, minute, second, nanosecond).ok()
}

fn date_time(d: Date, t: Time) -> Option<civil::DateTime> {
    Some(civil::DateTime::from_parts(date(d)?, time(t)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{refused, round_trip, sql, sql_with, unreadable};

    fn at(text: &str) -> civil::DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (text, expected) in [
            ("0000-01-01T00:00:00", "0000-01-01 00:00:00"),
            ("2024-02-29T23:59:59.5", "2024-02-29 23:59:59.500"),
            ("1969-12-31T00:00:00.000001", "1969-12-31 00:00:00.000001"),
            (
                "9999-12-30T21:59:59.999999999",
                "9999-12-30 21:59:59.999999999",
            ),
        ] {
            let value = at(text);
            round_trip(value, expected);
            round_trip(value.date(), &expected[..10]);
            round_trip(value.time(), &expected[11..]);
            let timestamp = Offset::UTC.to_timestamp(value).unwrap();
            round_trip(timestamp, &format!("{expected}+00:00"));
        }
    }

    #[test]
    fn sqlites_functions_agree() {
        let value: Timestamp = "2024-02-29T23:59:59.123456789Z".parse().unwrap();
        let text: String = sql_with("SELECT datetime(?1)", value).unwrap();
        assert_eq!(text, "2024-02-29 23:59:59");
        let now: Timestamp = sql("SELECT CURRENT_TIMESTAMP").unwrap();
        let seconds: i64 = sql_with("SELECT unixepoch(?1)", now).unwrap();
        assert_eq!(seconds, now.as_second());
        let read: Timestamp = sql("SELECT '2024-07-01T01:30+02:00'").unwrap();
        assert_eq!(read.to_string(), "2024-06-30T23:30:00Z");
        let _: civil::Date = sql("SELECT CURRENT_DATE").unwrap();
        let _: civil::Time = sql("SELECT CURRENT_TIME").unwrap();
        let _: civil::DateTime = sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").unwrap();
    }

    #[test]
    fn what_sqlite_cannot_hold_is_refused() {
        assert_eq!(
            refused(civil::date(-1, 12, 31)),
            "cannot bind parameter 1: the year -1 is beyond SQLite's dates, which have the years 0 to 9999"
        );
        refused(Timestamp::MIN);
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        assert_eq!(
            unreadable::<civil::Date>("'2023-02-29'"),
            "'2023-02-29' is no date (`YYYY-MM-DD`)"
        );
        assert_eq!(
            unreadable::<civil::Time>("'24:00:00'"),
            "'24:00:00' is no time of day (`HH:MM:SS`, with up to nine digits of a second)"
        );
        assert_eq!(
            unreadable::<Timestamp>("1719790200.0"),
            "expected TEXT, found REAL"
        );
        // Beyond the type's own range.
        unreadable::<Timestamp>("'9999-12-31 23:59:59Z'");
        unreadable::<civil::DateTime>("'2024-02-29 00:00:00Z'");
        unreadable::<civil::DateTime>("'2024-02-29'");
    }
}
