//! The owner of a `sqlite3_stmt`.

#[cfg(feature = "arrow")]
use std::cell::RefCell;
use std::cell::{Cell, OnceCell};
use std::ffi::CStr;
use std::mem;
use std::ptr::{self, NonNull};
#[cfg(feature = "arrow")]
use std::sync::Arc;
use std::time::Instant;

use clib_sys as ffi;
use libc::{c_char, c_int, c_uint};

use super::bound::{Binder, Bound};
use super::cache::Idle;
use super::db::{self, Db};
#[cfg(feature = "arrow")]
use super::kernel::Load;
use super::pointer;
use crate::error::{Code, Error, Result};
use crate::types::ValueRef;

/// A prepared statement.
///
/// # Invariants
///
/// - `stmt` is live, was prepared on `db`, and is ours to finalize. `load` was made for it.
/// - Where `lent` is false, no binding of the statement points at memory that SQLite does not own.
/// - Where `phase` is [`Phase::Ready`] the statement can be bound to; where it is [`Phase::Done`] it holds no locks.
pub(crate) struct Stmt<'db> {
    db: &'db Db,
    stmt: NonNull<ffi::sqlite3_stmt>,
    /// Set while bindings point at the caller's memory: a [`Bound`] is alive, or was leaked.
    lent: Cell<bool>,
    /// Whether a parameter may be other than NULL.
    bound: Cell<bool>,
    /// Which of the first parameters were bound in this execution, a bit each.
    replaced: Cell<u64>,
    parameters: OnceCell<usize>,
    phase: Cell<Phase>,
    deadline: Cell<Option<Instant>>,
    /// See [`shape`](Self::shape).
    #[cfg(feature = "arrow")]
    shape: RefCell<Option<Arc<Shape>>>,
    /// The load that the statement is in the middle of; freed before the statement is.
    #[cfg(feature = "arrow")]
    load: Option<Load>,
    /// The key under which the statement goes back to the cache.
    key: Option<Box<str>>,
}

/// How many parameters a statement has at most for which it is known one by one whether they were bound.
const MOST_TRACKED: usize = 64;

/// How far an execution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not begun.
    Ready,
    /// In the middle, or ended by an error.
    Running,
    /// Stepped to its end: SQLite has let go of its locks, and resets it by itself at the next step. Binding needs a reset.
    Done,
}

/// The columns of a statement.
#[cfg(feature = "arrow")]
pub(crate) struct Shape {
    /// Names and declared types.
    pub(crate) columns: Vec<(String, Option<String>)>,
    /// How often SQLite had prepared the statement again when they were asked for.
    pub(crate) reprepares: c_int,
}

/// What `sqlite3_prepare_v3` made of a text.
pub(crate) struct Prepared<'db> {
    /// `None` where the text was white space or a comment.
    pub(crate) statement: Option<Stmt<'db>>,
    /// Where the next statement of the text begins, in bytes.
    pub(crate) tail: usize,
}

/// A text of many statements.
///
/// Given a length, SQLite copies what follows the statement that it prepares, so that preparing all of a long script would
/// take quadratic time. Of a text that ends in NUL it makes no copy.
///
/// # Invariants
///
/// The last byte is NUL, and no other one is.
pub(crate) struct Script(String);

impl Script {
    pub(crate) fn new(text: &str) -> Result<Self> {
        no_nul(text)?;
        let mut script = String::with_capacity(text.len() + 1);
        script += text;
        script.push('\0');
        Ok(Self(script))
    }

    /// What follows byte `at`, without the NUL; `None` at the end.
    fn rest(&self, at: usize) -> Option<&str> {
        let end = self.0.len().saturating_sub(1);
        self.0.get(at..end).filter(|rest| !rest.is_empty())
    }
}

fn no_nul(text: &str) -> Result<()> {
    match text.bytes().position(|byte| byte == 0) {
        None => Ok(()),
        Some(position) => Err(Error::NulInString { position }),
    }
}

