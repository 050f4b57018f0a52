//! Memory is bounded by the size of a batch and of a row group, not by the table.
#![cfg(target_os = "linux")]

use crate::support::Sandbox;

/// What ten times the rows, 110 MB, may add to the peak.
const EXPORT_TOLERANCE_KB: u64 = 32 * 1024;
/// More, because the batches of an Arrow file are as large as they were written, and the C library's allocator keeps some of
/// the memory of those that are done.
const IMPORT_TOLERANCE_KB: u64 = 64 * 1024;
/// Of 100 and 1,000 bytes in two columns: 11 MB, and ten times that.
const ROWS: u64 = 10_000;

#[test]
fn ten_times_the_rows_do_not_raise_the_peak() {
    let sandbox = Sandbox::new();
    for (table, rows) in [("small", ROWS), ("large", 10 * ROWS)] {
        sandbox.sql(
            "m.db",
            &format!(
                "CREATE TABLE {table} (i INTEGER, t TEXT, u TEXT); \
                 WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
                 INSERT INTO {table} SELECT i, hex(randomblob(50)), hex(randomblob(500)) FROM n"
            ),
        );
    }
    for ending in ["csv", "jsonl", "arrow", "parquet"] {
        let peak = |table: &str| {
            let file = format!("{table}.{ending}");
            let peak = peak_kb(&sandbox, &["export", "m.db", table, &file]);
            eprintln!("export to {file}: peak {peak} kB");
            peak
        };
        let (small, large) = (peak("small"), peak("large"));
        assert!(
            large < small + EXPORT_TOLERANCE_KB,
            "{ending}: {small} kB for {ROWS} rows, {large} kB for ten times as many"
        );
    }
    for ending in ["csv", "jsonl", "arrow", "parquet"] {
        let peak = |table: &str| {
            let file = format!("{table}.{ending}");
            let db = format!("{file}.db");
            let peak = peak_kb(&sandbox, &["import", &file, &db]);
            eprintln!("import of {file}: peak {peak} kB");
            peak
        };
        let (small, large) = (peak("small"), peak("large"));
        assert!(
            large < small + IMPORT_TOLERANCE_KB,
            "{ending}: {small} kB for {ROWS} rows, {large} kB for ten times as many"
        );
    }
}

/// The peak of the process's resident memory, as the kernel last told before it ended.
fn peak_kb(sandbox: &Sandbox, arguments: &[&str]) -> u64 {
    let mut child = sandbox.start(arguments);
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            peak = line.trim().trim_end_matches(" kB").parse().unwrap();
        }
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{arguments:?}");
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
