//! The table that is loaded: where it is, what it looks like, and the SQL that creates and fills it.

use std::fmt::Write;

use arrow_schema::{Field, Schema};

use super::affinity::{Checked, can_lose};
use crate::batch::declared;
use crate::batch::error::UnsupportedError;
use crate::batch::options::{LoadMode, LoadOptions};
use crate::batch::table_name::{TableName, quote};
use crate::connection::Connection;
use crate::error::{Error, Result};

/// What a new table's name has more than that of the table whose place it takes in the end; a number and `)` follow.
pub(super) const PASSING: &str = " (clib load ";

/// Where a table is, or will be.
pub(in crate::batch) struct Place {
    pub(in crate::batch) schema: String,
    /// The name as the schema has it.
    pub(in crate::batch) name: String,
    pub(in crate::batch) found: Found,
    /// Whether rows of a table that is there may go into it many at a time: see [`InsertSql::groups`].
    groups: bool,
}

/// What has the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::batch) enum Found {
    Nothing,
    Table,
    View,
}

/// A column of a table that is there.
struct Existing {
    name: String,
    declared: String,
    /// The position in the primary key, from 1; 0 outside it.
    key: i64,
    /// 0 for a plain column, 1 for a hidden one of a virtual table, else generated.
    hidden: i64,
}

/// What went wrong, and in which column.
pub(in crate::batch) struct Problem {
    pub(in crate::batch) column: Option<String>,
    pub(in crate::batch) reason: String,
}

impl Problem {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            column: None,
            reason: reason.into(),
        }
    }

    fn of(column: &str, reason: impl Into<String>) -> Self {
        Self {
            column: Some(column.to_owned()),
            reason: reason.into(),
        }
    }
}

impl Place {
    /// Looks where SQLite would: in `temp`, in `main`, then in the attached databases.
    pub(in crate::batch) fn find(
        conn: &Connection,
        table: &TableName,
    ) -> Result<Result<Self, Problem>> {
        let mut schemas = Vec::new();
        let mut list = conn.prepare("PRAGMA database_list")?;
        let mut rows = list.query(())?;
        while let Some(row) = rows.next()? {
            schemas.push(row.get::<_, String>(1)?);
        }
        if !schemas
            .iter()
            .any(|schema| schema.eq_ignore_ascii_case("temp"))
        {
            schemas.push("temp".to_owned());
        }
        match table.schema() {
            Some(wanted) => {
                schemas.retain(|schema| schema.eq_ignore_ascii_case(wanted));
                if schemas.is_empty() {
                    return Ok(Err(Problem::new(format!(
                        "there is no schema `{wanted}`: attach the database first"
                    ))));
                }
            }
            None => schemas.sort_by_key(|schema| !schema.eq_ignore_ascii_case("temp")),
        }
        for schema in &schemas {
            if let Some((name, found, sql)) = look(conn, schema, table.name())? {
                let groups = sql
                    .map(|sql| sql.to_ascii_lowercase())
                    .is_some_and(|sql| !sql.contains("conflict") && !sql.contains("strict"))
                    && !has_triggers(conn, schema, &name)?
                    && !refers_to(conn, schema, &name, &name)?;
                return Ok(Ok(Self {
                    schema: schema.clone(),
                    name,
                    found,
                    groups,
                }));
            }
        }
        Ok(Ok(Self {
            schema: table.schema().unwrap_or("main").to_owned(),
            name: table.name().to_owned(),
            found: Found::Nothing,
            groups: true,
        }))
    }

    /// The name of a table as SQL, in this place's schema.
    pub(super) fn to_sql(&self, name: &str) -> String {
        format!("{}.{}", quote(&self.schema), quote(name))
    }

    /// A name that nothing in the schema has.
    pub(super) fn free_name(&self, conn: &Connection) -> Result<String> {
        let mut number = 0_u64;
        loop {
            let name = format!("{}{PASSING}{number})", self.name);
            if look(conn, &self.schema, &name)?.is_none() {
                return Ok(name);
            }
            number += 1;
        }
    }

    pub(super) fn is_temporary(&self) -> bool {
        self.schema.eq_ignore_ascii_case("temp")
    }

    /// Another table with an enforced foreign key to this one.
    pub(super) fn referrer(&self, conn: &Connection) -> Result<Option<String>> {
        if !conn.pragma_get::<bool>(None, "foreign_keys")? {
            return Ok(None);
        }
        let sql = format!(
            "SELECT name FROM {} WHERE type = 'table' AND rootpage > 0 AND name <> ?1 COLLATE NOCASE",
            master(&self.schema)
        );
        let mut stmt = conn.prepare(&sql)?;
        let mut rows = stmt.query((&self.name,))?;
        while let Some(row) = rows.next()? {
            let other: String = row.get(0)?;
            if refers_to(conn, &self.schema, &other, &self.name)? {
                return Ok(Some(other));
            }
        }
        Ok(None)
    }

