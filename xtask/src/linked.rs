//! The table of functions in the bindings, from which a test of `clib-sys` proves that each of them links.
//! Made by `cargo xtask bindgen`, together with the bindings.

use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) const TARGET: &str = "clib-sys/tests/vendored/symbols.rs";

/// Functions that the header declares and the vendored library does not have (a prefix where it ends in `*`), and why.
const ABSENT: [(&str, &str); 3] = [
    ("sqlite3_mutex_held", "only in builds with SQLITE_DEBUG"),
    ("sqlite3_mutex_notheld", "only in builds with SQLITE_DEBUG"),
    ("sqlite3_win32_*", "only on Windows"),
];

/// The table's file, from the text of the bindings.
pub(crate) fn table(bindings: &str) -> String {
    let mut text = String::from(
        "// Made by `cargo xtask bindgen`. Do not edit.\n\
         //! Every function of the bindings, with its address. Not in the library, and not here:\n",
    );
    for (name, reason) in ABSENT {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "//! `{name}`: {reason}.");
    }
    text += "\nmacro_rules! addresses {\n    \
             ($($name:ident)*) => { &[$((stringify!($name), clib_sys::$name as *const ())),*] };\n}\n\n\
             pub(crate) const LINKED: &[(&str, *const ())] = addresses! {\n";
    for name in functions(bindings).filter(|name| !is_absent(name)) {
        let _ = writeln!(text, "    {name}");
    }
    text + "};\n"
}

/// The names of the functions that the bindings declare, sorted.
pub(crate) fn functions(bindings: &str) -> impl Iterator<Item = &str> {
    let names: BTreeSet<_> = bindings
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub fn "))
        .filter_map(|rest| rest.split('(').next())
        .collect();
    names.into_iter()
}

fn is_absent(function: &str) -> bool {
    ABSENT.iter().any(|(name, _)| match name.strip_suffix('*') {
        Some(prefix) => function.starts_with(prefix),
        None => function == *name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_and_exceptions_left_out() {
        let bindings = "unsafe extern \"C\" {\n    pub fn sqlite3_step(arg1: *mut x) -> libc::c_int;\n}\n\
                        unsafe extern \"C\" {\n    pub fn sqlite3_close(\n        db: *mut x,\n    );\n\
                        pub fn sqlite3_win32_is_nt();\n}\n";
        assert!(
            table(bindings).ends_with("= addresses! {\n    sqlite3_close\n    sqlite3_step\n};\n")
        );
    }
}
