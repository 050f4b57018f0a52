use clib::Connection;

fn main() -> clib::Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let tx = conn.transaction()?;
    conn.execute_batch("CREATE TABLE t (a)")?;
    tx.commit()
}
