//! Batched aggregates: what C calls, and the memory of a group.
//!
//! C owns two things of ours. The function's user data, a box of [`Registered`], is freed by the destructor that is registered
//! with it. A group, a box of [`Group`] that the aggregate's context points to, is freed in xFinal, which SQLite calls for
//! each context that a step has made: after the last row, or when a statement is reset or finalized in the middle.
//!
//! Where there is a kernel its xStep appends the arguments, else [`step`] does; the rest is the same.
//!
//! User code cannot come back to the connection, and so each group is used by one call at a time. Nor can it remove or replace the
//! function meanwhile: that takes `&mut Connection`, and SQLite refuses it while a statement runs.

use std::ptr;
use std::sync::Arc;

use clib_sys::kernel as ffi;
use clib_sys::{sqlite3_context, sqlite3_value};
use libc::{c_int, c_void};

use super::column::{Buffer, Refused};
use super::registration::{Failure, Registration, report, set_result};
use super::{Callbacks, contain, kind, run};
use crate::error::Error;
use crate::function::{ArgumentBatch, ArgumentError, ArgumentType, BatchAggregate};
use crate::raw::{self, argument};
use crate::types::ValueRef;

/// How many rows user code gets at most.
pub(crate) const BATCH_ROWS: usize = 1024;

/// How many bytes of texts and blobs come together before user code gets them.
const BATCH_BYTES: i64 = 1 << 20;

/// How many rows a group has room for, step by step: small groups take little memory.
fn next_room(rows: usize) -> usize {
    match rows {
        0 => 8,
        8 => 64,
        _ => BATCH_ROWS,
    }
}

/// A function's user data.
///
/// # Invariants
///
/// `head` is the first field, where C looks for it.
#[repr(C)]
struct Registered<A> {
    head: ffi::clib_aggregate,
    name: String,
    arguments: Box<[ArgumentType]>,
    callbacks: Arc<Callbacks>,
    aggregate: A,
}

impl Registration {
    /// A batched aggregate.
    pub(crate) fn batch_aggregate<A: BatchAggregate>(
        name: &str,
        arguments: &[ArgumentType],
        callbacks: Arc<Callbacks>,
        aggregate: A,
    ) -> Result<Self, Error> {
        let c_name = raw::c_string(name)?;
        let count = c_int::try_from(arguments.len()).unwrap_or(c_int::MAX);
        let registered = Box::new(Registered {
            head: ffi::clib_aggregate {
                xRoom: Some(room::<A>),
            },
            name: name.to_owned(),
            arguments: arguments.into(),
            callbacks,
            aggregate,
        });
        let step = if fused() {
            ffi::clib_aggregate_step
        } else {
            step::<A>
        };
        Ok(Self {
            flags: clib_sys::SQLITE_UTF8 | clib_sys::SQLITE_DETERMINISTIC,
            step: Some(step),
            finish: Some(finish::<A>),
            ..Self::without_callbacks(
                c_name,
                count,
                Box::into_raw(registered).cast(),
                destroy::<A>,
            )
        })
    }
}

/// The rows of a group that user code has not seen, and its state.
struct Group<S> {
    columns: Vec<Buffer>,
    /// What the kernel is told of the columns, and what it tells.
    described: Vec<ffi::clib_column>,
    state: Option<S>,
    /// Set by an error or panic: no user code runs for the group any more.
    failed: bool,
}

