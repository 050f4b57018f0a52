//! Aggregates and window functions that are called for each row: what C calls.
//!
//! A function's user data is as in [`function`](super::function). A group, a box that the aggregate's context points to, is freed
//! in xFinal, which SQLite calls for each context that a step has made: after the last row, or when a statement is reset or
//! finalized in the middle. One call at a time uses a group: user code that comes back to the connection cannot run the
//! statement that the group is of, which is mutably borrowed.

use std::sync::Arc;

use clib_sys::{sqlite3_context, sqlite3_value};
use libc::c_int;

use super::function::{Call, Registered, ended};
use super::registration::{Failure, Registration, set_result};
use super::{Callbacks, contain, kind, run};
use crate::error::Result;
use crate::function::{Aggregate, Context, FunctionFlags, WindowAggregate};
use crate::raw::argument;

impl Registration {
    /// An aggregate.
    pub(crate) fn aggregate<A: Aggregate>(
        name: &str,
        arguments: i32,
        flags: FunctionFlags,
        callbacks: Arc<Callbacks>,
        aggregate: A,
    ) -> Result<Self> {
        Ok(Self {
            step: Some(step::<A>),
            finish: Some(finish::<A>),
            ..Registered::registration(name, arguments, flags, callbacks, aggregate)?
        })
    }

    /// An aggregate that is a window function too.
    pub(crate) fn window<A: WindowAggregate>(
        name: &str,
        arguments: i32,
        flags: FunctionFlags,
        callbacks: Arc<Callbacks>,
        aggregate: A,
    ) -> Result<Self> {
        Ok(Self {
            value: Some(value::<A>),
            inverse: Some(inverse::<A>),
            ..Self::aggregate(name, arguments, flags, callbacks, aggregate)?
        })
    }
}

/// A group that has begun.
struct Group<S> {
    state: S,
    /// Set by an error or panic: no user code runs for the group any more.
    failed: bool,
}

/// Where the context points at its group: null before it has one.
type Place<S> = *mut *mut Group<S>;

