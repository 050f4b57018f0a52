//! Building the programs, or finding what runs them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::program::Program;
use crate::process;
use crate::root::{cargo, root};
// How the vendored SQLite is compiled: the C loop gets the same.
use crate::source::{self, options};

/// How programs are compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// For speed: C as Cargo's release profile compiles ours.
    Optimised,
    /// In little time, to see that they work.
    Quick,
}

impl Build {
    fn c_flag(self) -> &'static str {
        match self {
            Self::Optimised => "-O3",
            Self::Quick => "-O0",
        }
    }
}

/// Where Debian's packages put the source of Go libraries.
const DEBIAN_GO_PATH: &str = "/usr/share/gocode";

/// What the benchmark builds and keeps: `target/bench`.
pub(crate) fn folder() -> Result<PathBuf> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Our side.
pub(crate) fn ours(build: Build) -> Result<Program> {
    let words: &[&str] = match build {
        Build::Optimised => &["bench", "--no-run"],
        Build::Quick => &["build"],
    };
    cargo_builds(
        Command::new(cargo())
            .current_dir(root())
            .args(words)
            .args(["-p", "clib", "--bench", "cases"]),
    )
}

pub(crate) fn rusqlite(build: Build) -> Result<Program> {
    let release = (build == Build::Optimised).then_some("--release");
    cargo_builds(
        Command::new(cargo())
            .arg("build")
            .args(release)
            .args(["--locked", "--manifest-path"])
            .arg(root().join("tests/peers/rusqlite/Cargo.toml")),
    )
}

/// Builds, and returns the program that came out.
fn cargo_builds(command: &mut Command) -> Result<Program> {
    let mut program = None;
    command.arg("--message-format=json-render-diagnostics");
    process::run_lines(command, |line| {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(path) = message.get("executable").and_then(Value::as_str) {
            program = Some(Program::new([path]));
        }
    })?;
    program.with_context(|| format!("no program came of: {}", process::shown(command)))
}

/// The C loop, compiled with the pinned source of SQLite and the options that ours is compiled with.
pub(crate) fn c_loop(build: Build) -> Result<Program> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let source = source::folder()?;
    let library = sqlite(&compiler, &source, build)?;
    let program = folder()?.join("c-loop");
    let peer = root().join("tests/peers/c-loop");
    process::run(
        Command::new(&compiler)
            .args([
                "-std=c11",
                "-D_POSIX_C_SOURCE=200809L",
                "-Wall",
                "-Wextra",
                build.c_flag(),
            ])
            .arg("-I")
            .arg(&source)
            .args([peer.join("main.c"), peer.join("column.c")])
            .arg(library)
            .args(["-lm", "-lpthread", "-ldl"])
            .arg("-o")
            .arg(&program),
    )?;
    Ok(Program::new([program]))
}

/// SQLite as an object file, kept for the next time: it takes a minute to compile.
fn sqlite(compiler: &OsString, source: &Path, build: Build) -> Result<PathBuf> {
    let flags = sqlite_flags(build);
    let version = process::output(Command::new(compiler).arg("--version")).with_context(|| {
        format!(
            "the C loop needs a C compiler, and {} does not run",
            compiler.display()
        )
    })?;
    let what = format!("{version}\n{flags:?}\n{:?}", source::pin::FILES);
    let mut key: String = Sha256::digest(what)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    key.truncate(16);
    let kept = folder()?.join(format!("sqlite3-{key}.o"));
    if !kept.exists() {
        println!("compiling SQLite for the C loop");
        let unfinished = kept.with_extension("unfinished.o");
        process::run(
            Command::new(compiler)
                .args(&flags)
                .arg("-c")
                .arg(source.join("sqlite3.c"))
                .arg("-o")
                .arg(&unfinished),
        )?;
        fs::rename(unfinished, &kept)?;
    }
    Ok(kept)
}

fn sqlite_flags(build: Build) -> Vec<String> {
    let mut flags = vec!["-w".to_owned(), build.c_flag().to_owned()];
    for (name, value, _reason) in options::OPTIONS {
        flags.push(if value.is_empty() {
            format!("-D{name}")
        } else {
            format!("-D{name}={value}")
        });
    }
    flags
}

/// go-sqlite3, from Debian's packages. The error says what was not found.
pub(crate) fn go_sqlite3() -> Result<Program> {
    if process::output(Command::new("go").arg("version")).is_none() {
        bail!("no `go` (Debian: golang-go)");
    }
    let library = Path::new(DEBIAN_GO_PATH).join("src/github.com/mattn/go-sqlite3");
    if !library.is_dir() {
        bail!(
            "no {} (Debian: golang-github-mattn-go-sqlite3-dev)",
            library.display()
        );
    }
    let program = folder()?.join("go-sqlite3");
    process::run(
        Command::new("go")
            .current_dir(root().join("tests/peers/go-sqlite3"))
            .env("GO111MODULE", "off")
            .env("GOPATH", DEBIAN_GO_PATH)
            .args(["build", "-tags", "libsqlite3", "-o"])
            .arg(&program)
            .arg("."),
    )?;
    Ok(Program::new([program]))
}

/// One of the scripts in Python. The error says what was not found.
pub(crate) fn python(script: &str, modules: &str) -> Result<Program> {
    let own = folder()?.join("python/bin/python");
    let interpreter = if own.exists() { own } else { "python3".into() };
    let tried = Command::new(&interpreter)
        .args(["-c", &format!("import {modules}")])
        .output();
    let output = tried.with_context(|| format!("no {}", interpreter.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} (python3 -m venv {folder}, then {folder}/bin/pip install -r tests/peers/python/requirements.txt)",
            said.lines().last().unwrap_or("python does not run").trim(),
            folder = "target/bench/python"
        );
    }
    let script = root().join("tests/peers/python").join(script);
    Ok(Program::new([
        interpreter.into_os_string(),
        // No compiled files beside the script.
        "-B".into(),
        script.into_os_string(),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_c_loop_gets_the_options_of_ours() {
        let flags = sqlite_flags(Build::Optimised);
        for flag in ["-O3", "-DSQLITE_THREADSAFE=2", "-DSQLITE_USE_ALLOCA"] {
            assert!(flags.iter().any(|found| found == flag), "{flag}");
        }
    }
}
