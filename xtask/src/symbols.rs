//! `cargo xtask symbols [--check] [--lacking VERSION]`: what of SQLite's interface `clib` wraps, what it leaves out and why
//! (`clib/left_out.txt`), and what older libraries lack.
//!
//! Fails where a function of the header is neither wrapped nor listed, or is both. Wrapped is what `clib`'s own code names behind
//! a path, as in `ffi::sqlite3_step`; tests and comments do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::functions::since;
use crate::linked;
use crate::root::root;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only say whether the list is complete
    #[arg(long)]
    pub(crate) check: bool,
    /// Name all functions that a library of this version lacks, and which of them clib uses where they are there
    #[arg(long, value_name = "VERSION", conflicts_with = "check")]
    pub(crate) lacking: Option<String>,
}

const LIST: &str = "clib/left_out.txt";
const BINDINGS: &str = "clib-sys/src/bindings.rs";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let bindings = read(BINDINGS)?;
    let functions: BTreeSet<&str> = linked::functions(&bindings).collect();
    let mut called = BTreeSet::new();
    calls(&root().join("clib/src"), &mut called)?;
    if let Some(version) = &arguments.lacking {
        return lacking(version, &functions, &called);
    }
    let list = read(LIST)?;
    let entries = entries(&list)?;
    let left_out = compare(&functions, &called, &entries)?;
    println!(
        "{} functions in the header: clib wraps {}, and {LIST} leaves out {}",
        functions.len(),
        functions.len() - left_out.len(),
        left_out.len()
    );
    if !arguments.check {
        print_left_out(&left_out);
        print_versions(&functions, &called);
    }
    Ok(())
}

fn read(file: &str) -> Result<String> {
    fs::read_to_string(root().join(file)).with_context(|| format!("cannot read {file}"))
}

/// A line of the list.
struct Entry<'a> {
    section: &'a str,
    name: &'a str,
    reason: &'a str,
}

impl Entry<'_> {
    fn is_for(&self, function: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(start) => function.starts_with(start),
            None => function == self.name,
        }
    }
}

fn entries(list: &str) -> Result<Vec<Entry<'_>>> {
    let mut section = "";
    let mut entries = Vec::new();
    for (number, line) in list.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            section = name;
            continue;
        }
        let Some((name, reason)) = line.split_once("  ").filter(|(_, r)| !r.trim().is_empty())
        else {
            bail!(
                "{LIST}:{}: no function, two blanks and a reason: `{line}`",
                number + 1
            );
        };
        ensure!(!section.is_empty(), "{LIST}: `{name}` is in no section");
        entries.push(Entry {
            section,
            name,
            reason,
        });
    }
    Ok(entries)
}

/// The functions that are left out, each with its entry. Fails with everything that is wrong.
fn compare<'f, 'e>(
    functions: &BTreeSet<&'f str>,
    called: &BTreeSet<String>,
    entries: &'e [Entry<'e>],
) -> Result<BTreeMap<&'f str, &'e Entry<'e>>> {
    let mut wrong = Vec::new();
    let mut left_out = BTreeMap::new();
    for function in functions.iter().filter(|f| !called.contains(**f)) {
        let fitting: Vec<_> = entries.iter().filter(|e| e.is_for(function)).collect();
        // A line of its own counts more than one with a star.
        let own = fitting.iter().copied().find(|e| e.name == *function);
        match (own, fitting.as_slice()) {
            (Some(entry), _) | (None, &[entry]) => {
                left_out.insert(*function, entry);
            }
            (None, []) => wrong.push(format!("{function}: neither wrapped nor listed")),
            _ => wrong.push(format!("{function}: listed more than once")),
        }
    }
    for entry in entries {
        let of_header = functions.iter().any(|f| entry.is_for(f));
        if !of_header {
            wrong.push(format!("{}: listed, and not in the header", entry.name));
        } else if !left_out.values().any(|used| std::ptr::eq(*used, entry)) {
            wrong.push(format!("{}: listed, and wrapped", entry.name));
        }
    }
    ensure!(wrong.is_empty(), "mend {LIST}:\n  {}", wrong.join("\n  "));
    Ok(left_out)
}

/// Adds the functions that the Rust files in `folder` call.
fn calls(folder: &Path, into: &mut BTreeSet<String>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            calls(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            into.extend(called_in(&text).map(str::to_owned));
        }
    }
    Ok(())
}

/// The names that begin with `sqlite3` behind `::`, up to the tests.
fn called_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .map(|line| line.split("//").next().unwrap_or_default())
        .flat_map(|line| line.split("::").skip(1))
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            end.and_then(|end| rest.get(..end)).unwrap_or(rest)
        })
        .filter(|name| name.starts_with("sqlite3"))
}

