use clib::{Aggregate, Authorization, Connection, FunctionFlags, Result, TraceEvents, WindowAggregate};

fn scalar_function(conn: &Connection) -> Result<()> {
    conn.create_scalar_function("f", 0, FunctionFlags::empty(), |_| Ok(1))
}

fn typed_function(conn: &Connection) -> Result<()> {
    conn.create_typed_function("f", FunctionFlags::empty(), || Ok(1))
}

fn aggregate_function(conn: &Connection, sum: impl Aggregate) -> Result<()> {
    conn.create_aggregate_function("f", 0, FunctionFlags::empty(), sum)
}

fn window_function(conn: &Connection, sum: impl WindowAggregate) -> Result<()> {
    conn.create_window_function("f", 0, FunctionFlags::empty(), sum)
}

fn collation(conn: &Connection) -> Result<()> {
    conn.create_collation("c", |_, _| std::cmp::Ordering::Equal)
}

fn collation_bytes(conn: &Connection) -> Result<()> {
    conn.create_collation_bytes("c", |_, _| std::cmp::Ordering::Equal)
}

fn collation_needed(conn: &Connection) -> Result<()> {
    conn.collation_needed(|_| { Ok(None) })
}

fn commit_hook(conn: &Connection) -> Result<()> {
    Ok(conn.commit_hook(|| { Ok(()) }))
}

fn rollback_hook(conn: &Connection) -> Result<()> {
    Ok(conn.rollback_hook(|| {}))
}

fn update_hook(conn: &Connection) -> Result<()> {
    Ok(conn.update_hook(|_, _, _, _| {}))
}

fn preupdate_hook(conn: &Connection) -> Result<()> {
    conn.preupdate_hook(|_| {})
}

fn wal_hook(conn: &Connection) -> Result<()> {
    Ok(conn.wal_hook(|_| { Ok(()) }))
}

fn authorizer(conn: &Connection) -> Result<()> {
    conn.authorizer(|_| { Authorization::Allow })
}

fn trace(conn: &Connection) -> Result<()> {
    conn.trace(TraceEvents::all(), |_| {})
}

fn removed(conn: &Connection) -> Result<()> {
    conn.remove_function("f", 0)?;
    conn.remove_collation("c")?;
    conn.remove_collation_needed()?;
    conn.remove_commit_hook();
    conn.remove_rollback_hook();
    conn.remove_update_hook();
    conn.remove_preupdate_hook();
    conn.remove_wal_hook()?;
    conn.remove_authorizer()?;
    conn.remove_trace()
}

fn main() {}
