//! The results, and their form as JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::case;
use super::compare::Outcome;
use super::numbers::{float, thousands};
use super::statistics::Spread;
use super::target;

/// The results of a benchmark.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Document {
    pub(crate) rows: u64,
    /// Of the pages of the table.
    pub(crate) bytes: u64,
    /// Bytes that memory copies in a second.
    pub(crate) bandwidth: f64,
    pub(crate) results: Vec<Entry>,
    /// The peers that were not found, and why.
    pub(crate) missing: Vec<(String, String)>,
    /// How many times the work of one process two do.
    pub(crate) scaling: Option<Spread>,
    /// Peak of memory in KiB, with the table's rows and with ten times as many.
    pub(crate) peaks: Option<(u64, u64)>,
}

/// One case against one peer. Times in nanoseconds, of one execution.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) case: String,
    pub(crate) peer: String,
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    pub(crate) ratio: Spread,
    pub(crate) crossings: Option<u64>,
    pub(crate) sqlite: String,
}

impl Document {
    pub(crate) fn new(rows: u64) -> Self {
        Self {
            rows,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, case: &str, peer: &str, outcome: Outcome) {
        match outcome {
            Outcome::Measured(found) => self.results.push(Entry {
                case: case.to_owned(),
                peer: peer.to_owned(),
                ours: found.ours.median,
                theirs: found.theirs.median,
                ratio: found.ratio,
                crossings: found.crossings,
                sqlite: found.sqlite,
            }),
            Outcome::Said(_) => {}
        }
    }

    /// What no reader of the whole table can beat.
    pub(crate) fn limit(&self) -> String {
        format!(
            "limit: the table's pages are {} bytes, and memory copies {:.1} GB in a second: {:.1} ns per row",
            thousands(self.bytes),
            self.bandwidth / 1e9,
            self.limit_nanoseconds()
        )
    }

    /// The time that memory takes to move the table's bytes once, per row.
    pub(crate) fn limit_nanoseconds(&self) -> f64 {
        float(self.bytes) / self.bandwidth * 1e9 / float(self.rows)
    }

    /// Case, peer and ratio of each result; the ratio of memory is the smaller peak over the larger one.
    pub(crate) fn ratios(&self) -> impl Iterator<Item = (&str, &str, f64)> {
        let memory = self
            .peaks
            .map(|(rows, tenfold)| (case::MEMORY, "own", float(rows) / float(tenfold)));
        self.results
            .iter()
            .map(|entry| (entry.case.as_str(), entry.peer.as_str(), entry.ratio.median))
            .chain(memory)
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.to_json())?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
    }

    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let value = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not JSON", file.display()))?;
        Self::from_json(&value).with_context(|| {
            format!(
                "{} does not hold results of `cargo xtask bench`",
                file.display()
            )
        })
    }

    fn to_json(&self) -> Value {
        let results: Vec<Value> = self.results.iter().map(Entry::to_json).collect();
        let missing: Vec<Value> = self
            .missing
            .iter()
            .map(|(what, why)| json!({"what": what, "why": why}))
            .collect();
        let mut all = json!({
            "rows": self.rows,
            "results": results,
            "missing": missing,
            "limit": {"bytes": self.bytes, "bytes_per_second": self.bandwidth.round()},
        });
        if let Some(object) = all.as_object_mut() {
            if let Some(scaling) = self.scaling {
                object.insert("two_processes_scale".to_owned(), spread_json(scaling));
            }
            if let Some((rows, tenfold)) = self.peaks {
                object.insert(
                    "peak_kib".to_owned(),
                    json!({"rows": rows, "tenfold": tenfold}),
                );
            }
        }
        all
    }

    fn from_json(value: &Value) -> Option<Self> {
        let list = |name: &str| value.get(name).and_then(Value::as_array);
        let text = |value: &Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some(Self {
            rows: value.get("rows")?.as_u64()?,
            bytes: value.pointer("/limit/bytes")?.as_u64()?,
            bandwidth: value.pointer("/limit/bytes_per_second")?.as_f64()?,
            results: list("results")?
                .iter()
                .map(Entry::from_json)
                .collect::<Option<_>>()?,
            missing: list("missing")?
                .iter()
                .map(|entry| Some((text(entry, "what")?, text(entry, "why")?)))
                .collect::<Option<_>>()?,
            scaling: value.get("two_processes_scale").and_then(spread),
            peaks: value.get("peak_kib").and_then(|peaks| {
                Some((
                    peaks.get("rows")?.as_u64()?,
                    peaks.get("tenfold")?.as_u64()?,
                ))
            }),
        })
    }
}

