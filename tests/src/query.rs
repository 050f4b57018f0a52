//! Random queries over random databases, and the options they are read with.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, TimeUnit};
use clib::{OnMismatch, ReadOptions};

use crate::action::Action;
use crate::database::{Database, Table, expression, quote};
use crate::random::Random;
use crate::value::{Datum, Home, datum};

/// What is read.
#[derive(Clone, Debug)]
pub enum Source {
    /// A statement, with parameters.
    Query(String, Vec<Datum>),
    /// A whole table or view: its schema and its name.
    Table(String, String),
}

/// How it is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// `None` for the default.
    pub batch_rows: Option<usize>,
    /// `None` for the default.
    pub batch_bytes: Option<usize>,
    /// What becomes of values that do not fit.
    pub on_mismatch: OnMismatch,
    /// Whether declared types are looked at closely.
    pub logical_types: bool,
    /// Types for the caller's schema, used in turn, and whether its fields are nullable.
    pub schema: Option<Vec<(DataType, bool)>>,
}

/// Something that is read, and what happens meanwhile.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is read.
    pub source: Source,
    /// How.
    pub options: Options,
    /// Whether the statement was executed before, to its first batch: what is known of it then may be used again.
    pub again: bool,
    /// Steps between the two executions.
    pub before: Vec<Action>,
    /// Steps on the same connection after the first batch, after the second one, and so on.
    pub between: Vec<Vec<Action>>,
    /// After so many rows nobody wants more.
    pub most_rows: u64,
}

impl Options {
    /// As clib wants them, for a result with columns of these names.
    #[must_use]
    pub fn to_read(&self, names: &[String]) -> ReadOptions {
        let mut options = ReadOptions::new()
            .on_mismatch(self.on_mismatch)
            .logical_types(self.logical_types);
        if let Some(rows) = self.batch_rows {
            options = options.batch_rows(rows);
        }
        if let Some(bytes) = self.batch_bytes {
            options = options.batch_bytes(bytes);
        }
        if let Some(types) = &self.schema {
            let types = types.iter().cycle();
            let fields = names
                .iter()
                .zip(types)
                .map(|(name, (data_type, nullable))| {
                    Field::new(name, data_type.clone(), *nullable)
                });
            options = options.schema(Arc::new(Schema::new(fields.collect::<Vec<_>>())));
        }
        options
    }

    /// Random ones.
    pub fn random(random: &mut Random) -> Self {
        let schema = random.percent(12).then(|| {
            (0..1 + random.below(3))
                .map(|_| (random.pick(&schema_types()), random.percent(90)))
                .collect()
        });
        Self {
            batch_rows: random.pick(&[None, None, Some(1), Some(7), Some(100)]),
            batch_bytes: random.pick(&[None, None, None, Some(1), Some(100), Some(4_000)]),
            on_mismatch: random.pick(&[
                OnMismatch::Error,
                OnMismatch::Null,
                OnMismatch::Text,
                OnMismatch::Widen,
            ]),
            logical_types: random.percent(30),
            schema,
        }
    }
}

fn schema_types() -> Vec<DataType> {
    use DataType::*;
    vec![
        Int64,
        Int64,
        Float64,
        Utf8,
        Utf8,
        Binary,
        Int8,
        UInt32,
        Float32,
        Float16,
        Boolean,
        Null,
        LargeUtf8,
        Utf8View,
        BinaryView,
        LargeBinary,
        FixedSizeBinary(4),
        Date32,
        Time64(TimeUnit::Nanosecond),
        Timestamp(TimeUnit::Millisecond, None),
        Decimal128(20, 3),
        Dictionary(Box::new(Int32), Box::new(Utf8)),
        List(Arc::new(Field::new_list_field(Int64, true))),
    ]
}

/// A random task over a database's tables.
pub fn task(random: &mut Random, database: &Database) -> Task {
    Task {
        source: source(random, database),
        options: Options::random(random),
        again: random.percent(40),
        before: Vec::new(),
        between: Vec::new(),
        most_rows: u64::MAX,
    }
}

