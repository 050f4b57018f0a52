//! A table read by several threads has the rows that one thread reads.

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use clib::{Error, ParallelOptions, TableName};

use super::Compared;
use crate::action::Opened;
use crate::database::{Database, quote};
use crate::query::Options;
use crate::random::Random;

/// A parallel scan.
#[derive(Clone, Debug)]
pub(super) struct Parallel {
    table: (String, String),
    threads: usize,
    ordered: bool,
    buffered: usize,
    options: Options,
}

/// What came of it.
#[derive(Debug)]
struct Outcome {
    schema: SchemaRef,
    rows: RecordBatch,
    nulled: u64,
    error: Option<String>,
}

impl Parallel {
    pub(super) fn random(random: &mut Random, database: &Database) -> Self {
        let table = &database.tables[random.below(database.tables.len())];
        let mut options = Options::random(random);
        // More than fits in the first batch.
        options.batch_rows = Some(random.pick(&[1, 3, 7, 20, 100]));
        Self {
            table: (table.schema.to_owned(), table.name.clone()),
            threads: 1 + random.below(4),
            ordered: random.percent(70),
            buffered: random.below(4),
            options,
        }
    }

    fn read(&self, opened: &Opened, threads: bool) -> Result<Outcome, String> {
        let conn = &opened.conn;
        // The statements of several threads say that no index is to be used, which the error of one quotes.
        let message = |error: &Error| opened.describe(error).replace(" NOT INDEXED", "");
        let (schema, name) = &self.table;
        let names = conn
            .prepare(&format!("SELECT * FROM {schema}.{}", quote(name)))
            .map(|stmt| stmt.column_names())
            .unwrap_or_default();
        let options = self.options.to_read(&names);
        let table = TableName::in_schema(schema, name);
        let mut batches = Vec::new();
        let mut failed = None;
        let schema;
        let nulled;
        if threads {
            let parallel = ParallelOptions::new()
                .threads(self.threads)
                .ordered(self.ordered)
                .buffered_batches(self.buffered);
            let mut reader = conn
                .read_table_parallel(table, &parallel, &options)
                .map_err(|error| message(&error))?;
            schema = reader.schema();
            while failed.is_none() {
                match reader.next_batch() {
                    Ok(Some(batch)) => batches.push(batch),
                    Ok(None) => break,
                    Err(error) => failed = Some(message(&error)),
                }
            }
            nulled = reader.report().nulled;
        } else {
            let mut reader = conn
                .read_table(table, &options)
                .map_err(|error| message(&error))?;
            schema = clib::BatchReader::schema(&reader);
            while failed.is_none() {
                match reader.next_batch() {
                    Ok(Some(batch)) => batches.push(batch),
                    Ok(None) => break,
                    Err(error) => failed = Some(message(&error)),
                }
            }
            nulled = reader.report().nulled;
        }
        let rows = if schema.fields().is_empty() {
            RecordBatch::new_empty(Schema::empty().into())
        } else {
            concat_batches(&schema, &batches).map_err(|error| error.to_string())?
        };
        Ok(Outcome {
            schema,
            rows,
            nulled,
            error: failed,
        })
    }

    pub(super) fn check(&self, opened: &Opened) -> Result<Compared, String> {
        let (expected, found) = match (self.read(opened, false), self.read(opened, true)) {
            (Ok(expected), Ok(found)) => (expected, found),
            (Err(expected), Err(found)) if expected == found => {
                return Ok(Compared {
                    rows: 0,
                    failed: true,
                });
            }
            other => return Err(format!("(one thread, several): {other:?}")),
        };
        if expected.schema != found.schema {
            return Err(format!(
                "schema {:?} and {:?}",
                expected.schema, found.schema
            ));
        }
        let compared = Compared {
            rows: expected.rows.num_rows() as u64,
            failed: expected.error.is_some(),
        };
        if !self.ordered {
            if expected.error.is_some() != found.error.is_some() {
                return Err(format!("{:?} and {:?}", expected.error, found.error));
            }
            let sorted = |rows: &RecordBatch| {
                let mut all: Vec<_> = (0..rows.num_rows())
                    .map(|row| format!("{:?}", rows.slice(row, 1).columns()))
                    .collect();
                all.sort();
                all
            };
            // An error comes when it comes.
            if expected.error.is_none()
                && (sorted(&expected.rows) != sorted(&found.rows)
                    || expected.nulled != found.nulled)
            {
                return Err(format!("{:?} and {:?}", expected.rows, found.rows));
            }
            return Ok(compared);
        }
        // Where batches end may differ, and with them how many rows come before an error.
        let most = if expected.error.is_some() {
            expected.rows.num_rows().min(found.rows.num_rows())
        } else {
            usize::MAX
        };
        let rows = |outcome: &Outcome| outcome.rows.slice(0, outcome.rows.num_rows().min(most));
        if rows(&expected) != rows(&found) {
            return Err(format!("{:?} and {:?}", expected.rows, found.rows));
        }
        let facts = |outcome: &Outcome| {
            let nulled = outcome.error.is_none().then_some(outcome.nulled);
            (outcome.error.clone(), nulled)
        };
        if facts(&expected) == facts(&found) {
            Ok(compared)
        } else {
            Err(format!(
                "(error, nulled): {:?} and {:?}",
                facts(&expected),
                facts(&found)
            ))
        }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        if self.threads > 1 {
            smaller.push(Self {
                threads: self.threads - 1,
                ..self.clone()
            });
        }
        if self.options.schema.is_some() {
            let mut plain = self.clone();
            plain.options.schema = None;
            smaller.push(plain);
        }
        if self.options.logical_types {
            let mut plain = self.clone();
            plain.options.logical_types = false;
            smaller.push(plain);
        }
        if self.options.batch_bytes.is_some() {
            let mut plain = self.clone();
            plain.options.batch_bytes = None;
            smaller.push(plain);
        }
        smaller
    }
}
