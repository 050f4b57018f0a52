//! User code that C calls: how it is run, so that nothing unwinds into C and nothing of it is lost.
//!
//! All user code goes through [`run`], or where it is a destructor, through [`contain`]: what it is given, what it returns and
//! what it drops. A panic ends there, C gets the value that the kind of callback has declared for failures ([`kind`]), and the
//! payload is kept with the connection ([`Callbacks`]) until the call that led to C returns and resumes it. So a panic in a
//! function comes out of the `next` or `query_row` that ran it. Between the two no further user code runs except destructors.
//! With `panic = "abort"` there is nothing to contain: the program ends where it panics.
//!
//! An error of user code takes the same way: C gets its message, and the caller the error itself.
//!
//! # Levels
//!
//! User code can call into C again, which can call user code, and so on. Each callback is one level deeper than the call that
//! led to it. What is kept belongs to the level of that call: a call resumes and returns what happened below it, and leaves
//! what another one, further out, has still to see.
//!
//! Where a connection is shared with other code, that leads to C too, and then nobody would see what is kept. So a call that can lead to
//! user code says so first ([`Callbacks::lead`]), and where there is none, nothing is kept: C's failure is all there is.
//!
//! # Failing closed
//!
//! C asks some callbacks for nothing that could say "failed": a collation, an update or pre-update hook. Where one of these panics, the
//! connection is interrupted, so that the statement ends soon, and a transaction that writes is doomed: it cannot commit any
//! more ([`hook`]).
//!
//! # Using the connection from within
//!
//! Types keep user code from the statement that runs it, which is mutably borrowed, and from whatever takes `&mut Connection`:
//! closing, registering, removing. What is left is `&Connection` and other statements, through a thread-local. That is safe in a
//! WAL hook alone ([`Kind::may_use_connection`]). Everywhere else every use is an error ([`Callbacks::check_use`]), and what is dropped
//! is put away until the callback has returned.

pub(crate) mod aggregate;
pub(crate) mod collation;
mod column;
#[cfg(feature = "extension")]
pub(crate) mod extension;
pub(crate) mod function;
pub(crate) mod hook;
mod kept;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod preupdate;
pub(crate) mod registration;
pub(crate) mod row_aggregate;
pub(crate) mod trace;

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use self::kept::KeptErrors;
pub(crate) use self::kept::Report;
use self::kind::{Contained, Kind};
use crate::error::{Error, Result};
use crate::raw::Interrupter;

/// What a panic was called with.
type Payload = Box<dyn Any + Send>;

/// There is a payload.
const PANICKED: u8 = 1;
/// There are errors.
const FAILED: u8 = 2;

/// What became of user code on one connection, for the call that led to it.
///
/// Shared with what is registered, which C owns. One thread at a time is here, as it is with the connection; the locks are never
/// waited for.
pub(crate) struct Callbacks {
    /// What there is: all that is looked at where nothing went wrong.
    flags: AtomicU8,
    /// How many callbacks are running, one within the other.
    depth: AtomicU32,
    /// The innermost callback that must not use the connection; 0 where there is none.
    within: AtomicU8,
    /// The kind of callback that has doomed the transaction; 0 where there is none.
    doomed: AtomicU8,
    /// Whether commits are asked for: see [`hook`].
    guarded: AtomicBool,
    /// With the level that it belongs to.
    payload: Mutex<Option<(u32, Payload)>>,
    errors: Mutex<KeptErrors>,
    interrupter: Interrupter,
    /// The level of the outermost call that is under way and will see what became of user code, and one more. 0 where that is always
    /// so, because nobody else uses the connection; [`NOBODY`] where there is none.
    awaited: AtomicU32,
}

const NOBODY: u32 = u32::MAX;

impl Callbacks {
    /// For a connection that others use too: what comes of their calls is theirs to see, as C reports it.
    pub(crate) fn new(interrupter: Interrupter) -> Self {
        Self {
            flags: AtomicU8::new(0),
            depth: AtomicU32::new(0),
            within: AtomicU8::new(0),
            doomed: AtomicU8::new(0),
            guarded: AtomicBool::new(false),
            payload: Mutex::default(),
            errors: Mutex::default(),
            interrupter,
            awaited: AtomicU32::new(NOBODY),
        }
    }

    /// From now on nobody else uses the connection.
    pub(crate) fn take_over(&self) {
        self.awaited.store(0, Ordering::Relaxed);
    }

    /// From now on only others use the connection, and nothing is kept.
    pub(crate) fn orphan(&self) {
        self.awaited.store(NOBODY, Ordering::Relaxed);
    }

    /// A call into C begins that can lead to user code, and that [`resume`](Self::resume) or
    /// [`resume_panic`](Self::resume_panic) follows.
    #[inline]
    pub(crate) fn lead(&self) {
        let awaited = self.awaited.load(Ordering::Relaxed);
        let ours = self.level().saturating_add(1);
        self.awaited.store(awaited.min(ours), Ordering::Relaxed);
    }

