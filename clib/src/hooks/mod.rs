//! Closures that SQLite tells of commits, rollbacks and changes, or asks for permission. Wraps
//! [`sqlite3_commit_hook`](https://sqlite.org/c3ref/commit_hook.html),
//! [`sqlite3_update_hook`](https://sqlite.org/c3ref/update_hook.html),
//! [`sqlite3_preupdate_hook`](https://sqlite.org/c3ref/preupdate_blobwrite.html),
//! [`sqlite3_wal_hook`](https://sqlite.org/c3ref/wal_hook.html) and
//! [`sqlite3_set_authorizer`](https://sqlite.org/c3ref/set_authorizer.html).
//!
//! Each belongs to one connection, which has one of each kind: setting another one replaces it. What happens on other
//! connections is not seen.

mod authorizer;

pub use authorizer::{AuthAction, AuthContext, Authorization};

use libc::c_int;

use crate::callback::hook::WalCommit;
use crate::callback::preupdate::PreUpdate;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::ffi;

/// What has become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// It was inserted.
    #[doc(alias = "SQLITE_INSERT")]
    Insert,
    /// It was updated.
    #[doc(alias = "SQLITE_UPDATE")]
    Update,
    /// It was deleted.
    #[doc(alias = "SQLITE_DELETE")]
    Delete,
}

impl Action {
    pub(crate) fn of(number: c_int) -> Self {
        match number {
            ffi::SQLITE_INSERT => Self::Insert,
            ffi::SQLITE_DELETE => Self::Delete,
            _ => Self::Update,
        }
    }
}

