//! [`ToSql`] and [`FromSql`] for the standard library's types.

use std::any::type_name;
use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, Value, ValueRef};

macro_rules! integers {
    ($($t:ty),+) => {$(
        impl ToSql for $t {
            #[inline]
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
                i64::try_from(*self).map(ToSqlOutput::from).map_err(|_| ToSqlError::OutOfRange {
                    value: self.to_string(),
                })
            }
        }

        impl FromSql<'_> for $t {
            #[inline]
            fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
                let value = integer(value)?;
                Self::try_from(value).map_err(|_| out_of_range::<Self>(value))
            }
        }
    )+};
}

integers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

macro_rules! non_zero_integers {
    ($($t:ty),+) => {$(
        impl ToSql for NonZero<$t> {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
                i64::try_from(self.get()).map(ToSqlOutput::from).map_err(|_| ToSqlError::OutOfRange {
                    value: self.to_string(),
                })
            }
        }

        impl FromSql<'_> for NonZero<$t> {
            fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
                let number = <$t>::from_sql(value)?;
                Self::new(number).ok_or_else(|| out_of_range::<Self>(0))
            }
        }
    )+};
}

non_zero_integers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

#[inline]
fn integer(value: ValueRef<'_>) -> Result<i64, FromSqlError> {
    match value {
        ValueRef::Integer(value) => Ok(value),
        other => Err(FromSqlError::invalid_type("INTEGER", other)),
    }
}

fn out_of_range<T>(value: i64) -> FromSqlError {
    FromSqlError::OutOfRange {
        value: value.to_string(),
        target: type_name::<T>(),
    }
}

impl ToSql for bool {
    #[inline]
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(i64::from(*self).into())
    }
}

impl FromSql<'_> for bool {
    #[inline]
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        Ok(integer(value)? != 0)
    }
}

impl ToSql for f64 {
    #[inline]
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok((*self).into())
    }
}

impl FromSql<'_> for f64 {
    #[inline]
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Real(value) => Ok(value),
            ValueRef::Integer(value) => {
                exact_real(value).ok_or_else(|| out_of_range::<Self>(value))
            }
            other => Err(FromSqlError::invalid_type("REAL or INTEGER", other)),
        }
    }
}

/// The integer as a REAL, where none is lost: up to 2^53 always, beyond it where its low bits are 0.
pub(crate) fn exact_real(value: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "checked below")]
    let real = value as f64;
    // 2^63 itself would saturate on the way back and seem equal to `i64::MAX`.
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in range, and the comparison tells"
    )]
    let exact = real < TOO_LARGE && real as i64 == value;
    exact.then_some(real)
}

impl ToSql for f32 {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(f64::from(*self).into())
    }
}

impl FromSql<'_> for f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the nearest f32, as documented"
    )]
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let wide = f64::from_sql(value)?;
        let narrow = wide as Self;
        if narrow.is_infinite() && wide.is_finite() {
            return Err(FromSqlError::OutOfRange {
                value: format!("{wide:?}"),
                target: type_name::<Self>(),
            });
        }
        Ok(narrow)
    }
}

macro_rules! texts {
    ($($t:ty),+) => {$(
        impl ToSql for $t {
            #[inline]
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
                let text: &str = self;
                Ok(text.into())
            }
        }
    )+};
}

macro_rules! blobs {
    ($($t:ty),+) => {$(
        impl ToSql for $t {
            #[inline]
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
                let blob: &[u8] = self;
                Ok(blob.into())
            }
        }
    )+};
}

texts!(str, String);
blobs!([u8], Vec<u8>);

macro_rules! pointers {
    ($($t:ident),+) => {$(
        impl<T: ToSql + ?Sized> ToSql for $t<T> {
            fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
                (**self).to_sql()
            }
        }
    )+};
}

pointers!(Box, Rc, Arc);

impl<T: ToSql + ToOwned + ?Sized> ToSql for Cow<'_, T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        (**self).to_sql()
    }
}

impl<const N: usize> ToSql for [u8; N] {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(self.as_slice().into())
    }
}

macro_rules! owned {
    ($from:ty: $($t:ty),+) => {$(
        impl FromSql<'_> for $t {
            fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
                <&$from>::from_sql(value).map(Self::from)
            }
        }
    )+};
}

