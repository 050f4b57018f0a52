use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let path = conn.path();
    drop(conn);
    println!("{path:?}");
    Ok(())
}
