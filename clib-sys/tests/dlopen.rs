//! Opening the library when the program runs. Each case is a process of its own, as there is one library for each.
#![cfg(link_mode = "dlopen")]

use std::path::Path;
use std::process::{Command, Output};

use clib_sys::LoadError;

/// Runs the ignored test of that name in a process of its own, with that library named.
fn run(name: &str, library: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env_remove("CLIB_SQLITE_LIBRARY");
    if let Some(library) = library {
        command.env("CLIB_SQLITE_LIBRARY", library);
    }
    command.output().unwrap()
}

#[track_caller]
fn passes(name: &str, library: Option<&str>) {
    let output = run(name, library);
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
fn what_cannot_be_opened_is_an_error() {
    passes("child_finds_nothing", Some("/nonexistent/libsqlite3.so.0"));
}

#[test]
#[ignore = "a process of its own"]
fn child_finds_nothing() {
    let error = clib_sys::load().unwrap_err();
    let said = error.to_string();
    assert!(
        said.starts_with(
            "no SQLite library could be opened; tried, in order: `/nonexistent/libsqlite3.so.0` ("
        ),
        "{said}"
    );
    assert!(said.contains("CLIB_SQLITE_LIBRARY"), "{said}");
    assert!(!clib_sys::has("sqlite3_changes64"));
    // It can be tried again, with another one.
    // SAFETY: SQLite's usual name.
    unsafe { clib_sys::load_from("libsqlite3.so.0") }.unwrap();
    clib_sys::load().unwrap();
    assert!(clib_sys::has("sqlite3_changes64"));
}

#[test]
fn calling_without_a_library_ends_with_a_message() {
    let output = run("child_calls", Some("/nonexistent/libsqlite3.so.0"));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("clib-sys: sqlite3_threadsafe was called: no SQLite library could be opened"),
        "{said}"
    );
    passes("child_calls", None);
}

#[test]
#[ignore = "a process of its own"]
fn child_calls() {
    // SAFETY: takes no arguments.
    assert_ne!(unsafe { clib_sys::sqlite3_threadsafe() }, 0);
}

#[test]
fn another_library_is_refused() {
    passes("child_loads_another", Some("libc.so.6"));
}

#[test]
#[ignore = "a process of its own"]
fn child_loads_another() {
    let error = clib_sys::load().unwrap_err();
    assert!(matches!(error, LoadError::Incomplete { .. }), "{error}");
    let said = error.to_string();
    assert!(
        said.starts_with("`libc.so.6` is no complete SQLite library: it lacks sqlite3_libversion,"),
        "{said}"
    );
}

/// It lacks functions too, but that is not what is wrong with it.
#[test]
fn an_old_library_is_called_old() {
    let folder = std::env::temp_dir().join(format!("clib-sys-old-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (source, library) = (folder.join("old.rs"), folder.join("libold.so"));
    std::fs::write(
        &source,
        r#"
            #[unsafe(no_mangle)]
            pub extern "C" fn sqlite3_libversion_number() -> i32 { 3_033_000 }
            #[unsafe(no_mangle)]
            pub extern "C" fn sqlite3_libversion() -> *const u8 { c"3.33.0".as_ptr().cast() }
        "#,
    )
    .unwrap();
    let made = Command::new("rustc")
        .args(["--edition=2024", "--crate-type=cdylib"])
        .arg(&source)
        .arg("-o")
        .arg(&library)
        .status()
        .unwrap();
    assert!(made.success());
    passes("child_loads_an_old_one", library.to_str());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
#[ignore = "a process of its own"]
fn child_loads_an_old_one() {
    let error = clib_sys::load().unwrap_err();
    assert!(
        matches!(&error, LoadError::TooOld { found, .. } if found == "3.33.0"),
        "{error}"
    );
}

#[test]
fn there_is_one_library() {
    passes("child_loads_twice", None);
}

#[test]
#[ignore = "a process of its own"]
fn child_loads_twice() {
    let name = Path::new("libsqlite3.so.0");
    // SAFETY: SQLite's usual name.
    unsafe { clib_sys::load_from(name) }.unwrap();
    // SAFETY: as above.
    unsafe { clib_sys::load_from(name) }.unwrap();
    // SAFETY: nothing is loaded.
    let error = unsafe { clib_sys::load_from("/opt/libsqlite3.so") }.unwrap_err();
    assert_eq!(
        error.to_string(),
        "SQLite was loaded from `libsqlite3.so.0` before, and cannot be loaded from `/opt/libsqlite3.so` too: choose before \
         the first use"
    );
}

#[test]
fn threads_may_call_first() {
    passes("child_calls_from_threads", None);
}

#[test]
#[ignore = "a process of its own"]
fn child_calls_from_threads() {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                // SAFETY: takes no arguments.
                let number = unsafe { clib_sys::sqlite3_libversion_number() };
                assert!(number >= clib_sys::MINIMUM_VERSION_NUMBER);
            });
        }
    });
}
