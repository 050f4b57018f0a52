//! What the other cases do, done right.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use clib::{
    ArgumentBatch, ArgumentType, Authorization, BatchAggregate, Collation, Connection,
    FunctionFlags, Result, TraceEvent, TraceEvents,
};

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

    // Callbacks own what they capture, and copy what they keep.
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeps = || {
        let kept = Arc::clone(&kept);
        move |text: &str| {
            kept.lock()
                .map(|mut kept| kept.push(text.to_owned()))
                .is_ok()
        }
    };
    let keep = keeps();
    conn.create_scalar_function("f", 1, FunctionFlags::empty(), move |context| {
        Ok(keep(context.get(0)?))
    })?;
    let keep = keeps();
    conn.create_typed_function("g", FunctionFlags::empty(), move |text: String| {
        Ok(keep(&text))
    })?;
    let keep = keeps();
    conn.create_collation("c", move |a, b| {
        keep(a);
        a.cmp(b)
    })?;
    conn.create_collation_bytes("b", |a, b| a.cmp(b))?;
    let keep = keeps();
    conn.collation_needed(move |name| {
        keep(name);
        Ok(Some(Collation::new(|a, b| a.cmp(b))))
    })?;
    let keep = keeps();
    conn.commit_hook(move || {
        keep("commit");
        Ok(())
    });
    let keep = keeps();
    conn.rollback_hook(move || _ = keep("rollback"));
    let keep = keeps();
    conn.update_hook(move |_, _, table, _| _ = keep(table));
    if clib::require("sqlite3_preupdate_hook").is_ok() {
        let keep = keeps();
        conn.preupdate_hook(move |change| {
            let name = change.after().and_then(|new| new.get::<&str>(0).ok());
            keep(name.unwrap_or_default());
        })?;
    }
    let keep = keeps();
    conn.wal_hook(move |commit| {
        keep(commit.schema());
        Ok(())
    });
    let keep = keeps();
    conn.authorizer(move |context| {
        keep(context.accessor.unwrap_or_default());
        Authorization::Allow
    })?;
    let keep = keeps();
    conn.trace(TraceEvents::STATEMENT, move |event| {
        if let TraceEvent::Statement { statement, .. } = event {
            keep(&statement.sql());
        }
    })?;
    conn.query_row(
        "SELECT f('x'), g('y'), 'a' = 'b' COLLATE c, 'a' = 'b' COLLATE other",
        (),
        |_| Ok(()),
    )?;
    assert!(kept.lock().is_ok_and(|kept| kept.len() >= 5));
    conn.remove_trace()?;
    conn.remove_authorizer()?;
    conn.remove_wal_hook()?;
    conn.remove_update_hook();
    conn.remove_preupdate_hook();
    conn.remove_rollback_hook();
    conn.remove_commit_hook();
    conn.remove_collation_needed()?;
    conn.remove_collation("c")?;
    conn.remove_function("f", 1)?;

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
