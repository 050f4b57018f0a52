//! Registering what bounds a connection's time in C: see [`Limits`].

use std::cell::Cell;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use clib_sys as ffi;
use libc::{c_int, c_void};

use super::db::{self, Db};
use super::stmt::Stmt;
use crate::callback::contain;
use crate::callback::limits::{self, BusyHandler, Entered, Owner, ProgressHandler, Suspended};
use crate::error::{Code, Error, Result, StoppedBy};
use crate::types::ValueRef;

impl Db {
    /// Refuses work that is over before it begins. Nothing where there are no limits.
    #[inline]
    pub(crate) fn check_limits(&self) -> Result<()> {
        if self.limits().is_armed() {
            self.check_armed()
        } else {
            Ok(())
        }
    }

    #[cold]
    fn check_armed(&self) -> Result<()> {
        self.limits().check().map_err(db::stopped)
    }

    /// Lets what runs during the result's life go through.
    pub(crate) fn suspend_limits(&self) -> Suspended<'_> {
        self.limits().suspend()
    }

    pub(crate) fn set_deadline(&self, owner: Owner, deadline: Option<Instant>) -> Result<()> {
        self.callbacks().check_use()?;
        self.limits().set_deadline(owner, deadline);
        self.register_limits()
    }

    pub(crate) fn open_scope(&self, scope: Arc<AtomicBool>) -> Result<()> {
        self.callbacks().check_use()?;
        self.limits().open_scope(scope);
        self.register_limits()
    }

    pub(crate) fn close_scope(&self, scope: &Arc<AtomicBool>) {
        self.limits().close_scope(scope);
        // What stays registered stops nothing.
        let _ = self.register_limits();
    }

    fn count_statement(&self, has_deadline: bool) -> Result<()> {
        self.limits().count_statement(has_deadline);
        self.register_limits()
    }

    pub(crate) fn set_progress_handler(&self, handler: Option<ProgressHandler>) -> Result<()> {
        self.callbacks().check_use()?;
        let before = self.limits().set_progress(handler);
        self.register_limits()?;
        drop(before);
        Ok(())
    }

    pub(crate) fn set_busy_handler(&self, handler: Option<BusyHandler>) -> Result<()> {
        self.callbacks().check_use()?;
        let removes = handler.is_none();
        let before = self.limits().set_busy(handler);
        if removes {
            if before.is_none() {
                return Ok(());
            }
            // As in SQLite, nothing waits after a handler.
            self.limits().busy_timeout.set(Duration::ZERO);
        }
        if self.limits().wants_busy() {
            // Whatever a pragma has put in its place.
            self.register_busy()?;
        }
        self.register_limits()?;
        drop(before);
        Ok(())
    }

    /// Sets how long is waited for locks. The user's busy handler ends with it.
    pub(crate) fn set_busy_timeout(&self, timeout: Duration) -> Result<()> {
        self.callbacks().check_use()?;
        let before = self.limits().set_busy(None);
        self.limits().busy_timeout.set(timeout);
        if self.limits().wants_busy() {
            self.register_busy()?;
        } else {
            self.register_timeout(timeout)?;
        }
        drop(before);
        Ok(())
    }

    /// Removes deadlines, scopes and the user's handlers: what one who used the connection may have left.
    #[cfg(feature = "pool")]
    pub(crate) fn clear_limits(&self) -> Result<()> {
        self.limits().clear_scopes();
        self.interrupter().clear_scopes();
        self.set_deadline(Owner::Connection, None)?;
        self.set_deadline(Owner::Transaction, None)?;
        if self.limits().has_progress_handler() {
            self.set_progress_handler(None)?;
        }
        if self.limits().has_busy_handler() {
            self.set_busy_handler(None)?;
        }
        Ok(())
    }

    /// Makes SQLite call what is wanted, and nothing that is not.
    fn register_limits(&self) -> Result<()> {
        if self.callbacks().forbids_use() {
            return Ok(());
        }
        let registered = self.limits_registered();
        let interval = self.limits().wanted_interval();
        if interval != registered.interval.get() {
            let count = c_int::try_from(interval.unwrap_or(0)).unwrap_or(c_int::MAX);
            // SAFETY: open, by the type invariant; the data is that of the limits' token, and C calls `progress` on the thread that uses
            // the connection. A count of 0 removes what there is.
            unsafe {
                ffi::sqlite3_progress_handler(
                    self.as_ptr(),
                    count,
                    interval
                        .map(|_| limits::progress as unsafe extern "C" fn(*mut c_void) -> c_int),
                    self.limits_data(),
                );
            }
            registered.interval.set(interval);
        }
        let wants_busy = self.limits().wants_busy();
        if wants_busy && !registered.busy.get() {
            if !self.limits().has_busy_handler()
                && let Some(timeout) = self.sqlite_busy_timeout()
            {
                // It may have been set by a pragma.
                self.limits().busy_timeout.set(timeout);
            }
            self.register_busy()?;
        } else if !wants_busy && registered.busy.get() {
            // A pragma may have replaced it, and then stays.
            if self
                .sqlite_busy_timeout()
                .is_none_or(|timeout| timeout.is_zero())
            {
                self.register_timeout(self.limits().busy_timeout.get())?;
            }
            registered.busy.set(false);
        }
        Ok(())
    }

    /// Makes SQLite call the busy handler here.
    fn register_busy(&self) -> Result<()> {
        // SAFETY: open, by the type invariant; the data is that of the limits' token, and C calls `busy` on the thread that uses the
        // connection.
        let code = unsafe {
            ffi::sqlite3_busy_handler(
                self.as_ptr(),
                Some(limits::busy as unsafe extern "C" fn(*mut c_void, c_int) -> c_int),
                self.limits_data(),
            )
        };
        self.check(code, None)?;
        self.limits_registered().busy.set(true);
        Ok(())
    }

    /// Makes SQLite call nothing any more: the connection is about to be closed, and may outlive the limits as a zombie.
    pub(super) fn unregister_limits(&self) {
        if self.limits_registered().interval.replace(None).is_some() {
            // SAFETY: open, by the type invariant; a count of 0 removes what there is.
            unsafe { ffi::sqlite3_progress_handler(self.as_ptr(), 0, None, ptr::null_mut()) };
        }
        if self.limits_registered().busy.replace(false) {
            // SQLite's own handler waits as long as ours did, for whoever has the connection then.
            let waits = !self.limits().has_busy_handler();
            let timeout = self.limits().busy_timeout.get();
            let _ = self.register_timeout(if waits { timeout } else { Duration::ZERO });
        }
    }

    /// Drops the user's handlers, whose destructors are user code.
    pub(super) fn drop_handlers(&self) {
        let progress = self.limits().set_progress(None);
        contain(self.callbacks(), (), || drop(progress));
        let busy = self.limits().set_busy(None);
        contain(self.callbacks(), (), || drop(busy));
    }

    /// Makes SQLite's own handler wait for locks.
    fn register_timeout(&self, timeout: Duration) -> Result<()> {
        // Up, so that a short wait is not none.
        let milliseconds = timeout.as_nanos().div_ceil(1_000_000);
        let milliseconds = c_int::try_from(milliseconds).unwrap_or(c_int::MAX);
        // SAFETY: open, by the type invariant.
        let code = unsafe { ffi::sqlite3_busy_timeout(self.as_ptr(), milliseconds) };
        self.limits_registered().busy.set(false);
        self.check(code, None)
    }

    /// How long the connection waits for locks, however that was set; `None` where a handler of the user's decides.
    pub(crate) fn busy_timeout(&self) -> Option<Duration> {
        if self.limits_registered().busy.get() {
            let own = self.limits().busy_timeout.get();
            return (!self.limits().has_busy_handler()).then_some(own);
        }
        self.sqlite_busy_timeout()
    }

    /// What SQLite's own handler waits: zero where another one is registered.
    fn sqlite_busy_timeout(&self) -> Option<Duration> {
        let _suspended = self.suspend_limits();
        let mut timeout = Stmt::prepare(self, "PRAGMA busy_timeout", 0)
            .ok()?
            .statement?;
        timeout.step().ok().filter(|is_row| *is_row)?;
        match timeout.value(0) {
            Ok(ValueRef::Integer(milliseconds)) => {
                u64::try_from(milliseconds).ok().map(Duration::from_millis)
            }
            _ => None,
        }
    }

    /// Why work that SQLite has just ended with that code was stopped.
    pub(super) fn stopped_by(&self, code: c_int) -> Option<StoppedBy> {
        let noted = self.limits().take_stopped();
        match Code::from(code) {
            Code::Interrupt => Some(noted.unwrap_or(StoppedBy::Interrupt)),
            Code::Busy => noted,
            _ => None,
        }
    }
}

