//! A small program: what it runs with, and a query. `cargo xtask matrix` measures how long it takes to build, and its size.

use clib::{Connection, Result};

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)")?;
    let sum: i64 = conn.query_row("SELECT sum(a) FROM t", (), |row| row.get(0))?;
    println!("{} {} {sum}", clib::LINK_MODE, clib::version());
    Ok(())
}
