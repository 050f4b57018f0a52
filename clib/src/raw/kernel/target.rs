//! Vectors that the kernel appends to.

use clib_sys::kernel as ffi;

use super::Slot;
use crate::raw::memory::Elements;

/// The buffers of one column, which grow with each row.
///
/// What is written goes behind what is there, within the vectors' capacities.
pub(crate) struct Target<'a> {
    pub(crate) buffers: Buffers<'a>,
    /// Whether NULL is a misfit.
    pub(crate) not_null: bool,
    /// Whether a number in a column of bytes takes bytes of the batch, as the caller renders it.
    pub(crate) renders: bool,
}

pub(crate) enum Buffers<'a> {
    Int64(&'a mut Elements<i64>, Nulls<'a>),
    Float64(&'a mut Elements<f64>, Nulls<'a>),
    /// Offsets, of which there is one more than rows, the bytes, and whether one of them is not ASCII.
    Text(
        &'a mut Elements<i32>,
        &'a mut Elements<u8>,
        &'a mut bool,
        Nulls<'a>,
    ),
    Blob(&'a mut Elements<i32>, &'a mut Elements<u8>, Nulls<'a>),
    Mixed(&'a mut Elements<Slot>, &'a mut Elements<u8>),
}

/// A bitmap with a bit, that is set, for every row to come, and the count of bits that are not.
pub(crate) struct Nulls<'a> {
    pub(crate) bits: &'a mut [u8],
    pub(crate) count: &'a mut usize,
}

impl Target<'_> {
    /// What the kernel gets to see: pointers into the vectors, valid until they are next touched.
    pub(super) fn describe(&mut self) -> ffi::clib_column {
        let mut column = ffi::clib_column {
            values: std::ptr::null_mut(),
            validity: std::ptr::null_mut(),
            data: std::ptr::null_mut(),
            rows: 0,
            room: 0,
            bytes: 0,
            bytes_room: 0,
            nulls: 0,
            kind: 0,
            not_null: self.not_null.into(),
            renders: self.renders.into(),
            non_ascii: 0,
        };
        let kind = match &mut self.buffers {
            Buffers::Int64(values, nulls) => {
                column.values = values.as_mut_ptr().cast();
                column.rows = long(values.len());
                column.room = nulls.room(values.capacity());
                nulls.describe(&mut column);
                ffi::CLIB_INT64
            }
            Buffers::Float64(values, nulls) => {
                column.values = values.as_mut_ptr().cast();
                column.rows = long(values.len());
                column.room = nulls.room(values.capacity());
                nulls.describe(&mut column);
                ffi::CLIB_FLOAT64
            }
            Buffers::Text(offsets, data, non_ascii, nulls) => {
                column.non_ascii = (**non_ascii).into();
                bytes(&mut column, offsets, data, nulls);
                ffi::CLIB_TEXT
            }
            Buffers::Blob(offsets, data, nulls) => {
                bytes(&mut column, offsets, data, nulls);
                ffi::CLIB_BLOB
            }
            Buffers::Mixed(slots, data) => {
                column.values = slots.as_mut_ptr().cast();
                column.rows = long(slots.len());
                column.room = long(slots.capacity());
                column.data = data.as_mut_ptr();
                column.bytes = long(data.len());
                column.bytes_room = data_room(data);
                ffi::CLIB_MIXED
            }
        };
        column.kind = u8::try_from(kind).unwrap_or(u8::MAX);
        column
    }

    /// Takes over what the kernel has written.
    ///
    /// # Safety
    ///
    /// `column` is what [`describe`](Self::describe) made of this target, after a call of the kernel, and the vectors were not touched
    /// in between.
    pub(super) unsafe fn commit(&mut self, column: &ffi::clib_column) {
        let rows = size(column.rows);
        match &mut self.buffers {
            Buffers::Int64(values, nulls) => {
                // SAFETY: the kernel has written all values up to `rows`, which is within the capacity it was told.
                unsafe { values.set_len(rows) };
                *nulls.count = size(column.nulls);
            }
            Buffers::Float64(values, nulls) => {
                // SAFETY: as above.
                unsafe { values.set_len(rows) };
                *nulls.count = size(column.nulls);
            }
            Buffers::Text(offsets, data, non_ascii, nulls) => {
                // SAFETY: as above; there is one offset more than rows.
                unsafe { offsets.set_len(rows + 1) };
                // SAFETY: the kernel has written that many bytes, within the capacity it was told.
                unsafe { data.set_len(size(column.bytes)) };
                **non_ascii = column.non_ascii != 0;
                *nulls.count = size(column.nulls);
            }
            Buffers::Blob(offsets, data, nulls) => {
                // SAFETY: as above; there is one offset more than rows.
                unsafe { offsets.set_len(rows + 1) };
                // SAFETY: the kernel has written that many bytes, within the capacity it was told.
                unsafe { data.set_len(size(column.bytes)) };
                *nulls.count = size(column.nulls);
            }
            Buffers::Mixed(slots, data) => {
                // SAFETY: as above.
                unsafe { slots.set_len(rows) };
                // SAFETY: as above.
                unsafe { data.set_len(size(column.bytes)) };
            }
        }
    }
}

impl Nulls<'_> {
    /// How many rows both the bitmap and a vector of that capacity have room for.
    fn room(&self, capacity: usize) -> i64 {
        long(capacity.min(self.bits.len() * 8))
    }

    fn describe(&mut self, column: &mut ffi::clib_column) {
        column.validity = self.bits.as_mut_ptr();
        column.nulls = long(*self.count);
    }
}

fn bytes(
    column: &mut ffi::clib_column,
    offsets: &mut Elements<i32>,
    data: &mut Elements<u8>,
    nulls: &mut Nulls<'_>,
) {
    if offsets.is_empty() {
        // Where the first value begins.
        offsets.push(0);
    }
    column.values = offsets.as_mut_ptr().cast();
    column.rows = long(offsets.len() - 1);
    column.room = nulls.room(offsets.capacity() - 1);
    column.data = data.as_mut_ptr();
    column.bytes = long(data.len());
    column.bytes_room = data_room(data);
    nulls.describe(column);
}

fn data_room(data: &Elements<u8>) -> i64 {
    long(data.capacity().min(i32::MAX as usize))
}

/// Vectors have at most `isize::MAX` elements.
fn long(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub(super) fn size(long: i64) -> usize {
    usize::try_from(long).unwrap_or(0)
}
