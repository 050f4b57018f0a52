//! Aggregates and window functions that are called for each row.

use std::sync::Arc;

use super::{Context, FunctionFlags};
use crate::callback::registration::Registration;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::BorrowedConnection;
use crate::types::ToSql;

/// An aggregate function, which is called for each row. [`BatchAggregate`](crate::BatchAggregate) takes a thousand at a time, and
/// is faster where they are many.
///
/// For each group of a query there is a state: [`init`](Self::init) makes it, [`step`](Self::step) adds a row, and
/// [`finish`](Self::finish) makes a result of it.
///
/// ```
/// use clib::{Aggregate, Connection, Context, FunctionFlags, Result};
///
/// struct Product;
///
/// impl Aggregate for Product {
///     type State = f64;
///     type Output = f64;
///
///     fn init(&self) -> Result<f64> {
///         Ok(1.0)
///     }
///
///     fn step(&self, product: &mut f64, context: &Context<'_>) -> Result<()> {
///         *product *= context.get::<f64>(0)?;
///         Ok(())
///     }
///
///     fn finish(&self, product: f64) -> Result<f64> {
///         Ok(product)
///     }
/// }
///
/// let mut conn = Connection::open_in_memory()?;
/// conn.create_aggregate_function("product", 1, FunctionFlags::DETERMINISTIC, Product)?;
/// let product: f64 =
///     conn.query_row("SELECT product(column1) FROM (VALUES (2), (3), (4))", (), |row| row.get(0))?;
/// assert_eq!(product, 24.0);
/// # Ok::<(), clib::Error>(())
/// ```
///
/// # Errors and panics
///
/// An error that a method returns is the statement's error, unchanged. A panic ends the statement too, and goes on in the call that
/// ran it; where it happens in a `Drop` while a statement is dropped, in that. After an error or panic no method is called for the
/// group any more; its state is only dropped. When a statement is dropped before its last row, or fails for another reason, groups
/// that have begun are finished, and their results are dropped.
///
/// # Using the connection
///
/// A method cannot use the connection that it is called on, as a function cannot
/// ([`create_scalar_function`](crate::Connection::create_scalar_function) says why).
pub trait Aggregate: Send + 'static {
    /// What is known of a group's rows.
    type State: Send + 'static;

    /// The result.
    type Output: ToSql;

    /// The state of a group without rows.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn init(&self) -> Result<Self::State>;

    /// Adds a row to a group.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn step(&self, state: &mut Self::State, context: &Context<'_>) -> Result<()>;

    /// The result of a group.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn finish(&self, state: Self::State) -> Result<Self::Output>;
}

/// An aggregate that is a window function too (`OVER`): rows leave the window again.
///
/// ```
/// use clib::{Aggregate, Connection, Context, FunctionFlags, Result, WindowAggregate};
///
/// struct Sum;
///
/// impl Aggregate for Sum {
///     type State = i64;
///     type Output = i64;
///
///     fn init(&self) -> Result<i64> {
///         Ok(0)
///     }
///
///     fn step(&self, sum: &mut i64, context: &Context<'_>) -> Result<()> {
///         *sum += context.get::<i64>(0)?;
///         Ok(())
///     }
///
///     fn finish(&self, sum: i64) -> Result<i64> {
///         Ok(sum)
///     }
/// }
///
/// impl WindowAggregate for Sum {
///     fn value(&self, sum: &i64) -> Result<i64> {
///         Ok(*sum)
///     }
///
///     fn inverse(&self, sum: &mut i64, context: &Context<'_>) -> Result<()> {
///         *sum -= context.get::<i64>(0)?;
///         Ok(())
///     }
/// }
///
/// let mut conn = Connection::open_in_memory()?;
/// conn.create_window_function("my_sum", 1, FunctionFlags::DETERMINISTIC, Sum)?;
/// let sql = "SELECT my_sum(column1) OVER (ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3))";
/// let sums: Vec<i64> = conn.prepare(sql)?.query_map((), |row| row.get(0))?.collect::<Result<_>>()?;
/// assert_eq!(sums, [1, 3, 5]);
/// # Ok::<(), clib::Error>(())
/// ```
pub trait WindowAggregate: Aggregate {
    /// The result of the rows that are in the window now.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn value(&self, state: &Self::State) -> Result<Self::Output>;

    /// Takes a row out of the window: the one that was added first of those in it.
    ///
    /// # Errors
    ///
    /// The caller's own, which the statement fails with.
    fn inverse(&self, state: &mut Self::State, context: &Context<'_>) -> Result<()>;
}

of_both! {
    /// Registers an aggregate, which is called for each row: see [`Aggregate`]. `n_args` is how many arguments it takes; -1 means any
    /// number. One of that name with as many arguments is replaced.
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn create_aggregate_function<A: Aggregate>(
        &mut self,
        name: &str,
        n_args: i32,
        flags: FunctionFlags,
        aggregate: A,
    ) -> Result<()> {
        let callbacks = Arc::clone(self.db().callbacks());
        let registration = Registration::aggregate(name, n_args, flags, callbacks, aggregate)?;
        self.db_mut().register_function(registration)
    }

    /// Registers an aggregate that is a window function too: see [`WindowAggregate`].
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_window_function")]
    pub fn create_window_function<A: WindowAggregate>(
        &mut self,
        name: &str,
        n_args: i32,
        flags: FunctionFlags,
        aggregate: A,
    ) -> Result<()> {
        let callbacks = Arc::clone(self.db().callbacks());
        let registration = Registration::window(name, n_args, flags, callbacks, aggregate)?;
        self.db_mut().register_function(registration)
    }
}
