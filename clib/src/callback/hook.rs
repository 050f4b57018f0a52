//! Hooks: what C calls, and keeps until it is told of another. It has no destructor for them: the connection owns their state, and C
//! has a [`Token`] of it, which leads nowhere when the state is gone.
//!
//! The commit hook has a second task, which is why there is one wherever a collation or an update hook is: a transaction in which
//! such a callback has panicked must not be committed, as an index may be out of order by it, or a change unseen. SQLite asks the
//! commit hook, and rolls back.
//!
//! All but the WAL hook must leave the connection alone, so that none is called while it runs; they are `FnMut`. The WAL hook may
//! write, and be called again by that; it is `Fn`.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use clib_sys as ffi;
use libc::{c_char, c_int, c_void};

use super::collation::CollationRegistration;
use super::kind::Contained;
use super::{Callbacks, Report, contain, kind, run};
use crate::collation::Collation;
use crate::error::{Error, Result};
use crate::hooks::{Action, AuthAction, AuthContext, Authorization};
use crate::raw::token::{self, Token};
use crate::raw::{self, pointer};

/// What a hook of SQLite's is for.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Commit,
    Rollback,
    Update,
    Wal,
    Authorizer,
    Trace,
    CollationNeeded,
    PreUpdate,
}

/// The hooks of a connection.
#[derive(Default)]
pub(crate) struct Hooks([Option<Hook>; 8]);

impl Hooks {
    pub(crate) fn has(&self, place: Place) -> bool {
        self.0.get(place as usize).is_some_and(Option::is_some)
    }

    /// The hook that was there before.
    pub(crate) fn replace(&mut self, place: Place, hook: Option<Hook>) -> Option<Hook> {
        std::mem::replace(self.0.get_mut(place as usize)?, hook)
    }
}

/// The state of one, of any type.
///
/// # Invariants
///
/// The token is that of the state, and goes before it.
pub(crate) struct Hook {
    token: Option<Token>,
    state: Option<Arc<dyn Any>>,
    callbacks: Arc<Callbacks>,
}

impl Hook {
    /// With what C is given as data: it leads to a [`State`] as long as the result lives.
    pub(crate) fn new<F: 'static>(callbacks: &Arc<Callbacks>, f: F) -> (Self, *mut c_void) {
        let state = Arc::new(State {
            callbacks: Arc::clone(callbacks),
            f: RefCell::new(f),
        });
        let token = Token::new(Arc::as_ptr(&state).cast());
        let data = token.data();
        let hook = Self {
            token: Some(token),
            state: Some(state),
            callbacks: Arc::clone(callbacks),
        };
        (hook, data)
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        drop(self.token.take());
        let state = self.state.take();
        contain(&self.callbacks, (), || drop(state));
    }
}

/// What C is given with a callback.
pub(super) struct State<F> {
    pub(super) callbacks: Arc<Callbacks>,
    f: RefCell<F>,
}

impl<F> State<F> {
    /// The state of a callback that C calls; `None` where its hook is gone.
    ///
    /// # Safety
    ///
    /// `data` is what a [`Hook`] of this type was made with, which is not dropped during `'a`.
    #[inline]
    pub(super) unsafe fn of<'a>(data: *mut c_void) -> Option<&'a Self> {
        let state = token::resolve(data)?;
        // SAFETY: the hook's, by the caller's promise; it is there, by the invariant of `Hook`.
        Some(unsafe { state.cast::<Self>().as_ref() })
    }

    /// Calls the closure; `None` where it is running already, which cannot be: it cannot use the connection.
    pub(super) fn call<R>(&self, f: impl FnOnce(&mut F) -> R) -> Option<R> {
        self.f.try_borrow_mut().ok().map(|mut hook| f(&mut hook))
    }
}

/// Asked before a commit: other than 0 is no.
pub(crate) unsafe extern "C" fn commit<F>(data: *mut c_void) -> c_int
where
    F: FnMut() -> Result<()> + Send + 'static,
{
    const NO: c_int = 1;
    // SAFETY: the data of a hook that was set with this callback. Setting another one, or closing the connection, takes `&mut` of what is
    // borrowed while C calls, and is done by the thread that calls.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return kind::CommitHook::FAILED;
    };
    let callbacks = &state.callbacks;
    if callbacks.refuses_commit() {
        return NO;
    }
    let mut refused = None;
    let answer = run::<kind::CommitHook>(callbacks, || match state.call(|hook| hook()) {
        Some(Ok(())) => 0,
        Some(Err(error)) => {
            refused = Some(error);
            NO
        }
        None => NO,
    });
    if let Some(error) = refused {
        callbacks.keep_error(error, Report::Code(ffi::SQLITE_CONSTRAINT_COMMITHOOK));
    }
    answer
}

/// Told of a rollback.
pub(crate) unsafe extern "C" fn rollback<F: FnMut() + Send + 'static>(data: *mut c_void) {
    // SAFETY: as in `commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return;
    };
    state.callbacks.rolled_back();
    run::<kind::RollbackHook>(&state.callbacks, || {
        state.call(|hook| hook());
    });
}

/// Told of a row that was changed.
pub(crate) unsafe extern "C" fn update<F>(
    data: *mut c_void,
    action: c_int,
    schema: *const c_char,
    table: *const c_char,
    rowid: i64,
) where
    F: FnMut(Action, &str, &str, i64) + Send + 'static,
{
    // SAFETY: as in `commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return;
    };
    run::<kind::UpdateHook>(&state.callbacks, || {
        let action = Action::of(action);
        // SAFETY: null or NUL-terminated, and SQLite's during this call.
        let schema = unsafe { pointer::c_bytes(schema) }.unwrap_or_default();
        // SAFETY: as above.
        let table = unsafe { pointer::c_bytes(table) }.unwrap_or_default();
        let schema = String::from_utf8_lossy(schema);
        let table = String::from_utf8_lossy(table);
        state.call(|hook| hook(action, &schema, &table, rowid));
    });
}

