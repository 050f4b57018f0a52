//! What happens at a place, when its turn comes.

use std::cell::{Cell, RefCell};
use std::panic;

use clib::{
    Connection, Error, FromSql, FromSqlError, Statement, ToSql, ToSqlError, ToSqlOutput, ValueRef,
};

/// A place in a callback where user code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An argument is converted.
    Arguments,
    /// The closure or method itself.
    Body,
    /// The result is converted.
    Result,
    /// What was made for a call is dropped: the state of a group, a value, what was kept with an argument.
    Value,
    /// What a closure has captured is dropped: it is removed.
    Captured,
}

pub(crate) const PLACES: [Place; 5] = [
    Place::Arguments,
    Place::Body,
    Place::Result,
    Place::Value,
    Place::Captured,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Panic,
    /// With a payload that panics when it is dropped. It is not dropped here.
    Bomb,
    Error,
    /// The connection runs another statement.
    Use,
    /// The connection is closed.
    Close,
    /// The callback is registered again, or removed.
    Register,
    /// Its own statement is stepped.
    StepOwn,
    /// Its own statement is finalized.
    FinalizeOwn,
    /// Another statement, which is in the middle, is stepped.
    StepOther,
    /// Another statement, which is in the middle, is finalized.
    FinalizeOther,
    Interrupt,
}

pub(crate) const EVENTS: [Event; 11] = [
    Event::Panic,
    Event::Bomb,
    Event::Error,
    Event::Use,
    Event::Close,
    Event::Register,
    Event::StepOwn,
    Event::FinalizeOwn,
    Event::StepOther,
    Event::FinalizeOther,
    Event::Interrupt,
];

/// What the probe was told to throw: an error, or a payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marker(pub(crate) Place);

impl std::fmt::Display for Marker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "marked in {:?}", self.0)
    }
}

impl std::error::Error for Marker {}

/// A payload that panics when it is dropped, unless it is told not to.
pub(crate) struct Bomb(pub(crate) Cell<bool>);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.0.get(), "a payload was dropped");
    }
}

thread_local! {
    /// What is to happen, once.
    static PLAN: Cell<Option<(Place, Event)>> = const { Cell::new(None) };
    /// What has come of it.
    static OUTCOME: RefCell<Option<Outcome>> = const { RefCell::new(None) };
    /// The connection. Whoever runs a statement has borrowed it; whoever registers, mutably.
    pub(crate) static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
    /// The statement that runs the callback. Whoever runs it has borrowed it mutably.
    pub(crate) static OWN: RefCell<Option<Statement<'static>>> = const { RefCell::new(None) };
    /// A connection that holds the write lock.
    pub(crate) static HOLDER: RefCell<Option<Connection>> = const { RefCell::new(None) };
    /// A statement in the middle of an execution, which nobody uses.
    pub(crate) static OTHER: RefCell<Option<Statement<'static>>> = const { RefCell::new(None) };
}

/// What user code has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It threw.
    Thrown,
    /// It was done.
    Done,
    /// It could not be had: who runs the callback has it.
    Borrowed,
    /// [`Error::InCallback`].
    Refused,
}

pub(crate) fn plan(place: Place, event: Event) {
    PLAN.set(Some((place, event)));
    OUTCOME.take();
}

/// What has come of the plan; `None` where its turn has not come.
pub(crate) fn outcome() -> Option<Outcome> {
    PLAN.set(None);
    OUTCOME.take()
}

/// Does what is planned for the place, the first time.
pub(crate) fn at(place: Place) -> Result<(), Marker> {
    let Some((planned, event)) = PLAN.get() else {
        return Ok(());
    };
    if planned != place {
        return Ok(());
    }
    PLAN.set(None);
    let note = |outcome| OUTCOME.set(Some(outcome));
    note(Outcome::Thrown);
    match event {
        Event::Panic => panic::panic_any(Marker(place)),
        Event::Bomb => panic::panic_any(Bomb(Cell::new(true))),
        Event::Error => return Err(Marker(place)),
        _ => note(meet(event)),
    }
    Ok(())
}

fn met<T>(result: clib::Result<T>) -> Outcome {
    match result {
        Ok(_) => Outcome::Done,
        Err(Error::InCallback { .. }) => Outcome::Refused,
        Err(error) => panic!("{error}"),
    }
}

fn meet(event: Event) -> Outcome {
    match event {
        Event::Use => CONNECTION.with(|place| match place.try_borrow() {
            Ok(conn) => {
                let conn = conn.as_ref().unwrap();
                // Neither of these may harm the statement that runs.
                conn.flush_statement_cache();
                met(conn
                    .prepare_cached("SELECT count(*) FROM other")
                    .and_then(|mut stmt| stmt.query_row((), |row| row.get::<_, i64>(0))))
            }
            Err(_) => Outcome::Borrowed,
        }),
        // Both take the connection by value or by `&mut`.
        Event::Close | Event::Register => CONNECTION.with(|place| match place.try_borrow_mut() {
            Ok(_) => panic!("the connection is not in use"),
            Err(_) => Outcome::Borrowed,
        }),
        Event::StepOwn | Event::FinalizeOwn => OWN.with(|place| match place.try_borrow_mut() {
            // No statement runs it: it is called while one is prepared, or when the callback is removed.
            Ok(stmt) if stmt.is_none() => Outcome::Borrowed,
            Ok(_) => panic!("the statement is not in use"),
            Err(_) => Outcome::Borrowed,
        }),
        Event::StepOther => OTHER.with_borrow_mut(|stmt| {
            let stmt = stmt.as_mut().unwrap();
            met(stmt.query_row((), |row| row.get::<_, i64>(0)))
        }),
        Event::FinalizeOther => {
            OTHER.with_borrow_mut(|stmt| drop(stmt.take().unwrap()));
            Outcome::Done
        }
        Event::Interrupt => CONNECTION.with(|place| match place.try_borrow() {
            Ok(conn) => {
                conn.as_ref().unwrap().interrupt_handle().interrupt();
                Outcome::Done
            }
            Err(_) => Outcome::Borrowed,
        }),
        Event::Panic | Event::Bomb | Event::Error => unreachable!("thrown"),
    }
}

/// Captured by each closure.
pub(crate) struct Captured;

impl Drop for Captured {
    fn drop(&mut self) {
        let _ = at(Place::Captured);
    }
}

/// An argument.
pub(crate) struct Argument(pub(crate) i64);

impl FromSql<'_> for Argument {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        at(Place::Arguments).map_err(FromSqlError::other)?;
        i64::from_sql(value).map(Argument)
    }
}

/// A result, or the state of a group.
pub(crate) struct Value(pub(crate) i64);

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        at(Place::Result).map_err(ToSqlError::other)?;
        Ok(self.0.into())
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        let _ = at(Place::Value);
    }
}
