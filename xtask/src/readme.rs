//! The README: the commands that it tells a reader to type, and the tables that commands make.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::root::root;

/// The README's text.
pub(crate) fn text() -> Result<String> {
    fs::read_to_string(root().join("README.md")).context("cannot read README.md")
}

/// `text` with `block` between the markers of `cargo xtask COMMAND --readme`.
pub(crate) fn replace(text: &str, command: &str, block: &str) -> Result<String> {
    let marker = |end: &str| format!("<!-- made by `cargo xtask {command} --readme`: {end} -->");
    let (start, end) = (marker("start"), marker("end"));
    let missing = || format!("README.md has no `{start}` and `{end}` behind it");
    let (before, rest) = text.split_once(&start).with_context(missing)?;
    let (_, after) = rest.split_once(&end).with_context(missing)?;
    Ok(format!("{before}{start}\n{block}{end}{after}"))
}

/// The shell commands of `markdown` that run the command-line tool, in order. Fails where there are none, or where
/// `cargo test --workspace` is not among the commands.
pub(crate) fn commands(markdown: &str) -> Result<Vec<String>> {
    let all = shell_lines(markdown);
    if !all.iter().any(|line| line == "cargo test --workspace") {
        bail!("README.md does not say `cargo test --workspace`");
    }
    let tool: Vec<_> = all.into_iter().filter(|line| runs_tool(line)).collect();
    if !tool.iter().any(|line| line.contains(" import ")) {
        bail!("README.md has no command that imports");
    }
    Ok(tool)
}

fn runs_tool(line: &str) -> bool {
    ["cargo run --release --bin clib ", "target/release/clib "]
        .iter()
        .any(|start| line.starts_with(start))
}

/// The files under `target/` that `command` writes: what an earlier run left there would be in its way.
pub(crate) fn outputs(command: &str) -> impl Iterator<Item = &str> {
    command
        .split_whitespace()
        .filter(|word| word.starts_with("target/") && !word.starts_with("target/release/"))
}

/// The lines of the fenced blocks marked as shell, continued lines joined, prompts and comments left out.
fn shell_lines(markdown: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    let mut open = String::new();
    for line in markdown.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = !inside && matches!(language.trim(), "sh" | "bash" | "shell" | "console");
            continue;
        }
        if !inside {
            continue;
        }
        let line = line.trim();
        let line = line.strip_prefix("$ ").unwrap_or(line);
        match line.strip_suffix('\\') {
            Some(start) => open += start,
            None => {
                open += line;
                let whole = std::mem::take(&mut open);
                if !whole.is_empty() && !whole.starts_with('#') {
                    lines.push(without_comment(&whole).to_owned());
                }
            }
        }
    }
    lines
}

/// `command   # why` without the comment.
fn without_comment(line: &str) -> &str {
    match line.split_once("  #") {
        Some((command, _)) => command.trim_end(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# clib\n\
        ```sh\n\
        $ cargo run --release --bin clib -- import a.csv \\\n    target/a.db --null NA\n\
        cargo test --workspace   # everything\n\
        ```\n\
        ```rust\ntarget/release/clib not shell\n```\n\
        ```console\n# a comment\ntarget/release/clib query target/a.db 'SELECT 1'\nls\n```\n";

    #[test]
    fn commands_of_the_tool_are_found() {
        assert_eq!(
            commands(README).unwrap(),
            [
                "cargo run --release --bin clib -- import a.csv target/a.db --null NA",
                "target/release/clib query target/a.db 'SELECT 1'",
            ]
        );
    }

    #[test]
    fn outputs_are_told_from_the_tool() {
        let found: Vec<_> =
            outputs("target/release/clib export target/a.db t target/a.parquet").collect();
        assert_eq!(found, ["target/a.db", "target/a.parquet"]);
    }

    #[test]
    fn a_readme_without_the_two_commands_is_refused() {
        let error = commands("```sh\ncargo test\n```\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "README.md does not say `cargo test --workspace`"
        );
        let error = commands("```sh\ncargo test --workspace\n```\n").unwrap_err();
        assert_eq!(error.to_string(), "README.md has no command that imports");
    }

    #[test]
    fn a_table_is_put_between_its_markers() {
        const START: &str = "<!-- made by `cargo xtask matrix --readme`: start -->";
        const END: &str = "<!-- made by `cargo xtask matrix --readme`: end -->";
        let text = format!("before\n{START}\nold\n{END}\nafter\n");
        let once = replace(&text, "matrix", "new\n").unwrap();
        assert_eq!(once, format!("before\n{START}\nnew\n{END}\nafter\n"));
        assert_eq!(replace(&once, "matrix", "new\n").unwrap(), once);
        assert!(replace(&once, "bench", "new\n").is_err());
        assert!(replace(&format!("{END}{START}"), "matrix", "new\n").is_err());
    }
}
