//! Which type holds a whole column of texts without losing any of them.

use arrow_schema::{DataType, TimeUnit};

use super::value;

/// What a column's values have been so far, and so which types are still possible.
#[derive(Debug, Clone)]
pub(crate) struct Guess {
    seen: bool,
    integer: bool,
    number: bool,
    fraction: bool,
    boolean: bool,
    date: bool,
    moment: bool,
    /// Of the moments: the longest fraction, which of them end in `Z`, and whether all fit
    /// nanoseconds.
    digits: u8,
    utc: bool,
    local: bool,
    fits_nanoseconds: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Guess {
            seen: false,
            integer: true,
            number: true,
            fraction: false,
            boolean: true,
            date: true,
            moment: true,
            digits: 0,
            utc: false,
            local: false,
            fits_nanoseconds: true,
        }
    }
}

impl Guess {
    /// Takes a text that may stand for anything, as a CSV field does.
    pub(crate) fn see_any(&mut self, text: &[u8]) {
        self.seen = true;
        self.integer = self.integer && value::integer(text).is_some();
        // A fraction may come later, so every integer must also be seen as a double. While all
        // are integers of at most 15 digits there is nothing to check.
        if self.number && !(self.integer && text.len() <= 15) {
            self.see_double(text);
        }
        self.boolean = self.boolean && value::boolean(text).is_some();
        self.see_time(text);
    }

    /// Takes a number as JSON writes it.
    pub(crate) fn see_number(&mut self, text: &[u8]) {
        self.seen = true;
        self.integer = self.integer && value::integer(text).is_some();
        self.see_double(text);
        self.not_boolean();
        self.not_time();
    }

    /// Takes a JSON string: text, unless the whole column is dates or moments.
    pub(crate) fn see_string(&mut self, text: &[u8]) {
        self.seen = true;
        self.not_number();
        self.not_boolean();
        self.see_time(text);
    }

    /// Takes JSON's `true` or `false`.
    pub(crate) fn see_boolean(&mut self) {
        self.seen = true;
        self.not_number();
        self.not_time();
    }

    /// Takes what only text can hold.
    pub(crate) fn see_text(&mut self) {
        self.seen = true;
        self.not_number();
        self.not_boolean();
        self.not_time();
    }

    /// The narrowest type that holds every value seen; text where nothing was.
    pub(crate) fn data_type(&self) -> DataType {
        if !self.seen {
            DataType::Utf8
        } else if self.integer {
            DataType::Int64
        } else if self.number && self.fraction {
            DataType::Float64
        } else if self.boolean {
            DataType::Boolean
        } else if self.date {
            DataType::Date32
        } else if self.moment && self.utc != self.local {
            let unit = match self.digits {
                0 => TimeUnit::Second,
                1..=3 => TimeUnit::Millisecond,
                4..=6 => TimeUnit::Microsecond,
                _ if self.fits_nanoseconds => TimeUnit::Nanosecond,
                _ => return DataType::Utf8,
            };
            DataType::Timestamp(unit, self.utc.then(|| "UTC".into()))
        } else {
            DataType::Utf8
        }
    }

    fn see_double(&mut self, text: &[u8]) {
        if self.number {
            match value::double(text) {
                Some((_, fraction)) => self.fraction |= fraction,
                None => self.number = false,
            }
        }
    }

    fn see_time(&mut self, text: &[u8]) {
        self.date = self.date && value::date(text).is_some();
        if self.moment {
            match value::moment(text) {
                Some(moment) => {
                    self.digits = self.digits.max(moment.digits);
                    self.utc |= moment.utc;
                    self.local |= !moment.utc;
                    self.fits_nanoseconds &= moment.in_unit(TimeUnit::Nanosecond).is_some();
                }
                None => self.moment = false,
            }
        }
    }

    fn not_number(&mut self) {
        self.integer = false;
        self.number = false;
    }

