use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("SELECT 1 AS one")?;
    let name = stmt.column_name(0);
    stmt.execute(())?;
    println!("{name:?}");
    Ok(())
}
