use clib::{Aggregate, Authorization, Collation, Connection, Context, FunctionFlags, Result, TraceEvents, WindowAggregate};

struct Count(std::sync::atomic::AtomicI64);

impl Count {
    fn get(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

struct Sum<'a>(&'a Count);

impl<'a: 'static> Aggregate for Sum<'a> {
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

impl<'a: 'static> WindowAggregate for Sum<'a> {
    fn value(&self, sum: &i64) -> Result<i64> {
        Ok(*sum)
    }

    fn inverse(&self, _: &mut i64, _: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

fn scalar_function(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_scalar_function("f", 0, FunctionFlags::empty(), move |_| Ok(count.get()))
}

fn typed_function(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_typed_function("f", FunctionFlags::empty(), || Ok(count.get()))
}

fn aggregate_function(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_aggregate_function("f", 0, FunctionFlags::empty(), Sum(count))
}

fn window_function(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_window_function("f", 0, FunctionFlags::empty(), Sum(count))
}

fn collation(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_collation("c", |_, _| count.get().cmp(&0))
}

fn collation_bytes(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.create_collation_bytes("c", |_, _| count.get().cmp(&0))
}

fn collation_needed(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.collation_needed(|_| { count.get(); Ok(None) })
}

fn collation_made(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.collation_needed(|_| Ok(None)).map(|()| drop(Collation::new(|_, _| count.get().cmp(&0))))
}

fn commit_hook(conn: &mut Connection, count: &Count) -> Result<()> {
    Ok(conn.commit_hook(|| { count.get(); Ok(()) }))
}

fn rollback_hook(conn: &mut Connection, count: &Count) -> Result<()> {
    Ok(conn.rollback_hook(|| { count.get(); }))
}

fn update_hook(conn: &mut Connection, count: &Count) -> Result<()> {
    Ok(conn.update_hook(|_, _, _, _| { count.get(); }))
}

fn preupdate_hook(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.preupdate_hook(|_| { count.get(); })
}

fn wal_hook(conn: &mut Connection, count: &Count) -> Result<()> {
    Ok(conn.wal_hook(|_| { count.get(); Ok(()) }))
}

fn authorizer(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.authorizer(|_| { count.get(); Authorization::Allow })
}

fn trace(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.trace(TraceEvents::all(), |_| { count.get(); })
}

fn busy_handler(conn: &mut Connection, count: &Count) -> Result<()> {
    conn.busy_handler(Some(|_| count.get() > 0))
}

fn main() {}
