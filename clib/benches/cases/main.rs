//! Our side of `cargo xtask bench`: each case is a process of its own, so that peers can alternate with it.
//!
//! ```text
//! cases CASE DATABASE ROWS [SCRATCH]
//! ```
//!
//! DATABASE is made by the case `make`; a case that loads writes the database SCRATCH, which must not exist, or, for
//! `load-3idx-append`, be made by `make-indexed`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark, which may stop by panicking"
)]

#[path = "../../../tests/peers/checksum.rs"]
mod checksum;
#[allow(dead_code, reason = "each program uses what its cases need")]
#[path = "../../../tests/peers/data.rs"]
mod data;

mod aggregate;
mod function;
mod load;
mod lookup;
mod make;
mod parallel;
mod read;
mod sum;

use clib::{Connection, Result};

fn main() -> Result<()> {
    // Cargo adds arguments of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (case, path, rows, scratch) = match words[..] {
        // `cargo test` runs this too, without a case: then there is nothing to do.
        [] => return Ok(()),
        [case, path, rows] => (case, path, rows, ""),
        [case, path, rows, scratch] => (case, path, rows, scratch),
        _ => panic!("usage: CASE DATABASE ROWS [SCRATCH]"),
    };
    let rows: usize = rows.parse().expect("a number of rows");
    let report = match case {
        "make" => make::all(path, rows),
        "make-table" => make::table_only(path, rows),
        "make-indexed" => make::indexed(path, rows),
        "scan" => read::scan(path),
        "scan-2of10" => read::statement(path, data::SCAN_2OF10),
        "scan-cold" => read::cold(path),
        "scan-parallel" => parallel::two_partitions(path),
        "scan-single" => read::single(path),
        "stream" => read::stream(path),
        "fill" => read::statement(path, data::FILL),
        "fill-100x10" => read::hundred_rows(path, rows),
        "load" => load::into_new(path, scratch, ""),
        "load-3idx" => load::into_new(path, scratch, data::INDEXES),
        "load-3idx-append" => load::append(path, scratch),
        "lookup" => lookup::by_rowid(path, rows),
        "lookup-text" => lookup::by_text(path, rows),
        "aggregate" => aggregate::sum_of_squares(path),
        "aggregate-rows" => function::sum_of_squares(path),
        "function" => function::one_more(path),
        _ => panic!("no case `{case}`"),
    }?;
    report.print(clib::version());
    Ok(())
}

/// A connection for reading, whose cache holds the database.
fn warm(path: &str) -> Result<Connection> {
    let conn = Connection::open_read_only(path)?;
    conn.execute_batch(data::READING)?;
    for sql in data::WARM {
        conn.query_row(sql, (), |_| Ok(()))?;
    }
    Ok(conn)
}
