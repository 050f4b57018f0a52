//! Cargo does not run the tests of a build script. Here its pure parts are modules of a test, so it does.
#![allow(
    dead_code,
    reason = "the build script's, of which the tests use a part"
)]

#[path = "../build/absent.rs"]
mod absent;
#[path = "../build/system/attempts.rs"]
mod attempts;
#[path = "../build/environment.rs"]
mod environment;
#[path = "../build/external.rs"]
mod external;
#[path = "../build/system/folder.rs"]
mod folder;
#[path = "../build/header.rs"]
mod header;
#[path = "../build/minimum.rs"]
mod minimum;
#[path = "../build/mode.rs"]
mod mode;
#[path = "../build/options.rs"]
mod options;
#[path = "../build/version.rs"]
mod version;

use std::collections::BTreeSet;
use std::path::PathBuf;

/// As in the build script.
#[derive(Default)]
struct Linked {
    version: Option<version::Version>,
    include: Option<PathBuf>,
    header_folders: Vec<PathBuf>,
    library: Option<PathBuf>,
}

/// The build script decided as the features and the environment say.
#[test]
fn the_mode_of_this_build_is_the_chosen_one() {
    // Set while Cargo compiled this, when it was set for the build script too.
    let asked = option_env!("CLIB_SYS_LINK");
    let mode = mode::choose(asked, &mode::enabled()).unwrap();
    assert_eq!(clib_sys::LINK_MODE, mode.to_string());
}

#[test]
fn every_option_has_a_reason_and_stands_once() {
    let mut names = BTreeSet::new();
    for (name, _, reason) in options::OPTIONS {
        assert!(name.starts_with("SQLITE_"), "{name}");
        assert!(!reason.is_empty(), "{name}");
        assert!(names.insert(name), "{name} stands twice");
    }
}

#[test]
fn the_minimum_version_is_said_in_one_way() {
    assert_eq!(minimum::MINIMUM.to_string(), clib_sys::MINIMUM_VERSION);
}
