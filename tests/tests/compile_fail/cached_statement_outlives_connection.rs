use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare_cached("SELECT 1")?;
    drop(conn);
    stmt.execute(())?;
    Ok(())
}