impl<'db> Stmt<'db> {
    /// Prepares the first statement of `sql`.
    pub(crate) fn prepare(db: &'db Db, sql: &str, flags: c_int) -> Result<Prepared<'db>> {
        no_nul(sql)?;
        let Ok(length) = c_int::try_from(sql.len()) else {
            return Err(db::without_connection(ffi::SQLITE_TOOBIG));
        };
        // SAFETY: `sql` is readable for its length.
        unsafe { Self::prepare_text(db, sql, sql.as_ptr().cast(), length, flags) }
            .map_err(|code| db.failure(code, Some(sql)))
    }

    /// Prepares one of our own statements. An error is not described: this is used for describing errors.
    pub(super) fn prepare_own(db: &'db Db, sql: &'static CStr) -> Option<Self> {
        let text = sql.to_str().ok()?;
        // SAFETY: `sql` ends in NUL.
        let prepared = unsafe { Self::prepare_text(db, text, sql.as_ptr(), -1, 0) };
        if prepared.is_err() {
            // A panic of an authorizer's.
            db.callbacks().resume();
        }
        prepared.ok()?.statement
    }

    /// Prepares the statement that begins at byte `at` of a script; `None` at its end.
    pub(crate) fn prepare_in(
        db: &'db Db,
        script: &Script,
        at: usize,
    ) -> Option<Result<Prepared<'db>>> {
        let rest = script.rest(at)?;
        let text = script.0.get(at..)?.as_ptr().cast();
        // SAFETY: by the invariant of `Script` the text ends in NUL.
        let prepared = unsafe { Self::prepare_text(db, rest, text, -1, 0) };
        Some(prepared.map_err(|code| db.failure(code, Some(rest))))
    }

