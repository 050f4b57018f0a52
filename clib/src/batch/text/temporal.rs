//! Dates, times and timestamps as ISO 8601 text.
//!
//! | type | text |
//! |---|---|
//! | date | `YYYY-MM-DD` |
//! | time | `HH:MM:SS` with `.` and as many digits as the unit has |
//! | timestamp | date, space, time; `Z` at the end where the type has a zone, and then it is in UTC |
//!
//! Years run from 0 to 9999, as in SQLite's own date functions, so that text sorts as time does. Reading accepts more:
//! `T` between date and time, a date alone, a time without seconds, any number of digits of a second that the unit can
//! hold, and where the type has a zone an offset such as `+01:00` (no zone at all means UTC, as in SQLite).

use arrow_schema::TimeUnit;

use super::Scanner;

const SECONDS_PER_DAY: i64 = 86_400;
/// 0000-01-01 and 9999-12-31, in days since 1970-01-01.
const FIRST_DAY: i64 = -719_528;
const LAST_DAY: i64 = 2_932_896;

/// Ticks per second.
pub(crate) fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// The year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar.
///
/// Counting in eras of 400 years from the 1st of March puts the leap day at the end of the year, and makes the length of the
/// months before it a linear function.
fn civil(day: i64) -> (i64, i64, i64) {
    let day = day - FIRST_DAY - 60; // since 0000-03-01
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153; // 0 is March
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (year, month + 3)
    } else {
        (year + 1, month - 9)
    };
    (year + era * 400, month, day)
}

/// The day since 1970-01-01; `None` where there is no such date. The reverse of [`civil`].
fn day_of(year: u32, month: u32, day: u32) -> Option<i64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + FIRST_DAY + 60)
}

