//! `cargo xtask ci [STEP]...`: everything that must hold, in order; the first failure ends it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::process::{self, run, run_lines};
use crate::root::{cargo, root};
use crate::sanitize::Outcome;
use crate::test_binaries::{self, Totals};
use crate::{
    bench, bindgen, cmake, dependencies, dockerfile, matrix, package, readme, sanitize, symbols,
    vendor,
};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run only these steps
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
}

/// A step: its name, what it shows, and how it is run.
struct Step(&'static str, &'static str, fn() -> Result<Note>);

/// What a step wants to be said of it at the end.
type Note = Option<String>;

const STEPS: [Step; 21] = [
    Step("fmt", "the code is formatted", fmt),
    Step("clippy", "no lint, in every target", clippy),
    Step(
        "features",
        "no lint without Arrow, with every feature, and linked to the system's SQLite; bindings made when built pass the tests",
        features,
    ),
    Step("doc", "the documentation builds without a warning", doc),
    Step("test", "cargo test --workspace", test),
    Step(
        "unchanged",
        "an unchanged tree is not compiled again",
        unchanged,
    ),
    Step("system", "the tests pass on the system's SQLite", system),
    Step(
        "dlopen",
        "the tests pass on a library that is opened at run time, built without a C compiler",
        dlopen,
    ),
    Step(
        "external",
        "the tests pass on a SQLite that others link, and beside rusqlite",
        external,
    ),
    Step(
        "dependent",
        "a crate with C of its own compiles against what is linked",
        dependent,
    ),
    Step(
        "extension",
        "an extension in Debian's sqlite3 and in clib, built alone and together with a program; one of Debian's in clib",
        extension,
    ),
    Step(
        "cmake",
        "a program is linked with a SQLite that CMake has built",
        cmake_example,
    ),
    Step(
        "bindgen",
        "the committed bindings are those of the pinned header, and all of it is wrapped or left out for a reason",
        bindings,
    ),
    Step(
        "vendor",
        "the pin's files agree, and the source is the pinned one",
        pin,
    ),
    Step(
        "dependencies",
        "every dependency has a reason, an allowed licence and source, and no known advisory",
        supply_chain,
    ),
    Step(
        "package",
        "from the packages alone, offline, a program opens a database and the documentation builds",
        packages,
    ),
    Step(
        "asan",
        "AddressSanitizer finds nothing, leaks included",
        asan,
    ),
    Step(
        "valgrind",
        "valgrind finds nothing, leaks included",
        valgrind,
    ),
    Step(
        "bench",
        "the benchmark's programs work and agree, run small and unoptimised",
        bench_smoke,
    ),
    Step(
        "readme",
        "the README's commands work as printed",
        readme_commands,
    ),
    Step(
        "dockerfile",
        "the image of the Dockerfile needs no toolchain",
        docker,
    ),
];

pub(crate) fn run_all(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for Step(name, shows, _) in &STEPS {
            println!("{name:<10} {shows}");
        }
        return Ok(());
    }
    if let Some(unknown) = arguments
        .steps
        .iter()
        .find(|asked| !STEPS.iter().any(|Step(name, ..)| name == asked))
    {
        bail!("no step `{unknown}`; `cargo xtask ci --list` names them");
    }
    let wanted =
        |name: &str| arguments.steps.is_empty() || arguments.steps.iter().any(|s| s == name);

    let start = Instant::now();
    let mut report = Vec::new();
    for Step(name, shows, step) in STEPS.iter().filter(|Step(name, ..)| wanted(name)) {
        println!("\n=== {name}: {shows}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        match result {
            Ok(note) => {
                println!("=== {name}: ok, {}", minutes(took));
                report.push(format!(
                    "{name:<10} {:>8}  {}",
                    minutes(took),
                    note.unwrap_or_default()
                ));
            }
            Err(error) => {
                println!("\n{}", report.join("\n"));
                return Err(error.context(format!("step `{name}` after {}", minutes(took))));
            }
        }
    }
    println!("\n{}", report.join("\n"));
    println!("all passed in {}", minutes(start.elapsed()));
    Ok(())
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

/// `cargo WORDS...`, at the root.
fn cargo_with(words: &str) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root()).args(words.split_whitespace());
    command
}

fn fmt() -> Result<Note> {
    run(&mut cargo_with("fmt --all --check"))?;
    Ok(None)
}

fn clippy() -> Result<Note> {
    run(&mut cargo_with(
        "clippy --workspace --all-targets -- -D warnings",
    ))?;
    Ok(None)
}

