//! Columns whose values all have the same width.

use arrow_array::{ArrayRef, make_array};
use arrow_buffer::{ArrowNativeType, BooleanBufferBuilder, Buffer, NullBuffer, NullBufferBuilder};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType};

use super::validity::Validity;

/// Values of a native type, in Arrow's layout.
pub(crate) struct Fixed<N> {
    pub(crate) values: Vec<N>,
    pub(crate) validity: Validity,
}

impl<N: ArrowNativeType> Fixed<N> {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            values: Vec::with_capacity(rows),
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
        array(data_type, values.len(), Buffer::from_vec(values), nulls)
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
    values: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl FixedBytes {
    pub(crate) fn with_capacity(length: usize, rows: usize) -> Self {
        Self {
            length,
            rows: 0,
            values: Vec::with_capacity(length.saturating_mul(rows)),
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
            Buffer::from_vec(values),
            self.nulls.finish(),
        )
    }
}

/// Takes a buffer, without much room that nobody will use: a last batch is often short.
pub(super) fn fitted<T>(buffer: &mut Vec<T>) -> Vec<T> {
    let mut buffer = std::mem::take(buffer);
    if buffer.capacity() / 2 > buffer.len() {
        buffer.shrink_to_fit();
    }
    buffer
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
