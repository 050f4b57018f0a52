//! The same batches loaded by all paths: the same database, the same counters, the same errors.

use arrow_array::{RecordBatch, RecordBatchIterator};
use clib::{LoadMode, LoadOptions, OnNan, TableName};

use crate::action::{Action, Opened, script};
use crate::batches::Shape;
use crate::database::{Database, Size, Table, database, quote};
use crate::dump::{self, dump, integrity};
use crate::paths::{LOADING, Loading};
use crate::random::Random;
use crate::read::Tally;
use crate::shrink;
use crate::watch::Watch;

/// What the load happens in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Around {
    /// A transaction of its own.
    Nothing,
    /// The caller's, which is committed.
    Committed,
    /// The caller's, which is rolled back.
    RolledBack,
    /// A savepoint of the caller's, which is rolled back to.
    Savepoint,
}

/// A database and a load into it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Whether the database is in a file.
    pub in_file: bool,
    /// How it is made.
    pub history: Vec<Action>,
    /// The table's schema and name.
    pub table: (String, String),
    /// What becomes of the table that is there.
    pub mode: LoadMode,
    /// What becomes of NaN.
    pub on_nan: OnNan,
    /// Whether a table that is created is a `STRICT` one.
    pub strict: bool,
    /// What the load happens in.
    pub around: Around,
    /// The batches.
    pub batches: Vec<RecordBatch>,
}

/// What a load left behind.
#[derive(Clone, Debug)]
struct Outcome {
    /// Rows, batches, whether the table was created, and NaNs; or the error.
    result: Result<(u64, u64, bool, u64), String>,
    /// Of the connection, after the load.
    total_changes: u64,
    changes: u64,
    last_insert_rowid: i64,
    in_transaction: bool,
    /// What the connection sees after the load, and after the caller's transaction.
    dumps: [Vec<String>; 2],
    integrity: Vec<String>,
}

impl Case {
    fn run(&self, path: &Loading) -> (Vec<Result<(), String>>, Outcome) {
        let opened = Opened::new(self.in_file);
        let made = opened.take_all(&self.history);
        let conn = &opened.conn;
        match self.around {
            Around::Nothing => {}
            Around::Committed | Around::RolledBack => {
                let _ = conn.execute_batch("BEGIN; INSERT INTO settled VALUES ('before the load')");
            }
            Around::Savepoint => {
                let _ = conn.execute_batch("SAVEPOINT around");
            }
        }
        let schema = self.batches[0].schema();
        let options = (path.ask)(
            LoadOptions::new()
                .mode(self.mode.clone())
                .on_nan(self.on_nan)
                .strict(self.strict),
        );
        let batches = RecordBatchIterator::new(self.batches.iter().cloned().map(Ok), schema);
        let table = TableName::in_schema(&self.table.0, &self.table.1);
        let result = conn
            .load(table, batches, &options)
            .map(|report| (report.rows, report.batches, report.created, report.nans))
            .map_err(|error| opened.describe(&error));
        let (total_changes, changes) = (conn.total_changes(), conn.changes());
        let last_insert_rowid = conn.last_insert_rowid();
        let in_transaction = !conn.is_autocommit();
        let after = dump(conn);
        let _ = match self.around {
            Around::Nothing => Ok(()),
            Around::Committed => conn.execute_batch("COMMIT"),
            Around::RolledBack => conn.execute_batch("ROLLBACK"),
            Around::Savepoint => conn.execute_batch("ROLLBACK TO around; RELEASE around"),
        };
        let outcome = Outcome {
            result,
            total_changes,
            changes,
            last_insert_rowid,
            in_transaction,
            dumps: [after, dump(conn)],
            integrity: integrity(conn),
        };
        (made, outcome)
    }

    /// Makes the database and loads, by each path, and compares with the oracle.
    ///
    /// # Errors
    ///
    /// The difference.
    pub fn check(&self) -> Result<Tally, String> {
        let mut tally = Tally::default();
        let mut expected = None;
        let before = {
            let opened = Opened::new(self.in_file);
            opened.take_all(&self.history);
            (dump(&opened.conn), integrity(&opened.conn))
        };
        for path in LOADING {
            let (made, outcome) = self.run(path);
            tally.databases += 1;
            self.sound(&before, &outcome)
                .map_err(|difference| format!("{}: {difference}", path.name))?;
            match &expected {
                None => expected = Some((made, outcome)),
                Some((first, expected)) => {
                    assert_eq!(first, &made, "a history that is not the same again");
                    same(expected, &outcome)
                        .map_err(|difference| format!("{}: {difference}", path.name))?;
                    tally.comparisons += 1;
                    match &outcome.result {
                        Ok((rows, ..)) => tally.rows += rows,
                        Err(_) => tally.errors += 1,
                    }
                }
            }
        }
        Ok(tally)
    }

