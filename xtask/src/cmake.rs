//! A SQLite that another build system has built, handed in as the README says: `tests/cmake` is built and its program run.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{self, run};
use crate::root::{cargo, root};
use crate::source::{self, pin};

/// Says why it was not done, where CMake is not there.
pub(crate) fn check() -> Result<Option<&'static str>> {
    if process::output(Command::new("cmake").arg("--version")).is_none() {
        return Ok(Some("CMake is not installed (Debian: cmake)"));
    }
    let target = root().join("target");
    let define = |name: &str, path: &std::path::Path| format!("-D{name}={}", path.display());
    run(Command::new("cmake")
        .current_dir(root())
        .args(["-S", "tests/cmake", "-B", "target/cmake"])
        .arg(define("SQLITE3_SOURCE_DIR", &source::folder()?))
        .arg(define("CARGO", &cargo()))
        .arg(define("CARGO_TARGET_DIR", &target)))?;
    run(Command::new("cmake")
        .current_dir(root())
        .args(["--build", "target/cmake"]))?;
    let program = target.join("debug/examples/link_mode");
    let said = process::output(&mut Command::new(&program))
        .with_context(|| format!("{} fails", program.display()))?;
    let expected = format!("system {} 6\n", pin::SQLITE_VERSION);
    ensure!(
        said == expected,
        "the program says `{said}`, expected `{expected}`"
    );
    println!("with CMake's SQLite: {}", said.trim());
    Ok(None)
}
