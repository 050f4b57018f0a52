//! What is done to a database, step by step: the same steps make the same database again.

use std::fmt;
use std::path::Path;

use clib::{Connection, params_from_iter};
use tempfile::TempDir;

use crate::value::Datum;

/// A step in a database's history. One that fails does so each time it is taken, and is part of the history.
#[derive(Clone, Debug)]
pub enum Action {
    /// A statement.
    Sql(String),
    /// A database in memory or in a file, by that name.
    Attach(&'static str),
    /// Rows that go into a table one by one.
    Insert(Insert),
}

/// Rows for a table.
#[derive(Clone, Debug)]
pub struct Insert {
    /// `INSERT OR IGNORE INTO`, for example.
    pub verb: &'static str,
    /// The table's name as SQL.
    pub table: String,
    /// The columns' names as SQL.
    pub columns: Vec<String>,
    /// A value for each column.
    pub rows: Vec<Vec<Datum>>,
}

impl Insert {
    fn sql(&self, row: &[Datum]) -> String {
        let values: Vec<_> = row
            .iter()
            .enumerate()
            .map(|(index, value)| value.placeholder(index + 1))
            .collect();
        format!(
            "{} {} ({}) VALUES ({})",
            self.verb,
            self.table,
            self.columns.join(", "),
            values.join(", ")
        )
    }

    fn execute(&self, conn: &Connection) -> Result<(), String> {
        let (mut failed, mut first) = (0, None);
        for row in &self.rows {
            let result = conn.prepare_cached(&self.sql(row)).and_then(|mut stmt| {
                stmt.execute(params_from_iter(row.iter().map(Datum::as_param)))
            });
            if let Err(error) = result {
                failed += 1;
                first.get_or_insert_with(|| error.to_string());
            }
        }
        match first {
            Some(first) => Err(format!("{failed} rows: {first}")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(sql) => write!(f, "{sql};"),
            Self::Attach(name) => write!(f, "ATTACH ':memory:' AS {name};"),
            Self::Insert(insert) => {
                for (index, row) in insert.rows.iter().enumerate() {
                    let values: Vec<_> = row.iter().map(Datum::to_string).collect();
                    write!(
                        f,
                        "{}{} {} ({}) VALUES ({});",
                        if index > 0 { "\n" } else { "" },
                        insert.verb,
                        insert.table,
                        insert.columns.join(", "),
                        values.join(", ")
                    )?;
                }
                Ok(())
            }
        }
    }
}

/// A folder for databases: in memory where that can be, as thousands are made.
#[must_use]
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.unwrap()
}

/// A connection and, where its databases are files, their folder.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub conn: Connection,
    folder: Option<TempDir>,
}

impl Opened {
    /// A new database, in a file or in memory.
    #[must_use]
    pub fn new(in_file: bool) -> Self {
        let folder = in_file.then(folder);
        let conn = match &folder {
            Some(folder) => Connection::open(folder.path().join("main.db")).unwrap(),
            None => Connection::open_in_memory().unwrap(),
        };
        conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
        Self { conn, folder }
    }

    /// A connection of the caller's.
    #[must_use]
    pub fn of(conn: Connection) -> Self {
        Self { conn, folder: None }
    }

    /// The file of schema `main`.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.folder.as_ref().and(self.conn.path())
    }

    /// Takes a step. The error's text where it fails.
    pub fn take(&self, action: &Action) -> Result<(), String> {
        match action {
            Action::Sql(sql) => self.sql(sql),
            Action::Attach(name) => {
                let file = match &self.folder {
                    Some(folder) => folder.path().join(format!("{name}.db")),
                    None => ":memory:".into(),
                };
                self.sql(&format!(
                    "ATTACH '{}' AS {name}; PRAGMA {name}.synchronous = OFF",
                    file.display()
                ))
            }
            Action::Insert(insert) => insert.execute(&self.conn),
        }
    }

    fn sql(&self, sql: &str) -> Result<(), String> {
        self.conn
            .execute_batch(sql)
            .map_err(|error| self.describe(&error))
    }

    /// An error's message, as every path must have it: the file is in another folder each time, and damage is looked for no longer than
    /// so long, so that one path may find it and another not.
    #[must_use]
    pub fn describe(&self, error: &clib::Error) -> String {
        let mut message = self.without_folder(&error.to_string());
        if let Some(damage) = error.sqlite().and_then(|error| error.damage.as_ref()) {
            message = message.replace(&format!(": {damage}"), "");
        }
        message.replace(
            "; `PRAGMA integrity_check` says which pages are damaged",
            "",
        )
    }

    /// A message in which the folder has no name.
    fn without_folder(&self, message: &str) -> String {
        let Some(path) = self.folder.as_ref().and_then(|_| self.conn.path()) else {
            return message.to_owned();
        };
        let folder = path.parent().unwrap().display().to_string();
        message.replace(&folder, "FOLDER")
    }

    /// Takes all steps; what became of each.
    pub fn take_all(&self, actions: &[Action]) -> Vec<Result<(), String>> {
        actions.iter().map(|action| self.take(action)).collect()
    }
}

/// A history as a script.
#[must_use]
pub fn script(actions: &[Action]) -> String {
    let lines: Vec<_> = actions.iter().map(Action::to_string).collect();
    lines.join("\n")
}
