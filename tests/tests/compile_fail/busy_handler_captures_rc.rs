//! The handler moves between threads with its connection.

use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let most = std::rc::Rc::new(3);
    conn.busy_handler(Some(move |attempts| attempts < *most))?;
    Ok(())
}
