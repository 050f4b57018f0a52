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
    let mut rows = stmt.query(())?;
    let row = rows.next()?.unwrap();
    on_another_thread(move || drop(row.get::<_, i64>(0)));
    Ok(())
}
