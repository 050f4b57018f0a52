//! The arguments of many rows: columns that user code looks at while it is called.

use std::fmt;

use clib_sys::kernel as ffi;

use crate::error::{Error, Result};
use crate::types::{ValueKind, ValueRef};

/// What type an argument of a batched aggregate is taken as. NULL is taken in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArgumentType {
    /// Integers.
    Integer,
    /// Reals, and integers up to 2^53, which are reals without loss.
    Real,
    /// Texts in UTF-8.
    Text,
    /// Blobs.
    Blob,
    /// Anything, value by value.
    Any,
}

impl fmt::Display for ArgumentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "an integer",
            Self::Real => "a real, or an integer up to 2^53",
            Self::Text => "a text",
            Self::Blob => "a blob",
            Self::Any => "any value of less than 2 GiB",
        })
    }
}

/// A value that an argument of a function does not take.
///
/// It reaches the caller as [`Error::Other`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("argument {} of {function}(): expected {expected}, found {found}{}; {hint}", .argument + 1, preview_part(.preview.as_deref()))]
#[non_exhaustive]
pub struct ArgumentError {
    /// The function.
    pub function: String,
    /// Which argument, counted from 0.
    pub argument: usize,
    /// What it takes.
    pub expected: ArgumentType,
    /// What it was given.
    pub found: ValueKind,
    /// The value, shortened; `None` for one that cannot be shown.
    pub preview: Option<String>,
    /// What to do about it.
    pub hint: &'static str,
}

fn preview_part(preview: Option<&str>) -> String {
    preview
        .map(|preview| format!(" {preview}"))
        .unwrap_or_default()
}

impl ArgumentError {
    pub(crate) fn new(
        function: &str,
        argument: usize,
        expected: ArgumentType,
        value: ValueRef<'_>,
    ) -> Self {
        const MOST: usize = 40;
        let preview = match value {
            ValueRef::Null => None,
            ValueRef::Integer(value) => Some(value.to_string()),
            ValueRef::Real(value) => Some(value.to_string()),
            ValueRef::Text(text) => {
                let text = String::from_utf8_lossy(text);
                let short: String = text.chars().take(MOST).collect();
                let dots = if short.len() < text.len() { "..." } else { "" };
                Some(format!("{short:?}{dots}"))
            }
            ValueRef::Blob(blob) => Some(format!("of {} bytes", blob.len())),
        };
        let is_text = matches!(value, ValueRef::Text(_)) && expected == ArgumentType::Text;
        Self {
            function: function.to_owned(),
            argument,
            expected,
            found: value.kind(),
            preview,
            hint: if is_text {
                "it is not UTF-8, or more than 2 GiB: declare the argument as `Any`"
            } else {
                "CAST it in the query, leave such rows out, or declare the argument as `Any`"
            },
        }
    }
}

/// A column, as it is in memory.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a> {
    pub(crate) values: ColumnValues<'a>,
    pub(crate) validity: &'a [u8],
    pub(crate) nulls: usize,
}

/// Texts and blobs have offsets, one more than there are rows, and bytes.
#[derive(Clone, Copy)]
pub(crate) enum ColumnValues<'a> {
    Integers(&'a [i64]),
    Reals(&'a [f64]),
    Texts(&'a [i32], &'a [u8]),
    Blobs(&'a [i32], &'a [u8]),
    Any(&'a [ffi::clib_slot], &'a [u8]),
}

/// The arguments of some rows of one group: a column for each argument. Arguments are counted from 0.
///
/// What is lent here lives until [`BatchAggregate::update`](crate::BatchAggregate::update) returns.
pub struct ArgumentBatch<'a> {
    function: &'a str,
    rows: usize,
    columns: &'a [Column<'a>],
}

impl<'a> ArgumentBatch<'a> {
    pub(crate) fn new(function: &'a str, rows: usize, columns: &'a [Column<'a>]) -> Self {
        Self {
            function,
            rows,
            columns,
        }
    }

    /// How many rows there are; at least one.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many arguments there are.
    #[must_use]
    pub fn arguments(&self) -> usize {
        self.columns.len()
    }

    /// An argument that was declared as [`ArgumentType::Integer`].
    ///
    /// # Errors
    ///
    /// Where it was declared as something else, or there is no such argument.
    pub fn integers(&self, argument: usize) -> Result<Numbers<'a, i64>> {
        match self.column(argument)? {
            (ColumnValues::Integers(values), nulls) => Ok(Numbers { values, nulls }),
            _ => Err(self.undeclared(argument, "Integer")),
        }
    }

