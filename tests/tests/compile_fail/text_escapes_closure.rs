use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let text = conn.query_row("SELECT 'text'", (), |row| row.get::<_, &str>(0))?;
    println!("{text}");
    Ok(())
}
