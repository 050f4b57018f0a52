//! `cargo xtask bench [--rows N] [--runs N] [--json FILE]`: our speed against peers, as ratios.
//!
//! Each run is a process of its own that times its case, the timed part only, and prints a checksum of what it read or
//! wrote. Ours and the peer's alternate, so that a machine whose speed drifts treats both alike; what is reported is the
//! median of the ratios of neighbouring runs, with the smallest and the largest.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::process;
use crate::root::{cargo, root};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Rows of the table
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Timed runs of each program in each case, after one that is not counted
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What one run reported.
struct Run {
    nanoseconds: f64,
    checksum: String,
    peak_kib: u64,
}

/// One case against one peer.
struct Comparison {
    case: &'static str,
    peer: &'static str,
    ours: f64,
    theirs: f64,
    /// Peer's time over ours, pair by pair, in order of size.
    ratios: Vec<f64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(target_folder()?)
        .context("cannot make a folder for the databases")?;
    let programs = Programs::build()?;
    let database = folder.path().join("read.db");
    programs.ours("make", &database, arguments.rows)?;

    let mut results = Vec::new();
    for case in ["read", "load"] {
        let comparison = compare(arguments, case, folder.path(), &database, &programs)?;
        println!("{}", comparison.line(arguments.rows));
        results.push(comparison);
    }
    let memory = memory(arguments.rows, folder.path(), &database, &programs)?;
    println!(
        "stream: peak memory {} KiB with {} rows, {} KiB with ten times as many: {:.2} times",
        memory.0,
        arguments.rows,
        memory.1,
        ratio(memory.1, memory.0)
    );
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&document(arguments.rows, &results, memory))?;
        fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn compare(
    arguments: &Arguments,
    case: &'static str,
    folder: &Path,
    database: &Path,
    programs: &Programs,
) -> Result<Comparison> {
    let mut pairs = Vec::new();
    for run in 0..=arguments.runs {
        let fresh = folder.join("load.db");
        let path = if case == "load" {
            fresh.as_path()
        } else {
            database
        };
        let ours = programs.ours(case, path, arguments.rows)?;
        remove(&fresh)?;
        let theirs = programs.rusqlite(case, path, arguments.rows)?;
        remove(&fresh)?;
        ensure!(
            ours.checksum == theirs.checksum,
            "case {case}: the peer's values are not ours (checksums {} and {})",
            theirs.checksum,
            ours.checksum
        );
        if run > 0 {
            pairs.push((ours.nanoseconds, theirs.nanoseconds));
        }
    }
    let sorted = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values
    };
    Ok(Comparison {
        case,
        peer: "rusqlite",
        ours: median(&sorted(pairs.iter().map(|pair| pair.0).collect())),
        theirs: median(&sorted(pairs.iter().map(|pair| pair.1).collect())),
        ratios: sorted(pairs.iter().map(|pair| pair.1 / pair.0).collect()),
    })
}

/// The peak of a process that reads the table batch by batch, and of one that reads ten times as many rows.
fn memory(rows: u64, folder: &Path, database: &Path, programs: &Programs) -> Result<(u64, u64)> {
    let small = programs.ours("stream", database, rows)?.peak_kib;
    let tenfold = folder.join("tenfold.db");
    programs.ours("make", &tenfold, rows * 10)?;
    let large = programs.ours("stream", &tenfold, rows * 10)?.peak_kib;
    Ok((small, large))
}

/// The programs that run the cases.
struct Programs {
    ours: PathBuf,
    rusqlite: PathBuf,
}

impl Programs {
    fn build() -> Result<Self> {
        let ours = build(
            Command::new(cargo()).args(["bench", "--no-run", "-p", "clib", "--bench", "cases"]),
        )?;
        let manifest = root().join("tests/peers/rusqlite/Cargo.toml");
        let rusqlite = build(
            Command::new(cargo())
                .args(["build", "--release", "--locked", "--manifest-path"])
                .arg(manifest),
        )?;
        Ok(Self { ours, rusqlite })
    }

    fn ours(&self, case: &str, database: &Path, rows: u64) -> Result<Run> {
        execute(&self.ours, case, database, rows)
    }

    fn rusqlite(&self, case: &str, database: &Path, rows: u64) -> Result<Run> {
        execute(&self.rusqlite, case, database, rows)
    }
}

/// Builds, and returns the path of the program that came out.
fn build(command: &mut Command) -> Result<PathBuf> {
    let mut program = None;
    command.arg("--message-format=json-render-diagnostics");
    process::run_lines(command, |line| {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(path) = message.get("executable").and_then(Value::as_str) {
            program = Some(PathBuf::from(path));
        }
    })?;
    program.with_context(|| format!("no program came of: {}", process::shown(command)))
}

fn execute(program: &Path, case: &str, database: &Path, rows: u64) -> Result<Run> {
    let output = Command::new(program)
        .arg(case)
        .arg(database)
        .arg(rows.to_string())
        .output()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "{} {case} failed: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} {case} printed no report", program.display()))?;
    ensure!(
        case == "make" || report.get("rows").and_then(Value::as_u64) == Some(rows),
        "{} {case} did not do {rows} rows: {report}",
        program.display()
    );
    Ok(Run {
        nanoseconds: report
            .get("ns")
            .and_then(Value::as_f64)
            .context("no time")?,
        checksum: report
            .get("checksum")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        peak_kib: report.get("peak_kib").and_then(Value::as_u64).unwrap_or(0),
    })
}

impl Comparison {
    fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    fn line(&self, rows: u64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let per_row = |nanoseconds: f64| nanoseconds / rows as f64;
        format!(
            "{}: {:.0} ns per row, {} {:.0}: ratio {:.2} ({:.2} to {:.2})",
            self.case,
            per_row(self.ours),
            self.peer,
            per_row(self.theirs),
            self.ratio(),
            self.ratios.first().copied().unwrap_or_default(),
            self.ratios.last().copied().unwrap_or_default(),
        )
    }
}

fn document(rows: u64, results: &[Comparison], memory: (u64, u64)) -> Value {
    let results: Vec<Value> = results
        .iter()
        .map(|result| {
            json!({
                "case": result.case,
                "peer": result.peer,
                "ours_ns": result.ours,
                "peer_ns": result.theirs,
                "ratio": result.ratio(),
            })
        })
        .collect();
    json!({
        "rows": rows,
        "results": results,
        "stream_peak_kib": {"rows": memory.0, "tenfold": memory.1},
    })
}

/// The middle of values in order of size.
fn median(values: &[f64]) -> f64 {
    let upper = values.len() / 2;
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        at(upper)
    } else {
        f64::midpoint(at(upper.wrapping_sub(1)), at(upper))
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}

fn remove(database: &Path) -> Result<()> {
    match fs::remove_file(database) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn target_folder() -> Result<PathBuf> {
    let folder =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
