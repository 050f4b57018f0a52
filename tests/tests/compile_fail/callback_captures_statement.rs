use clib::{Connection, FunctionFlags, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let other = Connection::open_in_memory()?;
    let stmt = other.prepare("SELECT 1")?;
    conn.create_scalar_function("f", 0, FunctionFlags::empty(), move |_| Ok(stmt.column_count()))
}
