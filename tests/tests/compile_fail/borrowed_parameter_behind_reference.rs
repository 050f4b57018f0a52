use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT length(?1)")?;
    let mut rows = {
        let text = "text".to_owned();
        stmt.query_borrowed(&[text.as_str()])?
    };
    rows.next()?;
    Ok(())
}
