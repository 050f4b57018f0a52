//! What the kernel uses of SQLite's inside, and what of that another version of SQLite has otherwise.
//!
//! The kernel is compiled with SQLite's source and calls functions and reads structures that SQLite may change in any version. This
//! finds the definitions that the kernel names, in two sources, and tells which differ once comments and white space are
//! left out. It reads C by the amalgamation's habits (a definition begins in the first column and ends with a brace
//! there), and does not follow calls: what a named function calls is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};

use crate::root::root;

const KERNEL: &str = "clib-sys/kernel";

/// What became of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    Changed,
    Gone,
}

/// The definitions that the kernel names and that are not the same in both sources, each a `sqlite3.c`.
pub(super) fn differences(old: &str, new: &str) -> Result<Vec<(String, Difference)>> {
    let (old, new) = (definitions(old), definitions(new));
    Ok(words_of_kernel()?
        .into_iter()
        .filter(|word| !is_numbered(word))
        .filter_map(|word| {
            let before = old.get(word.as_str())?;
            match new.get(word.as_str()) {
                Some(now) if now == before => None,
                Some(_) => Some((word, Difference::Changed)),
                None => Some((word, Difference::Gone)),
            }
        })
        .collect())
}

/// Whether it is an instruction of the virtual machine or one's operand: they are numbered anew with every version, and used by name.
fn is_numbered(word: &str) -> bool {
    word.starts_with("OP_") || word.starts_with("P4_")
}

/// Every word of the kernel's sources, comments and texts left out.
fn words_of_kernel() -> Result<BTreeSet<String>> {
    let mut words = BTreeSet::new();
    for file in
        fs::read_dir(root().join(KERNEL)).with_context(|| format!("cannot read {KERNEL}"))?
    {
        let path = file?.path();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        words.extend(words_of(&code(&text)).map(str::to_owned));
    }
    Ok(words)
}

fn words_of(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !is_of_word(c))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Functions, structures and macros by their names: the text of each, or of each that a name has (`#if` may choose).
fn definitions(source: &str) -> BTreeMap<String, Vec<String>> {
    let code = code(source);
    let mut definitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let found = if line.starts_with('#') {
            macro_at(line, &mut lines)
        } else if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            braced_at(line, &mut lines)
        } else {
            None
        };
        if let Some((name, text)) = found {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            definitions.entry(name).or_default().push(text);
        }
    }
    definitions
}

/// `#define NAME ...`, with the lines that continue it.
fn macro_at<'a>(
    first: &'a str,
    lines: &mut impl Iterator<Item = &'a str>,
) -> Option<(String, String)> {
    let mut text = first.to_owned();
    while text.ends_with('\\') {
        text.pop();
        text += lines.next()?;
    }
    let rest = text.trim_start_matches('#').trim_start();
    let name = words_of(rest.strip_prefix("define")?).next()?.to_owned();
    Some((name, text))
}

const KEYWORDS: [&str; 7] = ["do", "else", "for", "if", "switch", "void", "while"];

/// A function's or structure's definition; none if it is only declared.
fn braced_at<'a>(
    first: &'a str,
    lines: &mut impl Iterator<Item = &'a str>,
) -> Option<(String, String)> {
    let mut head = first.to_owned();
    while !head.contains(['{', ';']) {
        head += "\n";
        head += lines.next()?;
    }
    let before = head.split(['{', ';']).next()?;
    let name = words_of(before.split('(').next()?).last()?.to_owned();
    if before.len() < head.find('{')? {
        return None; // a declaration
    }
    if KEYWORDS.contains(&name.as_str()) {
        return None; // a statement that begins in the first column
    }
    let mut text = head;
    let ends = |line: &str| line.starts_with('}') || line.trim_end().ends_with("};");
    if !text.lines().any(ends) {
        for line in lines {
            text += "\n";
            text += line;
            if ends(line) {
                break;
            }
        }
    }
    Some((name, text))
}

/// The source without comments, and with nothing in its quoted texts.
fn code(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        code += before;
        rest = if from.starts_with("/*") {
            code.push(' ');
            from.get(2..)
                .and_then(|inner| inner.split_once("*/"))
                .map_or("", |(_, behind)| behind)
        } else if from.starts_with("//") {
            from.find('\n').map_or("", |end| from.split_at(end).1)
        } else if from.starts_with('/') {
            code.push('/');
            from.split_at(1).1
        } else {
            let end = quoted(from);
            code += from.split_at(end).0;
            from.split_at(end).1
        };
    }
    code + rest
}

/// Where the text ends that `from` begins with, its quotes included.
fn quoted(from: &str) -> usize {
    let mut escaped = false;
    let quote = from.chars().next();
    for (at, c) in from.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if Some(c) == quote => return at + 1,
            _ => {}
        }
    }
    from.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    const OLD: &str = "
/* struct Gone { in a comment */
#define CURSOR_VALID 0
#define walTwice(x) \\
  ((x)*2)
struct BtCursor {
  u8 eState; /* what it is */
};
static int moveTo(BtCursor*, i64);
SQLITE_PRIVATE int sqlite3BtreeNext(
  BtCursor *pCur,
  int flags
){
  const char *z = \"/* not a comment */\";
  return '\"';
}
static void sqlite3VdbeGone(void){
  if( 1 ){
  }
}
";

    fn names(source: &str) -> Vec<String> {
        definitions(source).into_keys().collect()
    }

    #[test]
    fn definitions_are_found_and_declarations_are_not() {
        assert_eq!(
            names(OLD),
            [
                "BtCursor",
                "CURSOR_VALID",
                "sqlite3BtreeNext",
                "sqlite3VdbeGone",
                "walTwice"
            ]
        );
    }

    #[test]
    fn comments_and_white_space_do_not_count_and_code_does() {
        let texts = definitions(OLD);
        let other = OLD
            .replace("what it is", "what state it is in")
            .replace("  return", "\n     return")
            .replace("(x)*2", "(x)*3");
        let others = definitions(&other);
        let differing: Vec<_> = texts
            .keys()
            .filter(|name| texts[*name] != others[*name])
            .collect();
        assert_eq!(differing, ["walTwice"]);
    }

    #[test]
    fn the_kernel_is_told_what_it_uses() {
        let path = source::folder().unwrap().join("sqlite3.c");
        let old = fs::read_to_string(path).unwrap();
        assert_eq!(differences(&old, &old).unwrap(), []);
        let new = old
            .replace(
                "SQLITE_PRIVATE int sqlite3BtreeFirst(",
                "SQLITE_PRIVATE int sqlite3BtreeStart(",
            )
            .replace("  u8 curFlags; ", "  u16 curFlags; ");
        assert_eq!(
            differences(&old, &new).unwrap(),
            [
                ("BtCursor".to_owned(), Difference::Changed),
                ("sqlite3BtreeFirst".to_owned(), Difference::Gone)
            ]
        );
        // Nothing that the kernel calls escapes the reading of C.
        let known = definitions(&old);
        let unknown: Vec<_> = words_of_kernel()
            .unwrap()
            .into_iter()
            .filter(|word| word.starts_with("sqlite3Btree") || word.starts_with("sqlite3Vdbe"))
            .filter(|word| !known.contains_key(word))
            .collect();
        assert_eq!(unknown, [] as [&str; 0]);
    }
}
