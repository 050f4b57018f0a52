//! Programs that must not compile, each for the reason in its name, with the compiler's message; and one beside them that
//! does the same things right, so that the others fail for no other reason.
//!
//! `TRYBUILD=overwrite cargo test -p clib-tests --test compile_fail` writes the messages anew. They are those of the
//! stable compiler; other channels and versions may word them differently.

use std::env;
use std::process::Command;

/// The positive control is a module here and no case of trybuild's, which would make that build all dependencies once
/// more, where else it checks them: minutes, in a fresh clone.
#[path = "compile_fail/control/done_right.rs"]
mod done_right;

/// Here, because it runs the compiler too.
#[path = "compile_fail/abort/child.rs"]
mod abort;

#[test]
fn done_right_compiles_and_runs() {
    done_right::main().unwrap();
}

/// Set in the process that runs trybuild.
const INNER: &str = "CLIB_TESTS_COMPILE_FAIL";

#[test]
fn compile_fail() {
    if env::var_os(INNER).is_some() {
        trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
        return;
    }
    // trybuild has a target folder of its own, in which SQLite is compiled once more. Nobody runs that one, so it need
    // not be fast: this saves most of a minute.
    let flags = env::var("CFLAGS").unwrap_or_default() + " -O0";
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "compile_fail", "--nocapture"])
        .env(INNER, "1")
        .env("CFLAGS", flags)
        .status()
        .unwrap();
    assert!(status.success(), "see the cases above");
}
