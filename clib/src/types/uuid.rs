//! Feature `uuid`: [`Uuid`] as a BLOB of 16 bytes, which is half the size of the text and sorts the same way.
//!
//! Read from such a BLOB, or from TEXT in any form that the `uuid` crate parses. To store a text, bind
//! `uuid.to_string()`.

use uuid::Uuid;

use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for Uuid {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromSql<'_> for Uuid {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Blob(_) => <[u8; 16]>::from_sql(value).map(Self::from_bytes),
            ValueRef::Text(_) => Self::parse_str(<&str>::from_sql(value)?)
                .map_err(|error| FromSqlError::other(format!("{}: {error}", value.preview()))),
            other => Err(FromSqlError::invalid_type("BLOB or TEXT", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{sql, sql_with, unreadable};

    const ID: Uuid = Uuid::from_u128(0x0190_a5c4_7b3e_7f00_8000_0000_0000_00ff);

    #[test]
    fn what_is_written_is_read_back() {
        for id in [ID, Uuid::nil(), Uuid::max()] {
            assert_eq!(sql_with::<Uuid>("SELECT ?1", id).unwrap(), id);
            let hex: String = sql_with("SELECT typeof(?1) || lower(hex(?1))", id).unwrap();
            assert_eq!(hex, format!("blob{}", id.simple()));
        }
    }

    #[test]
    fn text_is_read() {
        for text in [
            ID.to_string(),
            ID.simple().to_string(),
            ID.urn().to_string(),
        ] {
            assert_eq!(sql_with::<Uuid>("SELECT ?1", text).unwrap(), ID);
        }
        assert_eq!(sql::<Option<Uuid>>("SELECT NULL").unwrap(), None);
    }

    #[test]
    fn what_is_no_uuid_is_an_error() {
        assert_eq!(
            unreadable::<Uuid>("x'00ff'"),
            "expected a BLOB of 16 bytes, found 2"
        );
        assert_eq!(
            unreadable::<Uuid>("'0190a5c4-7b3e'"),
            "'0190a5c4-7b3e': invalid group count: expected 5, found 2"
        );
        assert_eq!(
            unreadable::<Uuid>("1"),
            "expected BLOB or TEXT, found INTEGER"
        );
        assert_eq!(
            unreadable::<Uuid>("NULL"),
            "expected BLOB or TEXT, found NULL"
        );
    }
}
