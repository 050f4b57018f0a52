use clib::Connection;

fn main() -> clib::Result<()> {
    let conn = Connection::open_in_memory()?;
    let mut stmt = conn.prepare("VALUES (1), (2)")?;
    let row = {
        let mut rows = stmt.query(())?;
        rows.next()?.unwrap()
    };
    let _: i64 = row.get(0)?;
    Ok(())
}
