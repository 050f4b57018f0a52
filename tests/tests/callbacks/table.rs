//! The table.

use std::error::Error as StdError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use clib::{Connection, Error, Result, Statement};

use super::kinds::{KINDS, Kind};
use super::probe::{
    Bomb, CONNECTION, EVENTS, Event, HOLDER, Marker, OTHER, OWN, Outcome, PLACES, Place, outcome,
    plan,
};

/// Opens the connection of a cell.
fn open(file: Option<&Path>) {
    let conn = match file {
        Some(file) => Connection::open(file).unwrap(),
        None => Connection::open_in_memory().unwrap(),
    };
    conn.execute_batch(
        "PRAGMA journal_mode = wal; PRAGMA synchronous = off;
         CREATE TABLE t (a INTEGER, s TEXT); CREATE TABLE other (a);
         INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');
         INSERT INTO other VALUES (1), (2), (3);",
    )
    .unwrap();
    CONNECTION.set(Some(conn));
}

/// Runs the statement of that kind, from the thread-local where user code looks for it.
fn run(kind: Kind, planned: Option<(Place, Event)>) -> Result<Vec<i64>> {
    let with_other = matches!(planned, Some((_, Event::StepOther | Event::FinalizeOther)));
    CONNECTION.with(|place| {
        let guard = place.borrow();
        let conn = guard.as_ref().unwrap();
        // SAFETY: the statements are dropped before the guard is, by `Ends`, and meanwhile nobody can move or drop the connection.
        let conn: &'static Connection = unsafe { &*std::ptr::from_ref(conn) };
        let _ends = Ends;
        conn.execute_batch(kind.before())?;
        if kind == Kind::Busy {
            let holder = Connection::open(conn.path().unwrap())?;
            holder.execute_batch("BEGIN IMMEDIATE")?;
            HOLDER.set(Some(holder));
        }
        if with_other {
            let mut other = conn.prepare("SELECT a FROM other")?;
            let mut rows = other.query(())?;
            assert!(rows.next()?.is_some());
            // The statement is in the middle of its execution from now on.
            std::mem::forget(rows);
            OTHER.set(Some(other));
        }
        if let Some((place, event)) = planned {
            plan(place, event);
        }
        let stmt = conn.prepare(kind.sql())?;
        OWN.set(Some(stmt));
        OWN.with_borrow_mut(|stmt| step_all(stmt.as_mut().unwrap()))
    })
}

/// The end of [`run`].
struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        drop(OWN.take());
        drop(OTHER.take());
        drop(HOLDER.take());
    }
}

fn step_all(stmt: &mut Statement<'_>) -> Result<Vec<i64>> {
    let mut values = Vec::new();
    let mut rows = stmt.query(())?;
    while let Some(row) = rows.next()? {
        values.push(row.get(0)?);
    }
    Ok(values)
}

/// Makes the place's turn come: by running the statement, or by removing the callback.
fn trigger(kind: Kind, place: Place, event: Event) -> Result<()> {
    if place == Place::Captured {
        plan(place, event);
        return CONNECTION.with_borrow_mut(|conn| kind.remove(conn.as_mut().unwrap()));
    }
    run(kind, Some((place, event))).map(drop)
}

fn is_marker(error: &Error, place: Place) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = match error {
        Error::Other(error) => Some(&**error),
        error => Some(error),
    };
    while let Some(error) = cause {
        if error.downcast_ref() == Some(&Marker(place)) {
            return true;
        }
        // `transparent` errors hide their inner one.
        cause = match error.downcast_ref() {
            Some(clib::ToSqlError::Other(inner)) => Some(&**inner),
            _ => match error.downcast_ref() {
                Some(clib::FromSqlError::Other(inner)) => Some(&**inner),
                _ => error.source(),
            },
        };
    }
    false
}

/// What user code meets at the place.
fn expected(kind: Kind, place: Place, event: Event) -> Outcome {
    let removed = place == Place::Captured;
    let may_use = kind == Kind::Wal;
    match event {
        Event::Panic | Event::Bomb | Event::Error => Outcome::Thrown,
        Event::Use | Event::Interrupt if removed => Outcome::Borrowed,
        Event::Use | Event::StepOther if may_use => Outcome::Done,
        Event::Use | Event::StepOther => Outcome::Refused,
        Event::FinalizeOther | Event::Interrupt => Outcome::Done,
        Event::Close | Event::Register | Event::StepOwn | Event::FinalizeOwn => Outcome::Borrowed,
    }
}

