//! Links SQLite in the way that the features ask for, and says to the crate and to its dependents which way that was.
//!
//! One file per concern: [`mode`] decides, `vendored`, `system` and `external` do it, [`options`] is the table of compile
//! options, and `bindings` makes bindings where that is asked for.

#[cfg(feature = "bindgen")]
mod absent;
#[cfg(feature = "bindgen")]
mod bindings;
#[cfg(feature = "bindgen")]
mod configuration;
#[cfg_attr(
    not(any(feature = "system", feature = "external")),
    allow(dead_code, reason = "for what is found on the system")
)]
mod environment;
#[cfg(feature = "external")]
mod external;
#[cfg_attr(
    not(any(feature = "system", feature = "external")),
    allow(dead_code, reason = "for what is found on the system")
)]
mod header;
mod minimum;
mod mode;
#[cfg_attr(not(feature = "vendored"), allow(dead_code))]
mod options;
#[cfg(feature = "system")]
mod system;
#[cfg(feature = "vendored")]
mod vendored;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use mode::Mode;
use version::Version;

/// What a link mode found out, as far as it is known.
#[derive(Default)]
struct Linked {
    /// The version of the header, or of the library that pkg-config names.
    version: Option<Version>,
    /// The folder of `sqlite3.h`.
    include: Option<PathBuf>,
    /// Where that was looked for.
    #[cfg_attr(
        not(feature = "bindgen"),
        allow(dead_code, reason = "told where it is missed")
    )]
    header_folders: Vec<PathBuf>,
    /// The library's file.
    library: Option<PathBuf>,
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed={}", mode::OVERRIDE);
    println!("cargo::rustc-check-cfg=cfg(bindings, values(\"made\"))");
    println!(
        "cargo::rustc-check-cfg=cfg(link_mode, values(\"vendored\", \"system\", \"external\", \"dlopen\"))"
    );
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
        #[cfg(feature = "external")]
        Mode::External => external::link(),
        #[cfg(feature = "dlopen")]
        Mode::Dlopen => Linked::default(),
        #[allow(
            unreachable_patterns,
            reason = "with all features on, every mode is handled above"
        )]
        mode => return Err(format!("link mode `{mode}` is not built in")),
    };
    #[cfg(feature = "bindgen")]
    if mode != Mode::Dlopen {
        let include = linked
            .include
            .as_deref()
            .ok_or_else(|| header::missing(&linked.header_folders))?;
        bindings::make(include)?;
        println!("cargo::rustc-cfg=bindings=\"made\"");
    }
    publish(mode, &linked);
    Ok(())
}

fn publish(mode: Mode, linked: &Linked) {
    println!("cargo::rustc-env=CLIB_SYS_LINK_MODE={mode}");
    // What is linked, and how, is `src/functions`' to know.
    println!("cargo::rustc-cfg=link_mode=\"{mode}\"");
    // Where no version is known the library may be of any that clib works with.
    println!(
        "cargo::rustc-env=CLIB_SYS_BUILD_VERSION={}",
        linked.version.unwrap_or(minimum::MINIMUM)
    );
    // In dependents' build scripts: DEP_CLIB_MODE, DEP_CLIB_VERSION, DEP_CLIB_INCLUDE, DEP_CLIB_LIBRARY.
    println!("cargo::metadata=mode={mode}");
    if let Some(version) = linked.version {
        println!("cargo::metadata=version={version}");
    }
    if let Some(include) = &linked.include {
        println!("cargo::metadata=include={}", include.display());
    }
    if mode == Mode::System {
        // What is static becomes a part of this crate.
        let header = linked.include.iter().map(|folder| folder.join("sqlite3.h"));
        for file in linked.library.iter().cloned().chain(header) {
            // Cargo takes what is not there as changed.
            if file.exists() {
                println!("cargo::rerun-if-changed={}", file.display());
            }
        }
    }
    if let Some(library) = &linked.library {
        println!("cargo::metadata=library={}", library.display());
    }
}
