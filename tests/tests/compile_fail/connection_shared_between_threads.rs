use clib::Connection;

/// As `std::thread::Scope::spawn` asks.
fn on_another_thread(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(work);
    });
}

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    on_another_thread(|| drop(conn.execute_batch("SELECT 1")));
    Ok(())
}
