//! Running one case in one program, and what it reports.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// A program that runs cases: `WORDS... CASE DATABASE ROWS [SCRATCH]`.
#[derive(Clone)]
pub(crate) struct Program {
    words: Vec<OsString>,
    /// Where the program calls the case by another name.
    rename: fn(&str) -> String,
}

/// What one run reported.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) rows: u64,
    /// Of one execution of the case.
    pub(crate) nanoseconds: f64,
    /// Empty where the case loads.
    pub(crate) checksum: String,
    pub(crate) peak_kib: u64,
    pub(crate) crossings: Option<u64>,
    /// The version of SQLite.
    pub(crate) sqlite: String,
}

impl Program {
    pub(crate) fn new(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            words: words.into_iter().map(Into::into).collect(),
            rename: str::to_owned,
        }
    }

    /// The same program, which calls the cases by other names.
    pub(crate) fn renamed(&self, rename: fn(&str) -> String) -> Self {
        Self {
            words: self.words.clone(),
            rename,
        }
    }

    /// Runs a case.
    pub(crate) fn run(
        &self,
        case: &str,
        database: &Path,
        rows: u64,
        scratch: Option<&Path>,
    ) -> Result<Run> {
        let case = (self.rename)(case);
        let (program, words) = self
            .words
            .split_first()
            .context("a program without a name")?;
        let output = Command::new(program)
            .args(words)
            .arg(&case)
            .arg(database)
            .arg(rows.to_string())
            .args(scratch)
            .output()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "{self} {case} failed ({}): {}",
            output.status,
            said.trim()
        );
        parse(&output.stdout)
            .with_context(|| format!("{self} {case} printed no report that can be read"))
    }
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<_> = self
            .words
            .iter()
            .map(|word| word.display().to_string())
            .collect();
        f.write_str(&words.join(" "))
    }
}

/// Reads the line that a run prints.
fn parse(line: &[u8]) -> Result<Run> {
    let report: Value = serde_json::from_slice(line)?;
    let number = |name: &str| report.get(name).and_then(Value::as_f64);
    let count = |name: &str| report.get(name).and_then(Value::as_u64);
    let text = |name: &str| {
        let value = report.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    Ok(Run {
        rows: count("rows").context("no `rows`")?,
        nanoseconds: number("ns").context("no `ns`")? / number("queries").unwrap_or(1.0),
        checksum: text("checksum"),
        peak_kib: count("peak_kib").unwrap_or(0),
        crossings: count("crossings"),
        sqlite: text("sqlite"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_that_of_one_query() {
        let run = parse(br#"{"rows": 2000, "queries": 20, "ns": 1000, "checksum": "ab"}"#).unwrap();
        assert_eq!((run.rows, run.checksum.as_str()), (2000, "ab"));
        assert!((run.nanoseconds - 50.0).abs() < 1e-9);
        assert_eq!(run.crossings, None);
    }

    #[test]
    fn a_report_without_a_time_is_refused() {
        assert_eq!(parse(br#"{"rows": 1}"#).unwrap_err().to_string(), "no `ns`");
        assert!(parse(b"done").is_err());
    }
}
