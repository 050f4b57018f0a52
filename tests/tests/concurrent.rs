//! A table is read while another process writes it: each reader sees one state of it, by every path.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use clib::{Connection, ReadOptions};
use clib_tests::action::folder;
use clib_tests::paths::READING;
use clib_tests::random::{Random, is_slow};

/// The database that a child is to write.
const FILE: &str = "CLIB_TESTS_CONCURRENT_FILE";

const ROWS: i64 = 2_000;

/// Moves amounts between rows, and rows to other places, so that their sum and number stay.
fn writer(file: &Path) {
    let conn = Connection::open(file).unwrap();
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    let mut random = Random::new(u64::from(std::process::id()));
    loop {
        let from = random.between(1, ROWS);
        let to = random.between(1, ROWS);
        let amount = random.between(1, 1_000_000_000_000);
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             UPDATE t SET amount = amount - {amount} WHERE number = {from};
             UPDATE t SET amount = amount + {amount} WHERE number = {to};
             UPDATE OR IGNORE t SET id = id + 3 * (random() % {ROWS}) WHERE number = {from};
             UPDATE t SET note = CAST(zeroblob({amount} % 900) AS TEXT) WHERE number = {to};
             COMMIT"
        ))
        .unwrap();
    }
}

/// Ends the process with the test.
struct Writer(Child);

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_reader_sees_one_state_while_another_process_writes() {
    if let Some(file) = std::env::var_os(FILE) {
        writer(Path::new(&file));
        return;
    }
    for mode in ["WAL", "DELETE"] {
        let folder = folder();
        let file = folder.path().join("written.db");
        let conn = Connection::open(&file).unwrap();
        conn.execute_batch(&format!(
            "PRAGMA page_size = 1024; PRAGMA journal_mode = {mode}; PRAGMA synchronous = OFF;
             CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, amount INTEGER, note TEXT);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO t SELECT i * 5, i, 0, 'note ' || i FROM n"
        ))
        .unwrap();
        // A writer waits for readers in a rollback journal, and they for it.
        conn.busy_timeout(Duration::from_secs(60)).unwrap();
        let _writer = Writer(
            Command::new(std::env::current_exe().unwrap())
                .args([
                    "--exact",
                    "a_reader_sees_one_state_while_another_process_writes",
                ])
                .env(FILE, &file)
                .spawn()
                .unwrap(),
        );
        for path in READING {
            let start = Instant::now();
            let (mut reads, mut states) = (0, Vec::new());
            let long = Duration::from_millis(if is_slow() { 3_000 } else { 400 });
            while start.elapsed() < long {
                let options = (path.ask)(ReadOptions::new().batch_rows(100));
                let mut reader = conn.read_table("t", &options).unwrap();
                let (mut rows, mut sum, mut squares) = (0, 0_i64, 0_u64);
                let mut last = i64::MIN;
                while let Some(batch) = reader.next_batch().unwrap() {
                    for id in batch.column(0).as_primitive::<Int64Type>().values() {
                        assert!(*id > last, "{mode}, {}: rows out of order", path.name);
                        last = *id;
                    }
                    for amount in batch.column(2).as_primitive::<Int64Type>().values() {
                        sum = sum.wrapping_add(*amount);
                        squares =
                            squares.wrapping_add(amount.wrapping_mul(*amount).cast_unsigned());
                    }
                    rows += i64::try_from(batch.num_rows()).unwrap();
                    // Time for the other process to write between the batches.
                    std::thread::yield_now();
                }
                assert_eq!((rows, sum), (ROWS, 0), "{mode}, {}", path.name);
                reads += 1;
                if states.last() != Some(&squares) {
                    states.push(squares);
                }
            }
            println!(
                "{mode}, {}: {reads} reads of {} states",
                path.name,
                states.len()
            );
        }
    }
}
