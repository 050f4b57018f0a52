//! Feature `serde_json`: [`Value`] as JSON text, TEXT for [SQLite's JSON functions](https://sqlite.org/json1.html).
//!
//! JSON's `null` is the text `null`, so that it is told from a missing value: `Option<Value>` writes NULL for `None`.
//!
//! TEXT is read as JSON; INTEGER, REAL and NULL, which those functions give for numbers and `null`, as the same in JSON.
//! A BLOB is refused: SQLite's binary form (JSONB) is its own affair, and `json(column)` makes a text of it.

use serde_json::{Number, Value};

use super::{FromSql, FromSqlError, ToSql, ToSqlError, ToSqlOutput, ValueRef};

impl ToSql for Value {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        serde_json::to_string(self)
            .map(ToSqlOutput::from)
            .map_err(ToSqlError::other)
    }
}

impl FromSql<'_> for Value {
    fn from_sql(value: ValueRef<'_>) -> Result<Self, FromSqlError> {
        match value {
            ValueRef::Text(text) => serde_json::from_slice(text).map_err(FromSqlError::other),
            ValueRef::Integer(number) => Ok(number.into()),
            ValueRef::Real(number) => Number::from_f64(number)
                .map(Self::Number)
                .ok_or_else(|| FromSqlError::other(format!("JSON has no number {number}"))),
            ValueRef::Null => Ok(Self::Null),
            ValueRef::Blob(_) => Err(FromSqlError::invalid_type("TEXT with JSON", value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::types::testing::{round_trip, sql, sql_with, unreadable};

    #[test]
    fn what_is_written_is_read_back() {
        round_trip(json!(null), "null");
        round_trip(json!("a \"b\" \u{0} ü"), r#""a \"b\" \u0000 ü""#);
        round_trip(json!(u64::MAX), "18446744073709551615");
        round_trip(json!(0.1), "0.1");
        round_trip(
            json!({"a": [1, 2.5, true, null]}),
            r#"{"a":[1,2.5,true,null]}"#,
        );
    }

    #[test]
    fn sqlites_functions_agree() {
        let value = json!({"a": {"b": [10, "x"]}});
        let number: i64 = sql_with("SELECT ?1 ->> '$.a.b[0]'", &value).unwrap();
        assert_eq!(number, 10);
        for (expression, expected) in [
            ("?1 -> '$.a'", json!({"b": [10, "x"]})),
            ("?1 ->> '$.a.b[0]'", json!(10)),
            ("json_extract('[2.5]', '$[0]')", json!(2.5)),
            ("json_extract(?1, '$.none')", json!(null)),
        ] {
            let read: Value =
                sql_with(&format!("SELECT {expression} WHERE ?1 IS NOT NULL"), &value).unwrap();
            assert_eq!(read, expected, "{expression}");
        }
    }

    #[test]
    fn null_is_told_from_a_missing_value() {
        let none: Option<Value> = None;
        assert!(sql_with::<bool>("SELECT ?1 IS NULL", none).unwrap());
        assert!(!sql_with::<bool>("SELECT ?1 IS NULL", Some(json!(null))).unwrap());
        assert_eq!(sql::<Option<Value>>("SELECT NULL").unwrap(), None);
        assert_eq!(
            sql::<Option<Value>>("SELECT 'null'").unwrap(),
            Some(Value::Null)
        );
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        assert_eq!(
            unreadable::<Value>("'{\"a\":'"),
            "EOF while parsing a value at line 1 column 5"
        );
        assert_eq!(unreadable::<Value>("9e999"), "JSON has no number inf");
        assert_eq!(
            unreadable::<Value>("x'5b5d'"),
            "expected TEXT with JSON, found BLOB"
        );
        unreadable::<Value>("''");
        unreadable::<Value>("CAST(x'22ff22' AS TEXT)");
    }
}
