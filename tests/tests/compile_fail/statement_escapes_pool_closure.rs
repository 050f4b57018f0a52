//! What a closure has of the connection ends with it.

use clib::Pool;

fn main() -> clib::Result<()> {
    let pool = Pool::open("pool.db")?;
    let stmt = pool.read(|conn| conn.prepare("SELECT 1"))?;
    drop(stmt);
    Ok(())
}