    /// Such a call has ended.
    #[inline]
    fn returned(&self) {
        if self.awaited.load(Ordering::Relaxed) > self.level() {
            self.awaited.store(NOBODY, Ordering::Relaxed);
        }
    }

    /// Whether somebody will see what became of user code that was called from that level.
    fn is_awaited(&self, level: u32) -> bool {
        self.awaited.load(Ordering::Relaxed) <= level.saturating_add(1)
    }

    /// Whether a panic is on its way to the caller, so that no user code may run.
    #[inline]
    pub(crate) fn has_panicked(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & PANICKED != 0
    }

    /// How many callbacks are running, one within the other.
    #[inline]
    pub(crate) fn level(&self) -> u32 {
        self.depth.load(Ordering::Relaxed)
    }

    /// Whether the connection must be left alone, because a callback runs that must not use it.
    #[inline]
    pub(crate) fn forbids_use(&self) -> bool {
        self.within.load(Ordering::Relaxed) != 0
    }

    /// An error where the connection must be left alone.
    #[inline]
    pub(crate) fn check_use(&self) -> Result<()> {
        match self.within.load(Ordering::Relaxed) {
            0 => Ok(()),
            kind => Err(in_callback(kind)),
        }
    }

    /// Resumes a panic that was contained, and forgets errors that C has swallowed. Called when a call into C has returned; does not
    /// panic while already panicking.
    #[inline]
    pub(crate) fn resume(&self) {
        self.returned();
        if self.flags.load(Ordering::Relaxed) != 0 {
            self.resume_now();
        }
    }

    #[cold]
    fn resume_now(&self) {
        discard(self.take_errors());
        self.resume_panic();
    }

    /// [`resume`](Self::resume) where the call has failed: errors are still to be taken, unless there is a panic.
    pub(crate) fn resume_panic(&self) {
        self.returned();
        if !self.has_panicked() {
            return;
        }
        let payload = {
            let mut place = lock(&self.payload);
            match &*place {
                Some((level, _)) if *level >= self.level() => place.take(),
                _ => return,
            }
        };
        self.flags.fetch_and(!PANICKED, Ordering::Relaxed);
        // The panic goes before them.
        discard(self.take_errors());
        if let Some((_, payload)) = payload {
            if thread::panicking() {
                // The first panic wins.
                return discard(payload);
            }
            resume_unwind(payload);
        }
    }

    /// Keeps an error of user code, for the call that has led to it. C is told what `report` says. The callback has ended: what is
    /// running now is the caller's.
    pub(crate) fn keep_error(&self, error: Error, report: Report) {
        let level = self.level();
        if !self.is_awaited(level) {
            return discard((error, report));
        }
        let refused = lock(&self.errors).keep(level, error, report);
        self.flags.fetch_or(FAILED, Ordering::Relaxed);
        discard(refused);
    }

    /// The error of user code that C has just reported, where it is one: with that extended result code and message. Others that
    /// the call has left are forgotten: of an aggregate that was ended early, for example.
    ///
    /// `wordless`: C has no message, which it loses where a statement of its own has failed, in the middle of another one (as `ALTER
    /// TABLE` does). Then it is the first that came with one.
    pub(crate) fn take_error(&self, code: i32, message: &str, wordless: bool) -> Option<Error> {
        if self.flags.load(Ordering::Relaxed) & FAILED == 0 {
            return None;
        }
        let mut all = self.take_errors();
        let reported = |(_, report): &(Error, Report)| report.is(code, message);
        let has_words = |(_, report): &(Error, Report)| matches!(report, Report::Message(_));
        let position = all.iter().position(reported);
        let position = position.or_else(|| all.iter().position(has_words).filter(|_| wordless));
        let found = position.map(|position| all.swap_remove(position).0);
        discard(all);
        found
    }

    fn take_errors(&self) -> Vec<(Error, Report)> {
        let mut errors = lock(&self.errors);
        let taken = errors.take(self.level());
        if errors.is_empty() {
            self.flags.fetch_and(!FAILED, Ordering::Relaxed);
        }
        taken
    }

    /// Keeps the first panic; those after it happen in destructors. Where nobody is to see it, C's failure is all that is left of it.
    fn keep(&self, level: u32, payload: Payload) {
        let mut place = lock(&self.payload);
        if place.is_none() && self.is_awaited(level) {
            *place = Some((level, payload));
            self.flags.fetch_or(PANICKED, Ordering::Relaxed);
        } else {
            drop(place);
            discard(payload);
        }
    }

