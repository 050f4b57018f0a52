use clib::{Connection, Result};

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    let ids = conn.table_input_of("ids", vec![1_i64])?;
    conn.close().map_err(|(_, error)| error)?;
    ids.close()
}
