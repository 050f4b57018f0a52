//! Which rows of a column are NULL.

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

/// A bitmap that says of each row whether it has a value. Rows have one until they are said not to, so that a row with a value
/// costs nothing.
#[derive(Default)]
pub(crate) struct Validity {
    /// May be shorter than the rows, which have values then.
    bits: Vec<u8>,
    nulls: usize,
}

impl Validity {
    /// Says that a row is NULL.
    #[inline]
    pub(crate) fn clear(&mut self, row: usize) {
        let byte = row / 8;
        if byte >= self.bits.len() {
            self.bits.resize(byte + 1, u8::MAX);
        }
        if let Some(bits) = self.bits.get_mut(byte) {
            *bits &= !(1 << (row % 8));
            self.nulls += 1;
        }
    }

    /// The bitmap for writing, long enough for so many rows, and the count of NULL rows, which its writer keeps.
    pub(crate) fn for_rows(&mut self, rows: usize) -> (&mut [u8], &mut usize) {
        let length = rows.div_ceil(8);
        if self.bits.len() < length {
            self.bits.resize(length, u8::MAX);
        }
        (&mut self.bits, &mut self.nulls)
    }

    /// The bitmap of so many rows; `None` where no row is NULL.
    pub(crate) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        let Self { mut bits, nulls } = std::mem::take(self);
        if nulls == 0 {
            return None;
        }
        bits.resize(rows.div_ceil(8), u8::MAX);
        if let (Some(last), used @ 1..) = (bits.last_mut(), rows % 8) {
            *last &= (1 << used) - 1;
        }
        let bits = BooleanBuffer::new(Buffer::from_vec(bits), 0, rows);
        Some(NullBuffer::new(bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_values_until_cleared() {
        let mut validity = Validity::default();
        assert!(validity.finish(100).is_none());
        validity.clear(3);
        validity.clear(17);
        let nulls = validity.finish(20).unwrap();
        assert_eq!((nulls.len(), nulls.null_count()), (20, 2));
        assert!(nulls.is_null(3) && nulls.is_null(17) && nulls.is_valid(19));
        assert!(validity.finish(20).is_none());
    }

    #[test]
    fn a_writer_finds_ones_and_keeps_the_count() {
        let mut validity = Validity::default();
        let (bits, nulls) = validity.for_rows(9);
        assert_eq!(bits, [u8::MAX; 2]);
        bits[1] &= !1;
        *nulls += 1;
        assert!(validity.finish(9).unwrap().is_null(8));
    }
}
