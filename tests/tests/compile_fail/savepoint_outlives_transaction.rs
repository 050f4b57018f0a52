use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let mut tx = conn.transaction()?;
    let savepoint = tx.savepoint()?;
    tx.commit()?;
    savepoint.commit()
}
