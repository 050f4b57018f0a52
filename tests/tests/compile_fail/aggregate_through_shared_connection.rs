use clib::{Connection, Result};

fn main() -> Result<()> {
    let conn = Connection::open_in_memory()?;
    let shared = &conn;
    shared.remove_function("counts", 1)
}