owned!(str: String, Box<str>, Rc<str>, Arc<str>);
owned!([u8]: Vec<u8>, Box<[u8]>, Rc<[u8]>, Arc<[u8]>);

impl<'r> FromSql<'r> for &'r str {
    #[inline]
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Text(text) => Ok(std::str::from_utf8(text)?),
            other => Err(FromSqlError::invalid_type("TEXT", other)),
        }
    }
}

impl<'r> FromSql<'r> for &'r [u8] {
    #[inline]
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Blob(blob) => Ok(blob),
            other => Err(FromSqlError::invalid_type("BLOB", other)),
        }
    }
}

impl<'r> FromSql<'r> for Cow<'r, str> {
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        <&str>::from_sql(value).map(Self::Borrowed)
    }
}

impl<'r> FromSql<'r> for Cow<'r, [u8]> {
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        <&[u8]>::from_sql(value).map(Self::Borrowed)
    }
}

impl<const N: usize> FromSql<'_> for [u8; N] {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        let blob = <&[u8]>::from_sql(value)?;
        blob.try_into().map_err(|_| FromSqlError::InvalidSize {
            expected: N,
            found: blob.len(),
        })
    }
}

impl<T: ToSql> ToSql for Option<T> {
    #[inline]
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        match self {
            Some(value) => value.to_sql(),
            None => Ok(ValueRef::Null.into()),
        }
    }
}

impl<'r, T: FromSql<'r>> FromSql<'r> for Option<T> {
    #[inline]
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_sql(value).map(Some),
        }
    }
}

impl FromSql<'_> for () {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Null => Ok(()),
            other => Err(FromSqlError::invalid_type("NULL", other)),
        }
    }
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        (**self).to_sql()
    }
}

impl<T: ToSql + ?Sized> ToSql for &mut T {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        (**self).to_sql()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(ValueRef::from(self).into())
    }
}

impl FromSql<'_> for Value {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        Ok(Self::try_from(value)?)
    }
}

impl ToSql for ValueRef<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok((*self).into())
    }
}

impl<'r> FromSql<'r> for ValueRef<'r> {
    fn from_sql(value: ValueRef<'r>) -> Result<Self, FromSqlError> {
        Ok(value)
    }
}

impl ToSql for ToSqlOutput<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(match self {
            Self::Borrowed(value) => (*value).into(),
            Self::Owned(value) => ValueRef::from(value).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_do_not_wrap() {
        assert!(matches!(
            u64::MAX.to_sql(),
            Err(ToSqlError::OutOfRange { .. })
        ));
        assert!(matches!(
            i128::MIN.to_sql(),
            Err(ToSqlError::OutOfRange { .. })
        ));
        assert!(matches!(
            u8::from_sql(ValueRef::Integer(-1)),
            Err(FromSqlError::OutOfRange { .. })
        ));
        assert_eq!(
            i128::from_sql(ValueRef::Integer(i64::MIN)).unwrap(),
            i128::from(i64::MIN)
        );
        assert!(NonZero::<u8>::from_sql(ValueRef::Integer(0)).is_err());
    }

    #[test]
    fn integers_become_reals_only_where_exact() {
        assert_eq!(
            f64::from_sql(ValueRef::Integer(1 << 53)).unwrap(),
            9_007_199_254_740_992.0
        );
        assert!(f64::from_sql(ValueRef::Integer((1 << 53) + 1)).is_err());
        assert!(f64::from_sql(ValueRef::Integer(i64::MAX)).is_err());
        assert_eq!(
            f64::from_sql(ValueRef::Integer(i64::MIN)).unwrap(),
            -9_223_372_036_854_775_808.0
        );
    }

    #[test]
    fn text_is_validated() {
        assert!(matches!(
            String::from_sql(ValueRef::Text(b"\xff")),
            Err(FromSqlError::InvalidUtf8(_))
        ));
        assert!(matches!(
            <&str>::from_sql(ValueRef::Blob(b"text")),
            Err(FromSqlError::InvalidType { .. })
        ));
    }

    #[test]
    fn an_array_has_its_length() {
        assert_eq!(
            <[u8; 2]>::from_sql(ValueRef::Blob(&[1, 2])).unwrap(),
            [1, 2]
        );
        assert!(matches!(
            <[u8; 2]>::from_sql(ValueRef::Blob(&[1])),
            Err(FromSqlError::InvalidSize {
                expected: 2,
                found: 1
            })
        ));
    }
}
