use clib::Connection;

fn main() -> clib::Result<()> {
    let mut stmt = {
        let conn = Connection::open_in_memory()?;
        conn.prepare("SELECT 1")?
    };
    stmt.execute(())?;
    Ok(())
}
