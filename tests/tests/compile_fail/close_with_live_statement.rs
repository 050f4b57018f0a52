use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 1")?;
    conn.close().map_err(|(_, error)| error)?;
    stmt.execute(())?;
    Ok(())
}