    /// Makes the statement that runs fail, and where it can have written, its transaction.
    #[cold]
    fn doom(&self, kind: Kind) {
        // SAFETY: a callback has just run, on the thread that uses the connection.
        if unsafe { self.interrupter.writes() } {
            self.doomed.store(kind as u8, Ordering::Relaxed);
        }
        self.interrupter.interrupt();
    }

    /// A callback is not run because a panic is on its way: what it would have said is missed as if the panic were its own.
    #[cold]
    fn skip(&self, kind: Kind) {
        if kind.dooms() {
            self.doom(kind);
        }
    }

    /// Whether the transaction must not commit. C is then to be told `SQLITE_CONSTRAINT_COMMITHOOK`.
    fn refuses_commit(&self) -> bool {
        let doomed = self.doomed.load(Ordering::Relaxed);
        if doomed == 0 {
            return false;
        }
        let error = Error::TransactionDoomed {
            callback: kind::name(doomed),
        };
        let report = Report::Code(clib_sys::SQLITE_CONSTRAINT_COMMITHOOK);
        self.keep_error(error, report);
        true
    }

    /// The transaction was rolled back.
    fn rolled_back(&self) {
        self.doomed.store(0, Ordering::Relaxed);
    }

    /// Whether commits are asked for already; they are from now on.
    pub(crate) fn guard(&self) -> bool {
        self.guarded.swap(true, Ordering::Relaxed)
    }

    /// Whether commits are asked for.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Relaxed)
    }

    /// Goes one level deeper, until the result is dropped.
    #[inline]
    fn enter(&self, kind: Kind) -> Entered<'_> {
        let level = self.level();
        self.depth.store(level.wrapping_add(1), Ordering::Relaxed);
        let within = self.within.load(Ordering::Relaxed);
        if !kind.may_use_connection() {
            self.within.store(kind as u8, Ordering::Relaxed);
        }
        Entered {
            callbacks: self,
            level,
            within,
        }
    }
}

#[cold]
fn in_callback(kind: u8) -> Error {
    Error::InCallback {
        callback: kind::name(kind),
    }
}

/// A callback that runs.
struct Entered<'a> {
    callbacks: &'a Callbacks,
    /// What was before.
    level: u32,
    within: u8,
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.callbacks.depth.store(self.level, Ordering::Relaxed);
        self.callbacks.within.store(self.within, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops what may panic when dropped, and whose panic nobody is to see.
pub(crate) fn discard<T>(value: T) {
    /// As often as a payload's own destructor may panic, with another payload.
    const MOST: usize = 8;
    let mut payload = catch_unwind(AssertUnwindSafe(|| drop(value))).err();
    for _ in 0..MOST {
        match payload {
            None => return,
            Some(next) => payload = catch_unwind(AssertUnwindSafe(|| drop(next))).err(),
        }
    }
    mem::forget(payload);
}

/// Runs a callback of that kind for C. Where it panics, or a panic is on its way, the result is what the kind has declared; the
/// panic is kept for the caller.
///
/// It is unwind-safe because the panic goes on: the caller sees it before anything that the user code left half done.
#[inline]
pub(crate) fn run<K: Contained>(callbacks: &Callbacks, f: impl FnOnce() -> K::Value) -> K::Value {
    if callbacks.has_panicked() {
        callbacks.skip(K::KIND);
        return K::FAILED;
    }
    let entered = callbacks.enter(K::KIND);
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) => {
            let level = entered.level;
            drop(entered);
            callbacks.keep(level, payload);
            if K::KIND.dooms() {
                callbacks.doom(K::KIND);
            }
            K::FAILED
        }
    }
}

