//! Columns whose values all have the same width.

use arrow_array::{ArrayRef, make_array};
use arrow_buffer::{ArrowNativeType, BooleanBufferBuilder, Buffer, NullBuffer, NullBufferBuilder};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType};

use super::validity::Validity;
use crate::raw::{Elements, Memory, Place, into_buffer};

/// Values of a native type, in Arrow's layout.
pub(crate) struct Fixed<N> {
    pub(crate) values: Elements<N>,
    pub(crate) validity: Validity,
}

impl<N: ArrowNativeType> Fixed<N> {
    pub(crate) fn with_capacity(rows: usize, memory: &mut Memory) -> Self {
        let place = memory.place(rows.saturating_mul(size_of::<N>()));
        Self {
            values: Elements::with_capacity_in(rows, place),
            validity: Validity::default(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: N) {
        self.values.push(value);
    }

    #[inline]
    pub(crate) fn push_null(&mut self) {
        self.validity.clear(self.values.len());
        self.values.push(N::default());
    }

    /// The column, as any type that stores its values so.
    pub(crate) fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let values = fitted(&mut self.values);
        let nulls = self.validity.finish(values.len());
        array(data_type, values.len(), into_buffer(values), nulls)
    }
}

/// Booleans, one bit each.
pub(crate) struct Bits {
    values: BooleanBufferBuilder,
    nulls: NullBufferBuilder,
}

impl Bits {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            values: BooleanBufferBuilder::new(rows),
            nulls: NullBufferBuilder::new(rows),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: bool) {
        self.values.append(value);
        self.nulls.append_non_null();
    }

    #[inline]
    pub(crate) fn push_null(&mut self) {
        self.values.append(false);
        self.nulls.append_null();
    }

    pub(crate) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let values = self.values.finish();
        array(
            &DataType::Boolean,
            values.len(),
            values.into_inner(),
            self.nulls.finish(),
        )
    }
}

/// Blobs of one length.
pub(crate) struct FixedBytes {
    length: usize,
    rows: usize,
    values: Elements<u8>,
    nulls: NullBufferBuilder,
}

impl FixedBytes {
    pub(crate) fn with_capacity(length: usize, rows: usize, memory: &mut Memory) -> Self {
        let bytes = length.saturating_mul(rows);
        Self {
            length,
            rows: 0,
            values: Elements::with_capacity_in(bytes, memory.place(bytes)),
            nulls: NullBufferBuilder::new(rows),
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Appends a value; `false` where it has another length.
    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) -> bool {
        if value.len() != self.length {
            return false;
        }
        self.values.extend_from_slice(value);
        self.nulls.append_non_null();
        self.rows += 1;
        true
    }

    #[inline]
    pub(crate) fn push_null(&mut self) {
        self.values.resize(self.values.len() + self.length, 0);
        self.nulls.append_null();
        self.rows += 1;
    }

    pub(crate) fn finish(&mut self, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
        let values = fitted(&mut self.values);
        array(
            data_type,
            std::mem::take(&mut self.rows),
            into_buffer(values),
            self.nulls.finish(),
        )
    }
}

/// Takes a buffer, without much room that nobody will use: a last batch is often short.
pub(super) fn fitted<T: Copy>(buffer: &mut Elements<T>) -> Elements<T> {
    let taken = std::mem::replace(buffer, Elements::new_in(Place::default()));
    if taken.capacity() / 2 <= taken.len() {
        return taken;
    }
    let mut fitted = Elements::with_capacity_in(taken.len(), Place::default());
    fitted.extend_from_slice(&taken);
    fitted
}

fn array(
    data_type: &DataType,
    len: usize,
    values: Buffer,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let data = ArrayData::builder(data_type.clone())
        .len(len)
        .add_buffer(values)
        .nulls(nulls)
        .build()?;
    Ok(make_array(data))
}
