//! How several connections come to read one state of a database. Why each way is right is said in [the module](super).

use std::ffi::CStr;
use std::thread;
use std::time::{Duration, Instant};

use super::place::{Held, NotParallel, Place};
use crate::connection::Connection;
use crate::error::{Code, Error, ExtendedCode, Result};
use crate::raw::Snapshot;

/// What the table's database is called in connections of ours.
const MAIN: &CStr = c"main";

/// How long it is tried at least, where writers come in between.
const PATIENCE: Duration = Duration::from_millis(200);

/// What an attempt came to.
enum Attempt {
    /// All read one state.
    Agreed,
    /// Somebody wrote or was about to.
    Disturbed,
    /// What the caller's connection sees cannot be handed on.
    Hopeless,
}

/// Begins transactions on all connections, which read one state of the database from here on: the one that the caller's
/// connection reads, where it does. There may be only the first of them afterwards, where writers leave no moment for more.
pub(super) fn agree(
    caller: &Connection,
    place: &Place,
    crew: &mut Vec<Connection>,
    busy_timeout: Duration,
) -> Result<Result<(), NotParallel>> {
    let deadline = Instant::now() + PATIENCE.max(busy_timeout);
    let mut pause = Duration::from_micros(50);
    loop {
        let attempt = attempt(caller, place, crew);
        for conn in crew.iter() {
            conn.busy_timeout(busy_timeout)?;
        }
        match attempt? {
            Attempt::Agreed => break,
            Attempt::Hopeless => return Ok(Err(NotParallel::Reading)),
            // The caller's state does not get newer, and who waits for it to go will wait on.
            Attempt::Disturbed if place.held != Held::Nothing => {
                return Ok(Err(NotParallel::Reading));
            }
            Attempt::Disturbed => {}
        }
        // Locks go first: a writer may be waiting for ours.
        for conn in crew.iter() {
            end(conn)?;
        }
        if Instant::now() >= deadline {
            // One connection always agrees with itself.
            crew.truncate(1);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
    // That all have opened the caller's file, and not one that was put in its place.
    let moved =
        caller.db().has_moved(&place.schema) || crew.iter().any(|conn| conn.db().has_moved(MAIN));
    Ok(if moved {
        Err(NotParallel::Moved)
    } else {
        Ok(())
    })
}

fn attempt(caller: &Connection, place: &Place, crew: &[Connection]) -> Result<Attempt> {
    let Some((first, others)) = crew.split_first() else {
        return Ok(Attempt::Agreed);
    };
    // Before any lock of ours is held: the caller's connection would wait for a writer that waits for us.
    let before = if place.held == Held::Nothing && is_wal(first)? {
        Some(data_version(caller, &place.schema_sql)?)
    } else {
        None
    };
    begin(first)?;
    // Snapshots of a database in WAL mode.
    let (snapshot, followers) = if place.held == Held::Transaction {
        (Snapshot::take(caller.db(), &place.schema), crew)
    } else if place.held == Held::Nothing {
        (Snapshot::take(first.db(), MAIN), others)
    } else {
        (None, others)
    };
    if let Some(snapshot) = snapshot {
        for conn in followers {
            // Opening waits for a checkpoint, and one that is to begin the WAL anew waits for the first transaction to end:
            // then it is our turn to give way.
            conn.busy_timeout(Duration::ZERO)?;
            begin(conn)?;
            match snapshot.open(conn.db(), MAIN) {
                Ok(()) => {}
                Err(error) if is_gone(&error) => return Ok(Attempt::Disturbed),
                Err(error) => return Err(error),
            }
        }
        return Ok(Attempt::Agreed);
    }
    // Otherwise by locks, or by seeing that nobody has written.
    if place.held == Held::Nothing {
        // Waits, and fails as the caller's own attempt to read would.
        read(first)?;
        if others.is_empty() {
            return Ok(Attempt::Agreed);
        }
    } else {
        // A writer that waits for the caller keeps us out, and would for as long as we wait.
        first.busy_timeout(Duration::ZERO)?;
        if !is_free(read(first))? {
            return Ok(Attempt::Disturbed);
        }
    }
    // From here on the mode does not change.
    let wal = is_wal(first)?;
    if wal && before.is_none() {
        return Ok(match place.held {
            // It has just become one.
            Held::Nothing => Attempt::Disturbed,
            // What the caller sees is an older state, maybe.
            Held::Statement | Held::Transaction => Attempt::Hopeless,
        });
    }
    for conn in others {
        // A writer that waits for the first one's lock keeps the others out: waiting would be in vain.
        conn.busy_timeout(Duration::ZERO)?;
        begin(conn)?;
        if !is_free(read(conn))? {
            return Ok(Attempt::Disturbed);
        }
    }
    if wal
        && let Some(before) = before
        && data_version(caller, &place.schema_sql)? != before
    {
        return Ok(Attempt::Disturbed);
    }
    Ok(Attempt::Agreed)
}

/// Whether a snapshot is no longer there, or is not in the database that the connection has.
fn is_gone(error: &Error) -> bool {
    matches!(
        error.extended_code(),
        Some(ExtendedCode::ErrorSnapshot | ExtendedCode::BusySnapshot)
    ) || error.code() == Some(Code::Busy)
}

fn begin(conn: &Connection) -> Result<()> {
    if conn.is_autocommit() {
        conn.execute_batch("BEGIN")?;
    }
    Ok(())
}

fn end(conn: &Connection) -> Result<()> {
    if conn.is_autocommit() {
        Ok(())
    } else {
        conn.execute_batch("ROLLBACK")
    }
}

/// Reads something, so that the transaction has its state and its locks.
fn read(conn: &Connection) -> Result<()> {
    conn.execute_batch("SELECT 1 FROM main.sqlite_master LIMIT 1")
}

/// Makes a busy database a value.
fn is_free(read: Result<()>) -> Result<bool> {
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Some(Code::Busy) => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_wal(conn: &Connection) -> Result<bool> {
    let mode: String = conn.query_row("PRAGMA main.journal_mode", (), |row| row.get(0))?;
    Ok(mode.eq_ignore_ascii_case("wal"))
}

/// A number that is another one after others have written.
fn data_version(conn: &Connection, schema: &str) -> Result<i64> {
    conn.query_row(&format!("PRAGMA {schema}.data_version"), (), |row| {
        row.get(0)
    })
}
