//! A column whose type is not settled yet: values as SQLite gave them.

use arrow_schema::DataType;

use super::number;
use crate::batch::declared;
use crate::types::ValueRef;

/// Values of any kind.
pub(crate) struct Mixed {
    slots: Vec<Slot>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Slot {
    Null,
    Integer(i64),
    Real(f64),
    Text { start: u32, length: u32 },
    Blob { start: u32, length: u32 },
}

impl Mixed {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            slots: Vec::with_capacity(rows),
            data: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is nothing but NULL.
    pub(crate) fn is_null(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot, Slot::Null))
    }

    /// Appends a value; `false` where the offsets cannot reach its end.
    pub(crate) fn push(&mut self, value: ValueRef<'_>) -> bool {
        let slot = match value {
            ValueRef::Null => Slot::Null,
            ValueRef::Integer(value) => Slot::Integer(value),
            ValueRef::Real(value) => Slot::Real(value),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                // Within the reach of the 32-bit signed offsets that come later.
                let end = self.data.len() + bytes.len();
                if i32::try_from(end).is_err() {
                    return false;
                }
                let (Ok(start), Ok(length)) =
                    (u32::try_from(self.data.len()), u32::try_from(bytes.len()))
                else {
                    return false;
                };
                self.data.extend_from_slice(bytes);
                match value {
                    ValueRef::Text(_) => Slot::Text { start, length },
                    _ => Slot::Blob { start, length },
                }
            }
        };
        self.slots.push(slot);
        true
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = ValueRef<'_>> {
        self.slots.iter().map(|slot| match *slot {
            Slot::Null => ValueRef::Null,
            Slot::Integer(value) => ValueRef::Integer(value),
            Slot::Real(value) => ValueRef::Real(value),
            Slot::Text { start, length } => ValueRef::Text(self.bytes(start, length)),
            Slot::Blob { start, length } => ValueRef::Blob(self.bytes(start, length)),
        })
    }

    fn bytes(&self, start: u32, length: u32) -> &[u8] {
        let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
            return &[];
        };
        self.data.get(start..start + length).unwrap_or_default()
    }

    /// The type that the values decide: that of the first one that is not NULL, or real where it is an integer and reals
    /// follow.
    pub(crate) fn first_type(&self, declared: Option<&str>) -> DataType {
        let Some(first) = self.slots.iter().find(|slot| !matches!(slot, Slot::Null)) else {
            return declared::type_without_values(declared);
        };
        match first {
            Slot::Integer(_) if self.slots.iter().any(|slot| matches!(slot, Slot::Real(_))) => {
                DataType::Float64
            }
            Slot::Integer(_) => DataType::Int64,
            Slot::Real(_) => DataType::Float64,
            Slot::Text { .. } => DataType::Utf8,
            Slot::Blob { .. } | Slot::Null => DataType::Binary,
        }
    }

    /// The narrowest of integer, real, text and blob that holds all values without loss.
    pub(crate) fn narrowest_type(&self, declared: Option<&str>) -> DataType {
        let (mut integers, mut reals, mut texts, mut blobs, mut inexact) =
            (false, false, false, false, false);
        for value in self.values() {
            match value {
                ValueRef::Null => {}
                ValueRef::Integer(value) => {
                    integers = true;
                    inexact |= number::exact(value).is_none();
                }
                ValueRef::Real(_) => reals = true,
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(_) => texts = true,
                    Err(_) => blobs = true,
                },
                ValueRef::Blob(_) => blobs = true,
            }
        }
        match (blobs, texts, reals, integers) {
            (true, ..) => DataType::Binary,
            (_, true, ..) => DataType::Utf8,
            (.., true, true) if inexact => DataType::Utf8,
            (.., true, _) => DataType::Float64,
            (.., true) => DataType::Int64,
            _ => declared::type_without_values(declared),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(values: &[ValueRef<'_>]) -> Mixed {
        let mut mixed = Mixed::with_capacity(0);
        for value in values {
            assert!(mixed.push(*value));
        }
        assert!(mixed.values().eq(values.iter().copied()));
        mixed
    }

    #[test]
    fn types_follow_the_values() {
        use ValueRef::{Blob, Integer, Null, Real, Text};
        let inexact = Integer((1 << 53) + 1);
        for (values, first, narrowest) in [
            (&[Null][..], DataType::Null, DataType::Null),
            (&[Null, Integer(1)], DataType::Int64, DataType::Int64),
            (
                &[Integer(1), Real(0.5)],
                DataType::Float64,
                DataType::Float64,
            ),
            (&[inexact, Real(0.5)], DataType::Float64, DataType::Utf8),
            (&[inexact], DataType::Int64, DataType::Int64),
            (
                &[Integer(1), Text(b"a"), Real(0.5)],
                DataType::Float64,
                DataType::Utf8,
            ),
            (&[Integer(1), Text(b"a")], DataType::Int64, DataType::Utf8),
            (&[Text(b"a"), Integer(1)], DataType::Utf8, DataType::Utf8),
            (&[Text(b"\xFF")], DataType::Utf8, DataType::Binary),
            (&[Text(b"a"), Blob(b"")], DataType::Utf8, DataType::Binary),
        ] {
            let mixed = mixed(values);
            assert_eq!(mixed.first_type(None), first, "{values:?}");
            assert_eq!(mixed.narrowest_type(None), narrowest, "{values:?}");
        }
        assert_eq!(
            mixed(&[Null]).first_type(Some("NUMERIC")),
            DataType::Float64
        );
        assert_eq!(mixed(&[Null]).first_type(Some("DATE")), DataType::Utf8);
        assert_eq!(mixed(&[Null]).first_type(Some("ANY")), DataType::Null);
    }
}
