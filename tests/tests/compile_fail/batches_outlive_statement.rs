//! The reader of a statement's rows borrows the statement, also as an Arrow reader.

use clib::{BatchReader, Connection, ReadOptions, Result};

fn read(conn: &Connection) -> Result<BatchReader<'_>> {
    let mut stmt = conn.prepare("SELECT 1")?;
    stmt.query_batches((), &ReadOptions::new())
}

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    read(&conn)?;
    Ok(())
}
