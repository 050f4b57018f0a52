//! What the tests of all types share: through a real database and back.

use std::fmt::Debug;

use super::{FromSqlOwned, ToSql, ValueKind};
use crate::{Connection, Error, Result};

/// The value of a query without parameters.
pub(super) fn sql<T: FromSqlOwned>(query: &str) -> Result<T> {
    let conn = Connection::open_in_memory()?;
    conn.query_row(query, (), |row| row.get(0))
}

/// The value of a query with one parameter.
pub(super) fn sql_with<T: FromSqlOwned>(query: &str, parameter: impl ToSql) -> Result<T> {
    let conn = Connection::open_in_memory()?;
    conn.query_row(query, (parameter,), |row| row.get(0))
}

/// Stores a value, checks what SQLite holds (as TEXT), and reads it back.
#[track_caller]
pub(super) fn round_trip<T: ToSql + FromSqlOwned + PartialEq + Debug>(value: T, stored: &str) {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.execute("INSERT INTO t VALUES (?1)", [&value]).unwrap();
    let (kind, text, read) = conn
        .query_row("SELECT a, CAST(a AS TEXT) FROM t", (), |row| {
            let kind = row.get_ref(0)?.kind();
            Ok((kind, row.get::<_, String>(1)?, row.get::<_, T>(0)?))
        })
        .unwrap();
    assert_eq!((kind, text.as_str()), (ValueKind::Text, stored));
    assert_eq!(read, value);
    // Without a copy too.
    let mut stmt = conn.prepare("SELECT ?1").unwrap();
    let params = [&value];
    let mut rows = stmt.query_borrowed(&params).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(row.get::<_, T>(0).unwrap(), value);
}

/// The message of a value that cannot be bound.
#[track_caller]
pub(super) fn refused(value: impl ToSql) -> String {
    let error = sql_with::<i64>("SELECT ?1 IS NULL", value).unwrap_err();
    assert!(matches!(error, Error::Parameter(_)), "{error}");
    error.to_string()
}

/// Why the value of an SQL expression cannot be read as `T`.
#[track_caller]
pub(super) fn unreadable<T: FromSqlOwned + Debug>(expression: &str) -> String {
    match sql::<T>(&format!("SELECT {expression}")) {
        Err(Error::ColumnType(error)) => error.source.to_string(),
        other => panic!("{other:?}"),
    }
}
