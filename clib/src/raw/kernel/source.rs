//! Columns of a batch as the kernel reads them: [`clib_source`](ffi::clib_source) made from slices, and checked, so that
//! whatever the slices hold, C stays within them.

use std::marker::PhantomData;

use clib_sys::kernel as ffi;

/// The values of a column, which its rows have in order, or by their indices.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SourceValues<'a> {
    Null,
    /// Bits from `offset` on, `len` of them.
    Boolean {
        bits: &'a [u8],
        offset: usize,
        len: usize,
    },
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    /// One offset more than values.
    Text32(&'a [i32], &'a [u8]),
    Text64(&'a [i64], &'a [u8]),
    Blob32(&'a [i32], &'a [u8]),
    Blob64(&'a [i64], &'a [u8]),
    /// So many values of so many bytes each.
    BlobFixed {
        len: usize,
        width: usize,
        data: &'a [u8],
    },
}

/// What becomes of NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "loads make all of them")]
pub(crate) enum SourceNan {
    Misfit,
    Null,
    Text,
}

/// Which rows have a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceValidity<'a> {
    pub(crate) bits: &'a [u8],
    /// The bit of row 0.
    pub(crate) offset: usize,
}

/// A column of a batch.
///
/// # Invariants
///
/// What `raw` describes lies, for `rows` rows, within memory that is borrowed for `'a`, as `source.h` asks for.
#[repr(transparent)]
pub(crate) struct Source<'a> {
    raw: ffi::clib_source,
    lent: PhantomData<&'a [u8]>,
}

/// Columns of one batch.
///
/// # Invariants
///
/// Each of them has `rows` rows at least.
pub(crate) struct Sources<'a> {
    columns: Vec<Source<'a>>,
    rows: usize,
}

impl<'a> Sources<'a> {
    /// Columns of so many rows, none so far.
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            columns: Vec::new(),
            rows,
        }
    }

    /// Adds a column; `None` where what it refers to is not there.
    pub(crate) fn push(
        &mut self,
        values: SourceValues<'a>,
        indices: Option<&'a [usize]>,
        validity: Option<SourceValidity<'a>>,
        nan: SourceNan,
    ) -> Option<()> {
        self.columns
            .push(Source::new(self.rows, values, indices, validity, nan)?);
        Some(())
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// What C is told of the columns. It is true for `'a`.
    pub(super) fn describe(&self) -> Vec<ffi::clib_source> {
        let copy = |column: &Source<'a>| ffi::clib_source { ..column.raw };
        self.columns.iter().map(copy).collect()
    }

    /// For C, which may read them while `self` is borrowed.
    #[allow(dead_code, reason = "for loads")]
    pub(super) fn as_ptr(&self) -> *const ffi::clib_source {
        self.columns.as_ptr().cast()
    }
}

impl<'a> Source<'a> {
    fn new(
        rows: usize,
        values: SourceValues<'a>,
        indices: Option<&'a [usize]>,
        validity: Option<SourceValidity<'a>>,
        nan: SourceNan,
    ) -> Option<Self> {
        let len = values.len()?;
        match indices {
            None if matches!(values, SourceValues::Null) => {}
            None if len < rows => return None,
            None => {}
            Some(indices) => {
                let indices = indices.get(..rows)?;
                // A value for rows without one too: C does not look, but nor does the check.
                if !matches!(values, SourceValues::Null)
                    && indices.iter().fold(0, |most, index| most.max(*index)) >= len.max(1)
                {
                    return None;
                }
                if len == 0 && rows > 0 && !matches!(values, SourceValues::Null) {
                    return None;
                }
            }
        }
        if let Some(validity) = validity
            && validity.offset.checked_add(rows)? > validity.bits.len().saturating_mul(8)
        {
            return None;
        }
        let mut raw = values.describe()?;
        let nan = match nan {
            SourceNan::Misfit => ffi::CLIB_NAN_MISFIT,
            SourceNan::Null => ffi::CLIB_NAN_NULL,
            SourceNan::Text => ffi::CLIB_NAN_TEXT,
        };
        raw.nan = u8::try_from(nan).ok()?;
        if let Some(indices) = indices {
            raw.indices = indices.as_ptr();
        }
        if let Some(validity) = validity {
            raw.validity = validity.bits.as_ptr();
            raw.validity_offset = i64::try_from(validity.offset).ok()?;
        }
        Some(Self {
            raw,
            lent: PhantomData,
        })
    }
}

