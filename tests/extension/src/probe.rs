//! What the tests ask for: functions that fail, and that tell of the extension itself, and entry points that fail.

use std::sync::atomic::{AtomicI64, Ordering};

use clib::{BorrowedConnection, Context, Error, FunctionFlags, Result};

/// How many functions hold one of these: one for each connection that has loaded the extension and is open.
static ALIVE: AtomicI64 = AtomicI64::new(0);

struct Alive;

impl Alive {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) fn register(conn: &mut BorrowedConnection<'_>) -> Result<()> {
    let flags = FunctionFlags::default();
    let alive = Alive::new();
    conn.create_typed_function("alive", flags, move || {
        let _held = &alive;
        Ok(ALIVE.load(Ordering::SeqCst))
    })?;
    conn.create_typed_function("panics", flags, || -> Result<i64> { panic!("on purpose") })?;
    conn.create_typed_function("fails", flags, || -> Result<i64> {
        Err(Error::other("no luck today"))
    })?;
    conn.create_collation("panicking", |_, _| panic!("on purpose"))?;
    conn.create_typed_function("clib_version", flags, || Ok(clib::version()))?;
    conn.create_typed_function("clib_link_mode", flags, || Ok(clib::LINK_MODE))?;
    conn.create_scalar_function("requires", 1, flags, |context: &Context<'_>| {
        let wanted: String = context.get(0)?;
        let known = [
            "sqlite3_step",
            "sqlite3_result_str",
            "sqlite3_snapshot_get",
            "sqlite3_serialize",
        ];
        match known.into_iter().find(|name| *name == wanted) {
            Some(name) => clib::require(name).map(|()| "has it"),
            None => Err(Error::other(format!("not asked for before: {wanted}"))),
        }
    })?;
    // A connection of the extension's own, in the SQLite of the host.
    conn.create_typed_function("opens_another", flags, || {
        let conn = clib::Connection::open_in_memory()?;
        conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (3), (4)")?;
        conn.query_row("SELECT sum(a), sqlite_version() FROM t", (), |row| {
            Ok(format!(
                "{} {}",
                row.get::<_, i64>(0)?,
                row.get::<_, &str>(1)?
            ))
        })
    })?;
    // What it asks of the connection itself.
    let version: String = conn.query_row("SELECT sqlite_version()", (), |row| row.get(0))?;
    conn.create_typed_function("version_at_load", flags, move || Ok(version.clone()))
}

clib::extension!(fails, sqlite3_fails_init);
clib::extension!(panics, sqlite3_panics_init);
clib::extension!(catches, sqlite3_catches_init);

/// What was registered before the error stays, and can be called.
fn fails(conn: &mut BorrowedConnection<'_>) -> Result<()> {
    conn.create_typed_function("left_behind", FunctionFlags::default(), || Ok("still here"))?;
    conn.execute_batch("SELECT no_such_column")
}

fn panics(_conn: &mut BorrowedConnection<'_>) -> Result<()> {
    panic!("at the {}", "start");
}

/// A panic in a function comes out of the call that ran it, as long as the extension makes that itself.
fn catches(conn: &mut BorrowedConnection<'_>) -> Result<()> {
    conn.create_typed_function("panics", FunctionFlags::default(), || -> Result<i64> {
        panic!("caught")
    })?;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        conn.execute_batch("SELECT panics()")
    }));
    match caught.unwrap_err().downcast_ref::<&str>() {
        Some(&"caught") => Ok(()),
        _ => Err(Error::other("another panic")),
    }
}
