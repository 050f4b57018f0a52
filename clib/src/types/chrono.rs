//! Feature `chrono`: [`NaiveDate`], [`NaiveTime`], [`NaiveDateTime`] and [`DateTime`] as TEXT in SQLite's own formats.
//!
//! | Rust | TEXT |
//! |---|---|
//! | `NaiveDate` | `2024-02-29` |
//! | `NaiveTime` | `23:59:59.123` |
//! | `NaiveDateTime` | `2024-02-29 23:59:59.123` |
//! | `DateTime<Tz>` of any `Tz` | the same instant in UTC, `2024-02-29 22:59:59.123+00:00` |
//!
//! An instant is read as `DateTime<Utc>`, or as `DateTime<FixedOffset>` with the offset of the text, which is 0 for what
//! was written here. What else is read, and why it is written so, is told in [`types`](super).

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};

use super::calendar::{self, Date, Form, Time};
use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for NaiveDate {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for NaiveDate {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        date(calendar::read_date(value)?).ok_or_else(|| Form::Date.error(value))
    }
}

impl ToSql for NaiveTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_time(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for NaiveTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        time(calendar::read_time(value)?).ok_or_else(|| Form::Time.error(value))
    }
}

impl ToSql for NaiveDateTime {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(*self).map(ToSqlOutput::from)
    }
}

impl FromSql<'_> for NaiveDateTime {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time) = calendar::read_date_time(value)?;
        date_time(date, time).ok_or_else(|| Form::DateTime.error(value))
    }
}

impl<Tz: TimeZone> ToSql for DateTime<Tz> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        write_date_time(self.naive_utc()).map(|utc| calendar::instant(utc).into())
    }
}

impl FromSql<'_> for DateTime<FixedOffset> {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let (date, time, offset) = calendar::read_instant(value)?;
        let instant = || {
            let local = date_time(date, time)?;
            let offset = FixedOffset::east_opt(offset)?;
            local.and_local_timezone(offset).single()
        };
        instant().ok_or_else(|| Form::Instant.error(value))
    }
}

impl FromSql<'_> for DateTime<Utc> {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        DateTime::<FixedOffset>::from_sql(value).map(|instant| instant.to_utc())
    }
}

fn write_date(date: NaiveDate) -> Result<String, ToSqlError> {
    calendar::write_date(date.year(), date.month(), date.day())
}

fn write_time(time: NaiveTime) -> Result<String, ToSqlError> {
    calendar::write_time(time.hour(), time.minute(), time.second(), time.nanosecond())
}

fn write_date_time(date_time: NaiveDateTime) -> Result<String, ToSqlError> {
    let date = write_date(date_time.date())?;
    let time = write_time(date_time.time())?;
    Ok(format!("{date} {time}"))
}

fn date(Date { year, month, day }: Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())
}

fn time(time: Time) -> Option<NaiveTime> {
    NaiveTime::from_hms_nano_opt(
        time.hour.into(),
        time.minute.into(),
        time.second.into(),
        time.nanosecond,
    )
}

fn date_time(d: Date, t: Time) -> Option<NaiveDateTime> {
    Some(date(d)?.and_time(time(t)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{refused, round_trip, sql, unreadable};

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let latest = "9999-12-31T23:59:59.999999999";
        for (text, expected) in [
            ("0000-01-01T00:00:00", "0000-01-01 00:00:00"),
            ("2024-02-29T23:59:59.5", "2024-02-29 23:59:59.500"),
            ("1969-12-31T00:00:00.000001", "1969-12-31 00:00:00.000001"),
            (latest, "9999-12-31 23:59:59.999999999"),
        ] {
            let value = at(text);
            round_trip(value, expected);
            round_trip(value.date(), &expected[..10]);
            round_trip(value.time(), &expected[11..]);
            round_trip(value.and_utc(), &format!("{expected}+00:00"));
        }
    }

    #[test]
    fn an_instant_is_written_in_utc() {
        let berlin = FixedOffset::east_opt(7200).unwrap();
        let value = berlin.with_ymd_and_hms(2024, 7, 1, 1, 30, 0).unwrap();
        round_trip(value, "2024-06-30 23:30:00+00:00");
        let read: DateTime<FixedOffset> = sql("SELECT '2024-07-01T01:30+02:00'").unwrap();
        assert_eq!(read, value);
        assert_eq!(read.offset(), &berlin);
    }

    #[test]
    fn sqlites_functions_agree() {
        let value = at("2024-02-29T23:59:59.123456789").and_utc();
        for function in ["datetime(?1)", "strftime('%Y-%m-%d %H:%M:%S', ?1)"] {
            let text: String =
                crate::types::testing::sql_with(&format!("SELECT {function}"), value).unwrap();
            assert_eq!(text, "2024-02-29 23:59:59");
        }
        let now: DateTime<Utc> = sql("SELECT CURRENT_TIMESTAMP").unwrap();
        let seconds: i64 = crate::types::testing::sql_with("SELECT unixepoch(?1)", now).unwrap();
        assert_eq!(seconds, now.timestamp());
        let _: NaiveDate = sql("SELECT CURRENT_DATE").unwrap();
        let _: NaiveTime = sql("SELECT CURRENT_TIME").unwrap();
        let _: NaiveDateTime = sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").unwrap();
    }

    #[test]
    fn what_sqlite_cannot_hold_is_refused() {
        let beyond = NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
        assert_eq!(
            refused(beyond),
            "cannot bind parameter 1: the year 10000 is beyond SQLite's dates, which have the years 0 to 9999"
        );
        refused(NaiveDate::from_ymd_opt(-1, 12, 31).unwrap());
        // In its own zone the year is 9999, in UTC it is not.
        let west = FixedOffset::west_opt(3600).unwrap();
        refused(west.with_ymd_and_hms(9999, 12, 31, 23, 30, 0).unwrap());
        let leap_second = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        assert_eq!(
            refused(leap_second),
            "cannot bind parameter 1: SQLite has no leap seconds, and there is one at 23:59"
        );
    }

    #[test]
    fn what_is_no_date_is_an_error() {
        assert_eq!(
            unreadable::<NaiveDate>("'2023-02-29'"),
            "'2023-02-29' is no date (`YYYY-MM-DD`)"
        );
        assert_eq!(
            unreadable::<NaiveTime>("'24:00:00'"),
            "'24:00:00' is no time of day (`HH:MM:SS`, with up to nine digits of a second)"
        );
        assert_eq!(
            unreadable::<NaiveDateTime>("'2024-02-29'"),
            "'2024-02-29' is no date and time (`YYYY-MM-DD HH:MM:SS`, with up to nine digits of a second)"
        );
        assert_eq!(
            unreadable::<DateTime<Utc>>("1719790200"),
            "expected TEXT, found INTEGER"
        );
        assert_eq!(
            unreadable::<DateTime<Utc>>("'2024-02-29 23:59:60Z'"),
            "'2024-02-29 23:59:60Z' is no date and time (`YYYY-MM-DD HH:MM:SS`, with up to nine digits of a second, \
             then `Z` or an offset)"
        );
        unreadable::<NaiveDateTime>("'2024-02-29 00:00:00Z'");
        unreadable::<NaiveDate>("'2024-02-29 00:00:00'");
        unreadable::<NaiveDate>("NULL");
    }
}
