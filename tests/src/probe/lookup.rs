//! The rows of many keys are those that a query for each key has, by all paths.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
};
use clib::{Connection, TableName, ValueRef};

use super::{Compared, parts};
use crate::action::Opened;
use crate::compare::same_batch;
use crate::database::{Database, quote};
use crate::paths::{READING, Reading};
use crate::query::Options;
use crate::random::Random;
use crate::value::{Datum, Home, datum};

/// A lookup.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    table: (String, String),
    sql: String,
    key: String,
    columns: Vec<String>,
    keys: Vec<Datum>,
    /// Whether the column is made a key, where its values allow it.
    index: bool,
    options: Options,
}

/// What a path found.
#[derive(Debug)]
struct Outcome {
    batches: Vec<RecordBatch>,
    found: Vec<bool>,
    error: Option<String>,
}

impl Keys {
    pub(super) fn random(random: &mut Random, database: &Database, conn: &Connection) -> Self {
        let table = &database.tables[random.below(database.tables.len())];
        let rowid = table.rowid_names().first().copied();
        let column = &table.columns[table
            .alias
            .filter(|_| random.percent(50))
            .unwrap_or(random.below(table.columns.len()))];
        let (key, home) = match rowid.filter(|_| random.percent(50)) {
            Some(rowid) => (rowid.to_owned(), Home::Integer),
            None => (column.name.clone(), column.home),
        };
        let mut keys: Vec<_> = (0..random.below(200))
            .map(|_| match (home, random.percent(10)) {
                (_, true) => datum(random, Home::Any, 0),
                (Home::Integer, _) => Datum::Integer(random.between(-5, 300)),
                (home, _) => datum(random, home, 0),
            })
            .collect();
        keys.extend(existing(conn, &key, &table.sql));
        random.shuffle(&mut keys);
        let columns = (0..random.below(4))
            .map(|_| {
                table.columns[random.below(table.columns.len())]
                    .name
                    .clone()
            })
            .collect();
        Self {
            table: (table.schema.to_owned(), table.name.clone()),
            sql: table.sql.clone(),
            key,
            columns,
            keys,
            index: random.percent(60),
            options: Options::random(random),
        }
    }

    /// The keys as an array of the type that most of them have; NULL for the others.
    fn array(&self) -> ArrayRef {
        let count = |is: fn(&Datum) -> bool| self.keys.iter().filter(|key| is(key)).count();
        let kinds: [(usize, u8); 4] = [
            (count(|key| matches!(key, Datum::Integer(_))), 0),
            (count(|key| matches!(key, Datum::Real(_))), 1),
            (count(|key| matches!(key, Datum::Text(_))), 2),
            (count(|key| matches!(key, Datum::Blob(_))), 3),
        ];
        let keys = self.keys.iter();
        match kinds.into_iter().max().unwrap_or_default().1 {
            0 => Arc::new(Int64Array::from_iter(keys.map(|key| match key {
                Datum::Integer(value) => Some(*value),
                _ => None,
            }))),
            1 => Arc::new(Float64Array::from_iter(keys.map(|key| match key {
                Datum::Real(value) => Some(*value),
                _ => None,
            }))),
            2 => Arc::new(StringArray::from_iter(keys.map(|key| match key {
                Datum::Text(text) => Some(text),
                _ => None,
            }))),
            _ => Arc::new(BinaryArray::from_iter(keys.map(|key| match key {
                Datum::Blob(bytes) => Some(bytes),
                _ => None,
            }))),
        }
    }

    fn look(&self, opened: &Opened, path: &Reading) -> Outcome {
        let mut outcome = Outcome {
            batches: Vec::new(),
            found: Vec::new(),
            error: None,
        };
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let names = if columns.is_empty() {
            opened
                .conn
                .prepare(&format!("SELECT * FROM {}", self.sql))
                .map(|stmt| stmt.column_names())
                .unwrap_or_default()
        } else {
            self.columns.clone()
        };
        let options = (path.ask)(self.options.to_read(&names));
        let table = TableName::in_schema(&self.table.0, &self.table.1);
        let keys = self.array();
        let lookup = opened
            .conn
            .lookup(table, &self.key, &keys, &columns, &options);
        let mut lookup = match lookup {
            Ok(lookup) => lookup,
            Err(error) => {
                outcome.error = Some(opened.describe(&error));
                return outcome;
            }
        };
        loop {
            match lookup.next_batch() {
                Ok(Some(batch)) => {
                    outcome
                        .found
                        .extend(lookup.found().iter().map(|found| found == Some(true)));
                    outcome.batches.push(batch);
                }
                Ok(None) => return outcome,
                Err(error) => {
                    outcome.error = Some(opened.describe(&error));
                    return outcome;
                }
            }
        }
    }

