//! `cargo xtask bench`: our speed against peers, as ratios.
//!
//! Each run is a process of its own that times its case, the timed part only, and prints a checksum of what it read; what
//! it loaded is read and summed by another program. Ours and the peer's alternate, so that a machine whose speed drifts
//! treats both alike; what is reported is the median of the ratios of neighbouring runs, with the smallest and the largest.

mod bandwidth;
mod build;
mod case;
mod chart;
mod compare;
mod document;
mod memory;
mod numbers;
mod parallel;
mod peer;
mod program;
mod readme_table;
pub(crate) mod statistics;
mod target;
mod workplace;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};

use self::build::Build;
use self::case::{CASES, Case};
use self::compare::{Comparison, Outcome};
use self::document::Document;
use self::peer::Peers;
use self::workplace::Workplace;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Rows of the table
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100..))]
    rows: u64,
    /// Timed runs of each program in each case, after one that is not counted
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only this case; may be given more than once
    #[arg(long = "case", value_name = "NAME")]
    cases: Vec<String>,
    /// Only against this peer; may be given more than once
    #[arg(long = "peer", value_name = "NAME")]
    peers: Vec<String>,
    /// Draw the results
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,
    /// Not for speed: few rows, compiled in little time, against what is always there; shows that the programs agree
    #[arg(long, exclusive = true)]
    smoke: bool,
    /// List cases, peers and targets, and run none
    #[arg(long, exclusive = true)]
    list: bool,
    /// Run nothing: keep the results in this file, and bring the README's table and chart up to them
    #[arg(long, value_name = "FILE.json", exclusive = true)]
    readme: Option<PathBuf>,
}

/// What is built from this repository and its pins alone.
const ALWAYS: [&str; 5] = ["own", "c-loop", "c-loop-cache", "c-multivalues", "rusqlite"];

/// What is to be run.
struct Plan {
    rows: u64,
    runs: u32,
    /// All where none is named.
    peers: Vec<String>,
    build: Build,
}

impl Plan {
    fn wants_peer(&self, name: &str) -> bool {
        self.peers.is_empty() || self.peers.iter().any(|asked| asked == name)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        list();
        return Ok(());
    }
    if let Some(file) = &arguments.readme {
        return readme_table::update(file);
    }
    if arguments.smoke {
        return smoke();
    }
    let cases = chosen(&arguments.cases)?;
    let plan = Plan {
        rows: arguments.rows,
        runs: arguments.runs,
        peers: arguments.peers.clone(),
        build: Build::Optimised,
    };
    let document = measure(&plan, &cases)?;
    if let Some(file) = &arguments.json {
        document.write(file)?;
    }
    if let Some(file) = &arguments.chart {
        chart::write(&document, file)?;
    }
    Ok(())
}

/// Runs each case once, with programs that are not optimised: shows that they work and agree, and nothing about speed.
/// And checks that the README shows the results that are kept.
pub(crate) fn smoke() -> Result<()> {
    let plan = Plan {
        rows: 1_000,
        runs: 1,
        peers: ALWAYS.map(str::to_owned).into(),
        build: Build::Quick,
    };
    measure(&plan, &chosen(&[])?)?;
    readme_table::check()
}

/// The cases that were asked for: all where none was.
fn chosen(names: &[String]) -> Result<Vec<&'static Case>> {
    if let Some(unknown) = names.iter().find(|name| case::find(name).is_none()) {
        bail!("no case `{unknown}`; `cargo xtask bench --list` names them");
    }
    let wanted =
        |case: &&Case| names.is_empty() || names.iter().any(|name| name.as_str() == case.name);
    Ok(CASES.iter().filter(wanted).collect())
}

fn list() {
    for case in &CASES {
        println!("{:<17} {}", case.name, case.shows);
        for peer in case.peers {
            let target = target::least(case.name, peer)
                .map_or(String::new(), |least| format!("at least {least}"));
            println!("{:<17}   {peer:<14} {target}", "");
        }
    }
}

fn measure(plan: &Plan, cases: &[&'static Case]) -> Result<Document> {
    let named: Vec<&str> = cases
        .iter()
        .flat_map(|case| case.peers.iter().copied())
        .filter(|peer| plan.wants_peer(peer))
        .collect();
    ensure!(
        !named.is_empty(),
        "no such peer in these cases; `cargo xtask bench --list` names them"
    );
    let peers = Peers::build(&named, plan.build)?;
    let workplace = Workplace::new(&peers, plan.rows)?;
    let mut document = Document::new(plan.rows);
    for (peer, why) in peers.missing() {
        println!("{peer}: not found: {why}");
        document
            .missing
            .push(((*peer).to_owned(), format!("not found: {why}")));
    }
    document.bytes = workplace.table_bytes()?;
    if plan.build == Build::Optimised {
        document.bandwidth = bandwidth::measure();
        println!("{}", document.limit());
    }

    for case in cases {
        for peer in case.peers.iter().filter(|peer| plan.wants_peer(peer)) {
            if peers.is_missing(peer) {
                continue;
            }
            let outcome = match case.name {
                case::MEMORY => memory::measure(&workplace, &mut document)?,
                case::SCAN_PARALLEL => parallel::measure(case, &workplace, plan, &mut document)?,
                _ => compare::measure(case, peer, &workplace, plan.runs)?,
            };
            println!("{}", line(case, peer, &outcome, plan, &document));
            document.add(case.name, peer, outcome);
        }
    }
    if plan.build == Build::Optimised {
        println!("{}", target::summary(document.ratios()));
    }
    Ok(document)
}

/// What is said of one case against one peer.
fn line(case: &Case, peer: &str, outcome: &Outcome, plan: &Plan, document: &Document) -> String {
    match outcome {
        Outcome::Measured(_) if plan.build == Build::Quick => {
            format!("{}: agrees with {peer}", case.name)
        }
        Outcome::Said(_) if plan.build == Build::Quick => format!("{}: works", case.name),
        Outcome::Measured(found) => measured(case, peer, found, document),
        Outcome::Said(words) => format!("{}: {words}", case.name),
    }
}

fn measured(case: &Case, peer: &str, found: &Comparison, document: &Document) -> String {
    let (unit, units) = case.unit.of(document.rows);
    let mut text = format!(
        "{}: {:.0} ns per {unit} ({:.0} to {:.0}), {peer} {:.0} ({:.0} to {:.0}): ratio {}",
        case.name,
        found.ours.median / units,
        found.ours.least / units,
        found.ours.most / units,
        found.theirs.median / units,
        found.theirs.least / units,
        found.theirs.most / units,
        found.ratio,
    );
    if let Some(crossings) = found.crossings {
        text += &format!(", {crossings} crossings");
        if case.name == target::QUERY_CROSSINGS.0 {
            text += &format!(" (target: at most {})", target::QUERY_CROSSINGS.1);
        }
    }
    if case.name == "scan" {
        let limits = found.ours.median / units / document.limit_nanoseconds();
        text += &format!(", {limits:.1} times the physical limit");
    }
    if let Some(verdict) = target::verdict(case.name, peer, found.ratio.median) {
        text += &format!("; {verdict}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cases_are_chosen_where_none_is_named() {
        assert_eq!(chosen(&[]).unwrap().len(), CASES.len());
        let two = chosen(&["load".to_owned(), "scan".to_owned()]).unwrap();
        assert_eq!(
            two.iter().map(|case| case.name).collect::<Vec<_>>(),
            ["scan", "load"]
        );
        let error = chosen(&["read".to_owned()]).err().unwrap();
        assert!(error.to_string().starts_with("no case `read`"));
    }
}
