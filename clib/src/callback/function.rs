//! Functions that are called for each row: what C calls, and what user code sees of a call.
//!
//! C owns a function's user data, a box of [`Registered`], and frees it by the destructor that is registered with it. It does so
//! when the function is replaced or removed, or the connection closed; each of these takes `&mut Connection`, and SQLite refuses
//! the first two while a statement runs. So the box outlives every call.
//!
//! Functions are called by `&self`, and none before another one of the connection has returned: its body cannot use the connection.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use clib_sys::{sqlite3_context, sqlite3_value};
use libc::{c_int, c_void};

use super::registration::{Failure, Registration, report, set_result};
use super::{Callbacks, contain, kind, run};
use crate::error::{Error, Result};
use crate::function::{Context, FunctionFlags};
use crate::raw::{self, argument};
use crate::types::{ToSql, ValueRef};

/// A call of a function.
///
/// # Invariants
///
/// `context` and the `count` values at `values` are those of a call that C has made, and that does not return during `'a`.
pub(crate) struct Call<'a> {
    context: *mut sqlite3_context,
    values: *mut *mut sqlite3_value,
    count: usize,
    name: &'a str,
    callbacks: &'a Arc<Callbacks>,
    call: PhantomData<&'a ()>,
}

impl<'a> Call<'a> {
    /// # Safety
    ///
    /// The type's invariants.
    #[inline]
    pub(super) unsafe fn new(
        name: &'a str,
        callbacks: &'a Arc<Callbacks>,
        context: *mut sqlite3_context,
        count: c_int,
        values: *mut *mut sqlite3_value,
    ) -> Self {
        Self {
            context,
            values,
            count: usize::try_from(count).unwrap_or(0),
            name,
            callbacks,
            call: PhantomData,
        }
    }

    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// An argument; `None` where there is no such one, or memory is short.
    #[inline(always)] // Passed through memory, the value's parts cost as much as fetching it.
    pub(crate) fn value(&self, index: usize) -> Option<ValueRef<'_>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: there are more values, which live until the call returns, by the type invariant. They are not converted: a text
        // is asked for as a text, a blob as a blob.
        unsafe { argument::value(self.values, index) }
    }

    /// What was kept with an argument, where it is of that type.
    pub(crate) fn auxiliary<T: Any + Send + Sync>(&self, index: usize) -> Option<Arc<T>> {
        let index = self.argument(index)?;
        // SAFETY: the call's context, by the type invariant.
        let data = unsafe { argument::auxiliary(self.context, index) };
        // SAFETY: null, or what `set_auxiliary` has kept for this function in this statement, which lives until SQLite is called
        // again.
        let auxiliary = unsafe { data.cast::<Auxiliary>().as_ref() }?;
        Arc::clone(&auxiliary.value).downcast().ok()
    }

    /// Keeps a value with an argument.
    pub(crate) fn set_auxiliary<T: Any + Send + Sync>(&self, index: usize, value: Arc<T>) {
        let Some(index) = self.argument(index) else {
            return;
        };
        let auxiliary = Box::new(Auxiliary {
            value,
            callbacks: Arc::clone(self.callbacks),
        });
        let data = Box::into_raw(auxiliary).cast();
        // SAFETY: the call's context, by the type invariant; a box that the destructor frees.
        unsafe { argument::set_auxiliary(self.context, index, data, destroy_auxiliary) };
    }

    fn argument(&self, index: usize) -> Option<c_int> {
        c_int::try_from(index).ok().filter(|_| index < self.count)
    }
}

/// What is kept with an argument. C owns it.
struct Auxiliary {
    value: Arc<dyn Any + Send + Sync>,
    callbacks: Arc<Callbacks>,
}

unsafe extern "C" fn destroy_auxiliary(data: *mut c_void) {
    // SAFETY: the box that was kept with this destructor, which SQLite calls once.
    let auxiliary = unsafe { Box::from_raw(data.cast::<Auxiliary>()) };
    let callbacks = Arc::clone(&auxiliary.callbacks);
    contain(&callbacks, (), || drop(auxiliary));
}