    pub(super) fn check(&self, opened: &Opened) -> Result<Compared, String> {
        let script = |script: &str| opened.conn.execute_batch(script);
        script("SAVEPOINT probe").map_err(|error| error.to_string())?;
        if self.index {
            // Refused for a rowid, and where a value is there twice.
            let (schema, name) = (&self.table.0, quote(&self.table.1));
            let _ = script(&format!(
                "CREATE UNIQUE INDEX {schema}.probe ON {name} ({})",
                quote(&self.key)
            ));
        }
        let result = self.compare(opened);
        script("ROLLBACK TO probe; RELEASE probe").map_err(|error| error.to_string())?;
        result
    }

    fn compare(&self, opened: &Opened) -> Result<Compared, String> {
        let mut expected: Option<Outcome> = None;
        for path in READING {
            let outcome = self.look(opened, path);
            let Some(expected) = &expected else {
                self.each(opened, &outcome)?;
                expected = Some(outcome);
                continue;
            };
            same(expected, &outcome)
                .map_err(|difference| format!("{}: {difference}", path.name))?;
        }
        let expected = expected.ok_or("no path")?;
        Ok(Compared {
            rows: expected.found.len() as u64,
            failed: expected.error.is_some(),
        })
    }

    /// Which keys are there, by a query for each.
    fn each(&self, opened: &Opened, outcome: &Outcome) -> Result<(), String> {
        if outcome.error.is_some() {
            return Ok(());
        }
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} AS k WHERE k.{} = ?1)",
            self.sql,
            quote(&self.key)
        );
        let mut stmt = opened
            .conn
            .prepare(&sql)
            .map_err(|error| error.to_string())?;
        let keys = self.array();
        let mut there = Vec::new();
        for (row, key) in self.keys.iter().enumerate() {
            let key = if keys.is_null(row) {
                ValueRef::Null
            } else {
                key.as_param()
            };
            let is_there = stmt.query_row((key,), |row| row.get::<_, bool>(0));
            there.push(is_there.map_err(|error| error.to_string())?);
        }
        if there == outcome.found {
            Ok(())
        } else {
            Err(format!(
                "found {:?}, and there are {there:?}",
                outcome.found
            ))
        }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let with = |keys: Vec<Datum>, columns: Vec<String>| Self {
            keys,
            columns,
            ..self.clone()
        };
        let mut smaller: Vec<_> = parts(&self.keys)
            .into_iter()
            .map(|keys| with(keys, self.columns.clone()))
            .collect();
        let fewer = parts(&self.columns).into_iter();
        smaller.extend(fewer.map(|columns| with(self.keys.clone(), columns)));
        smaller
    }
}

/// Values that the column has.
fn existing(conn: &Connection, key: &str, table: &str) -> Vec<Datum> {
    let sql = format!("SELECT {} FROM {table} LIMIT 300", quote(key));
    let Ok(mut stmt) = conn.prepare(&sql) else {
        return Vec::new();
    };
    let rows = stmt.query_map((), |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Integer(value) => Datum::Integer(value),
            ValueRef::Real(value) => Datum::Real(value),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Datum::Text(text.to_owned()),
                Err(_) => Datum::Null,
            },
            ValueRef::Blob(bytes) => Datum::Blob(bytes.to_vec()),
            ValueRef::Null => Datum::Null,
        })
    });
    rows.map(|rows| rows.filter_map(Result::ok).collect())
        .unwrap_or_default()
}

fn same(expected: &Outcome, found: &Outcome) -> Result<(), String> {
    for (expected, found) in expected.batches.iter().zip(&found.batches) {
        same_batch(expected, found)?;
    }
    let facts = |outcome: &Outcome| {
        (
            outcome.batches.len(),
            outcome.found.clone(),
            outcome.error.clone(),
        )
    };
    if facts(expected) == facts(found) {
        Ok(())
    } else {
        Err(format!(
            "(batches, found, error): {:?} and {:?}",
            facts(expected),
            facts(found)
        ))
    }
}
