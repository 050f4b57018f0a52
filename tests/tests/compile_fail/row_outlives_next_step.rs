use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("VALUES (1), (2)")?;
    let mut rows = stmt.query(())?;
    let first = rows.next()?.unwrap();
    let second = rows.next()?.unwrap();
    let _: (i64, i64) = (first.get(0)?, second.get(0)?);
    Ok(())
}