    fn columns(&self, conn: &Connection) -> Result<Vec<Existing>> {
        // A pragma, and not the function of its name, which a table of that name would hide.
        let mut stmt = conn.prepare(&format!(
            "PRAGMA {}.table_xinfo({})",
            quote(&self.schema),
            quote(&self.name)
        ))?;
        let columns = stmt.query_map((), |row| {
            Ok(Existing {
                name: row.get("name")?,
                declared: row.get::<_, Option<String>>("type")?.unwrap_or_default(),
                key: row.get("pk")?,
                hidden: row.get("hidden")?,
            })
        })?;
        columns.collect()
    }
}

/// The table or view of that name in a schema, and the SQL that created it unless it is a virtual table.
fn look(
    conn: &Connection,
    schema: &str,
    name: &str,
) -> Result<Option<(String, Found, Option<String>)>> {
    let sql = format!(
        "SELECT name, type, iif(rootpage > 0, sql, NULL) FROM {} \
         WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
        master(schema)
    );
    let mut stmt = conn.prepare(&sql)?;
    let mut rows = stmt.query((name,))?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let found = if row.get::<_, &str>(1)? == "view" {
        Found::View
    } else {
        Found::Table
    };
    Ok(Some((row.get(0)?, found, row.get(2)?)))
}

/// The table that lists a schema's tables.
pub(in crate::batch) fn master(schema: &str) -> String {
    let name = if schema.eq_ignore_ascii_case("temp") {
        "sqlite_temp_master"
    } else {
        "sqlite_master"
    };
    format!("{}.{name}", quote(schema))
}

/// Whether a table has triggers, those of schema `temp` included.
fn has_triggers(conn: &Connection, schema: &str, name: &str) -> Result<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {} WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE) \
         OR EXISTS (SELECT 1 FROM sqlite_temp_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE)",
        master(schema)
    );
    conn.query_row(&sql, (name,), |row| row.get(0))
}

