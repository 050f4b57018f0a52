//! Which load a connection is in the middle of, and what a failed one left to be undone.
//!
//! One load at a time: savepoints nest, and a load in the middle of another one would end with it.
//!
//! Undoing a load takes statements, and after an interrupt SQLite refuses every statement until none is running. So where
//! another one still is, the undoing is kept here, and done before the connection executes anything else.
//!
//! A load that writes directly collects entries of indexes. They are written before the connection executes anything else; a key
//! that is not unique is found only then, and the load undone, which its loader reports when it is called the next time.

use std::cell::Cell;

use super::Connection;
use crate::error::{Code, Error, Result};
#[cfg(feature = "arrow")]
use crate::raw::LoadStop;

/// The state of loads on a connection.
#[derive(Default)]
pub(crate) struct Loads {
    state: Cell<State>,
    /// Why a load was undone without its loader.
    #[cfg(feature = "arrow")]
    stop: Cell<Option<Box<LoadStop>>>,
}

#[cfg_attr(not(feature = "arrow"), allow(dead_code, reason = "for batches"))]
#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    None,
    Running(Undo),
    /// It was undone, and its loader is still there.
    Undone,
    /// It has failed, and is still to be undone.
    Failed(Undo),
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
    /// Marks a load as running, which that undoes; `false` where one is.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn begin_load(&self, undo: Undo) -> Result<bool> {
        self.settle()?;
        match self.loads.state.get() {
            State::Running(_) | State::Undone => Ok(false),
            _ => {
                self.loads.state.set(State::Running(undo));
                Ok(true)
            }
        }
    }

    /// The load has ended well.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn end_load(&self) {
        #[cfg(feature = "arrow")]
        self.db.end_load();
        self.loads.state.set(State::None);
    }

    /// Undoes the load, now or as soon as that can be.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "for batches"))]
    pub(crate) fn undo_load(&self, undo: Undo) {
        #[cfg(feature = "arrow")]
        self.db.end_load();
        if matches!(self.loads.state.get(), State::Undone) {
            self.loads.state.set(State::None);
            return;
        }
        self.loads.state.set(State::Failed(undo));
        // An error stays for the next statement to report.
        let _ = self.settle();
    }

    /// Undoes what a load has left that failed, or whose loader was leaked, before the connection is another owner's. Where that
    /// cannot be done, because statements were leaked too, the transaction stays open for the owner to see.
    pub(crate) fn abandon_load(&self) {
        match self.loads.state.get() {
            State::Running(undo) | State::Failed(undo) => {
                #[cfg(feature = "arrow")]
                self.db.end_load();
                self.loads.state.set(State::Failed(undo));
                let _ = self.settle();
            }
            State::None | State::Undone => {}
        }
    }

    /// Undoes what a failed load has left, and writes what a running one has collected. Before anything is executed.
    #[inline]
    pub(crate) fn settle(&self) -> Result<()> {
        match self.loads.state.get() {
            State::Failed(undo) => self.settle_failed(undo),
            #[cfg(feature = "arrow")]
            State::Running(undo) if self.db.is_loading() => self.settle_running(undo),
            _ => Ok(()),
        }
    }

    /// The load's loader hears of a failure later: what is executed now sees the table without the load.
    #[cfg(feature = "arrow")]
    #[cold]
    fn settle_running(&self, undo: Undo) -> Result<()> {
        let Err(stop) = self.db.flush_load() else {
            return Ok(());
        };
        self.db.end_load();
        self.loads.stop.set(Some(Box::new(stop)));
        // Rows come after the savepoint.
        let undo = Undo {
            opened: true,
            ..undo
        };
        self.loads.state.set(State::Failed(undo));
        self.settle_failed(undo)?;
        self.loads.state.set(State::Undone);
        Ok(())
    }

    /// Writes what the running load has collected, for its loader.
    #[cfg(feature = "arrow")]
    pub(crate) fn flush_load(&self) -> Result<(), LoadStop> {
        match self.loads.stop.take() {
            Some(stop) => Err(*stop),
            None => self.db.flush_load(),
        }
    }

    /// Why the running load was undone, if it was.
    #[cfg(feature = "arrow")]
    pub(crate) fn load_stop(&self) -> Option<LoadStop> {
        self.loads.stop.take().map(|stop| *stop)
    }

    /// Executes statements of the load's own that do not look at tables.
    #[cfg(feature = "arrow")]
    pub(crate) fn execute_for_load(&self, script: &str) -> Result<()> {
        self.execute_script(script)
    }

    #[cold]
    fn settle_failed(&self, undo: Undo) -> Result<()> {
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
                self.loads.state.set(State::None);
                Ok(())
            }
        }
    }
}
