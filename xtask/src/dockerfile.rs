//! The Dockerfile: read, and done, as far as that goes without an engine.
//!
//! What is run in the first stage is run here, in the tree. Then the program is put into a folder that holds nothing else but the
//! libraries it is linked with, all of which every Debian system has, and imports and queries there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::chroot::Chroot;
use crate::process::{self, run};
use crate::root::root;

/// Where the Dockerfile puts what the second stage takes.
const IMAGE: &str = "/image/";

/// Says what could not be done.
pub(crate) fn check() -> Result<Option<&'static str>> {
    let text = fs::read_to_string(root().join("Dockerfile")).context("cannot read Dockerfile")?;
    let [build, last] = stages(&text)?;
    ensure!(
        last.all("RUN").next().is_none(),
        "the last stage runs something"
    );
    ensure!(
        build.all("COPY").eq([". ."]),
        "the first stage copies something else than the tree"
    );
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    let image = format!("{}/", scratch.path().display());
    for line in build.all("RUN") {
        println!("$ {line}");
        run(Command::new("sh")
            .current_dir(root())
            .args(["-ec", &line.replace(IMAGE, &image)]))?;
    }
    // What the last stage copies was made, and is where it is started from.
    let copied: Vec<_> = last
        .all("COPY")
        .map(|line| copy(line, &build))
        .collect::<Result<_>>()?;
    let entry = last.all("ENTRYPOINT").next().unwrap_or_default();
    let entry = entry.trim_matches(['[', ']']).trim_matches('"');
    let program = copied
        .iter()
        .find(|(_, to)| *to == entry)
        .map(|(from, _)| Path::new(&image).join(from))
        .with_context(|| format!("the entry point `{entry}` is not copied"))?;

    let Some(chroot) = Chroot::new()? else {
        return Ok(Some(
            "no `chroot` here: the program was built, and not run alone",
        ));
    };
    chroot.put(&program, entry)?;
    for library in chroot.put_libraries_of(&program)? {
        let owner = owner(&library);
        ensure!(
            owner
                .as_deref()
                .is_none_or(|owner| ["libc6", "libgcc-s1"].contains(&owner)),
            "{entry} is linked with {library}, of {owner:?}, which not every Debian system has"
        );
    }
    let csv = scratch.path().join("t.csv");
    fs::write(&csv, "a,b\n1,x\n2,y\n")?;
    chroot.put(&csv, "/data/t.csv")?;
    chroot.output(entry, &["import", "/data/t.csv", "/data/t.db"])?;
    let said = chroot.output(
        entry,
        &[
            "query",
            "/data/t.db",
            "SELECT sum(a) FROM t",
            "--format",
            "csv",
        ],
    )?;
    ensure!(
        said.lines().last() == Some("3"),
        "the program says `{said}`"
    );
    println!("{entry} imports and queries with its libraries alone");
    Ok(None)
}

/// The Debian package that a file is of, where this is Debian.
fn owner(file: &str) -> Option<String> {
    let real = fs::canonicalize(file).ok()?;
    let said = [Path::new(file), real.as_path()]
        .into_iter()
        // Debian's own lists may say /lib for what is in /usr/lib.
        .flat_map(|path| {
            [
                path.to_owned(),
                Path::new("/").join(path.strip_prefix("/usr").unwrap_or(path)),
            ]
        })
        .find_map(|path| process::output(Command::new("dpkg").arg("-S").arg(path)))?;
    Some(said.split(':').next()?.to_owned())
}

/// A stage: its instructions, each with the rest of its line.
struct Stage {
    name: String,
    instructions: Vec<(String, String)>,
}

impl Stage {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.instructions.iter().filter(move |(n, _)| n == name);
        of_name.map(|(_, rest)| rest.as_str())
    }
}

/// The stages of a Dockerfile, of which there are two.
fn stages(text: &str) -> Result<[Stage; 2]> {
    let mut stages: Vec<Stage> = Vec::new();
    let text = text.replace("\\\n", " ");
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, rest) = line
            .split_once(' ')
            .with_context(|| format!("Dockerfile: `{line}` is no instruction"))?;
        if name == "FROM" {
            stages.push(Stage {
                name: rest.split(" AS ").nth(1).unwrap_or_default().to_owned(),
                instructions: Vec::new(),
            });
        }
        stages
            .last_mut()
            .context("Dockerfile: the first instruction is not FROM")?
            .instructions
            .push((name.to_owned(), rest.trim().to_owned()));
    }
    let [build, last] = <[Stage; 2]>::try_from(stages)
        .ok()
        .context("Dockerfile: not two stages")?;
    let images: Vec<_> = build.all("FROM").chain(last.all("FROM")).collect();
    ensure!(
        matches!(images.as_slice(), [first, second] if first.starts_with("rust:") && second.starts_with("debian:")),
        "Dockerfile: the stages are {images:?}, and not of a `rust:` image and a `debian:` one"
    );
    Ok([build, last])
}

/// What an instruction `COPY --from=STAGE FROM TO` takes from where, without the folder, and puts where.
fn copy<'a>(line: &'a str, build: &Stage) -> Result<(&'a str, &'a str)> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [option, from, to] = words.as_slice() else {
        anyhow::bail!("Dockerfile: `COPY {line}` in the last stage is not of one file");
    };
    ensure!(
        option.strip_prefix("--from=") == Some(build.name.as_str()),
        "Dockerfile: `COPY {line}` is not from the first stage"
    );
    let from = from
        .strip_prefix(IMAGE)
        .with_context(|| format!("Dockerfile: `COPY {line}` is not from {IMAGE}"))?;
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# about\nFROM rust:1 AS build\nRUN a \\\n  b\nCOPY . .\n\nFROM debian:x\nCOPY --from=build /image/p /bin/p\n";

    #[test]
    fn stages_are_read() {
        let [build, last] = stages(GOOD).unwrap();
        assert_eq!(build.all("RUN").collect::<Vec<_>>(), ["a    b"]);
        let line = last.all("COPY").next().unwrap();
        assert_eq!(copy(line, &build).unwrap(), ("p", "/bin/p"));
        for wrong in ["--from=other /image/p /p", "--from=build /else/p /p", "a b"] {
            assert!(copy(wrong, &build).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_toolchain_in_the_last_stage_is_refused() {
        let error = stages(&GOOD.replace("debian:x", "rust:1")).err().unwrap();
        assert!(
            error
                .to_string()
                .contains("[\"rust:1 AS build\", \"rust:1\"]"),
            "{error}"
        );
        assert!(stages("RUN a b\n").is_err());
        assert!(stages("FROM rust:1 AS build\n").is_err());
    }
}
