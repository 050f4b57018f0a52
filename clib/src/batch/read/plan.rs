//! By which path rows are read.

use std::fmt;

use crate::batch::options::ReadPath;

/// How a [`BatchReader`](crate::BatchReader) comes by its rows, and why not by a faster path.
///
/// ```
/// use clib::{Connection, ReadOptions};
///
/// let conn = Connection::open_in_memory()?;
/// conn.execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)")?;
/// let mut stmt = conn.prepare("SELECT a FROM t ORDER BY a DESC")?;
/// let reader = stmt.query_batches((), &ReadOptions::new())?;
/// println!("{}", reader.plan()); // fill: its rows do not come from one forward scan ...
/// # Ok::<(), clib::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadPlan {
    /// The path: never [`ReadPath::Auto`].
    pub path: ReadPath,
    /// Why not the next faster one; `None` where there is none.
    pub obstacle: Option<String>,
}

impl fmt::Display for ReadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.path {
            ReadPath::Auto => "auto",
            ReadPath::Scan => "scan",
            ReadPath::Fill => "fill",
            ReadPath::Portable => "portable",
        })?;
        match &self.obstacle {
            Some(obstacle) => write!(f, ": {obstacle}"),
            None => Ok(()),
        }
    }
}

impl ReadPlan {
    /// Of a reader that the kernel works for, with its reason for not walking the b-tree.
    pub(super) fn fused(asked: ReadPath, obstacle: Option<String>) -> Self {
        match obstacle {
            None => Self {
                path: ReadPath::Scan,
                obstacle: None,
            },
            Some(_) if asked == ReadPath::Fill => Self {
                path: ReadPath::Fill,
                obstacle: Some("no other is asked for".to_owned()),
            },
            obstacle => Self {
                path: ReadPath::Fill,
                obstacle,
            },
        }
    }

    /// Of a reader that the kernel does not work for.
    pub(super) fn portable(available: bool) -> Self {
        let obstacle = if available {
            "no other is asked for"
        } else {
            "there is no kernel in this link mode"
        };
        Self {
            path: ReadPath::Portable,
            obstacle: Some(obstacle.to_owned()),
        }
    }

    pub(super) fn without_rows() -> Self {
        Self {
            path: ReadPath::Portable,
            obstacle: Some("there are no rows".to_owned()),
        }
    }
}
