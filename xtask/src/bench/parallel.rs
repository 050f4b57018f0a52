//! A scan in two partitions against our own scan in one, and what two processors of this machine are worth.

use std::thread;

use anyhow::{Result, anyhow};

use super::Plan;
use super::build::Build;
use super::case::Case;
use super::compare::{Comparison, Outcome, same_work};
use super::document::Document;
use super::statistics::Spread;
use super::workplace::Workplace;

/// The case of one thread: with a cache of the usual size, as the partitions' connections have.
const SINGLE: &str = "scan-single";

pub(crate) fn measure(
    case: &Case,
    workplace: &Workplace<'_>,
    plan: &Plan,
    document: &mut Document,
) -> Result<Outcome> {
    // Programs that are not optimised, on a small table, tell nothing.
    if plan.build == Build::Optimised {
        let scaling = calibrate(workplace, plan.runs)?;
        println!(
            "{}: two scans in two processes at once do {scaling} times the work of one",
            case.name
        );
        document.scaling = Some(scaling);
    }

    let ours = &workplace.peers.ours;
    let mut pairs = Vec::new();
    for run in 0..=plan.runs {
        let parallel = workplace.run(ours, case, false)?;
        let single = ours.run(SINGLE, &workplace.database, workplace.rows, None)?;
        same_work(case.name, &parallel, "one thread", &single)?;
        if run > 0 {
            pairs.push((parallel, single));
        }
    }
    Ok(Outcome::Measured(Comparison::of(&pairs)))
}

/// How many times the work of one process two of them do in the same time.
fn calibrate(workplace: &Workplace<'_>, runs: u32) -> Result<Spread> {
    let scan = || {
        let run = workplace
            .peers
            .ours
            .run(SINGLE, &workplace.database, workplace.rows, None)?;
        anyhow::Ok(run.nanoseconds)
    };
    let mut gains = Vec::new();
    for _ in 0..runs {
        let alone = scan()?;
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(scan);
            (scan(), other.join())
        });
        let other = other.map_err(|_| anyhow!("a thread of the calibration panicked"))?;
        gains.push(2.0 * alone / one?.max(other?));
    }
    Ok(Spread::of(gains))
}