impl Stmt<'_> {
    /// Gives the statement a deadline, or takes it away.
    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) -> Result<()> {
        self.db().callbacks().check_use()?;
        let before = self.replace_deadline(deadline);
        match (before.is_some(), deadline.is_some()) {
            (false, true) => self.db().count_statement(true),
            (true, false) => self.db().count_statement(false),
            _ => Ok(()),
        }
    }

    /// Takes the deadline away before the statement's end.
    #[inline]
    pub(super) fn forget_deadline(&self) {
        if self.replace_deadline(None).is_some() {
            // What stays registered stops nothing.
            let _ = self.db().count_statement(false);
        }
    }

    /// Looks at the limits before a call that runs the statement, whose own deadline counts until the result is dropped. The call can lead
    /// to user code.
    #[inline]
    pub(super) fn enter(&self) -> Result<Option<Entered>> {
        self.check_use()?;
        let entered = if self.db().limits().is_armed() {
            self.enter_armed()?
        } else {
            None
        };
        self.db().callbacks().lead();
        Ok(entered)
    }

    #[cold]
    fn enter_armed(&self) -> Result<Option<Entered>> {
        let limits = self.db().limits();
        let entered = self.deadline().map(|deadline| {
            // Of two, the first: a statement can run within another one's step.
            let first = limits
                .deadline(Owner::Statement)
                .map_or(deadline, |outer| outer.min(deadline));
            limits.enter(first)
        });
        match limits.check() {
            Ok(()) => Ok(entered),
            Err(why) => {
                let mut error = db::stopped(why);
                if let Error::Sqlite(sqlite) = &mut error {
                    sqlite.sql = self.sql().ok().map(str::to_owned);
                }
                Err(error)
            }
        }
    }
}

/// What SQLite was told to call.
#[derive(Default)]
pub(super) struct Registered {
    interval: Cell<Option<u32>>,
    busy: Cell<bool>,
}
