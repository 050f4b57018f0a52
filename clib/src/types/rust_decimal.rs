//! Feature `rust_decimal`: [`Decimal`] as TEXT, with all its digits, trailing zeros included.
//!
//! Read from TEXT, from INTEGER, and from REAL by its shortest decimal form (the one that reads back as the same REAL).
//! What the type cannot hold to the last digit is an error, never rounded.
//!
//! Declare the column as TEXT: with NUMERIC affinity, which `NUMERIC` and `DECIMAL(p, s)` mean to SQLite, a text that looks
//! like a number becomes one, and digits after the fifteenth are lost. Text sorts as text: sort by
//! `CAST(column AS REAL)`, or with the extension `decimal`'s collation.

use rust_decimal::Decimal;

use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for Decimal {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(self.to_string().into())
    }
}

impl FromSql<'_> for Decimal {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Text(_) => exact(<&str>::from_sql(value)?),
            ValueRef::Integer(value) => Ok(value.into()),
            // `Display` never uses an exponent, and its digits are the shortest.
            ValueRef::Real(value) => exact(&value.to_string()),
            other => Err(FromSqlError::invalid_type("TEXT, INTEGER or REAL", other)),
        }
    }
}

fn exact(text: &str) -> Result<Decimal, FromSqlError> {
    Decimal::from_str_exact(text).map_err(|error| {
        let preview = ValueRef::from(text).preview();
        FromSqlError::other(format!("{preview}: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{round_trip, sql, sql_with, unreadable};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "0",
            "1.10",
            "-0.0000000000000000000000000001",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "12345678901234567.89",
        ] {
            round_trip(decimal(text), text);
        }
        let scale: Decimal = sql_with("SELECT ?1", decimal("1.10")).unwrap();
        assert_eq!(scale.scale(), 2);
    }

    #[test]
    fn numbers_are_read() {
        assert_eq!(
            sql::<Decimal>("SELECT -9223372036854775808").unwrap(),
            Decimal::from(i64::MIN)
        );
        assert_eq!(sql::<Decimal>("SELECT 0.1").unwrap(), decimal("0.1"));
        assert_eq!(sql::<Decimal>("SELECT 1e-7").unwrap(), decimal("0.0000001"));
        assert_eq!(
            sql::<Decimal>("SELECT 1e20").unwrap(),
            decimal("100000000000000000000")
        );
        assert_eq!(sql::<Option<Decimal>>("SELECT NULL").unwrap(), None);
    }

    #[test]
    fn nothing_is_rounded() {
        for expression in [
            "1e300",
            "1e-29",
            "9e999",
            "'79228162514264337593543950336'",
            "'0.00000000000000000000000000001'",
            "'1.2.3'",
            "''",
            "'NaN'",
        ] {
            unreadable::<Decimal>(expression);
        }
        assert_eq!(
            unreadable::<Decimal>("'12,5'"),
            "'12,5': Invalid decimal: unknown character"
        );
        assert_eq!(
            unreadable::<Decimal>("x'31'"),
            "expected TEXT, INTEGER or REAL, found BLOB"
        );
    }
}
