//! Cases that look up as many keys as the table has rows: columns `c`, `e` and `h` in the order of the keys, NULL where a
//! key is absent. The keys are read before, and are not timed; the column of keys is the first or second of `data::KEYS`.

use arrow_array::ArrayRef;
use clib::{Connection, Result};

use crate::data::Report;
use crate::not_there_yet;

/// By rowid, in table `t`.
pub fn by_rowid(path: &str) -> Result<Report> {
    lookup(path, "t", "rowid", 0)
}

/// By a text key with a unique index, in table `named`.
pub fn by_text(path: &str) -> Result<Report> {
    lookup(path, "named", "name", 1)
}

fn lookup(_path: &str, _table: &str, _key_column: &str, _keys: usize) -> Result<Report> {
    // The keys: `read_all(&conn, data::KEYS)`, and `concat` of the column `keys`. Timed: `look_up`.
    not_there_yet("Connection::lookup")
}

/// Here `conn.lookup(table, &["c", "e", "h"], key_column, keys, &options)` goes.
#[expect(dead_code, reason = "waits for Connection::lookup")]
fn look_up(_conn: &Connection, _table: &str, _key_column: &str, _keys: &ArrayRef) {
    not_there_yet("Connection::lookup")
}
