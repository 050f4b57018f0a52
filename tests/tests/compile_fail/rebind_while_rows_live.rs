use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT ?1")?;
    let mut first = stmt.query([1])?;
    let mut second = stmt.query([2])?;
    first.next()?;
    second.next()?;
    Ok(())
}
