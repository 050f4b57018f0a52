use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT length(?1)")?;
    let text = "text".to_owned();
    let params = [text];
    let mut rows = stmt.query_borrowed(&params)?;
    drop(params);
    rows.next()?;
    Ok(())
}
