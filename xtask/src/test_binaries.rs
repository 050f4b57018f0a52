//! The test binaries that Cargo makes, one by one, so that they can be run in another way than Cargo runs them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::process;
use crate::root::{cargo, root};

/// The packages whose tests reach C and are part of the library.
pub(crate) const LIBRARY: [&str; 3] = ["clib-sys", "clib", "clib-tests"];

/// The test targets of compile-fail cases, which run the compiler, and of models, which change stacks, which checkers do not follow.
/// Neither reaches C.
const LEFT_OUT: [&str; 3] = ["compile_fail", "pool_model", "token_model"];

/// A test binary that Cargo made.
pub(crate) struct Binary {
    name: String,
    pub(crate) path: PathBuf,
    /// Where Cargo would run it.
    folder: PathBuf,
}

/// Builds tests with `command` (a `cargo test --no-run`) and returns those of `packages`, compile-fail cases and models left out.
pub(crate) fn build(command: &mut Command, packages: &[&str]) -> Result<Vec<Binary>> {
    let folders = folders(packages)?;
    let mut binaries = Vec::new();
    command
        .current_dir(root())
        .arg("--message-format=json-render-diagnostics");
    process::run_lines(command, |line| binaries.extend(binary(line, &folders)))?;
    ensure!(
        !binaries.is_empty(),
        "no test binary came of {}",
        process::shown(command)
    );
    binaries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(binaries)
}

/// Runs each binary with the command that `command` makes for it, as many at once as there are processors: a checker may keep
/// a program to one of them, and a program's last test leaves the others idle. What a binary says is shown if it fails,
/// which ends the run.
pub(crate) fn run(
    binaries: &[Binary],
    runner: &str,
    command: impl Fn(&Binary) -> Command + Sync,
) -> Result<Totals> {
    let left = Mutex::new(binaries.iter());
    let next = || left.lock().ok()?.next();
    let worker = || {
        let mut totals = Totals::default();
        while let Some(binary) = next() {
            match run_one(binary, runner, &mut command(binary)) {
                Ok(more) => totals.add(&more),
                Err(error) => {
                    while next().is_some() {}
                    return Err(error);
                }
            }
        }
        Ok(totals)
    };
    std::thread::scope(|scope| {
        let workers = available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut totals = Totals::default();
        for worker in workers {
            match worker.join() {
                Ok(more) => totals.add(&more?),
                Err(_) => bail!("{runner}: a worker panicked"),
            }
        }
        Ok(totals)
    })
}

fn run_one(binary: &Binary, runner: &str, command: &mut Command) -> Result<Totals> {
    println!("--- {runner}: {}", binary.name);
    let start = Instant::now();
    let said = process::run_quietly(
        command
            .arg("--show-output") // of passed tests too: what they left out
            .current_dir(&binary.folder)
            .env("CARGO_MANIFEST_DIR", &binary.folder),
    )
    .with_context(|| format!("{runner}: {}", binary.name))?;
    let totals = Totals::of(&said);
    println!(
        "--- {runner}: {}: {totals}, {:.1} s",
        binary.name,
        start.elapsed().as_secs_f64()
    );
    Ok(totals)
}

/// The packages by their folders.
fn folders(packages: &[&str]) -> Result<BTreeMap<PathBuf, String>> {
    let mut command = Command::new(cargo());
    command
        .current_dir(root())
        .args(["metadata", "--no-deps", "--format-version=1"]);
    let json = process::output(&mut command)
        .with_context(|| format!("failed: {}", process::shown(&command)))?;
    let metadata: Value = serde_json::from_str(&json)?;
    let all = metadata.get("packages").and_then(Value::as_array);
    Ok(all
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let name = package.get("name")?.as_str()?;
            let manifest = Path::new(package.get("manifest_path")?.as_str()?);
            Some((manifest.parent()?.to_owned(), name.to_owned()))
        })
        .filter(|(_, name)| packages.contains(&name.as_str()))
        .collect())
}

