//! The memory that arguments of a batched aggregate come together in, before user code sees them.

use std::collections::TryReserveError;

use clib_sys::kernel as ffi;
use libc::{c_uchar, c_void};

use crate::function::{ArgumentType, Column, ColumnValues};
use crate::types::ValueRef;

/// The column of one argument. Each vector has its full length, of which a part is in use.
pub(super) struct Buffer {
    values: Values,
    /// A bit for each row: 0 where the argument is NULL. Not kept for [`ArgumentType::Any`].
    validity: Vec<u8>,
    data: Vec<u8>,
}

enum Values {
    Integers(Vec<i64>),
    Reals(Vec<f64>),
    Texts(Vec<i32>),
    Blobs(Vec<i32>),
    Any(Vec<ffi::clib_slot>),
}

/// Why a value was not appended.
pub(super) enum Refused {
    /// So many bytes of data are needed.
    Bytes(usize),
    /// It does not fit the type.
    Misfit,
}

impl Buffer {
    pub(super) fn new(argument: ArgumentType) -> Self {
        Self {
            values: match argument {
                ArgumentType::Integer => Values::Integers(Vec::new()),
                ArgumentType::Real => Values::Reals(Vec::new()),
                ArgumentType::Text => Values::Texts(Vec::new()),
                ArgumentType::Blob => Values::Blobs(Vec::new()),
                ArgumentType::Any => Values::Any(Vec::new()),
            },
            validity: Vec::new(),
            data: Vec::new(),
        }
    }

    /// Makes room for so many rows; those that are there stay.
    pub(super) fn grow_rows(&mut self, rows: usize) -> Result<(), TryReserveError> {
        match &mut self.values {
            Values::Integers(values) => resize(values, rows, 0)?,
            Values::Reals(values) => resize(values, rows, 0.0)?,
            Values::Texts(offsets) | Values::Blobs(offsets) => resize(offsets, rows + 1, 0)?,
            Values::Any(slots) => {
                slots.try_reserve_exact(rows.saturating_sub(slots.len()))?;
                slots.resize_with(rows, null_slot);
            }
        }
        resize(&mut self.validity, rows.div_ceil(8), 0xff)
    }

    /// Makes room for so many bytes of texts and blobs.
    pub(super) fn grow_bytes(&mut self, bytes: usize) -> Result<(), TryReserveError> {
        let bytes = bytes.max(self.data.len().saturating_mul(2)).max(256);
        resize(&mut self.data, bytes, 0)
    }

    /// Starts anew.
    pub(super) fn clear(&mut self) {
        self.validity.fill(0xff);
    }

    /// The memory, as the kernel is told of it. Good until the buffer is used again.
    pub(super) fn describe(&mut self, column: &mut ffi::clib_column) {
        let (kind, values): (i32, *mut c_void) = match &mut self.values {
            Values::Integers(values) => (ffi::CLIB_INT64, values.as_mut_ptr().cast()),
            Values::Reals(values) => (ffi::CLIB_FLOAT64, values.as_mut_ptr().cast()),
            Values::Texts(offsets) => (ffi::CLIB_TEXT, offsets.as_mut_ptr().cast()),
            Values::Blobs(offsets) => (ffi::CLIB_BLOB, offsets.as_mut_ptr().cast()),
            Values::Any(slots) => (ffi::CLIB_MIXED, slots.as_mut_ptr().cast()),
        };
        column.kind = c_uchar::try_from(kind).unwrap_or_default();
        column.values = values;
        column.validity = self.validity.as_mut_ptr();
        column.data = self.data.as_mut_ptr();
        column.bytes_room = i64::try_from(self.data.len())
            .unwrap_or(0)
            .min(i64::from(i32::MAX));
    }