fn cell(kind: Kind, place: Place, event: Event) {
    let name = format!("{kind:?}, {place:?}, {event:?}");
    let folder = kind.wants_file().then(|| tempfile::tempdir().unwrap());
    let file = folder.as_ref().map(|folder| folder.path().join("database"));
    open(file.as_deref());
    CONNECTION.with_borrow_mut(|conn| kind.register(conn.as_mut().unwrap()).unwrap());
    let result = catch_unwind(AssertUnwindSafe(|| trigger(kind, place, event)));
    assert_eq!(outcome(), Some(expected(kind, place, event)), "{name}");
    let succeeded = matches!(result, Ok(Ok(())));
    match (event, result) {
        (Event::Panic, Err(payload)) => {
            assert_eq!(payload.downcast_ref(), Some(&Marker(place)), "{name}");
        }
        (Event::Bomb, Err(payload)) => payload.downcast_ref::<Bomb>().expect(&name).0.set(false),
        (Event::Error, Ok(Err(error))) => assert!(is_marker(&error, place), "{name}: {error:?}"),
        (Event::Interrupt, Ok(Err(error))) => assert!(error.is_interrupt(), "{name}: {error}"),
        (Event::Panic | Event::Bomb | Event::Error, result) => {
            panic!("{name}: {:?}", result.map_err(|_| "a panic"))
        }
        (_, Ok(result)) => result.expect(&name),
        (_, Err(_)) => panic!("{name}: a panic"),
    }
    works(kind, place, succeeded, &name);
}

/// The connection works: the statement too, which does what it should.
fn works(kind: Kind, place: Place, succeeded: bool, name: &str) {
    let rows = CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        assert!(conn.is_autocommit(), "{name}");
        conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, i64>(0))
            .unwrap()
    });
    let inserts = place != Place::Captured && kind.sql().starts_with("INSERT");
    let inserted = inserts && (succeeded || kind.is_committed());
    assert_eq!(rows, 3 + i64::from(inserted), "{name}");
    if place == Place::Captured {
        // Removed, whatever its destructor did. It can be registered again.
        CONNECTION.with_borrow_mut(|conn| kind.register(conn.as_mut().unwrap()).unwrap());
    }
    CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        conn.execute_batch("DROP INDEX IF EXISTS i; DELETE FROM t WHERE a > 3")
            .unwrap();
    });
    let values = run(kind, None).expect(name);
    let expected: &[i64] = match kind {
        Kind::Aggregate | Kind::Batch => &[6],
        Kind::Window => &[1, 3, 5],
        Kind::Auxiliary => &[7, 7, 7],
        Kind::Collation => &[1, 3, 2],
        Kind::CollationNeeded => &[0],
        _ if kind.sql().starts_with("SELECT") => &[1, 2, 3],
        _ => &[],
    };
    assert_eq!(values, expected, "{name}");
    let conn = CONNECTION.take().unwrap();
    if kind == Kind::CollationOfIndex {
        let sql = "SELECT group_concat(a) FROM (SELECT a FROM t INDEXED BY i ORDER BY s COLLATE c)";
        let sorted: String = conn.query_row(sql, (), |row| row.get(0)).unwrap();
        assert_eq!(sorted, "1,3,2", "{name}");
    }
    let check: String = conn
        .query_row("PRAGMA integrity_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "{name}");
    if let Err((_, error)) = conn.close() {
        panic!("{name}: {error}");
    }
}

fn is_cell(kind: Kind, place: Place, event: Event) -> bool {
    let statement = matches!(event, Event::StepOther | Event::FinalizeOther);
    kind.has(place)
        && (event != Event::Error || kind.returns_errors(place))
        // Removing takes `&mut`: there are no statements. And who reads already does not wait to write: SQLite calls no busy handler.
        && !(statement && (place == Place::Captured || kind == Kind::Busy))
}

#[test]
fn every_cell() {
    // Hundreds of panics, all on purpose.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        if info
            .location()
            .is_none_or(|location| !location.file().ends_with("probe.rs"))
        {
            eprintln!("{info}");
        }
    }));
    let mut cells = 0;
    for kind in KINDS.into_iter().filter(|kind| kind.is_there()) {
        for place in PLACES {
            for event in EVENTS {
                if is_cell(kind, place, event) {
                    cell(kind, place, event);
                    cells += 1;
                }
            }
        }
    }
    std::panic::set_hook(hook);
    println!("{cells} cells");
    assert!(cells > 480, "{cells}");
}
