//! What bounds a connection's time in C: deadlines, interrupt scopes, and the user's progress and busy handlers.
//!
//! SQLite has one slot for a progress handler and one for a busy handler. Here is the one function for each that C calls, and it
//! serves everybody: first it looks whether the work is to stop (a scope was interrupted, a deadline has passed), then it asks
//! the user's handler. While nobody wants anything, nothing is registered (see `raw/limits.rs`), and C calls nothing.
//!
//! What made a statement stop is noted, and becomes part of the error: [`StoppedBy`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use libc::{c_int, c_void};

use super::kind::{
    BusyHandler as BusyHandlerKind, Contained, ProgressHandler as ProgressHandlerKind,
};
use super::{Callbacks, run};
use crate::error::StoppedBy;
use crate::raw::token;

/// How many instructions of the virtual machine pass between two looks at the clock: some tens of microseconds, against which
/// the look is small.
pub(crate) const INTERVAL: u32 = 2000;

/// How long is slept between two attempts to get a lock, in milliseconds: SQLite's own series, whose last one repeats.
const DELAYS: [u64; 12] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

/// How long is slept at most where another thread may interrupt the waiting.
const INTERRUPTIBLE: Duration = Duration::from_millis(5);

/// A user's progress handler.
pub(crate) struct ProgressHandler {
    /// Instructions between two calls.
    pub(crate) interval: u32,
    pub(crate) call: Box<dyn FnMut() -> bool + Send>,
}

/// A user's busy handler.
pub(crate) type BusyHandler = Box<dyn FnMut(u32) -> bool + Send>;

/// Whose deadline one is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Owner {
    Connection,
    Transaction,
    /// The statement that is being stepped.
    Statement,
}

/// The limits of one connection. C has a [token](token::Token) of them, and calls back on the thread that uses the connection.
pub(crate) struct Limits {
    callbacks: Arc<Callbacks>,
    /// Of connection, transaction and statement.
    deadlines: [Cell<Option<Instant>>; 3],
    /// The first of them.
    earliest: Cell<Option<Instant>>,
    /// How many statements have a deadline of their own.
    statements: Cell<usize>,
    /// The open interrupt scopes: each is set when it was interrupted.
    scopes: RefCell<Vec<Arc<AtomicBool>>>,
    /// Whether anything above is there, or something was [stopped](Self::note_stopped): all that a step looks at otherwise.
    armed: Cell<bool>,
    /// How many want that nothing stops what is running: a rollback.
    suspended: Cell<u32>,
    progress: RefCell<Option<ProgressHandler>>,
    /// Instructions between two calls by C.
    interval: Cell<u32>,
    /// Instructions since the user's progress handler was called.
    passed: Cell<u32>,
    busy: RefCell<Option<BusyHandler>>,
    /// How long is waited for a lock where the user has no handler.
    pub(crate) busy_timeout: Cell<Duration>,
    busy_since: Cell<Option<Instant>>,
    /// Why C was last told to stop.
    stopped: Cell<Option<StoppedBy>>,
}

/// While it lives, nothing stops what is running: see [`Limits::suspend`].
pub(crate) struct Suspended<'a>(&'a Limits);

impl Drop for Suspended<'_> {
    fn drop(&mut self) {
        let suspended = &self.0.suspended;
        suspended.set(suspended.get().saturating_sub(1));
    }
}

/// While it lives, a statement's deadline is looked at.
pub(crate) struct Entered {
    limits: Rc<Limits>,
    before: Option<Instant>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.limits.set_deadline(Owner::Statement, self.before);
    }
}

impl Limits {
    pub(crate) fn new(callbacks: Arc<Callbacks>) -> Rc<Self> {
        Rc::new(Self {
            callbacks,
            deadlines: Default::default(),
            earliest: Cell::default(),
            statements: Cell::default(),
            scopes: RefCell::default(),
            armed: Cell::default(),
            suspended: Cell::default(),
            progress: RefCell::default(),
            interval: Cell::new(INTERVAL),
            passed: Cell::default(),
            busy: RefCell::default(),
            busy_timeout: Cell::default(),
            busy_since: Cell::default(),
            stopped: Cell::default(),
        })
    }

