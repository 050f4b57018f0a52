//! What a careful user of rusqlite writes to read a table into vectors and to load vectors into a table. Run by
//! `cargo xtask bench`.

#[path = "../../data.rs"]
mod data;

use std::time::Instant;

use data::{Checksum, Columns};
use rusqlite::{Connection, OpenFlags, Result};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["read", path, _] => read(path),
        ["load", path, rows] => load(path, rows.parse().expect("a number of rows")),
        _ => panic!("usage: read|load DATABASE ROWS"),
    }
}

fn read(path: &str) -> Result<()> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // A first pass fills the page cache, as for every peer.
    conn.query_row("SELECT sum(length(i)) FROM t", [], |_| Ok(()))?;
    let start = Instant::now();
    let columns = read_columns(&conn)?;
    let elapsed = start.elapsed();
    println!(
        "{}",
        data::report(columns.a.len(), elapsed, &checksum(&columns))
    );
    Ok(())
}

fn read_columns(conn: &Connection) -> Result<Columns> {
    let mut columns = Columns::default();
    let mut stmt = conn.prepare("SELECT a, b, c, d, e, f, g, h, i, j FROM t")?;
    let mut rows = stmt.query([])?;
    while let Some(row) = rows.next()? {
        columns.a.push(row.get(0)?);
        columns.b.push(row.get(1)?);
        columns.c.push(row.get(2)?);
        columns.d.push(row.get(3)?);
        columns.e.push(row.get(4)?);
        columns.f.push(row.get(5)?);
        columns.g.push(row.get(6)?);
        columns.h.push(row.get(7)?);
        columns.i.push(row.get(8)?);
        columns.j.push(row.get(9)?);
    }
    Ok(columns)
}

fn load(path: &str, rows: usize) -> Result<()> {
    let columns = data::generate(rows);
    let mut conn = Connection::open(path)?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.execute_batch(data::CREATE)?;
    let start = Instant::now();
    let tx = conn.transaction()?;
    {
        let mut stmt =
            tx.prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
        for row in 0..rows {
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
    let elapsed = start.elapsed();
    println!(
        "{}",
        data::report(rows, elapsed, &checksum(&read_columns(&conn)?))
    );
    Ok(())
}

fn checksum(columns: &Columns) -> String {
    let mut sum = Checksum::new();
    for column in [&columns.a, &columns.b, &columns.c, &columns.d] {
        column.iter().for_each(|value| sum.integer(*value));
    }
    for column in [&columns.e, &columns.f] {
        column.iter().for_each(|value| sum.real(*value));
    }
    for column in [&columns.g, &columns.h, &columns.i, &columns.j] {
        column.iter().for_each(|value| sum.text(value.as_deref()));
    }
    sum.finish()
}
