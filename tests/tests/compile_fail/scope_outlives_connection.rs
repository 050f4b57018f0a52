//! A scope ends before its connection does.

use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let scope = conn.interrupt_scope()?;
    drop(conn);
    drop(scope);
    Ok(())
}
