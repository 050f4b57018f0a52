//! What a careful user of rusqlite writes to move rows from tables into vectors and back. Run by `cargo xtask bench`:
//!
//! ```text
//! peer-rusqlite CASE DATABASE ROWS [SCRATCH]
//! ```

#[path = "../../checksum.rs"]
mod checksum;
#[path = "../../data.rs"]
mod data;

mod columns;

use std::time::{Duration, Instant};

use columns::{Columns, Found, Joined, Keys, Two};
use data::Report;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, ToSql};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (case, path, rows, scratch) = match arguments[..] {
        [case, path, rows] => (case, path, rows, ""),
        [case, path, rows, scratch] => (case, path, rows, scratch),
        _ => panic!("usage: CASE DATABASE ROWS [SCRATCH]"),
    };
    let rows: usize = rows.parse().expect("a number of rows");
    let report = match case {
        "scan" => scan(path),
        "scan-2of10" => scan_2of10(path),
        "scan-cold" => scan_cold(path),
        "fill" => fill(path),
        "fill-100x10" => fill_100x10(path, rows),
        "load" => load(path, scratch, data::CREATE, ""),
        "load-3idx" => load(path, scratch, data::CREATE, data::INDEXES),
        "load-3idx-append" => append(path, scratch),
        "lookup" => lookup(path, data::LOOKUP, |keys, row| &keys.ids[row]),
        "lookup-text" => lookup(path, data::LOOKUP_TEXT, |keys, row| &keys.names[row]),
        "aggregate" | "aggregate-rows" => aggregate(path),
        "function" => function(path),
        _ => panic!("no case `{case}`"),
    }?;
    report.print(rusqlite::version());
    Ok(())
}

fn open(path: &str) -> Result<Connection> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn warm(path: &str) -> Result<Connection> {
    let conn = open(path)?;
    conn.execute_batch(data::READING)?;
    for sql in data::WARM {
        conn.query_row(sql, [], |_| Ok(()))?;
    }
    Ok(conn)
}

fn read(rows: usize, elapsed: Duration, checksum: String) -> Report {
    Report {
        rows,
        elapsed,
        checksum,
        ..Report::default()
    }
}

fn scan(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    let start = Instant::now();
    let columns = Columns::read(&conn, data::SCAN)?;
    Ok(read(columns.a.len(), start.elapsed(), columns.checksum()))
}

fn scan_cold(path: &str) -> Result<Report> {
    let start = Instant::now();
    let columns = Columns::read(&open(path)?, data::SCAN)?;
    Ok(read(columns.a.len(), start.elapsed(), columns.checksum()))
}

fn scan_2of10(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    let start = Instant::now();
    let mut two = Two::default();
    let mut stmt = conn.prepare(data::SCAN_2OF10)?;
    let mut rows = stmt.query([])?;
    while let Some(row) = rows.next()? {
        two.push(row)?;
    }
    Ok(read(two.b.len(), start.elapsed(), two.checksum()))
}

fn fill(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    let start = Instant::now();
    let mut joined = Joined::default();
    let mut stmt = conn.prepare(data::FILL)?;
    let mut rows = stmt.query([])?;
    while let Some(row) = rows.next()? {
        joined.push(row)?;
    }
    Ok(read(joined.a.len(), start.elapsed(), joined.checksum()))
}

fn fill_100x10(path: &str, table_rows: usize) -> Result<Report> {
    let conn = warm(path)?;
    let mut stmt = conn.prepare(data::FILL_100X10)?;
    let mut sums = columns::Sums::default();
    let mut report = Report {
        queries: table_rows / 100,
        ..Report::default()
    };
    for query in 0..report.queries {
        let start = Instant::now();
        let mut columns = Columns::with_capacity(100);
        let mut rows = stmt.query([data::start(query, table_rows)])?;
        while let Some(row) = rows.next()? {
            columns.push(row)?;
        }
        drop(rows);
        report.elapsed += start.elapsed();
        report.rows += columns.a.len();
        columns.add_to(&mut sums);
    }
    report.checksum = checksum::finish(sums);
    Ok(report)
}

fn load(path: &str, scratch: &str, create: &str, indexes: &str) -> Result<Report> {
    let columns = Columns::read(&open(path)?, data::SCAN)?;
    let conn = Connection::open(scratch)?;
    conn.execute_batch(data::LOADING)?;
    conn.execute_batch(create)?;
    conn.execute_batch(indexes)?;
    insert(conn, &columns)
}

fn append(path: &str, scratch: &str) -> Result<Report> {
    let columns = Columns::read(&open(path)?, data::MORE)?;
    let conn = Connection::open(scratch)?;
    conn.execute_batch(data::LOADING)?;
    insert(conn, &columns)
}

fn insert(mut conn: Connection, columns: &Columns) -> Result<Report> {
    let start = Instant::now();
    let tx = conn.transaction()?;
    {
        let mut stmt = tx.prepare(data::INSERT)?;
        for row in 0..columns.a.len() {
            stmt.execute((
                columns.a[row],
                columns.b[row],
                columns.c[row],
                columns.d[row],
                columns.e[row],
                columns.f[row],
                columns.g[row].as_deref(),
                columns.h[row].as_deref(),
                columns.i[row].as_deref(),
                columns.j[row].as_deref(),
            ))?;
        }
    }
    tx.commit()?;
    // What was loaded is read by another program.
    Ok(read(columns.a.len(), start.elapsed(), String::new()))
}

fn lookup<K: ToSql>(path: &str, sql: &str, key: impl Fn(&Keys, usize) -> &K) -> Result<Report> {
    let mut conn = warm(path)?;
    let keys = Keys::read(&conn)?;
    let start = Instant::now();
    let mut found = Found::default();
    let tx = conn.transaction()?;
    {
        let mut stmt = tx.prepare(sql)?;
        for row in 0..keys.ids.len() {
            let values = stmt
                .query_row([key(&keys, row)], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            found.push(values.unwrap_or_default());
        }
    }
    tx.commit()?;
    Ok(read(found.c.len(), start.elapsed(), found.checksum()))
}

struct SumOfSquares;

impl Aggregate<i64, i64> for SumOfSquares {
    fn init(&self, _: &mut Context<'_>) -> Result<i64> {
        Ok(0)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut i64) -> Result<()> {
        if let Some(value) = context.get::<Option<i64>>(0)? {
            *sum += value * value;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<i64>) -> Result<i64> {
        Ok(sum.unwrap_or_default())
    }
}

fn function(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    conn.create_scalar_function(
        "one_more",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| Ok(context.get::<Option<i64>>(0)?.map(|value| value + 1)),
    )?;
    let start = Instant::now();
    let value = conn.query_row(data::FUNCTION, [], |row| row.get(0))?;
    let elapsed = start.elapsed();
    let mut sum = checksum::Column::default();
    sum.integer(Some(value));
    Ok(read(1, elapsed, checksum::finish([sum])))
}

fn aggregate(path: &str) -> Result<Report> {
    let conn = warm(path)?;
    conn.create_aggregate_function(
        "sum_of_squares",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        SumOfSquares,
    )?;
    let start = Instant::now();
    let value = conn.query_row(data::AGGREGATE, [], |row| row.get(0))?;
    let elapsed = start.elapsed();
    let mut sum = checksum::Column::default();
    sum.integer(Some(value));
    Ok(read(1, elapsed, checksum::finish([sum])))
}
