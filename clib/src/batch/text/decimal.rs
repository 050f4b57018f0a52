//! Decimals as text: an optional `-`, digits, and as many digits after a point as the scale says.
//!
//! SQLite has no decimals, and its NUMERIC affinity turns text into a double, which holds 15 digits. So decimals are text in
//! columns of TEXT affinity. Equal values have equal texts, but text does not sort as numbers do.

use std::io::Write;

use arrow_buffer::i256;

use super::Scanner;

/// 10 to the power 38, the most that half of a 256-bit decimal holds.
const HALF: i128 = 10_i128.pow(38);

/// A whole number that Arrow stores decimals in.
pub(crate) trait Unscaled: Copy {
    /// From a sign and at most 38 + 38 digits, as `high * 10^38 + low`; `None` where they do not fit.
    fn from_halves(negative: bool, high: i128, low: i128) -> Option<Self>;
    /// The sign and the digits, as three numbers of at most 38 digits, the first the highest.
    fn halves(self) -> (bool, [u128; 3]);
}

macro_rules! unscaled {
    ($($native:ty),*) => {$(
        impl Unscaled for $native {
            fn from_halves(negative: bool, high: i128, low: i128) -> Option<Self> {
                let value = if high == 0 { low } else { return None };
                Self::try_from(if negative { -value } else { value }).ok()
            }

            fn halves(self) -> (bool, [u128; 3]) {
                let magnitude = i128::from(self).unsigned_abs();
                (self < 0, [0, magnitude / HALF.unsigned_abs(), magnitude % HALF.unsigned_abs()])
            }
        }
    )*};
}
unscaled!(i32, i64, i128);

impl Unscaled for i256 {
    fn from_halves(negative: bool, high: i128, low: i128) -> Option<Self> {
        let value = Self::from_i128(high)
            .checked_mul(Self::from_i128(HALF))?
            .checked_add(Self::from_i128(low))?;
        if negative {
            value.checked_neg()
        } else {
            Some(value)
        }
    }

    fn halves(self) -> (bool, [u128; 3]) {
        let half = Self::from_i128(HALF);
        // Dividing toward zero: the parts have the sign of the whole, and so no part can be the smallest number.
        let part = |value: Self| value.to_i128().unwrap_or_default().unsigned_abs();
        let upper = self.wrapping_div(half);
        let parts = [
            part(upper.wrapping_div(half)),
            part(upper.wrapping_rem(half)),
            part(self.wrapping_rem(half)),
        ];
        (self < Self::ZERO, parts)
    }
}

/// Appends a decimal; `false`, and nothing is appended, where it has more digits than the precision.
pub(crate) fn write_decimal<T: Unscaled>(
    out: &mut Vec<u8>,
    value: T,
    precision: u8,
    scale: i8,
) -> bool {
    let start = out.len();
    let (negative, [first, second, third]) = value.halves();
    if negative {
        out.push(b'-');
    }
    let digits = out.len();
    // Writing to a vector cannot fail.
    let _ = match (first, second) {
        (0, 0) => write!(out, "{third}"),
        (0, _) => write!(out, "{second}{third:038}"),
        _ => write!(out, "{first}{second:038}{third:038}"),
    };
    let count = out.len() - digits;
    if count > usize::from(precision) {
        out.truncate(start);
        return false;
    }
    let fraction = usize::from(scale.unsigned_abs());
    if scale < 0 {
        if third != 0 || second != 0 {
            out.resize(out.len() + fraction, b'0');
        }
    } else if scale > 0 {
        if count <= fraction {
            // At least one digit stands before the point.
            let zeros = fraction + 1 - count;
            out.resize(out.len() + zeros, b'0');
            if let Some(written) = out.get_mut(digits..) {
                written.rotate_right(zeros);
            }
        }
        let point = out.len() - fraction;
        out.push(b'.');
        if let Some(written) = out.get_mut(point..) {
            written.rotate_right(1);
        }
    }
    true
}

