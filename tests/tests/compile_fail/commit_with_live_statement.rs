use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let tx = conn.transaction()?;
    let mut stmt = tx.prepare("SELECT 1")?;
    tx.commit()?;
    stmt.execute(())?;
    Ok(())
}
