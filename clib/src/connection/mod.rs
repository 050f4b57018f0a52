//! [`Connection`]: an open database. Wraps [`sqlite3`](https://sqlite.org/c3ref/sqlite3.html).

mod interrupt;
mod limits;
mod loads;
mod open;
mod pragma;
#[cfg(test)]
mod tests;

pub use interrupt::{InterruptHandle, InterruptScope};
#[cfg(feature = "arrow")]
pub(crate) use loads::Undo;
pub use open::OpenFlags;
pub(crate) use open::{CACHED_STATEMENTS, path_bytes};

use std::fmt;
use std::path::Path;
use std::time::Duration;

use self::loads::Loads;
use crate::error::{Code, Error, Result};
use crate::raw::{self, Db, Script, Stmt};
use crate::rows::Row;
use crate::statement::{Params, Statement};
use crate::transaction::{Savepoint, Transaction, TransactionBehavior};

/// An open database.
///
/// `Send` and not `Sync`: a connection may move between threads, and one thread at a time uses it. Dropping it closes it;
/// [`close`](Self::close) reports the error that dropping must swallow.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<clib::Connection>();
/// ```
///
/// # Defaults
///
/// Every connection that this crate opens starts like this, in every link mode, whatever the library was compiled with:
///
/// | what | default | why |
/// |---|---|---|
/// | waiting for locks | 5 s ([`busy_timeout`](Self::busy_timeout)) | an error at the first collision helps nobody |
/// | foreign keys | enforced (`PRAGMA foreign_keys`) | a constraint that is written down is meant |
/// | `"text"` in double quotes | names only, never a string | a misspelt column is an error |
/// | trusted schema | off (`PRAGMA trusted_schema`) | a hostile file's views and triggers call no function that has side effects |
/// | scan statistics | off | where SQLite is compiled with them they are on, and slow every statement down |
/// | extended result codes | on | errors tell more |
/// | cached statements | 16 ([`set_statement_cache_capacity`](Self::set_statement_cache_capacity)) | for [`prepare_cached`](Self::prepare_cached) |
///
/// The journal mode and all else that is written in the file are left as they are.
pub struct Connection {
    db: Db,
    loads: Loads,
}

impl Connection {
    /// One that is as it is: see [`Defaults`](#defaults) for what others are set to.
    pub(crate) fn of(db: Db) -> Self {
        Self {
            db,
            loads: Loads::default(),
        }
    }

    /// What becomes another owner's. What a leaked or failed load has left is undone.
    pub(crate) fn into_db(self) -> Db {
        // Where it fails, the transaction stays open for the new owner to see.
        let _ = self.abandon_loads();
        self.db
    }

    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn db_mut(&mut self) -> &mut Db {
        &mut self.db
    }

    #[cfg(test)]
    pub(crate) fn finalize_leaked(&mut self) {
        self.db.finalize_leaked();
    }

