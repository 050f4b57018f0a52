//! One thing read by all paths: the same batches, the same errors.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{Schema, SchemaRef};
use clib::{BatchReader, Error, TableName, params_from_iter};

use crate::action::{Action, Opened, script};
use crate::compare::same_batch;
use crate::database::{Database, Size, database};
use crate::paths::{READING, Reading, taken};
use crate::query::{Source, Task, interleaved, task};
use crate::random::Random;
use crate::shrink;
use crate::value::Datum;
use crate::watch::Watch;

/// What came of reading.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// `None` where the reader could not be made.
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    error: Option<String>,
    nulled: u64,
    /// What became of the steps between.
    between: Vec<Result<(), String>>,
    /// The path that was taken, and why not a faster one.
    taken: &'static str,
    obstacle: Option<String>,
}

impl Outcome {
    /// Rows in all batches.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.batches
            .iter()
            .map(|batch| batch.num_rows() as u64)
            .sum()
    }

    /// Whether it ended with an error.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Counts the path that was taken.
    pub fn count_path(&self, tally: &mut Tally) {
        *tally.taken.entry(self.taken).or_default() += 1;
        if let Some(obstacle) = &self.obstacle {
            *tally.obstacles.entry(obstacle.clone()).or_default() += 1;
        }
    }
}

/// How much was compared.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Databases that were made.
    pub databases: u64,
    /// Readings that were compared with the oracle's.
    pub comparisons: u64,
    /// Rows in them.
    pub rows: u64,
    /// Of them, those that ended with an error.
    pub errors: u64,
    /// How often each path was taken.
    pub taken: BTreeMap<&'static str, u64>,
    /// How often something was in the way of a faster one.
    pub obstacles: BTreeMap<String, u64>,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.databases += other.databases;
        self.comparisons += other.comparisons;
        self.rows += other.rows;
        self.errors += other.errors;
        for (path, count) in &other.taken {
            *self.taken.entry(path).or_default() += count;
        }
        for (obstacle, count) in &other.obstacles {
            *self.obstacles.entry(obstacle.clone()).or_default() += count;
        }
    }
}

/// Reads a task by one path.
#[must_use]
pub fn read(opened: &Opened, task: &Task, path: &Reading) -> Outcome {
    let conn = &opened.conn;
    let mut outcome = Outcome {
        schema: None,
        batches: Vec::new(),
        error: None,
        nulled: 0,
        between: Vec::new(),
        taken: "none",
        obstacle: None,
    };
    let message = |error: &Error| opened.describe(error);
    match &task.source {
        Source::Query(sql, params) => {
            let mut stmt = match conn.prepare(sql) {
                Ok(stmt) => stmt,
                Err(error) => {
                    outcome.error = Some(message(&error));
                    return outcome;
                }
            };
            let options = (path.ask)(task.options.to_read(&stmt.column_names()));
            let params = || params_from_iter(params.iter().map(Datum::as_param));
            if task.again {
                if let Ok(mut reader) = stmt.query_batches(params(), &options) {
                    let _ = reader.next_batch();
                }
                outcome.between = opened.take_all(&task.before);
            }
            let reader = stmt.query_batches(params(), &options);
            finish(opened, task, reader, &mut outcome);
        }
        Source::Table(schema, name) => {
            let names = conn
                .prepare(&format!(
                    "SELECT * FROM {schema}.{}",
                    crate::database::quote(name)
                ))
                .map(|stmt| stmt.column_names())
                .unwrap_or_default();
            let options = (path.ask)(task.options.to_read(&names));
            let reader = conn.read_table(TableName::in_schema(schema, name), &options);
            finish(opened, task, reader, &mut outcome);
        }
    }
    outcome
}

fn finish(
    opened: &Opened,
    task: &Task,
    reader: clib::Result<BatchReader<'_>>,
    outcome: &mut Outcome,
) {
    let message = |error: &Error| opened.describe(error);
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => {
            outcome.error = Some(message(&error));
            return;
        }
    };
    outcome.taken = taken(&reader);
    outcome.obstacle.clone_from(&reader.plan().obstacle);
    outcome.schema = Some(RecordBatchReader::schema(&reader));
    let mut between = task.between.iter();
    loop {
        match reader.next_batch() {
            Ok(Some(batch)) => outcome.batches.push(batch),
            Ok(None) => break,
            Err(error) => {
                outcome.error = Some(message(&error));
                break;
            }
        }
        if let Some(actions) = between.next() {
            outcome.between.extend(opened.take_all(actions));
        }
        if outcome.rows() > task.most_rows {
            outcome.nulled = reader.report().nulled;
            return;
        }
    }
    outcome.nulled = reader.report().nulled;
    // And it stays ended.
    match reader.next_batch() {
        Ok(None) => {}
        other => outcome.error = Some(format!("after the end: {other:?}")),
    }
}

