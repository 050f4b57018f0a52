//! The peers: our own program, and those that it is compared with.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::build::{self, Build};
use super::program::Program;

/// The peers that are not built from this repository and its pins alone: they are left out where the machine lacks them.
const OPTIONAL: [&str; 4] = ["go-sqlite3", "adbc", "connectorx", "python"];

/// The programs of a benchmark.
pub(crate) struct Peers {
    pub(crate) ours: Program,
    /// Also the one that reads what others have loaded.
    pub(crate) c_loop: Program,
    found: BTreeMap<&'static str, Program>,
    missing: Vec<(&'static str, String)>,
}

impl Peers {
    /// Builds or finds those that are named, and always ours and the C loop.
    pub(crate) fn build(names: &[&'static str], build: Build) -> Result<Self> {
        let mut peers = Self {
            ours: build::ours(build)?,
            c_loop: build::c_loop(build)?,
            found: BTreeMap::new(),
            missing: Vec::new(),
        };
        for &name in names {
            if peers.found.contains_key(name) || peers.missing.iter().any(|known| known.0 == name) {
                continue;
            }
            match peers.program(name, build) {
                Ok(program) => {
                    peers.found.insert(name, program);
                }
                Err(error) if OPTIONAL.contains(&name) => {
                    peers.missing.push((name, format!("{error:#}")));
                }
                Err(error) => return Err(error.context(format!("cannot build the peer {name}"))),
            }
        }
        Ok(peers)
    }

    fn program(&self, name: &str, build: Build) -> Result<Program> {
        Ok(match name {
            "own" => self.ours.clone(),
            "c-loop" => self.c_loop.clone(),
            // The same program with several rows in each INSERT.
            "c-multivalues" => self.c_loop.renamed(|case| format!("{case}-multivalues")),
            // The same program with a page cache that holds the database.
            "c-loop-cache" => self.c_loop.renamed(|case| format!("{case}-cache")),
            "rusqlite" => build::rusqlite(build)?,
            "go-sqlite3" => build::go_sqlite3()?,
            "adbc" => build::python("peer_adbc.py", "adbc_driver_sqlite.dbapi, pyarrow")?,
            "connectorx" => build::python("peer_connectorx.py", "connectorx, pyarrow")?,
            "python" => build::python("peer_sqlite3.py", "sqlite3")?,
            _ => return Err(anyhow::anyhow!("no program is known by this name")),
        })
    }

    /// The program of a peer, where it was found.
    pub(crate) fn get(&self, name: &str) -> Result<&Program> {
        self.found
            .get(name)
            .with_context(|| format!("{name} was not found"))
    }

    pub(crate) fn is_missing(&self, name: &str) -> bool {
        self.missing.iter().any(|missing| missing.0 == name)
    }

    /// The peers that the machine lacks, and why.
    pub(crate) fn missing(&self) -> &[(&'static str, String)] {
        &self.missing
    }
}
