//! Makes a database in the file that it is named, opens it again, and says what it runs with and what it reads there.

use clib::{Connection, Error, Result};

fn main() -> Result<()> {
    let path = std::env::args_os()
        .nth(1)
        .ok_or_else(|| Error::other("which file?"))?;
    let conn = Connection::open(&path)?;
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)")?;
    conn.close().map_err(|(_, error)| error)?;
    let conn = Connection::open(&path)?;
    let sum: i64 = conn.query_row("SELECT sum(a) FROM t", (), |row| row.get(0))?;
    println!("{} {} {sum}", clib::LINK_MODE, clib::version());
    Ok(())
}