/// Runs a destructor, or other user code that must run also where a panic is on its way, for C. It must not use the connection.
/// Where it panics, the result is `failed`, and the panic is kept for the caller.
pub(crate) fn contain<R>(callbacks: &Callbacks, failed: R, f: impl FnOnce() -> R) -> R {
    let entered = callbacks.enter(Kind::Destructor);
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) => {
            let level = entered.level;
            drop(entered);
            callbacks.keep(level, payload);
            failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callbacks() -> Callbacks {
        let callbacks = Callbacks::new(Interrupter::detached());
        callbacks.take_over();
        callbacks
    }

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("when dropped");
        }
    }

    #[test]
    fn the_first_panic_is_resumed() {
        let callbacks = callbacks();
        assert_eq!(contain(&callbacks, 0, || 1), 1);
        callbacks.resume();
        assert_eq!(contain(&callbacks, 0, || panic!("first")), 0);
        assert!(callbacks.has_panicked());
        contain(&callbacks, (), || panic!("second"));
        contain(&callbacks, (), || drop(Bomb));
        let payload = catch_unwind(AssertUnwindSafe(|| callbacks.resume())).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"first"));
        assert!(!callbacks.has_panicked());
        callbacks.resume();
    }

    #[test]
    fn what_others_calls_lead_to_is_not_kept() {
        let callbacks = Callbacks::new(Interrupter::detached());
        let fails = || run::<kind::Function>(&callbacks, || panic!("contained"));
        assert!(fails().is_none());
        assert!(!callbacks.has_panicked());
        callbacks.lead();
        // Another one within it, which is over.
        run::<kind::Function>(&callbacks, || {
            callbacks.lead();
            callbacks.resume();
            None
        });
        assert!(fails().is_none());
        assert!(catch_unwind(AssertUnwindSafe(|| callbacks.resume())).is_err());
        assert!(fails().is_none());
        callbacks.keep_error(Error::other("of theirs"), Report::Nothing);
        callbacks.resume_panic();
        assert!(callbacks.take_error(1, "", false).is_none());
        // One within theirs: its panic is its caller's, and what that makes of it is theirs.
        run::<kind::Function>(&callbacks, || {
            callbacks.lead();
            assert!(fails().is_none());
            callbacks.resume();
            None
        });
        assert!(!callbacks.has_panicked());
    }

    #[test]
    fn payloads_that_panic_when_dropped_do_not_abort() {
        let callbacks = callbacks();
        contain(&callbacks, (), || panic!("first"));
        contain(&callbacks, (), || std::panic::panic_any(Bomb));
        assert!(catch_unwind(AssertUnwindSafe(|| callbacks.resume())).is_err());
    }

    #[test]
    fn nothing_is_resumed_while_panicking() {
        struct Resumes<'a>(&'a Callbacks);
        impl Drop for Resumes<'_> {
            fn drop(&mut self) {
                self.0.resume();
            }
        }
        let callbacks = callbacks();
        contain(&callbacks, (), || panic!("contained"));
        let payload = catch_unwind(AssertUnwindSafe(|| {
            let _resumes = Resumes(&callbacks);
            panic!("outer");
        }))
        .unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"outer"));
        assert!(!callbacks.has_panicked(), "nor by a later call");
    }

    fn message(text: &str) -> Report {
        Report::Message(text.to_owned())
    }

    #[test]
    fn an_error_is_taken_by_what_was_reported() {
        let callbacks = callbacks();
        let keep = |text: &str| callbacks.keep_error(Error::other(text), message(text));
        keep("mine");
        assert!(callbacks.take_error(1, "another", false).is_none());
        assert!(
            callbacks.take_error(1, "mine", false).is_none(),
            "forgotten"
        );
        keep("first");
        keep("second");
        assert_eq!(
            callbacks.take_error(1, "first", false).unwrap().to_string(),
            "first"
        );
        assert!(callbacks.take_error(1, "second", false).is_none());
        callbacks.keep_error(Error::other("any"), Report::Code(531));
        assert!(
            callbacks
                .take_error(531, "constraint failed", false)
                .is_some()
        );
        keep("lost");
        let found = callbacks.take_error(1, "SQL logic error", true);
        assert_eq!(found.unwrap().to_string(), "lost");
        keep("swallowed");
        callbacks.resume();
        assert!(callbacks.take_error(1, "swallowed", false).is_none());
    }

    #[test]
    fn levels_are_apart() {
        let callbacks = callbacks();
        callbacks.keep_error(Error::other("outer"), message("outer"));
        run::<kind::Function>(&callbacks, || {
            // A call within, which fails on its own account.
            callbacks.keep_error(Error::other("inner"), message("inner"));
            assert!(callbacks.take_error(1, "outer", false).is_none());
            callbacks.resume();
            None
        });
        assert!(callbacks.take_error(1, "outer", false).is_some());
        // A panic that is on its way to the outer call does not come out of an inner one.
        run::<kind::Function>(&callbacks, || panic!("outer"));
        contain(&callbacks, (), || callbacks.resume());
        assert!(callbacks.has_panicked());
        assert!(catch_unwind(AssertUnwindSafe(|| callbacks.resume())).is_err());
    }

    #[test]
    fn nothing_runs_while_a_panic_is_on_its_way() {
        let callbacks = callbacks();
        assert_eq!(run::<kind::CommitHook>(&callbacks, || panic!("first")), 1);
        assert_eq!(run::<kind::CommitHook>(&callbacks, || unreachable!()), 1);
        assert!(catch_unwind(AssertUnwindSafe(|| callbacks.resume())).is_err());
        assert_eq!(run::<kind::CommitHook>(&callbacks, || 0), 0);
    }

    #[test]
    fn hooks_leave_the_connection_alone() {
        let callbacks = callbacks();
        run::<kind::Function>(&callbacks, || {
            assert!(callbacks.check_use().is_ok());
            run::<kind::UpdateHook>(&callbacks, || {
                assert!(matches!(
                    callbacks.check_use(),
                    Err(Error::InCallback {
                        callback: "update hook"
                    })
                ));
            });
            assert!(callbacks.check_use().is_ok());
            None
        });
    }
}
