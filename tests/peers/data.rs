//! What every program of the benchmark agrees on: the statements of the cases, and the line that reports a run.
//!
//! The database has these tables. `t` is the one that is read: 4 integer, 2 real and 4 text columns, of which `d`, `f` and
//! `j` hold a NULL in every tenth row on average. `more` is a tenth as long, and is what is appended. `d` has a thousand
//! rows to join with. `named` has a text key with a unique index; `keys` has as many keys as `t` has rows, in random
//! order, of which about one in a hundred is absent.

use std::fmt::Write;
use std::time::Duration;

/// The table that is loaded, as declared.
pub const CREATE: &str = "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT)";

/// The indexes of the cases that have them, on random values.
pub const INDEXES: &str =
    "CREATE INDEX t_c ON t(c); CREATE INDEX t_e ON t(e); CREATE INDEX t_h ON t(h)";

/// Loads a row into it.
pub const INSERT: &str = "INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// All of the table.
pub const SCAN: &str = "SELECT a, b, c, d, e, f, g, h, i, j FROM t";

/// What `load-3idx-append` appends.
pub const MORE: &str = "SELECT a, b, c, d, e, f, g, h, i, j FROM more";

/// Two of the ten columns.
pub const SCAN_2OF10: &str = "SELECT b, e FROM t";

/// A join with a filter and an expression.
pub const FILL: &str = "SELECT t.a, t.c, t.e * d.rate AS amount, d.label, t.h FROM t JOIN d ON d.id = t.b WHERE t.d >= 10000";

/// A hundred rows.
pub const FILL_100X10: &str =
    "SELECT a, b, c, d, e, f, g, h, i, j FROM t WHERE rowid > ?1 LIMIT 100";

/// The keys of both lookups.
pub const KEYS: &str = "SELECT id, name FROM keys";

/// One lookup by rowid.
pub const LOOKUP: &str = "SELECT c, e, h FROM t WHERE rowid = ?1";

/// One lookup by a text key.
pub const LOOKUP_TEXT: &str = "SELECT c, e, h FROM named WHERE name = ?1";

/// A sum of squares, by a function that the program defines.
pub const AGGREGATE: &str = "SELECT sum_of_squares(d) FROM t";

/// A scalar function that the program defines: one more than its argument, NULL for NULL.
pub const FUNCTION: &str = "SELECT sum(one_more(d)) FROM t";

/// What a connection that reads a warm database says of itself: its page cache may hold all of it.
pub const READING: &str = "PRAGMA cache_size = -4000000";

/// What a connection that loads says of itself: no waiting for the disk, which would measure the disk. The page cache is of
/// SQLite's usual size.
pub const LOADING: &str = "PRAGMA synchronous = OFF";

/// Reads all pages of each table and index, so that they are in the connection's cache.
pub const WARM: [&str; 3] = [
    "SELECT sum(length(j)) FROM t",
    "SELECT sum(length(h)) FROM named",
    "SELECT count(*) FROM named",
];

/// Where the `index`th query of `fill-100x10` starts, in a table of `rows` rows.
pub fn start(index: usize, rows: usize) -> i64 {
    (index * 7919 % (rows - 99)) as i64
}

/// What a run reports.
#[derive(Debug, Default)]
pub struct Report {
    /// Rows read or written.
    pub rows: usize,
    /// Executions of the case that were timed, where it is more than one.
    pub queries: usize,
    /// The time of the timed part.
    pub elapsed: Duration,
    /// Of what was read; empty where the table that was loaded is to be read.
    pub checksum: String,
    /// Calls between Rust and C, where they are counted.
    pub crossings: Option<u64>,
}

impl Report {
    /// Prints it as the line that `cargo xtask bench` reads. `sqlite` is the library's version.
    pub fn print(&self, sqlite: &str) {
        let mut line = format!(
            "{{\"rows\": {}, \"queries\": {}, \"ns\": {}, \"checksum\": \"{}\", \"peak_kib\": {}, \"sqlite\": \"{sqlite}\"",
            self.rows,
            self.queries.max(1),
            self.elapsed.as_nanos(),
            self.checksum,
            peak_kib()
        );
        if let Some(crossings) = self.crossings {
            let _ = write!(line, ", \"crossings\": {crossings}");
        }
        println!("{line}}}");
    }
}

/// The most memory that this process had, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
