use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT x'00'")?;
    let mut rows = stmt.query(())?;
    let value = rows.next()?.unwrap().get_ref(0)?;
    drop(rows);
    println!("{value:?}");
    Ok(())
}
