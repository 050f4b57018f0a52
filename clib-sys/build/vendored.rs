//! `vendored`: compiles SQLite (and the kernel) from the source that `clib-src` found, as one unit, static.

use std::env;
use std::path::{Path, PathBuf};

use crate::Linked;
use crate::options::OPTIONS;
use crate::version::Version;

pub(crate) fn link() -> Result<Linked, String> {
    let source = dependency("DEP_SQLITE3_SOURCE")?;
    let version = dependency("DEP_SQLITE3_VERSION")?;
    let version =
        Version::parse(&version).ok_or_else(|| format!("clib-src says version `{version}`"))?;

    println!("cargo::rerun-if-changed=kernel");
    for name in ["CC", "CFLAGS", "AR"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let mut build = cc::Build::new();
    build
        .file(Path::new("kernel").join("unit.c"))
        .include(&source)
        // SQLite's authors do not aim for a build without warnings, and they are not ours to mend.
        .warnings(false);
    for (name, value, _reason) in OPTIONS {
        build.define(name, (!value.is_empty()).then_some(*value));
    }
    if env::var("OPT_LEVEL").is_ok_and(|level| matches!(level.as_str(), "0" | "1")) {
        // A debug build of the program is no reason to wait for an unoptimised SQLite.
        build.opt_level(2);
    }
    build.try_compile("clib_sqlite3").map_err(|error| {
        format!(
            "SQLite could not be compiled: {error}\n\
             A C compiler is needed; or link the system's SQLite: `--no-default-features --features system`."
        )
    })?;
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "unix") {
        println!("cargo::rustc-link-lib=m");
    }
    let archive = if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "msvc") {
        "clib_sqlite3.lib"
    } else {
        "libclib_sqlite3.a"
    };
    Ok(Linked {
        version: Some(version),
        include: Some(source.into()),
        library: env::var_os("OUT_DIR").map(|out| PathBuf::from(out).join(archive)),
        ..Linked::default()
    })
}

fn dependency(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: clib-src has not run"))
}
