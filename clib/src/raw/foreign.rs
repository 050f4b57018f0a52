//! Connections that are shared with code which does not know this crate: another binding, or C.
//!
//! Both must call the same SQLite. In link mode `external` that is the other crate's; in the other modes it is one that the other code
//! gets from [`ffi`] too, or links in the same way.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

use clib_sys as ffi;

use super::db::{self, Db};
use super::interrupt::Interrupter;
use super::library;
use crate::connection::{CACHED_STATEMENTS, Connection};
use crate::error::Result;
use crate::transaction::{Savepoint, Transaction, TransactionBehavior};

impl Connection {
    /// Takes over an open connection, and closes it when it is dropped.
    ///
    /// Its settings stay as they are, but for extended result codes, which are turned on; `fts3_tokenizer` with two arguments,
    /// where the library has it, is removed, as in every connection: it would let SQL name any address.
    ///
    /// ```
    /// use clib::{Connection, ffi};
    ///
    /// let mut db = std::ptr::null_mut();
    /// // SAFETY: a text that ends in NUL, and a place for the result.
    /// let code = unsafe { ffi::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
    /// assert_eq!(code, ffi::SQLITE_OK);
    /// // SAFETY: just opened, by the same library, and used by nobody else.
    /// let conn = unsafe { Connection::from_raw(db) }?;
    /// conn.execute_batch("CREATE TABLE t (a)")?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where the library is one that this crate cannot use; [`Code::Misuse`](crate::Code::Misuse) for null. The connection stays
    /// the caller's then.
    ///
    /// # Safety
    ///
    /// - `db` is an open connection of the SQLite that this crate calls (a vendored one is not that of another crate).
    /// - From now on nobody else uses or closes it, nor anything that belongs to it, such as statements.
    /// - What was registered on it (functions, hooks, modules) stays valid until it is closed, and can be called from any thread, as
    ///   a [`Connection`] can move to one. Functions, aggregates and collations among it do not use the connection, and collations do
    ///   not panic: those that this crate registered before [`into_raw`](Self::into_raw) are not kept from it any more.
    #[doc(alias = "sqlite3")]
    pub unsafe fn from_raw(db: *mut ffi::sqlite3) -> Result<Self> {
        let db = usable(db)?;
        let mut db = Db::of(db, Interrupter::new(db), CACHED_STATEMENTS);
        // SAFETY: open, as the caller promises.
        unsafe { ffi::sqlite3_extended_result_codes(db.as_ptr(), 1) };
        // Where it fails the connection is still the caller's.
        db.remove_function(c"fts3_tokenizer", 2)?;
        // Its collations may be this crate's, of one thread.
        db.keep_to_one_thread();
        db.note_foreign();
        db.take_over();
        Ok(Self::of(db))
    }