/// A decimal in any usual notation, exponent included; `None` where it is not one, or where the type cannot hold it exactly.
pub(crate) fn read_decimal<T: Unscaled>(text: &[u8], precision: u8, scale: i8) -> Option<T> {
    let mut scanner = Scanner::new(text);
    let negative = scanner.take(b'-').is_some();
    if !negative {
        scanner.take(b'+');
    }
    let mut whole = scanner.digits();
    let mut fraction: &[u8] = &[];
    if scanner.take(b'.').is_some() {
        fraction = scanner.digits();
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent = exponent(&mut scanner)?;
    if !scanner.is_empty() {
        return None;
    }

    // Without the zeros at both ends: digits `whole` then `fraction`, of which the last is worth 10^-last.
    while let [b'0', rest @ ..] = whole {
        whole = rest;
    }
    while let [rest @ .., b'0'] = fraction {
        fraction = rest;
    }
    let mut last = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    if fraction.is_empty() {
        while let [rest @ .., b'0'] = whole {
            whole = rest;
            last -= 1;
        }
    } else if whole.is_empty() {
        while let [b'0', rest @ ..] = fraction {
            fraction = rest;
        }
    }
    let count = whole.len() + fraction.len();
    if count == 0 {
        return T::from_halves(false, 0, 0);
    }
    // Digits beyond the scale would be lost.
    let zeros = usize::try_from(i64::from(scale).checked_sub(last)?).ok()?;
    let total = count.checked_add(zeros)?;
    if total > usize::from(precision) {
        return None;
    }
    let (mut high, mut low) = (0_i128, 0_i128);
    let digits = whole
        .iter()
        .chain(fraction)
        .copied()
        .chain(std::iter::repeat_n(b'0', zeros));
    for (index, digit) in digits.enumerate() {
        // At most 38 digits each, which fit.
        let half = if total - index > 38 {
            &mut high
        } else {
            &mut low
        };
        *half = *half * 10 + i128::from(digit - b'0');
    }
    T::from_halves(negative, high, low)
}

fn exponent(scanner: &mut Scanner<'_>) -> Option<i64> {
    if scanner.take(b'e').is_none() && scanner.take(b'E').is_none() {
        return Some(0);
    }
    let negative = scanner.take(b'-').is_some();
    if !negative {
        scanner.take(b'+');
    }
    let digits = scanner.digits();
    if digits.is_empty() {
        return None;
    }
    // Far beyond every scale, and far from overflow.
    let exponent = digits.iter().fold(0_i64, |number, digit| {
        (number * 10 + i64::from(digit - b'0')).min(1_000_000_000)
    });
    Some(if negative { -exponent } else { exponent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text<T: Unscaled>(value: T, precision: u8, scale: i8) -> Option<String> {
        let mut out = b"x".to_vec();
        let written = write_decimal(&mut out, value, precision, scale);
        assert!(written || out == b"x");
        written.then(|| String::from_utf8(out.split_off(1)).unwrap())
    }

    #[test]
    fn texts_are_canonical() {
        assert_eq!(text(12_345_i32, 9, 2).unwrap(), "123.45");
        assert_eq!(text(5_i64, 9, 2).unwrap(), "0.05");
        assert_eq!(text(-5_i64, 9, 2).unwrap(), "-0.05");
        assert_eq!(text(0_i128, 9, 2).unwrap(), "0.00");
        assert_eq!(text(100_i128, 9, 2).unwrap(), "1.00");
        assert_eq!(text(7_i128, 9, -3).unwrap(), "7000");
        assert_eq!(text(0_i128, 9, -3).unwrap(), "0");
        assert_eq!(text(1_000_i128, 3, 0), None);
        assert_eq!(text(i128::MIN, 38, 0), None);
        assert_eq!(text(i256::MIN, 76, 0), None);
        assert_eq!(text(i256::MIN, 77, 0).unwrap(), i256::MIN.to_string());
        assert_eq!(
            text(i256::from_i128(i128::MIN), 76, 0).unwrap(),
            i128::MIN.to_string()
        );
        let nines = i256::from_string(&"9".repeat(76)).unwrap();
        assert_eq!(
            text(nines, 76, 76).unwrap(),
            format!("0.{}", "9".repeat(76))
        );
        assert_eq!(read_decimal::<i256>(&b"9".repeat(76), 76, 0), Some(nines));
    }

    #[test]
    fn notations_are_read() {
        let read = |text: &str| read_decimal::<i128>(text.as_bytes(), 10, 2);
        for (text, expected) in [
            ("1", Some(100)),
            ("+1.5", Some(150)),
            ("-.5", Some(-50)),
            ("1.", Some(100)),
            ("1.2300", Some(123)),
            ("00012", Some(1_200)),
            ("1e3", Some(100_000)),
            ("1.5E+1", Some(1_500)),
            ("150e-2", Some(150)),
            ("0e999999999999999999", Some(0)),
            ("-0", Some(0)),
            ("12345678.90", Some(1_234_567_890)),
            ("123456789", None),
            ("1e8", None),
            ("1.234", None),
            ("1e-3", None),
            ("1e999999999999999999", None),
            ("1e-999999999999999999", None),
            ("", None),
            ("-", None),
            (".", None),
            ("1e", None),
            ("1 ", None),
            ("0x1", None),
            ("NaN", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(read_decimal::<i32>(b"7000", 3, -3), Some(7));
        assert_eq!(read_decimal::<i32>(b"7100", 3, -3), None);
        assert_eq!(read_decimal::<i32>(b"9999999999", 10, 0), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in any::<i128>(), shift in 0_u32..127, scale in -20_i8..=38) {
            let value = value >> shift;
            if let Some(text) = text(value, 38, scale) {
                prop_assert_eq!(read_decimal(text.as_bytes(), 38, scale), Some(value));
            }
            let small = i32::try_from(value >> 96).unwrap();
            if let Some(text) = text(small, 9, scale.min(9)) {
                prop_assert_eq!(read_decimal(text.as_bytes(), 9, scale.min(9)), Some(small));
            }
        }

        #[test]
        fn wide_decimals_agree_with_arrow(high in any::<i128>(), low in any::<u128>(), shift in 0_u8..250) {
            let value = i256::from_parts(low, high) >> shift;
            let text = text(value, 77, 0).unwrap();
            prop_assert_eq!(&text, &value.to_string());
            if text.trim_start_matches('-').len() <= 76 {
                prop_assert_eq!(read_decimal(text.as_bytes(), 76, 0), Some(value));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in "[-+.eE0-9]{0,100}", scale in -76_i8..=76) {
            read_decimal::<i256>(bytes.as_bytes(), 76, scale);
            read_decimal::<i32>(bytes.as_bytes(), 9, scale.clamp(-9, 9));
        }
    }
}
