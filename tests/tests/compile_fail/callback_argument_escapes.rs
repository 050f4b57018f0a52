use clib::{Aggregate, AuthContext, Authorization, Connection, Context, FunctionFlags, PreUpdate, Result, RowImage, TraceEvent, TraceEvents, ValueRef, WalCommit, WindowAggregate};
use std::cell::Cell;

thread_local! {
    static CONTEXT: Cell<Option<&'static Context<'static>>> = const { Cell::new(None) };
    static VALUE: Cell<Option<ValueRef<'static>>> = const { Cell::new(None) };
    static TEXT: Cell<Option<&'static str>> = const { Cell::new(None) };
    static BYTES: Cell<Option<&'static [u8]>> = const { Cell::new(None) };
    static CHANGE: Cell<Option<&'static PreUpdate<'static>>> = const { Cell::new(None) };
    static IMAGE: Cell<Option<RowImage<'static>>> = const { Cell::new(None) };
    static COMMIT: Cell<Option<&'static WalCommit<'static>>> = const { Cell::new(None) };
    static QUESTION: Cell<Option<AuthContext<'static>>> = const { Cell::new(None) };
    static EVENT: Cell<Option<TraceEvent<'static>>> = const { Cell::new(None) };
}

fn context(conn: &mut Connection) -> Result<()> {
    conn.create_scalar_function("f", 1, FunctionFlags::empty(), |context| {
        CONTEXT.set(Some(context));
        Ok(1)
    })
}

fn value(conn: &mut Connection) -> Result<()> {
    conn.create_scalar_function("f", 1, FunctionFlags::empty(), |context| {
        VALUE.set(Some(context.get_raw(0)?));
        Ok(1)
    })
}

fn text(conn: &mut Connection) -> Result<()> {
    conn.create_scalar_function("f", 1, FunctionFlags::empty(), |context| {
        TEXT.set(Some(context.get(0)?));
        Ok(1)
    })
}

fn auxiliary(conn: &mut Connection) -> Result<()> {
    conn.create_scalar_function("f", 1, FunctionFlags::empty(), |context| {
        context.get_or_create_aux(0, |value| {
            VALUE.set(Some(value));
            Ok(1)
        })?;
        Ok(1)
    })
}

struct Keeps;

impl Aggregate for Keeps {
    type State = Option<ValueRef<'static>>;
    type Output = i64;

    fn init(&self) -> Result<Self::State> {
        Ok(None)
    }

    fn step(&self, state: &mut Self::State, context: &Context<'_>) -> Result<()> {
        *state = Some(context.get_raw(0)?);
        Ok(())
    }

    fn finish(&self, _: Self::State) -> Result<i64> {
        Ok(1)
    }
}

impl WindowAggregate for Keeps {
    fn value(&self, _: &Self::State) -> Result<i64> {
        Ok(1)
    }

    fn inverse(&self, state: &mut Self::State, context: &Context<'_>) -> Result<()> {
        *state = Some(context.get_raw(0)?);
        Ok(())
    }
}

fn compared(conn: &mut Connection) -> Result<()> {
    conn.create_collation("c", |a, b| {
        TEXT.set(Some(a));
        a.cmp(b)
    })
}

fn compared_bytes(conn: &mut Connection) -> Result<()> {
    conn.create_collation_bytes("c", |a, b| {
        BYTES.set(Some(a));
        a.cmp(b)
    })
}

fn needed(conn: &mut Connection) -> Result<()> {
    conn.collation_needed(|name| {
        TEXT.set(Some(name));
        Ok(None)
    })
}

fn updated(conn: &mut Connection) {
    conn.update_hook(|_, _, table, _| TEXT.set(Some(table)));
}

fn about_to_change(conn: &mut Connection) -> Result<()> {
    conn.preupdate_hook(|change| CHANGE.set(Some(change)))
}

fn image(conn: &mut Connection) -> Result<()> {
    conn.preupdate_hook(|change| IMAGE.set(change.after()))
}

fn old_value(conn: &mut Connection) -> Result<()> {
    conn.preupdate_hook(|change| TEXT.set(change.before().and_then(|old| old.get(0).ok())))
}

fn new_value(conn: &mut Connection) -> Result<()> {
    conn.preupdate_hook(|change| VALUE.set(change.after().and_then(|new| new.get_raw(0).ok())))
}

fn written(conn: &mut Connection) {
    conn.wal_hook(|commit| {
        COMMIT.set(Some(commit));
        Ok(())
    });
}

fn asked(conn: &mut Connection) -> Result<()> {
    conn.authorizer(|context| {
        QUESTION.set(Some(*context));
        Authorization::Allow
    })
}

fn traced(conn: &mut Connection) -> Result<()> {
    conn.trace(TraceEvents::all(), |event| EVENT.set(Some(event)))
}

fn main() {}
