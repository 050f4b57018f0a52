//! Functions on connections that other code owns: an extension's host, for one.

use super::{
    Aggregate, ArgumentType, BatchAggregate, Context, FunctionFlags, TypedFunction, WindowAggregate,
};
use crate::error::Result;
use crate::raw::BorrowedConnection;
use crate::types::ToSql;

impl BorrowedConnection<'_> {
    /// As [`Connection::create_scalar_function`](crate::Connection::create_scalar_function).
    ///
    /// # Errors
    ///
    /// As that; also [`Code::Busy`](crate::Code::Busy) where a function is to be replaced while a statement of the owner's runs.
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn create_scalar_function<F, T>(
        &mut self,
        name: &str,
        n_args: i32,
        flags: FunctionFlags,
        function: F,
    ) -> Result<()>
    where
        F: Fn(&Context<'_>) -> Result<T> + Send + 'static,
        T: ToSql,
    {
        self.conn_mut()
            .create_scalar_function(name, n_args, flags, function)
    }

    /// As [`Connection::create_typed_function`](crate::Connection::create_typed_function).
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn create_typed_function<Args, F>(
        &mut self,
        name: &str,
        flags: FunctionFlags,
        function: F,
    ) -> Result<()>
    where
        F: TypedFunction<Args> + Send + 'static,
    {
        self.conn_mut().create_typed_function(name, flags, function)
    }

    /// As [`Connection::create_aggregate_function`](crate::Connection::create_aggregate_function).
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
        self.conn_mut()
            .create_aggregate_function(name, n_args, flags, aggregate)
    }

    /// As [`Connection::create_window_function`](crate::Connection::create_window_function).
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
        self.conn_mut()
            .create_window_function(name, n_args, flags, aggregate)
    }

    /// As [`Connection::create_batch_aggregate`](crate::Connection::create_batch_aggregate).
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
        self.conn_mut()
            .create_batch_aggregate(name, arguments, aggregate)
    }

    /// As [`Connection::remove_function`](crate::Connection::remove_function). It removes the owner's too.
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function).
    #[doc(alias = "sqlite3_create_function_v2")]
    pub fn remove_function(&mut self, name: &str, n_args: i32) -> Result<()> {
        self.conn_mut().remove_function(name, n_args)
    }
}
