use clib::Connection;

fn begin(conn: &Connection) -> clib::Result<()> {
    conn.transaction()?.commit()
}

fn main() -> clib::Result<()> {
    begin(&Connection::open_in_memory()?)
}
