use clib::{Connection, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 1")?;
    conn.remove_function("counts", 1)?;
    stmt.execute(())?;
    Ok(())
}