/// The binary that a line of Cargo's messages tells of, if it is one of ours.
fn binary(line: &str, folders: &BTreeMap<PathBuf, String>) -> Option<Binary> {
    let message: Value = serde_json::from_str(line).ok()?;
    if !message.get("profile")?.get("test")?.as_bool()? {
        return None;
    }
    let path = message.get("executable")?.as_str()?;
    let folder = Path::new(message.get("manifest_path")?.as_str()?).parent()?;
    let target = message.get("target")?.get("name")?.as_str()?;
    let package = folders.get(folder)?;
    (!LEFT_OUT.contains(&target)).then(|| Binary {
        name: format!("{package}: {target}"),
        path: path.into(),
        folder: folder.to_owned(),
    })
}

/// What the closing lines of `cargo test` add up to.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) binaries: u32,
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
    /// Of those that passed, how many left out what the library in use lacks; zero where their output is not shown.
    pub(crate) partial: u32,
}

impl Totals {
    /// What the lines of one or more test binaries say.
    pub(crate) fn of(said: &str) -> Self {
        let mut totals = Self::default();
        for result in said
            .lines()
            .filter_map(|line| line.strip_prefix("test result: "))
        {
            totals.binaries += 1;
            for part in result.split([';', '.']) {
                let mut words = part.split_whitespace();
                let (Some(count), Some(what)) = (words.next(), words.next()) else {
                    continue;
                };
                let Ok(count) = count.parse::<u32>() else {
                    continue;
                };
                match what {
                    "passed" => totals.passed += count,
                    "failed" => totals.failed += count,
                    "ignored" => totals.ignored += count,
                    _ => {}
                }
            }
        }
        totals.partial = partial(said);
        totals
    }

    pub(crate) fn add(&mut self, more: &Self) {
        self.binaries += more.binaries;
        self.passed += more.passed;
        self.failed += more.failed;
        self.ignored += more.ignored;
        self.partial += more.partial;
    }
}

/// How many tests say that they skipped something.
fn partial(said: &str) -> u32 {
    let mut count = 0;
    let mut counted = true; // before the first test
    for line in said.lines() {
        if line.starts_with("---- ") {
            counted = false;
        } else if line.starts_with("skipped: ") && !counted {
            counted = true;
            count += 1;
        }
    }
    count
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed", self.passed)?;
        if self.partial > 0 {
            write!(f, " ({} of them in part)", self.partial)?;
        }
        write!(f, ", {} failed, {} ignored", self.failed, self.ignored)?;
        if self.binaries > 1 {
            write!(f, " in {} runs", self.binaries)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_added_up() {
        let mut totals = Totals::of(
            "running 3 tests\n\
             test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n",
        );
        assert_eq!(totals.to_string(), "3 passed, 0 failed, 1 ignored");
        totals.add(&Totals::of(
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.00s",
        ));
        assert_eq!(
            totals.to_string(),
            "5 passed, 1 failed, 1 ignored in 2 runs"
        );
    }

    #[test]
    fn tests_that_leave_something_out_are_told() {
        let totals = Totals::of(
            "successes:\n\n---- a stdout ----\nskipped: SQLite 3.34.1 has no STRICT\nskipped: SQLite 3.34.1 has no log\n\n\
             ---- b stdout ----\nhello\n\n---- c stdout ----\nskipped: SQLite 3.34.1 has no STRICT\n\n\n\
             successes:\n    a\n    b\n    c\n\n\
             test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s\n",
        );
        assert_eq!(
            totals.to_string(),
            "4 passed (2 of them in part), 0 failed, 0 ignored"
        );
    }

    #[test]
    fn test_binaries_are_told_from_the_rest() {
        let folders = BTreeMap::from([(PathBuf::from("/w/clib"), "clib".to_owned())]);
        let message = |target: &str, test: bool, executable: &str, folder: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"{folder}/Cargo.toml","target":{{"name":"{target}"}},"profile":{{"test":{test}}},"executable":{executable}}}"#
            )
        };
        let found = |line: &str| binary(line, &folders).map(|binary| binary.name);
        assert_eq!(
            found(&message("rows", true, "\"/t/rows\"", "/w/clib")),
            Some("clib: rows".to_owned())
        );
        for other in [
            message("rows", false, "\"/t/rows\"", "/w/clib"),
            message("rows", true, "null", "/w/clib"),
            message("rows", true, "\"/t/rows\"", "/w/xtask"),
            message("compile_fail", true, "\"/t/c\"", "/w/clib"),
            r#"{"reason":"build-finished","success":true}"#.to_owned(),
        ] {
            assert_eq!(found(&other), None, "{other}");
        }
    }
}
