//! A connection of a pool is one thread's at a time.

use clib::Pool;

fn main() -> clib::Result<()> {
    let pool = Pool::open("pool.db")?;
    let conn = pool.get()?;
    std::thread::scope(|threads| {
        threads.spawn(|| conn.execute_batch("SELECT 1"));
    });
    Ok(())
}