/// Whether a foreign key of a table refers to another one, or to the table itself.
fn refers_to(conn: &Connection, schema: &str, name: &str, parent: &str) -> Result<bool> {
    let sql = format!("PRAGMA {}.foreign_key_list({})", quote(schema), quote(name));
    let mut stmt = conn.prepare(&sql)?;
    let mut rows = stmt.query(())?;
    while let Some(row) = rows.next()? {
        if row.get::<_, &str>("table")?.eq_ignore_ascii_case(parent) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The names must differ for SQLite, which does not tell ASCII case apart.
pub(in crate::batch) fn check_names(schema: &Schema) -> Result<(), Problem> {
    if schema.fields().is_empty() {
        return Err(Problem::new("the batches have no columns"));
    }
    let mut seen = std::collections::HashMap::new();
    for field in schema.fields() {
        if let Some(first) = seen.insert(field.name().to_ascii_lowercase(), field.name()) {
            let also = if first == field.name() {
                String::new()
            } else {
                format!(" (as `{first}`)")
            };
            return Err(Problem::of(
                field.name(),
                format!(
                    "the batches have this column twice{also}, and SQLite does not tell ASCII case apart: rename one"
                ),
            ));
        }
    }
    Ok(())
}

/// Every column must have a form in SQLite.
pub(super) fn check_types(schema: &Schema) -> Result<()> {
    for field in schema.fields() {
        declared::declare(field.data_type()).map_err(|reason| unsupported(field, reason))?;
    }
    Ok(())
}

fn unsupported(field: &Field, reason: String) -> Error {
    UnsupportedError {
        column: field.name().clone(),
        data_type: field.data_type().clone(),
        reason,
    }
    .into()
}

/// The statement that creates the table.
pub(super) fn create_sql(table: &str, schema: &Schema, options: &LoadOptions) -> Result<String> {
    let mut sql = format!("CREATE TABLE {table} (");
    for (index, field) in schema.fields().iter().enumerate() {
        let declared = if options.strict {
            declared::declare_strict(field.data_type()).map(str::to_owned)
        } else {
            declared::declare(field.data_type())
        };
        let declared = declared.map_err(|reason| unsupported(field, reason))?;
        let comma = if index > 0 { ", " } else { "" };
        let space = if declared.is_empty() { "" } else { " " };
        let not_null = if field.is_nullable() { "" } else { " NOT NULL" };
        // Writing to a string cannot fail.
        let _ = write!(
            sql,
            "{comma}{}{space}{declared}{not_null}",
            quote(field.name())
        );
    }
    sql.push_str(if options.strict { ") STRICT" } else { ")" });
    Ok(sql)
}

/// The statement that inserts one row of the batches into a table that is there.
pub(super) fn insert_sql(
    conn: &Connection,
    place: &Place,
    schema: &Schema,
    mode: &LoadMode,
) -> Result<Result<InsertSql, Problem>> {
    let existing = place.columns(conn)?;
    let find = |name: &str| {
        existing
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    };
    for field in schema.fields() {
        let problem = match find(field.name()) {
            Some(column) if column.hidden == 0 => continue,
            Some(column) if column.hidden == 1 => {
                "is a hidden column of a virtual table, which cannot be loaded".to_owned()
            }
            Some(_) => "is a generated column, which SQLite computes: leave it out".to_owned(),
            None => {
                let names = existing
                    .iter()
                    .filter(|column| column.hidden == 0)
                    .map(|column| column.name.as_str());
                format!(
                    "is not in the table, which has {}",
                    names.collect::<Vec<_>>().join(", ")
                )
            }
        };
        return Ok(Err(Problem::of(field.name(), problem)));
    }
    let mut sql = InsertSql::new(&place.to_sql(&place.name), schema);
    sql.groups = place.groups;
    for (index, field) in schema.fields().iter().enumerate() {
        let affinity = find(field.name()).map(|column| declared::affinity(&column.declared));
        if let Some(affinity) = affinity.filter(|affinity| can_lose(field.data_type(), *affinity)) {
            sql.checked.push(Checked { index, affinity });
        }
    }
    if let LoadMode::Upsert { key } = mode {
        match upsert_key(key, &existing, schema) {
            Ok(key) => sql.on_conflict(&key, schema),
            Err(problem) => return Ok(Err(problem)),
        }
    }
    Ok(Ok(sql))
}

/// The statement that inserts rows of the batches.
pub(super) struct InsertSql {
    into: String,
    conflict: String,
    pub(super) columns: usize,
    /// Whether it makes no difference to insert many rows in one statement.
    ///
    /// It makes one where a foreign key may be satisfied by another row of the statement: SQLite looks when a statement ends.
    /// So not for a table that refers to itself, nor where triggers write others. Nor where an update or a replacing conflict
    /// clause may remove, and another row bring back, what other tables refer to. Nor for virtual tables, which may do
    /// anything; nor with conflict clauses that do not undo the whole statement; nor for STRICT tables, as SQLite keeps the rows of
    /// a statement before the one whose type is wrong.
    pub(super) groups: bool,
    /// Columns whose values the table's affinities may change.
    pub(super) checked: Vec<Checked>,
}

impl InsertSql {
    pub(super) fn new(table: &str, schema: &Schema) -> Self {
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| quote(field.name()))
            .collect();
        let columns = names.len();
        let names = names.join(", ");
        Self {
            into: format!("INSERT INTO {table} ({names})"),
            conflict: String::new(),
            columns,
            groups: true,
            checked: Vec::new(),
        }
    }

    /// The statement for so many rows.
    pub(super) fn for_rows(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        format!(
            "{} VALUES {}{}",
            self.into,
            vec![row; rows].join(", "),
            self.conflict
        )
    }

    /// A statement that inserts no row.
    pub(super) fn for_none(&self) -> String {
        let values = vec!["NULL"; self.columns].join(", ");
        format!("{} SELECT {values} WHERE 0", self.into)
    }

    /// Makes rows whose key is there update it.
    fn on_conflict(&mut self, key: &[String], schema: &Schema) {
        let names: Vec<_> = key.iter().map(|name| quote(name)).collect();
        let updates: Vec<_> = schema
            .fields()
            .iter()
            .filter(|field| {
                !key.iter()
                    .any(|name| name.eq_ignore_ascii_case(field.name()))
            })
            .map(|field| format!("{0} = excluded.{0}", quote(field.name())))
            .collect();
        let action = if updates.is_empty() {
            "NOTHING".to_owned()
        } else {
            format!("UPDATE SET {}", updates.join(", "))
        };
        self.conflict = format!(" ON CONFLICT ({}) DO {action}", names.join(", "));
        self.groups = false;
    }
}

/// The columns that tell rows apart: those asked for, or the primary key.
fn upsert_key(
    key: &[String],
    existing: &[Existing],
    schema: &Schema,
) -> Result<Vec<String>, Problem> {
    let key = if key.is_empty() {
        let mut columns: Vec<_> = existing.iter().filter(|column| column.key > 0).collect();
        columns.sort_by_key(|column| column.key);
        columns
            .into_iter()
            .map(|column| column.name.clone())
            .collect()
    } else {
        key.to_vec()
    };
    if key.is_empty() {
        return Err(Problem::new(
            "the table has no primary key: name the columns of a UNIQUE constraint as the upsert's key",
        ));
    }
    for column in &key {
        if !schema
            .fields()
            .iter()
            .any(|field| field.name().eq_ignore_ascii_case(column))
        {
            return Err(Problem::of(
                column,
                "is in the key of the upsert, and not in the batches",
            ));
        }
    }
    Ok(key)
}
