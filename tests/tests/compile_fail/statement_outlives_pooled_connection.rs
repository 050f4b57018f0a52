//! A connection goes back to its pool without statements.

use clib::Pool;

fn main() -> clib::Result<()> {
    let pool = Pool::open("pool.db")?;
    let conn = pool.get()?;
    let mut stmt = conn.prepare("SELECT 1")?;
    drop(conn);
    stmt.execute(())?;
    Ok(())
}
