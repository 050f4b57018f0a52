//! Batched aggregates see what the rows say: random databases, and what cannot be told from within the crate.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use clib::{
    ArgumentBatch, ArgumentType, BatchAggregate, Connection, Error, LoadMode, LoadOptions, Result,
    Value,
};
use clib_tests::action::Opened;
use clib_tests::database::{Size, database};
use clib_tests::random::{Random, cases, seed};

/// All values, as text, in any order.
struct Gather;

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("'{}'", text.escape_debug()),
        other => format!("{other:?}"),
    }
}

impl BatchAggregate for Gather {
    type State = Vec<String>;
    type Output = String;

    fn init(&self) -> Self::State {
        Vec::new()
    }

    fn update(&self, all: &mut Self::State, rows: &ArgumentBatch<'_>) -> Result<()> {
        for row in 0..rows.rows() {
            let mut line = String::new();
            for argument in 0..rows.arguments() {
                let value = rows.values(argument)?.get(row);
                line += &match value {
                    clib::ValueRef::Text(text) if std::str::from_utf8(text).is_err() => {
                        format!("{text:?}")
                    }
                    value => shown(&Value::try_from(value).unwrap()),
                };
                line.push(',');
            }
            all.push(line);
        }
        Ok(())
    }

    fn finish(&self, mut all: Self::State) -> Result<String> {
        all.sort();
        Ok(all.join("\n"))
    }
}

#[test]
fn random_tables_are_gathered_as_they_are_read() {
    let first = seed();
    println!("first seed: {first}");
    let mut compared = 0;
    for seed in first..first + cases(60, 3) {
        let mut random = Random::new(seed);
        let database = database(&mut random, Size::SMALL);
        let mut opened = Opened::new(database.in_file);
        opened.take_all(&database.history);
        for arguments in 1..=2 {
            opened
                .conn
                .create_batch_aggregate("gather", &vec![ArgumentType::Any; arguments], Gather)
                .unwrap();
        }
        for table in &database.tables {
            for _ in 0..8 {
                let pick =
                    |random: &mut Random| table.columns[random.below(table.columns.len())].sql();
                let mut columns = vec![pick(&mut random)];
                if random.percent(50) {
                    columns.push(pick(&mut random));
                }
                let condition = if random.percent(50) {
                    "1".to_owned()
                } else {
                    table.predicate(&mut random)
                };
                let from = format!("FROM {} WHERE {condition}", table.sql);
                let columns = columns.join(", ");
                let Ok(mut stmt) = opened.conn.prepare(&format!("SELECT {columns} {from}")) else {
                    continue;
                };
                let width = stmt.column_count();
                let read: Result<Vec<String>> = stmt
                    .query_map((), |row| {
                        let mut line = String::new();
                        for index in 0..width {
                            line += &match row.get_ref(index)? {
                                clib::ValueRef::Text(text)
                                    if std::str::from_utf8(text).is_err() =>
                                {
                                    format!("{text:?}")
                                }
                                value => shown(&Value::try_from(value).map_err(Error::other)?),
                            };
                            line.push(',');
                        }
                        Ok(line)
                    })
                    .and_then(Iterator::collect);
                let gathered: Result<String> =
                    opened
                        .conn
                        .query_row(&format!("SELECT gather({columns}) {from}"), (), |row| {
                            row.get(0)
                        });
                match (read, gathered) {
                    (Ok(mut read), Ok(gathered)) => {
                        read.sort();
                        assert!(
                            read.join("\n") == gathered,
                            "SELECT gather({columns}) {from}: CLIB_TESTS_SEED={seed}"
                        );
                        compared += read.len();
                    }
                    (Err(_), Err(_)) => {}
                    (read, gathered) => {
                        panic!("{read:?} {gathered:?}: {columns} {from}: CLIB_TESTS_SEED={seed}")
                    }
                }
            }
        }
    }
    println!("{compared} rows");
    assert!(compared > 0);
}

struct Panics;

impl BatchAggregate for Panics {
    type State = ();
    type Output = i64;

    fn init(&self) {}

    fn update(&self, (): &mut (), _: &ArgumentBatch<'_>) -> Result<()> {
        panic!("on purpose")
    }

    fn finish(&self, (): ()) -> Result<i64> {
        Ok(0)
    }
}

/// A panic unwinds through a load, whose savepoint ends, and through batches that are being read.
#[test]
fn panics_leave_loads_undone() {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_batch_aggregate("panics", &[ArgumentType::Any], Panics)
        .unwrap();
    conn.execute_batch("CREATE TABLE t (a INTEGER); CREATE TABLE log (a)")
        .unwrap();
    conn.execute_batch(
        "CREATE TEMP TRIGGER r AFTER INSERT ON main.t WHEN new.a = 3 BEGIN INSERT INTO log SELECT panics(a) FROM main.t; END",
    )
    .unwrap();
    let ids: arrow_array::ArrayRef =
        std::sync::Arc::new(arrow_array::Int64Array::from(vec![1, 2, 3, 4]));
    let batch = arrow_array::RecordBatch::try_from_iter([("a", ids)]).unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| {
        let reader = arrow_array::RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
        conn.load("t", reader, &LoadOptions::new().mode(LoadMode::Append))
    }));
    // Triggers of schema `temp` may use it: nothing else could have put them there.
    match result {
        Err(payload) => assert_eq!(payload.downcast_ref(), Some(&"on purpose")),
        Ok(other) => panic!("{other:?}"),
    }
    assert!(conn.is_autocommit());
    let count: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
    let mut stmt = conn.prepare("SELECT panics(1)").unwrap();
    let options = clib::ReadOptions::new();
    let result = catch_unwind(AssertUnwindSafe(|| {
        stmt.query_batches((), &options)?.next_batch().map(drop)
    }));
    assert!(result.is_err());
}
