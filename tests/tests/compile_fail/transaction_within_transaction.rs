use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let tx = conn.transaction()?;
    tx.transaction()?;
    Ok(())
}
