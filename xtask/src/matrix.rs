//! `cargo xtask matrix [--readme] [MODE]...`: every link mode that this machine can run, measured and tested.
//!
//! For each: the time that a small program takes to build from nothing (optimised, without Arrow, on an empty target folder), its
//! size, what a call of a function that does nothing costs, and how many tests pass: those of `clib-sys`, `clib` and `clib-tests`,
//! compile-fail cases and documentation left out. Tests that leave out what the mode's library lacks are told apart. The first that
//! fails ends it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::oldest;
use crate::process;
use crate::readme;
use crate::root::{cargo, root};
use crate::test_binaries::{self, LIBRARY, Totals};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Bring the README's table up to date; rows of modes that are not run stay
    #[arg(long)]
    readme: bool,
    /// Run only these modes
    #[arg(value_name = "MODE")]
    modes: Vec<String>,
}

/// A way to link: its name, the features that it is (the first is the link mode), what it needs of the machine, and what tells
/// whether that is there.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    features: &'static str,
    needs: &'static str,
    probe: (&'static str, &'static [&'static str]),
    /// Variables for building and running it.
    variables: fn() -> Result<Variables>,
}

type Variables = Vec<(&'static str, OsString)>;

fn none() -> Result<Variables> {
    Ok(Vec::new())
}

/// What stands for the other crate of the program: the system's library.
fn systems_library() -> Result<Variables> {
    Ok(vec![
        ("CLIB_SYS_EXTERNAL_LIB", "sqlite3".into()),
        ("PKG_CONFIG", "false".into()),
    ])
}

/// No library and no compiler may be asked for.
fn nothing_to_ask() -> Result<Variables> {
    Ok(["CC", "CXX", "PKG_CONFIG"]
        .map(|name| (name, "false".into()))
        .into())
}

const HAS_SQLITE: (&str, &[&str]) = ("pkg-config", &["--exists", "sqlite3 >= 3.34.1"]);

const MODES: [Mode; 6] = [
    Mode {
        name: "vendored",
        features: "vendored",
        needs: "a C compiler",
        probe: ("cc", &["--version"]),
        variables: none,
    },
    Mode {
        name: "system",
        features: "system",
        needs: "the library and its `.pc` file",
        probe: HAS_SQLITE,
        variables: none,
    },
    Mode {
        name: "oldest",
        features: "system",
        needs: "as `system`; here with the oldest SQLite that works",
        probe: ("sh", &["-c", "cc --version && pkg-config --version"]),
        variables: oldest::variables,
    },
    Mode {
        name: "bindgen",
        features: "system,bindgen",
        needs: "as `system`, and libclang",
        probe: HAS_SQLITE,
        variables: none,
    },
    Mode {
        name: "external",
        features: "external",
        needs: "a crate that links SQLite",
        probe: HAS_SQLITE,
        variables: systems_library,
    },
    Mode {
        name: "dlopen",
        features: "dlopen",
        needs: "nothing; the library when it runs",
        probe: (
            "sh",
            &[
                "-c",
                "ldconfig -p | grep -q libsqlite3.so.0 || /sbin/ldconfig -p | grep -q libsqlite3.so.0",
            ],
        ),
        variables: nothing_to_ask,
    },
];

/// The mode of that name.
pub(crate) fn mode(name: &str) -> Result<&'static Mode> {
    MODES
        .iter()
        .find(|mode| mode.name == name)
        .with_context(|| format!("no link mode `{name}`"))
}

impl Mode {
    /// As `clib::LINK_MODE` says it.
    fn link_mode(&self) -> &'static str {
        self.features.split(',').next().unwrap_or(self.features)
    }

    fn runs_here(&self) -> bool {
        let (program, arguments) = self.probe;
        process::output(Command::new(program).args(arguments)).is_some()
    }

    /// Builds and runs the library's tests.
    pub(crate) fn test(&self) -> Result<Totals> {
        self.prepare()?.test()
    }

    fn prepare(&self) -> Result<Prepared<'_>> {
        let mut variables = (self.variables)()?;
        variables.push(("CLIB_SYS_LINK", self.link_mode().into()));
        Ok(Prepared {
            mode: self,
            variables,
        })
    }
}

/// A mode with what it needs made.
struct Prepared<'a> {
    mode: &'a Mode,
    variables: Variables,
}

impl Prepared<'_> {
    /// Cargo, so that nothing but this mode is on.
    fn cargo(&self, words: &str, more_features: &str) -> Command {
        let mut command = Command::new(cargo());
        command
            .current_dir(root())
            .args(words.split_whitespace())
            .arg("--no-default-features")
            .args([
                "--features",
                &format!("{}{more_features}", self.mode.features),
            ]);
        self.in_mode(&mut command);
        command
    }

    /// Sets the variables with which programs of this mode are built and run.
    fn in_mode(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Builds and runs the library's tests.
    fn test(&self) -> Result<Totals> {
        let mut build = self.cargo("test --no-run", ",arrow");
        build.args(LIBRARY.iter().flat_map(|package| ["--package", package]));
        let binaries = test_binaries::build(&mut build, &LIBRARY)?;
        test_binaries::run(&binaries, self.mode.name, |binary| {
            let mut command = Command::new(&binary.path);
            // Compile-time facts too, that some tests compare with.
            self.in_mode(&mut command);
            command
        })
    }

    /// What a program prints.
    fn says(&self, program: &Path) -> Result<String> {
        let mut command = Command::new(program);
        self.in_mode(&mut command);
        process::output(&mut command).with_context(|| format!("{} fails", program.display()))
    }
}

