//! The oldest SQLite that `clib` works with, as an installed library that is found through pkg-config: what an old system has.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::process;
use crate::root::{cargo, root};
use crate::source::verified;

/// The crate that carries it: `tests/oldest` pins it.
const CARRIER: (&str, &str) = ("sqlite3-src", "0.3.0");
const VERSION: &str = "3.34.1";

/// What Debian's library has beyond the defaults, as far as `clib` or its tests use it.
const OPTIONS: [&str; 7] = [
    "-DHAVE_USLEEP=1", // else waiting for a lock takes whole seconds
    "-DSQLITE_ENABLE_COLUMN_METADATA",
    "-DSQLITE_ENABLE_DBSTAT_VTAB",
    "-DSQLITE_ENABLE_JSON1",
    "-DSQLITE_ENABLE_PREUPDATE_HOOK",
    "-DSQLITE_ENABLE_RTREE",
    "-DSQLITE_THREADSAFE=1",
];

/// Compiles it, and returns the variables with which builds find it and programs run with it.
pub(crate) fn variables() -> Result<Vec<(&'static str, OsString)>> {
    let (name, version) = CARRIER;
    let source = verified::Cargo::new(cargo())
        .source_in(
            &root().join("tests/oldest/Cargo.toml"),
            name,
            version,
            &["--locked"],
        )
        .map_err(|error| anyhow!("Cargo gives no {name} {version}: {error}"))?
        .with_file_name("source");
    let folder = root().join("target/oldest");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    process::run(
        Command::new("cc")
            .args([
                "-shared",
                "-fPIC",
                "-O2",
                "-w",
                "-Wl,-soname,libsqlite3.so.0",
            ])
            .args(OPTIONS)
            .arg(source.join("sqlite3.c"))
            .args(["-lpthread", "-ldl", "-lm", "-o"])
            .arg(folder.join("libsqlite3.so.0")),
    )?;
    fs::copy(folder.join("libsqlite3.so.0"), folder.join("libsqlite3.so"))?;
    fs::copy(source.join("sqlite3.h"), folder.join("sqlite3.h"))?;
    fs::write(folder.join("sqlite3.pc"), package(&folder))?;
    Ok(vec![
        ("PKG_CONFIG_LIBDIR", folder.clone().into()),
        ("PKG_CONFIG_PATH", OsString::new()),
        ("LD_LIBRARY_PATH", folder.into()),
    ])
}

fn package(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "Name: SQLite\nDescription: the oldest that works\nVersion: {VERSION}\n\
         Libs: -L{folder} -lsqlite3\nCflags: -I{folder}\n"
    )
}