impl SourceValues<'_> {
    /// How many values there are; `None` where the description contradicts itself.
    fn len(&self) -> Option<usize> {
        Some(match self {
            Self::Null => 0,
            Self::Boolean { bits, offset, len } => {
                if offset.checked_add(*len)? > bits.len().saturating_mul(8) {
                    return None;
                }
                *len
            }
            Self::Int8(values) => values.len(),
            Self::Int16(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::UInt8(values) => values.len(),
            Self::UInt16(values) => values.len(),
            Self::UInt32(values) => values.len(),
            Self::UInt64(values) => values.len(),
            Self::Float32(values) => values.len(),
            Self::Float64(values) => values.len(),
            Self::Text32(offsets, data) | Self::Blob32(offsets, data) => {
                rising(offsets, data, i64::from)?
            }
            Self::Text64(offsets, data) | Self::Blob64(offsets, data) => {
                rising(offsets, data, |offset| offset)?
            }
            Self::BlobFixed { len, width, data } => {
                if len.checked_mul(*width)? > data.len() {
                    return None;
                }
                *len
            }
        })
    }

    fn describe(&self) -> Option<ffi::clib_source> {
        let (kind, values, data): (i32, *const libc::c_void, &[u8]) = match self {
            Self::Null => (ffi::CLIB_FROM_NULL, std::ptr::null(), &[]),
            Self::Boolean { bits, .. } => (ffi::CLIB_FROM_BOOL, bits.as_ptr().cast(), &[]),
            Self::Int8(values) => (ffi::CLIB_FROM_I8, values.as_ptr().cast(), &[]),
            Self::Int16(values) => (ffi::CLIB_FROM_I16, values.as_ptr().cast(), &[]),
            Self::Int32(values) => (ffi::CLIB_FROM_I32, values.as_ptr().cast(), &[]),
            Self::Int64(values) => (ffi::CLIB_FROM_I64, values.as_ptr().cast(), &[]),
            Self::UInt8(values) => (ffi::CLIB_FROM_U8, values.as_ptr().cast(), &[]),
            Self::UInt16(values) => (ffi::CLIB_FROM_U16, values.as_ptr().cast(), &[]),
            Self::UInt32(values) => (ffi::CLIB_FROM_U32, values.as_ptr().cast(), &[]),
            Self::UInt64(values) => (ffi::CLIB_FROM_U64, values.as_ptr().cast(), &[]),
            Self::Float32(values) => (ffi::CLIB_FROM_F32, values.as_ptr().cast(), &[]),
            Self::Float64(values) => (ffi::CLIB_FROM_F64, values.as_ptr().cast(), &[]),
            Self::Text32(offsets, data) => (ffi::CLIB_FROM_TEXT32, offsets.as_ptr().cast(), data),
            Self::Text64(offsets, data) => (ffi::CLIB_FROM_TEXT64, offsets.as_ptr().cast(), data),
            Self::Blob32(offsets, data) => (ffi::CLIB_FROM_BLOB32, offsets.as_ptr().cast(), data),
            Self::Blob64(offsets, data) => (ffi::CLIB_FROM_BLOB64, offsets.as_ptr().cast(), data),
            Self::BlobFixed { data, .. } => (ffi::CLIB_FROM_BLOB_FIXED, std::ptr::null(), data),
        };
        let (bit_offset, width) = match self {
            Self::Boolean { offset, .. } => (*offset, 0),
            Self::BlobFixed { width, .. } => (0, *width),
            _ => (0, 0),
        };
        Some(ffi::clib_source {
            values,
            // Of an empty slice not null either, which a text or blob must not be.
            data: data.as_ptr(),
            validity: std::ptr::null(),
            indices: std::ptr::null(),
            validity_offset: 0,
            bit_offset: i64::try_from(bit_offset).ok()?,
            width: i32::try_from(width).ok()?,
            kind: u8::try_from(kind).ok()?,
            nan: 0,
        })
    }
}

/// How many values the offsets delimit, where they do not fall and end within `data`.
fn rising<T: Copy>(offsets: &[T], data: &[u8], wide: impl Fn(T) -> i64) -> Option<usize> {
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
        return None;
    };
    // All pairs, without an early end: this way the compiler takes many at a time.
    let falls = offsets.windows(2).fold(false, |falls, pair| match pair {
        [from, to] => falls | (wide(*to) < wide(*from)),
        _ => falls,
    });
    let inside = wide(*first) >= 0 && usize::try_from(wide(*last)).ok()? <= data.len();
    (inside && !falls).then(|| offsets.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(rows: usize, values: SourceValues<'_>, indices: Option<&[usize]>) -> bool {
        Sources::new(rows)
            .push(values, indices, None, SourceNan::Misfit)
            .is_some()
    }

    #[test]
    fn what_reaches_out_is_refused() {
        assert!(fits(2, SourceValues::Int64(&[1, 2]), None));
        assert!(!fits(3, SourceValues::Int64(&[1, 2]), None));
        assert!(fits(3, SourceValues::Int64(&[1, 2]), Some(&[1, 0, 1])));
        assert!(!fits(3, SourceValues::Int64(&[1, 2]), Some(&[1, 0, 2])));
        assert!(!fits(3, SourceValues::Int64(&[1, 2]), Some(&[1, 0])));
        assert!(!fits(1, SourceValues::Int64(&[]), Some(&[0])));
        assert!(fits(0, SourceValues::Int64(&[]), Some(&[])));
        assert!(fits(9, SourceValues::Null, None));
        assert!(fits(2, SourceValues::Text32(&[0, 1, 3], b"abc"), None));
        assert!(fits(1, SourceValues::Text32(&[2, 3], b"abc"), None));
        assert!(!fits(2, SourceValues::Text32(&[0, 1, 4], b"abc"), None));
        assert!(!fits(2, SourceValues::Text64(&[0, 3, 2], b"abc"), None));
        assert!(!fits(2, SourceValues::Blob64(&[-1, 0, 2], b"abc"), None));
        assert!(!fits(0, SourceValues::Blob32(&[], b"abc"), None));
        let bits = |offset, len| SourceValues::Boolean {
            bits: &[0xff],
            offset,
            len,
        };
        assert!(fits(3, bits(5, 3), None));
        assert!(!fits(4, bits(5, 4), None));
        let fixed = |len| SourceValues::BlobFixed {
            len,
            width: 2,
            data: b"abcd",
        };
        assert!(fits(2, fixed(2), None));
        assert!(!fits(3, fixed(3), None));
    }

    #[test]
    fn validity_covers_the_rows() {
        let push = |rows, offset| {
            let validity = SourceValidity {
                bits: &[0xff],
                offset,
            };
            Sources::new(rows)
                .push(
                    SourceValues::Int64(&[0; 8]),
                    None,
                    Some(validity),
                    SourceNan::Null,
                )
                .is_some()
        };
        assert!(push(8, 0));
        assert!(push(4, 4));
        assert!(!push(5, 4));
        assert!(!push(1, usize::MAX));
    }
}
