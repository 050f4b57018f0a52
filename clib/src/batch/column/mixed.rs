//! A column whose type is not settled yet: values as SQLite gave them.

use arrow_schema::DataType;

use super::number;
use crate::batch::declared;
use crate::raw::{Elements, Place, Slot};
use crate::types::{ValueKind, ValueRef};

/// Values of any kind.
pub(crate) struct Mixed {
    pub(crate) slots: Elements<Slot>,
    pub(crate) data: Elements<u8>,
}

impl Mixed {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            slots: Elements::with_capacity_in(rows, Place::default()),
            data: Elements::new_in(Place::default()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Forgets the values from a row on.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.slots.truncate(rows);
    }

    /// Whether there is nothing but NULL.
    pub(crate) fn is_null(&self) -> bool {
        self.slots.iter().all(|slot| slot.kind() == ValueKind::Null)
    }

    /// Appends a value; `false` where the offsets cannot reach its end.
    pub(crate) fn push(&mut self, value: ValueRef<'_>) -> bool {
        let start = self.data.len();
        if let Some(bytes) = value.as_bytes() {
            // Within the reach of the 32-bit signed offsets that come later.
            if i32::try_from(start + bytes.len()).is_err() {
                return false;
            }
            self.data.extend_from_slice(bytes);
        }
        self.slots.push(Slot::new(value, start));
        true
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = ValueRef<'_>> {
        self.slots.iter().map(|slot| slot.value(&self.data))
    }

    /// The type that the values decide: that of the first one that is not NULL, or real where it is an integer and reals
    /// follow.
    pub(crate) fn first_type(&self, declared: Option<&str>) -> DataType {
        let mut kinds = self.slots.iter().map(Slot::kind);
        let Some(first) = kinds.find(|kind| *kind != ValueKind::Null) else {
            return declared::type_without_values(declared);
        };
        match first {
            ValueKind::Integer if kinds.any(|kind| kind == ValueKind::Real) => DataType::Float64,
            ValueKind::Integer => DataType::Int64,
            ValueKind::Real => DataType::Float64,
            ValueKind::Text => DataType::Utf8,
            ValueKind::Blob | ValueKind::Null => DataType::Binary,
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
