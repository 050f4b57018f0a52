//! A program in a folder that is the whole world to it: nothing is there but what it is given.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;

/// A folder that becomes the root of programs.
pub(crate) struct Chroot {
    folder: tempfile::TempDir,
    /// What comes before `chroot`, where this is not the superuser.
    prefix: &'static [&'static str],
}

/// Where a user's PATH does not lead.
const CHROOT: &str = "/usr/sbin/chroot";

impl Chroot {
    /// An empty one; `None` where the system allows no such thing.
    pub(crate) fn new() -> Result<Option<Self>> {
        let prefixes: [&[&str]; 2] = [&["unshare", "-r"], &["env"]];
        let prefix = prefixes.into_iter().find(|prefix| {
            let mut command = Command::new("env");
            command.args(*prefix).args([CHROOT, "/", "true"]);
            process::output(&mut command).is_some()
        });
        let Some(prefix) = prefix else {
            return Ok(None);
        };
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(Some(Self { folder, prefix }))
    }

    /// Puts a file there, with its permissions.
    pub(crate) fn put(&self, file: &Path, at: &str) -> Result<()> {
        let target = self.folder.path().join(at.trim_start_matches('/'));
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(file, &target)
            .with_context(|| format!("cannot copy {} to {}", file.display(), target.display()))?;
        Ok(())
    }

    /// Puts the libraries there that the program is linked with, and returns their paths.
    pub(crate) fn put_libraries_of(&self, program: &Path) -> Result<Vec<String>> {
        let list = process::output(Command::new("ldd").arg(program)).unwrap_or_default();
        let paths: Vec<_> = list
            .lines()
            .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
            .map(str::to_owned)
            .collect();
        for path in &paths {
            self.put(Path::new(path), path)?;
        }
        Ok(paths)
    }

    /// What the program at `path` prints there, with no environment.
    pub(crate) fn output(&self, path: &str, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("env");
        command
            .args(self.prefix)
            .arg("env")
            .arg("-i")
            .arg(CHROOT)
            .arg(self.folder.path())
            .arg(path)
            .args(arguments);
        let output = command
            .output()
            .with_context(|| format!("cannot run {}", process::shown(&command)))?;
        ensure!(
            output.status.success(),
            "failed ({}): {}\n{}",
            output.status,
            process::shown(&command),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
