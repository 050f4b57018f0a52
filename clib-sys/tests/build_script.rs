//! Cargo does not run the tests of a build script. Here its pure parts are modules of a test, so it does.

#[allow(
    dead_code,
    reason = "the build script's, of which the tests use a part"
)]
#[path = "../build/mode.rs"]
mod mode;
#[allow(
    dead_code,
    reason = "the build script's, of which the tests use a part"
)]
#[path = "../build/options.rs"]
mod options;
#[allow(
    dead_code,
    reason = "the build script's, of which the tests use a part"
)]
#[path = "../build/version.rs"]
mod version;

use std::collections::BTreeSet;

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