    /// Gives the connection away, open. It is up to the caller to close it, with `sqlite3_close_v2`.
    ///
    /// Functions and collations that were registered on it stay; a panic in a function is an error to SQLite then, and nothing more, and
    /// in a collation nothing at all: the texts compare as equal. Hooks and handlers are removed.
    ///
    /// ```
    /// use clib::{Connection, ffi};
    ///
    /// let db = Connection::open_in_memory()?.into_raw();
    /// // SAFETY: open, and ours.
    /// let code = unsafe { ffi::sqlite3_close_v2(db) };
    /// assert_eq!(code, ffi::SQLITE_OK);
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "sqlite3")]
    #[must_use = "the connection stays open until it is closed by its pointer"]
    pub fn into_raw(self) -> *mut ffi::sqlite3 {
        self.into_db().into_pointer().as_ptr()
    }

    /// Borrows a connection that other code owns: rusqlite, say, in link mode `external`. It stays open when the guard is dropped.
    ///
    /// The owner may use it too, between calls. Its settings stay as they are, but for these: deadlines and interrupt scopes take the
    /// places of the owner's progress and busy handlers, of which SQLite has one each, and leave them empty;
    /// [`busy_timeout`](Connection::busy_timeout) is the owner's as well. The guard's statements are finalized with it, and what a
    /// failed or leaked load has left is undone; a transaction that was leaked stays open.
    ///
    /// ```
    /// use clib::{Connection, ffi};
    ///
    /// let db = Connection::open_in_memory()?.into_raw();
    /// {
    ///     // SAFETY: open for longer than the guard lives, of the same library, and used by this thread alone.
    ///     let conn = unsafe { Connection::borrow_raw(db) }?;
    ///     let seven: i64 = conn.query_row("SELECT 7", (), |row| row.get(0))?;
    ///     assert_eq!(seven, 7);
    /// }
    /// // SAFETY: open, and ours; the guard is gone.
    /// unsafe { ffi::sqlite3_close_v2(db) };
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Where the library is one that this crate cannot use; [`Code::Misuse`](crate::Code::Misuse) for null.
    ///
    /// # Safety
    ///
    /// - `db` is a connection of the SQLite that this crate calls (a vendored one is not that of another crate), and stays open during
    ///   `'owner`.
    /// - During `'owner` it is used on this thread only, and not in the middle of a call of this crate's, other than by what SQLite
    ///   itself calls. Of that, functions, aggregates and collations do not use it at all, but through the guard that registered
    ///   them, which refuses.
    /// - No collation on it was registered through this crate, but by [`BorrowedConnection::create_collation`].
    /// - Where the library has FTS3 and its `fts3_tokenizer` was not removed, SQL that is executed through the guard does not call it
    ///   with two arguments: one is an address.
    #[doc(alias = "sqlite3")]
    pub unsafe fn borrow_raw<'owner>(db: *mut ffi::sqlite3) -> Result<BorrowedConnection<'owner>> {
        let db = usable(db)?;
        // A handle could be used after the owner has closed the connection, if the guard was leaked.
        let db = Db::of(db, Interrupter::detached(), CACHED_STATEMENTS);
        db.note_foreign();
        Ok(BorrowedConnection {
            conn: Self::of(db),
            owner: PhantomData,
        })
    }
}

fn usable(db: *mut ffi::sqlite3) -> Result<NonNull<ffi::sqlite3>> {
    library::check()?;
    NonNull::new(db).ok_or_else(|| db::without_connection(ffi::SQLITE_MISUSE))
}

/// A connection that other code owns, for as long as that is lent: [`Connection::borrow_raw`].
///
/// It gives out no `&mut Connection`, which could be swapped for another one; what takes that is here, but for hooks: a connection has one
/// place of each, which is the owner's.
///
/// Functions, aggregates and collations that are registered stay with the connection when the guard is gone. Its owner drops them when it
/// closes the connection, and calls them on any thread. A panic in one comes out of the call of the guard's that led to it. Where the owner's
/// led to it, it is an error of the statement, and nobody resumes it.
///
/// ```compile_fail,E0596
/// fn swap(mut conn: clib::BorrowedConnection<'_>, other: &mut clib::Connection) {
///     std::mem::swap(&mut *conn, other);
/// }
/// ```
///
/// # Invariants
///
/// `conn` does not close the owner's connection, and never leaves this value.
pub struct BorrowedConnection<'owner> {
    conn: Connection,
    /// Not `Send`: the owner is on this thread.
    owner: PhantomData<(&'owner (), *mut ffi::sqlite3)>,
}

impl BorrowedConnection<'_> {
    /// As [`Connection::transaction`].
    ///
    /// # Errors
    ///
    /// As that.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.conn.transaction()
    }

    /// As [`Connection::transaction_with_behavior`].
    ///
    /// # Errors
    ///
    /// As that.
    pub fn transaction_with_behavior(
        &mut self,
        behavior: TransactionBehavior,
    ) -> Result<Transaction<'_>> {
        self.conn.transaction_with_behavior(behavior)
    }

    /// As [`Connection::savepoint`].
    ///
    /// # Errors
    ///
    /// As that.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        self.conn.savepoint()
    }
}

impl BorrowedConnection<'_> {
    /// For what takes it only during a call.
    pub(crate) fn db_mut(&mut self) -> &mut Db {
        self.conn.db_mut()
    }
}

impl Deref for BorrowedConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.conn
    }
}

