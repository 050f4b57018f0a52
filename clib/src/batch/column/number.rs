//! Numbers between SQLite's two kinds and Arrow's many, without loss.

use half::f16;

/// The double that an integer becomes, within the range in which no two integers become the same: up to 2^53.
#[inline]
pub(crate) fn exact(value: i64) -> Option<f64> {
    const LAST: u64 = 1 << 53;
    #[expect(clippy::cast_precision_loss, reason = "exact in this range")]
    (value.unsigned_abs() <= LAST).then_some(value as f64)
}

/// The float that equals a double, where there is one.
#[expect(clippy::cast_possible_truncation, reason = "going back finds the loss")]
pub(crate) fn exact_f32(value: f64) -> Option<f32> {
    let float = value as f32;
    (f64::from(float) == value || value.is_nan()).then_some(float)
}

/// The half that equals a double, where there is one.
pub(crate) fn exact_f16(value: f64) -> Option<f16> {
    let half = f16::from_f64(value);
    (half.to_f64() == value || value.is_nan()).then_some(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_means_equal() {
        for value in [0, -1, 1 << 53, -(1 << 53)] {
            assert!(exact(value).is_some(), "{value}");
        }
        for value in [(1 << 53) + 1, -(1 << 53) - 1, 1 << 60, i64::MAX, i64::MIN] {
            assert_eq!(exact(value), None, "{value}");
        }
        assert_eq!(exact_f32(0.5), Some(0.5));
        assert_eq!(exact_f32(f64::INFINITY), Some(f32::INFINITY));
        assert_eq!(exact_f32(0.1), None);
        assert_eq!(exact_f32(1e300), None);
        assert_eq!(exact_f32(1e-300), None);
        assert!(exact_f32(-0.0).is_some_and(f32::is_sign_negative));
        assert!(exact_f16(f64::NAN).is_some_and(f16::is_nan));
        assert_eq!(exact_f16(65_520.0), None);
    }
}
