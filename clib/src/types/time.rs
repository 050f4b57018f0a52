//! Feature `time`: [`Date`], [`Time`], [`PrimitiveDateTime`], [`UtcDateTime`] and [`OffsetDateTime`] as TEXT in SQLite's
//! own formats.
//!
//! | Rust | TEXT |
//! |---|---|
//! | `Date` | `2024-02-29` |
//! | `Time` | `23:59:59.123` |
//! | `PrimitiveDateTime` | `2024-02-29 23:59:59.123` |
//! | `UtcDateTime`, `OffsetDateTime` | in UTC, `2024-02-29 22:59:59.123+00:00` |
//!
//! An `OffsetDateTime` is read with the offset of the text, which is 0 for what was written here. What else is read, and
//! why it is written so, is told in [`types`](super).

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime, UtcOffset};

use super::calendar::{self, Form};
use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for Date {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for Date {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        date(calendar::read_date(value)?).ok_or_else(|| Form::Date.error(value))
    }
}

impl ToSql for Time {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_time(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for Time {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        time(calendar::read_time(value)?).ok_or_else(|| Form::Time.error(value))
    }
}

impl ToSql for PrimitiveDateTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(self.date(), self.time()).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for PrimitiveDateTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time) = calendar::read_date_time(value)?;
        date_time(date, time).ok_or_else(|| Form::DateTime.error(value))
    }
}

impl ToSql for UtcDateTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(self.date(), self.time()).map(|utc| calendar::instant(utc).into())
    }
}

impl FromSql<'_> for UtcDateTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        OffsetDateTime::from_sql(value)?
            .checked_to_utc()
            .ok_or_else(|| Form::Instant.error(value))
    }
}

impl ToSql for OffsetDateTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        let utc = self.checked_to_utc().ok_or_else(|| {
            ToSqlError::other(format!(
                "in UTC {self} is beyond SQLite's dates, which have the years 0 to 9999"
            ))
        })?;
        write_date_time(utc.date(), utc.time()).map(|utc| calendar::instant(utc).into())
    }
}

impl FromSql<'_> for OffsetDateTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time, offset) = calendar::read_instant(value)?;
        let instant = || {
            let offset = UtcOffset::from_whole_seconds(offset).ok()?;
            Some(date_time(date, time)?.assume_offset(offset))
        };
        instant().ok_or_else(|| Form::Instant.error(value))
    }
}

fn write_date(date: Date) -> Result<String, ToSqlError> {
    calendar::write_date(
        date.year(),
        u8::from(date.month()).into(),
        date.day().into(),
    )
}

fn write_time(time: Time) -> Result<String, ToSqlError> {
    calendar::write_time(
        time.hour().into(),
        time.minute().into(),
        time.second().into(),
        time.nanosecond(),
    )
}

fn write_date_time(date: Date, time: Time) -> Result<String, ToSqlError> {
    Ok(format!("{} {}", write_date(date)?, write_time(time)?))
}

fn date(date: calendar::Date) -> Option<Date> {
    let month = Month::try_from(date.month).ok()?;
    Date::from_calendar_date(date.year.into(), month, date.day).ok()
}

fn time(time: calendar::Time) -> Option<Time> {
    Time::from_hms_nano(time.hour, time.minute, time.second, time.nanosecond).ok()
}

fn date_time(d: calendar::Date, t: calendar::Time) -> Option<PrimitiveDateTime> {
    Some(PrimitiveDateTime::new(date(d)?, time(t)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{refused, round_trip, sql, sql_with, unreadable};

    fn day(year: i32, month: u8, day: u8) -> Date {
        Date::from_calendar_date(year, Month::try_from(month).unwrap(), day).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (date, nanoseconds, expected) in [
            (day(0, 1, 1), 0, "0000-01-01 23:59:59"),
            (day(2024, 2, 29), 500_000_000, "2024-02-29 23:59:59.500"),
            (day(1969, 12, 31), 1_000, "1969-12-31 23:59:59.000001"),
            (
                day(9999, 12, 31),
                999_999_999,
                "9999-12-31 23:59:59.999999999",
            ),
        ] {
            let time = Time::from_hms_nano(23, 59, 59, nanoseconds).unwrap();
            let value = PrimitiveDateTime::new(date, time);
            round_trip(value, expected);
            round_trip(date, &expected[..10]);
            round_trip(time, &expected[11..]);
            round_trip(value.as_utc(), &format!("{expected}+00:00"));
            round_trip(value.assume_utc(), &format!("{expected}+00:00"));
        }
    }

    #[test]
    fn an_instant_is_written_in_utc() {
        let berlin = UtcOffset::from_whole_seconds(7200).unwrap();
        let time = Time::from_hms(1, 30, 0).unwrap();
        let value = PrimitiveDateTime::new(day(2024, 7, 1), time).assume_offset(berlin);
        round_trip(value, "2024-06-30 23:30:00+00:00");
        let read: OffsetDateTime = sql("SELECT '2024-07-01T01:30+02:00'").unwrap();
        assert_eq!((read, read.offset()), (value, berlin));
        let read: UtcDateTime = sql("SELECT '2024-07-01T01:30+02:00'").unwrap();
        assert_eq!(read, value.to_utc());
    }

    #[test]
    fn sqlites_functions_agree() {
        let time = Time::from_hms_nano(23, 59, 59, 123_456_789).unwrap();
        let value = UtcDateTime::new(day(2024, 2, 29), time);
        let text: String = sql_with("SELECT datetime(?1)", value).unwrap();
        assert_eq!(text, "2024-02-29 23:59:59");
        let now: UtcDateTime = sql("SELECT CURRENT_TIMESTAMP").unwrap();
        let seconds: i64 = sql_with("SELECT unixepoch(?1)", now).unwrap();
        assert_eq!(seconds, now.unix_timestamp());
        let _: Date = sql("SELECT CURRENT_DATE").unwrap();
        let _: Time = sql("SELECT CURRENT_TIME").unwrap();
        let _: PrimitiveDateTime = sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").unwrap();
    }

    #[test]
    fn what_sqlite_cannot_hold_is_refused() {
        assert_eq!(
            refused(day(-1, 12, 31)),
            "cannot bind parameter 1: the year -1 is beyond SQLite's dates, which have the years 0 to 9999"
        );
        let west = UtcOffset::from_whole_seconds(-3600).unwrap();
        let latest = PrimitiveDateTime::new(day(9999, 12, 31), Time::from_hms(23, 30, 0).unwrap());
        let message = refused(latest.assume_offset(west));
        assert!(
            message.ends_with("is beyond SQLite's dates, which have the years 0 to 9999"),
            "{message}"
        );
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        assert_eq!(
            unreadable::<Date>("'2023-02-29'"),
            "'2023-02-29' is no date (`YYYY-MM-DD`)"
        );
        assert_eq!(
            unreadable::<Time>("'24:00:00'"),
            "'24:00:00' is no time of day (`HH:MM:SS`, with up to nine digits of a second)"
        );
        assert_eq!(
            unreadable::<UtcDateTime>("x'00'"),
            "expected TEXT, found BLOB"
        );
        unreadable::<UtcDateTime>("'9999-12-31 23:59:59-01:00'");
        unreadable::<PrimitiveDateTime>("'2024-02-29 00:00:00Z'");
        unreadable::<PrimitiveDateTime>("'2024-02-29'");
    }
}