impl Drop for BorrowedConnection<'_> {
    fn drop(&mut self) {
        // Where it fails, the transaction stays open for the owner to see.
        let _ = self.conn.abandon_loads();
    }
}

impl fmt::Debug for BorrowedConnection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BorrowedConnection")
            .field(&self.conn)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::ptr;
    use std::sync::{Arc, Mutex};

    use static_assertions::assert_not_impl_any;

    use super::*;
    use crate::error::Code;
    use crate::function::FunctionFlags;

    assert_not_impl_any!(BorrowedConnection<'static>: Send, Sync, std::ops::DerefMut);

    /// A connection that clib does not know.
    struct Owner(*mut ffi::sqlite3);

    impl Owner {
        fn new() -> Self {
            library::check().unwrap();
            let mut db = ptr::null_mut();
            // SAFETY: the name ends in NUL, and the result is writable.
            let code = unsafe { ffi::sqlite3_open(c":memory:".as_ptr(), &raw mut db) };
            assert_eq!(code, ffi::SQLITE_OK);
            Self(db)
        }

        fn borrow(&self) -> BorrowedConnection<'_> {
            // SAFETY: open as long as the owner lives, which is on this thread.
            unsafe { Connection::borrow_raw(self.0) }.unwrap()
        }

        fn execute(&self, sql: &std::ffi::CStr) -> i32 {
            // SAFETY: open, by the type; the text ends in NUL, and neither callback nor message is wanted.
            unsafe {
                ffi::sqlite3_exec(self.0, sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
            }
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            // SAFETY: open, by the type, and used no more. It is busy where a statement is left.
            let code = unsafe { ffi::sqlite3_close(self.0) };
            assert!(std::thread::panicking() || code == ffi::SQLITE_OK);
        }
    }

    #[test]
    fn null_is_refused() {
        // SAFETY: null is looked for first.
        let error = unsafe { Connection::from_raw(ptr::null_mut()) }.unwrap_err();
        assert_eq!(error.code(), Some(Code::Misuse));
        // SAFETY: as above.
        let error = unsafe { Connection::borrow_raw(ptr::null_mut()) }.unwrap_err();
        assert_eq!(error.code(), Some(Code::Misuse));
    }

    #[test]
    fn a_connection_goes_out_and_comes_back() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)")
            .unwrap();
        drop(conn.prepare_cached("SELECT a FROM t").unwrap());
        let stop = conn.interrupt_handle();
        let db = conn.into_raw();
        // It is not its connection's any more.
        stop.interrupt();
        // SAFETY: open, of this library, and used by nobody else.
        let conn = unsafe { Connection::from_raw(db) }.unwrap();
        assert_eq!(conn.db().statement_count(), 0);
        let seven: i64 = conn
            .query_row("SELECT a FROM t", (), |row| row.get(0))
            .unwrap();
        assert_eq!(seven, 7);
        conn.close().unwrap();
    }

    #[test]
    fn errors_tell_as_much_as_elsewhere() {
        let owner = Owner::new();
        let conn = owner.borrow();
        conn.execute_batch("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)")
            .unwrap();
        let error = conn.execute("INSERT INTO t VALUES (1)", ()).unwrap_err();
        assert_eq!(
            error.extended_code(),
            Some(crate::ExtendedCode::ConstraintUnique)
        );
        let error = conn.prepare("SELECT nothing FROM t").unwrap_err();
        assert_eq!(error.code(), Some(Code::Error));
    }

    #[test]
    fn owner_and_guard_take_turns() {
        let owner = Owner::new();
        assert_eq!(owner.execute(c"CREATE TABLE t (a)"), ffi::SQLITE_OK);
        {
            let mut conn = owner.borrow();
            let mut insert = conn.prepare_cached("INSERT INTO t VALUES (?1)").unwrap();
            insert.execute([1]).unwrap();
            assert_eq!(owner.execute(c"INSERT INTO t VALUES (2)"), ffi::SQLITE_OK);
            insert.execute([3]).unwrap();
            drop(insert);
            // The schema changes while a statement waits in the cache.
            assert_eq!(owner.execute(c"ALTER TABLE t ADD b"), ffi::SQLITE_OK);
            let undone = conn.transaction().unwrap();
            undone.execute("DELETE FROM t", ()).unwrap();
            drop(undone);
            let mut point = conn.savepoint().unwrap();
            point.savepoint().unwrap().commit().unwrap();
            point.commit().unwrap();
            let sum: i64 = conn
                .query_row("SELECT sum(a) FROM t", (), |row| row.get(0))
                .unwrap();
            assert_eq!(sum, 6);
            assert_eq!(conn.db().statement_count(), 1);
        }
        // Closing asserts that no statement is left.
    }

    #[cfg(feature = "arrow")]
    #[test]
    fn a_leaked_loader_is_undone() {
        use arrow_array::{ArrayRef, Int64Array, RecordBatch};

        /// Where the loaders are, so that a checker of leaks finds them.
        static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let batch = RecordBatch::try_from_iter([("a", numbers)]).unwrap();
        let owner = Owner::new();
        assert_eq!(owner.execute(c"CREATE TABLE t (a)"), ffi::SQLITE_OK);
        for in_transaction in [false, true] {
            if in_transaction {
                let begun = owner.execute(c"BEGIN; INSERT INTO t VALUES (0)");
                assert_eq!(begun, ffi::SQLITE_OK);
            }
            let mut conn = owner.borrow();
            let mut loader = conn
                .loader("t", batch.schema(), &crate::LoadOptions::new())
                .unwrap();
            loader.append(&batch).unwrap();
            let loader = Box::into_raw(Box::new(loader));
            LEAKED.lock().unwrap().push(loader.expose_provenance());
            // Otherwise the statement keeps the owner from closing.
            conn.conn.finalize_leaked();
            drop(conn);
            // SAFETY: open, by the type.
            let autocommit = unsafe { ffi::sqlite3_get_autocommit(owner.0) } != 0;
            assert_eq!(autocommit, !in_transaction);
        }
        assert_eq!(owner.execute(c"COMMIT"), ffi::SQLITE_OK);
        let rows: i64 = owner
            .borrow()
            .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 1);
    }

    /// What SQLite reports, where nobody of this crate is there any more.
    fn message(owner: &Owner) -> String {
        // SAFETY: open, by the type.
        let message = unsafe { ffi::sqlite3_errmsg(owner.0) };
        // SAFETY: NUL-terminated, and copied before the connection is used again.
        unsafe { crate::raw::pointer::string(message) }.unwrap()
    }

    #[test]
    fn what_is_registered_belongs_to_the_owner() {
        let held = Arc::new(());
        let owner = Owner::new();
        {
            let mut conn = owner.borrow();
            let state = Arc::clone(&held);
            let flags = FunctionFlags::default();
            conn.create_typed_function("held", flags, move || Ok(Arc::strong_count(&state) > 1))
                .unwrap();
            conn.create_typed_function("panics", flags, || -> Result<i64> { panic!("contained") })
                .unwrap();
            let state = Arc::clone(&held);
            conn.create_collation("backwards", move |a, b| {
                let _held = &state;
                b.cmp(a)
            })
            .unwrap();
            // As long as the guard is there, panics come out of the call.
            let caught = catch_unwind(AssertUnwindSafe(|| conn.execute_batch("SELECT panics()")));
            assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"contained"));
        }
        assert_eq!(Arc::strong_count(&held), 3);
        let used =
            c"CREATE TABLE t AS SELECT held() AS h; CREATE INDEX i ON t (h COLLATE backwards)";
        assert_eq!(owner.execute(used), ffi::SQLITE_OK);
        // Nobody resumes what is contained now, and it stands in the way of nothing.
        for _ in 0..2 {
            assert_eq!(owner.execute(c"SELECT panics()"), ffi::SQLITE_ERROR);
            assert_eq!(message(&owner), "a user function panicked");
            assert_eq!(owner.execute(c"SELECT held()"), ffi::SQLITE_OK);
        }
        // Nor for another guard, which is not the one that it was registered by.
        let error = owner.borrow().execute_batch("SELECT panics()").unwrap_err();
        assert_eq!(error.code(), Some(Code::Error));
        owner.borrow().remove_function("held", 0).unwrap();
        assert_eq!(Arc::strong_count(&held), 2);
        drop(owner);
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[test]
    fn a_panicking_collation_interrupts_the_owners_statement() {
        let owner = Owner::new();
        owner
            .borrow()
            .create_collation("panicking", |_, _| panic!("contained"))
            .unwrap();
        let used = c"CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'), ('y'), ('z');
            CREATE TABLE s AS SELECT a FROM t ORDER BY a COLLATE panicking";
        assert_eq!(owner.execute(used), ffi::SQLITE_INTERRUPT);
        assert_eq!(owner.execute(c"SELECT a FROM t"), ffi::SQLITE_OK);
    }

    /// A guard's call that does not get as far as SQLite leaves what the owner's calls lead to with the owner.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a lifetime, which the test keeps"
    )]
    fn what_comes_of_the_owners_calls_is_not_kept() {
        use std::cell::Cell;

        use crate::statement::Statement;

        thread_local!(static DROPPED: Cell<Option<Statement<'static>>> = const { Cell::new(None) });

        let owner = Owner::new();
        let mut conn = owner.borrow();
        let flags = FunctionFlags::default();
        conn.create_typed_function("drops", flags, || {
            drop(DROPPED.take());
            Ok(1)
        })
        .unwrap();
        conn.create_typed_function("panics", flags, || -> Result<i64> { panic!("the owner's") })
            .unwrap();
        conn.create_typed_function("works", flags, || Ok(1))
            .unwrap();
        let stmt = conn.prepare("SELECT 1").unwrap();
        // SAFETY: it is dropped before the guard: by the next call but one.
        DROPPED.set(Some(unsafe {
            std::mem::transmute::<Statement<'_>, Statement<'static>>(stmt)
        }));
        conn.execute_batch("SELECT drops()").unwrap();
        assert!(conn.prepare("a\0").is_err());
        assert_eq!(owner.execute(c"SELECT panics()"), ffi::SQLITE_ERROR);
        assert_eq!(owner.execute(c"SELECT works()"), ffi::SQLITE_OK);
        conn.execute_batch("SELECT works()").unwrap();
    }

    #[test]
    fn the_owners_functions_are_not_replaced_while_they_run() {
        let owner = Owner::new();
        let flags = FunctionFlags::default();
        owner
            .borrow()
            .create_typed_function("mine", flags, || Ok(1))
            .unwrap();
        let mut stmt = ptr::null_mut();
        let sql = c"SELECT mine() UNION ALL SELECT mine()";
        // SAFETY: open, by the type; the text ends in NUL, and the statement is writable.
        let code = unsafe {
            ffi::sqlite3_prepare_v3(owner.0, sql.as_ptr(), -1, 0, &raw mut stmt, ptr::null_mut())
        };
        assert_eq!(code, ffi::SQLITE_OK);
        // SAFETY: just prepared.
        assert_eq!(unsafe { ffi::sqlite3_step(stmt) }, ffi::SQLITE_ROW);
        let error = owner
            .borrow()
            .create_typed_function("mine", flags, || Ok(2))
            .unwrap_err();
        assert_eq!(error.code(), Some(Code::Busy));
        // SAFETY: as above.
        assert_eq!(unsafe { ffi::sqlite3_step(stmt) }, ffi::SQLITE_ROW);
        // SAFETY: as above; used no more.
        unsafe { ffi::sqlite3_finalize(stmt) };
    }

    /// A handle could outlive the connection, if the guard was leaked: so it never reaches it.
    #[test]
    fn a_borrowed_connections_handle_stops_nothing() {
        let owner = Owner::new();
        let conn = owner.borrow();
        let stop = conn.interrupt_handle();
        let mut stmt = conn
            .prepare("VALUES (1) UNION ALL VALUES (2) UNION ALL VALUES (3)")
            .unwrap();
        let mut rows = stmt.query(()).unwrap();
        assert!(rows.next().unwrap().is_some());
        stop.interrupt();
        assert!(rows.next().unwrap().is_some());
    }
}
