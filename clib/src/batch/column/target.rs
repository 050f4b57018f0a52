//! Builders' buffers, for the kernel to append to.

use super::{Builder, Bytes, Fixed, Mixed, Validity};
use crate::raw::{Buffers, Elements, Nulls};

impl Builder {
    /// The buffers, with room for so many rows in all; `None` where the kernel cannot make the builder's elements.
    pub(crate) fn buffers(&mut self, rows: usize) -> Option<Buffers<'_>> {
        Some(match self {
            Self::Int64(column) => column.buffers(rows),
            Self::Float64(column) => {
                let (values, nulls) = column.parts(rows);
                Buffers::Float64(values, nulls)
            }
            Self::Utf8(column) => {
                let (offsets, data, non_ascii, nulls) = column.parts(rows);
                Buffers::Text(offsets, data, non_ascii, nulls)
            }
            Self::Binary(column) => {
                let (offsets, data, _, nulls) = column.parts(rows);
                Buffers::Blob(offsets, data, nulls)
            }
            Self::Mixed(column) => column.buffers(rows),
            _ => return None,
        })
    }

    /// Makes room for so many bytes of text or blobs in all.
    pub(crate) fn reserve_bytes(&mut self, bytes: usize) {
        match self {
            Self::Utf8(Bytes { data, .. })
            | Self::Binary(Bytes { data, .. })
            | Self::Mixed(Mixed { data, .. }) => grow(data, bytes),
            _ => {}
        }
    }
}

/// How many bytes of text or blobs a column has room for at least.
const FEWEST_BYTES: usize = 4096;

/// At least doubles, so that it happens rarely.
fn grow<T>(buffer: &mut Elements<T>, length: usize) {
    buffer.reserve(length.saturating_sub(buffer.len()));
}

impl<N> Fixed<N> {
    fn parts(&mut self, rows: usize) -> (&mut Elements<N>, Nulls<'_>) {
        grow(&mut self.values, rows);
        (&mut self.values, nulls(&mut self.validity, rows))
    }
}

impl Fixed<i64> {
    pub(crate) fn buffers(&mut self, rows: usize) -> Buffers<'_> {
        let (values, nulls) = self.parts(rows);
        Buffers::Int64(values, nulls)
    }
}

impl Bytes {
    fn parts(
        &mut self,
        rows: usize,
    ) -> (&mut Elements<i32>, &mut Elements<u8>, &mut bool, Nulls<'_>) {
        grow(&mut self.offsets, rows + 1);
        grow(&mut self.data, FEWEST_BYTES.min(rows * 64));
        (
            &mut self.offsets,
            &mut self.data,
            &mut self.non_ascii,
            nulls(&mut self.validity, rows),
        )
    }
}

impl Mixed {
    pub(crate) fn buffers(&mut self, rows: usize) -> Buffers<'_> {
        grow(&mut self.slots, rows);
        grow(&mut self.data, FEWEST_BYTES.min(rows * 64));
        Buffers::Mixed(&mut self.slots, &mut self.data)
    }

    pub(crate) fn reserve_bytes(&mut self, bytes: usize) {
        grow(&mut self.data, bytes);
    }
}

fn nulls(validity: &mut Validity, rows: usize) -> Nulls<'_> {
    let (bits, count) = validity.for_rows(rows);
    Nulls { bits, count }
}
