//! The databases of a benchmark, in a folder that goes away with it, and the running of cases on them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::build;
use super::case::{Case, Scratch};
use super::peer::Peers;
use super::program::{Program, Run};

pub(crate) struct Workplace<'a> {
    pub(crate) peers: &'a Peers,
    pub(crate) rows: u64,
    /// What all programs read.
    pub(crate) database: PathBuf,
    folder: TempDir,
}

impl<'a> Workplace<'a> {
    pub(crate) fn new(peers: &'a Peers, rows: u64) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("databases-")
            .tempdir_in(build::folder()?)
            .context("cannot make a folder for the databases")?;
        let database = folder.path().join("read.db");
        peers.ours.run("make", &database, rows, None)?;
        Ok(Self {
            peers,
            rows,
            database,
            folder,
        })
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The bytes of the pages that hold the table.
    pub(crate) fn table_bytes(&self) -> Result<u64> {
        let run = self
            .peers
            .c_loop
            .run("bytes", &self.database, self.rows, None)?;
        Ok(run.rows)
    }

    /// Runs a case. Where it loads, the checksum is that of the table, read by the C loop, and with `thorough` the database
    /// is checked whole.
    pub(crate) fn run(&self, program: &Program, case: &Case, thorough: bool) -> Result<Run> {
        if case.scratch == Scratch::None {
            return program.run(case.name, &self.database, self.rows, None);
        }
        let scratch = self.file("scratch.db");
        remove(&scratch)?;
        if case.scratch == Scratch::Indexed {
            fs::copy(self.indexed()?, &scratch)?;
        }
        let mut run = program.run(case.name, &self.database, self.rows, Some(&scratch))?;
        let loaded = self.read_back(&scratch)?;
        let expected = match case.scratch {
            Scratch::Indexed => self.rows + run.rows,
            _ => run.rows,
        };
        ensure!(
            loaded.rows == expected,
            "{program} {} left {} rows, expected {expected}",
            case.name,
            loaded.rows
        );
        run.checksum = loaded.checksum;
        if thorough {
            self.peers
                .c_loop
                .run("integrity", &scratch, self.rows, None)?;
        }
        remove(&scratch)?;
        Ok(run)
    }

    fn read_back(&self, scratch: &Path) -> Result<Run> {
        self.peers.c_loop.run("verify", scratch, self.rows, None)
    }

    /// The database that `load-3idx-append` starts from, made when it is first needed.
    fn indexed(&self) -> Result<PathBuf> {
        let path = self.file("indexed.db");
        if !path.exists() {
            self.peers
                .ours
                .run("make-indexed", &path, self.rows, None)?;
        }
        Ok(path)
    }
}

/// Removes a database that may not be there, with what belongs to it.
pub(crate) fn remove(database: &Path) -> Result<()> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).context(format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
