//! Rounds in which all ways of doing a thing take turns, so that what else the machine does meets all of them.

/// How many rounds there are.
pub(crate) const ROUNDS: usize = 15;

/// The time of each way in each round.
pub(crate) struct Rounds<const WAYS: usize>(Vec<[f64; WAYS]>);

/// Of the values of all rounds.
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl<const WAYS: usize> Rounds<WAYS> {
    /// Runs them, and one before that warms up.
    pub(crate) fn run(mut round: impl FnMut() -> [f64; WAYS]) -> Self {
        round();
        Self((0..ROUNDS).map(|_| round()).collect())
    }

    /// The time of a way.
    pub(crate) fn time(&self, way: usize) -> f64 {
        self.spread(|round| round[way]).median
    }

    /// The time of one way over that of another.
    pub(crate) fn ratio(&self, way: usize, over: usize) -> Spread {
        self.spread(|round| round[way] / round[over])
    }

    fn spread(&self, of: impl Fn(&[f64; WAYS]) -> f64) -> Spread {
        let mut values: Vec<f64> = self.0.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        Spread {
            least: values[0],
            median: values[ROUNDS / 2],
            most: values[ROUNDS - 1],
        }
    }
}