/// How an outcome differs from the one that is expected.
///
/// # Errors
///
/// The difference.
pub fn same(expected: &Outcome, found: &Outcome) -> Result<(), String> {
    let empty = || Arc::new(Schema::empty());
    let schema = |outcome: &Outcome| outcome.schema.clone().unwrap_or_else(empty);
    if expected.schema.is_some() == found.schema.is_some() && schema(expected) != schema(found) {
        return Err(format!(
            "schema {:?} and {:?}",
            schema(expected),
            schema(found)
        ));
    }
    for (number, (expected, found)) in expected.batches.iter().zip(&found.batches).enumerate() {
        same_batch(expected, found)
            .map_err(|difference| format!("batch {number}: {difference}"))?;
    }
    if expected.batches.len() != found.batches.len() {
        return Err(format!(
            "{} batches and {}, errors {:?} and {:?}",
            expected.batches.len(),
            found.batches.len(),
            expected.error,
            found.error
        ));
    }
    let facts = |outcome: &Outcome| {
        (
            outcome.schema.is_some(),
            outcome.error.clone(),
            outcome.nulled,
            outcome.between.clone(),
        )
    };
    if facts(expected) == facts(found) {
        Ok(())
    } else {
        Err(format!(
            "(reader, error, nulled, steps between): {:?} and {:?}",
            facts(expected),
            facts(found)
        ))
    }
}

/// A database, and one thing to be read from it: what a failure is shrunk to.
#[derive(Clone, Debug)]
pub struct Case {
    /// Whether the database is in a file.
    pub in_file: bool,
    /// How it is made.
    pub history: Vec<Action>,
    /// What is read.
    pub task: Task,
}

impl Case {
    /// Makes the database for each path, reads, and compares with the oracle.
    ///
    /// # Errors
    ///
    /// The difference.
    pub fn check(&self) -> Result<Tally, String> {
        let mut tally = Tally::default();
        let mut expected = None;
        for path in READING {
            let opened = Opened::new(self.in_file);
            let made = opened.take_all(&self.history);
            tally.databases += 1;
            let outcome = read(&opened, &self.task, path);
            match &expected {
                None => expected = Some((made, outcome)),
                Some((first, expected)) => {
                    assert_eq!(first, &made, "a history that is not the same again");
                    same(expected, &outcome)
                        .map_err(|difference| format!("{}: {difference}", path.name))?;
                    count(&mut tally, &outcome);
                }
            }
        }
        Ok(tally)
    }

    /// The report of a failure, after dropping all that makes no difference to it.
    #[must_use]
    pub fn report(mut self, seed: u64, difference: String) -> String {
        let mut last = difference;
        shrink::steps(
            &mut self,
            |case| &mut case.history,
            |case| fails(case, &mut last),
        );
        shrink::steps(
            &mut self,
            |case| &mut case.task.before,
            |case| fails(case, &mut last),
        );
        for batch in 0..self.task.between.len() {
            shrink::steps(
                &mut self,
                |case| &mut case.task.between[batch],
                |case| fails(case, &mut last),
            );
        }
        format!(
            "seed {seed}: {last}\n-- in a file: {}\n{}\n-- read: {:?}\n-- {:?}\n-- again: {}, after: {}\n-- between the batches: {}",
            self.in_file,
            script(&self.history),
            self.task.source,
            self.task.options,
            self.task.again,
            script(&self.task.before),
            self.task
                .between
                .iter()
                .map(|actions| script(actions))
                .collect::<Vec<_>>()
                .join("\n-- and\n"),
        )
    }
}

fn fails(case: &Case, last: &mut String) -> bool {
    match case.check() {
        Ok(_) => false,
        Err(difference) => {
            *last = difference;
            true
        }
    }
}

fn count(tally: &mut Tally, outcome: &Outcome) {
    tally.comparisons += 1;
    tally.rows += outcome.rows();
    tally.errors += u64::from(outcome.error.is_some());
    outcome.count_path(tally);
}

/// Makes a random database, reads it in many ways by all paths, and then in some more while it changes.
///
/// # Errors
///
/// The report of the first difference.
pub fn check(seed: u64, size: Size) -> Result<Tally, String> {
    let mut random = Random::new(seed);
    let database = database(&mut random, size);
    let mut tally = Tally {
        databases: 1,
        ..Tally::default()
    };
    {
        let opened = Opened::new(database.in_file);
        opened.take_all(&database.history);
        for _ in 0..16 {
            let task = task(&mut random, &database);
            let mut expected = None;
            for path in READING {
                let _watch = Watch::new(format!("seed {seed}, {}, {task:?}", path.name));
                let outcome = read(&opened, &task, path);
                let Some(expected) = &expected else {
                    expected = Some(outcome);
                    continue;
                };
                if let Err(difference) = same(expected, &outcome) {
                    return Err(
                        case(&database, task).report(seed, format!("{}: {difference}", path.name))
                    );
                }
                count(&mut tally, &outcome);
            }
        }
    }
    for _ in 0..2 {
        let case = case(&database, interleaved(&mut random, &database));
        let _watch = Watch::new(format!("seed {seed}, {:?}", case.task));
        match case.check() {
            Ok(more) => tally.add(&more),
            Err(difference) => return Err(case.report(seed, difference)),
        }
    }
    Ok(tally)
}

fn case(database: &Database, task: Task) -> Case {
    Case {
        in_file: database.in_file,
        history: database.history.clone(),
        task,
    }
}