    /// What user code sees of it.
    pub(super) fn view(&self, column: &ffi::clib_column, rows: usize) -> Column<'_> {
        let bytes = usize::try_from(column.bytes).unwrap_or(0);
        let data = self.data.get(..bytes).unwrap_or_default();
        let values = match &self.values {
            Values::Integers(values) => {
                ColumnValues::Integers(values.get(..rows).unwrap_or_default())
            }
            Values::Reals(values) => ColumnValues::Reals(values.get(..rows).unwrap_or_default()),
            Values::Texts(offsets) => {
                ColumnValues::Texts(offsets.get(..=rows).unwrap_or_default(), data)
            }
            Values::Blobs(offsets) => {
                ColumnValues::Blobs(offsets.get(..=rows).unwrap_or_default(), data)
            }
            Values::Any(slots) => ColumnValues::Any(slots.get(..rows).unwrap_or_default(), data),
        };
        Column {
            values,
            validity: &self.validity,
            nulls: usize::try_from(column.nulls).unwrap_or(0),
        }
    }

    /// Appends a value to the column, as the kernel does.
    pub(super) fn push(
        &mut self,
        column: &mut ffi::clib_column,
        value: ValueRef<'_>,
    ) -> Result<(), Refused> {
        let row = usize::try_from(column.rows).unwrap_or(0);
        let start = usize::try_from(column.bytes).unwrap_or(0);
        let bytes = match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            _ => &[],
        };
        let end = start + bytes.len();
        let is_null = matches!(value, ValueRef::Null);
        match (&mut self.values, value) {
            (Values::Integers(values), ValueRef::Integer(value)) => set(values, row, value),
            (Values::Integers(values), ValueRef::Null) => set(values, row, 0),
            (Values::Reals(values), ValueRef::Real(value)) => set(values, row, value),
            (Values::Reals(values), ValueRef::Null) => set(values, row, 0.0),
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
            (Values::Reals(values), ValueRef::Integer(value))
                if value.unsigned_abs() <= 1 << 53 =>
            {
                set(values, row, value as f64);
            }
            (Values::Texts(offsets), ValueRef::Text(_) | ValueRef::Null)
            | (Values::Blobs(offsets), ValueRef::Blob(_) | ValueRef::Null) => {
                let Ok(offset) = i32::try_from(end) else {
                    return Err(Refused::Misfit);
                };
                self.data
                    .get_mut(start..end)
                    .ok_or(Refused::Bytes(end))?
                    .copy_from_slice(bytes);
                set(offsets, row + 1, offset);
            }
            (Values::Any(slots), value) => {
                if i32::try_from(end).is_err() {
                    return Err(Refused::Misfit);
                }
                self.data
                    .get_mut(start..end)
                    .ok_or(Refused::Bytes(end))?
                    .copy_from_slice(bytes);
                let (kind, bits) = match value {
                    ValueRef::Null => (ffi::CLIB_CLASS_NULL, 0),
                    ValueRef::Integer(value) => (ffi::CLIB_CLASS_INTEGER, value.cast_unsigned()),
                    ValueRef::Real(value) => (ffi::CLIB_CLASS_REAL, value.to_bits()),
                    ValueRef::Text(_) => (ffi::CLIB_CLASS_TEXT, start as u64),
                    ValueRef::Blob(_) => (ffi::CLIB_CLASS_BLOB, start as u64),
                };
                let slot = ffi::clib_slot {
                    bits,
                    length: u32::try_from(bytes.len()).unwrap_or(0),
                    kind: kind.cast_unsigned(),
                };
                if let Some(place) = slots.get_mut(row) {
                    *place = slot;
                }
            }
            _ => return Err(Refused::Misfit),
        }
        if is_null {
            column.nulls += 1;
            if let Some(byte) = self.validity.get_mut(row / 8) {
                *byte &= !(1 << (row % 8));
            }
        }
        column.rows += 1;
        column.bytes = i64::try_from(end).unwrap_or(0);
        Ok(())
    }
}

fn resize<T: Copy>(values: &mut Vec<T>, length: usize, fill: T) -> Result<(), TryReserveError> {
    values.try_reserve_exact(length.saturating_sub(values.len()))?;
    values.resize(length.max(values.len()), fill);
    Ok(())
}

fn set<T>(values: &mut [T], at: usize, value: T) {
    if let Some(place) = values.get_mut(at) {
        *place = value;
    }
}

fn null_slot() -> ffi::clib_slot {
    ffi::clib_slot {
        bits: 0,
        length: 0,
        kind: 0,
    }
}