    /// What holds of any path.
    fn sound(&self, before: &(Vec<String>, Vec<String>), outcome: &Outcome) -> Result<(), String> {
        if before.1 == ["ok", "ok"] && outcome.integrity != ["ok", "ok"] {
            return Err(format!("integrity: {:?}", outcome.integrity));
        }
        let undone = matches!(self.around, Around::RolledBack | Around::Savepoint);
        if undone || (outcome.result.is_err() && self.around == Around::Nothing) {
            dump::same(&before.0, &outcome.dumps[1])
                .map_err(|difference| format!("the load was undone, and left {difference}"))?;
        }
        Ok(())
    }

    /// The report of a failure, after dropping all that makes no difference to it.
    #[must_use]
    pub fn report(mut self, seed: u64, difference: String) -> String {
        let mut last = difference;
        let mut fails = |case: &Self| match case.check() {
            Ok(_) => false,
            Err(difference) => {
                last = difference;
                true
            }
        };
        shrink::steps(&mut self, |case| &mut case.history, &mut fails);
        // Then fewer batches, rows and columns.
        for batch in (0..self.batches.len()).rev() {
            if self.batches.len() == 1 {
                break;
            }
            let mut smaller = self.clone();
            smaller.batches.remove(batch);
            if fails(&smaller) {
                self = smaller;
            }
        }
        for batch in 0..self.batches.len() {
            let mut chunk = self.batches[batch].num_rows().div_ceil(2);
            while chunk > 0 {
                for (start, keep) in [(chunk, true), (0, false)] {
                    let rows = self.batches[batch].num_rows();
                    if rows <= chunk {
                        continue;
                    }
                    let mut smaller = self.clone();
                    smaller.batches[batch] = if keep {
                        self.batches[batch].slice(start, rows - start)
                    } else {
                        self.batches[batch].slice(0, rows - chunk)
                    };
                    if fails(&smaller) {
                        self = smaller;
                    }
                }
                chunk /= 2;
            }
        }
        for column in (0..self.batches[0].num_columns()).rev() {
            if self.batches[0].num_columns() == 1 {
                break;
            }
            let mut smaller = self.clone();
            for batch in &mut smaller.batches {
                batch.remove_column(column);
            }
            if fails(&smaller) {
                self = smaller;
            }
        }
        let _ = fails;
        format!(
            "seed {seed}: {last}\n-- in a file: {}\n{}\n-- load into {:?}, {:?}, {:?}, strict {}, around it {:?}\n{:#?}",
            self.in_file,
            script(&self.history),
            self.table,
            self.mode,
            self.on_nan,
            self.strict,
            self.around,
            self.batches,
        )
    }
}

fn same(expected: &Outcome, found: &Outcome) -> Result<(), String> {
    let facts = |outcome: &Outcome| {
        (
            outcome.result.clone(),
            outcome.total_changes,
            outcome.changes,
            outcome.last_insert_rowid,
            outcome.in_transaction,
            outcome.integrity.clone(),
        )
    };
    if facts(expected) != facts(found) {
        return Err(format!(
            "(result, total_changes, changes, last_insert_rowid, in a transaction, integrity): {:?} and {:?}",
            facts(expected),
            facts(found)
        ));
    }
    for (expected, found) in expected.dumps.iter().zip(&found.dumps) {
        dump::same(expected, found)?;
    }
    Ok(())
}

/// Makes a random database and loads into it in some ways.
///
/// # Errors
///
/// The report of the first difference.
pub fn check(seed: u64, size: Size) -> Result<Tally, String> {
    let mut random = Random::new(seed);
    let mut tally = Tally::default();
    let mut database = database(&mut random, size);
    for _ in 0..random.below(3) {
        decorate(&mut random, &mut database);
    }
    for _ in 0..4 {
        let case = case(&mut random, &database, size);
        let _watch = Watch::new(format!("seed {seed}, a load into {:?}", case.table));
        match case.check() {
            Ok(more) => tally.add(&more),
            Err(difference) => return Err(case.report(seed, difference)),
        }
    }
    Ok(tally)
}

