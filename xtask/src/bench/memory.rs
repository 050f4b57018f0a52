//! The peak of memory of a scan batch by batch, of the table and of one ten times as long.

use anyhow::Result;

use super::case;
use super::compare::Outcome;
use super::document::Document;
use super::numbers::{float, thousands};
use super::target;
use super::workplace::{Workplace, remove};

pub(crate) fn measure(workplace: &Workplace<'_>, document: &mut Document) -> Result<Outcome> {
    let ours = &workplace.peers.ours;
    let rows = workplace.rows;
    let small = ours.run("stream", &workplace.database, rows, None)?;
    let tenfold = workplace.file("tenfold.db");
    ours.run("make-table", &tenfold, rows * 10, None)?;
    let large = ours.run("stream", &tenfold, rows * 10, None)?;
    remove(&tenfold)?;
    document.peaks = Some((small.peak_kib, large.peak_kib));
    let mut said = format!(
        "peak {} KiB with {} rows, {} KiB with ten times as many: {:.2} times",
        thousands(small.peak_kib),
        thousands(rows),
        thousands(large.peak_kib),
        float(large.peak_kib) / float(small.peak_kib)
    );
    let ratio = float(small.peak_kib) / float(large.peak_kib);
    if let Some(verdict) = target::verdict(case::MEMORY, "own", ratio) {
        said += &format!("; smaller over larger {ratio:.2}, {verdict}");
    }
    Ok(Outcome::Said(said))
}