/// What was found of a mode.
struct Row {
    mode: &'static Mode,
    measured: Option<Measured>,
}

struct Measured {
    build_seconds: f64,
    bytes: u64,
    call_nanoseconds: f64,
    tests: Totals,
    version: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(unknown) = arguments
        .modes
        .iter()
        .find(|asked| !MODES.iter().any(|mode| mode.name == **asked))
    {
        bail!("no link mode `{unknown}`");
    }
    let wanted = |mode: &Mode| {
        arguments.modes.is_empty() || arguments.modes.iter().any(|asked| asked == mode.name)
    };
    let mut rows = Vec::new();
    for mode in MODES.iter().filter(|mode| wanted(mode)) {
        let measured = if mode.runs_here() {
            println!("\n=== {}", mode.name);
            Some(measure(mode).with_context(|| format!("link mode `{}`", mode.name))?)
        } else {
            println!(
                "\n=== {}: not on this machine, needs {}",
                mode.name, mode.needs
            );
            None
        };
        rows.push(Row { mode, measured });
    }
    println!("\n{}", table(&rows, ""));
    if arguments.readme {
        let text = readme::text()?;
        let table = table(&rows, &text);
        let changed = readme::replace(&text, "matrix", &table)?;
        fs::write(root().join("README.md"), changed).context("cannot write README.md")?;
        println!("README.md is up to date");
    }
    Ok(())
}

fn measure(mode: &Mode) -> Result<Measured> {
    let prepared = mode.prepare()?;
    let folder = root().join("target/matrix").join(mode.name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let build = |package: &str, example: &str| -> Result<PathBuf> {
        process::run(
            prepared
                .cargo(
                    &format!("build --release --package {package} --example {example}"),
                    "",
                )
                .arg("--target-dir")
                .arg(&folder),
        )?;
        Ok(folder.join("release/examples").join(example))
    };
    let start = Instant::now();
    let program = build("clib", "link_mode")?;
    let build_seconds = start.elapsed().as_secs_f64();
    let bytes = fs::metadata(&program)
        .with_context(|| format!("there is no {}", program.display()))?
        .len();
    let said = prepared.says(&program)?;
    let version = said
        .strip_prefix(mode.link_mode())
        .and_then(|rest| rest.trim().strip_suffix(" 6"))
        .with_context(|| format!("{} says `{said}`", program.display()))?
        .to_owned();
    let call = prepared.says(&build("clib-sys", "empty_call")?)?;
    let call_nanoseconds = call
        .trim()
        .parse()
        .with_context(|| format!("the cost of a call is `{call}`"))?;
    Ok(Measured {
        build_seconds,
        bytes,
        call_nanoseconds,
        version,
        tests: prepared.test()?,
    })
}

/// A row for each mode: as found now, else as it stands in `before`.
fn table(rows: &[Row], before: &str) -> String {
    let mut text = String::from(
        "| mode | needs | SQLite | build from scratch | binary | empty call | tests passed |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for mode in &MODES {
        let row = rows.iter().find(|row| row.mode.name == mode.name);
        let start = format!("| `{}` | {} | ", mode.name, mode.needs);
        if let Some(found) = row.and_then(|row| row.measured.as_ref()) {
            text += &format!(
                "{start}{} | {:.0} s | {:.1} MB | {:.1} ns | {} |\n",
                found.version,
                found.build_seconds,
                megabytes(found.bytes),
                found.call_nanoseconds,
                passed(&found.tests)
            );
        } else if let Some(line) = before.lines().find(|line| line.starts_with(&start)) {
            text += &format!("{line}\n");
        } else {
            text += &format!("{start}not run | | | | |\n");
        }
    }
    text
}

fn passed(tests: &Totals) -> String {
    match tests.partial {
        0 => tests.passed.to_string(),
        partial => format!("{} ({partial} in part)", tests.passed),
    }
}

#[expect(clippy::cast_precision_loss, reason = "to be read by people")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_each_mode() {
        let tests = Totals::of(
            "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
        );
        let measured = Measured {
            build_seconds: 61.4,
            bytes: 2_340_000,
            call_nanoseconds: 1.04,
            tests,
            version: "3.54.1".to_owned(),
        };
        let rows = [
            Row {
                mode: mode("vendored").unwrap(),
                measured: Some(measured),
            },
            Row {
                mode: mode("dlopen").unwrap(),
                measured: None,
            },
        ];
        let table = table(
            &rows,
            "before\n| `system` | the library and its `.pc` file | 3.40.1 | kept |\nbehind",
        );
        assert!(
            table.ends_with(
                "| `vendored` | a C compiler | 3.54.1 | 61 s | 2.3 MB | 1.0 ns | 7 |\n\
                 | `system` | the library and its `.pc` file | 3.40.1 | kept |\n\
                 | `oldest` | as `system`; here with the oldest SQLite that works | not run | | | | |\n\
                 | `bindgen` | as `system`, and libclang | not run | | | | |\n\
                 | `external` | a crate that links SQLite | not run | | | | |\n\
                 | `dlopen` | nothing; the library when it runs | not run | | | | |\n"
            ),
            "{table}"
        );
        assert!(mode("static").is_err());
    }

    #[test]
    fn a_modes_first_feature_is_how_it_links() {
        assert_eq!(mode("bindgen").unwrap().link_mode(), "system");
        assert_eq!(mode("dlopen").unwrap().link_mode(), "dlopen");
    }
}
