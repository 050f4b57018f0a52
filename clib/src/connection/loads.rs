//! Which load a connection is in the middle of, and what a failed one left to be undone.
//!
//! One load at a time: savepoints nest, and a load in the middle of another one would end with it.
//!
//! Undoing a load takes statements, and after an interrupt SQLite refuses every statement until none is running. So where
//! another one still is, the undoing is kept here, and done before the connection executes anything else.

use std::cell::Cell;

use super::Connection;
use crate::error::{Code, Error, Result};

/// The state of loads on a connection.
#[derive(Default)]
pub(crate) struct Loads(Cell<State>);

#[cfg_attr(not(feature = "arrow"), allow(dead_code, reason = "for batches"))]
#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    None,
    /// So it is undone where it was leaked.
    Running(Undo),
    /// It has failed, and is still to be undone.
    Failed(Undo),
}

impl Loads {
    /// Whether one is running, or still to be undone.
    #[cfg(feature = "pool")]
    pub(super) fn are_any(&self) -> bool {
        !matches!(self.0.get(), State::None)
    }
}

/// How a load is undone.
#[derive(Clone, Copy)]
pub(crate) struct Undo {
    /// The number in the savepoint's name.
    pub(crate) number: u64,
    /// Whether the transaction around the savepoint is the load's own.
    pub(crate) owns_transaction: bool,
    /// Whether the savepoint was opened. Until then nothing else has happened in the transaction.
    pub(crate) opened: bool,
}

impl Undo {
    /// The savepoint that all of the load happens in.
    pub(crate) fn savepoint(self) -> String {
        format!("clib_load_{}", self.number)
    }

    fn execute(self, conn: &Connection) -> Result<()> {
        if self.owns_transaction && !self.opened {
            return conn.execute_script("ROLLBACK");
        }
        let savepoint = self.savepoint();
        // Fails as `Code::Error` where the savepoint is gone: then the transaction is not ours either.
        conn.execute_script(&format!("ROLLBACK TO {savepoint}"))?;
        if self.owns_transaction {
            conn.execute_script("ROLLBACK")
        } else {
            conn.execute_script(&format!("RELEASE {savepoint}"))
        }
    }
}

impl Connection {
    /// Marks a load as running; `false` where one is.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn begin_load(&self, undo: Undo) -> Result<bool> {
        self.ready()?;
        if matches!(self.loads.0.get(), State::Running(_)) {
            return Ok(false);
        }
        self.note_load(undo);
        Ok(true)
    }

    /// Notes how far the running load is.
    pub(crate) fn note_load(&self, undo: Undo) {
        self.loads.0.set(State::Running(undo));
    }

    /// Undoes what loads have left, also one that was leaked: where nothing borrows the connection. An error: it could not be.
    pub(crate) fn abandon_loads(&self) -> Result<()> {
        self.settle()?;
        match self.loads.0.get() {
            State::Running(undo) => self.settle_failed(undo),
            _ => Ok(()),
        }
    }

    /// The load has ended well.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn end_load(&self) {
        self.loads.0.set(State::None);
    }

    /// Undoes the load, now or as soon as that can be.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn undo_load(&self, undo: Undo) {
        self.loads.0.set(State::Failed(undo));
        // An error stays for the next statement to report.
        let _ = self.settle();
    }

    /// What precedes everything that is executed for a caller: nothing begins after a deadline, and what loads have left is
    /// settled.
    #[inline]
    pub(crate) fn ready(&self) -> Result<()> {
        self.db.callbacks().check_use()?;
        self.db.check_limits()?;
        self.settle()
    }

    /// Undoes what a failed load has left. Before anything is executed.
    #[inline]
    pub(crate) fn settle(&self) -> Result<()> {
        self.db.callbacks().check_use()?;
        self.db.finalize_retired();
        match self.loads.0.get() {
            State::Failed(undo) => self.settle_failed(undo),
            _ => Ok(()),
        }
    }

    #[cold]
    fn settle_failed(&self, undo: Undo) -> Result<()> {
        let _suspended = self.db.suspend_limits();
        // Gone already where SQLite has rolled back, or the caller has ended the transaction.
        let undone = if self.is_autocommit() {
            Ok(())
        } else {
            undo.execute(self)
        };
        match undone {
            Err(error) if error.code() != Some(Code::Error) => Err(Error::other(format!(
                "a load that failed before cannot be undone while other statements run on this connection: end them, or \
                 close it ({error})"
            ))),
            _ => {
                self.loads.0.set(State::None);
                Ok(())
            }
        }
    }
}
