//! Compiles `src/double.c` against the `sqlite3.h` of the SQLite that clib links.

use std::env;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=src/double.c");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("clib-dependent: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    for name in ["MODE", "VERSION"] {
        println!("cargo::rustc-env=DEPENDENT_{name}={}", told(name)?);
    }
    let include = told("INCLUDE")?;
    exists(&Path::new(&include).join("sqlite3.h"))?;
    // Nothing here needs the library's file. It shows that it is told.
    exists(Path::new(&told("LIBRARY")?))?;
    cc::Build::new()
        .file("src/double.c")
        .include(include)
        .compile("clib_dependent");
    Ok(())
}

/// What clib-sys says of the SQLite that it links. Not every link mode knows everything.
fn told(name: &str) -> Result<String, String> {
    let variable = format!("DEP_CLIB_{name}");
    env::var(&variable).map_err(|_| {
        format!(
            "{variable} is not known in link mode `{}`: take `vendored`, or `system` with pkg-config",
            env::var("DEP_CLIB_MODE").unwrap_or_default()
        )
    })
}

fn exists(file: &Path) -> Result<(), String> {
    if file.exists() {
        Ok(())
    } else {
        Err(format!("there is no {}", file.display()))
    }
}
