use clib::Connection;

/// As `std::thread::Scope::spawn` asks.
fn on_another_thread(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(work);
    });
}

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let tx = conn.transaction()?;
    on_another_thread(move || drop(tx.commit()));
    Ok(())
}