    /// The error is SQLite's code, which is the connection's last one.
    ///
    /// # Safety
    ///
    /// `text`, which is where `sql` is, is readable for `length` bytes, or where that is negative, to a NUL.
    unsafe fn prepare_text(
        db: &'db Db,
        sql: &str,
        text: *const c_char,
        length: c_int,
        flags: c_int,
    ) -> Result<Prepared<'db>, c_int> {
        let mut stmt = ptr::null_mut();
        let mut tail = ptr::null();
        // SAFETY: `db` is open; `text` is what the caller promises; both results are writable.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(
                db.to_lead(),
                text,
                length,
                flags.cast_unsigned() as c_uint,
                &raw mut stmt,
                &raw mut tail,
            )
        };
        db.prepared_something();
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        let tail = (tail.addr()).saturating_sub(text.addr()).min(sql.len());
        let statement = NonNull::new(stmt).map(|stmt| Self::of(db, stmt, Phase::Ready, None));
        // A panic of what is called while a statement is prepared.
        db.callbacks().resume();
        Ok(Prepared { statement, tail })
    }

    /// The idle statement of that text, if the cache has one.
    pub(crate) fn from_cache(db: &'db Db, sql: &str) -> Option<Self> {
        let (key, idle) = db.statements().take(sql)?;
        Some(Self::of(db, idle.into_pointer(), Phase::Done, Some(key)))
    }

    /// One that nobody has used yet: by the caller's word live, of `db`, without bindings, and nobody else's.
    fn of(
        db: &'db Db,
        stmt: NonNull<ffi::sqlite3_stmt>,
        phase: Phase,
        key: Option<Box<str>>,
    ) -> Self {
        db.count_in_use(1);
        Self {
            db,
            stmt,
            lent: Cell::new(false),
            bound: Cell::new(false),
            replaced: Cell::new(0),
            parameters: OnceCell::new(),
            phase: Cell::new(phase),
            deadline: Cell::new(None),
            #[cfg(feature = "arrow")]
            shape: RefCell::new(None),
            #[cfg(feature = "arrow")]
            load: None,
            key,
        }
    }

    /// Makes the statement go to the cache, as that text's, when it is dropped.
    pub(crate) fn keep_as(&mut self, sql: &str) {
        self.key = Some(sql.into());
    }

    /// Tells one statement from another.
    #[cfg(test)]
    pub(crate) fn address(&self) -> usize {
        self.stmt.addr().get()
    }

    /// The pointer, for one call into C, which is counted.
    #[inline]
    pub(super) fn as_ptr(&self) -> *mut ffi::sqlite3_stmt {
        self.db.cross(1);
        self.stmt.as_ptr()
    }

    /// The pointer, for one call into C that can lead to user code: see [`Callbacks::lead`](crate::callback::Callbacks::lead).
    #[inline]
    pub(super) fn to_lead(&self) -> *mut ffi::sqlite3_stmt {
        self.db.callbacks().lead();
        self.as_ptr()
    }

    /// The load that was made for this statement.
    #[cfg(feature = "arrow")]
    pub(super) fn load(&self) -> Option<&Load> {
        self.load.as_ref()
    }

    /// Takes a load of the kernel's, and frees the one before.
    ///
    /// # Safety
    ///
    /// It was made for this statement.
    #[cfg(feature = "arrow")]
    pub(super) unsafe fn set_load(&mut self, load: Load) {
        self.load = Some(load);
    }

    pub(crate) fn db(&self) -> &'db Db {
        self.db
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline.get()
    }

    /// Returns the one before.
    pub(super) fn replace_deadline(&self, deadline: Option<Instant>) -> Option<Instant> {
        self.deadline.replace(deadline)
    }

    /// One step: whether there is a row.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<bool> {
        self.advance()
    }

    /// [`step`](Self::step), for those who hold the statement as if by `&mut`.
    #[inline]
    pub(super) fn advance(&self) -> Result<bool> {
        let _entered = self.enter()?;
        // SAFETY: live, by the type invariant.
        let code = unsafe { ffi::sqlite3_step(self.as_ptr()) };
        self.stepped(code);
        match code {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => Err(self.failure(code)),
        }
    }

    /// Notes what a step has ended with.
    #[inline]
    pub(super) fn stepped(&self, code: c_int) {
        // A first step, again, where the schema has changed.
        self.db.prepared_something();
        self.phase.set(if code == ffi::SQLITE_DONE {
            Phase::Done
        } else {
            Phase::Running
        });
        // Where it has ended badly, the error's maker does this.
        if matches!(code, ffi::SQLITE_ROW | ffi::SQLITE_DONE) {
            self.resume();
        }
    }

    #[cold]
    pub(super) fn failure(&self, code: c_int) -> Error {
        let mut error = self.db.failure(code, self.sql().ok());
        if let Error::Sqlite(sqlite) = &mut error
            && sqlite.code == Code::Corrupt
            && let Some(damage) = self.find_damage()
        {
            sqlite.damage = Some(damage);
            sqlite.hint = None;
        }
        error
    }

    /// Ends the execution, and swallows what [`Bound::finish`] would report; nothing where the last step was to the end
    /// or an error.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(crate) fn reset(&mut self) {
        self.rewind();
    }

    /// [`reset`](Self::reset), for those who hold the statement as if by `&mut`.
    #[inline]
    pub(super) fn rewind(&self) {
        self.end();
        self.resume();
    }

    /// Ends an execution that is running. What user code did then is still to be seen: [`resume`](Self::resume).
    #[inline]
    fn end(&self) {
        // Where the connection must be left alone, the statement goes on to be running, and is reset by the next who uses it.
        if self.phase.get() == Phase::Running && !self.db.callbacks().forbids_use() {
            // SAFETY: live, by the type invariant.
            unsafe { ffi::sqlite3_reset(self.to_lead()) };
            self.phase.set(Phase::Ready);
        }
    }

    /// Resets the statement where it must be before parameters are bound.
    #[inline]
    pub(super) fn make_ready(&self) {
        if self.phase.get() != Phase::Ready {
            // SAFETY: live, by the type invariant.
            unsafe { ffi::sqlite3_reset(self.to_lead()) };
            self.phase.set(Phase::Ready);
            self.resume();
        }
    }

    /// Ends the execution. One that was not stepped to its end commits now, where it is a transaction of its own, and that
    /// can fail.
    pub(super) fn finish(&self) -> Result<()> {
        self.check_use()?;
        if self.phase.get() != Phase::Running {
            return Ok(());
        }
        self.phase.set(Phase::Ready);
        // SAFETY: live, by the type invariant.
        match unsafe { ffi::sqlite3_reset(self.to_lead()) } {
            ffi::SQLITE_OK => {
                self.resume();
                Ok(())
            }
            code => Err(self.failure(code)),
        }
    }

    /// Gives back what was lent by bindings, and ends the execution that may read it.
    pub(super) fn end_loan(&self) {
        // Bindings first: resetting can run a trace callback, which may ask for the expanded SQL.
        if self.bound.replace(false) {
            // SAFETY: live, by the type invariant.
            unsafe { ffi::sqlite3_clear_bindings(self.as_ptr()) };
        }
        self.end();
        self.lent.set(false);
    }

    /// Notes that the kernel is about to bind the caller's memory, and to step the statement.
    #[cfg(feature = "arrow")]
    pub(super) fn lend(&self) {
        self.lent.set(true);
        self.bound.set(true);
        self.phase.set(Phase::Running);
    }

    /// The pointer, to bind a parameter; 0 where the kernel binds them.
    #[inline]
    pub(super) fn for_binding(&self, parameter: usize) -> *mut ffi::sqlite3_stmt {
        self.make_ready();
        self.bound.set(true);
        if (1..=MOST_TRACKED).contains(&parameter) {
            self.replaced
                .set(self.replaced.get() | (1_u64 << (parameter - 1)));
        }
        self.as_ptr()
    }

    /// The names and declared types of the columns, kept for the next time. After a first step, as that one prepares a statement
    /// again whose schema has changed.
    #[cfg(feature = "arrow")]
    pub(crate) fn shape(&self) -> Arc<Shape> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // SAFETY: live, by the type invariant.
        let reprepares =
            unsafe { ffi::sqlite3_stmt_status(self.as_ptr(), ffi::SQLITE_STMTSTATUS_REPREPARE, 0) };
        if let Some(shape) = self.known_shape()
            && shape.reprepares == reprepares
        {
            return shape;
        }
        let columns = (0..self.column_count()).map(|column| {
            (
                self.column_name(column).map(text).unwrap_or_default(),
                self.column_decltype(column).map(text),
            )
        });
        let shape = Arc::new(Shape {
            columns: columns.collect(),
            reprepares,
        });
        self.shape.replace(Some(shape.clone()));
        shape
    }

    /// What [`shape`](Self::shape) said last; it may be out of date.
    #[cfg(feature = "arrow")]
    pub(crate) fn known_shape(&self) -> Option<Arc<Shape>> {
        self.shape.borrow().clone()
    }

    /// An error where a callback runs that must leave the connection alone.
    #[inline]
    pub(super) fn check_use(&self) -> Result<()> {
        self.db.callbacks().check_use()
    }

    /// Resumes a panic of user code that ended with the execution.
    pub(super) fn resume(&self) {
        self.db.callbacks().resume();
    }

    /// Starts a new execution: what came before is ended, and parameters are NULL where `bind` does not bind copies.
    pub(crate) fn bind_copies<'any>(
        &mut self,
        bind: impl FnOnce(&mut Binder<'_, 'any>) -> Result<()>,
    ) -> Result<Bound<'_, 'static>> {
        // What is bound already need not be cleared where it is replaced, which most executions do with all of it.
        let count = self.parameter_count();
        let replaces = self.bound.get() && !self.lent.get() && count <= MOST_TRACKED;
        if replaces {
            self.rewind();
            self.replaced.set(0);
        } else {
            self.end_loan();
        }
        self.resume();
        let mut bound = Bound::new(self, false);
        let result = bind(&mut bound.copying_binder());
        if replaces {
            match &result {
                Ok(()) => bound.clear_where(|parameter| !bound.stmt().was_replaced(parameter))?,
                Err(_) => bound.clear_where(|_| true)?,
            }
        }
        result?;
        Ok(bound)
    }

    /// Whether a parameter was bound since [`bind_copies`](Self::bind_copies) began; one of the first [`MOST_TRACKED`].
    fn was_replaced(&self, parameter: usize) -> bool {
        parameter
            .checked_sub(1)
            .is_some_and(|bit| self.replaced.get() & (1_u64 << bit) != 0)
    }

    /// Starts a new execution: what came before is ended, every parameter is NULL, and what is bound stays the caller's
    /// for as long as the result lives.
    pub(crate) fn bind_borrowed<'p>(&mut self) -> Bound<'_, 'p> {
        self.end_loan();
        self.resume();
        self.lent.set(true);
        Bound::new(self, true)
    }

    /// The current row's value in a column; NULL where there is no row or no such column.
    #[inline(always)] // Passed through memory, the value's parts cost as much as fetching it.
    pub(crate) fn value(&self, column: usize) -> Result<ValueRef<'_>> {
        let index = c_int::try_from(column).unwrap_or(c_int::MAX);
        // SAFETY: live, by the type invariant; any index is allowed. The value is an unprotected one, which may be looked
        // at while nobody else uses the connection: `Db` is not `Sync`.
        let value = unsafe { ffi::sqlite3_column_value(self.as_ptr(), index) };
        self.db.cross(3);
        // SAFETY: `value` is live until the next step, reset or finalize, which take `&mut self`.
        match unsafe { ffi::sqlite3_value_type(value) } {
            ffi::SQLITE_INTEGER => {
                // SAFETY: as above.
                Ok(ValueRef::Integer(unsafe {
                    ffi::sqlite3_value_int64(value)
                }))
            }
            ffi::SQLITE_FLOAT => {
                // SAFETY: as above.
                Ok(ValueRef::Real(unsafe { ffi::sqlite3_value_double(value) }))
            }
            ffi::SQLITE_TEXT => {
                // SAFETY: as above. Of a text this is no type conversion, at most one to UTF-8, the first time.
                let text = unsafe { ffi::sqlite3_value_text(value) };
                // SAFETY: as above.
                let length = unsafe { ffi::sqlite3_value_bytes(value) };
                if text.is_null() {
                    return Err(db::out_of_memory());
                }
                // SAFETY: SQLite lends `length` bytes until step, reset, finalize or a type conversion, none of which can
                // happen during the borrow of `self`.
                Ok(ValueRef::Text(unsafe {
                    pointer::bytes(text.cast(), length)
                }))
            }
            ffi::SQLITE_BLOB => {
                // SAFETY: as above.
                let blob = unsafe { ffi::sqlite3_value_blob(value) };
                // SAFETY: as above.
                let length = unsafe { ffi::sqlite3_value_bytes(value) };
                if blob.is_null() && length > 0 {
                    return Err(db::out_of_memory());
                }
                // SAFETY: as for a text.
                Ok(ValueRef::Blob(unsafe { pointer::bytes(blob, length) }))
            }
            _ => Ok(ValueRef::Null),
        }
    }

    /// How many columns the current row has: 0 where there is none.
    pub(crate) fn data_count(&self) -> usize {
        // SAFETY: live, by the type invariant.
        count(unsafe { ffi::sqlite3_data_count(self.as_ptr()) })
    }

    pub(crate) fn column_count(&self) -> usize {
        // SAFETY: live, by the type invariant.
        count(unsafe { ffi::sqlite3_column_count(self.as_ptr()) })
    }

    pub(crate) fn column_name(&self, column: usize) -> Option<&[u8]> {
        let index = c_int::try_from(column).ok()?;
        // SAFETY: live, by the type invariant; any index is allowed.
        let name = unsafe { ffi::sqlite3_column_name(self.as_ptr(), index) };
        // SAFETY: null or NUL-terminated. It lives until finalize, a step that prepares the statement again (both need
        // `&mut self`) or a call for the UTF-16 name, which this crate does not make.
        unsafe { pointer::c_bytes(name) }
    }

    pub(crate) fn column_decltype(&self, column: usize) -> Option<&[u8]> {
        let index = c_int::try_from(column).ok()?;
        // SAFETY: live, by the type invariant; any index is allowed.
        let name = unsafe { ffi::sqlite3_column_decltype(self.as_ptr(), index) };
        // SAFETY: as for `column_name`.
        unsafe { pointer::c_bytes(name) }
    }

    pub(crate) fn is_readonly(&self) -> bool {
        // SAFETY: live, by the type invariant.
        unsafe { ffi::sqlite3_stmt_readonly(self.as_ptr()) != 0 }
    }

    /// The SQL text; an error only where it is not UTF-8, which `prepare` rules out.
    pub(crate) fn sql(&self) -> Result<&str, std::str::Utf8Error> {
        // SAFETY: live, by the type invariant.
        let sql = unsafe { ffi::sqlite3_sql(self.as_ptr()) };
        // SAFETY: null or NUL-terminated, and it lives as long as the statement.
        std::str::from_utf8(unsafe { pointer::c_bytes(sql) }.unwrap_or_default())
    }

    pub(crate) fn expanded_sql(&self) -> Option<String> {
        if self.lent.get() {
            // Nobody else can be here: a `Bound` was leaked, and what it lent may be gone.
            self.end_loan();
        }
        // SAFETY: live, by the type invariant, and its bindings are SQLite's own.
        let sql = unsafe { ffi::sqlite3_expanded_sql(self.as_ptr()) };
        // SAFETY: null or NUL-terminated, and ours.
        let copy = unsafe { pointer::string(sql) };
        // SAFETY: from SQLite's allocator, or null, and used no more.
        unsafe { ffi::sqlite3_free(sql.cast()) };
        copy
    }

    pub(crate) fn parameter_count(&self) -> usize {
        // The SQL text decides, and that stays the same.
        *self.parameters.get_or_init(|| {
            // SAFETY: live, by the type invariant.
            count(unsafe { ffi::sqlite3_bind_parameter_count(self.as_ptr()) })
        })
    }

    /// The name of a parameter, with its prefix. Parameters count from 1.
    pub(crate) fn parameter_name(&self, parameter: usize) -> Option<&[u8]> {
        let index = c_int::try_from(parameter).ok()?;
        // SAFETY: live, by the type invariant; any index is allowed.
        let name = unsafe { ffi::sqlite3_bind_parameter_name(self.as_ptr(), index) };
        // SAFETY: null or NUL-terminated, and it lives as long as the statement.
        unsafe { pointer::c_bytes(name) }
    }

    /// The number of the parameter with that name, prefix included.
    pub(crate) fn parameter_index(&self, name: &str) -> Option<usize> {
        let name = super::c_string(name).ok()?;
        // SAFETY: live, by the type invariant; the name is NUL-terminated.
        match unsafe { ffi::sqlite3_bind_parameter_index(self.as_ptr(), name.as_ptr()) } {
            0 => None,
            index => usize::try_from(index).ok(),
        }
    }
}

