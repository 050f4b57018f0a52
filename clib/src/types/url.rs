//! Feature `url`: [`Url`] as TEXT, in its serialized form.
//!
//! Read from TEXT that is an absolute URL.

use url::Url;

use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for Url {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        Ok(self.as_str().into())
    }
}

impl FromSql<'_> for Url {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        Self::parse(<&str>::from_sql(value)?)
            .map_err(|error| FromSqlError::other(format!("{}: {error}", value.preview())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::testing::{round_trip, sql, unreadable};

    #[test]
    fn what_is_written_is_read_back() {
        let url: Url = "https://user@example.org:8080/a%20b?q=ü#end"
            .parse()
            .unwrap();
        round_trip(url, "https://user@example.org:8080/a%20b?q=%C3%BC#end");
        let url: Url = sql("SELECT 'HTTP://EXAMPLE.org'").unwrap();
        assert_eq!(url.as_str(), "http://example.org/");
    }

    #[test]
    fn what_is_no_url_is_an_error() {
        assert_eq!(
            unreadable::<Url>("'/path'"),
            "'/path': relative URL without a base"
        );
        assert_eq!(unreadable::<Url>("''"), "'': relative URL without a base");
        assert_eq!(unreadable::<Url>("x'00'"), "expected TEXT, found BLOB");
    }
}
