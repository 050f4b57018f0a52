//! [`InterruptHandle`].

use std::fmt;
#[cfg(feature = "arrow")]
use std::sync::Arc;

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
    #[doc(alias = "sqlite3_interrupt")]
    pub fn interrupt(&self) {
        match &self.0 {
            Target::Connection(interrupter) => interrupter.interrupt(),
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