    /// An argument that was declared as [`ArgumentType::Real`].
    ///
    /// # Errors
    ///
    /// As [`integers`](Self::integers).
    pub fn reals(&self, argument: usize) -> Result<Numbers<'a, f64>> {
        match self.column(argument)? {
            (ColumnValues::Reals(values), nulls) => Ok(Numbers { values, nulls }),
            _ => Err(self.undeclared(argument, "Real")),
        }
    }

    /// An argument that was declared as [`ArgumentType::Text`].
    ///
    /// # Errors
    ///
    /// As [`integers`](Self::integers), and [`ArgumentError`] for a text that is not UTF-8.
    pub fn texts(&self, argument: usize) -> Result<Texts<'a>> {
        let (ColumnValues::Texts(offsets, data), nulls) = self.column(argument)? else {
            return Err(self.undeclared(argument, "Text"));
        };
        // All at once, and then each for its ends.
        let whole = std::str::from_utf8(data);
        if let Ok(data) = whole
            && offsets
                .iter()
                .all(|offset| data.is_char_boundary(usize::try_from(*offset).unwrap_or(usize::MAX)))
        {
            return Ok(Texts {
                offsets,
                data,
                nulls,
            });
        }
        let bytes = Bytes {
            offsets,
            data,
            nulls,
        };
        let text = bytes
            .iter()
            .flatten()
            .find(|text| std::str::from_utf8(text).is_err());
        let value = ValueRef::Text(text.unwrap_or_default());
        Err(Error::other(ArgumentError::new(
            self.function,
            argument,
            ArgumentType::Text,
            value,
        )))
    }

    /// An argument that was declared as [`ArgumentType::Blob`], or the bytes of one that was declared as
    /// [`ArgumentType::Text`], which need not be UTF-8.
    ///
    /// # Errors
    ///
    /// As [`integers`](Self::integers).
    pub fn blobs(&self, argument: usize) -> Result<Bytes<'a>> {
        match self.column(argument)? {
            (ColumnValues::Blobs(offsets, data) | ColumnValues::Texts(offsets, data), nulls) => {
                Ok(Bytes {
                    offsets,
                    data,
                    nulls,
                })
            }
            _ => Err(self.undeclared(argument, "Blob")),
        }
    }

    /// An argument of any declared type, value by value.
    ///
    /// # Errors
    ///
    /// Where there is no such argument.
    pub fn values(&self, argument: usize) -> Result<Values<'a>> {
        let (values, nulls) = self.column(argument)?;
        Ok(Values {
            values,
            nulls,
            rows: self.rows,
        })
    }

    fn column(&self, argument: usize) -> Result<(ColumnValues<'a>, Nulls<'a>)> {
        let column = self.columns.get(argument).ok_or_else(|| {
            Error::other(format!(
                "{}() has no argument {argument}: it takes {}, counted from 0",
                self.function,
                self.columns.len()
            ))
        })?;
        let nulls = Nulls {
            validity: column.validity,
            count: column.nulls,
        };
        Ok((column.values, nulls))
    }

    #[cold]
    fn undeclared(&self, argument: usize, wanted: &str) -> Error {
        let declared = match self.columns.get(argument).map(|column| column.values) {
            Some(ColumnValues::Integers(_)) => "Integer",
            Some(ColumnValues::Reals(_)) => "Real",
            Some(ColumnValues::Texts(..)) => "Text",
            Some(ColumnValues::Blobs(..)) => "Blob",
            _ => "Any",
        };
        Error::other(format!(
            "argument {argument} of {}() (counted from 0) was declared as {declared}, not as {wanted}",
            self.function
        ))
    }
}

impl fmt::Debug for ArgumentBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArgumentBatch")
            .field("function", &self.function)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

/// Which rows are NULL.
#[derive(Clone, Copy, Debug)]
struct Nulls<'a> {
    validity: &'a [u8],
    count: usize,
}

impl Nulls<'_> {
    #[inline]
    fn is_null(self, row: usize) -> bool {
        self.count > 0
            && self
                .validity
                .get(row / 8)
                .is_some_and(|byte| byte >> (row % 8) & 1 == 0)
    }
}

/// A column of integers or reals.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a, T> {
    values: &'a [T],
    nulls: Nulls<'a>,
}

