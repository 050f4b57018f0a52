//! `clib info`: what a database holds.

use clib::Connection;

use crate::args::{Common, Info};
use crate::command::say;
use crate::database::Database;
use crate::failure::{self, Failure, Result};
use crate::human;
use crate::interrupt::Interrupt;

/// Prints the database's facts, then its tables and views with their columns.
pub(crate) fn run(info: &Info, common: &Common, interrupt: &Interrupt) -> Result<()> {
    let database = Database::read(&info.db, common, interrupt)?;
    let size = std::fs::metadata(&info.db)
        .map_err(|error| Failure::about(&database.subject, failure::io(&error)))?
        .len();
    let lines = describe(&database.connection, &database.subject, size)
        .map_err(|error| database.fail(error))?;
    for line in lines {
        say(line)?;
    }
    Ok(())
}

fn describe(connection: &Connection, subject: &str, size: u64) -> clib::Result<Vec<String>> {
    let number = |name| connection.pragma_get::<u64>(Some("main"), name);
    let text = |name| connection.pragma_get::<String>(Some("main"), name);
    let mut lines = vec![
        format!("database      {subject}"),
        format!(
            "size          {} ({} of {} bytes)",
            human::bytes(size),
            human::plural(number("page_count")?, "page", "pages"),
            human::count(number("page_size")?)
        ),
        format!("journal mode  {}", text("journal_mode")?),
        format!("encoding      {}", text("encoding")?),
        format!("SQLite        {}, {}", clib::version(), clib::LINK_MODE),
    ];
    let objects = objects(connection)?;
    let tables = objects.iter().filter(|object| !object.is_view).count();
    lines.push(format!("tables        {tables}"));
    if objects.len() > tables {
        lines.push(format!("views         {}", objects.len() - tables));
    }
    for object in &objects {
        lines.push(String::new());
        let name = &object.name;
        if object.is_view {
            lines.push(format!("view {name}"));
        } else {
            let sql = format!("SELECT count(*) FROM {}", human::identifier(name));
            let rows = connection.query_row(&sql, (), |row| row.get(0))?;
            lines.push(format!(
                "table {name}: {}",
                human::plural(rows, "row", "rows")
            ));
        }
        lines.extend(columns(connection, name)?);
    }
    Ok(lines)
}

struct Object {
    name: String,
    is_view: bool,
}

fn objects(connection: &Connection) -> clib::Result<Vec<Object>> {
    let mut statement = connection.prepare(
        "SELECT name, type FROM sqlite_schema \
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )?;
    let mut rows = statement.query(())?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(1)?;
        objects.push(Object {
            name: row.get(0)?,
            is_view: kind == "view",
        });
    }
    Ok(objects)
}

/// One line per column: name, declared type, and what it must be.
fn columns(connection: &Connection, table: &str) -> clib::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?1) ORDER BY cid",
    )?;
    let mut rows = statement.query((table,))?;
    let mut columns: Vec<(String, String)> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut what: Vec<String> = Vec::new();
        let declared: String = row.get(1)?;
        if !declared.is_empty() {
            what.push(declared);
        }
        if row.get::<_, i64>(3)? > 0 {
            what.push("PRIMARY KEY".to_owned());
        }
        if row.get::<_, bool>(2)? {
            what.push("NOT NULL".to_owned());
        }
        match row.get::<_, i64>(4)? {
            1 => what.push("HIDDEN".to_owned()),
            2 | 3 => what.push("GENERATED".to_owned()),
            _ => {}
        }
        columns.push((row.get(0)?, what.join(" ")));
    }
    let width = columns
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or_default();
    Ok(columns
        .iter()
        .map(|(name, what)| format!("  {name:width$}  {what}").trim_end().to_owned())
        .collect())
}
