//! Numbers, sizes and names as people read them.

use std::time::Duration;

/// `336776` as `336,776`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `8200162` as `8.2 MB` (decimal units, as disks are sold and `ls -h --si` counts).
pub(crate) fn bytes(size: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    for (unit, name) in UNITS {
        if size >= unit {
            let tenths = u128::from(size) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{size} bytes")
}

/// `1.23 s`, `12 min 5 s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// Whole items per second; a time too short to measure counts as a microsecond.
pub(crate) fn per_second(items: u64, time: Duration) -> u64 {
    let micros = time.as_micros().max(1);
    u64::try_from(u128::from(items) * 1_000_000 / micros).unwrap_or(u64::MAX)
}

/// `1 row`, `2 rows`.
pub(crate) fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A name as an SQL identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value for a message: at most 40 characters of it.
pub(crate) fn preview(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(336_776), "336,776");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(8_200_162), "8.2 MB");
        assert_eq!(bytes(1_000), "1.0 kB");
    }

    #[test]
    fn rates_do_not_divide_by_zero() {
        assert_eq!(per_second(5, Duration::ZERO), 5_000_000);
        assert_eq!(per_second(10, Duration::from_secs(4)), 2);
    }

    #[test]
    fn names_are_quoted_and_values_cut() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(preview("short"), "short");
        assert_eq!(preview(&"é".repeat(41)), format!("{}...", "é".repeat(40)));
    }
}
