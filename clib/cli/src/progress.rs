//! The progress line: on a terminal only, on standard error, gone when the work is done.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::human;

/// A piece of work as the user sees it move; clones move the same line.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Whether progress is shown at all: not with `--quiet`, and not where standard error is a
    /// file or a pipe.
    pub(crate) fn is_shown(quiet: bool) -> bool {
        !quiet && std::io::stderr().is_terminal()
    }

    /// Work over `size` bytes of input, as the share of them that was read.
    pub(crate) fn over_bytes(quiet: bool, doing: &'static str, size: Option<u64>) -> Self {
        Progress::new(
            quiet,
            doing,
            size,
            "{prefix:<10} {wide_bar:.green/dim} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}{msg}  {eta} left",
            "{prefix:<10} {spinner:.green} {decimal_bytes}{msg}  {elapsed}",
        )
    }

    /// Work over rows, of which `rows` are to come where that is known.
    pub(crate) fn over_rows(quiet: bool, doing: &'static str, rows: Option<u64>) -> Self {
        Progress::new(
            quiet,
            doing,
            rows,
            "{prefix:<10} {wide_bar:.green/dim} {percent:>3} % {msg}  {eta} left",
            "{prefix:<10} {spinner:.green}{msg}  {elapsed}",
        )
    }

    fn new(
        quiet: bool,
        doing: &'static str,
        length: Option<u64>,
        with_length: &str,
        without: &str,
    ) -> Self {
        if !Progress::is_shown(quiet) {
            return Progress {
                bar: ProgressBar::hidden(),
            };
        }
        let template = if length.is_some() {
            with_length
        } else {
            without
        };
        // A template that does not parse would cost the progress line its looks, not the work.
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(10))
            .with_style(style)
            .with_prefix(doing)
            .with_finish(ProgressFinish::AndClear);
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress { bar }
    }

    /// `count` bytes or rows more are done.
    pub(crate) fn advance(&self, count: u64) {
        self.bar.inc(count);
    }

    /// Shows how many rows came by, and how fast.
    pub(crate) fn rows(&self, rows: u64) {
        if self.bar.is_hidden() {
            return;
        }
        let rate = human::per_second(rows, self.bar.elapsed());
        self.bar.set_message(format!(
            "  {} rows  {} rows/s",
            human::count(rows),
            human::count(rate)
        ));
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
