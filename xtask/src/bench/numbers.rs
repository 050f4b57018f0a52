//! Numbers for people to read.

/// A count as a real. Counts here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// Nanoseconds, in the unit that suits them.
pub(crate) fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1e4 {
        let text = format!("{nanoseconds:.0}");
        format!("{} ns", text.parse().map_or(text, thousands))
    } else if nanoseconds < 1e6 {
        format!("{:.1} µs", nanoseconds / 1e3)
    } else if nanoseconds < 1e9 {
        format!("{:.0} ms", nanoseconds / 1e6)
    } else {
        format!("{:.2} s", nanoseconds / 1e9)
    }
}

/// A count with its thousands set apart.
pub(crate) fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_that_suits() {
        assert_eq!(time(12.4), "12 ns");
        assert_eq!(time(2_435.2), "2,435 ns");
        assert_eq!(time(38_123.0), "38.1 µs");
        assert_eq!(time(80_262_710.0), "80 ms");
        assert_eq!(time(4_458_001_314.0), "4.46 s");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