fn features() -> Result<Note> {
    // Linked to the system's SQLite, as another set of features would compile the vendored one again.
    for flags in [
        "-p clib-sys --all-targets --no-default-features --features system",
        "-p clib-sys --all-targets --no-default-features --features system,bindgen",
        "-p clib --no-default-features --features system",
        "-p clib --all-features",
        "-p clib-sys --all-targets --no-default-features --features system,extension",
    ] {
        run(cargo_with(&format!("clippy {flags} -- -D warnings")).env("CLIB_SYS_LINK", "system"))?;
    }
    made_bindings()
}

/// Bindings that are made of the header that each link mode finds.
fn made_bindings() -> Result<Note> {
    const TEST: &str = "test --package clib-sys --no-default-features --features";
    run(cargo_with(&format!("{TEST} system,bindgen")).env("CLIB_SYS_LINK", "system"))?;
    run(&mut cargo_with(&format!(
        "{TEST} vendored,bindgen --lib --test library"
    )))?;
    let Some(include) = package_variable("includedir") else {
        bail!("pkg-config does not say where the system's sqlite3.h is");
    };
    run(cargo_with(&format!("{TEST} external,bindgen"))
        .env("CLIB_SYS_LINK", "external")
        .env("SQLITE3_INCLUDE_DIR", include)
        .env("CLIB_SYS_EXTERNAL_LIB", "sqlite3"))?;
    Ok(None)
}

