use clib::{Connection, Result, TableInput};

fn input() -> Result<TableInput<'static>> {
    let conn = Connection::open_in_memory()?;
    conn.table_input_of("ids", vec![1_i64])
}

fn main() {
    let _ = input();
}
