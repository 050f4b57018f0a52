//! A handler is not replaced while a statement lives, which could be calling it.

use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 1")?;
    conn.progress_handler(1000, Some(|| false))?;
    stmt.execute(())?;
    Ok(())
}
