//! What the other cases do, done right.

use clib::{Connection, Result};

pub(crate) fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    conn.execute_batch("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('y')")?;

    // Rows one after the other; what outlives its row is owned.
    let mut stmt = conn.prepare("SELECT a FROM t")?;
    let name = stmt.column_name(0).map(|name| name.into_owned());
    let mut rows = stmt.query(())?;
    let mut texts = Vec::new();
    while let Some(row) = rows.next()? {
        let text: &str = row.get(0)?;
        texts.push(text.to_owned());
    }
    drop(rows);
    drop(stmt);
    assert_eq!((name.as_deref(), texts.len()), (Some("a"), 2));

    // Borrowed parameters outlive the rows.
    let text = "x".to_owned();
    let params = [&text];
    let mut stmt = conn.prepare("SELECT count(*) FROM t WHERE a = ?1")?;
    let mut rows = stmt.query_borrowed(&params)?;
    assert!(rows.next()?.is_some());
    drop(rows);
    drop(stmt);

    // One transaction after the other, savepoints within.
    let mut tx = conn.transaction()?;
    let savepoint = tx.savepoint()?;
    savepoint.execute("DELETE FROM t", ())?;
    savepoint.commit()?;
    tx.prepare("SELECT a FROM t")?
        .query_map((), |row| row.get::<_, String>(0))?
        .count();
    tx.commit()?;
    conn.transaction()?.rollback()?;

    // The connection moves to a thread, interrupts come from anywhere.
    let handle = conn.interrupt_handle();
    let conn = std::thread::scope(|scope| {
        scope.spawn(|| handle.interrupt());
        scope.spawn(move || conn).join()
    });
    let conn = conn.map_err(|_| clib::Error::other("the thread panicked"))?;
    conn.close().map_err(|(_, error)| error)
}
