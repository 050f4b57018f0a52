//! Batches in an extension: they work as everywhere, by SQLite's public interface, as the kernel is of another SQLite than the host's.

use clib::{
    ArgumentBatch, ArgumentType, BatchAggregate, BorrowedConnection, FunctionFlags, LoadMode,
    LoadOptions, ParallelOptions, ReadOptions, Result,
};

clib::extension!(init, sqlite3_batches_init);

fn init(conn: &mut BorrowedConnection<'_>) -> Result<()> {
    let told = work(conn)?;
    conn.create_typed_function(
        "batches",
        FunctionFlags::default(),
        move || Ok(told.clone()),
    )?;
    conn.create_batch_aggregate("sum_of_squares", &[ArgumentType::Real], SumOfSquares)
}

/// Reads, loads, looks up and joins, on the host's connection.
fn work(conn: &clib::Connection) -> Result<String> {
    conn.execute_batch(
        "CREATE TEMP TABLE numbers (id INTEGER PRIMARY KEY, square INTEGER);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO numbers SELECT i, i * i FROM n",
    )?;
    let mut stmt = conn.prepare("SELECT id, square FROM numbers")?;
    let reader = stmt.query_batches((), &ReadOptions::new())?;
    let loaded = conn
        .load("copy", reader, &LoadOptions::new().mode(LoadMode::Create))?
        .rows;
    let mut rows = 0;
    let mut reader = stmt.query_batches((), &ReadOptions::new())?;
    while let Some(batch) = reader.next_batch()? {
        rows += batch.num_rows();
    }
    drop(reader);
    let mut parallel = 0;
    let mut reader =
        conn.read_table_parallel("numbers", &ParallelOptions::new(), &ReadOptions::new())?;
    while let Some(batch) = reader.next_batch()? {
        parallel += batch.num_rows();
    }
    drop(reader);
    let wanted = conn.table_input_of("wanted", vec![3_i64, 70, 6000])?;
    let joined: i64 = conn.query_row(
        "SELECT sum(square) FROM numbers WHERE id IN (SELECT value FROM wanted)",
        (),
        |row| row.get(0),
    )?;
    wanted.close()?;
    conn.execute_batch("DROP TABLE numbers; DROP TABLE copy")?;
    Ok(format!(
        "loaded {loaded}, read {rows} and {parallel}, joined {joined}"
    ))
}

struct SumOfSquares;

impl BatchAggregate for SumOfSquares {
    type State = f64;
    type Output = f64;

    fn init(&self) -> f64 {
        0.0
    }

    fn update(&self, sum: &mut f64, rows: &ArgumentBatch<'_>) -> Result<()> {
        *sum += rows.reals(0)?.values().iter().map(|x| x * x).sum::<f64>();
        Ok(())
    }

    fn finish(&self, sum: f64) -> Result<f64> {
        Ok(sum)
    }
}
