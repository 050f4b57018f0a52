//! The lists of SQLite's functions from which `clib-sys` makes what stands for them where they are not linked. Made by `cargo
//! xtask bindgen`, from the text of the bindings: so names and types are those of the bindings.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::linked;
use crate::root::root;

#[path = "../../clib-sys/src/functions/since.rs"]
pub(crate) mod since;

/// A list: its file, the macro that it hands its functions to, the module whose items it has too, and what is in it.
struct List {
    target: &'static str,
    name: &'static str,
    base: &'static str,
    holds: fn(&Function<'_>) -> bool,
    about: &'static str,
}

const LISTS: [List; 3] = [
    List {
        target: "clib-sys/src/functions/optional.rs",
        name: "optional",
        base: "crate::bindings",
        holds: |function| !function.is_variadic() && function.is_optional(),
        about: "Functions that a library may lack, as `since` says.",
    },
    List {
        target: "clib-sys/src/functions/required.rs",
        name: "required",
        base: "super::optional",
        holds: |function| !function.is_variadic() && !function.is_optional(),
        about: "Functions that every library has.",
    },
    List {
        target: "clib-sys/src/functions/variadic.rs",
        name: "variadics",
        base: "super::required",
        holds: |function| function.is_variadic(),
        about: "Functions with a variable number of arguments, which every library has.",
    },
];

/// The files and their texts.
pub(crate) fn lists(bindings: &str) -> impl Iterator<Item = (&'static str, String)> {
    LISTS.iter().map(|list| (list.target, text(list, bindings)))
}

/// Fails where the bindings have a function that is in no committed list, and of which `since` does not say which version has it.
/// It would be taken for one that every library has.
pub(crate) fn check_new(bindings: &str) -> Result<()> {
    let committed = LISTS
        .iter()
        .map(|list| {
            fs::read_to_string(root().join(list.target))
                .with_context(|| format!("cannot read {}", list.target))
        })
        .collect::<Result<String>>()?;
    let new = unversioned(bindings, &committed);
    ensure!(
        new.is_empty(),
        "{} new: give it a row in clib-sys/src/functions/since.rs with the version that has it, and run `cargo xtask bindgen`",
        match new.as_slice() {
            [one] => format!("{one} is"),
            several => format!("each of {} is", several.join(", ")),
        }
    );
    Ok(())
}

/// The functions that are not in the text of the lists, and whose version `since` does not know.
fn unversioned<'a>(bindings: &'a str, lists: &str) -> Vec<&'a str> {
    let listed: BTreeSet<_> = lists
        .lines()
        .filter_map(|line| line.strip_prefix("    fn ")?.split('(').next())
        .collect();
    linked::functions(bindings)
        .filter(|name| !listed.contains(name))
        .filter(|name| match since::find(name) {
            // A row with a star is of functions that were there before.
            Some(("", _)) => !since::OPTIONAL.iter().any(|(row, ..)| row == name),
            found => found.is_none(),
        })
        .collect()
}

fn text(list: &List, bindings: &str) -> String {
    let List {
        name, base, about, ..
    } = list;
    let mut text = format!(
        "// Made by `cargo xtask bindgen`. Do not edit.\n//! {about}\n\npub use {base}::*;\n\n{name}! {{\n"
    );
    for function in functions(bindings).filter(list.holds) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    fn {}", function.0);
    }
    text + "}\n"
}

/// A function of the bindings: all that follows `fn`.
struct Function<'a>(&'a str);

impl Function<'_> {
    fn name(&self) -> &str {
        self.0.split('(').next().unwrap_or_default()
    }

    fn is_variadic(&self) -> bool {
        self.0.contains("...")
    }

    fn is_optional(&self) -> bool {
        since::find(self.name()).is_some()
    }
}

/// The functions in the order of the bindings, which bindgen declares in a block each.
fn functions(bindings: &str) -> impl Iterator<Item = Function<'_>> {
    bindings
        .split("unsafe extern \"C\" {\n    pub fn ")
        .skip(1)
        .filter_map(|rest| rest.split("\n}\n").next())
        .map(Function)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BINDINGS: &str = "pub const A: i32 = 1;\nunsafe extern \"C\" {\n    pub fn sqlite3_step(arg1: *mut x) -> libc::c_int;\n}\n\
        unsafe extern \"C\" {\n    pub fn sqlite3_changes64(\n        db: Option<unsafe extern \"C\" fn(arg1: x)>,\n    ) -> i64;\n}\n\
        unsafe extern \"C\" {\n    pub fn sqlite3_config(arg1: libc::c_int, ...) -> libc::c_int;\n}\n\
        unsafe extern \"C\" {\n    pub static sqlite3_version: [libc::c_char; 0usize];\n}\npub type T = u8;\n";

    #[test]
    fn each_function_is_in_its_list() {
        let lists: Vec<_> = lists(BINDINGS).map(|(_, text)| text).collect();
        let ends = [
            "optional! {\n    fn sqlite3_changes64(\n        db: Option<unsafe extern \"C\" fn(arg1: x)>,\n    ) -> i64;\n}\n",
            "required! {\n    fn sqlite3_step(arg1: *mut x) -> libc::c_int;\n}\n",
            "variadics! {\n    fn sqlite3_config(arg1: libc::c_int, ...) -> libc::c_int;\n}\n",
        ];
        for (list, end) in lists.iter().zip(ends) {
            assert!(list.ends_with(end), "{list}");
        }
    }
    #[test]
    fn a_new_function_needs_a_version() {
        let lists: String = lists(BINDINGS).map(|(_, text)| text).collect();
        assert!(unversioned(BINDINGS, &lists).is_empty());
        let declared = |name: &str| {
            format!("{BINDINGS}unsafe extern \"C\" {{\n    pub fn {name}(arg1: *mut x);\n}}\n")
        };
        for new in ["sqlite3_new", "sqlite3session_new"] {
            assert_eq!(unversioned(&declared(new), &lists), [new]);
        }
        for known in [
            "sqlite3_set_clientdata",
            "sqlite3changegroup_change_new",
            "sqlite3_mutex_held",
        ] {
            assert!(unversioned(&declared(known), &lists).is_empty(), "{known}");
        }
    }
}
