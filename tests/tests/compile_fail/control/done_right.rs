//! What the other cases do, done right.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Connection, Result};

struct Counts(Arc<AtomicI64>);

impl BatchAggregate for Counts {
    type State = i64;
    type Output = i64;

    fn init(&self) -> i64 {
        0
    }

    fn update(&self, count: &mut i64, rows: &ArgumentBatch<'_>) -> Result<()> {
        let more = i64::try_from(rows.rows()).unwrap_or(0);
        self.0.fetch_add(more, Ordering::Relaxed);
        *count += more;
        Ok(())
    }

    fn finish(&self, count: i64) -> Result<i64> {
        Ok(count)
    }
}

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

    // An aggregate that owns what it uses, registered while nothing borrows the connection.
    conn.create_batch_aggregate("counts", &[ArgumentType::Any], Counts(Arc::default()))?;
    let count: i64 =
        conn.query_row("SELECT counts(column1) FROM (VALUES (1), (2))", (), |row| {
            row.get(0)
        })?;
    assert_eq!(count, 2);
    conn.remove_function("counts", 1)?;

    // A table input ends before its connection.
    let ids = conn.table_input_of("ids", vec![1_i64])?;
    conn.execute("SELECT * FROM ids", ())?;
    ids.close()?;

    // A handler that owns what it uses; a scope and a statement that end before their connection.
    let most = Arc::new(1_000_000);
    let mut calls = 0;
    conn.progress_handler(
        1000,
        Some(move || {
            calls += 1;
            calls > *most
        }),
    )?;
    conn.busy_handler(Some(|attempts| attempts < 3))?;
    {
        let scope = conn.interrupt_scope()?;
        let mut stmt = conn.prepare("SELECT 1")?;
        stmt.set_deadline(None)?;
        stmt.execute(())?;
        assert!(!scope.is_interrupted());
    }
    conn.progress_handler(0, None::<fn() -> bool>)?;

    // The connection moves to a thread, interrupts come from anywhere.
    let handle = conn.interrupt_handle();
    let conn = std::thread::scope(|scope| {
        scope.spawn(|| handle.interrupt());
        scope.spawn(move || conn).join()
    });
    let conn = conn.map_err(|_| clib::Error::other("the thread panicked"))?;
    conn.close().map_err(|(_, error)| error)
}