fn case(random: &mut Random, database: &Database, size: Size) -> Case {
    let table: &Table = &database.tables[random.below(database.tables.len())];
    let mode = match random.below(10) {
        0 => LoadMode::Create,
        1 => LoadMode::CreateOrAppend,
        2 => LoadMode::Replace,
        3 => LoadMode::Upsert { key: Vec::new() },
        4 => LoadMode::Upsert {
            key: vec![
                table.columns[random.below(table.columns.len())]
                    .name
                    .clone(),
            ],
        },
        _ => LoadMode::Append,
    };
    let fresh = matches!(mode, LoadMode::Create)
        || (matches!(mode, LoadMode::CreateOrAppend | LoadMode::Replace) && random.percent(50));
    let mut shape = if fresh {
        Shape::new(random)
    } else {
        Shape::of_table(random, table)
    };
    let name = if fresh && random.percent(90) && mode != LoadMode::Replace {
        "fresh".to_owned()
    } else {
        table.name.clone()
    };
    let mut batches = Vec::new();
    for _ in 0..1 + random.below(3) {
        // Enough for statements of many rows, and some more.
        let rows = match random.below(4) {
            0 => random.below(4),
            1 => random.below(size.rows * 4),
            _ => random.below(size.rows),
        };
        batches.push(shape.batch(random, rows));
    }
    Case {
        in_file: database.in_file,
        history: database.history.clone(),
        table: (table.schema.to_owned(), name),
        mode,
        on_nan: random.pick(&[OnNan::Error, OnNan::Null, OnNan::Text]),
        strict: random.percent(20),
        around: random.pick(&[
            Around::Nothing,
            Around::Nothing,
            Around::Nothing,
            Around::Committed,
            Around::RolledBack,
            Around::Savepoint,
        ]),
        batches,
    }
}

/// Triggers, references and pragmas that are none of a reader's business.
fn decorate(random: &mut Random, database: &mut Database) {
    let number = random.below(database.tables.len());
    let table = &mut database.tables[number];
    let column = table.columns[0].sql();
    let name = quote(&table.name);
    let schema = table.schema;
    let sql = match random.below(9) {
        0 => format!(
            "CREATE TABLE {schema}.log{number} (a); CREATE TRIGGER {schema}.tr{number} AFTER INSERT ON {name} BEGIN \
             INSERT INTO log{number} VALUES (new.{column}); END"
        ),
        1 => format!(
            "CREATE TRIGGER {schema}.tb{number} BEFORE INSERT ON {name} WHEN new.{column} = 7 BEGIN \
             SELECT RAISE(ABORT, 'seven'); END"
        ),
        2 => format!(
            "CREATE TRIGGER {schema}.ti{number} BEFORE INSERT ON {name} WHEN new.{column} > 500 BEGIN \
             SELECT RAISE(IGNORE); END"
        ),
        3 => format!(
            "CREATE TABLE {schema}.child{number} (a REFERENCES {name} ({column}) DEFERRABLE INITIALLY DEFERRED)"
        ),
        4 => {
            // A table of its own: references and conflict clauses are part of its definition.
            table.columns.truncate(1);
            table.columns[0].generated = false;
            table.columns[0].name = "c0".to_owned();
            table.alias = None;
            table.without_rowid = false;
            table.name = format!("own{number}");
            table.sql = format!("{schema}.own{number}");
            format!(
                "CREATE TABLE {schema}.parent{number} (id INTEGER PRIMARY KEY); \
                 INSERT INTO {schema}.parent{number} VALUES (0), (1), (2), (-1); \
                 CREATE TABLE {schema}.own{number} (c0 {} {})",
                random.pick(&["INTEGER", "TEXT", ""]),
                random.pick(&[
                    format!("REFERENCES parent{number} (id)"),
                    format!("REFERENCES parent{number} (id) DEFERRABLE INITIALLY DEFERRED"),
                    format!("REFERENCES own{number} (c0) UNIQUE"),
                    "UNIQUE ON CONFLICT REPLACE".to_owned(),
                    "UNIQUE ON CONFLICT IGNORE".to_owned(),
                    "UNIQUE ON CONFLICT FAIL".to_owned(),
                    "UNIQUE ON CONFLICT ROLLBACK".to_owned(),
                    "NOT NULL ON CONFLICT REPLACE DEFAULT 3".to_owned(),
                    "NOT NULL ON CONFLICT IGNORE".to_owned(),
                ])
            )
        }
        5 => "PRAGMA foreign_keys = OFF".to_owned(),
        6 => "PRAGMA ignore_check_constraints = ON".to_owned(),
        7 => "PRAGMA recursive_triggers = ON".to_owned(),
        _ => "PRAGMA reverse_unordered_selects = ON".to_owned(),
    };
    database.history.push(Action::Sql(sql));
}
