//! A parallel reader may read by the connection itself.

use clib::{Connection, ParallelOptions, ReadOptions, Result};

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    let reader = conn.read_table_parallel("t", &ParallelOptions::new(), &ReadOptions::new())?;
    drop(conn);
    drop(reader);
    Ok(())
}