fn print_left_out(left_out: &BTreeMap<&str, &Entry<'_>>) {
    let mut sections: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (function, entry) in left_out {
        let reasons = sections.entry(entry.section).or_default();
        reasons.entry(entry.reason).or_default().push(function);
    }
    for (section, reasons) in &sections {
        let count: usize = reasons.values().map(Vec::len).sum();
        println!("\n{section} ({count})");
        for (reason, functions) in reasons {
            println!("  {reason}: {}", functions.join(", "));
        }
    }
}

/// What came with each version after the minimum; a star where clib uses it, which it does where it is there.
fn print_versions(functions: &BTreeSet<&str>, called: &BTreeSet<String>) {
    let mut versions: BTreeMap<Vec<u32>, (&str, Vec<String>)> = BTreeMap::new();
    for function in functions {
        if let Some((version, condition)) = since::find(function)
            && !version.is_empty()
        {
            let star = if called.contains(*function) { "*" } else { "" };
            let condition = match condition {
                "" => String::new(),
                condition => format!(" ({condition})"),
            };
            let (_, list) = versions
                .entry(parts(version))
                .or_insert((version, Vec::new()));
            list.push(format!("{function}{star}{condition}"));
        }
    }
    println!("\nlibraries lack what came later (used by clib where it is there: *)");
    for (version, functions) in versions.values() {
        println!("  before {version}: {}", functions.join(", "));
    }
}

fn lacking(version: &str, functions: &BTreeSet<&str>, called: &BTreeSet<String>) -> Result<()> {
    let asked = parts(version);
    ensure!(asked.len() == 3, "`{version}` is no version such as 3.40.1");
    let mut count = 0;
    for function in functions {
        if let Some((since, _)) = since::find(function)
            && !since.is_empty()
            && parts(since) > asked
        {
            count += 1;
            let used = if called.contains(*function) {
                ", used by clib where it is there"
            } else {
                ""
            };
            println!("{function}: since {since}{used}");
        }
    }
    println!(
        "SQLite {version} lacks {count} of {} functions",
        functions.len()
    );
    Ok(())
}

fn parts(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|p| p.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# about\n\n[not yet]\nsqlite3_blob_*  blobs\n[never]\nsqlite3_sleep  std\n";

    fn said(functions: &[&str], called: &[&str], list: &str) -> String {
        let functions = functions.iter().copied().collect();
        let called = called.iter().map(|name| (*name).to_owned()).collect();
        let result = entries(list).and_then(|e| {
            let left_out = compare(&functions, &called, &e)?;
            Ok(left_out.into_keys().collect::<Vec<_>>().join(" "))
        });
        result.unwrap_or_else(|error| format!("{error:#}"))
    }

    #[test]
    fn each_function_is_wrapped_or_listed() {
        let header = ["sqlite3_blob_open", "sqlite3_sleep", "sqlite3_step"];
        assert_eq!(
            said(&header, &["sqlite3_step"], LIST),
            "sqlite3_blob_open sqlite3_sleep"
        );
        assert!(said(&header, &[], LIST).ends_with("sqlite3_step: neither wrapped nor listed"));
        for (called, wrong) in [
            ("sqlite3_sleep", "sqlite3_sleep"),
            ("sqlite3_blob_open", "sqlite3_blob_*"),
        ] {
            let said = said(&header, &["sqlite3_step", called], LIST);
            assert!(
                said.ends_with(&format!("{wrong}: listed, and wrapped")),
                "{said}"
            );
        }
        assert!(
            said(&header[..2], &[], &format!("{LIST}sqlite3_gone  x\n"))
                .ends_with("sqlite3_gone: listed, and not in the header")
        );
        assert!(
            said(
                &header[..2],
                &[],
                &format!("{LIST}sqlite3_s*  x\nsqlite3_sl*  x\n")
            )
            .contains("sqlite3_s*: listed, and wrapped")
        );
        assert!(said(&header, &[], "[a]\nsqlite3_step\n").contains("left_out.txt:2"));
    }

    #[test]
    fn calls_are_told_from_what_only_looks_so() {
        let text = "//! `ffi::sqlite3_a`\nuse clib_sys::{sqlite3_b};\nlet x = unsafe { ffi::sqlite3_c(ffi::sqlite3_d) }; // ffi::sqlite3_e\n\
                    require(\"sqlite3_f\")\n#[cfg(test)]\nffi::sqlite3_g()\n";
        assert_eq!(
            called_in(text).collect::<Vec<_>>(),
            ["sqlite3_c", "sqlite3_d"]
        );
    }
}
