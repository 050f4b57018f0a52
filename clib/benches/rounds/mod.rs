//! Rounds in which all ways of doing a thing take turns.

pub(crate) const ROUNDS: usize = 15;

/// The times of all ways in each round, after one that warms up.
pub(crate) fn run<const WAYS: usize>(mut round: impl FnMut() -> [f64; WAYS]) -> Vec<[f64; WAYS]> {
    round();
    (0..ROUNDS).map(|_| round()).collect()
}

/// The least, the median and the greatest of what there is in each round.
pub(crate) fn spread<R>(rounds: &[R], of: impl Fn(&R) -> f64) -> [f64; 3] {
    let mut values: Vec<f64> = rounds.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    [
        values[0],
        values[values.len() / 2],
        values[values.len() - 1],
    ]
}
