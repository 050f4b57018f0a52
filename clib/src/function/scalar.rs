//! Functions that are called for each row, with closures: of the raw call, or of typed arguments.

use std::sync::Arc;

use bitflags::bitflags;

use super::Context;
use crate::callback::registration::Registration;
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{BorrowedConnection, ffi};
use crate::types::{FromSqlOwned, ToSql};

bitflags! {
    /// What SQLite may take for granted of a function, and where it may be used.
    ///
    /// Without flags a function may be used in statements only, and not in what a schema has stored: views, triggers, indexes,
    /// generated columns, and constraints, which whoever has written the file has chosen. And SQLite calls it each time anew.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FunctionFlags: i32 {
        /// The same arguments always give the same result, so that SQLite may call it less often. Indexes and generated columns need
        /// it.
        const DETERMINISTIC = ffi::SQLITE_DETERMINISTIC;
        /// It has no side effects, and tells of nothing but its arguments: it may be used everywhere, also by schemas that are
        /// not trusted.
        const INNOCUOUS = ffi::SQLITE_INNOCUOUS;
        /// It may be used by schemas that are trusted (`PRAGMA trusted_schema`). This is SQLite's own default.
        const IN_SCHEMA = 1 << 30;
    }
}

impl FunctionFlags {
    /// SQLite's flags.
    pub(crate) fn for_sqlite(self) -> i32 {
        let mut flags = (self & (Self::DETERMINISTIC | Self::INNOCUOUS)).bits();
        if !self.intersects(Self::INNOCUOUS | Self::IN_SCHEMA) {
            flags |= ffi::SQLITE_DIRECTONLY;
        }
        flags
    }
}

of_both! {
    /// Registers a function, which is called for each row. `n_args` is how many arguments it takes; -1 means any number. One of
    /// that name with as many arguments is replaced.
    ///
    /// An error that the closure returns is the statement's error, unchanged. A panic ends the statement too, and goes on in the
    /// call that ran it, as if there were no C in between; with `panic = "abort"` the program ends instead.
    ///
    /// The closure cannot use the connection that it is called on: where it reaches it, through a thread-local for example, that is
    /// [`Error::InCallback`](crate::Error::InCallback). SQLite allows it, but the statement that calls the function may have
    /// pointers into a schema that is replaced then. What has to be looked up is passed as an argument (`f(a, (SELECT ...))`), or read
    /// over another connection.
    ///
    /// [`create_typed_function`](Self::create_typed_function) takes a closure of typed arguments.
    ///
    /// ```
    /// use clib::FunctionFlags;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.create_scalar_function("longest", -1, FunctionFlags::DETERMINISTIC, |context| {
    ///     let mut longest = None;
    ///     for index in 0..context.len() {
    ///         longest = longest.max(Some(context.get::<&str>(index)?.len()));
    ///     }
    ///     Ok(longest)
    /// })?;
    /// let row: (u32, Option<u32>) = conn.query_row(
    ///     "SELECT longest('a', 'abc', ''), longest()",
    ///     (),
    ///     |row| Ok((row.get(0)?, row.get(1)?)),
    /// )?;
    /// assert_eq!(row, (3, None));
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name with a NUL inside, or of more than 255 bytes; more arguments than SQLite allows; [`Code::Busy`](crate::Code::Busy) where a
    /// function is to be replaced or removed while a statement runs: the owner's of a connection that is borrowed, else one that was leaked.
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
        let callbacks = Arc::clone(self.db().callbacks());
        let registration = Registration::scalar(name, n_args, flags, callbacks, function)?;
        self.db_mut().register_function(registration)
    }

    /// As [`create_scalar_function`](Self::create_scalar_function), with a closure of up to eight arguments that own what they
    /// hold.
    ///
    /// ```
    /// use clib::FunctionFlags;
    ///
    /// # let mut conn = clib::Connection::open_in_memory()?;
    /// conn.create_typed_function("repeat", FunctionFlags::DETERMINISTIC, |text: String, times: u32| {
    ///     Ok(text.repeat(times as usize))
    /// })?;
    /// let text: String = conn.query_row("SELECT repeat('ab', 3)", (), |row| row.get(0))?;
    /// assert_eq!(text, "ababab");
    /// let error = conn.query_row("SELECT repeat('ab', 'three')", (), |_| Ok(())).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "cannot read argument 2 of repeat() (TEXT) as u32: expected INTEGER, found TEXT"
    /// );
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`create_scalar_function`](Self::create_scalar_function); an argument of another type is one of the statement,
    /// [`Error::Argument`](crate::Error::Argument).
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
        self.create_scalar_function(name, F::ARGUMENTS, flags, move |context| {
            function.call(context)
        })
    }
}

/// A closure of typed arguments, for [`Connection::create_typed_function`]. It is implemented for those that return a
/// [`Result`].
pub trait TypedFunction<Args>: sealed::Sealed<Args> {
    /// How many arguments it has.
    const ARGUMENTS: i32;

    /// What it returns.
    type Output: ToSql;

    /// Calls it.
    ///
    /// # Errors
    ///
    /// An argument of another type, and the closure's own.
    fn call(&self, context: &Context<'_>) -> Result<Self::Output>;
}

mod sealed {
    pub trait Sealed<Args> {}
}

macro_rules! typed {
    ($count:literal $($argument:ident $index:literal)*) => {
        impl<Function, Output, $($argument),*> sealed::Sealed<($($argument,)*)> for Function
        where
            Function: Fn($($argument),*) -> Result<Output>,
        {
        }

        impl<Function, Output, $($argument),*> TypedFunction<($($argument,)*)> for Function
        where
            Function: Fn($($argument),*) -> Result<Output>,
            Output: ToSql,
            $($argument: FromSqlOwned,)*
        {
            const ARGUMENTS: i32 = $count;

            type Output = Output;

            fn call(&self, _context: &Context<'_>) -> Result<Output> {
                self($(_context.get::<$argument>($index)?),*)
            }
        }
    };
}

typed!(0);
typed!(1 A 0);
typed!(2 A 0 B 1);
typed!(3 A 0 B 1 C 2);
typed!(4 A 0 B 1 C 2 D 3);
typed!(5 A 0 B 1 C 2 D 3 E 4);
typed!(6 A 0 B 1 C 2 D 3 E 4 F 5);
typed!(7 A 0 B 1 C 2 D 3 E 4 F 5 G 6);
typed!(8 A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7);
