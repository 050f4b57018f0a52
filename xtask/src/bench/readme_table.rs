//! The README's table and chart, made from a file of results.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::case::{CASES, Unit};
use super::chart;
use super::document::{Document, Entry};
use super::numbers::{float, thousands, time};
use super::target;
use crate::readme;
use crate::root::root;

/// The results that the README shows.
const RESULTS: &str = "clib/benches/numbers.json";

/// The chart that the README shows.
const CHART: &str = "clib/benches/numbers.svg";

/// Keeps the results, and brings the table between the README's markers, and the chart, up to them.
pub(crate) fn update(file: &Path) -> Result<()> {
    let document = Document::read(file)?;
    let changed = readme::replace(&readme::text()?, "bench", &block(&document))?;
    let kept = root().join(RESULTS);
    let same = kept.exists() && fs::canonicalize(file)? == fs::canonicalize(&kept)?;
    if !same {
        fs::copy(file, &kept).with_context(|| format!("cannot write {}", kept.display()))?;
    }
    fs::write(root().join("README.md"), changed).context("cannot write README.md")?;
    chart::write(&document, &root().join(CHART))?;
    println!("README.md, {RESULTS} and {CHART} are up to date");
    Ok(())
}

/// Fails unless the README and the chart show the results that are kept.
pub(crate) fn check() -> Result<()> {
    let document = Document::read(&root().join(RESULTS))?;
    let text = readme::text()?;
    let drawn = fs::read_to_string(root().join(CHART)).unwrap_or_default();
    ensure!(
        readme::replace(&text, "bench", &block(&document))? == text
            && chart::draw(&document) == drawn,
        "README.md or {CHART} does not show what {RESULTS} holds: `cargo xtask bench --readme {RESULTS}`"
    );
    Ok(())
}

fn block(document: &Document) -> String {
    let mut text = format!(
        "![The peers' times over ours]({CHART})\n\n\
         {} rows; times are medians, ratios are medians of pairs of neighbouring runs (smallest to largest).\n\n\
         | case | against | ours | theirs | ratio | target |\n\
         |---|---|--:|--:|--:|--:|\n",
        thousands(document.rows)
    );
    for case in &CASES {
        for entry in document
            .results
            .iter()
            .filter(|entry| entry.case == case.name)
        {
            text += &row(entry, case.unit, document.rows);
        }
    }
    text.push('\n');
    let (name, most) = target::QUERY_CROSSINGS;
    if let Some(crossings) = document
        .results
        .iter()
        .find(|entry| entry.case == name)
        .and_then(|entry| entry.crossings)
    {
        let _ = writeln!(
            text,
            "- A query of `{name}` cost {crossings} calls between Rust and C; at most {most} are aimed at."
        );
    }
    if let Some(scaling) = document.scaling {
        let _ = writeln!(
            text,
            "- Two processes that scan at the same time did {scaling} times the work of one: what `scan-parallel` can reach."
        );
    }
    if let Some((rows, tenfold)) = document.peaks {
        let _ = writeln!(
            text,
            "- A scan batch by batch peaked at {} KiB, and at {} KiB with ten times the rows: {:.2} times.",
            thousands(rows),
            thousands(tenfold),
            float(tenfold) / float(rows)
        );
    }
    let _ = writeln!(
        text,
        "- The physical limit: the table's pages are {} bytes, and memory copies {:.1} GB in a second, so {:.1} ns per row.",
        thousands(document.bytes),
        document.bandwidth / 1e9,
        document.limit_nanoseconds()
    );
    for (case, why) in &document.missing {
        let _ = writeln!(text, "- `{case}`: {why}.");
    }
    text
}

fn row(entry: &Entry, unit: Unit, rows: u64) -> String {
    let (name, units) = unit.of(rows);
    let shown = |nanoseconds: f64| format!("{} per {name}", time(nanoseconds / units));
    let aim = target::least(&entry.case, &entry.peer).map_or(String::new(), |least| {
        let met = if entry.ratio.median >= least {
            "met"
        } else {
            "missed"
        };
        format!("{least}, {met}")
    });
    format!(
        "| `{}` | {} | {} | {} | {} | {aim} |\n",
        entry.case,
        entry.peer,
        shown(entry.ours),
        shown(entry.theirs),
        entry.ratio
    )
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::example;
    use super::*;

    #[test]
    fn results_become_rows() {
        let block = block(&example());
        assert!(block.contains(
            "| `scan` | c-loop | 80 ns per row | 320 ns per row | 4.00 (4.00 to 4.00) | 3.5, met |\n"
        ));
        assert!(
            block.contains(
                "| `fill-100x10` | go-sqlite3 | 10.0 µs per query | 180.0 µs per query |"
            )
        );
        assert!(block.contains("| `load` | c-loop | 500 ns per row | 400 ns per row | 0.80 (0.80 to 0.80) | 2.3, missed |"));
        assert!(block.contains("1.01 times"));
    }
}
