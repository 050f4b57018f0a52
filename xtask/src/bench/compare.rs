//! One case against one peer.

use anyhow::{Result, ensure};

use super::case::Case;
use super::program::Run;
use super::statistics::Spread;
use super::workplace::Workplace;

/// What came of a case.
pub(crate) enum Outcome {
    Measured(Comparison),
    /// It is no matter of time.
    Said(String),
}

/// Times in nanoseconds.
pub(crate) struct Comparison {
    pub(crate) ours: Spread,
    pub(crate) theirs: Spread,
    /// The peer's time over ours, pair by pair.
    pub(crate) ratio: Spread,
    pub(crate) crossings: Option<u64>,
    /// The peer's version of SQLite.
    pub(crate) sqlite: String,
}

impl Comparison {
    /// Of pairs of neighbouring runs, ours first.
    pub(crate) fn of(pairs: &[(Run, Run)]) -> Self {
        Self {
            ours: Spread::of(pairs.iter().map(|pair| pair.0.nanoseconds)),
            theirs: Spread::of(pairs.iter().map(|pair| pair.1.nanoseconds)),
            ratio: Spread::of(
                pairs
                    .iter()
                    .map(|(ours, theirs)| theirs.nanoseconds / ours.nanoseconds),
            ),
            crossings: pairs.last().and_then(|pair| pair.0.crossings),
            sqlite: pairs
                .last()
                .map_or(String::new(), |pair| pair.1.sqlite.clone()),
        }
    }
}

/// Runs ours and the peer's in turn, once more than `runs` times: the first pair is not counted.
pub(crate) fn measure(
    case: &Case,
    peer: &str,
    workplace: &Workplace<'_>,
    runs: u32,
) -> Result<Outcome> {
    let theirs = workplace.peers.get(peer)?;
    let mut pairs = Vec::new();
    for run in 0..=runs {
        let ours = workplace.run(&workplace.peers.ours, case, run == 0)?;
        let theirs = workplace.run(theirs, case, false)?;
        same_work(case.name, &ours, peer, &theirs)?;
        if run > 0 {
            pairs.push((ours, theirs));
        }
    }
    Ok(Outcome::Measured(Comparison::of(&pairs)))
}

/// Fails unless both did the same.
pub(crate) fn same_work(case: &str, ours: &Run, peer: &str, theirs: &Run) -> Result<()> {
    ensure!(
        ours.rows == theirs.rows,
        "case {case}: {peer} did {} rows, ours {}",
        theirs.rows,
        ours.rows
    );
    ensure!(
        !ours.checksum.is_empty() && ours.checksum == theirs.checksum,
        "case {case}: the values of {peer} are not ours (checksums `{}` and `{}`)",
        theirs.checksum,
        ours.checksum
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(nanoseconds: f64, checksum: &str) -> Run {
        Run {
            rows: 10,
            nanoseconds,
            checksum: checksum.to_owned(),
            peak_kib: 0,
            crossings: Some(3),
            sqlite: "3.54.1".to_owned(),
        }
    }

    #[test]
    fn ratios_are_those_of_neighbours() {
        let pairs = [
            (run(1.0, "a"), run(3.0, "a")),
            (run(2.0, "a"), run(4.0, "a")),
            (run(4.0, "a"), run(10.0, "a")),
        ];
        let found = Comparison::of(&pairs);
        assert_eq!(found.ratio.to_string(), "2.50 (2.00 to 3.00)");
        assert_eq!(found.ours.to_string(), "2.00 (1.00 to 4.00)");
        assert_eq!(found.crossings, Some(3));
    }

    #[test]
    fn other_values_and_no_values_are_refused() {
        assert!(same_work("scan", &run(1.0, "a"), "python", &run(1.0, "a")).is_ok());
        for checksum in ["b", ""] {
            let error = same_work("scan", &run(1.0, checksum), "python", &run(1.0, "a"))
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("the values of python are not ours"),
                "{error}"
            );
        }
        assert!(same_work("scan", &run(1.0, ""), "python", &run(1.0, "")).is_err());
    }
}
