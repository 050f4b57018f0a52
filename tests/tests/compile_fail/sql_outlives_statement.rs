use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let sql = conn.prepare("SELECT 1")?.sql();
    println!("{sql}");
    Ok(())
}
