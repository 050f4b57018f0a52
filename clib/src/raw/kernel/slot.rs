//! A value of any class, as the kernel writes it.

use clib_sys::kernel as ffi;

use crate::types::{ValueKind, ValueRef};

/// A value whose text or blob is somewhere in a vector of bytes.
#[repr(transparent)]
pub(crate) struct Slot(ffi::clib_slot);

const _: () = {
    assert!(ffi::CLIB_CLASS_NULL == 0);
    assert!(ffi::CLIB_CLASS_INTEGER == 1);
    assert!(ffi::CLIB_CLASS_REAL == 2);
    assert!(ffi::CLIB_CLASS_TEXT == 3);
    assert!(ffi::CLIB_CLASS_BLOB == 4);
};

/// The kind of a value's class.
pub(super) fn kind(class: u32) -> ValueKind {
    match class {
        1 => ValueKind::Integer,
        2 => ValueKind::Real,
        3 => ValueKind::Text,
        4 => ValueKind::Blob,
        _ => ValueKind::Null,
    }
}

impl Slot {
    /// A value; `start` is where its bytes begin, if it has any.
    pub(crate) fn new(value: ValueRef<'_>, start: usize) -> Self {
        let (kind, bits) = match value {
            ValueRef::Null => (0, 0),
            ValueRef::Integer(value) => (1, value.cast_unsigned()),
            ValueRef::Real(value) => (2, value.to_bits()),
            ValueRef::Text(_) => (3, start as u64),
            ValueRef::Blob(_) => (4, start as u64),
        };
        let length = value.as_bytes().map_or(0, <[u8]>::len);
        Self(ffi::clib_slot {
            bits,
            // Vectors of them end at 2^31 bytes.
            length: u32::try_from(length).unwrap_or(0),
            kind,
        })
    }

    pub(crate) fn kind(&self) -> ValueKind {
        kind(self.0.kind)
    }

    /// The value; `data` are the bytes of all texts and blobs.
    pub(crate) fn value<'a>(&self, data: &'a [u8]) -> ValueRef<'a> {
        let bytes = || {
            let start = usize::try_from(self.0.bits).ok();
            let end = start.and_then(|start| start.checked_add(self.0.length as usize));
            start
                .zip(end)
                .and_then(|(start, end)| data.get(start..end))
                .unwrap_or_default()
        };
        match self.kind() {
            ValueKind::Null => ValueRef::Null,
            ValueKind::Integer => ValueRef::Integer(self.0.bits.cast_signed()),
            ValueKind::Real => ValueRef::Real(f64::from_bits(self.0.bits)),
            ValueKind::Text => ValueRef::Text(bytes()),
            ValueKind::Blob => ValueRef::Blob(bytes()),
        }
    }
}
