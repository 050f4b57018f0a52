use clib::{Authorization, Collation, Connection, FunctionFlags, Result, TraceEvents};
use std::cell::Cell;
use std::rc::Rc;

fn scalar_function(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_scalar_function("f", 0, FunctionFlags::empty(), move |_| Ok(count.get()))
}

fn typed_function(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_typed_function("f", FunctionFlags::empty(), move || Ok(count.get()))
}

fn collation(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_collation("c", move |_, _| count.get().cmp(&0))
}

fn collation_bytes(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_collation_bytes("c", move |_, _| count.get().cmp(&0))
}

fn collation_needed(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.collation_needed(move |_| { let _ = count.get(); Ok(None) })
}

fn collation_made(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.collation_needed(|_| Ok(None)).map(|()| drop(Collation::new(move |_, _| count.get().cmp(&0))))
}

fn commit_hook(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    Ok(conn.commit_hook(move || { let _ = count.get(); Ok(()) }))
}

fn rollback_hook(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    Ok(conn.rollback_hook(move || { let _ = count.get(); }))
}

fn update_hook(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    Ok(conn.update_hook(move |_, _, _, _| { let _ = count.get(); }))
}

fn wal_hook(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    Ok(conn.wal_hook(move |_| { let _ = count.get(); Ok(()) }))
}

fn authorizer(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.authorizer(move |_| { let _ = count.get(); Authorization::Allow })
}

fn trace(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.trace(TraceEvents::all(), move |_| { let _ = count.get(); })
}

fn main() {}
