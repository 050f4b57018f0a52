use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let first = conn.transaction()?;
    let second = conn.transaction()?;
    first.commit()?;
    second.commit()
}
