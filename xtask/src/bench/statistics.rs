//! The middle of a few measurements, and how far they spread.

use std::fmt;

/// Of some measurements: the middle one, the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let upper = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            at(upper)
        } else {
            f64::midpoint(at(upper.wrapping_sub(1)), at(upper))
        };
        Self {
            median,
            least: at(0),
            most: at(sorted.len().wrapping_sub(1)),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.2} ({:.2} to {:.2})",
            self.median, self.least, self.most
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_odd_and_of_an_even_number() {
        assert_eq!(
            Spread::of([3.0, 1.0, 2.0]).to_string(),
            "2.00 (1.00 to 3.00)"
        );
        assert_eq!(
            Spread::of([4.0, 1.0, 2.0, 3.0]).to_string(),
            "2.50 (1.00 to 4.00)"
        );
        assert!(Spread::of([]).median.is_nan());
    }
}
