use clib::Connection;

/// As `std::thread::Scope::spawn` asks.
fn on_another_thread(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(work);
    });
}

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 1")?;
    on_another_thread(move || drop(stmt.execute(())));
    Ok(())
}