impl Entry {
    fn to_json(&self) -> Value {
        json!({
            "case": self.case,
            "peer": self.peer,
            "ours_ns": self.ours,
            "peer_ns": self.theirs,
            "ratio": self.ratio.median,
            "ratio_least": self.ratio.least,
            "ratio_most": self.ratio.most,
            "target": target::least(&self.case, &self.peer),
            "crossings": self.crossings,
            "peer_sqlite": self.sqlite,
        })
    }

    fn from_json(value: &Value) -> Option<Self> {
        let number = |name: &str| value.get(name)?.as_f64();
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some(Self {
            case: text("case")?,
            peer: text("peer")?,
            ours: number("ours_ns")?,
            theirs: number("peer_ns")?,
            ratio: Spread {
                median: number("ratio")?,
                least: number("ratio_least")?,
                most: number("ratio_most")?,
            },
            crossings: value.get("crossings").and_then(Value::as_u64),
            sqlite: text("peer_sqlite")?,
        })
    }
}

fn spread_json(spread: Spread) -> Value {
    json!({"median": spread.median, "least": spread.least, "most": spread.most})
}

fn spread(value: &Value) -> Option<Spread> {
    Some(Spread {
        median: value.get("median")?.as_f64()?,
        least: value.get("least")?.as_f64()?,
        most: value.get("most")?.as_f64()?,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn entry(case: &str, peer: &str, ours: f64, theirs: f64) -> Entry {
        Entry {
            case: case.to_owned(),
            peer: peer.to_owned(),
            ours,
            theirs,
            ratio: Spread::of([theirs / ours]),
            crossings: Some(3),
            sqlite: "3.54.1".to_owned(),
        }
    }

    pub(crate) fn example() -> Document {
        Document {
            rows: 1_000_000,
            bytes: 93_000_000,
            bandwidth: 9.3e9,
            results: vec![
                entry("scan", "c-loop", 80e6, 320e6),
                entry("fill-100x10", "go-sqlite3", 10e3, 180e3),
                entry("load", "c-loop", 500e6, 400e6),
            ],
            missing: vec![("adbc".to_owned(), "not found".to_owned())],
            scaling: Some(Spread::of([1.8, 1.7, 1.9])),
            peaks: Some((10_000, 10_100)),
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let document = example();
        assert_eq!(Document::from_json(&document.to_json()), Some(document));
    }

    #[test]
    fn the_keys_are_the_promised_ones() {
        let json = example().to_json();
        assert_eq!(json.get("rows").unwrap(), 1_000_000);
        let first = json.pointer("/results/0").unwrap();
        assert_eq!(first.get("case").unwrap(), "scan");
        assert_eq!(first.get("peer").unwrap(), "c-loop");
        assert_eq!(first.get("ours_ns").unwrap(), 80e6);
        assert_eq!(first.get("peer_ns").unwrap(), 320e6);
        assert_eq!(first.get("ratio").unwrap(), 4.0);
        assert_eq!(first.get("target").unwrap(), 3.5);
    }

    #[test]
    fn the_limit_is_bytes_over_bandwidth() {
        assert!((example().limit_nanoseconds() - 10.0).abs() < 1e-9);
    }
}
