//! The owner of a `sqlite3`.

use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::mem;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::Arc;
#[cfg(feature = "pool")]
use std::sync::atomic::{AtomicU64, Ordering};

use clib_sys as ffi;
use libc::{c_int, c_void};

use super::cache::Cache;
use super::failure;
use super::interrupt::Interrupter;
use super::limits::Registered;
use super::pointer;
use super::token::Token;
use crate::callback::Callbacks;
use crate::callback::hook::Hooks;
#[cfg(feature = "arrow")]
use crate::callback::hook::Place;
use crate::callback::limits::Limits;
use crate::error::{Code, Error, ExtendedCode, Result, SqliteError, StoppedBy};

/// An open connection.
///
/// # Invariants
///
/// - `db` is open, and ours to close where `closes` is true; a borrowed one (see `foreign`) is open as long as this value lives.
/// - Nobody else uses `db` while a call on it runs, nor on another thread than the one that has this value.
/// - Every statement of it that is in use borrows this `Db`; every idle one is in `statements`.
pub(crate) struct Db {
    db: NonNull<ffi::sqlite3>,
    closes: bool,
    statements: Cache,
    /// How many others there are.
    statements_in_use: Cell<u64>,
    interrupter: Interrupter,
    /// How many calls into C there were.
    crossings: Cell<u64>,
    callbacks: Arc<Callbacks>,
    /// What SQLite calls and does not free.
    hooks: Hooks,
    /// See [`keep_to_one_thread`](Self::keep_to_one_thread).
    one_thread: Cell<bool>,
    limits_registered: Registered,
    /// By which C finds the limits; goes before they do.
    limits_token: Token,
    limits: Rc<Limits>,
    /// Which connection of this process it is: addresses come again.
    #[cfg(feature = "pool")]
    serial: u64,
    /// How many functions, collations, hooks and handlers were registered.
    registrations: Cell<u64>,
    /// Whether it had functions or collations registered or removed.
    has_functions: Cell<bool>,
    /// Whether code that this crate does not know has had it, and may have set an authorizer.
    is_foreign: Cell<bool>,
    /// Table inputs that were dropped while they could not be taken away.
    #[cfg(feature = "arrow")]
    retired_inputs: std::cell::RefCell<Vec<CString>>,
}

// SAFETY: without its own mutex (and SQLite refuses `SQLITE_THREADSAFE=0`, see `library`) a connection may be used by any
// thread, one at a time. `Db` is not `Sync`, statements in use borrow it and so stay on the thread that has the borrow,
// and idle ones move with it. So does all that it shares with C: closures in `limits`
// are `Send`, and its other owners live for one call.
unsafe impl Send for Db {}

/// What `sqlite3_db_config` turns on and off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    ForeignKeys,
    DoubleQuotedStringsInDml,
    DoubleQuotedStringsInDdl,
    TrustedSchema,
    /// Counters and clock readings for `sqlite3_stmt_scanstatus`, at every instruction of the virtual machine.
    ScanStatus,
    /// Loading extensions by `sqlite3_load_extension`.
    LoadExtension,
}

impl Setting {
    pub(super) fn number(self) -> c_int {
        match self {
            Self::ForeignKeys => ffi::SQLITE_DBCONFIG_ENABLE_FKEY,
            Self::DoubleQuotedStringsInDml => ffi::SQLITE_DBCONFIG_DQS_DML,
            Self::DoubleQuotedStringsInDdl => ffi::SQLITE_DBCONFIG_DQS_DDL,
            Self::TrustedSchema => ffi::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
            Self::ScanStatus => ffi::SQLITE_DBCONFIG_STMT_SCANSTATUS,
            Self::LoadExtension => ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
        }
    }
}

