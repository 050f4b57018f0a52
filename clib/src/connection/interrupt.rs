//! [`InterruptHandle`] and [`InterruptScope`].

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Connection;
use crate::error::Result;
use crate::raw::Interrupter;

/// Stops a connection's running statements, from any thread, also after the connection was closed (then it does nothing).
///
/// ```
/// # use clib::{Code, Connection};
/// let conn = Connection::open_in_memory()?;
/// let handle = conn.interrupt_handle();
/// std::thread::scope(|scope| {
///     let stop = scope.spawn(|| {
///         std::thread::sleep(std::time::Duration::from_millis(50));
///         handle.interrupt();
///     });
///     let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
///     let error = conn.query_row(endless, (), |row| row.get::<_, i64>(0)).unwrap_err();
///     assert!(error.is_interrupt());
///     stop.join().unwrap();
/// });
/// drop(conn);
/// handle.interrupt();
/// # Ok::<(), clib::Error>(())
/// ```
#[derive(Clone)]
pub struct InterruptHandle(Target);

#[derive(Clone)]
enum Target {
    Connection(Interrupter),
    Scope(Arc<AtomicBool>, Interrupter),
    /// Work on several connections.
    #[cfg(feature = "arrow")]
    Several(Arc<dyn Fn() + Send + Sync>),
}

impl InterruptHandle {
    pub(super) fn new(interrupter: Interrupter) -> Self {
        Self(Target::Connection(interrupter))
    }

    /// One that stops work on several connections.
    #[cfg(feature = "arrow")]
    pub(crate) fn of_several(interrupt: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self(Target::Several(interrupt))
    }

    /// Makes every statement that runs on the connection now fail with [`Code::Interrupt`](crate::Code::Interrupt), soon;
    /// those, too, that begin before all of them have ended (rows that were not read to the end or dropped are running).
    /// An open transaction that wrote is rolled back by it, where the interrupted statement was a write. A
    /// [load](crate::Connection::load) that is running fails too, whether or not one of its statements runs just then, and is undone;
    /// a transaction around it mostly stays.
    ///
    /// Where nothing runs nothing happens, and what runs when the interrupt arrives is chance: a handle of an
    /// [`InterruptScope`] stops the work it is meant for, and no other. Waiting for a lock outside of a scope is bounded by the
    /// [busy timeout](Connection::busy_timeout) alone.
    #[doc(alias = "sqlite3_interrupt")]
    pub fn interrupt(&self) {
        match &self.0 {
            Target::Connection(interrupter) => interrupter.interrupt(),
            Target::Scope(interrupted, interrupter) => {
                interrupter.interrupt_scope(interrupted);
            }
            #[cfg(feature = "arrow")]
            Target::Several(interrupt) => interrupt(),
        }
    }
}

impl fmt::Debug for InterruptHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterruptHandle").finish_non_exhaustive()
    }
}

/// A piece of work that can be interrupted as a whole: made by [`Connection::interrupt_scope`]. Dropping it ends the scope.
///
/// Once interrupted, the statements that run on the connection fail, waiting for a lock ends, and no other statement begins until
/// the scope is dropped; rolling back works. It does not matter when the interrupt comes: before the first statement, between two,
/// or after the last one, when it does nothing. What is done after the scope is not hit by it, with two exceptions: a statement that
/// begins in the scope and goes on after it (rows that were neither read to the end nor dropped), for while it does, the interrupt
/// lasts; and a load of several batches (a `Loader`) that is open in it, which is one piece of work, and ends with the next batch.
/// Where statements run already when the scope begins, what runs in it is stopped less promptly, as by a
/// [deadline](Connection::set_deadline); and those of them that give no rows in it go on after it.
///
/// Scopes may be nested, and end in any order.
pub struct InterruptScope<'conn> {
    conn: &'conn Connection,
    interrupted: Arc<AtomicBool>,
}

impl Connection {
    /// Begins a piece of work that can be interrupted as a whole.
    ///
    /// ```
    /// # use clib::Connection;
    /// # let conn = Connection::open_in_memory()?;
    /// let scope = conn.interrupt_scope()?;
    /// let handle = scope.interrupt_handle();
    /// // From any thread, at any time:
    /// handle.interrupt();
    /// assert!(conn.execute_batch("SELECT 1").unwrap_err().is_interrupt());
    /// drop(scope);
    /// handle.interrupt();
    /// conn.execute_batch("SELECT 1")?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// While it lasts, statements look about every 2,000 instructions whether it was interrupted, as with a
    /// [deadline](Self::set_deadline).
    ///
    /// # Errors
    ///
    /// In a progress or busy handler of this connection.
    #[doc(alias = "sqlite3_interrupt")]
    pub fn interrupt_scope(&self) -> Result<InterruptScope<'_>> {
        let interrupted = Arc::default();
        self.begin_scope(&interrupted)?;
        Ok(InterruptScope {
            conn: self,
            interrupted,
        })
    }

    /// Begins a scope that is interrupted when the flag is set. Where it cannot begin, or an authorizer panics, nothing is left of it.
    pub(crate) fn begin_scope(&self, interrupted: &Arc<AtomicBool>) -> Result<()> {
        self.db().callbacks().check_use()?;
        let unfinished = Unfinished(self, interrupted);
        self.db().open_scope(Arc::clone(interrupted))?;
        let runs = self.db().runs_statement();
        self.db().interrupter().open_scope(interrupted, runs);
        mem::forget(unfinished);
        Ok(())
    }

    pub(crate) fn end_scope(&self, interrupted: &Arc<AtomicBool>) {
        // First: from here on no interrupt reaches the connection.
        self.db().interrupter().close_scope(interrupted);
        self.db().close_scope(interrupted);
    }
}

/// A scope that has not wholly begun. Dropping it ends the scope.
struct Unfinished<'a>(&'a Connection, &'a Arc<AtomicBool>);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.end_scope(self.1);
    }
}

impl InterruptScope<'_> {
    /// A handle that interrupts this scope, from any thread, also after the scope has ended or the connection was closed (then it
    /// does nothing).
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Target::Scope(
            Arc::clone(&self.interrupted),
            self.conn.db().interrupter().clone(),
        ))
    }

    /// Whether it was interrupted.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Acquire)
    }
}

impl Drop for InterruptScope<'_> {
    fn drop(&mut self) {
        self.conn.end_scope(&self.interrupted);
    }
}

impl fmt::Debug for InterruptScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InterruptScope")
            .field("is_interrupted", &self.is_interrupted())
            .finish_non_exhaustive()
    }
}