    /// Prepares a statement.
    ///
    /// # Errors
    ///
    /// SQLite's, with the byte offset where it knows it; [`Error::NoStatement`] for an empty text and
    /// [`Error::MultipleStatements`] for more than one.
    #[doc(alias = "sqlite3_prepare_v3")]
    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        Ok(Statement::new(self, self.prepare_one(sql, 0)?))
    }

    /// Prepares a statement, or takes it from the connection's cache; dropping it puts it there.
    ///
    /// After a change of the schema, one from the cache tells the columns of before until it runs: its rows have, and name,
    /// those of now.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare).
    #[doc(alias = "sqlite3_prepare_v3")]
    pub fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        let stmt = if let Some(stmt) = Stmt::from_cache(&self.db, sql) {
            stmt
        } else {
            let mut stmt = self.prepare_one(sql, raw::ffi::SQLITE_PREPARE_PERSISTENT)?;
            stmt.keep_as(sql);
            stmt
        };
        Ok(Statement::new(self, stmt))
    }

    fn prepare_one(&self, sql: &str, flags: i32) -> Result<Stmt<'_>> {
        self.ready()?;
        let first = Stmt::prepare(&self.db, sql, flags)?;
        let stmt = first.statement.ok_or(Error::NoStatement)?;
        let mut rest = first.tail;
        // What follows may be comments; SQLite's own parser tells.
        while let Some(text) = sql.get(rest..).filter(|text| !text.trim_ascii().is_empty()) {
            match Stmt::prepare(&self.db, text, 0) {
                Ok(next) if next.statement.is_none() && next.tail > 0 => rest += next.tail,
                Ok(next) if next.statement.is_none() => break,
                // A failure of another kind than in the text: of memory, for example.
                Err(error) if error.code() != Some(Code::Error) => return Err(error),
                _ => {
                    let space = text.len() - text.trim_ascii_start().len();
                    return Err(Error::MultipleStatements {
                        offset: rest + space,
                    });
                }
            }
        }
        Ok(stmt)
    }

    /// Executes one statement and returns how many rows it inserted, updated or deleted (0 for other statements). Rows
    /// that it returns are dropped.
    ///
    /// Texts and blobs are bound without a copy.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare), and those of the execution.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<u64> {
        self.prepare(sql)?.execute(params)
    }

    /// Executes all statements of a script, in order. Rows that they return are dropped.
    ///
    /// # Errors
    ///
    /// Those of the first statement that fails; what ran before it stays. An offset is one in the script.
    pub fn execute_batch(&self, script: &str) -> Result<()> {
        self.ready()?;
        self.execute_script(script)
    }

    /// Rolls back, whatever limits there are.
    pub(crate) fn roll_back(&self) -> Result<()> {
        let _suspended = self.db.suspend_limits();
        self.execute_batch("ROLLBACK")
    }

    /// Whether something of the connection's was leaked, or is still to be undone, where nothing borrows it.
    #[cfg(feature = "pool")]
    pub(crate) fn is_in_use(&self) -> bool {
        self.db.limits().is_limited() || self.loads.are_any() || self.db.has_statements()
    }

    fn execute_script(&self, script: &str) -> Result<()> {
        let text = Script::new(script)?;
        let mut at = 0;
        while let Some(prepared) = Stmt::prepare_in(&self.db, &text, at) {
            let prepared = prepared.map_err(|error| in_script(error, script, at))?;
            if let Some(mut stmt) = prepared.statement {
                while stmt.step().map_err(|error| in_script(error, script, at))? {}
            }
            if prepared.tail == 0 {
                break;
            }
            at += prepared.tail;
        }
        Ok(())
    }

    /// Runs a query and converts its first row. Further rows are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::NoRows`] where there is none ([`OptionalExtension`](crate::OptionalExtension) makes it `None`), those of
    /// the statement, and those of `f`.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        f: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare(sql)?.query_row(params, f)
    }

    /// Begins a deferred transaction.
    ///
    /// # Errors
    ///
    /// Where one is open already (begun by SQL text), or SQLite reports another error.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.transaction_with_behavior(TransactionBehavior::default())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// As [`transaction`](Self::transaction); with [`TransactionBehavior::Immediate`] or
    /// [`Exclusive`](TransactionBehavior::Exclusive) also where the database stays busy.
    pub fn transaction_with_behavior(
        &mut self,
        behavior: TransactionBehavior,
    ) -> Result<Transaction<'_>> {
        Transaction::begin(self, behavior)
    }

    /// Opens a savepoint; outside a transaction it is one.
    ///
    /// # Errors
    ///
    /// Where SQLite reports one.
    pub fn savepoint(&mut self) -> Result<Savepoint<'_>> {
        Savepoint::begin(self, 1)
    }

    /// Whether no transaction is open.
    #[doc(alias = "sqlite3_get_autocommit")]
    #[must_use]
    pub fn is_autocommit(&self) -> bool {
        self.db.is_autocommit()
    }

    /// The rowid of the last successful insert on this connection; 0 where there was none.
    #[doc(alias = "sqlite3_last_insert_rowid")]
    #[must_use]
    pub fn last_insert_rowid(&self) -> i64 {
        self.db.last_insert_rowid()
    }

    /// How many rows the last completed INSERT, UPDATE or DELETE changed, those of triggers and foreign keys left out.
    #[doc(alias = "sqlite3_changes64")]
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.db.changes()
    }

    /// How many rows were changed since the connection was opened, those of triggers and foreign keys included.
    #[doc(alias = "sqlite3_total_changes64")]
    #[must_use]
    pub fn total_changes(&self) -> u64 {
        self.db.total_changes()
    }

    /// How many calls from Rust into SQLite, and back, this connection has taken so far. Each costs some nanoseconds, whatever it does:
    /// the batch interfaces are fast because they take few.
    ///
    /// ```
    /// use clib::{Connection, ReadOptions};
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (a, b, c)")?;
    /// let mut insert = conn.prepare("INSERT INTO t VALUES (?1, ?1, ?1)")?;
    /// for n in 0..100 {
    ///     insert.execute([n])?;
    /// }
    /// let mut stmt = conn.prepare("SELECT a, b, c FROM t")?;
    /// let before = conn.crossings();
    /// let rows = stmt.query_batches((), &ReadOptions::new())?.next_batch()?.unwrap().num_rows();
    /// println!("{rows} rows in {} calls", conn.crossings() - before);
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[must_use]
    pub fn crossings(&self) -> u64 {
        self.db.crossings()
    }

    /// How long a statement waits for a lock that another connection holds before it fails as
    /// [`Code::Busy`](crate::Code::Busy). Rounded up to milliseconds; zero means not at all. It replaces a
    /// [`busy_handler`](Self::busy_handler).
    ///
    /// # Errors
    ///
    /// Where SQLite reports one.
    #[doc(alias = "sqlite3_busy_timeout")]
    pub fn busy_timeout(&self, timeout: Duration) -> Result<()> {
        self.db.set_busy_timeout(timeout)
    }

    /// How many statements [`prepare_cached`](Self::prepare_cached) keeps, the least recently used one dropped first.
    pub fn set_statement_cache_capacity(&self, capacity: usize) {
        self.db.set_cached_statements(capacity);
    }

    /// Drops all statements that [`prepare_cached`](Self::prepare_cached) keeps.
    pub fn flush_statement_cache(&self) {
        self.db.clear_cached_statements();
    }

    /// The file of the database, as SQLite has resolved it; `None` in memory and for temporary databases.
    #[doc(alias = "sqlite3_db_filename")]
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.db.path()
    }

    /// Whether the schema's database (`"main"`, or the name it was attached under) can only be read; `None` where there
    /// is no such schema.
    #[doc(alias = "sqlite3_db_readonly")]
    #[must_use]
    pub fn is_read_only(&self, schema: &str) -> Option<bool> {
        self.db.is_read_only(&raw::c_string(schema).ok()?)
    }

    /// A handle that stops this connection's work from any thread. Of a [`BorrowedConnection`](crate::BorrowedConnection) it stops nothing: its owner's does.
    #[doc(alias = "sqlite3_interrupt")]
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle::new(self.db.interrupter().clone())
    }

    /// Closes the connection.
    ///
    /// # Errors
    ///
    /// The connection and why it could not be closed: a statement was leaked (with [`std::mem::forget`], say).
    #[doc(alias = "sqlite3_close")]
    #[expect(
        clippy::result_large_err,
        reason = "the connection goes back to the caller"
    )]
    pub fn close(self) -> Result<(), (Self, Error)> {
        let Self { db, loads } = self;
        db.close()
            .map_err(|(db, error)| (Self { db, loads }, error))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// An error in a statement that begins at byte `at` of a script.
fn in_script(mut error: Error, script: &str, at: usize) -> Error {
    if let Error::Sqlite(sqlite) = &mut error
        && let Some(offset) = &mut sqlite.offset
    {
        *offset += at;
        sqlite.sql = Some(script.to_owned());
    }
    error
}
