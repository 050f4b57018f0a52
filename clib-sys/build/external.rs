//! `external`: another crate of the program links SQLite. Where its header is can be said in `SQLITE3_INCLUDE_DIR`.
//!
//! Where it is no crate but the build system around Cargo that brings SQLite, `CLIB_SYS_EXTERNAL_LIB` names the library as
//! Cargo's `rustc-link-lib` does, such as `sqlite3` or `static=sqlite3`, and `SQLITE3_LIB_DIR` its folder: archives are looked for
//! in no others. So do the tests of this mode.

use std::env;
use std::path::PathBuf;

use crate::environment::{for_target, variable};
use crate::{Linked, header};

pub(crate) fn link() -> Linked {
    let target = env::var("TARGET").unwrap_or_default();
    let ask = |name: &str| for_target(name, &target, variable);
    let header_folders: Vec<_> = ask("SQLITE3_INCLUDE_DIR")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    for line in named(ask) {
        println!("{line}");
    }
    Linked {
        // The header's version need not be the library's: it is for the bindings alone.
        include: header::find(&header_folders).map(|(_, folder)| folder),
        header_folders,
        ..Linked::default()
    }
}

/// What Cargo is told of the library that the environment names. Without one, its folder is another mode's.
fn named(ask: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let folder = ask("SQLITE3_LIB_DIR");
    let Some(library) = ask("CLIB_SYS_EXTERNAL_LIB") else {
        return Vec::new();
    };
    folder
        .map(|folder| format!("cargo::rustc-link-search=native={folder}"))
        .into_iter()
        .chain([format!("cargo::rustc-link-lib={library}")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_library_is_linked_from_its_folder() {
        let told = |variables: &[(&str, &str)]| {
            named(|name| {
                let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
                Some((*value).to_owned())
            })
        };
        let library = ("CLIB_SYS_EXTERNAL_LIB", "static=sqlite3");
        let folder = ("SQLITE3_LIB_DIR", "/opt/s/lib");
        let linked = "cargo::rustc-link-lib=static=sqlite3";
        assert!(told(&[folder]).is_empty());
        assert_eq!(told(&[library]), [linked]);
        assert_eq!(
            told(&[library, folder]),
            ["cargo::rustc-link-search=native=/opt/s/lib", linked]
        );
    }
}
