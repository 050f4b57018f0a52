//! Following what statements do: [`Connection::trace`]. Wraps [`sqlite3_trace_v2`](https://sqlite.org/c3ref/trace_v2.html).

use bitflags::bitflags;

pub use crate::callback::trace::{TraceEvent, TracedStatement};
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::ffi;

bitflags! {
    /// What [`Connection::trace`] tells of. Each costs time: rows most.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct TraceEvents: u32 {
        /// Statements and triggers that begin: [`TraceEvent::Statement`].
        const STATEMENT = ffi::SQLITE_TRACE_STMT.cast_unsigned();
        /// Statements that end, with the time that they took: [`TraceEvent::Profile`].
        const PROFILE = ffi::SQLITE_TRACE_PROFILE.cast_unsigned();
        /// Rows: [`TraceEvent::Row`].
        const ROW = ffi::SQLITE_TRACE_ROW.cast_unsigned();
    }
}

impl Connection {
    /// Has a closure told of what statements do. One that was set before is replaced.
    ///
    /// A panic comes out of the call that ran the statement, which goes on to its end. The connection cannot be used from within.
    /// Loads and reads in batches go on as they do without; while it is set, some of their faster paths are not taken.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use clib::{TraceEvent, TraceEvents};
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// let (sender, log) = mpsc::channel();
    /// conn.trace(TraceEvents::STATEMENT | TraceEvents::PROFILE, move |event| match event {
    ///     TraceEvent::Statement { statement, .. } => {
    ///         let _ = sender.send(statement.expanded_sql().unwrap_or_default());
    ///     }
    ///     TraceEvent::Profile { duration, .. } => {
    ///         let _ = sender.send(format!("took less than {} s", duration.as_secs() + 1));
    ///     }
    ///     _ => {}
    /// })?;
    /// conn.query_row("SELECT ?1 + 1", [41], |_| Ok(()))?;
    /// conn.remove_trace()?;
    /// let log: Vec<String> = log.into_iter().collect();
    /// assert_eq!(log, ["SELECT 41 + 1", "took less than 1 s"]);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_trace_v2")]
    #[doc(alias = "sqlite3_profile")]
    pub fn trace<F>(&mut self, events: TraceEvents, trace: F) -> Result<()>
    where
        F: FnMut(TraceEvent<'_>) + Send + 'static,
    {
        let events = (events & TraceEvents::all()).bits();
        self.db_mut().set_trace(events, trace)
    }

    /// Tells of nothing any more.
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_trace_v2")]
    pub fn remove_trace(&mut self) -> Result<()> {
        self.db_mut().clear_trace()
    }
}
