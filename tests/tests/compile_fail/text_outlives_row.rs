use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("VALUES ('one'), ('two')")?;
    let mut rows = stmt.query(())?;
    let text: &str = rows.next()?.unwrap().get(0)?;
    rows.next()?;
    println!("{text}");
    Ok(())
}
