//! Everything that a database holds, as text: two databases that dump alike are equal to whoever asks by SQL.

use clib::{Connection, ValueRef};

use crate::database::quote;

/// The schemas and all rows in their order, each value with its storage class and its exact bytes.
#[must_use]
pub fn dump(conn: &Connection) -> Vec<String> {
    let mut lines = Vec::new();
    let mut schemas: Vec<String> = strings(conn, "PRAGMA database_list", 1);
    if !schemas.iter().any(|schema| schema == "temp") {
        schemas.push("temp".to_owned());
    }
    schemas.sort();
    for schema in schemas {
        let master = if schema == "temp" {
            "temp.sqlite_temp_master".to_owned()
        } else {
            format!("{schema}.sqlite_master")
        };
        rows(
            conn,
            &schema,
            &format!("SELECT type, name, tbl_name, sql FROM {master} ORDER BY rowid"),
            &mut lines,
        );
        let tables = strings(
            conn,
            &format!(
                "SELECT name FROM {master} WHERE type = 'table' AND rootpage > 0 ORDER BY rowid"
            ),
            0,
        );
        for table in tables {
            let columns = strings(
                conn,
                &format!("PRAGMA {schema}.table_xinfo({})", quote(&table)),
                1,
            );
            // The bytes of a text as they are stored; what is asked for as text is UTF-8.
            let mut all: Vec<_> = columns
                .iter()
                .flat_map(|name| [quote(name), format!("CAST({} AS BLOB)", quote(name))])
                .collect();
            let rowid = ["rowid", "_rowid_", "oid"]
                .into_iter()
                .find(|rowid| !columns.iter().any(|name| name.eq_ignore_ascii_case(rowid)));
            let from = format!("{schema}.{}", quote(&table));
            if let Some(rowid) = rowid
                && conn.prepare(&format!("SELECT {rowid} FROM {from}")).is_ok()
            {
                all.push(rowid.to_owned());
            }
            rows(
                conn,
                &from,
                &format!("SELECT {} FROM {from} NOT INDEXED", all.join(", ")),
                &mut lines,
            );
        }
    }
    lines
}

/// What SQLite says of a database's form, `ok` twice if all is well.
#[must_use]
pub fn integrity(conn: &Connection) -> Vec<String> {
    ["PRAGMA integrity_check", "PRAGMA quick_check"]
        .into_iter()
        .flat_map(|pragma| {
            let mut lines = strings(conn, pragma, 0);
            if clib::version_number() < 3_051_000 {
                // They take any value for a virtual column of a STRICT table, and complain of it only here.
                lines.retain(|line| !line.starts_with("non-"));
                if lines.is_empty() {
                    lines.push("ok".to_owned());
                }
            }
            lines
        })
        .collect()
}

/// A column of a result, whose error is one more line.
fn strings(conn: &Connection, sql: &str, column: usize) -> Vec<String> {
    let mut found = Vec::new();
    let result = conn.prepare(sql).and_then(|mut stmt| {
        let mut rows = stmt.query(())?;
        while let Some(row) = rows.next()? {
            found.push(row.get(column)?);
        }
        Ok(())
    });
    if let Err(error) = result {
        found.push(format!("{sql}: {error}"));
    }
    found
}

fn rows(conn: &Connection, name: &str, sql: &str, lines: &mut Vec<String>) {
    let result = conn.prepare(sql).and_then(|mut stmt| {
        let count = stmt.column_count();
        let mut rows = stmt.query(())?;
        while let Some(row) = rows.next()? {
            let mut line = name.to_owned();
            for column in 0..count {
                line.push_str(" | ");
                show(row.get_ref(column)?, &mut line);
            }
            lines.push(line);
        }
        Ok(())
    });
    if let Err(error) = result {
        lines.push(format!("{name}: {error}"));
    }
}

fn show(value: ValueRef<'_>, line: &mut String) {
    use std::fmt::Write;
    let _ = match value {
        ValueRef::Null => write!(line, "NULL"),
        ValueRef::Integer(value) => write!(line, "{value}"),
        ValueRef::Real(value) => write!(line, "{value:?} ({:x})", value.to_bits()),
        ValueRef::Text(text) => write!(line, "'{}'", text.escape_ascii()),
        ValueRef::Blob(blob) => write!(line, "X'{}'", blob.escape_ascii()),
    };
}

/// The first line that differs.
///
/// # Errors
///
/// The lines.
pub fn same(expected: &[String], found: &[String]) -> Result<(), String> {
    let longest = expected.len().max(found.len());
    for index in 0..longest {
        let (expected, found) = (expected.get(index), found.get(index));
        if expected != found {
            return Err(format!(
                "line {index} of the dump:\n{expected:?}\n{found:?}"
            ));
        }
    }
    Ok(())
}
