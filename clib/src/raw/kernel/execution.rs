//! A statement that is being executed, row by row or by the kernel.

use std::ptr::{self, NonNull};
use std::sync::Arc;

use arrow_buffer::BooleanBuffer;
use clib_sys::kernel as ffi;
use libc::c_int;

use super::keyed::Keyed;
use super::slot;
use super::target::{Target, size};
use crate::error::Result;
use crate::raw::bound::Bound;
use crate::raw::pointer;
use crate::raw::stmt::{Shape, Stmt};
use crate::types::{ValueKind, ValueRef};

/// The execution of a statement: one that is owned, or one that the caller has bound parameters to.
pub(crate) struct Execution<'a> {
    source: Source<'a>,
    /// The kernel's, from [`fuse`](Self::fuse) on.
    reader: Option<Reader>,
}

enum Source<'a> {
    Owned(Stmt<'a>),
    Bound(Bound<'a, 'static>),
    /// Once for each key.
    Keyed(Box<Keyed<'a>>),
}

/// What the kernel knows of a running statement.
///
/// # Invariants
///
/// - The pointer is live and ours to free.
/// - The statement it was made for is the [`Execution`]'s, and has not been reset or stepped from outside since: both end the
///   reader first.
struct Reader(NonNull<ffi::clib_reader>);

impl Drop for Reader {
    fn drop(&mut self) {
        // SAFETY: live and ours, by the type invariant, and used no more. It does not look at the statement.
        unsafe { ffi::clib_reader_free(self.0.as_ptr()) };
    }
}

/// A batch that is being filled.
pub(crate) struct Fill {
    batch: ffi::clib_batch,
    columns: Vec<ffi::clib_column>,
}

/// Why the kernel has come back.
pub(crate) enum Stop<'v> {
    /// The batch has as many rows or bytes as it may have.
    Full,
    /// There are no more rows.
    Done,
    /// All columns need room for so many rows.
    Rows(usize),
    /// A column needs room for so many bytes.
    Bytes(usize, usize),
    /// A column's value for a row does not fit: something is to be appended in its place.
    Misfit(usize, usize, ValueRef<'v>),
}

/// What became of a beginning.
pub(crate) enum Start<'v> {
    Stopped(Stop<'v>),
    /// SQLite has prepared the statement again: the columns may be others. Nothing was filled, the kernel is not in it, and
    /// [`Fill::at_row`] tells whether there is a row.
    Changed,
}

impl Fill {
    /// An empty batch of at most so many rows; the row that reaches `max_bytes` is the last one. `width` is what a row takes besides
    /// its texts and blobs.
    pub(crate) fn new(max_rows: usize, max_bytes: usize, width: usize, at_row: bool) -> Self {
        let long = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        Self {
            batch: ffi::clib_batch {
                columns: ptr::null_mut(),
                column_count: 0,
                at_row: at_row.into(),
                rows: 0,
                max_rows: long(max_rows),
                bytes: 0,
                max_bytes: long(max_bytes),
                width: long(width),
                need: 0,
                column: 0,
                misfit_class: 0,
                misfit_row: 0,
                misfit_bits: 0,
                misfit_data: ptr::null(),
                misfit_length: 0,
                stop_row: -1,
                key_column: -1,
            },
            columns: Vec::new(),
        }
    }

    fn describe(&mut self, targets: &mut [Target<'_>]) {
        self.columns.clear();
        self.columns
            .extend(targets.iter_mut().map(Target::describe));
        let room = self.columns.iter().map(|column| column.room).min();
        for column in &mut self.columns {
            column.room = room.unwrap_or(0);
        }
        self.batch.columns = self.columns.as_mut_ptr();
        // One that is wrong is refused.
        self.batch.column_count = c_int::try_from(targets.len()).unwrap_or(-1);
    }

    /// Takes over what the kernel has written.
    ///
    /// # Safety
    ///
    /// The targets are those of the last [`describe`](Self::describe), and were not touched since.
    unsafe fn commit(&mut self, targets: &mut [Target<'_>]) {
        for (target, column) in targets.iter_mut().zip(&self.columns) {
            // SAFETY: the caller's promise.
            unsafe { target.commit(column) };
        }
        self.batch.columns = ptr::null_mut();
    }

    /// Makes a column reach one row further than the others, where they stop before a row.
    pub(crate) fn with_key(mut self, column: usize) -> Self {
        self.batch.key_column = c_int::try_from(column).unwrap_or(-1);
        self
    }

    /// Rows that are complete.
    pub(crate) fn rows(&self) -> usize {
        size(self.batch.rows)
    }

    /// Whether the statement stands on a row that is in no batch yet.
    pub(crate) fn at_row(&self) -> bool {
        self.batch.at_row != 0
    }

    /// Whether there was a row.
    pub(crate) fn has_begun(&self) -> bool {
        self.batch.rows > 0 || self.at_row() || self.columns.iter().any(|column| column.rows > 0)
    }

    /// Counts bytes that the caller has added.
    pub(crate) fn add_bytes(&mut self, bytes: usize) {
        self.batch.bytes += i64::try_from(bytes).unwrap_or(0);
    }

    /// Rows from that one on are not of interest: the next stops are misfits before it, or [`Stop::Full`].
    pub(crate) fn stop_at(&mut self, row: usize) {
        self.batch.stop_row = i64::try_from(row).unwrap_or(0);
    }
}

impl<'a> Execution<'a> {
    pub(crate) fn of_owned(stmt: Stmt<'a>) -> Self {
        Self {
            source: Source::Owned(stmt),
            reader: None,
        }
    }

    pub(crate) fn of_bound(bound: Bound<'a, 'static>) -> Self {
        Self {
            source: Source::Bound(bound),
            reader: None,
        }
    }

    pub(crate) fn of_keys(keyed: Keyed<'a>) -> Self {
        Self {
            source: Source::Keyed(Box::new(keyed)),
            reader: None,
        }
    }

    #[inline]
    pub(crate) fn stmt(&self) -> &Stmt<'_> {
        match &self.source {
            Source::Owned(stmt) => stmt,
            Source::Bound(bound) => bound.stmt(),
            Source::Keyed(keyed) => keyed.stmt(),
        }
    }

    /// The columns, where they are known before the first step.
    pub(crate) fn known_shape(&self) -> Option<Arc<Shape>> {
        match &self.source {
            // Begun otherwise.
            Source::Keyed(_) => None,
            _ => self.stmt().known_shape(),
        }
    }

    /// One step: whether there is a row. The kernel is out of it from here on.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<bool> {
        self.reader = None;
        match &mut self.source {
            Source::Owned(stmt) => stmt.step(),
            Source::Bound(bound) => bound.step(),
            Source::Keyed(keyed) => keyed.step(),
        }
    }

    pub(crate) fn reset(&mut self) {
        self.reader = None;
        match &mut self.source {
            Source::Owned(stmt) => stmt.reset(),
            Source::Bound(bound) => bound.reset(),
            Source::Keyed(keyed) => keyed.reset(),
        }
    }

    /// Ends the execution, and reports what dropping would swallow.
    pub(crate) fn finish(self) -> Result<()> {
        match self.source {
            Source::Owned(mut stmt) => {
                stmt.reset();
                Ok(())
            }
            Source::Bound(bound) => bound.finish(),
            Source::Keyed(mut keyed) => {
                keyed.reset();
                Ok(())
            }
        }
    }

    /// Gives the rest of the execution to the kernel, after a step to a row. Returns why rows cannot be taken from the b-tree; `None`
    /// where they can.
    pub(crate) fn fuse(&mut self, scan: bool) -> Result<Option<String>> {
        if let Source::Keyed(keyed) = &mut self.source {
            return keyed.fuse(scan);
        }
        let stmt = self.stmt();
        stmt.check_use()?;
        let mut reader = ptr::null_mut();
        // SAFETY: the statement is live by `Stmt`'s invariant, and stands on a row; `reader` is writable.
        let code =
            unsafe { ffi::clib_reader_new(stmt.as_ptr(), c_int::from(scan), &raw mut reader) };
        let Some(pointer) = NonNull::new(reader) else {
            return Err(stmt.failure(code));
        };
        let reader = Reader(pointer);
        // With its end.
        stmt.db().cross(2);
        // SAFETY: live, by the type invariant.
        let obstacle = unsafe { ffi::clib_reader_obstacle(pointer.as_ptr()) };
        // SAFETY: null or a static NUL-terminated string.
        let obstacle = unsafe { pointer::string(obstacle) };
        self.reader = Some(reader);
        Ok(obstacle)
    }

    /// Whether the kernel has the execution.
    pub(crate) fn is_fused(&self) -> bool {
        match &self.source {
            Source::Keyed(keyed) => keyed.is_fused(),
            _ => self.reader.is_some(),
        }
    }

    /// Which rows of the batch that was filled last have a key that is there, where keys are looked up.
    pub(crate) fn take_found(&mut self, rows: usize) -> BooleanBuffer {
        match &mut self.source {
            Source::Keyed(keyed) => keyed.take_found(rows),
            _ => BooleanBuffer::new_set(rows),
        }
    }

    /// Begins the execution and gives it to the kernel, all in one call, which also fills columns as [`fill`](Self::fill) does.
    /// `shape` is what the targets were made for.
    pub(crate) fn start<'v>(
        &'v mut self,
        scan: bool,
        shape: &Shape,
        fill: &mut Fill,
        targets: &mut [Target<'_>],
    ) -> Result<(Start<'v>, Option<String>)> {
        let stmt = self.stmt();
        let _entered = stmt.enter()?;
        let mut reader = ptr::null_mut();
        let mut obstacle = ptr::null();
        fill.describe(targets);
        // SAFETY: the statement is live by `Stmt`'s invariant, and this execution has not begun; the columns are as many as said,
        // and each describes memory that a target borrows for itself until `commit`; the rest is writable.
        let code = unsafe {
            ffi::clib_start(
                stmt.as_ptr(),
                c_int::from(scan),
                shape.reprepares,
                &raw mut reader,
                &raw mut fill.batch,
                &raw mut obstacle,
            )
        };
        // SAFETY: described above, and not touched since.
        unsafe { fill.commit(targets) };
        stmt.stepped(code);
        // SAFETY: null or a static NUL-terminated string.
        let obstacle = unsafe { pointer::string(obstacle) };
        if let Some(reader) = NonNull::new(reader) {
            // Its end is a call too.
            stmt.db().cross(1);
            self.reader = Some(Reader(reader));
        }
        if code == ffi::CLIB_CHANGED {
            return Ok((Start::Changed, obstacle));
        }
        Ok((Start::Stopped(self.stopped(code, fill)?), obstacle))
    }

    /// Fills columns, one target for each of the statement's, until something stops it.
    ///
    /// After [`Stop::Misfit`] the caller has appended something to that column, or has called [`Fill::stop_at`].
    pub(crate) fn fill<'v>(
        &'v mut self,
        fill: &mut Fill,
        targets: &mut [Target<'_>],
    ) -> Result<Stop<'v>> {
        if !self.is_fused() {
            return Ok(Stop::Done);
        }
        let _entered = self.stmt().enter()?;
        self.stmt().db().cross(1);
        fill.describe(targets);
        let code = match (&mut self.source, &self.reader) {
            // SAFETY: the columns are as many as said, and each describes memory that a target borrows for itself until
            // `commit`.
            (Source::Keyed(keyed), _) => unsafe { keyed.read(&mut fill.batch) },
            (_, Some(reader)) => {
                // SAFETY: the reader is live and this execution's, by its invariant; the columns are as above.
                unsafe { ffi::clib_read(reader.0.as_ptr(), &raw mut fill.batch) }
            }
            (_, None) => clib_sys::SQLITE_DONE,
        };
        // SAFETY: described above, and not touched since.
        unsafe { fill.commit(targets) };
        if !matches!(self.source, Source::Keyed(_)) {
            self.stmt().stepped(code);
        }
        self.stopped(code, fill)
    }

    /// What a call of the kernel has ended with.
    fn stopped<'v>(&'v self, code: c_int, fill: &Fill) -> Result<Stop<'v>> {
        let batch = &fill.batch;
        if matches!(code, ffi::CLIB_FULL | ffi::CLIB_ROOM | ffi::CLIB_MISFIT) {
            // A panic of user code, which other codes have seen to.
            self.stmt().resume();
        }
        Ok(match code {
            ffi::CLIB_FULL => Stop::Full,
            clib_sys::SQLITE_DONE => Stop::Done,
            ffi::CLIB_ROOM => match usize::try_from(batch.column) {
                Ok(column) => Stop::Bytes(column, size(batch.need)),
                Err(_) => Stop::Rows(size(batch.need)),
            },
            ffi::CLIB_MISFIT => {
                let length = c_int::try_from(batch.misfit_length).unwrap_or(0);
                // SAFETY: null or readable for `length` bytes, until the statement is used again, which takes `&mut self`.
                let bytes = unsafe { pointer::bytes(batch.misfit_data, length) };
                let class = u32::try_from(batch.misfit_class).unwrap_or(0);
                let value = match slot::kind(class) {
                    ValueKind::Null => ValueRef::Null,
                    ValueKind::Integer => ValueRef::Integer(batch.misfit_bits.cast_signed()),
                    ValueKind::Real => ValueRef::Real(f64::from_bits(batch.misfit_bits)),
                    ValueKind::Text => ValueRef::Text(bytes),
                    ValueKind::Blob => ValueRef::Blob(bytes),
                };
                let column = usize::try_from(batch.column).unwrap_or(0);
                Stop::Misfit(column, size(batch.misfit_row), value)
            }
            code => return Err(self.stmt().failure(code)),
        })
    }
}
