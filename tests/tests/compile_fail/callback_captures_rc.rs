use clib::{Aggregate, Authorization, Collation, Connection, Context, FunctionFlags, Result, TraceEvents, WindowAggregate};
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

fn preupdate_hook(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.preupdate_hook(move |_| { let _ = count.get(); })
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

fn progress_handler(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.progress_handler(1000, Some(move || count.get() > 0))
}

fn busy_handler(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.busy_handler(Some(move |_| count.get() > 0))
}

struct Shares(Rc<Cell<i64>>);

impl Aggregate for Shares {
    type State = i64;
    type Output = i64;

    fn init(&self) -> Result<i64> {
        Ok(self.0.get())
    }

    fn step(&self, _: &mut i64, _: &Context<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(&self, sum: i64) -> Result<i64> {
        Ok(sum)
    }
}

impl WindowAggregate for Shares {
    fn value(&self, sum: &i64) -> Result<i64> {
        Ok(*sum)
    }

    fn inverse(&self, _: &mut i64, _: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

fn aggregate_function(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_aggregate_function("f", 0, FunctionFlags::empty(), Shares(count))
}

fn window_function(conn: &mut Connection, count: Rc<Cell<i64>>) -> Result<()> {
    conn.create_window_function("f", 0, FunctionFlags::empty(), Shares(count))
}

fn main() {}