impl<'a, T: Copy> Numbers<'a, T> {
    /// The values of all rows; 0 stands for NULL.
    #[must_use]
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// How many rows are NULL.
    #[must_use]
    pub fn null_count(&self) -> usize {
        self.nulls.count
    }

    /// Whether a row is NULL.
    #[must_use]
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.is_null(row)
    }

    /// The rows in order; `None` is NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> + 'a {
        let nulls = self.nulls;
        let values = self.values.iter().enumerate();
        values.map(move |(row, value)| (!nulls.is_null(row)).then_some(*value))
    }
}

/// The range of a row's bytes.
#[inline]
fn range(offsets: &[i32], row: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(*offsets.get(row)?).ok()?;
    let end = usize::try_from(*offsets.get(row + 1)?).ok()?;
    Some(start..end)
}

/// A column of texts.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'a> {
    offsets: &'a [i32],
    data: &'a str,
    nulls: Nulls<'a>,
}

impl<'a> Texts<'a> {
    /// The text of a row; `None` where it is NULL, or there is no such row.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a str> {
        if self.nulls.is_null(row) {
            return None;
        }
        self.data.get(range(self.offsets, row)?)
    }

    /// How many rows are NULL.
    #[must_use]
    pub fn null_count(&self) -> usize {
        self.nulls.count
    }

    /// The rows in order; `None` is NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<&'a str>> + 'a {
        let this = *self;
        (0..self.offsets.len().saturating_sub(1)).map(move |row| this.get(row))
    }
}

/// A column of blobs.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    offsets: &'a [i32],
    data: &'a [u8],
    nulls: Nulls<'a>,
}

impl<'a> Bytes<'a> {
    /// The bytes of a row; `None` where it is NULL, or there is no such row.
    #[must_use]
    #[inline]
    pub fn get(&self, row: usize) -> Option<&'a [u8]> {
        if self.nulls.is_null(row) {
            return None;
        }
        self.data.get(range(self.offsets, row)?)
    }

    /// How many rows are NULL.
    #[must_use]
    pub fn null_count(&self) -> usize {
        self.nulls.count
    }

    /// The rows in order; `None` is NULL.
    pub fn iter(&self) -> impl Iterator<Item = Option<&'a [u8]>> + 'a {
        let this = *self;
        (0..self.offsets.len().saturating_sub(1)).map(move |row| this.get(row))
    }
}

/// A column of any values.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    values: ColumnValues<'a>,
    nulls: Nulls<'a>,
    rows: usize,
}

impl<'a> Values<'a> {
    /// The value of a row; NULL where there is no such row.
    #[must_use]
    pub fn get(&self, row: usize) -> ValueRef<'a> {
        if self.nulls.is_null(row) {
            return ValueRef::Null;
        }
        let value = match self.values {
            ColumnValues::Integers(values) => values.get(row).copied().map(ValueRef::Integer),
            ColumnValues::Reals(values) => values.get(row).copied().map(ValueRef::Real),
            ColumnValues::Texts(offsets, data) => range(offsets, row)
                .and_then(|range| data.get(range))
                .map(ValueRef::Text),
            ColumnValues::Blobs(offsets, data) => range(offsets, row)
                .and_then(|range| data.get(range))
                .map(ValueRef::Blob),
            ColumnValues::Any(slots, data) => slots.get(row).and_then(|slot| of_slot(slot, data)),
        };
        value.unwrap_or(ValueRef::Null)
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = ValueRef<'a>> + 'a {
        let this = *self;
        (0..self.rows).map(move |row| this.get(row))
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn of_slot<'a>(slot: &ffi::clib_slot, data: &'a [u8]) -> Option<ValueRef<'a>> {
    let bytes = || {
        let start = usize::try_from(slot.bits).ok()?;
        let length = usize::try_from(slot.length).ok()?;
        data.get(start..start.checked_add(length)?)
    };
    match slot.kind.cast_signed() {
        ffi::CLIB_CLASS_INTEGER => Some(ValueRef::Integer(slot.bits.cast_signed())),
        ffi::CLIB_CLASS_REAL => Some(ValueRef::Real(f64::from_bits(slot.bits))),
        ffi::CLIB_CLASS_TEXT => bytes().map(ValueRef::Text),
        ffi::CLIB_CLASS_BLOB => bytes().map(ValueRef::Blob),
        _ => None,
    }
}
