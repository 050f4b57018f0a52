//! Real data: the committed cut of the flights, and all of them where they are.

use std::io::Read;
use std::path::Path;

use clib::Connection;

use crate::support::{Sandbox, sample, workspace};

/// What the CSV says of a column, read by hand.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    nulls: i64,
    /// Of a column of integers.
    sum: Option<i64>,
}

/// Rows, and name and facts of each column, from the `csv` crate alone.
fn facts(path: &Path) -> (i64, Vec<(String, Facts)>) {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut columns = vec![
        Facts {
            nulls: 0,
            sum: Some(0)
        };
        names.len()
    ];
    let mut rows = 0;
    for record in reader.records() {
        rows += 1;
        for (column, field) in columns.iter_mut().zip(&record.unwrap()) {
            if field == "NA" {
                column.nulls += 1;
            } else {
                let number: Option<i64> = field.parse().ok();
                column.sum = column.sum.and_then(|sum| Some(sum + number?));
            }
        }
    }
    (rows, names.into_iter().zip(columns).collect())
}

/// The same of a table, from SQL.
fn table_facts(connection: &Connection, names: &[(String, Facts)]) -> (i64, Vec<(String, Facts)>) {
    let rows = connection
        .query_row("SELECT count(*) FROM flights", (), |row| row.get(0))
        .unwrap();
    let columns = names
        .iter()
        .map(|(name, _)| {
            let sql = format!(
                "SELECT count(*) - count({name}), \
                 CASE WHEN max(typeof({name})) IN ('integer', 'null') THEN sum({name}) END FROM flights"
            );
            let facts = connection
                .query_row(&sql, (), |row| {
                    Ok(Facts {
                        nulls: row.get(0)?,
                        sum: row.get(1)?,
                    })
                })
                .unwrap();
            (name.clone(), facts)
        })
        .collect();
    (rows, columns)
}

/// Row by row, value by value, storage class included.
fn assert_equal_tables(sandbox: &Sandbox, left: &str, right: &str, names: &[(String, Facts)]) {
    let connection = sandbox.open(left);
    connection
        .execute(
            "ATTACH ?1 AS other",
            (sandbox.path(right).to_str().unwrap(),),
        )
        .unwrap();
    let differs: Vec<String> = names
        .iter()
        .map(|(n, _)| format!("a.{n} IS NOT b.{n} OR typeof(a.{n}) IS NOT typeof(b.{n})"))
        .collect();
    let sql = format!(
        "SELECT count(*), count(CASE WHEN {} THEN 1 END) \
         FROM main.flights a JOIN other.flights b ON a.rowid = b.rowid",
        differs.join(" OR ")
    );
    let (compared, different): (i64, i64) = connection
        .query_row(&sql, (), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let count = |schema: &str| -> i64 {
        connection
            .query_row(
                &format!("SELECT count(*) FROM {schema}.flights"),
                (),
                |row| row.get(0),
            )
            .unwrap()
    };
    assert_eq!((compared, different), (count("main"), 0));
    assert_eq!(count("main"), count("other"));
}

fn import_and_compare(file: &Path) -> (Sandbox, i64, Vec<(String, Facts)>) {
    let sandbox = Sandbox::new();
    let said = sandbox.ok(&[
        "import",
        file.to_str().unwrap(),
        "flights.db",
        "--null",
        "NA",
    ]);
    eprintln!("{said}");
    let (rows, columns) = facts(file);
    assert_eq!(columns.len(), 19);
    let connection = sandbox.open("flights.db");
    assert_eq!(table_facts(&connection, &columns), (rows, columns.clone()));
    let check: String = connection
        .pragma_get(Some("main"), "integrity_check")
        .unwrap();
    assert_eq!(check, "ok");
    assert_eq!(
        sandbox.columns("flights.db", "flights"),
        "year INTEGER, month INTEGER, day INTEGER, dep_time INTEGER, sched_dep_time INTEGER, \
         dep_delay INTEGER, arr_time INTEGER, sched_arr_time INTEGER, arr_delay INTEGER, carrier TEXT, \
         flight INTEGER, tailnum TEXT, origin TEXT, dest TEXT, air_time INTEGER, distance INTEGER, \
         hour INTEGER, minute INTEGER, time_hour TIMESTAMPTZ(0)"
    );
    (sandbox, rows, columns)
}

#[test]
fn the_sample() {
    let (sandbox, rows, columns) = import_and_compare(Path::new(&sample()));
    assert_eq!(rows, 67_356);
    for file in ["out.csv.gz", "out.jsonl", "out.arrow", "out.parquet"] {
        let mut export = vec!["export", "flights.db", "flights", file];
        let mut import = vec!["import", file, "back.db", "--table", "flights"];
        import.extend(["--if-exists", "replace"]);
        if file.contains("csv") {
            export.extend(["--null", "NA"]);
            import.extend(["--null", "NA"]);
        }
        sandbox.ok(&export);
        sandbox.ok(&import);
        assert_equal_tables(&sandbox, "flights.db", "back.db", &columns);
    }
}

#[test]
fn all_flights() {
    let file = workspace().join("../shared/data/nycflights13/flights.csv.gz");
    if !file.exists() {
        eprintln!(
            "NOT TESTED: all_flights needs ../shared/data/nycflights13/flights.csv.gz beside the workspace"
        );
        return;
    }
    let (sandbox, rows, columns) = import_and_compare(&file);
    assert_eq!(rows, 336_776);
    assert_eq!(
        columns[3].1.nulls, 8_255,
        "flights without a departure time"
    );
    sandbox.ok(&["export", "flights.db", "flights", "flights.parquet"]);
    sandbox.ok(&["import", "flights.parquet", "back.db"]);
    assert_equal_tables(&sandbox, "flights.db", "back.db", &columns);
}