    fn not_boolean(&mut self) {
        self.boolean = false;
    }

    fn not_time(&mut self) {
        self.date = false;
        self.moment = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(values: &[&str]) -> DataType {
        let mut guess = Guess::default();
        for value in values {
            guess.see_any(value.as_bytes());
        }
        guess.data_type()
    }

    fn timestamp(unit: TimeUnit, utc: bool) -> DataType {
        DataType::Timestamp(unit, utc.then(|| "UTC".into()))
    }

    #[test]
    fn numbers_keep_every_digit() {
        assert_eq!(csv(&["1", "-2", "9223372036854775807"]), DataType::Int64);
        assert_eq!(csv(&["1", "2.5"]), DataType::Float64);
        assert_eq!(csv(&["2.5", "1"]), DataType::Float64);
        assert_eq!(csv(&["1e3"]), DataType::Float64);
        assert_eq!(csv(&["01234", "5"]), DataType::Utf8);
        assert_eq!(csv(&["5", "01234"]), DataType::Utf8);
        assert_eq!(csv(&["+5"]), DataType::Utf8);
        assert_eq!(csv(&["9223372036854775808"]), DataType::Utf8);
        assert_eq!(csv(&["9007199254740993", "0.5"]), DataType::Utf8);
        assert_eq!(csv(&["0.5", "9007199254740993"]), DataType::Utf8);
        assert_eq!(csv(&["1", "-0"]), DataType::Utf8);
        assert_eq!(csv(&["1.5", "-0"]), DataType::Float64);
        assert_eq!(csv(&["1", ""]), DataType::Utf8);
    }

    #[test]
    fn booleans_dates_and_moments() {
        assert_eq!(csv(&["true", "FALSE"]), DataType::Boolean);
        assert_eq!(csv(&["true", "1"]), DataType::Utf8);
        assert_eq!(csv(&["2013-01-01", "2013-02-28"]), DataType::Date32);
        assert_eq!(csv(&["2013-01-01", "2013-02-29"]), DataType::Utf8);
        assert_eq!(
            csv(&["2013-01-01T10:00:00Z"]),
            timestamp(TimeUnit::Second, true)
        );
        assert_eq!(
            csv(&["2013-01-01 10:00:00", "2013-01-01 10:00:00.25"]),
            timestamp(TimeUnit::Millisecond, false)
        );
        assert_eq!(
            csv(&["2013-01-01 10:00:00.000001"]),
            timestamp(TimeUnit::Microsecond, false)
        );
        assert_eq!(
            csv(&["2013-01-01 10:00:00.000000001"]),
            timestamp(TimeUnit::Nanosecond, false)
        );
        assert_eq!(
            csv(&["2013-01-01 10:00:00.000000001", "0001-01-01 00:00:00"]),
            DataType::Utf8,
            "nanoseconds do not reach year 1"
        );
        assert_eq!(
            csv(&["2013-01-01T10:00:00Z", "2013-01-01T10:00:00"]),
            DataType::Utf8
        );
        assert_eq!(csv(&["2013-01-01", "2013-01-01T10:00:00"]), DataType::Utf8);
    }

    #[test]
    fn nothing_seen_is_text() {
        assert_eq!(csv(&[]), DataType::Utf8);
    }

    #[test]
    fn json_kinds_do_not_mix() {
        let mut guess = Guess::default();
        guess.see_number(b"1");
        assert_eq!(guess.data_type(), DataType::Int64);
        guess.see_string(b"2");
        assert_eq!(guess.data_type(), DataType::Utf8);
        let mut guess = Guess::default();
        guess.see_string(b"2013-01-01");
        assert_eq!(guess.data_type(), DataType::Date32);
        let mut guess = Guess::default();
        guess.see_boolean();
        assert_eq!(guess.data_type(), DataType::Boolean);
        guess.see_number(b"0.5");
        assert_eq!(guess.data_type(), DataType::Utf8);
    }
}
