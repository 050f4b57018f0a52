//! Which table is meant, what its key is, and the SQL of both.

use crate::batch::load::{Found, Place, master};
use crate::batch::table_name::{TableName, quote};
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::c_string;

/// The names under which a table's rowid is known, unless it has columns of these names.
const ROWID_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// How a key is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// It is the rowid.
    Rowid,
    /// A unique index has it alone.
    Index(String),
}

/// What is looked up in.
pub(super) struct Target {
    place: Place,
    pub(super) key_column: String,
    pub(super) key: Key,
    columns: Vec<String>,
}

/// A column of the table.
struct Column {
    name: String,
    /// The position in the primary key, from 1; 0 outside it.
    key: i64,
    /// Whether it is in `SELECT *`.
    plain: bool,
}

impl Target {
    /// The table, its key and its columns; or why there are none.
    pub(super) fn find(
        conn: &Connection,
        table: &TableName,
        key_column: &str,
        wanted: &[&str],
    ) -> Result<Result<Self, String>> {
        let place = match Place::find(conn, table)? {
            Ok(place) => place,
            Err(problem) => return Ok(Err(problem.reason)),
        };
        match place.found {
            Found::Table => {}
            Found::Nothing => return Ok(Err("there is no such table".to_owned())),
            Found::View => {
                return Ok(Err(
                    "it is a view, which has no keys: look them up in its table".to_owned(),
                ));
            }
        }
        let known = columns(conn, &place)?;
        let find = |name: &str| {
            known
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name))
        };
        let is_rowid = |name: &str| ROWID_NAMES.iter().any(|it| it.eq_ignore_ascii_case(name));
        let missing = |name: &str| {
            let names: Vec<_> = known.iter().map(|column| column.name.as_str()).collect();
            format!(
                "there is no column `{name}`: there are {}",
                names.join(", ")
            )
        };
        if let Some(name) = wanted
            .iter()
            .find(|name| find(name).is_none() && !is_rowid(name))
        {
            return Ok(Err(missing(name)));
        }
        let columns = if wanted.is_empty() {
            let plain = known.iter().filter(|column| column.plain);
            plain.map(|column| column.name.clone()).collect()
        } else {
            wanted.iter().map(|name| (*name).to_owned()).collect()
        };
        let key = match find(key_column) {
            Some(column) => key_of(conn, &place, &known, column)?,
            None if is_rowid(key_column) => Some(Key::Rowid),
            None => return Ok(Err(missing(key_column))),
        };
        let Some(key) = key else {
            return Ok(Err(
                "the column is no unique key: look up the rowid or a column that has a unique index of its own, \
                 create one (CREATE UNIQUE INDEX), or join (Statement::query_batches)"
                    .to_owned(),
            ));
        };
        Ok(Ok(Self {
            place,
            key_column: key_column.to_owned(),
            key,
            columns,
        }))
    }

    /// The table as SQL.
    pub(super) fn table(&self) -> String {
        format!("{}.{}", quote(&self.place.schema), quote(&self.place.name))
    }

    /// The table that lists the schema's tables, as SQL.
    pub(super) fn master(&self) -> String {
        master(&self.place.schema)
    }

    /// What is selected from the table as `k`. Names that are qualified are never taken for texts.
    pub(super) fn columns(&self) -> String {
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|name| format!("k.{}", quote(name)))
            .collect();
        columns.join(", ")
    }
}

fn columns(conn: &Connection, place: &Place) -> Result<Vec<Column>> {
    let mut stmt = conn.prepare(&pragma(place, "table_xinfo", &place.name))?;
    let columns = stmt.query_map((), |row| {
        Ok(Column {
            name: row.get("name")?,
            key: row.get("pk")?,
            plain: row.get::<_, i64>("hidden")? != 1,
        })
    })?;
    columns.collect()
}

/// How values of a column are found; `None` where they need not be unique.
fn key_of(
    conn: &Connection,
    place: &Place,
    known: &[Column],
    column: &Column,
) -> Result<Option<Key>> {
    let mut indexes = Vec::new();
    let mut key_has_index = false;
    let mut stmt = conn.prepare(&pragma(place, "index_list", &place.name))?;
    let mut rows = stmt.query(())?;
    while let Some(row) = rows.next()? {
        key_has_index |= row.get::<_, &str>("origin")? == "pk";
        if row.get::<_, bool>("unique")? && !row.get::<_, bool>("partial")? {
            indexes.push(row.get::<_, String>("name")?);
        }
    }
    // A virtual table's key is none of SQLite's.
    let is_alias = column.key == 1
        && !key_has_index
        && known.iter().filter(|column| column.key > 0).count() == 1
        && has_rowid(conn, place);
    if is_alias {
        return Ok(Some(Key::Rowid));
    }
    let collation = conn.db().collation(
        &c_string(place.schema.as_str())?,
        &c_string(place.name.as_str())?,
        &c_string(column.name.as_str())?,
    );
    let Some(collation) = collation else {
        return Ok(None);
    };
    for index in indexes {
        let mut stmt = conn.prepare(&pragma(place, "index_xinfo", &index))?;
        let mut rows = stmt.query(())?;
        let (mut count, mut fits) = (0, false);
        while let Some(row) = rows.next()? {
            if !row.get::<_, bool>("key")? {
                continue;
            }
            count += 1;
            // An expression has no name. Where collations differ, values that the column takes for equal can be there twice.
            fits = row
                .get::<_, Option<&str>>("name")?
                .is_some_and(|name| name.eq_ignore_ascii_case(&column.name))
                && row.get::<_, &str>("coll")?.eq_ignore_ascii_case(&collation);
        }
        if count == 1 && fits {
            return Ok(Some(Key::Index(index)));
        }
    }
    Ok(None)
}

/// Whether the table is an ordinary one with rowids, which its integer key is another name of.
fn has_rowid(conn: &Connection, place: &Place) -> bool {
    let sql = format!(
        "SELECT rootpage > 0 FROM {} WHERE name = ?1 AND type = 'table'",
        master(&place.schema)
    );
    conn.query_row(&sql, (&place.name,), |row| row.get(0))
        .unwrap_or(false)
}

fn pragma(place: &Place, name: &str, of: &str) -> String {
    format!("PRAGMA {}.{name}({})", quote(&place.schema), quote(of))
}