/// Appends `count` digits of a number that has no more.
fn put(out: &mut Vec<u8>, mut number: i64, count: usize) {
    let start = out.len();
    out.resize(start + count, b'0');
    for byte in out.iter_mut().skip(start).rev() {
        *byte = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

/// Appends a date; `false`, and nothing is appended, where the year has no 4 digits.
pub(crate) fn write_date(out: &mut Vec<u8>, day: i64) -> bool {
    if !(FIRST_DAY..=LAST_DAY).contains(&day) {
        return false;
    }
    let (year, month, day) = civil(day);
    put(out, year, 4);
    out.push(b'-');
    put(out, month, 2);
    out.push(b'-');
    put(out, day, 2);
    true
}

/// Appends a time of day; `false`, and nothing is appended, where it is not within a day.
pub(crate) fn write_time(out: &mut Vec<u8>, ticks: i64, unit: TimeUnit) -> bool {
    let per_second = per_second(unit);
    if !(0..SECONDS_PER_DAY * per_second).contains(&ticks) {
        return false;
    }
    let seconds = ticks / per_second;
    put(out, seconds / 3_600, 2);
    out.push(b':');
    put(out, seconds / 60 % 60, 2);
    out.push(b':');
    put(out, seconds % 60, 2);
    let digits = match unit {
        TimeUnit::Second => return true,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    };
    out.push(b'.');
    put(out, ticks % per_second, digits);
    true
}

/// Appends a timestamp; `false`, and nothing is appended, where the year has no 4 digits.
pub(crate) fn write_timestamp(out: &mut Vec<u8>, ticks: i64, unit: TimeUnit, zone: bool) -> bool {
    let per_day = SECONDS_PER_DAY * per_second(unit);
    if !write_date(out, ticks.div_euclid(per_day)) {
        return false;
    }
    out.push(b' ');
    write_time(out, ticks.rem_euclid(per_day), unit);
    if zone {
        out.push(b'Z');
    }
    true
}

/// A date, in days since 1970-01-01.
pub(crate) fn read_date(text: &[u8]) -> Option<i64> {
    let mut scanner = Scanner::new(text);
    let day = date(&mut scanner)?;
    scanner.is_empty().then_some(day)
}

/// A time of day, in ticks since midnight.
pub(crate) fn read_time(text: &[u8], unit: TimeUnit) -> Option<i64> {
    let mut scanner = Scanner::new(text);
    let ticks = time(&mut scanner, unit)?;
    scanner.is_empty().then_some(ticks)
}

/// A timestamp, in ticks since 1970-01-01 (in UTC, where `zone`).
pub(crate) fn read_timestamp(text: &[u8], unit: TimeUnit, zone: bool) -> Option<i64> {
    let mut scanner = Scanner::new(text);
    let mut seconds = date(&mut scanner)?.checked_mul(SECONDS_PER_DAY)?;
    let mut ticks = 0;
    if !scanner.is_empty() {
        if scanner.take(b' ').is_none() {
            scanner.take(b'T')?;
        }
        ticks = time(&mut scanner, unit)?;
        if zone {
            seconds = seconds.checked_sub(offset(&mut scanner)?)?;
        }
    }
    if !scanner.is_empty() {
        return None;
    }
    // The seconds of a date before 1970 may be out of range where the sum is not: 1677-09-21T00:12:43.2 in nanoseconds.
    let sum = i128::from(seconds) * i128::from(per_second(unit)) + i128::from(ticks);
    i64::try_from(sum).ok()
}

fn date(scanner: &mut Scanner<'_>) -> Option<i64> {
    let year = scanner.number(4)?;
    scanner.take(b'-')?;
    let month = scanner.number(2)?;
    scanner.take(b'-')?;
    let day = scanner.number(2)?;
    day_of(year, month, day)
}

fn time(scanner: &mut Scanner<'_>, unit: TimeUnit) -> Option<i64> {
    let hour = scanner.number(2)?;
    scanner.take(b':')?;
    let minute = scanner.number(2)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    let mut second = 0;
    let mut fraction = 0;
    if scanner.take(b':').is_some() {
        second = scanner.number(2)?;
        if second > 59 {
            return None;
        }
        if scanner.take(b'.').is_some() {
            fraction = ticks_of_second(scanner.digits(), unit)?;
        }
    }
    let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Some(seconds * per_second(unit) + fraction)
}

/// The digits after a second's point. More than the unit holds are accepted only where they are zeros.
fn ticks_of_second(digits: &[u8], unit: TimeUnit) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    let mut ticks = 0;
    let mut tick = per_second(unit);
    for digit in digits {
        let digit = i64::from(digit - b'0');
        if tick == 1 {
            if digit != 0 {
                return None;
            }
        } else {
            tick /= 10;
            ticks += digit * tick;
        }
    }
    Some(ticks)
}

/// What a timestamp's zone adds to UTC, in seconds; 0 where there is none.
fn offset(scanner: &mut Scanner<'_>) -> Option<i64> {
    // A space before the zone is allowed, as in SQLite.
    let mut ahead = *scanner;
    if ahead.take(b' ').is_some() {
        ahead.peek()?;
        *scanner = ahead;
    }
    let sign = match scanner.peek() {
        None => return Some(0),
        Some(b'Z' | b'z') => {
            scanner.number(0)?;
            scanner.rest = scanner.rest.get(1..)?;
            return Some(0);
        }
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    scanner.rest = scanner.rest.get(1..)?;
    let hours = scanner.number(2)?;
    let colon = scanner.take(b':').is_some();
    let minutes = match scanner.is_empty() {
        true if !colon => 0,
        _ => scanner.number(2)?,
    };
    (hours <= 23 && minutes <= 59)
        .then_some(sign * (i64::from(hours) * 3_600 + i64::from(minutes) * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Option<String> {
        let mut out = Vec::new();
        let written = write(&mut out);
        assert!(written || out.is_empty());
        written.then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_day_agrees_with_chrono() {
        let mut date = NaiveDate::from_ymd_opt(0, 1, 1).unwrap();
        let step = if crate::is_slow() { 50 } else { 1 };
        for day in (FIRST_DAY..=LAST_DAY).step_by(step) {
            let (year, month, of_month) = (date.year(), date.month(), date.day());
            let civil = civil(day);
            assert_eq!(
                civil,
                (i64::from(year), i64::from(month), i64::from(of_month))
            );
            assert_eq!(day_of(year.cast_unsigned(), month, of_month), Some(day));
            date += TimeDelta::days(step.try_into().unwrap());
        }
        assert_eq!(date.year(), 10_000);
    }

    #[test]
    fn limits_are_exact() {
        assert_eq!(
            text(|out| write_date(out, FIRST_DAY)).unwrap(),
            "0000-01-01"
        );
        assert_eq!(text(|out| write_date(out, LAST_DAY)).unwrap(), "9999-12-31");
        assert_eq!(text(|out| write_date(out, FIRST_DAY - 1)), None);
        assert_eq!(text(|out| write_date(out, LAST_DAY + 1)), None);
        assert_eq!(text(|out| write_date(out, i64::MIN)), None);
        assert_eq!(text(|out| write_time(out, -1, TimeUnit::Second)), None);
        assert_eq!(text(|out| write_time(out, 86_400, TimeUnit::Second)), None);
        assert_eq!(
            text(|out| write_time(out, 86_399_999, TimeUnit::Millisecond)).unwrap(),
            "23:59:59.999"
        );
        let write = |ticks, unit, zone| text(|out| write_timestamp(out, ticks, unit, zone));
        assert_eq!(write(i64::MAX, TimeUnit::Second, false), None);
        assert_eq!(write(i64::MIN, TimeUnit::Microsecond, false), None);
        assert_eq!(
            write(i64::MAX, TimeUnit::Nanosecond, true).unwrap(),
            "2262-04-11 23:47:16.854775807Z"
        );
        assert_eq!(
            write(i64::MIN, TimeUnit::Nanosecond, true).unwrap(),
            "1677-09-21 00:12:43.145224192Z"
        );
        for ticks in [i64::MIN, i64::MAX] {
            let text = write(ticks, TimeUnit::Nanosecond, true).unwrap();
            assert_eq!(
                read_timestamp(text.as_bytes(), TimeUnit::Nanosecond, true),
                Some(ticks)
            );
        }
        assert_eq!(
            read_timestamp(
                b"1677-09-21 00:12:43.145224191",
                TimeUnit::Nanosecond,
                false
            ),
            None
        );
        assert_eq!(
            read_timestamp(
                b"2262-04-11 23:47:16.854775808",
                TimeUnit::Nanosecond,
                false
            ),
            None
        );
        assert_eq!(
            write(-1, TimeUnit::Millisecond, false).unwrap(),
            "1969-12-31 23:59:59.999"
        );
    }

    #[test]
    fn other_spellings_are_read() {
        let second = |text: &str, zone| read_timestamp(text.as_bytes(), TimeUnit::Second, zone);
        assert_eq!(second("1970-01-02", false), Some(86_400));
        assert_eq!(second("1970-01-01 00:01", false), Some(60));
        assert_eq!(second("1970-01-01T00:00:01", false), Some(1));
        assert_eq!(second("1970-01-01 00:00:01.000000000000", false), Some(1));
        assert_eq!(second("1970-01-01 01:00:00+01:00", true), Some(0));
        assert_eq!(second("1970-01-01 01:00:00+01", true), Some(0));
        assert_eq!(second("1970-01-01 00:00:00-0130", true), Some(5_400));
        assert_eq!(second("1970-01-01 00:00:00 Z", true), Some(0));
        assert_eq!(second("1970-01-01 00:00:00z", true), Some(0));
        assert_eq!(second("1970-01-01 00:00:00", true), Some(0));
        assert_eq!(read_time(b"00:00:01.5", TimeUnit::Millisecond), Some(1_500));
        for bad in [
            "",
            "1970-01-01 ",
            "1970-01-01 00:00:00Z",
            "1970-01-01 00:00:01.5",
            "1970-01-01 24:00:00",
            "1970-01-01 00:00:60",
            "1970-02-29",
            "1900-02-29",
            "1970-13-01",
            "1970-00-01",
            "1970-01-00",
            "1970-1-1",
            "+970-01-01",
            "1970-01-01x",
            "1970-01-01 00:00:00.",
            "now",
            "2440587.5",
        ] {
            assert_eq!(second(bad, false), None, "{bad}");
        }
        for bad in [
            "1970-01-01 00:00:00 ",
            "1970-01-01 00:00:00+",
            "1970-01-01 00:00:00+1",
            "1970-01-01 00:00:00+24:00",
            "1970-01-01 00:00:00+01:",
            "1970-01-01 00:00:00ZZ",
        ] {
            assert_eq!(second(bad, true), None, "{bad}");
        }
    }

    fn unit() -> impl Strategy<Value = TimeUnit> {
        prop_oneof![
            Just(TimeUnit::Second),
            Just(TimeUnit::Millisecond),
            Just(TimeUnit::Microsecond),
            Just(TimeUnit::Nanosecond)
        ]
    }

    proptest! {
        #[test]
        fn timestamps_agree_with_chrono(ticks in any::<i64>(), small in any::<i32>(), unit in unit(), zone in any::<bool>()) {
            for ticks in [ticks, i64::from(small), i64::from(small) * 1_000_000] {
                let seconds = ticks.div_euclid(per_second(unit));
                let nanos = ticks.rem_euclid(per_second(unit)) * (1_000_000_000 / per_second(unit));
                let expected = DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap())
                    .filter(|time| (0..=9_999).contains(&time.year()))
                    .map(|time| {
                        let format = match unit {
                            TimeUnit::Second => "%Y-%m-%d %H:%M:%S",
                            TimeUnit::Millisecond => "%Y-%m-%d %H:%M:%S%.3f",
                            TimeUnit::Microsecond => "%Y-%m-%d %H:%M:%S%.6f",
                            TimeUnit::Nanosecond => "%Y-%m-%d %H:%M:%S%.9f",
                        };
                        format!("{}{}", time.format(format), if zone { "Z" } else { "" })
                    });
                let written = text(|out| write_timestamp(out, ticks, unit, zone));
                prop_assert_eq!(&written, &expected);
                if let Some(text) = written {
                    prop_assert_eq!(read_timestamp(text.as_bytes(), unit, zone), Some(ticks));
                }
            }
        }

        #[test]
        fn times_agree_with_chrono(seconds in 0_u32..86_400, nanos in 0_u32..1_000_000_000, unit in unit()) {
            let nanos = nanos - nanos % u32::try_from(1_000_000_000 / per_second(unit)).unwrap();
            let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap();
            let ticks = i64::from(seconds) * per_second(unit) + i64::from(nanos) / (1_000_000_000 / per_second(unit));
            let text = text(|out| write_time(out, ticks, unit)).unwrap();
            let parsed: NaiveTime = text.parse().unwrap();
            prop_assert_eq!(parsed, time);
            prop_assert_eq!(parsed.nanosecond(), nanos);
            prop_assert_eq!(read_time(text.as_bytes(), unit), Some(ticks));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in "[-+:. TZ0-9]{0,34}", unit in unit(), zone in any::<bool>()) {
            read_date(bytes.as_bytes());
            read_time(bytes.as_bytes(), unit);
            read_timestamp(bytes.as_bytes(), unit, zone);
        }
    }
}