impl Connection {
    /// Has a closure asked before each commit of something written. Where it returns an error, the transaction is rolled back, and
    /// the call that wanted to commit returns that error.
    ///
    /// A panic rolls back too, and comes out of that call. The connection cannot be used from within.
    ///
    /// ```
    /// use clib::Error;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (a)")?;
    /// conn.commit_hook(|| Err(Error::other("not on Sundays")));
    /// let error = conn.execute("INSERT INTO t VALUES (1)", ()).unwrap_err();
    /// assert_eq!(error.to_string(), "not on Sundays");
    /// conn.remove_commit_hook();
    /// let rows: i64 = conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))?;
    /// assert_eq!(rows, 0);
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "sqlite3_commit_hook")]
    pub fn commit_hook<F>(&mut self, hook: F)
    where
        F: FnMut() -> Result<()> + Send + 'static,
    {
        self.db_mut().set_commit_hook(hook);
    }

    /// Asks before commits no more.
    #[doc(alias = "sqlite3_commit_hook")]
    pub fn remove_commit_hook(&mut self) {
        self.db_mut().clear_commit_hook();
    }

    /// Has a closure told of each transaction that is rolled back, whatever the reason; not of one that ends because the connection
    /// is dropped.
    ///
    /// A panic comes out of the call that led to the rollback. The connection cannot be used from within.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// let count = Arc::new(AtomicU32::new(0));
    /// let counts = Arc::clone(&count);
    /// conn.rollback_hook(move || {
    ///     counts.fetch_add(1, Ordering::Relaxed);
    /// });
    /// let tx = conn.transaction()?;
    /// tx.execute_batch("CREATE TABLE t (a)")?;
    /// drop(tx);
    /// assert_eq!(count.load(Ordering::Relaxed), 1);
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "sqlite3_rollback_hook")]
    pub fn rollback_hook<F: FnMut() + Send + 'static>(&mut self, hook: F) {
        self.db_mut().set_rollback_hook(hook);
    }

    /// Tells of rollbacks no more.
    #[doc(alias = "sqlite3_rollback_hook")]
    pub fn remove_rollback_hook(&mut self) {
        self.db_mut().clear_rollback_hook();
    }

    /// Has a closure told of each row that is inserted, updated or deleted: what became of it, the schema's name, the table's, and
    /// the rowid. SQLite does not tell of tables that are `WITHOUT ROWID`, nor of all rows of a table that is emptied by a
    /// `DELETE` without a condition, nor of rows that `REPLACE` takes away.
    ///
    /// A panic comes out of the call that changed the row. The statement fails, and its transaction cannot be committed any more:
    /// it is rolled back instead, with [`Error::TransactionDoomed`](crate::Error::TransactionDoomed). The connection cannot be
    /// used from within.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use clib::Action;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// let (sender, changes) = mpsc::channel();
    /// conn.update_hook(move |action, schema, table, rowid| {
    ///     let _ = sender.send((action, format!("{schema}.{table}"), rowid));
    /// });
    /// conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (7)")?;
    /// assert_eq!(changes.recv().unwrap(), (Action::Insert, "main.t".to_owned(), 1));
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "sqlite3_update_hook")]
    pub fn update_hook<F>(&mut self, hook: F)
    where
        F: FnMut(Action, &str, &str, i64) + Send + 'static,
    {
        self.db_mut().set_update_hook(hook);
    }

    /// Tells of changed rows no more.
    #[doc(alias = "sqlite3_update_hook")]
    pub fn remove_update_hook(&mut self) {
        self.db_mut().clear_update_hook();
    }

    /// Has a closure told of each row before it is inserted, updated or deleted, with the row's values before and after. Other than
    /// an [`update_hook`](Self::update_hook) it is told of tables that are `WITHOUT ROWID`, of rows that `REPLACE` takes away, and of
    /// what triggers and foreign keys do; not of virtual tables, nor of SQLite's own.
    ///
    /// A panic comes out of the call that changed the row, and its transaction cannot be committed any more, as with an update hook.
    /// The connection cannot be used from within. It has one such hook, which SQLite's session extension needs for itself.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (name TEXT, age INTEGER); INSERT INTO t VALUES ('Ann', 30)")?;
    /// let (sender, changes) = mpsc::channel();
    /// conn.preupdate_hook(move |change| {
    ///     if let (Some(old), Some(new)) = (change.before(), change.after()) {
    ///         let _ = sender.send((old.get::<i64>(1).unwrap(), new.get::<i64>(1).unwrap()));
    ///     }
    /// })?;
    /// conn.execute("UPDATE t SET age = age + 1", ())?;
    /// assert_eq!(changes.recv().unwrap(), (30, 31));
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::MissingFunction`](crate::Error::MissingFunction) where the library was compiled without
    /// `SQLITE_ENABLE_PREUPDATE_HOOK`; the vendored one was not. [`Error::Library`](crate::Error::Library) where it is older than 3.49.1,
    /// and tells wrong values of some tables.
    #[doc(alias = "sqlite3_preupdate_hook")]
    pub fn preupdate_hook<F>(&mut self, hook: F) -> Result<()>
    where
        F: FnMut(&PreUpdate<'_>) + Send + 'static,
    {
        self.db_mut().set_preupdate_hook(hook)
    }

    /// Tells of rows before they change no more.
    #[doc(alias = "sqlite3_preupdate_hook")]
    pub fn remove_preupdate_hook(&mut self) {
        self.db_mut().clear_preupdate_hook();
    }

    /// Has a closure told of each commit to a write-ahead log, after it, in place of SQLite's own hook, which would checkpoint.
    ///
    /// An error that it returns is the one of the call that has committed; the commit stands. The same goes for a panic. The
    /// closure may use the connection where it can reach it, through a thread-local for example.
    ///
    /// ```
    /// # let file = tempfile::NamedTempFile::new().unwrap();
    /// # let path = file.path();
    /// let mut conn = clib::Connection::open(path)?;
    /// conn.query_row("PRAGMA journal_mode = wal", (), |_| Ok(()))?;
    /// conn.wal_hook(|commit| match commit.pages() {
    ///     0..100 => Ok(()),
    ///     _ => commit.checkpoint(),
    /// });
    /// conn.execute_batch("CREATE TABLE t (a)")?;
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "sqlite3_wal_hook")]
    pub fn wal_hook<F>(&mut self, hook: F)
    where
        F: Fn(&WalCommit<'_>) -> Result<()> + Send + 'static,
    {
        self.db_mut().set_wal_hook(hook);
    }

    /// Sets SQLite's own hook again: it checkpoints where the write-ahead log has 1,000 pages.
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_wal_autocheckpoint")]
    pub fn remove_wal_hook(&mut self) -> Result<()> {
        self.db_mut().clear_wal_hook(1000)
    }

    /// Has a closure asked for each thing that a statement does, while it is prepared. Statements that were prepared before are
    /// prepared again when they run. Those that this crate executes for its own purposes are asked for too.
    ///
    /// Where it panics, the answer is [`Authorization::Deny`], and the panic comes out of the call that prepared the statement.
    /// The connection cannot be used from within.
    ///
    /// ```
    /// use clib::{AuthAction, Authorization, Code};
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (public, secret); INSERT INTO t VALUES (1, 2)")?;
    /// conn.authorizer(|context| match context.action {
    ///     AuthAction::Read { column_name: "secret", .. } => Authorization::Ignore, // reads as NULL
    ///     AuthAction::Read { .. } | AuthAction::Select => Authorization::Allow,
    ///     _ => Authorization::Deny,
    /// })?;
    /// let row: (i64, Option<i64>) =
    ///     conn.query_row("SELECT public, secret FROM t", (), |row| Ok((row.get(0)?, row.get(1)?)))?;
    /// assert_eq!(row, (1, None));
    /// let error = conn.execute("DELETE FROM t", ()).unwrap_err();
    /// assert_eq!(error.code(), Some(Code::Authorization));
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_set_authorizer")]
    pub fn authorizer<F>(&mut self, authorizer: F) -> Result<()>
    where
        F: FnMut(&AuthContext<'_>) -> Authorization + Send + 'static,
    {
        self.db_mut().set_authorizer(authorizer)
    }

    /// Asks for permission no more.
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_set_authorizer")]
    pub fn remove_authorizer(&mut self) -> Result<()> {
        self.db_mut().clear_authorizer()
    }
}
