//! A reader that is handed on, as an exported stream is, must not borrow the connection.

use clib::{Connection, ReadOptions, Result};

fn export(_reader: Box<dyn arrow_array::RecordBatchReader>) {}

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    let reader = conn.read_table("t", &ReadOptions::new())?;
    export(Box::new(reader));
    Ok(())
}