impl<A: BatchAggregate> Registered<A> {
    /// The group of a context, made at its first row.
    ///
    /// # Safety
    ///
    /// `group` is a context of this function.
    unsafe fn group<'g>(&self, group: &'g mut ffi::clib_group) -> &'g mut Group<A::State> {
        if group.owner.is_null() {
            let described = self.arguments.iter().map(|_| empty_column()).collect();
            let new = Box::new(Group::<A::State> {
                columns: self
                    .arguments
                    .iter()
                    .map(|argument| Buffer::new(*argument))
                    .collect(),
                described,
                state: None,
                failed: false,
            });
            group.owner = Box::into_raw(new).cast();
            group.batch.stop_row = -1;
            group.batch.max_bytes = BATCH_BYTES;
            group.batch.column_count = c_int::try_from(self.arguments.len()).unwrap_or(0);
        }
        // SAFETY: made above, now or at an earlier row, with this type by the caller's promise; nobody else uses it, as one call
        // at a time is made for a context.
        unsafe { &mut *group.owner.cast::<Group<A::State>>() }
    }

    /// Gives all complete rows to user code.
    fn update(
        &self,
        group: &mut Group<A::State>,
        batch: &mut ffi::clib_batch,
    ) -> Result<(), Error> {
        let rows = usize::try_from(batch.rows).unwrap_or(0);
        if rows > 0 {
            let columns: Vec<_> = group
                .columns
                .iter()
                .zip(&group.described)
                .map(|(buffer, column)| buffer.view(column, rows))
                .collect();
            let arguments = ArgumentBatch::new(&self.name, rows, &columns);
            let state = group.state.get_or_insert_with(|| self.aggregate.init());
            self.aggregate.update(state, &arguments)?;
        }
        batch.rows = 0;
        batch.bytes = 0;
        for (buffer, column) in group.columns.iter_mut().zip(&mut group.described) {
            buffer.clear();
            column.rows = 0;
            column.bytes = 0;
            column.nulls = 0;
        }
        Ok(())
    }

    /// Does what xRoom is called for.
    fn make_room(
        &self,
        group: &mut Group<A::State>,
        batch: &mut ffi::clib_batch,
        why: c_int,
    ) -> Result<(), Failure> {
        let column = usize::try_from(batch.column).unwrap_or(usize::MAX);
        match why {
            ffi::CLIB_ROOM => {
                let need = usize::try_from(batch.need).unwrap_or(0);
                let buffer = group.columns.get_mut(column).ok_or(Failure::Memory)?;
                buffer.grow_bytes(need).map_err(|_| Failure::Memory)?;
            }
            ffi::CLIB_MISFIT => {
                let length = c_int::try_from(batch.misfit_length).unwrap_or(0);
                // SAFETY: the kernel has just described a value there, which lives at least until this call returns.
                let value = unsafe {
                    argument::misfit(
                        batch.misfit_class,
                        batch.misfit_bits,
                        batch.misfit_data,
                        length,
                    )
                };
                return Err(Failure::Error(self.misfit(column, value)));
            }
            _ => {
                let room = usize::try_from(batch.max_rows).unwrap_or(0);
                let is_full = batch.bytes >= batch.max_bytes || room >= BATCH_ROWS;
                if is_full {
                    self.update(group, batch)?;
                } else {
                    let room = next_room(room);
                    for buffer in &mut group.columns {
                        buffer.grow_rows(room).map_err(|_| Failure::Memory)?;
                    }
                    batch.max_rows = i64::try_from(room).unwrap_or(0);
                }
            }
        }
        for (buffer, column) in group.columns.iter_mut().zip(&mut group.described) {
            buffer.describe(column);
            column.room = batch.max_rows;
        }
        batch.columns = group.described.as_mut_ptr();
        Ok(())
    }

    /// Appends an argument's value, as the kernel does.
    fn push(
        &self,
        group: &mut Group<A::State>,
        batch: &mut ffi::clib_batch,
        index: usize,
        value: ValueRef<'_>,
    ) -> Result<(), Failure> {
        let (Some(buffer), Some(column)) =
            (group.columns.get_mut(index), group.described.get_mut(index))
        else {
            return Err(Failure::Memory);
        };
        let before = column.bytes;
        loop {
            match buffer.push(column, value) {
                Ok(()) => break,
                Err(Refused::Bytes(need)) => {
                    buffer.grow_bytes(need).map_err(|_| Failure::Memory)?;
                }
                Err(Refused::Misfit) => return Err(Failure::Error(self.misfit(index, value))),
            }
        }
        batch.bytes += column.bytes - before;
        Ok(())
    }

    fn misfit(&self, column: usize, value: ValueRef<'_>) -> Error {
        let expected = self
            .arguments
            .get(column)
            .copied()
            .unwrap_or(ArgumentType::Any);
        Error::other(ArgumentError::new(&self.name, column, expected, value))
    }

    /// Runs what may run user code, and tells C how it ended: whether it ended well.
    ///
    /// # Safety
    ///
    /// `context` is the one of the call that C has made.
    unsafe fn run(
        &self,
        context: *mut sqlite3_context,
        group: &mut ffi::clib_group,
        f: impl FnOnce(&mut Group<A::State>, &mut ffi::clib_batch) -> Result<(), Failure>,
    ) -> bool {
        let result = run::<kind::Function>(&self.callbacks, || {
            // Boxed apart from the batch, so that both can be borrowed.
            // SAFETY: the context is this function's.
            let owned: *mut Group<A::State> = unsafe { self.group(group) };
            // SAFETY: live, and used by this call alone.
            let owned = unsafe { &mut *owned };
            if owned.failed {
                return None;
            }
            Some(f(owned, &mut group.batch))
        });
        if matches!(result, Some(Ok(()))) {
            return true;
        }
        let owned = group.owner.cast::<Group<A::State>>();
        if !owned.is_null() {
            // SAFETY: live, and used by this call alone.
            unsafe { (*owned).failed = true };
        }
        // SAFETY: the caller's promise.
        unsafe { report(context, &self.callbacks, result.and_then(Result::err)) };
        false
    }
}

