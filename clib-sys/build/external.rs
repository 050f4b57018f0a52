//! `external`: another crate of the program links SQLite. Where its header is can be said in `SQLITE3_INCLUDE_DIR`.
//!
//! Where it is no crate but the build system around Cargo that brings SQLite, `CLIB_SYS_EXTERNAL_LIB` names the library as
//! Cargo's `rustc-link-lib` does, such as `sqlite3` or `static=sqlite3`. So do the tests of this mode.

use std::env;
use std::path::PathBuf;

use crate::environment::{for_target, variable};
use crate::{Linked, header};

pub(crate) fn link() -> Linked {
    let target = env::var("TARGET").unwrap_or_default();
    let named = for_target("SQLITE3_INCLUDE_DIR", &target, variable);
    let header_folders: Vec<_> = named.map(PathBuf::from).into_iter().collect();
    if let Some(library) = for_target("CLIB_SYS_EXTERNAL_LIB", &target, variable) {
        println!("cargo::rustc-link-lib={library}");
    }
    Linked {
        // The header's version need not be the library's: it is for the bindings alone.
        include: header::find(&header_folders).map(|(_, folder)| folder),
        header_folders,
        ..Linked::default()
    }
}