/// A commit to a write-ahead log, as [`Connection::wal_hook`](crate::Connection::wal_hook) is told of it.
pub struct WalCommit<'a> {
    /// Open during `'a`.
    db: *mut ffi::sqlite3,
    /// A copy: the closure can detach the database.
    schema: String,
    pages: usize,
    call: PhantomData<&'a ()>,
}

impl WalCommit<'_> {
    /// The schema's name: `"main"`, or what the database was attached as.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// How many pages the write-ahead log has.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// Copies what it can of the log into the database, without waiting for others.
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_wal_checkpoint_v2")]
    pub fn checkpoint(&self) -> Result<()> {
        let schema = raw::c_string(self.schema.as_str())?;
        // SAFETY: the connection that has called the hook, which allows this; the name is NUL-terminated; counts are not wanted.
        let code = unsafe {
            ffi::sqlite3_wal_checkpoint_v2(
                self.db,
                schema.as_ptr(),
                ffi::SQLITE_CHECKPOINT_PASSIVE,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
            )
        };
        match code {
            ffi::SQLITE_OK => Ok(()),
            code => Err(raw::without_connection(code)),
        }
    }
}

impl fmt::Debug for WalCommit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalCommit")
            .field("schema", &self.schema)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}

/// Told of a commit to a write-ahead log.
pub(crate) unsafe extern "C" fn wal<F>(
    data: *mut c_void,
    db: *mut ffi::sqlite3,
    schema: *const c_char,
    pages: c_int,
) -> c_int
where
    F: Fn(&WalCommit<'_>) -> Result<()> + Send + 'static,
{
    // SAFETY: as in `commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return kind::WalHook::FAILED;
    };
    let mut failed = None;
    let code = run::<kind::WalHook>(&state.callbacks, || {
        // SAFETY: null or NUL-terminated, and SQLite's as long as the database is attached.
        let schema = unsafe { pointer::string(schema) }.unwrap_or_default();
        let commit = WalCommit {
            db,
            schema,
            pages: usize::try_from(pages).unwrap_or(0),
            call: PhantomData,
        };
        // Shared, so that a commit within the closure finds it free.
        let result = state.f.try_borrow().map(|hook| hook(&commit));
        match result {
            Ok(Err(error)) => {
                failed = Some(error);
                ffi::SQLITE_ERROR
            }
            _ => ffi::SQLITE_OK,
        }
    });
    if let Some(error) = failed {
        state
            .callbacks
            .keep_error(error, Report::Code(ffi::SQLITE_ERROR));
    }
    code
}

/// Asked whether a statement that is being prepared may do something.
pub(crate) unsafe extern "C" fn authorize<F>(
    data: *mut c_void,
    code: c_int,
    first: *const c_char,
    second: *const c_char,
    schema: *const c_char,
    accessor: *const c_char,
) -> c_int
where
    F: FnMut(&AuthContext<'_>) -> Authorization + Send + 'static,
{
    // SAFETY: as in `commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return kind::Authorizer::FAILED;
    };
    run::<kind::Authorizer>(&state.callbacks, || {
        let text = |text: *const c_char| {
            // SAFETY: null or NUL-terminated, and SQLite's during this call.
            unsafe { pointer::c_bytes(text) }.map(String::from_utf8_lossy)
        };
        let (first, second) = (text(first), text(second));
        let (schema, accessor) = (text(schema), text(accessor));
        let context = AuthContext {
            action: AuthAction::new(code, first.as_deref(), second.as_deref()),
            database_name: schema.as_deref(),
            accessor: accessor.as_deref(),
        };
        match state.call(|authorizer| authorizer(&context)) {
            Some(Authorization::Allow) => ffi::SQLITE_OK,
            Some(Authorization::Ignore) => ffi::SQLITE_IGNORE,
            Some(Authorization::Deny) | None => ffi::SQLITE_DENY,
        }
    })
}

/// Told of a collation that is not there.
pub(crate) unsafe extern "C" fn needed<F>(
    data: *mut c_void,
    db: *mut ffi::sqlite3,
    _encoding: c_int,
    name: *const c_char,
) where
    F: FnMut(&str) -> Result<Option<Collation>> + Send + 'static,
{
    // SAFETY: as in `commit`.
    let Some(state) = (unsafe { State::<F>::of(data) }) else {
        return;
    };
    let mut failed: Option<Error> = None;
    run::<kind::CollationNeeded>(&state.callbacks, || {
        // SAFETY: null or NUL-terminated, and SQLite's during this call.
        let name = unsafe { pointer::string(name) }.unwrap_or_default();
        let registration = match state.call(|make| make(&name)) {
            Some(Ok(Some(collation))) => {
                CollationRegistration::new(&name, Arc::clone(&state.callbacks), collation.0)
            }
            Some(Ok(None)) | None => return,
            Some(Err(error)) => Err(error),
        };
        match registration {
            // SAFETY: the connection that has called this, which allows it; where it fails, so does preparing.
            Ok(registration) => _ = unsafe { registration.register(db) },
            Err(error) => failed = Some(error),
        }
    });
    if let Some(error) = failed {
        state.callbacks.keep_error(error, Report::Nothing);
    }
}