/// Runs user code that changes a group, which is made where there is none.
///
/// # Safety
///
/// `context`, `count` and `values` are what SQLite has called a callback of this function with.
unsafe fn change<A: Aggregate>(
    context: *mut sqlite3_context,
    count: c_int,
    values: *mut *mut sqlite3_value,
    f: impl FnOnce(&A, &mut A::State, &Context<'_>) -> Result<()>,
) {
    // SAFETY: the caller's promise.
    let registered = unsafe { Registered::<A>::of(context) };
    let Registered {
        name,
        callbacks,
        function: aggregate,
    } = registered;
    // SAFETY: the caller's promise.
    let place: Place<A::State> =
        unsafe { argument::group_memory(context, size_of::<*mut Group<A::State>>()) }.cast();
    let result = run::<kind::Function>(callbacks, || {
        if place.is_null() {
            return Some(Err(Failure::Memory));
        }
        // SAFETY: memory of a pointer's size, which is null at first.
        let mut group = unsafe { place.read() };
        if group.is_null() {
            let state = match aggregate.init() {
                Ok(state) => state,
                Err(error) => return Some(Err(error.into())),
            };
            group = Box::into_raw(Box::new(Group {
                state,
                failed: false,
            }));
            // SAFETY: as above; `finish` takes it back.
            unsafe { place.write(group) };
        }
        // SAFETY: a box of ours, which nobody else uses during this call, as the module says.
        let group = unsafe { &mut *group };
        if group.failed {
            return None;
        }
        // SAFETY: the caller's promise.
        let call = unsafe { Call::new(name, callbacks, context, count, values) };
        Some(f(aggregate, &mut group.state, &Context::new(call)).map_err(Failure::from))
    });
    // SAFETY: the context of this call.
    if !unsafe { ended(context, callbacks, result) } && !place.is_null() {
        // SAFETY: as above; `init` can have failed.
        let group = unsafe { place.read() };
        if !group.is_null() {
            // SAFETY: a box of ours; user code, which had it, has returned.
            unsafe { (*group).failed = true };
        }
    }
}

/// xStep.
unsafe extern "C" fn step<A: Aggregate>(
    context: *mut sqlite3_context,
    count: c_int,
    values: *mut *mut sqlite3_value,
) {
    // SAFETY: what SQLite has called this with.
    unsafe { change::<A>(context, count, values, A::step) };
}

/// xInverse.
unsafe extern "C" fn inverse<A: WindowAggregate>(
    context: *mut sqlite3_context,
    count: c_int,
    values: *mut *mut sqlite3_value,
) {
    // SAFETY: what SQLite has called this with.
    unsafe { change::<A>(context, count, values, A::inverse) };
}

/// The group of a context; null where no step has made it.
///
/// # Safety
///
/// `context` is of this function.
unsafe fn group_of<A: Aggregate>(
    context: *mut sqlite3_context,
) -> (Place<A::State>, *mut Group<A::State>) {
    // SAFETY: the caller's promise.
    let place: Place<A::State> = unsafe { argument::group_memory(context, 0) }.cast();
    if place.is_null() {
        return (place, std::ptr::null_mut());
    }
    // SAFETY: memory of a pointer's size, made by a step.
    (place, unsafe { place.read() })
}

/// xValue: the result of the rows that are in the window now.
unsafe extern "C" fn value<A: WindowAggregate>(context: *mut sqlite3_context) {
    // SAFETY: SQLite calls this with a context of our function.
    let registered = unsafe { Registered::<A>::of(context) };
    let Registered {
        callbacks,
        function: aggregate,
        ..
    } = registered;
    // SAFETY: as above.
    let (_, group) = unsafe { group_of::<A>(context) };
    let result = run::<kind::Function>(callbacks, || {
        // SAFETY: null, or a box of ours, which nobody else uses during this call, as the module says.
        let result = match unsafe { group.as_mut() } {
            Some(group) if group.failed => return None,
            Some(group) => aggregate.value(&group.state),
            None => aggregate.init().and_then(|state| aggregate.value(&state)),
        };
        // SAFETY: the context of this call.
        Some(unsafe { set_result(context, result) })
    });
    // SAFETY: the context of this call.
    if !unsafe { ended(context, callbacks, result) } && !group.is_null() {
        // SAFETY: a box of ours; user code, which had it, has returned.
        unsafe { (*group).failed = true };
    }
}

/// xFinal: the result of a group, and the end of it.
unsafe extern "C" fn finish<A: Aggregate>(context: *mut sqlite3_context) {
    // SAFETY: SQLite calls this with a context of our function.
    let registered = unsafe { Registered::<A>::of(context) };
    let Registered {
        callbacks,
        function: aggregate,
        ..
    } = registered;
    // SAFETY: as above.
    let (place, group) = unsafe { group_of::<A>(context) };
    let mut owned = None;
    if !group.is_null() {
        // SAFETY: the context's memory, which is there.
        unsafe { place.write(std::ptr::null_mut()) };
        // SAFETY: the box that `change` made, and the only pointer to it, which is gone.
        owned = Some(unsafe { Box::from_raw(group) });
    }
    let callbacks: &Callbacks = callbacks;
    let mut left = None;
    let result = run::<kind::Function>(callbacks, || {
        let state = match owned.take() {
            Some(group) if group.failed => {
                left = Some(group);
                return None;
            }
            Some(group) => Ok(group.state),
            None => aggregate.init(),
        };
        let result = state.and_then(|state| aggregate.finish(state));
        // SAFETY: the context of this call.
        Some(unsafe { set_result(context, result) })
    });
    // Apart from the user code, so that a panic there and one in the state's destructor do not meet.
    contain(callbacks, (), || drop((owned, left)));
    let result = match result {
        Some(Ok(())) if callbacks.has_panicked() => None,
        result => result,
    };
    // SAFETY: the context of this call.
    unsafe { ended(context, callbacks, result) };
}
