use clib::{Connection, FunctionFlags, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    conn.create_typed_function("f", FunctionFlags::empty(), |text: &'static str| Ok(text.len() as i64))
}