fn doc() -> Result<Note> {
    run(cargo_with("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(None)
}

fn test() -> Result<Note> {
    let mut said = String::new();
    run_lines(&mut cargo_with("test --workspace"), |line| {
        println!("{line}");
        said += line;
        said.push('\n');
    })?;
    Ok(Some(Totals::of(&said).to_string()))
}

fn unchanged() -> Result<Note> {
    let mut command = cargo_with("test --workspace --no-run");
    // Quiet, it would not say so.
    let output = command.env("CARGO_TERM_QUIET", "false").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "failed: {}\n{said}",
        process::shown(&command)
    );
    if let Some(line) = said
        .lines()
        .find(|line| line.trim_start().starts_with("Compiling"))
    {
        bail!(
            "`cargo test` on an unchanged tree compiles again: {}",
            line.trim()
        );
    }
    Ok(None)
}

fn system() -> Result<Note> {
    const PACKAGES: [&str; 4] = ["clib-sys", "clib", "clib-cli", "clib-tests"];
    // In the usual target folder: what does not depend on the link mode is not compiled again.
    let mut build = cargo_with("test --no-run --no-default-features --features system,arrow");
    build.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    let binaries = test_binaries::build(&mut build, &PACKAGES)?;
    let totals = test_binaries::run(&binaries, "system", |binary| Command::new(&binary.path))?;
    // Found by its folder, and static: what it lacks is not needed to link.
    if let Some(folder) = archive_folder() {
        run(cargo_with(
            "test --package clib-sys --test library --no-default-features --features system",
        )
        .env("SQLITE3_NO_PKG_CONFIG", "1")
        .env("SQLITE3_LIB_DIR", folder)
        .env("SQLITE3_STATIC", "1"))?;
    }
    let version = process::output(Command::new("pkg-config").args(["--modversion", "sqlite3"]));
    let version = version.unwrap_or_default();
    Ok(Some(format!("SQLite {}, {totals}", version.trim())))
}

/// The folder of the system's SQLite, where that has an archive too.
fn archive_folder() -> Option<String> {
    let folder = package_variable("libdir")?;
    let has_archive = Path::new(&folder).join("libsqlite3.a").exists();
    has_archive.then_some(folder)
}

/// What pkg-config says of the system's SQLite.
fn package_variable(name: &str) -> Option<String> {
    let asked = format!("--variable={name}");
    let value = process::output(Command::new("pkg-config").args([&asked, "sqlite3"]))?;
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn dlopen() -> Result<Note> {
    // What would ask for a compiler, a header or a library is not even there.
    let mut tree = cargo_with(
        "tree --package clib-sys --no-default-features --features dlopen --edges normal,build --prefix none",
    );
    let Some(list) = process::output(&mut tree) else {
        bail!("failed: {}", process::shown(&tree));
    };
    for absent in ["bindgen", "cc", "clib-src", "pkg-config"] {
        ensure!(
            !list
                .lines()
                .any(|line| line.split_whitespace().next() == Some(absent)),
            "link mode `dlopen` depends on {absent}"
        );
    }
    Ok(Some(matrix::mode("dlopen")?.test()?.to_string()))
}

fn external() -> Result<Note> {
    // In the usual target folder: most of what it needs is there.
    run(&mut cargo_with(
        "test --locked --manifest-path tests/external/Cargo.toml --target-dir target",
    ))?;
    // An archive that the environment names, from its folder.
    if let Some(folder) = archive_folder() {
        run(cargo_with(
            "test --package clib-sys --test library --no-default-features --features external",
        )
        .env("SQLITE3_LIB_DIR", folder)
        .env("CLIB_SYS_EXTERNAL_LIB", "static=sqlite3"))?;
    }
    Ok(Some(matrix::mode("external")?.test()?.to_string()))
}

fn dependent() -> Result<Note> {
    for mode in ["vendored", "system"] {
        run(&mut cargo_with(&format!(
            "test --locked --manifest-path tests/dependent/Cargo.toml --target-dir target \
             --no-default-features --features {mode}"
        )))?;
    }
    Ok(None)
}

fn extension() -> Result<Note> {
    // The host's table: read from the system's library, which is opened, and from the vendored one, which is newer.
    for flags in [
        "--no-default-features --features extension",
        "--lib --test own_table --no-default-features --features vendored,extension",
    ] {
        run(&mut cargo_with(&format!("test --package clib-sys {flags}")))?;
    }
    run(&mut cargo_with(
        "test --package clib --lib --no-default-features --features arrow,extension",
    ))?;
    run(&mut cargo_with(
        "test --package clib --doc --no-default-features --features arrow,extension -- extension",
    ))?;
    // Cargo builds a workspace with the features of all its packages: then the extension has a SQLite of its own, which it must not call.
    for (packages, mode) in [
        ("--package clib-extension", "dlopen"),
        ("--workspace", "vendored"),
    ] {
        const EXTENSION: &str =
            "--locked --manifest-path tests/extension/Cargo.toml --target-dir target";
        run(&mut cargo_with(&format!("build {EXTENSION} {packages}")))?;
        let tests = if mode == "dlopen" {
            "--package clib-extension-host"
        } else {
            packages
        };
        run(cargo_with(&format!("test {EXTENSION} {tests}")).env("CLIB_EXTENSION_MODE", mode))?;
    }
    let version = process::output(Command::new("sqlite3").arg("--version"));
    let version = version.as_deref().and_then(|text| text.split(' ').next());
    Ok(version.map(|version| format!("sqlite3 {version}")))
}

fn cmake_example() -> Result<Note> {
    Ok(skipped(cmake::check()?))
}

fn docker() -> Result<Note> {
    Ok(skipped(dockerfile::check()?))
}

/// What a step says that could not do all.
fn skipped(reason: Option<&'static str>) -> Note {
    reason.map(|reason| format!("SKIPPED: {reason}"))
}

fn bindings() -> Result<Note> {
    bindgen::run(&bindgen::Arguments { check: true })?;
    symbols::run(&symbols::Arguments {
        check: true,
        lacking: None,
    })?;
    Ok(None)
}

fn pin() -> Result<Note> {
    vendor::run(&vendor::Arguments {
        check: true,
        update: None,
    })?;
    Ok(None)
}

fn supply_chain() -> Result<Note> {
    dependencies::run(&dependencies::Arguments { check: true })?;
    Ok(skipped(dependencies::deny()?))
}

fn packages() -> Result<Note> {
    Ok(skipped(package::run(false)?))
}

fn bench_smoke() -> Result<Note> {
    bench::smoke()?;
    Ok(None)
}

fn asan() -> Result<Note> {
    noted(sanitize::asan(None)?)
}

fn valgrind() -> Result<Note> {
    noted(sanitize::valgrind(None)?)
}

#[expect(clippy::unnecessary_wraps, reason = "a step's result")]
fn noted(outcome: Outcome) -> Result<Note> {
    Ok(match outcome {
        Outcome::Clean => None,
        Outcome::Skipped(reason) => Some(format!("SKIPPED: {reason}")),
    })
}

fn readme_commands() -> Result<Note> {
    let commands = readme::commands(&readme::text()?)?;
    for file in commands.iter().flat_map(|command| readme::outputs(command)) {
        match fs::remove_file(root().join(file)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                bail!("cannot remove {file}: {error}")
            }
            _ => {}
        }
    }
    for command in &commands {
        println!("$ {command}");
        run(Command::new("sh")
            .current_dir(root())
            .args(["-ec", command]))?;
    }
    Ok(Some(format!("{} commands", commands.len())))
}
