//! The table of functions that a host hands to an extension, from the pinned `sqlite3ext.h`: which function stands where in
//! `sqlite3_api_routines`, and since which version. Made by `cargo xtask bindgen`.

use std::collections::HashMap;
use std::fmt::Write;

use anyhow::{Context, Result, ensure};

pub(crate) const TARGET: &str = "clib-sys/src/host/table.rs";

/// Functions from which on the header names a version whose table ends before them, and one whose table has them. Found by comparing
/// the headers of 3.35.4 to 3.54.1.
const LATER: [(&str, &str); 1] = [("sqlite3_setlk_timeout", "3.51.0")];

/// The version before the first one that the header names.
const FIRST: &str = "3.0.0";

/// Functions in the order of the table, which have been there since a version. One that the header gives no name is empty.
struct Part {
    since: String,
    number: u32,
    functions: Vec<String>,
}

impl Part {
    fn new(since: &str) -> Result<Self> {
        let number = number(since)?;
        Ok(Self {
            since: since.to_owned(),
            number,
            functions: Vec::new(),
        })
    }
}

/// The table's file, from the text of `sqlite3ext.h`.
pub(crate) fn table(header: &str) -> Result<String> {
    let mut text = String::from(
        "// Made by `cargo xtask bindgen`. Do not edit.\n\
         //! What a host hands to an extension: pointers to these functions, in this order. A host of another version has all\n\
         //! parts up to its own, and nothing behind them.\n\n\
         /// The version since which hosts have the part, also as `sqlite3_libversion_number` says it, and its functions.\n\
         pub(super) const PARTS: &[(libc::c_int, &str, &[&str])] = &[\n",
    );
    for part in parts(header)? {
        let Part {
            since,
            number,
            functions,
        } = part;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    ({number}, \"{since}\", &[");
        for function in functions {
            let _ = writeln!(text, "        \"{function}\",");
        }
        text += "    ]),\n";
    }
    Ok(text + "];\n")
}

fn parts(header: &str) -> Result<Vec<Part>> {
    let names = names(header);
    let (_, rest) = header
        .split_once("struct sqlite3_api_routines {")
        .context("sqlite3ext.h has no `struct sqlite3_api_routines`")?;
    let (table, _) = rest
        .split_once("\n};")
        .context("`struct sqlite3_api_routines` does not end")?;
    let mut parts = vec![Part::new(FIRST)?];
    for declaration in table.split_terminator(';') {
        let (mut since, declaration) = without_comments(declaration);
        if declaration.trim().is_empty() {
            continue;
        }
        let field = field(&declaration)
            .with_context(|| format!("no function pointer: `{}`", declaration.trim()))?;
        let function = names.get(field).copied().unwrap_or_default();
        if let Some((_, later)) = LATER.iter().find(|(name, _)| *name == function) {
            since = Some(later);
        }
        if let Some(since) = since {
            let part = Part::new(since)?;
            let last = parts.last().map_or(0, |part| part.number);
            ensure!(
                part.number >= last,
                "{field} is older than what stands before it"
            );
            if part.number > last {
                parts.push(part);
            }
        }
        if let Some(part) = parts.last_mut() {
            part.functions.push(function.to_owned());
        }
    }
    Ok(parts)
}

/// Fields and the functions that the header makes of them: `#define sqlite3_step sqlite3_api->step`.
fn names(header: &str) -> HashMap<&str, &str> {
    header
        .lines()
        .filter_map(|line| {
            let mut words = line.strip_prefix("#define ")?.split_whitespace();
            let function = words.next()?;
            let field = words.next()?.strip_prefix("sqlite3_api->")?;
            Some((field, function))
        })
        .collect()
}

/// What a declaration is without comments, and the version that one of them names.
fn without_comments(declaration: &str) -> (Option<&str>, String) {
    let (mut version, mut text, mut rest) = (None, String::new(), declaration);
    while let Some((before, after)) = rest.split_once("/*") {
        text += before;
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        let named = comment
            .trim()
            .strip_prefix("Version ")
            .and_then(|rest| rest.strip_suffix(" and later"));
        version = named.or(version);
        rest = after;
    }
    (version, text + rest)
}

/// The name in `int (*name)(...)`.
fn field(declaration: &str) -> Option<&str> {
    let (_, rest) = declaration.split_once('(')?;
    let (name, _) = rest.split_once(')')?;
    Some(
        name.trim()
            .trim_start_matches("SQLITE_CDECL")
            .trim()
            .strip_prefix('*')?
            .trim(),
    )
}

/// `3.54.1` as 3054001.
fn number(version: &str) -> Result<u32> {
    let mut number = 0;
    for part in version.split('.').chain(["0"]).take(3) {
        let part: u32 = part
            .parse()
            .with_context(|| format!("`{version}` is no version"))?;
        number = number * 1000 + part;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "struct sqlite3_api_routines {\n  int (*step)(sqlite3_stmt*);\n  char *(SQLITE_CDECL*mprintf)(const char*,\n    ...);\n\
        \x20 void *(*nameless)(void(*)(void*));\n  /* Version 3.44.0 and later */\n  int (*one)(sqlite3*); /* a comment */\n\
        \x20 /* Version 3.50.0 and later */\n  int (*setlk_timeout)(int);\n};\n\
        #define sqlite3_step   sqlite3_api->step\n#define sqlite3_mprintf sqlite3_api->mprintf\n#define sqlite3_one sqlite3_api->one\n\
        #define sqlite3_setlk_timeout sqlite3_api->setlk_timeout\n#define SQLITE3EXT_H\n";

    #[test]
    fn each_function_is_in_its_place() {
        let parts: Vec<_> = parts(HEADER)
            .unwrap()
            .into_iter()
            .map(|part| (part.number, part.functions))
            .collect();
        let of = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            parts,
            [
                (3_000_000, of(&["sqlite3_step", "sqlite3_mprintf", ""])),
                (3_044_000, of(&["sqlite3_one"])),
                (3_051_000, of(&["sqlite3_setlk_timeout"])),
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(parts("").is_err());
        assert!(parts("struct sqlite3_api_routines {\n  int version;\n};").is_err());
    }
}