    /// The limits of the connection that calls; `None` where they are gone.
    ///
    /// # Safety
    ///
    /// `data` is that of a token of limits, which is not dropped during `'a`: the connection's owner has it, on the thread that is in C.
    unsafe fn of<'a>(data: *mut c_void) -> Option<&'a Self> {
        let limits = token::resolve(data)?;
        // SAFETY: limits, by the caller's promise, which live as long as their token; only shared borrows are made.
        Some(unsafe { limits.cast::<Self>().as_ref() })
    }

    /// Whether a step has to look here.
    #[inline]
    pub(crate) fn is_armed(&self) -> bool {
        self.armed.get()
    }

    /// Whether something may stop the connection's work besides the user's handlers.
    pub(crate) fn is_limited(&self) -> bool {
        self.earliest.get().is_some()
            || self.statements.get() > 0
            || !self.scopes.borrow().is_empty()
    }

    fn arm(&self) {
        let earliest = self.deadlines.iter().filter_map(Cell::get).min();
        self.earliest.set(earliest);
        self.armed
            .set(self.is_limited() || self.stopped.get().is_some());
    }

    pub(crate) fn deadline(&self, owner: Owner) -> Option<Instant> {
        self.place(owner).get()
    }

    /// The first of all deadlines.
    #[cfg(feature = "arrow")]
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.earliest.get()
    }

    pub(crate) fn set_deadline(&self, owner: Owner, deadline: Option<Instant>) {
        self.place(owner).set(deadline);
        self.arm();
    }

    fn place(&self, owner: Owner) -> &Cell<Option<Instant>> {
        let [connection, transaction, statement] = &self.deadlines;
        match owner {
            Owner::Connection => connection,
            Owner::Transaction => transaction,
            Owner::Statement => statement,
        }
    }

    /// Counts statements that have a deadline.
    pub(crate) fn count_statement(&self, has_one: bool) {
        let count = self.statements.get();
        self.statements.set(if has_one {
            count.saturating_add(1)
        } else {
            count.saturating_sub(1)
        });
        self.arm();
    }

    /// Makes a statement's deadline count until the result is dropped.
    pub(crate) fn enter(self: &Rc<Self>, deadline: Instant) -> Entered {
        let before = self.deadline(Owner::Statement);
        self.set_deadline(Owner::Statement, Some(deadline));
        Entered {
            limits: Rc::clone(self),
            before,
        }
    }

    pub(crate) fn open_scope(&self, scope: Arc<AtomicBool>) {
        self.scopes.borrow_mut().push(scope);
        self.arm();
    }

    pub(crate) fn close_scope(&self, scope: &Arc<AtomicBool>) {
        self.scopes
            .borrow_mut()
            .retain(|open| !Arc::ptr_eq(open, scope));
        self.arm();
    }

    #[cfg(feature = "pool")]
    pub(crate) fn clear_scopes(&self) {
        self.scopes.borrow_mut().clear();
        self.arm();
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn scopes(&self) -> Vec<Arc<AtomicBool>> {
        self.scopes.borrow().clone()
    }

    /// Lets what is run during the result's life go through: a rollback must.
    pub(crate) fn suspend(&self) -> Suspended<'_> {
        self.suspended.set(self.suspended.get().saturating_add(1));
        Suspended(self)
    }

    /// Why work must not go on: an interrupt of a scope, or a deadline.
    #[cold]
    pub(crate) fn check(&self) -> Result<(), StoppedBy> {
        if self.suspended.get() > 0 {
            return Ok(());
        }
        self.stopped.set(None);
        self.arm();
        self.exceeded().map_or(Ok(()), Err)
    }

    /// Notes why C is told to stop. C need not end with an error by it, so the next call looks here, and forgets it.
    fn note_stopped(&self, why: StoppedBy) {
        self.stopped.set(Some(why));
        self.arm();
    }

    /// Why work is to stop.
    fn exceeded(&self) -> Option<StoppedBy> {
        let interrupted = |scope: &Arc<AtomicBool>| scope.load(Ordering::Acquire);
        if self.scopes.borrow().iter().any(interrupted) {
            return Some(StoppedBy::Interrupt);
        }
        let deadline = self.earliest.get()?;
        (Instant::now() >= deadline).then_some(StoppedBy::Deadline)
    }

    /// Why C was told to stop, since it was last asked.
    pub(crate) fn take_stopped(&self) -> Option<StoppedBy> {
        self.stopped.take()
    }

    /// How many instructions are to pass between two calls; `None` where nobody wants any.
    pub(crate) fn wanted_interval(&self) -> Option<u32> {
        let own = self.is_limited().then_some(INTERVAL);
        let users = self.progress.borrow().as_ref().map(|user| user.interval);
        let interval = match (own, users) {
            (Some(own), Some(users)) => Some(own.min(users)),
            (own, users) => own.or(users),
        };
        self.interval.set(interval.unwrap_or(INTERVAL));
        interval
    }

    /// Whether C is to call the busy handler here, and not SQLite's own.
    pub(crate) fn wants_busy(&self) -> bool {
        self.is_limited() || self.has_busy_handler()
    }

    pub(crate) fn has_busy_handler(&self) -> bool {
        self.busy.borrow().is_some()
    }

    #[cfg(feature = "pool")]
    pub(crate) fn has_progress_handler(&self) -> bool {
        self.progress.borrow().is_some()
    }

    /// Sets the user's progress handler, and returns the one before.
    pub(crate) fn set_progress(&self, handler: Option<ProgressHandler>) -> Option<ProgressHandler> {
        self.passed.set(0);
        self.progress.replace(handler)
    }

    /// Sets the user's busy handler, and returns the one before.
    pub(crate) fn set_busy(&self, handler: Option<BusyHandler>) -> Option<BusyHandler> {
        self.busy.replace(handler)
    }

    /// Whether the virtual machine is to stop.
    fn progressed(&self) -> bool {
        if self.suspended.get() > 0 {
            return false;
        }
        if let Some(why) = self.exceeded() {
            self.note_stopped(why);
            return true;
        }
        // Taken out, so that whatever it does finds no borrow.
        let Some(mut handler) = self.progress.take() else {
            return false;
        };
        let passed = self.passed.get().saturating_add(self.interval.get());
        let stops = if passed < handler.interval {
            self.passed.set(passed);
            false
        } else {
            self.passed.set(0);
            run::<ProgressHandlerKind>(&self.callbacks, || (handler.call)())
        };
        self.progress.replace(Some(handler));
        if stops {
            self.note_stopped(StoppedBy::ProgressHandler);
        }
        stops
    }

    /// Whether SQLite is to try once more to get a lock, after `count` attempts.
    fn waits(&self, count: u32) -> bool {
        let suspended = self.suspended.get() > 0;
        if !suspended && let Some(why) = self.exceeded() {
            self.note_stopped(why);
            return false;
        }
        if let Some(mut handler) = self.busy.take() {
            let waits = run::<BusyHandlerKind>(&self.callbacks, || handler(count));
            self.busy.replace(Some(handler));
            return waits;
        }
        let now = Instant::now();
        if count == 0 {
            self.busy_since.set(Some(now));
        }
        let waited = self
            .busy_since
            .get()
            .map_or(Duration::ZERO, |since| now - since);
        let Some(left) = self.busy_timeout.get().checked_sub(waited) else {
            return false;
        };
        if left.is_zero() {
            return false;
        }
        let index = usize::try_from(count).unwrap_or(usize::MAX);
        let delay = DELAYS.get(index).or(DELAYS.last()).copied().unwrap_or(1);
        let mut delay = Duration::from_millis(delay).min(left);
        if !suspended {
            if let Some(deadline) = self.earliest.get() {
                delay = delay.min(deadline.saturating_duration_since(now));
            }
            if !self.scopes.borrow().is_empty() {
                delay = delay.min(INTERRUPTIBLE);
            }
        }
        thread::sleep(delay);
        true
    }
}

/// What C calls every so many instructions. Not zero stops the statement: a panic does.
pub(crate) unsafe extern "C" fn progress(data: *mut c_void) -> c_int {
    // SAFETY: registered with this callback.
    let limits = unsafe { Limits::of(data) };
    c_int::from(limits.map_or(ProgressHandlerKind::FAILED, Limits::progressed))
}

/// What C calls when it meets a lock. Zero gives up: a panic does.
pub(crate) unsafe extern "C" fn busy(data: *mut c_void, count: c_int) -> c_int {
    // SAFETY: registered with this callback.
    let limits = unsafe { Limits::of(data) };
    let count = u32::try_from(count).unwrap_or(0);
    c_int::from(limits.map_or(BusyHandlerKind::FAILED, |limits| limits.waits(count)))
}