/// A task with steps between the batches.
pub fn interleaved(random: &mut Random, database: &Database) -> Task {
    let mut task = task(random, database);
    task.options.batch_rows = Some(random.pick(&[1, 3, 7, 20]));
    // Wild values would end most of them before anything happens.
    task.options.schema = None;
    if task.options.on_mismatch == OnMismatch::Error {
        task.options.on_mismatch = OnMismatch::Null;
    }
    let number = random.below(database.tables.len());
    if task.again && random.percent(60) {
        task.before = vec![change(random, &database.tables[number])];
    }
    for batch in 0..1 + random.below(5) {
        let table = &database.tables[number];
        let mut actions = Vec::new();
        for _ in 0..random.below(3) {
            actions.push(between(random, table, batch));
        }
        task.between.push(actions);
    }
    task
}

/// A step between two executions, after which the statement may have other columns, or other types of them.
fn change(random: &mut Random, table: &Table) -> Action {
    let column = table.columns[random.below(table.columns.len())].sql();
    Action::Sql(match random.below(6) {
        0 => format!(
            "ALTER TABLE {} ADD COLUMN more INTEGER DEFAULT 7",
            table.sql
        ),
        1 => format!("ALTER TABLE {} RENAME COLUMN {column} TO again", table.sql),
        2 => format!("ALTER TABLE {} DROP COLUMN {column}", table.sql),
        3 => format!(
            "ALTER TABLE {0} RENAME TO away; CREATE TABLE {0} ({column} BLOB, b); INSERT INTO {0} VALUES (1, 'x'), (NULL, 2)",
            table.sql
        ),
        4 => format!(
            "CREATE INDEX {}.before ON {} ({column})",
            table.schema,
            quote(&table.name)
        ),
        _ => format!("DELETE FROM {}", table.sql),
    })
}

/// A step while a reader is open.
fn between(random: &mut Random, table: &Table, batch: usize) -> Action {
    Action::Sql(match random.below(16) {
        0..=3 => {
            let rows = 1 + random.below(5);
            return Action::Insert(table.insert(random, rows));
        }
        4 | 5 => format!(
            "DELETE FROM {} WHERE {}",
            table.sql,
            table.predicate(random)
        ),
        6 => format!("DELETE FROM {}", table.sql),
        7 | 8 => table.update(random),
        9 => "BEGIN".to_owned(),
        10 => "ROLLBACK".to_owned(),
        11 => "SAVEPOINT between".to_owned(),
        12 => "ROLLBACK TO between".to_owned(),
        13 => "COMMIT".to_owned(),
        14 => random.pick(&[
            format!(
                "ALTER TABLE {} ADD COLUMN later{batch} DEFAULT 'later'",
                table.sql
            ),
            format!("DROP TABLE {}", table.sql),
            "VACUUM".to_owned(),
            format!("CREATE TABLE {}.other{batch} (a)", table.schema),
            format!(
                "CREATE INDEX {}.later{batch} ON {} ({})",
                table.schema,
                quote(&table.name),
                table.columns[0].sql()
            ),
        ]),
        _ => "SELECT 1".to_owned(),
    })
}

fn source(random: &mut Random, database: &Database) -> Source {
    let table = &database.tables[random.below(database.tables.len())];
    let mut params = Vec::new();
    let sql = match random.below(20) {
        0..=2 => {
            if !database.views.is_empty() && random.percent(20) {
                let view = random.pick(&database.views);
                let (schema, name) = view.split_once('.').unwrap();
                return Source::Table(schema.to_owned(), name.to_owned());
            }
            return Source::Table(table.schema.to_owned(), table.name.clone());
        }
        3 | 4 => format!("SELECT * FROM {}", table.sql),
        5..=7 => format!("SELECT {} FROM {}", projection(random, table), table.sql),
        8..=13 => format!(
            "SELECT {} FROM {} WHERE {}",
            if random.percent(50) {
                "*".to_owned()
            } else {
                projection(random, table)
            },
            table.sql,
            filters(random, table, &mut params)
        ),
        14 => format!(
            "SELECT {} FROM {} ORDER BY {}{}",
            projection(random, table),
            table.sql,
            name(random, table),
            random.pick(&["", " DESC", " LIMIT 5", " COLLATE NOCASE"])
        ),
        15 => {
            params.push(Datum::Integer(random.between(-1, 30)));
            params.push(Datum::Integer(random.between(0, 30)));
            format!(
                "SELECT {} FROM {} LIMIT ?1 OFFSET ?2",
                projection(random, table),
                table.sql
            )
        }
        16 => {
            let other = &database.tables[random.below(database.tables.len())];
            format!(
                "SELECT a.*, b.{} FROM {} AS a JOIN {} AS b ON a.{} = b.{} LIMIT 500",
                other.columns[0].sql(),
                table.sql,
                other.sql,
                table.columns[0].sql(),
                other.columns[other.columns.len() - 1].sql()
            )
        }
        17 => {
            let column = name(random, table);
            format!(
                "SELECT {}, {} AS e, 1 FROM {}",
                expression(random, &column),
                expression(random, &column),
                table.sql
            )
        }
        18 => {
            let column = name(random, table);
            format!(
                "SELECT {column}, count(*), min({column}), max(typeof({column})) FROM {} GROUP BY 1",
                table.sql
            )
        }
        _ => {
            let column = name(random, table);
            match random.below(4) {
                0 => format!(
                    "SELECT {column} FROM {0} UNION ALL SELECT {column} FROM {0}",
                    table.sql
                ),
                1 => format!("SELECT DISTINCT {column} FROM {}", table.sql),
                2 => format!(
                    "SELECT * FROM (SELECT {column} AS x FROM {}) WHERE x NOT NULL",
                    table.sql
                ),
                _ => format!("SELECT s.* FROM {} AS s NOT INDEXED", table.sql),
            }
        }
    };
    Source::Query(sql, params)
}