/// A function's user data.
pub(super) struct Registered<F> {
    pub(super) name: String,
    pub(super) callbacks: Arc<Callbacks>,
    pub(super) function: F,
}

impl<F> Registered<F> {
    /// A registration of it that calls nothing yet.
    pub(super) fn registration(
        name: &str,
        arguments: i32,
        flags: FunctionFlags,
        callbacks: Arc<Callbacks>,
        function: F,
    ) -> Result<Registration> {
        if arguments < -1 {
            return Err(Error::other(format!(
                "{name}() cannot have {arguments} arguments; -1 stands for any number"
            )));
        }
        let c_name = raw::c_string(name)?;
        let registered = Box::new(Self {
            name: name.to_owned(),
            callbacks,
            function,
        });
        Ok(Registration {
            flags: clib_sys::SQLITE_UTF8 | flags.for_sqlite(),
            ..Registration::without_callbacks(
                c_name,
                arguments,
                Box::into_raw(registered).cast(),
                destroy::<F>,
            )
        })
    }

    /// The user data of the function that a call is of.
    ///
    /// # Safety
    ///
    /// `context` is that of a call of this function, which does not return during `'a`.
    #[inline]
    pub(super) unsafe fn of<'a>(context: *mut sqlite3_context) -> &'a Self {
        // SAFETY: the caller's promise.
        let data = unsafe { argument::user_data(context) };
        // SAFETY: the box of the registration, which outlives every call, as the module says.
        unsafe { &*data.cast::<Self>() }
    }
}

/// The destructor of the function's user data.
unsafe extern "C" fn destroy<F>(data: *mut c_void) {
    // SAFETY: the box that was registered with this destructor, which SQLite calls once.
    let registered = unsafe { Box::from_raw(data.cast::<Registered<F>>()) };
    let callbacks = Arc::clone(&registered.callbacks);
    contain(&callbacks, (), || drop(registered));
}

impl Registration {
    /// A scalar function.
    pub(crate) fn scalar<F, T>(
        name: &str,
        arguments: i32,
        flags: FunctionFlags,
        callbacks: Arc<Callbacks>,
        function: F,
    ) -> Result<Self>
    where
        F: Fn(&Context<'_>) -> Result<T> + Send + 'static,
        T: ToSql,
    {
        Ok(Self {
            call: Some(call::<F, T>),
            ..Registered::registration(name, arguments, flags, callbacks, function)?
        })
    }
}

/// xFunc.
unsafe extern "C" fn call<F, T>(
    context: *mut sqlite3_context,
    count: c_int,
    values: *mut *mut sqlite3_value,
) where
    F: Fn(&Context<'_>) -> Result<T> + Send + 'static,
    T: ToSql,
{
    // SAFETY: SQLite calls this with a context of our function.
    let registered = unsafe { Registered::<F>::of(context) };
    let Registered {
        name, callbacks, ..
    } = registered;
    let result = run::<kind::Function>(callbacks, || {
        // SAFETY: what SQLite has called this with.
        let call = unsafe { Call::new(name, callbacks, context, count, values) };
        let result = (registered.function)(&Context::new(call));
        // SAFETY: the context of this call.
        Some(unsafe { set_result(context, result) })
    });
    // SAFETY: the context of this call.
    unsafe { ended(context, callbacks, result) };
}

/// Tells C where a call has failed; whether it has not.
///
/// # Safety
///
/// `context` is the one of the call that C has made.
#[inline]
pub(super) unsafe fn ended(
    context: *mut sqlite3_context,
    callbacks: &Callbacks,
    result: Option<Result<(), Failure>>,
) -> bool {
    if matches!(result, Some(Ok(()))) {
        return true;
    }
    // SAFETY: the caller's promise.
    unsafe { report(context, callbacks, result.and_then(Result::err)) };
    false
}
