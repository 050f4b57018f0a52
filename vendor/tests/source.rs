//! The build script's code, where it is hard to reach by building: no source and no network, and files that were
//! tampered with. Needs neither network nor a filled cache.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic too, which clippy.toml says for #[test] functions only"
)]

#[allow(dead_code, reason = "the build script's, of which this uses a part")]
#[path = "../build/pin.rs"]
mod pin;
#[allow(dead_code, reason = "the build script's, of which this uses a part")]
#[path = "../build/source.rs"]
mod source;

use std::fs;
use std::path::Path;

use source::Cargo;

/// A Cargo with an empty cache and no network.
fn offline(home: &Path) -> Cargo {
    Cargo::new(env!("CARGO"))
        .env("CARGO_HOME", home)
        .env("CARGO_NET_OFFLINE", "true")
}

/// A copy of the pin as a fresh clone has it, and no `sqlite3/` beside it.
fn fresh_clone(package: &Path) {
    let pin = Path::new(env!("CARGO_MANIFEST_DIR")).join("pin");
    fs::create_dir(package.join("pin")).unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "lib.rs"] {
        fs::copy(pin.join(name), package.join("pin").join(name)).unwrap();
    }
}

#[test]
fn without_source_and_network_the_error_names_both_ways_out() {
    let package = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    fresh_clone(package.path());

    let error = source::find(&offline(home.path()), package.path()).unwrap_err();

    let (name, version) = pin::CARRIER;
    let folder = package.path().join("sqlite3");
    let manifest = package.path().join("pin/Cargo.toml");
    assert!(
        error.starts_with(&format!(
            "the source of SQLite {} is not here, and Cargo could not fetch it ({name} {version}):\n",
            pin::SQLITE_VERSION
        )),
        "{error}"
    );
    assert!(
        error.ends_with(&format!(
            "\nWays out: (1) with a network, once: `cargo xtask vendor`, which puts the files into {}, \
             or `cargo fetch --locked --manifest-path {}`, which puts them into Cargo's cache; \
             (2) link the system's SQLite: `--no-default-features --features system`.",
            folder.display(),
            manifest.display()
        )),
        "{error}"
    );
}

#[test]
fn without_the_pin_the_error_names_what_such_a_user_has() {
    let package = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let error = source::find(&offline(home.path()), package.path()).unwrap_err();
    assert!(!error.contains("xtask"), "{error}");
    let (name, version) = pin::CARRIER;
    assert!(
        error.contains(&format!(
            "(1) after each `cargo vendor`, copy sqlite3.c, sqlite3.h, sqlite3ext.h from the folder sqlite3 of the crate {name} {version} into {};",
            package.path().join("sqlite3").display()
        )),
        "{error}"
    );
}

#[test]
fn a_cargo_that_cannot_be_run_is_named() {
    let package = tempfile::tempdir().unwrap();
    fresh_clone(package.path());
    let error = source::find(&Cargo::new("no-such-cargo"), package.path()).unwrap_err();
    assert!(error.contains("cannot run no-such-cargo: "), "{error}");
    assert!(error.contains("Ways out: "), "{error}");
}

#[test]
fn a_tampered_file_is_named_with_both_checksums() {
    let package = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = source::local(package.path());
    fs::create_dir(&folder).unwrap();
    let (first, expected) = pin::FILES[0];
    fs::write(folder.join(first), "int main(void) { return 0; }\n").unwrap();

    let error = source::find(&offline(home.path()), package.path()).unwrap_err();

    let found = source::sha256(&folder.join(first)).unwrap();
    assert_eq!(
        error,
        format!(
            "{} is not the pinned file of SQLite {}: its SHA-256 is {found}, expected {expected}; \
             remove its folder, or run `cargo xtask vendor` to fetch it again",
            folder.join(first).display(),
            pin::SQLITE_VERSION
        )
    );
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = source::verify(folder.path()).unwrap_err();
    let first = folder.path().join(pin::FILES[0].0);
    assert!(
        error.starts_with(&format!("cannot read {}: ", first.display())),
        "{error}"
    );
}

#[test]
fn checksums_are_those_of_sha256() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc");
    fs::write(&path, "abc").unwrap();
    assert_eq!(
        source::sha256(&path).unwrap(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

/// The build of this very test has found the source, so its version is the pin's.
#[test]
fn the_crate_says_the_pinned_version() {
    assert_eq!(clib_src::SQLITE_VERSION, pin::SQLITE_VERSION);
}