impl Db {
    /// Opens `name`, which SQLite reads as its flags say. `path` is what the caller asked for, for the error.
    pub(crate) fn open(
        name: &CStr,
        path: &Path,
        flags: c_int,
        cached_statements: usize,
    ) -> Result<Self> {
        let mut db = ptr::null_mut();
        let flags = flags | ffi::SQLITE_OPEN_NOMUTEX | ffi::SQLITE_OPEN_EXRESCODE;
        // SAFETY: `name` is NUL-terminated, `db` is writable, and a null VFS name means the default one.
        let code = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &raw mut db, flags, ptr::null()) };
        let Some(db) = NonNull::new(db) else {
            return Err(out_of_memory());
        };
        // From here on dropping closes it, as SQLite asks for after a failed open too.
        let mut db = Self::of(db, Interrupter::new(db), cached_statements);
        db.take_over();
        if code == ffi::SQLITE_OK {
            // Older libraries do not know SQLITE_OPEN_EXRESCODE.
            // SAFETY: open, by the type invariant.
            unsafe { ffi::sqlite3_extended_result_codes(db.as_ptr(), 1) };
            return Ok(db);
        }
        match db.failure(code, None) {
            Error::Sqlite(mut error) => {
                // SQLite does not know the name of what it could not open.
                error.path = Some(path.to_owned());
                Err(Error::Sqlite(error))
            }
            other => Err(other),
        }
    }

    /// The value for an open connection, which it does not close.
    pub(super) fn of(
        db: NonNull<ffi::sqlite3>,
        interrupter: Interrupter,
        cached_statements: usize,
    ) -> Self {
        let callbacks = Arc::new(Callbacks::new(interrupter.clone()));
        let limits = Limits::new(callbacks.clone());
        Self {
            db,
            closes: false,
            statements: Cache::with_capacity(cached_statements),
            statements_in_use: Cell::new(0),
            interrupter,
            crossings: Cell::new(0),
            limits_registered: Registered::default(),
            limits_token: Token::new(Rc::as_ptr(&limits).cast()),
            limits,
            #[cfg(feature = "pool")]
            serial: next_serial(),
            registrations: Cell::new(0),
            has_functions: Cell::new(false),
            is_foreign: Cell::new(false),
            callbacks,
            hooks: Hooks::default(),
            one_thread: Cell::new(false),
            #[cfg(feature = "arrow")]
            retired_inputs: std::cell::RefCell::default(),
        }
    }

    /// From now on the connection is ours to close.
    pub(super) fn take_over(&mut self) {
        self.closes = true;
        self.callbacks.take_over();
    }

    /// Lets go of the connection without closing it. No statement of this crate's is left on it, but leaked ones.
    pub(super) fn into_pointer(mut self) -> NonNull<ffi::sqlite3> {
        // First: a panic of what is dropped here has nobody to go to, and must not stay with what is registered.
        self.callbacks.orphan();
        self.statements.clear();
        self.statements.finalize_retired();
        self.interrupter.detach();
        self.unregister_limits();
        let hooks = self.unhook();
        self.drop_handlers();
        let db = self.db;
        let (_callbacks, _none) = self.into_parts();
        // Dropped last: each contains what its closure does.
        drop(hooks);
        db
    }

    /// The pointer, for one call into C, which is counted.
    #[inline]
    pub(super) fn as_ptr(&self) -> *mut ffi::sqlite3 {
        self.cross(1);
        self.db.as_ptr()
    }

    /// The pointer, for one call into C that can lead to user code: see [`Callbacks::lead`].
    #[inline]
    pub(super) fn to_lead(&self) -> *mut ffi::sqlite3 {
        self.callbacks.lead();
        self.as_ptr()
    }

    /// The pointer, for what calls C later.
    pub(super) fn pointer(&self) -> NonNull<ffi::sqlite3> {
        self.db
    }

    /// Counts calls into C, or from C back.
    #[inline]
    pub(super) fn cross(&self, calls: u64) {
        self.crossings.set(self.crossings.get().wrapping_add(calls));
    }

    /// How many calls into C this connection's work has taken, and from C back.
    pub(crate) fn crossings(&self) -> u64 {
        self.crossings.get()
    }

    pub(super) fn hooks_mut(&mut self) -> &mut Hooks {
        &mut self.hooks
    }

    pub(super) fn statements(&self) -> &Cache {
        &self.statements
    }

    /// What became of user code that C has called.
    pub(crate) fn callbacks(&self) -> &Arc<Callbacks> {
        &self.callbacks
    }

    /// From now on collations are called by the thread that uses the connection alone. SQLite can sort on threads of its own, which
    /// compare, and `PRAGMA threads` asks for that, when it is prepared; so the limit is lowered again after each call that can have
    /// prepared something.
    pub(crate) fn keep_to_one_thread(&self) {
        self.one_thread.set(true);
        self.lower_threads();
    }

    /// Undoes `PRAGMA threads`, where collations are ours.
    #[inline]
    pub(super) fn prepared_something(&self) {
        if self.one_thread.get() {
            self.lower_threads();
        }
    }

    fn lower_threads(&self) {
        // SAFETY: open, by the type invariant; any limit may be set.
        unsafe { ffi::sqlite3_limit(self.db.as_ptr(), ffi::SQLITE_LIMIT_WORKER_THREADS, 0) };
    }

    pub(crate) fn limits(&self) -> &Rc<Limits> {
        &self.limits
    }

    /// Where C finds the limits.
    pub(super) fn limits_data(&self) -> *mut c_void {
        self.limits_token.data()
    }

    pub(super) fn limits_registered(&self) -> &Registered {
        &self.limits_registered
    }

    /// Notes that user code was registered, which stays with the connection.
    pub(crate) fn note_registration(&self) {
        self.registrations
            .set(self.registrations.get().wrapping_add(1));
    }

    /// Notes that SQL calls, from now on, what it would not on a new connection.
    pub(crate) fn note_functions(&self) {
        self.has_functions.set(true);
    }

    /// Notes that other code has, or had, the connection.
    pub(super) fn note_foreign(&self) {
        self.is_foreign.set(true);
        self.note_functions();
    }

    /// Whether SQL may call what it would not on a new connection.
    #[cfg(feature = "arrow")]
    pub(crate) fn may_have_functions(&self) -> bool {
        self.has_functions.get()
    }

    /// Whether there is an authorizer, or other code may have set one: SQLite does not tell.
    #[cfg(feature = "arrow")]
    pub(crate) fn may_have_authorizer(&self) -> bool {
        self.is_foreign.get() || self.hooks.has(Place::Authorizer)
    }

    /// Which connection it is, and how often user code was registered that stays with it.
    #[cfg(feature = "pool")]
    pub(crate) fn identity(&self) -> (u64, u64) {
        (self.serial, self.registrations.get())
    }

    /// Counts a statement that is in use from now on, or no more.
    #[inline]
    pub(super) fn count_in_use(&self, by: i64) {
        let in_use = self.statements_in_use.get();
        self.statements_in_use.set(in_use.wrapping_add_signed(by));
    }

    /// Whether a statement is in use: one that was leaked, where nothing borrows the connection.
    #[cfg(feature = "pool")]
    pub(crate) fn has_statements(&self) -> bool {
        self.statements_in_use.get() > 0
    }

    pub(crate) fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }

    /// Closes the connection, or gives it back with the reason.
    #[expect(
        clippy::result_large_err,
        reason = "the connection goes back to the caller"
    )]
    pub(crate) fn close(self) -> Result<(), (Self, Error)> {
        self.statements.clear();
        self.finalize_retired();
        self.interrupter.detach();
        // SAFETY: open, by the type invariant; used no more where the call succeeds, see below.
        let code = unsafe { ffi::sqlite3_close(self.as_ptr()) };
        if code != ffi::SQLITE_OK {
            self.interrupter.attach(self.db);
            let error = self.failure(code, None);
            return Err((self, error));
        }
        self.drop_handlers();
        // Closed: everything is dropped but the pointer, whose `Drop` must not run.
        let (callbacks, hooks) = self.into_parts();
        drop(hooks);
        callbacks.resume();
        Ok(())
    }

    /// Takes the value apart without closing.
    fn into_parts(self) -> (Arc<Callbacks>, Hooks) {
        let this = mem::ManuallyDrop::new(self);
        // SAFETY: `this` is never used again, so each field is moved out of once.
        let statements = unsafe { ptr::read(&raw const this.statements) };
        // SAFETY: as above.
        let interrupter = unsafe { ptr::read(&raw const this.interrupter) };
        // SAFETY: as above.
        let callbacks = unsafe { ptr::read(&raw const this.callbacks) };
        // SAFETY: as above.
        let hooks = unsafe { ptr::read(&raw const this.hooks) };
        #[cfg(feature = "arrow")]
        // SAFETY: as above.
        drop(unsafe { ptr::read(&raw const this.retired_inputs) });
        // SAFETY: as above.
        let token = unsafe { ptr::read(&raw const this.limits_token) };
        // SAFETY: as above.
        let limits = unsafe { ptr::read(&raw const this.limits) };
        drop((token, statements, interrupter, limits));
        (callbacks, hooks)
    }

    pub(crate) fn set_cached_statements(&self, capacity: usize) {
        self.statements.set_capacity(capacity);
        self.finalize_retired();
        self.callbacks.resume();
    }

    /// Drops all idle statements.
    pub(crate) fn clear_cached_statements(&self) {
        self.statements.clear();
        // The last statement of a table that is gone takes the table's memory with it, whose release may be user code.
        self.finalize_retired();
        self.callbacks.resume();
    }

    /// Finalizes what was dropped while it could not be, where that is over.
    #[inline]
    pub(crate) fn finalize_retired(&self) {
        if self.statements.has_retired() && !self.callbacks.forbids_use() {
            self.callbacks.lead();
            self.statements.finalize_retired();
            #[cfg(feature = "arrow")]
            loop {
                let name = self.retired_inputs.borrow_mut().pop();
                let Some(name) = name else { break };
                // One at a time: a panic of a destructor's, which comes out here, leaves the others for the next time.
                if !self.retired_inputs.borrow().is_empty() {
                    self.statements.note_retired();
                }
                // As where an input is dropped: nobody is there to hear of an error.
                let _ = super::kernel::remove_input(self, &name);
            }
            self.callbacks.resume();
        }
    }

    /// Takes a table input away later.
    #[cfg(feature = "arrow")]
    pub(super) fn retire_input(&self, name: &CStr) {
        self.retired_inputs.borrow_mut().push(name.to_owned());
        self.statements.note_retired();
    }

    pub(crate) fn configure(&self, setting: Setting, on: bool) -> Result<()> {
        // SAFETY: open, by the type invariant; these verbs take an `int` and a pointer that may be null.
        let code = unsafe {
            ffi::sqlite3_db_config(
                self.as_ptr(),
                setting.number(),
                c_int::from(on),
                ptr::null_mut::<c_int>(),
            )
        };
        self.check(code, None)
    }

    /// The collation that a column's values are compared by; `None` where there is no such column.
    #[cfg(feature = "arrow")]
    pub(crate) fn collation(&self, schema: &CStr, table: &CStr, column: &CStr) -> Option<String> {
        let mut collation = ptr::null();
        // SAFETY: open, by the type invariant; the names are NUL-terminated; the result is writable, and others are not wanted.
        let code = unsafe {
            ffi::sqlite3_table_column_metadata(
                self.as_ptr(),
                schema.as_ptr(),
                table.as_ptr(),
                column.as_ptr(),
                ptr::null_mut(),
                &raw mut collation,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        // SAFETY: null or NUL-terminated, and the schema's, until the connection is used next.
        let collation = unsafe { pointer::string(collation) };
        collation.filter(|_| code == ffi::SQLITE_OK)
    }

    /// How many columns a table can have.
    #[cfg(feature = "arrow")]
    pub(crate) fn most_columns(&self) -> usize {
        // SAFETY: open, by the type invariant; a negative limit changes nothing.
        let most = unsafe { ffi::sqlite3_limit(self.as_ptr(), ffi::SQLITE_LIMIT_COLUMN, -1) };
        usize::try_from(most).unwrap_or(0)
    }

    pub(crate) fn last_insert_rowid(&self) -> i64 {
        // SAFETY: open, by the type invariant.
        unsafe { ffi::sqlite3_last_insert_rowid(self.as_ptr()) }
    }

    pub(crate) fn changes(&self) -> u64 {
        // SAFETY: open, by the type invariant.
        let changes = unsafe { ffi::sqlite3_changes64(self.as_ptr()) };
        u64::try_from(changes).unwrap_or(0)
    }

    pub(crate) fn total_changes(&self) -> u64 {
        // SAFETY: open, by the type invariant.
        let changes = unsafe { ffi::sqlite3_total_changes64(self.as_ptr()) };
        u64::try_from(changes).unwrap_or(0)
    }

    /// Whether an execution has begun that has not ended.
    pub(crate) fn runs_statement(&self) -> bool {
        let mut stmt = ptr::null_mut();
        loop {
            // SAFETY: open, by the type invariant; `stmt` is null or one of its statements.
            stmt = unsafe { ffi::sqlite3_next_stmt(self.as_ptr(), stmt) };
            if stmt.is_null() {
                return false;
            }
            // SAFETY: live, as SQLite has just said.
            if unsafe { ffi::sqlite3_stmt_busy(stmt) } != 0 {
                return true;
            }
        }
    }

    /// How many statements there are, idle ones included.
    #[cfg(test)]
    pub(crate) fn statement_count(&self) -> usize {
        let mut count = 0;
        let mut stmt = ptr::null_mut();
        loop {
            // SAFETY: open, by the type invariant; `stmt` is null or one of its statements.
            stmt = unsafe { ffi::sqlite3_next_stmt(self.as_ptr(), stmt) };
            if stmt.is_null() {
                return count;
            }
            count += 1;
        }
    }

    /// Finalizes what was leaked, so that a test which leaks statements can be told from one that has a leak.
    #[cfg(test)]
    pub(crate) fn finalize_leaked(&mut self) {
        self.statements.clear();
        self.statements.finalize_retired();
        loop {
            // SAFETY: open, by the type invariant; null asks for the first.
            let stmt = unsafe { ffi::sqlite3_next_stmt(self.as_ptr(), ptr::null_mut()) };
            if stmt.is_null() {
                return;
            }
            // SAFETY: a statement of this connection. Nobody uses it: with `&mut self` no borrow is left, none is idle, and
            // the tests that call this have no virtual tables, which have statements of their own.
            unsafe { ffi::sqlite3_finalize(stmt) };
        }
    }

    pub(crate) fn is_autocommit(&self) -> bool {
        // SAFETY: open, by the type invariant.
        unsafe { ffi::sqlite3_get_autocommit(self.as_ptr()) != 0 }
    }

    /// Whether the schema's file is read-only; `None` where there is no schema of that name.
    pub(crate) fn is_read_only(&self, schema: &CStr) -> Option<bool> {
        // SAFETY: open, by the type invariant; `schema` is NUL-terminated.
        match unsafe { ffi::sqlite3_db_readonly(self.as_ptr(), schema.as_ptr()) } {
            -1 => None,
            read_only => Some(read_only != 0),
        }
    }

    /// The file of schema `main`; `None` for a database in memory or a temporary one.
    pub(crate) fn path(&self) -> Option<&Path> {
        // SAFETY: open, by the type invariant; the name is NUL-terminated.
        let name = unsafe { ffi::sqlite3_db_filename(self.as_ptr(), c"main".as_ptr()) };
        // SAFETY: null or NUL-terminated, and SQLite keeps it until `main` is closed, which needs the `Db`.
        let name = unsafe { pointer::c_bytes(name.cast()) }?;
        (!name.is_empty()).then(|| path(name)).flatten()
    }
}

#[cfg(feature = "pool")]
fn next_serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Drop for Db {
    fn drop(&mut self) {
        self.callbacks.lead();
        self.statements.clear();
        self.statements.finalize_retired();
        self.interrupter.detach();
        self.unregister_limits();
        // A statement that was leaked keeps the connection's memory alive, and with it what it would call.
        let hooks = self.unhook();
        if self.closes {
            // SAFETY: open and ours, by the type invariant, and used no more. A statement that was leaked keeps the memory alive.
            unsafe { ffi::sqlite3_close_v2(self.db.as_ptr()) };
        } else {
            // What was registered stays with the owner.
            self.callbacks.orphan();
        }
        drop(hooks);
        self.drop_handlers();
        self.callbacks.resume();
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "fails on other systems")]
pub(super) fn path(name: &[u8]) -> Option<&Path> {
    use std::os::unix::ffi::OsStrExt;
    Some(Path::new(std::ffi::OsStr::from_bytes(name)))
}

#[cfg(not(unix))]
pub(super) fn path(name: &[u8]) -> Option<&Path> {
    std::str::from_utf8(name).ok().map(Path::new)
}

/// `SQLITE_NOMEM`, where there is no connection to ask.
pub(crate) fn out_of_memory() -> Error {
    without_connection(ffi::SQLITE_NOMEM)
}

/// `SQLITE_INTERRUPT`, for work that was to be stopped before SQLite had begun it.
#[cfg(any(feature = "arrow", feature = "async"))]
pub(crate) fn interrupted() -> Error {
    stopped(StoppedBy::Interrupt)
}

/// `SQLITE_INTERRUPT`, for work that was stopped before SQLite had begun it.
pub(super) fn stopped(why: StoppedBy) -> Error {
    let mut error = without_connection(ffi::SQLITE_INTERRUPT);
    if let Error::Sqlite(sqlite) = &mut error {
        sqlite.stop(why);
    }
    error
}

/// The error of a result code that no connection knows more about.
pub(crate) fn without_connection(code: c_int) -> Error {
    Error::from(SqliteError {
        code: Code::from(code),
        extended_code: ExtendedCode::from(code),
        message: failure::description(code),
        sql: None,
        offset: None,
        path: None,
        errno: None,
        busy_timeout: None,
        locked_by: None,
        damage: None,
        stopped_by: None,
        hint: None,
    })
}

/// A name for C: an error where it has a NUL inside.
pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> Result<CString> {
    CString::new(text).map_err(|error| Error::NulInString {
        position: error.nul_position(),
    })
}
