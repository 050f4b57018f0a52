//! [`Value`], [`ValueRef`], [`ValueKind`].

use std::fmt;
use std::str::Utf8Error;

/// One of SQLite's five storage classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// `NULL`.
    Null,
    /// A signed 64-bit integer.
    Integer,
    /// A 64-bit IEEE 754 number.
    Real,
    /// A text, in UTF-8 if whoever wrote it kept to the rules.
    Text,
    /// Bytes.
    Blob,
}

impl fmt::Display for ValueKind {
    /// SQLite's name, as the SQL function `typeof` gives it, in capitals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "NULL",
            Self::Integer => "INTEGER",
            Self::Real => "REAL",
            Self::Text => "TEXT",
            Self::Blob => "BLOB",
        })
    }
}

/// A value that somebody else owns: SQLite, for the current row, or the caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// `NULL`.
    Null,
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit IEEE 754 number; never NaN when it comes from SQLite.
    Real(f64),
    /// The bytes of a text. SQLite does not check that they are UTF-8; [`ValueRef::as_str`] does.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// The value's storage class.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Null => ValueKind::Null,
            Self::Integer(_) => ValueKind::Integer,
            Self::Real(_) => ValueKind::Real,
            Self::Text(_) => ValueKind::Text,
            Self::Blob(_) => ValueKind::Blob,
        }
    }

    /// The text, where it is one; the inner error where its bytes are not UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<Result<&'a str, Utf8Error>> {
        match self {
            Self::Text(text) => Some(std::str::from_utf8(text)),
            _ => None,
        }
    }

    /// The bytes of a text or a blob.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(bytes) | Self::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A short form for messages: at most some 40 characters, on one line.
    pub(crate) fn preview(&self) -> String {
        const MOST: usize = 40;
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Integer(value) => value.to_string(),
            Self::Real(value) => format!("{value:?}"),
            Self::Text(text) => {
                let text = String::from_utf8_lossy(text);
                let short: String = text.chars().take(MOST).collect();
                let more = if short.len() < text.len() { "..." } else { "" };
                format!("'{}{more}'", short.escape_debug())
            }
            Self::Blob(blob) => {
                let hex: String = blob
                    .iter()
                    .take(MOST / 2)
                    .map(|byte| format!("{byte:02X}"))
                    .collect();
                let more = if blob.len() > MOST / 2 { "..." } else { "" };
                format!("X'{hex}{more}' ({} bytes)", blob.len())
            }
        }
    }
}

impl<'a> From<&'a str> for ValueRef<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for ValueRef<'a> {
    fn from(blob: &'a [u8]) -> Self {
        Self::Blob(blob)
    }
}

impl From<i64> for ValueRef<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for ValueRef<'_> {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl<'a> From<&'a Value> for ValueRef<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Integer(value) => Self::Integer(*value),
            Value::Real(value) => Self::Real(*value),
            Value::Text(text) => Self::Text(text.as_bytes()),
            Value::Blob(blob) => Self::Blob(blob),
        }
    }
}

/// A value of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `NULL`.
    #[default]
    Null,
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit IEEE 754 number. Binding NaN gives NULL.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// The value's storage class.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        ValueRef::from(self).kind()
    }
}

impl TryFrom<ValueRef<'_>> for Value {
    type Error = Utf8Error;

    /// A copy; an error for a text that is not UTF-8.
    fn try_from(value: ValueRef<'_>) -> Result<Self, Utf8Error> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(value) => Self::Integer(value),
            ValueRef::Real(value) => Self::Real(value),
            ValueRef::Text(text) => Self::Text(std::str::from_utf8(text)?.to_owned()),
            ValueRef::Blob(blob) => Self::Blob(blob.to_owned()),
        })
    }
}

macro_rules! value_from {
    ($($variant:ident: $($from:ty),+;)+) => {$($(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+)+};
}

value_from! {
    Integer: i8, i16, i32, i64, u8, u16, u32, bool;
    Real: f32, f64;
    Text: String, &str;
    Blob: Vec<u8>, &[u8];
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Blob(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_short_and_on_one_line() {
        assert_eq!(ValueRef::from("a\nb").preview(), r"'a\nb'");
        assert_eq!(
            ValueRef::from("ä".repeat(50).as_str()).preview(),
            format!("'{}...'", "ä".repeat(40))
        );
        assert_eq!(
            ValueRef::from([1_u8, 255].as_slice()).preview(),
            "X'01FF' (2 bytes)"
        );
        assert_eq!(ValueRef::Real(1.0).preview(), "1.0");
    }
}