impl Drop for Stmt<'_> {
    fn drop(&mut self) {
        if !self.db.callbacks().forbids_use() {
            self.db.callbacks().lead();
        }
        #[cfg(feature = "arrow")]
        drop(self.load.take());
        self.end_loan();
        self.db.count_in_use(-1);
        // SAFETY: live and ours by the type invariant, without bindings, and used no more here; and not running, unless it is retired
        // below.
        let idle = unsafe { Idle::new(self.stmt) };
        if self.db.callbacks().forbids_use() {
            self.db.statements().retire(idle);
        } else {
            match mem::take(&mut self.key) {
                Some(key) => self.db.statements().put(key, idle),
                None => drop(idle),
            }
        }
        // Last, because both can panic: this one asks SQLite something, which an authorizer or a trace may see.
        self.forget_deadline();
        if !self.db.callbacks().forbids_use() {
            self.resume();
        }
    }
}

fn count(count: c_int) -> usize {
    usize::try_from(count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn open() -> Db {
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        Db::open(c":memory:", Path::new(":memory:"), flags, 2).unwrap()
    }

    fn prepare<'db>(db: &'db Db, sql: &str) -> Stmt<'db> {
        Stmt::prepare(db, sql, 0).unwrap().statement.unwrap()
    }

    #[test]
    fn outside_of_a_row_values_are_null() {
        let db = open();
        let mut stmt = prepare(&db, "SELECT 7");
        assert_eq!(stmt.value(0).unwrap(), ValueRef::Null);
        assert_eq!(stmt.data_count(), 0);
        assert!(stmt.step().unwrap());
        assert_eq!(stmt.value(0).unwrap(), ValueRef::Integer(7));
        for column in [1, c_int::MAX as usize, 1 << 32, usize::MAX] {
            assert_eq!(stmt.value(column).unwrap(), ValueRef::Null);
        }
        assert!(!stmt.step().unwrap());
        assert_eq!(stmt.value(0).unwrap(), ValueRef::Null);
    }

    #[test]
    fn the_tail_is_where_the_next_statement_begins() {
        let db = open();
        let tail = |sql: &str| Stmt::prepare(&db, sql, 0).unwrap().tail;
        assert_eq!(tail("SELECT 1"), 8);
        assert_eq!(tail("SELECT 1; SELECT 2"), 9);
        assert_eq!(tail("SELECT 'ü'; SELECT 2"), 12);
        assert_eq!(tail(""), 0);
        assert_eq!(tail("-- comment"), 10);
    }

    #[test]
    fn a_script_is_prepared_piece_by_piece() {
        let db = open();
        assert!(Script::new("a\0b").is_err());
        let empty = Script::new("").unwrap();
        assert!(Stmt::prepare_in(&db, &empty, 0).is_none());
        let script = Script::new("SELECT 'ü'; SELECT 2").unwrap();
        let next = |at| Stmt::prepare_in(&db, &script, at).map(|next| next.unwrap().tail);
        assert_eq!(next(0), Some(12));
        assert_eq!(next(12), Some(9));
        assert_eq!(next(21), None);
        // Within a character, or beyond the end.
        assert_eq!(next(9), None);
        assert_eq!(next(usize::MAX), None);
    }

    #[test]
    fn bindings_are_lent_until_the_execution_ends() {
        let db = open();
        let mut stmt = prepare(&db, "SELECT ?1");
        let text = "lent".to_owned();
        {
            let mut bound = stmt.bind_borrowed();
            bound.binder().bind(1, &text).unwrap();
            assert!(bound.step().unwrap());
            assert!(bound.stmt().lent.get());
        }
        assert!(!stmt.lent.get());
        assert_eq!(stmt.expanded_sql().unwrap(), "SELECT NULL");
        let mut bound = stmt.bind_borrowed();
        bound.binder().bind(1, &text).unwrap();
        mem::forget(bound);
        drop(text);
        assert!(stmt.lent.get());
        drop(stmt.bind_copies(|binder| binder.bind(1, &5)).unwrap());
        assert!(!stmt.lent.get());
        assert_eq!(stmt.expanded_sql().unwrap(), "SELECT 5");
    }
}
