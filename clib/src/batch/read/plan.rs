//! By which path rows are read.

use std::fmt;

use crate::batch::options::ReadPath;
use crate::error::Result;
use crate::raw::{self, Execution};

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

/// Takes the fastest path that is asked for and can be taken. The execution has made its first step.
pub(super) fn choose(
    execution: &mut Execution<'_>,
    at_row: bool,
    asked: ReadPath,
) -> Result<ReadPlan> {
    let portable = |reason: &str| {
        Ok(ReadPlan {
            path: ReadPath::Portable,
            obstacle: Some(reason.to_owned()),
        })
    };
    if !raw::kernel_available() {
        return portable("there is no kernel in this link mode");
    }
    if asked == ReadPath::Portable {
        return portable("it is asked for");
    }
    if !at_row {
        return portable("there are no rows");
    }
    let obstacle = execution.fuse(asked != ReadPath::Fill)?;
    Ok(match obstacle {
        None => ReadPlan {
            path: ReadPath::Scan,
            obstacle: None,
        },
        Some(_) if asked == ReadPath::Fill => ReadPlan {
            path: ReadPath::Fill,
            obstacle: Some("it is asked for".to_owned()),
        },
        obstacle => ReadPlan {
            path: ReadPath::Fill,
            obstacle,
        },
    })
}
