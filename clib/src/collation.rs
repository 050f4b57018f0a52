//! Orders of texts in Rust: [`Connection::create_collation`]. Wraps
//! [`sqlite3_create_collation_v2`](https://sqlite.org/c3ref/create_collation.html).

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::callback::collation::CollationRegistration;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{self, BorrowedConnection};

/// What compares, given what SQLite calls text.
pub(crate) type Compare = Box<dyn Fn(&[u8], &[u8]) -> Ordering + Send>;

/// The same, where several threads may compare at once.
pub(crate) type SharedCompare = Box<dyn Fn(&[u8], &[u8]) -> Ordering + Send + Sync>;

/// An order of texts, for [`Connection::collation_needed`].
pub struct Collation(pub(crate) Compare);

impl Collation {
    /// One that is given texts. What SQLite calls text need not be UTF-8: U+FFFD stands for what is not.
    pub fn new(compare: impl Fn(&str, &str) -> Ordering + Send + 'static) -> Self {
        Self::of_bytes(move |left, right| with_texts(left, right, &compare))
    }

    /// One that is given the texts' bytes, which need not be UTF-8.
    pub fn of_bytes(compare: impl Fn(&[u8], &[u8]) -> Ordering + Send + 'static) -> Self {
        Self(Box::new(compare))
    }
}

/// Compares what SQLite calls text as texts.
fn with_texts(left: &[u8], right: &[u8], compare: impl Fn(&str, &str) -> Ordering) -> Ordering {
    match (std::str::from_utf8(left), std::str::from_utf8(right)) {
        (Ok(left), Ok(right)) => compare(left, right),
        _ => compare(
            &String::from_utf8_lossy(left),
            &String::from_utf8_lossy(right),
        ),
    }
}

impl fmt::Debug for Collation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collation").finish_non_exhaustive()
    }
}

impl Connection {
    /// Registers an order of texts, for `COLLATE` in SQL. One of that name is replaced.
    ///
    /// It must be a total order, and the same each time: indexes are kept in it. What SQLite calls text need not be UTF-8: U+FFFD
    /// stands for what is not; [`create_collation_bytes`](Self::create_collation_bytes) is given the bytes.
    ///
    /// A panic comes out of the call that ran the statement. The statement fails, and a transaction that has written cannot be
    /// committed any more: it is rolled back instead, with [`Error::TransactionDoomed`](crate::Error::TransactionDoomed). The
    /// connection cannot be used from within.
    ///
    /// ```
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.create_collation("by_length", |a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)))?;
    /// let sql = "SELECT group_concat(column1) FROM
    ///     (SELECT column1 FROM (VALUES ('ccc'), ('bb'), ('a'), ('aa')) ORDER BY column1 COLLATE by_length)";
    /// let sorted: String = conn.query_row(sql, (), |row| row.get(0))?;
    /// assert_eq!(sorted, "a,aa,bb,ccc");
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name with a NUL inside; a statement that runs, where a collation is to be replaced (it can only have been leaked).
    #[doc(alias = "sqlite3_create_collation_v2")]
    pub fn create_collation<F>(&mut self, name: &str, compare: F) -> Result<()>
    where
        F: Fn(&str, &str) -> Ordering + Send + 'static,
    {
        self.register_collation(name, Collation::new(compare))
    }

    /// As [`create_collation`](Self::create_collation), for the bytes of what SQLite calls text.
    ///
    /// ```
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.create_collation_bytes("backwards", |a, b| b.cmp(a))?;
    /// let least: String = conn.query_row(
    ///     "SELECT min(column1 COLLATE backwards) FROM (VALUES ('a'), ('b'))",
    ///     (),
    ///     |row| row.get(0),
    /// )?;
    /// assert_eq!(least, "b");
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_collation`](Self::create_collation).
    #[doc(alias = "sqlite3_create_collation_v2")]
    pub fn create_collation_bytes<F>(&mut self, name: &str, compare: F) -> Result<()>
    where
        F: Fn(&[u8], &[u8]) -> Ordering + Send + 'static,
    {
        self.register_collation(name, Collation::of_bytes(compare))
    }

    fn register_collation(&mut self, name: &str, collation: Collation) -> Result<()> {
        let callbacks = Arc::clone(self.db().callbacks());
        let registration = CollationRegistration::new(name, callbacks, collation.0)?;
        self.db_mut().register_collation(registration)
    }

    /// Removes a collation; nothing where there is none of that name.
    ///
    /// # Errors
    ///
    /// As [`create_collation`](Self::create_collation).
    #[doc(alias = "sqlite3_create_collation_v2")]
    pub fn remove_collation(&mut self, name: &str) -> Result<()> {
        let name = raw::c_string(name)?;
        self.db_mut().remove_collation(&name)
    }

    /// Has a closure asked for collations that a statement names and the connection does not know. What it returns is registered
    /// under that name; `None` means that there is no such collation. A closure that was set before is replaced.
    ///
    /// An error that it returns is the one of [`prepare`](Self::prepare). A panic comes out of it. The connection cannot be used
    /// from within.
    ///
    /// ```
    /// use clib::Collation;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.collation_needed(|name| {
    ///     Ok((name == "by_length").then(|| Collation::new(|a, b| a.len().cmp(&b.len()))))
    /// })?;
    /// let equal: bool = conn.query_row("SELECT 'ab' = 'cd' COLLATE by_length", (), |row| row.get(0))?;
    /// assert!(equal);
    /// assert!(conn.prepare("SELECT 'ab' = 'cd' COLLATE other").is_err());
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_collation_needed")]
    pub fn collation_needed<F>(&mut self, make: F) -> Result<()>
    where
        F: FnMut(&str) -> Result<Option<Collation>> + Send + 'static,
    {
        self.db_mut().set_collation_needed(make)
    }

    /// Asks for collations no more.
    ///
    /// # Errors
    ///
    /// SQLite's.
    #[doc(alias = "sqlite3_collation_needed")]
    pub fn remove_collation_needed(&mut self) -> Result<()> {
        self.db_mut().clear_collation_needed()
    }
}

impl BorrowedConnection<'_> {
    /// As [`Connection::create_collation`], but the owner's settings stay, and so SQLite may compare on several threads at once.
    ///
    /// After a panic texts compare as equal, and what runs on the connection is interrupted. A statement that is at its end succeeds,
    /// and may have put a row in a wrong place of an index; nobody is asked before it commits.
    ///
    /// ```compile_fail,E0277
    /// fn register(mut conn: clib::BorrowedConnection<'_>) {
    ///     let count = std::cell::Cell::new(0); // `Send`, not `Sync`
    ///     conn.create_collation("counting", move |a, b| {
    ///         count.set(count.get() + 1);
    ///         a.cmp(b)
    ///     });
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A name with a NUL inside; [`Code::Busy`](crate::Code::Busy) where a collation is to be replaced while a statement of the owner's
    /// runs.
    #[doc(alias = "sqlite3_create_collation_v2")]
    pub fn create_collation<F>(&mut self, name: &str, compare: F) -> Result<()>
    where
        F: Fn(&str, &str) -> Ordering + Send + Sync + 'static,
    {
        let compare = move |left: &[u8], right: &[u8]| with_texts(left, right, &compare);
        self.db_mut()
            .register_foreign_collation(name, Box::new(compare))
    }
}
