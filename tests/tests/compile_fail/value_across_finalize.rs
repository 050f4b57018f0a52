use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT ?1")?;
    let mut rows = stmt.query(["text"])?;
    let row = rows.next()?.unwrap();
    drop(stmt);
    println!("{row:?}");
    Ok(())
}
