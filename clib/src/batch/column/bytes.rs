//! Columns of text and of blobs.

use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

use super::fixed::fitted;
use super::validity::Validity;
use crate::raw::{self, Elements, Memory, into_buffer};

/// Byte strings end to end, with 32-bit offsets.
///
/// # Invariants
///
/// `offsets` begins with 0, never decreases, and ends with `data.len()`.
pub(crate) struct Bytes {
    pub(crate) data: Elements<u8>,
    pub(crate) offsets: Elements<i32>,
    pub(crate) validity: Validity,
    /// Whether `data` may hold a byte that is not ASCII. Not asked of what is pushed.
    pub(crate) non_ascii: bool,
}

/// A finished column whose bytes are not yet known to be UTF-8.
pub(crate) struct Finished {
    data: Buffer,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    non_ascii: bool,
}

impl Bytes {
    pub(crate) fn with_capacity(rows: usize, bytes: usize, memory: &mut Memory) -> Self {
        let place = memory.place((rows + 1).saturating_mul(size_of::<i32>()));
        let mut offsets = Elements::with_capacity_in(rows + 1, place);
        offsets.push(0);
        Self {
            data: Elements::with_capacity_in(bytes, memory.place(bytes)),
            offsets,
            validity: Validity::default(),
            non_ascii: false,
        }
    }

    pub(crate) fn byte_count(&self) -> usize {
        self.data.len()
    }

    /// Appends a value; `false` where the offsets cannot reach its end.
    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) -> bool {
        let Ok(end) = i32::try_from(self.data.len() + value.len()) else {
            return false;
        };
        self.data.extend_from_slice(value);
        self.offsets.push(end);
        self.non_ascii = true;
        true
    }

    #[inline]
    pub(crate) fn push_null(&mut self) {
        self.validity.clear(self.offsets.len().saturating_sub(1));
        self.offsets.push(self.offsets.last().copied().unwrap_or(0));
    }

    pub(crate) fn finish(&mut self) -> Finished {
        let offsets = fitted(&mut self.offsets);
        self.offsets.push(0);
        Finished {
            data: into_buffer(fitted(&mut self.data)),
            nulls: self.validity.finish(offsets.len().saturating_sub(1)),
            offsets: OffsetBuffer::new(ScalarBuffer::from(into_buffer(offsets))),
            non_ascii: std::mem::take(&mut self.non_ascii),
        }
    }
}

impl Finished {
    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// The value of a row; `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<&[u8]> {
        if self
            .nulls
            .as_ref()
            .is_some_and(|nulls| row < nulls.len() && nulls.is_null(row))
        {
            return None;
        }
        let offset = |index: usize| {
            self.offsets
                .get(index)
                .and_then(|offset| usize::try_from(*offset).ok())
        };
        self.data.get(offset(row)?..offset(row + 1)?)
    }

    /// The column as text. Validates all of it at once.
    pub(crate) fn text(&self) -> Option<ArrayRef> {
        let array = raw::string_array(
            self.offsets.clone(),
            self.data.clone(),
            self.nulls.clone(),
            self.non_ascii,
        )?;
        Some(Arc::new(array))
    }

    pub(crate) fn binary(&self) -> Result<ArrayRef, ArrowError> {
        let array =
            BinaryArray::try_new(self.offsets.clone(), self.data.clone(), self.nulls.clone())?;
        Ok(Arc::new(array))
    }

    /// The rows for which `bad` says yes.
    pub(crate) fn rows_where<'a>(
        &'a self,
        mut bad: impl FnMut(&[u8]) -> bool + 'a,
    ) -> impl Iterator<Item = usize> + 'a {
        (0..self.len()).filter(move |row| self.get(*row).is_some_and(&mut bad))
    }

    /// The same column with more rows NULL, and their bytes gone. The rows are in order.
    pub(crate) fn without(&self, rows: &[usize]) -> Self {
        let mut kept = Bytes::with_capacity(self.len(), self.data.len(), &mut Memory::default());
        let mut rows = rows.iter().copied().peekable();
        for row in 0..self.len() {
            match self.get(row) {
                // What was within the offsets' reach still is.
                Some(value) if rows.next_if_eq(&row).is_none() => {
                    kept.push(value);
                }
                _ => kept.push_null(),
            }
        }
        kept.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_not_utf8_is_found_and_removed() {
        let mut bytes = Bytes::with_capacity(0, 0, &mut Memory::default());
        for value in ["a", "", "\u{e4}"] {
            assert!(bytes.push(value.as_bytes()));
        }
        bytes.push_null();
        // Together the next two are UTF-8; apart they are not.
        bytes.push(b"\xC3");
        bytes.push(b"\xA4");
        let finished = bytes.finish();
        assert!(finished.text().is_none());
        let bad: Vec<_> = finished
            .rows_where(|text| std::str::from_utf8(text).is_err())
            .collect();
        assert_eq!(bad, [4, 5]);
        let text = finished.without(&bad).text().unwrap();
        assert_eq!((text.len(), text.null_count()), (6, 3));
        assert_eq!(bytes.finish().len(), 0);
    }
}