/// A column's name or one of the rowid's, as SQL.
fn name(random: &mut Random, table: &Table) -> String {
    let rowids = table.rowid_names();
    if !rowids.is_empty() && random.percent(12) {
        return random.pick(&rowids).to_owned();
    }
    table.columns[random.below(table.columns.len())].sql()
}

/// Some columns, in any order, some more than once.
fn projection(random: &mut Random, table: &Table) -> String {
    let count = 1 + random.below(table.columns.len().min(6) + 1);
    let names: Vec<_> = (0..count)
        .map(|number| {
            let name = name(random, table);
            if random.percent(8) {
                format!("{name} AS renamed{number}")
            } else {
                name
            }
        })
        .collect();
    names.join(", ")
}

/// Conditions that a scan may evaluate itself, and some that it may not.
fn filters(random: &mut Random, table: &Table, params: &mut Vec<Datum>) -> String {
    let mut conditions = Vec::new();
    for _ in 0..1 + random.below(2) {
        conditions.push(filter(random, table, params));
    }
    conditions.join(random.pick(&[" AND ", " AND ", " AND ", " OR "]))
}

fn filter(random: &mut Random, table: &Table, params: &mut Vec<Datum>) -> String {
    let rowids = table.rowid_names();
    let of_rowid = !rowids.is_empty() && random.percent(40);
    let column = table.columns[random.below(table.columns.len())].clone();
    let (name, form) = if of_rowid {
        let forms = [
            "{} BETWEEN # AND #",
            "{} >= # AND {} < #",
            "{} > #",
            "# >= {}",
            "{} = #",
            "{} IN (#, #, 3)",
        ];
        (random.pick(&rowids).to_owned(), random.pick(&forms))
    } else {
        let forms = [
            "{} = #",
            "{} <> #",
            "{} < #",
            "# <= {}",
            "{} >= #",
            "{} > #",
            "{} IS NULL",
            "{} IS NOT NULL",
            "{} IN (#, #, #)",
            "{} NOT IN (#, #)",
            "{} BETWEEN # AND #",
            "{} IS #",
            "{} = # COLLATE NOCASE",
            "NOT ({} > #)",
        ];
        (column.sql(), random.pick(&forms))
    };
    let mut sql = String::new();
    for part in form.split_inclusive('#') {
        let (text, value) = match part.strip_suffix('#') {
            Some(text) => (text, true),
            None => (part, false),
        };
        sql += &text.replace("{}", &name);
        if !value {
            continue;
        }
        let value = match (of_rowid, random.below(6)) {
            (true, 0) => datum(random, Home::Any, 30),
            (true, 1) => Datum::Real(0.5 + f64::from(i32::try_from(random.below(40)).unwrap())),
            (true, _) => Datum::Integer(random.between(-50, 200)),
            // Mostly of the column's kind, as others are never met.
            (false, _) => datum(random, column.home, 10),
        };
        if matches!(value, Datum::Raw(_)) || random.percent(45) {
            sql += &value.to_string();
        } else {
            params.push(value);
            sql += &format!("?{}", params.len());
        }
    }
    sql
}
