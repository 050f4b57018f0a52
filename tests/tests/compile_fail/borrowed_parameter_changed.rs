use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT length(?1)")?;
    let mut params = ["text".to_owned()];
    let mut rows = stmt.query_borrowed(&params)?;
    params[0].push('!');
    rows.next()?;
    Ok(())
}
