//! SQLite keeps the handler for as long as the connection lives.

use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let stop = std::sync::atomic::AtomicBool::new(false);
    conn.progress_handler(1000, Some(|| stop.load(std::sync::atomic::Ordering::Relaxed)))?;
    Ok(())
}
