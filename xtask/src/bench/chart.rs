//! The results as a picture: how many times our time each peer takes, as bars on a logarithmic scale.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::document::{Document, Entry};
use super::numbers::thousands;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 220.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 64.0;
const BAR: f64 = 14.0;
const STEP: f64 = 20.0;
/// Above the first bar of a case.
const GAP: f64 = 8.0;

/// Where lines across the scale may stand.
const TICKS: [f64; 9] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0];

pub(crate) fn write(document: &Document, file: &Path) -> Result<()> {
    fs::write(file, draw(document)).with_context(|| format!("cannot write {}", file.display()))
}

/// The picture, as SVG.
pub(crate) fn draw(document: &Document) -> String {
    let most = document
        .results
        .iter()
        .map(|entry| entry.ratio.median)
        .fold(2.0, f64::max);
    let scale = Scale { most };
    let bars = bars(&document.results, &scale);
    let height = TOP + bars.height + 16.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <!-- Made by `cargo xtask bench`. Do not edit. -->\n\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"15\" fill=\"#111111\">The peer's time over ours, {} rows of 10 columns (longer is better for us)</text>\n",
        thousands(document.rows)
    );
    for tick in TICKS.iter().filter(|tick| **tick <= most * 1.05) {
        let x = scale.x(*tick);
        let colour = if (*tick - 1.0).abs() < 1e-9 {
            "#444444"
        } else {
            "#dddddd"
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            svg,
            "<line x1=\"{x:.1}\" y1=\"{:.0}\" x2=\"{x:.1}\" y2=\"{:.0}\" stroke=\"{colour}\"/>\
             <text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666666\">{tick}</text>",
            TOP - 6.0,
            TOP + bars.height,
            TOP - 12.0
        );
    }
    svg + &bars.text + "</svg>\n"
}

/// From a ratio to a place on the picture.
struct Scale {
    most: f64,
}

impl Scale {
    fn x(&self, ratio: f64) -> f64 {
        let least = 0.5_f64;
        let part = (ratio.max(least) / least).ln() / (self.most / least).ln();
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }
}

struct Bars {
    text: String,
    height: f64,
}

fn bars(results: &[Entry], scale: &Scale) -> Bars {
    let mut text = String::new();
    let mut y = 0.0;
    let mut last = "";
    for entry in results {
        let first = entry.case != last;
        last = &entry.case;
        if first {
            y += GAP;
        }
        let (from, to) = (scale.x(1.0), scale.x(entry.ratio.median));
        let (start, length) = (from.min(to), (to - from).abs().max(0.5));
        let colour = if entry.ratio.median >= 1.0 {
            "#2f6fab"
        } else {
            "#c0504d"
        };
        let baseline = TOP + y + BAR - 3.0;
        let case = if first { entry.case.as_str() } else { "" };
        let _ = writeln!(
            text,
            "<text x=\"12\" y=\"{baseline:.0}\" fill=\"#111111\">{case}</text>\
             <text x=\"{:.0}\" y=\"{baseline:.0}\" text-anchor=\"end\" fill=\"#444444\">{}</text>\
             <rect x=\"{start:.1}\" y=\"{:.0}\" width=\"{length:.1}\" height=\"{BAR:.0}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{baseline:.0}\" fill=\"#111111\">{:.1}</text>",
            LEFT - 10.0,
            entry.peer,
            TOP + y,
            to.max(from) + 5.0,
            entry.ratio.median
        );
        y += STEP;
    }
    Bars { text, height: y }
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::example;
    use super::*;

    #[test]
    fn each_result_has_a_bar() {
        let svg = draw(&example());
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        // One more is the background.
        assert_eq!(svg.matches("<rect ").count(), example().results.len() + 1);
        assert!(svg.contains(">18.0</text>"));
        // The load is slower in the example, and its bar another colour.
        assert_eq!(svg.matches("#c0504d").count(), 1);
    }

    #[test]
    fn longer_bars_are_larger_ratios() {
        let scale = Scale { most: 20.0 };
        assert!(scale.x(2.0) > scale.x(1.0));
        assert!((scale.x(20.0) - (WIDTH - RIGHT)).abs() < 1e-9);
        // What is smaller than the scale begins at its start.
        assert!((scale.x(0.01) - LEFT).abs() < 1e-9);
    }
}
