//! SQL functions in Rust. Wraps [`sqlite3_create_function_v2`](https://sqlite.org/c3ref/create_function.html).
//!
//! - [`Connection::create_scalar_function`]: a closure that is called for each row;
//! - [`Aggregate`] and [`WindowAggregate`], also row by row;
//! - [`BatchAggregate`], which takes columns of a thousand rows.

/// Methods of a [`Connection`], and of one that is borrowed, which gives out no `&mut Connection` to call them on.
macro_rules! of_both {
    ($($methods:tt)*) => {
        impl Connection {
            $($methods)*
        }

        impl BorrowedConnection<'_> {
            $($methods)*
        }
    };
}

mod aggregate;
mod arguments;
mod context;
mod scalar;
#[cfg(test)]
mod tests;

pub use aggregate::{Aggregate, WindowAggregate};
pub use arguments::{ArgumentBatch, ArgumentError, ArgumentType, Bytes, Numbers, Texts, Values};
pub(crate) use arguments::{Column, ColumnValues};
pub use context::{ArgumentTypeError, Context};
pub use scalar::{FunctionFlags, TypedFunction};

use std::sync::Arc;

use crate::callback::registration::Registration;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{self, BorrowedConnection};
use crate::types::ToSql;

/// An aggregate function that takes its arguments as columns, a thousand rows at a time.
///
/// For each group of a query there is a state: [`init`](Self::init) makes it, [`update`](Self::update) gives it rows, and
/// [`finish`](Self::finish) makes a result of it. Rows come in the order in which SQLite has them, up to 1,024 at once; where
/// there are texts or blobs, as many as take a MiB.
///
/// ```
/// use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Connection, Result};
///
/// struct SumOfSquares;
///
/// impl BatchAggregate for SumOfSquares {
///     type State = f64;
///     type Output = f64;
///
///     fn init(&self) -> f64 {
///         0.0
///     }
///
///     fn update(&self, sum: &mut f64, rows: &ArgumentBatch<'_>) -> Result<()> {
///         // NULL is 0 among the values.
///         *sum += rows.reals(0)?.values().iter().map(|x| x * x).sum::<f64>();
///         Ok(())
///     }
///
///     fn finish(&self, sum: f64) -> Result<f64> {
///         Ok(sum)
///     }
/// }
///
/// let mut conn = Connection::open_in_memory()?;
/// conn.create_batch_aggregate("sum_of_squares", &[ArgumentType::Real], SumOfSquares)?;
/// conn.execute_batch("CREATE TABLE t (x REAL); INSERT INTO t VALUES (3), (NULL), (4)")?;
/// let sum: f64 = conn.query_row("SELECT sum_of_squares(x) FROM t", (), |row| row.get(0))?;
/// assert_eq!(sum, 25.0);
/// # Ok::<(), clib::Error>(())
/// ```
///
/// # In SQL
///
/// `DISTINCT`, `FILTER`, `ORDER BY` among the arguments, `GROUP BY` and triggers work as with SQLite's own aggregates. As a
/// window function (with `OVER`) it is refused when the statement is prepared. So is a use in a view, trigger or expression
/// that the schema has stored, unless `PRAGMA trusted_schema` is on. SQLite may take it that the same rows give the same result.
///
/// # Errors and panics
///
/// An error that a method returns is the statement's error, unchanged. A panic ends the statement too, and goes on in the call
/// that ran it, as if there were no C in between; where it happens in a `Drop` while a statement is dropped, in that. With
/// `panic = "abort"` the program ends instead.
///
/// When a statement is dropped before its last row, or fails, groups that have begun are updated and finished as well, and
/// their results are dropped. After an error or panic of the aggregate itself they are only dropped.
///
/// # Using the connection
///
/// A method cannot use the connection that it is called on, as a function cannot
/// ([`create_scalar_function`](crate::Connection::create_scalar_function) says why).
pub trait BatchAggregate: Send + 'static {
    /// What is known of a group's rows.
    type State: Send + 'static;

    /// The result.
    type Output: ToSql;

    /// The state of a group without rows.
    fn init(&self) -> Self::State;

    /// Adds rows to a group: at least one.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn update(&self, state: &mut Self::State, rows: &ArgumentBatch<'_>) -> Result<()>;

    /// The result of a group.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn finish(&self, state: Self::State) -> Result<Self::Output>;
}

of_both! {
    /// Registers an aggregate function, which takes as many arguments as there are types. One of that name with as many arguments
    /// is replaced.
    ///
    /// ```
    /// use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Connection, Result};
    ///
    /// /// The longest text.
    /// struct Longest;
    ///
    /// impl BatchAggregate for Longest {
    ///     type State = Option<String>;
    ///     type Output = Option<String>;
    ///
    ///     fn init(&self) -> Self::State {
    ///         None
    ///     }
    ///
    ///     fn update(&self, longest: &mut Self::State, rows: &ArgumentBatch<'_>) -> Result<()> {
    ///         let here = rows.texts(0)?.iter().flatten().max_by_key(|text| text.len());
    ///         if let Some(text) = here.filter(|text| text.len() > longest.as_ref().map_or(0, String::len)) {
    ///             *longest = Some(text.to_owned());
    ///         }
    ///         Ok(())
    ///     }
    ///
    ///     fn finish(&self, longest: Self::State) -> Result<Self::Output> {
    ///         Ok(longest)
    ///     }
    /// }
    ///
    /// let mut conn = Connection::open_in_memory()?;
    /// conn.create_batch_aggregate("longest", &[ArgumentType::Text], Longest)?;
    /// let sql = "SELECT longest(column1) FROM (VALUES ('a'), ('abc'), (NULL), ('ab'))";
    /// let longest: String = conn.query_row(sql, (), |row| row.get(0))?;
    /// assert_eq!(longest, "abc");
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn create_batch_aggregate<A: BatchAggregate>(
        &mut self,
        name: &str,
        arguments: &[ArgumentType],
        aggregate: A,
    ) -> Result<()> {
        let callbacks = Arc::clone(self.db().callbacks());
        let registration = Registration::batch_aggregate(name, arguments, callbacks, aggregate)?;
        self.db_mut().register_function(registration)
    }

    /// Removes the function of that name with so many arguments, of any kind; nothing where there is none. -1 stands for one that
    /// takes any number. Of a connection that is borrowed it removes the owner's too.
    ///
    /// ```
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.create_typed_function("seven", clib::FunctionFlags::default(), || Ok(7))?;
    /// conn.remove_function("seven", 0)?;
    /// assert!(conn.prepare("SELECT seven()").is_err());
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn remove_function(&mut self, name: &str, n_args: i32) -> Result<()> {
        let name = raw::c_string(name)?;
        // SQLite's own can be removed too.
        self.db().note_functions();
        self.db().remove_function(&name, n_args)
    }
}
