//! What the pool, deadlines and interrupt scopes cost, as ratios: `cargo bench -p clib --bench pool`.
//!
//! Each ratio is the median of several rounds, in which the two sides alternate.
#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark, which may stop by panicking"
)]

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use clib::{Connection, Pool, ReadOptions, ReadPath, Result};

const ROUNDS: usize = 9;
const ROWS: i64 = 200_000;

fn main() -> Result<()> {
    // `cargo test` runs this too: then there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.db");
    let pool = Pool::builder().readers(4).open(&path)?;
    pool.write(|tx| {
        tx.execute_batch(&format!(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER, c TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {ROWS})
             INSERT INTO t SELECT i, i * 7919 % 1000003, 'text ' || i FROM n"
        ))
    })?;
    println!(
        "SQLite {}, {} threads of the machine",
        clib::version(),
        threads()
    );

    let one = || reads_per_second(&pool, 1);
    let four = || reads_per_second(&pool, 4);
    print("reads/s, 4 threads to 1", "at least 1", ratio(four, one));

    let opening = || {
        per_call(200, || {
            lookup(&Connection::open_read_only(&path).unwrap(), 4711)
        })
    };
    let checkout = || per_call(20_000, || pool.read(|conn| Ok(lookup(conn, 4711))).unwrap());
    print(
        "time of a query, opening a connection to taking one",
        "the more the better",
        ratio(opening, checkout),
    );
    let held = pool.get()?;
    let bare = || per_call(20_000, || lookup(&held, 4711));
    print(
        "time of a query, taking a connection to holding one",
        "near 1",
        ratio(checkout, bare),
    );
    drop(held);

    let conn = Connection::open_read_only(&path)?;
    let limited = Connection::open_read_only(&path)?;
    limited.set_deadline(Some(Instant::now() + Duration::from_secs(3600)))?;
    for (name, work) in [
        ("rows, stepped", step as fn(&Connection)),
        ("aggregate", aggregate),
        ("batches, scan", |conn| batches(conn, ReadPath::Auto)),
        ("batches, fill", |conn| batches(conn, ReadPath::Fill)),
        ("batches, portable", |conn| {
            batches(conn, ReadPath::Portable)
        }),
    ] {
        let without = || per_call(2, || work(&conn));
        let with = || per_call(2, || work(&limited));
        print(
            &format!("time with a deadline to without, {name}"),
            "near 1",
            ratio(with, without),
        );
    }
    asynchronous(&pool)
}

#[cfg(feature = "async")]
fn asynchronous(pool: &Pool) -> Result<()> {
    let awaited = clib::async_bridge::AsyncPool::from(pool.clone());
    let read = || {
        per_call(5000, || {
            pollster::block_on(awaited.read(|conn| Ok(lookup(conn, 4711)))).unwrap()
        })
    };
    let direct = || per_call(5000, || pool.read(|conn| Ok(lookup(conn, 4711))).unwrap());
    print(
        "time of a query, awaited to not",
        "two switches between threads",
        ratio(read, direct),
    );
    Ok(())
}

#[cfg(not(feature = "async"))]
fn asynchronous(_: &Pool) -> Result<()> {
    println!("(with `--features async` also: a query awaited)");
    Ok(())
}

fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn print(what: &str, aim: &str, ratio: f64) {
    println!("{ratio:8.2}  {what} ({aim})");
}

/// The median of the ratios of pairs.
fn ratio(mut left: impl FnMut() -> f64, mut right: impl FnMut() -> f64) -> f64 {
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| left() / right()).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

/// Seconds of a call, on average.
fn per_call<T>(calls: u32, mut f: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(f());
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

/// Some rows by their keys, and one by one, as a reader's work.
fn reads_per_second(pool: &Pool, threads: usize) -> f64 {
    const READS: usize = 4000;
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for read in 0..READS / threads {
                    let key = i64::try_from(read * 37 + thread).unwrap() % ROWS + 1;
                    pool.read(|conn| {
                        for step in 0..10 {
                            black_box(lookup(conn, (key + step * 1009) % ROWS + 1));
                        }
                        Ok(())
                    })
                    .unwrap();
                }
            });
        }
    });
    READS as f64 / start.elapsed().as_secs_f64()
}

fn lookup(conn: &Connection, key: i64) -> i64 {
    let mut stmt = conn.prepare_cached("SELECT b FROM t WHERE a = ?1").unwrap();
    stmt.query_row([key], |row| row.get(0)).unwrap()
}

fn step(conn: &Connection) {
    let mut stmt = conn.prepare_cached("SELECT a, b FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    let mut sum = 0;
    while let Some(row) = rows.next().unwrap() {
        sum += row.get::<_, i64>(1).unwrap();
    }
    black_box(sum);
}

fn aggregate(conn: &Connection) {
    let sum: i64 = conn
        .query_row("SELECT sum(b) FROM t WHERE a % 3 = 1", (), |row| row.get(0))
        .unwrap();
    black_box(sum);
}

fn batches(conn: &Connection, path: ReadPath) {
    let mut stmt = conn.prepare_cached("SELECT a, b, c FROM t").unwrap();
    let mut reader = stmt
        .query_batches((), &ReadOptions::new().path(path))
        .unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        black_box(batch);
    }
}
