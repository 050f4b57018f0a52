//! A table input is what a load of its batches would be, alone and joined with a table.

use arrow_array::{RecordBatch, RecordBatchIterator};
use clib::{Error, LoadMode, LoadOptions, TableName};

use super::{Compared, lines, parts};
use crate::action::Opened;
use crate::batches::Shape;
use crate::database::{Database, Size, quote};
use crate::random::Random;

/// Batches, and queries of them: `INPUT` stands for the table.
#[derive(Clone, Debug)]
pub(super) struct Input {
    batches: Vec<RecordBatch>,
    queries: Vec<String>,
}

impl Input {
    pub(super) fn random(random: &mut Random, database: &Database, size: Size) -> Self {
        let mut shape = Shape::new(random);
        let batches = (0..1 + random.below(4))
            .map(|_| {
                let rows = random.below(size.rows);
                shape.batch(random, rows)
            })
            .collect();
        let table = &database.tables[random.below(database.tables.len())];
        let mut queries = vec![
            "SELECT rowid, * FROM INPUT".to_owned(),
            "SELECT rowid, * FROM INPUT ORDER BY rowid DESC".to_owned(),
        ];
        let schema = shape.schema();
        for field in schema.fields() {
            let name = quote(field.name());
            queries.push(format!("SELECT rowid, * FROM INPUT ORDER BY {name}, rowid"));
            let operator = random.pick(&["=", "<", ">=", "IS", ">"]);
            // A value of another row, so that some are found.
            queries.push(format!(
                "SELECT rowid, * FROM INPUT WHERE {name} {operator} (SELECT {name} FROM temp.loaded WHERE rowid = {}) \
                 ORDER BY rowid",
                1 + random.below(60)
            ));
            queries.push(format!(
                "SELECT rowid, * FROM INPUT WHERE {name} IN (SELECT {name} FROM temp.loaded WHERE rowid % 3 = 0) ORDER BY rowid"
            ));
            let column = table.columns[random.below(table.columns.len())].sql();
            queries.push(match random.below(3) {
                0 => format!(
                    "SELECT count(*), count({column}) FROM {} AS other WHERE {column} IN (SELECT {name} FROM INPUT)",
                    table.sql
                ),
                1 => format!(
                    "SELECT count(*), sum(i.rowid) FROM {} AS other JOIN INPUT AS i ON i.{name} = other.{column}",
                    table.sql
                ),
                _ => format!(
                    "SELECT count(*), count(i.{name}) FROM INPUT AS i LEFT JOIN {} AS other ON i.{name} < other.{column}",
                    table.sql
                ),
            });
        }
        Self { batches, queries }
    }

    pub(super) fn check(&self, opened: &Opened) -> Result<Compared, String> {
        let conn = &opened.conn;
        let failed = Compared {
            rows: 0,
            failed: true,
        };
        let input = conn.table_input("the input", &self.batches);
        let schema = self.batches[0].schema();
        let reader = RecordBatchIterator::new(self.batches.iter().cloned().map(Ok), schema);
        let place = TableName::in_schema("temp", "loaded");
        let loaded = conn.load(place, reader, &LoadOptions::new().mode(LoadMode::Create));
        let result = match (&input, &loaded) {
            (Ok(_), Ok(_)) => self.compare(opened),
            (Err(Error::Load(ours)), Err(Error::Load(theirs)))
                if ours.column.is_some() == theirs.column.is_some() =>
            {
                Ok(failed)
            }
            // NULL where there may be none is the loaded table's constraint.
            (Ok(_), Err(error)) if error.to_string().contains("NOT NULL") => Ok(failed),
            other => Err(format!("{other:?}")),
        };
        drop(input);
        if loaded.is_ok() {
            conn.execute_batch("DROP TABLE temp.loaded")
                .map_err(|error| error.to_string())?;
        }
        result
    }

    fn compare(&self, opened: &Opened) -> Result<Compared, String> {
        let mut rows = 0;
        for query in &self.queries {
            let ask = |table: &str| lines(&opened.conn, &query.replace("INPUT", table));
            match (ask("\"the input\""), ask("temp.loaded")) {
                (Ok(ours), Ok(theirs)) if ours == theirs => rows += ours.len() as u64,
                (Err(_), Err(_)) => {}
                (ours, theirs) => return Err(format!("{query}: {ours:?}, loaded {theirs:?}")),
            }
        }
        Ok(Compared {
            rows,
            failed: false,
        })
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller: Vec<_> = parts(&self.queries)
            .into_iter()
            .map(|queries| Self {
                queries,
                ..self.clone()
            })
            .collect();
        smaller.extend(parts(&self.batches).into_iter().map(|batches| Self {
            batches,
            ..self.clone()
        }));
        for (number, batch) in self.batches.iter().enumerate() {
            let rows = batch.num_rows();
            let half = rows / 2;
            let halves = [(0, half), (half, rows - half)];
            for (offset, length) in halves.into_iter().filter(|part| part.1 < rows) {
                let mut fewer = self.clone();
                fewer.batches[number] = batch.slice(offset, length);
                smaller.push(fewer);
            }
        }
        smaller
    }
}
