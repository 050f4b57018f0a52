//! `system`: a library that is installed. Asked for in turn: pkg-config, the variables `SQLITE3_LIB_DIR` and
//! `SQLITE3_INCLUDE_DIR`, and with the MSVC toolchain vcpkg.

mod attempts;
mod folder;
mod package;
#[cfg(windows)]
mod vcpkg;

use std::env;

use self::attempts::{Attempt, failure};
use crate::Linked;
use crate::environment::{for_target, variable};

pub(crate) fn link() -> Result<Linked, String> {
    let target = env::var("TARGET").unwrap_or_default();
    let ask = |name: &str| for_target(name, &target, variable);
    let mut attempts = Vec::new();
    match package::link(ask) {
        Ok(linked) => return Ok(linked),
        Err(why) => attempts.push(Attempt {
            what: "pkg-config",
            why,
        }),
    }
    match folder::link(ask) {
        Ok(linked) => return Ok(linked),
        Err(why) => attempts.push(Attempt {
            what: "SQLITE3_LIB_DIR",
            why,
        }),
    }
    #[cfg(windows)]
    match vcpkg::link() {
        Ok(linked) => return Ok(linked),
        Err(why) => attempts.push(Attempt { what: "vcpkg", why }),
    }
    Err(failure(&attempts))
}
