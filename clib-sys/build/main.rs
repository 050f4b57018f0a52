//! Links SQLite in the way that the features ask for, and says to the crate and to its dependents which way that was.
//!
//! One file per concern: [`mode`] decides, `vendored` and `system` do it, [`options`] is the table of compile options.

mod mode;
#[cfg_attr(not(feature = "vendored"), allow(dead_code))]
mod options;
#[cfg(feature = "system")]
mod system;
#[cfg(feature = "vendored")]
mod vendored;
mod version;

use std::process::ExitCode;

use mode::Mode;
use version::Version;

/// What a link mode found out.
struct Linked {
    /// The version of the header, or of the library that pkg-config names.
    version: Version,
    /// The folder of `sqlite3.h`, where it is known.
    include: Option<String>,
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={}", mode::OVERRIDE);
    println!("cargo::rustc-check-cfg=cfg(sqlite_before_3_37)");
    println!("cargo::rustc-check-cfg=cfg(sqlite_before_3_38)");
    println!("cargo::rustc-check-cfg=cfg(link_mode, values(\"vendored\", \"system\"))");
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("clib-sys: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mode = mode::choose(
        std::env::var(mode::OVERRIDE).ok().as_deref(),
        &mode::enabled(),
    )?;
    let linked = match mode {
        #[cfg(feature = "vendored")]
        Mode::Vendored => vendored::link()?,
        #[cfg(feature = "system")]
        Mode::System => system::link()?,
        #[allow(
            unreachable_patterns,
            reason = "with both features on, every mode is handled above"
        )]
        mode => return Err(format!("link mode `{mode}` is not built in")),
    };
    publish(mode, &linked);
    Ok(())
}

fn publish(mode: Mode, linked: &Linked) {
    // Functions that the linked library is too old for get a stand-in (`src/compat.rs`).
    if linked.version < Version::new(3, 37, 0) {
        println!("cargo::rustc-cfg=sqlite_before_3_37");
    }
    if linked.version < Version::new(3, 38, 0) {
        println!("cargo::rustc-cfg=sqlite_before_3_38");
    }
    println!("cargo::rustc-env=CLIB_SYS_LINK_MODE={mode}");
    // The tests of the vendored library are compiled for it alone: the system's may lack what they link.
    println!("cargo::rustc-cfg=link_mode=\"{mode}\"");
    println!("cargo::rustc-env=CLIB_SYS_BUILD_VERSION={}", linked.version);
    // In dependents' build scripts: DEP_CLIB_VERSION, DEP_CLIB_MODE, DEP_CLIB_INCLUDE.
    println!("cargo::metadata=version={}", linked.version);
    println!("cargo::metadata=mode={mode}");
    if let Some(include) = &linked.include {
        println!("cargo::metadata=include={include}");
    }
}