/// The kernel's xRoom.
unsafe extern "C" fn room<A: BatchAggregate>(
    aggregate: *mut ffi::clib_aggregate,
    context: *mut sqlite3_context,
    group: *mut ffi::clib_group,
    why: c_int,
) -> c_int {
    // SAFETY: the function's user data, which begins with what C knows of it, and lives while the function is registered; SQLite
    // does not let it go while a statement runs.
    let registered = unsafe { &*aggregate.cast::<Registered<A>>() };
    // SAFETY: the context of the call, and C waits for this one.
    let group = unsafe { &mut *group };
    // SAFETY: as above.
    let done = unsafe {
        registered.run(context, group, |group, batch| {
            registered.make_room(group, batch, why)
        })
    };
    if done {
        clib_sys::SQLITE_OK
    } else {
        clib_sys::SQLITE_ERROR
    }
}

/// xStep where there is no kernel.
unsafe extern "C" fn step<A: BatchAggregate>(
    context: *mut sqlite3_context,
    count: c_int,
    values: *mut *mut sqlite3_value,
) {
    // SAFETY: SQLite calls this with a context of our function.
    let data = unsafe { argument::user_data(context) };
    // SAFETY: as in `room`.
    let registered = unsafe { &*data.cast::<Registered<A>>() };
    // SAFETY: SQLite calls this with a context of our function.
    let Some(group) = (unsafe { argument::group(context, true) }) else {
        // SAFETY: as above.
        unsafe { argument::fail_for_memory(context) };
        return;
    };
    let take = |group: &mut Group<A::State>, batch: &mut ffi::clib_batch| {
        if batch.rows >= batch.max_rows || batch.bytes >= batch.max_bytes {
            registered.make_room(group, batch, ffi::CLIB_FULL)?;
        }
        for index in 0..usize::try_from(count).unwrap_or(0) {
            // SAFETY: SQLite passes `count` values, which live until this call returns.
            let value = unsafe { argument::value(values, index) }.ok_or(Failure::Memory)?;
            registered.push(group, batch, index, value)?;
        }
        batch.rows += 1;
        Ok(())
    };
    // SAFETY: the context of this call.
    unsafe { registered.run(context, group, take) };
}

/// xFinal: the result of a group, and the end of it.
unsafe extern "C" fn finish<A: BatchAggregate>(context: *mut sqlite3_context) {
    // SAFETY: SQLite calls this with a context of our function.
    let data = unsafe { argument::user_data(context) };
    // SAFETY: as in `room`.
    let registered = unsafe { &*data.cast::<Registered<A>>() };
    let callbacks = &registered.callbacks;
    // SAFETY: as above. Null where no step was made.
    let group = unsafe { argument::group(context, false) };
    let mut owned = None;
    let mut rows = None;
    if let Some(group) = group {
        // SAFETY: a group of ours, which ends here.
        unsafe { ffi::clib_aggregate_end(group) };
        let owner = std::mem::replace(&mut group.owner, ptr::null_mut());
        if !owner.is_null() {
            // SAFETY: the box that `group` made, and the only pointer to it, which is gone.
            owned = Some(unsafe { Box::from_raw(owner.cast::<Group<A::State>>()) });
        }
        rows = Some(&mut group.batch);
    }
    let result = run::<kind::Function>(callbacks, || {
        if owned.as_ref().is_some_and(|group| group.failed) {
            return None;
        }
        let state = match (&mut owned, &mut rows) {
            (Some(group), Some(batch)) => {
                if let Err(error) = registered.update(group, batch) {
                    return Some(Err(Failure::Error(error)));
                }
                group.state.take()
            }
            _ => None,
        };
        let state = state.unwrap_or_else(|| registered.aggregate.init());
        // SAFETY: the context of this call.
        Some(unsafe { set_result(context, registered.aggregate.finish(state)) })
    });
    // Apart from the user code, so that a panic there and one in the state's destructor do not meet.
    contain(callbacks, (), || drop(owned));
    if !matches!(result, Some(Ok(()))) || callbacks.has_panicked() {
        // SAFETY: the context of this call.
        unsafe { report(context, callbacks, result.and_then(Result::err)) };
    }
}

/// The destructor of the function's user data.
unsafe extern "C" fn destroy<A: BatchAggregate>(data: *mut c_void) {
    // SAFETY: the box that was registered with this destructor, which SQLite calls once.
    let registered = unsafe { Box::from_raw(data.cast::<Registered<A>>()) };
    let callbacks = Arc::clone(&registered.callbacks);
    contain(&callbacks, (), || drop(registered));
}

fn empty_column() -> ffi::clib_column {
    ffi::clib_column {
        values: ptr::null_mut(),
        validity: ptr::null_mut(),
        data: ptr::null_mut(),
        rows: 0,
        room: 0,
        bytes: 0,
        bytes_room: 0,
        nulls: 0,
        kind: 0,
        not_null: 0,
        renders: 0,
        non_ascii: 0,
    }
}

/// Whether the kernel's xStep is used.
fn fused() -> bool {
    #[cfg(test)]
    if PORTABLE.get() {
        return false;
    }
    raw::kernel_available()
}

#[cfg(test)]
thread_local! {
    /// Makes what is registered from here on run without the kernel.
    pub(crate) static PORTABLE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}
