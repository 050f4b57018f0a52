//! Parallel scans: the same rows as one thread reads, of one state of the database, whoever writes meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_wrap,
    reason = "a test fails by panicking"
)]

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use clib::{
    Connection, DetachedReader, Error, NotParallel, OnMismatch, OpenFlags, ParallelOptions,
    ParallelReader, ReadOptions, ReadPath, TableName,
};
use proptest::prelude::*;
use tempfile::TempDir;

/// Under valgrind everything takes fifty times as long.
fn is_slow() -> bool {
    env::var_os("CLIB_TESTS_SLOW").is_some()
}

fn file(script: &str) -> (TempDir, PathBuf, Connection) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("test.db");
    let conn = Connection::open(&path).unwrap();
    // Nothing here is to survive a power failure.
    conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
    conn.execute_batch(script).unwrap();
    (dir, path, conn)
}

/// `count` rows with rowids from 1.
fn numbers(count: usize) -> String {
    format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO t SELECT i, i * 3, printf('row %d', i) FROM n;"
    )
}

fn threads(threads: usize) -> ParallelOptions {
    ParallelOptions::new().threads(threads)
}

fn small() -> ReadOptions {
    ReadOptions::new().batch_rows(50)
}

fn collect(mut reader: ParallelReader<'_>) -> clib::Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        assert!(batch.num_rows() > 0);
        batches.push(batch);
    }
    assert!(reader.next_batch()?.is_none(), "nothing after the end");
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(reader.report().rows, rows as u64);
    assert_eq!(reader.report().batches, batches.len() as u64);
    Ok(batches)
}

/// The whole table by one thread, as one batch.
fn single(conn: &Connection, table: &str, options: &ReadOptions) -> RecordBatch {
    let reader = conn.read_table(table, options).unwrap();
    let schema = reader.schema();
    let batches: Vec<_> = reader.collect::<Result<_, _>>().unwrap();
    concat_batches(&schema, &batches).unwrap()
}

/// The same by several.
fn several(
    conn: &Connection,
    table: &str,
    parallel: &ParallelOptions,
    options: &ReadOptions,
) -> RecordBatch {
    let reader = conn.read_table_parallel(table, parallel, options).unwrap();
    assert_eq!(reader.not_parallel(), None);
    let schema = reader.schema();
    concat_batches(&schema, &collect(reader).unwrap()).unwrap()
}

/// The rows in the order of their first column, which is their rowid.
fn sorted(batch: &RecordBatch) -> RecordBatch {
    let ids = batch.column(0).as_primitive::<Int64Type>();
    let mut order: Vec<u64> = (0..batch.num_rows() as u64).collect();
    order.sort_by_key(|row| ids.value(usize::try_from(*row).unwrap()));
    let order = arrow_array::UInt64Array::from(order);
    arrow_select::take::take_record_batch(batch, &order).unwrap()
}

// The same rows.

#[test]
fn batches_are_those_of_one_thread() {
    let (_dir, _, conn) = file(&numbers(5000));
    for options in [
        small(),
        small().path(ReadPath::Fill),
        small().path(ReadPath::Portable),
        small().batch_rows(1),
        ReadOptions::new(),
        small().batch_bytes(1000),
    ] {
        let expected = single(&conn, "t", &options);
        assert_eq!(expected.num_rows(), 5000);
        for n in [1, 2, 3, 8] {
            assert_eq!(several(&conn, "t", &threads(n), &options), expected);
            let any = several(&conn, "t", &threads(n).ordered(false), &options);
            assert_eq!(sorted(&any), expected);
        }
    }
    let reader = conn
        .read_table_parallel("T", &threads(2), &small())
        .unwrap();
    assert_eq!(reader.threads(), 2);
    let expected = match clib::LINK_MODE {
        "vendored" => ReadPath::Scan,
        _ => ReadPath::Portable,
    };
    assert_eq!(reader.plan().path, expected, "{}", reader.plan());
}

#[test]
fn small_tables_need_no_threads() {
    for rows in [0, 1, 7, 50] {
        let (_dir, _, conn) = file("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)");
        for _ in 0..rows {
            conn.execute("INSERT INTO t (a) VALUES (1.5)", ()).unwrap();
        }
        let reader = conn
            .read_table_parallel("t", &threads(8), &ReadOptions::new())
            .unwrap();
        assert_eq!(reader.threads(), 0);
        assert_eq!(
            several(&conn, "t", &threads(8), &ReadOptions::new()),
            single(&conn, "t", &ReadOptions::new())
        );
        // One at a time.
        let options = ReadOptions::new().batch_rows(1);
        assert_eq!(
            several(&conn, "t", &threads(8), &options),
            single(&conn, "t", &options)
        );
    }
}

#[test]
fn extreme_rowids() {
    let (_dir, _, conn) = file("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    let mut stmt = conn.prepare("INSERT INTO t VALUES (?1, 'x')").unwrap();
    for id in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
        stmt.execute([id]).unwrap();
    }
    drop(stmt);
    for rows in 1..9 {
        let options = ReadOptions::new().batch_rows(rows);
        assert_eq!(
            several(&conn, "t", &threads(3), &options),
            single(&conn, "t", &options)
        );
    }
    // And where they are the ends of something larger.
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (VALUES (1000) UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
         INSERT INTO t SELECT i, 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' FROM n",
    )
    .unwrap();
    let expected = single(&conn, "t", &small());
    assert_eq!(several(&conn, "t", &threads(4), &small()), expected);
}

/// How rowids are spread.
fn rowids() -> impl Strategy<Value = Vec<i64>> {
    let cluster = (any::<i64>(), 1i64..5, 0usize..400).prop_map(|(from, step, count)| {
        (0..count as i64)
            .filter_map(|n| from.checked_add(n * step))
            .collect::<Vec<_>>()
    });
    let dense = (-300i64..300, 0usize..1500)
        .prop_map(|(from, count)| (0..count as i64).map(|n| from + n).collect::<Vec<_>>());
    let sparse = proptest::collection::vec(any::<i64>(), 0..300);
    let extreme = proptest::sample::subsequence(
        vec![i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX],
        0..=6,
    );
    (
        proptest::collection::vec(cluster, 0..4),
        dense,
        sparse,
        extreme,
    )
        .prop_map(|(clusters, dense, sparse, extreme)| {
            let mut all: Vec<i64> = clusters.into_iter().flatten().collect();
            all.extend(dense);
            all.extend(sparse);
            all.extend(extreme);
            all
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if is_slow() { 3 } else { 60 }))]
    #[test]
    fn random_tables(
        ids in rowids(),
        deleted in (0i64..10, 1i64..10),
        wal in any::<bool>(),
        page_size in proptest::sample::select(vec![512, 1024, 4096, 65536]),
        length in 0usize..3000,
        n in 1usize..6,
        rows in 1usize..200,
        bytes in 1usize..100_000,
        on_mismatch in proptest::sample::select(vec![OnMismatch::Null, OnMismatch::Text, OnMismatch::Widen]),
        buffered in 1usize..10,
        path in proptest::sample::select(vec![ReadPath::Auto, ReadPath::Fill, ReadPath::Portable]),
    ) {
        let (_dir, _, mut conn) = file(&format!(
            "PRAGMA page_size = {page_size}; CREATE TABLE t (id INTEGER PRIMARY KEY, i INT, s TEXT, r REAL, n NUMERIC, u, g AS (i + 1));"
        ));
        if wal {
            conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        }
        let tx = conn.transaction().unwrap();
        let mut stmt = tx.prepare("INSERT OR IGNORE INTO t (id, i, s, r, n, u) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").unwrap();
        for (row, id) in ids.iter().enumerate() {
            let row_number = row as i64;
            let text = "x".repeat(if row % 50 == 0 { length } else { row % 40 });
            stmt.execute((id, row_number % 1000, text, (row % 7 != 0).then_some(row_number as f64 / 4.0), row_number, (row % 3 != 0).then_some(row_number))).unwrap();
        }
        drop(stmt);
        tx.execute("DELETE FROM t WHERE abs(id % 10) BETWEEN ?1 AND ?1 + ?2", deleted).unwrap();
        tx.commit().unwrap();

        let options = ReadOptions::new().batch_rows(rows).batch_bytes(bytes).on_mismatch(on_mismatch)
            .path(path);
        // A type that the first batch has settled may not hold what comes later: the same error then.
        let expected: Result<Vec<_>, _> = conn.read_table("t", &options).and_then(|mut reader| {
            let mut batches = Vec::new();
            while let Some(batch) = reader.next_batch()? {
                batches.push(batch);
            }
            Ok(batches)
        });
        let parallel = threads(n).buffered_batches(buffered);
        let found = conn.read_table_parallel("t", &parallel, &options);
        if let Ok(reader) = &found {
            prop_assert_eq!(reader.not_parallel(), None);
        }
        let found = found.and_then(collect);
        match (expected, found) {
            (Ok(expected), Ok(found)) => {
                let expected = match expected.first() {
                    Some(first) => concat_batches(&first.schema(), &expected).unwrap(),
                    None => { prop_assert!(found.is_empty()); return Ok(()); }
                };
                prop_assert_eq!(concat_batches(&found[0].schema(), &found).unwrap(), expected.clone());
                let any = conn.read_table_parallel("t", &parallel.ordered(false), &options).and_then(collect).unwrap();
                prop_assert_eq!(sorted(&concat_batches(&any[0].schema(), &any).unwrap()), expected);
            }
            (Err(expected), Err(found)) => prop_assert_eq!(expected.to_string(), found.to_string()),
            (expected, found) => panic!("{expected:?}\n{found:?}"),
        }
    }
}

#[test]
fn types_are_settled_by_the_first_batch_of_the_table() {
    let (_dir, _, conn) = file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n, d DATE, m NUMERIC);
         WITH RECURSIVE i(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM i WHERE i < 2000)
         INSERT INTO t SELECT i, iif(i < 100, i, NULL), iif(i < 100, NULL, '2024-02-29'), i FROM i",
    );
    for options in [
        small(),
        small().logical_types(true),
        small().on_mismatch(OnMismatch::Widen),
        small().on_mismatch(OnMismatch::Text),
    ] {
        let expected = single(&conn, "t", &options);
        let found = several(&conn, "t", &threads(3), &options);
        assert_eq!(found.schema(), expected.schema());
        assert_eq!(found, expected);
    }
    let schema = Schema::new(vec![
        Field::new("ID", DataType::UInt32, false),
        Field::new("n", DataType::Utf8View, true),
        Field::new("d", DataType::Date32, true),
        Field::new("m", DataType::Float32, true),
    ]);
    let options = small().schema(schema.into()).on_mismatch(OnMismatch::Text);
    let found = several(&conn, "t", &threads(3), &options);
    assert_eq!(found, single(&conn, "t", &options));
    assert_eq!(found.schema().field(0).data_type(), &DataType::UInt32);
}

#[test]
fn attached_databases_and_quoted_names() {
    let (dir, _, conn) = file("");
    let other = dir.path().join("o'ther \"?#%.db");
    conn.execute("ATTACH ?1 AS \"a \"\"b\"", [other.to_str().unwrap()])
        .unwrap();
    conn.execute_batch(
        "CREATE TABLE \"a \"\"b\".\"t \"\"1\" (id INTEGER PRIMARY KEY, rowid TEXT, a TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO \"t \"\"1\" SELECT i, 'r', 'x' FROM n",
    )
    .unwrap();
    for name in [
        TableName::from("t \"1"),
        TableName::in_schema("a \"b", "T \"1"),
    ] {
        let reader = conn
            .read_table_parallel(name, &threads(2), &small())
            .unwrap();
        assert_eq!((reader.not_parallel(), reader.threads()), (None, 2));
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 3000);
    }
    // A temporary table hides it.
    conn.execute_batch("CREATE TEMP TABLE \"t \"\"1\" (a); INSERT INTO \"t \"\"1\" VALUES (1)")
        .unwrap();
    let reader = conn
        .read_table_parallel("t \"1", &threads(2), &small())
        .unwrap();
    assert_eq!(reader.not_parallel(), Some(NotParallel::NoFile));
    assert_eq!(collect(reader).unwrap()[0].num_rows(), 1);
}

#[test]
fn a_covering_index_changes_nothing() {
    let (_dir, _, conn) = file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO t SELECT i, printf('%d', (i * 7919) % 2000) FROM n;
         CREATE INDEX i ON t (a); ANALYZE",
    );
    let batch = several(&conn, "t", &threads(2), &small());
    assert_eq!(sorted(&batch), batch);
}

#[test]
fn uris_are_carried_over() {
    let (_dir, path, conn) = file(&numbers(3000));
    drop(conn);
    let open = |parameters: &str, flags: OpenFlags| {
        let uri = format!("file:{}?{parameters}", path.display());
        Connection::open_with_flags(uri, flags | OpenFlags::URI).unwrap()
    };
    for (parameters, expected) in [
        ("mode=ro", None),
        ("immutable=1", None),
        ("cache=shared", None),
        ("nolock=1", Some(NotParallel::UnknownLocks)),
    ] {
        let conn = open(parameters, OpenFlags::default());
        let reader = conn
            .read_table_parallel("t", &threads(2), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), expected, "{parameters}");
        assert_eq!(reader.threads(), if expected.is_none() { 2 } else { 0 });
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 3000);
    }
    let conn = Connection::open_read_only(&path).unwrap();
    let reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    assert_eq!((reader.not_parallel(), reader.threads()), (None, 2));
}

// Where it cannot be.

#[test]
fn the_callers_connection_reads_where_others_cannot() {
    let check = |conn: &Connection, table: &str, why: NotParallel| {
        let reader = conn
            .read_table_parallel(table, &threads(2), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), Some(why), "{table}");
        assert!(!why.to_string().is_empty());
        assert_eq!(reader.threads(), 0);
        let schema = reader.schema();
        let batches = collect(reader).unwrap();
        assert_eq!(
            concat_batches(&schema, &batches).unwrap(),
            single(conn, table, &small())
        );
        let reader = conn
            .read_table_parallel(table, &threads(2), &small())
            .unwrap();
        let reader = reader.detach().unwrap_err();
        collect(reader).unwrap();
    };
    let memory = Connection::open_in_memory().unwrap();
    memory.execute_batch(&numbers(300)).unwrap();
    check(&memory, "t", NotParallel::NoFile);
    let (_dir, path, conn) = file(&numbers(300));
    conn.execute_batch(
        "CREATE VIEW v AS SELECT a, b FROM t;
         CREATE TABLE w (a TEXT PRIMARY KEY) WITHOUT ROWID;
         INSERT INTO w SELECT b FROM t;
         CREATE TABLE r (rowid, oid, _rowid_);
         CREATE TEMP TABLE tt AS SELECT * FROM t",
    )
    .unwrap();
    for table in ["v", "w", "r"] {
        check(&conn, table, NotParallel::NoRowids);
    }
    check(&conn, "sqlite_master", NotParallel::NoRowids);
    check(&conn, "tt", NotParallel::NoFile);
    conn.execute_batch("BEGIN; INSERT INTO t VALUES (1000, 1, 'mine')")
        .unwrap();
    check(&conn, "t", NotParallel::Uncommitted);
    conn.execute_batch("ROLLBACK; PRAGMA locking_mode = EXCLUSIVE")
        .unwrap();
    check(&conn, "t", NotParallel::ExclusiveLocking);
    conn.execute_batch("PRAGMA locking_mode = NORMAL; SELECT * FROM t LIMIT 1")
        .unwrap();
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    check(&conn, "t", NotParallel::Moved);
    // Another file in its place.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (other)").unwrap();
    check(&conn, "t", NotParallel::Moved);
    let error = conn
        .read_table_parallel("none", &threads(2), &small())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        conn.read_table("none", &small()).unwrap_err().to_string()
    );
}

#[test]
fn the_callers_transaction_is_what_is_read() {
    for mode in ["WAL", "DELETE"] {
        let (_dir, path, conn) = file(&numbers(2000));
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; UPDATE t SET a = a + 1"
        ))
        .unwrap();
        let other = Connection::open(&path).unwrap();
        other.busy_timeout(Duration::ZERO).unwrap();
        conn.execute_batch("BEGIN").unwrap();
        let count = |conn: &Connection| {
            conn.query_row("SELECT count(*) FROM t", (), |row| row.get::<_, usize>(0))
                .unwrap()
        };
        assert_eq!(count(&conn), 2000);
        // In WAL mode it is committed beside the reader; otherwise the reader keeps the writer out.
        let deleted = other.execute("DELETE FROM t WHERE id > 1000", ());
        assert_eq!(deleted.is_ok(), mode == "WAL");
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        let has_snapshots = clib::require("sqlite3_snapshot_get").is_ok();
        let expected = if mode == "WAL" && !has_snapshots {
            Some(NotParallel::Reading)
        } else {
            None
        };
        assert_eq!(reader.not_parallel(), expected, "{mode}");
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 2000, "{mode}");
        conn.execute_batch("COMMIT").unwrap();
        let rows = several(&conn, "t", &threads(3), &small()).num_rows();
        assert_eq!(rows, if mode == "WAL" { 1000 } else { 2000 });
    }
}

#[test]
fn a_running_statement_of_the_callers() {
    for mode in ["WAL", "DELETE"] {
        let (_dir, _, conn) = file(&numbers(2000));
        conn.execute_batch(&format!("PRAGMA journal_mode = {mode}"))
            .unwrap();
        let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
        let mut rows = stmt.query(()).unwrap();
        assert!(rows.next().unwrap().is_some());
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        assert_eq!(reader.not_parallel().is_some(), mode == "WAL");
        let count: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(count, 2000);
    }
}

#[test]
fn a_writer_that_waits_for_the_caller() {
    // It keeps new readers out until the caller is done, so the caller's own connection reads, at once.
    let (_dir, path, conn) = file(&numbers(2000));
    conn.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
    let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    assert!(rows.next().unwrap().is_some());
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let other = Connection::open(&path).unwrap();
            other.busy_timeout(Duration::from_secs(30)).unwrap();
            other.execute("DELETE FROM t", ()).unwrap();
        });
        // Until it has its pending lock.
        let probe = Connection::open(&path).unwrap();
        probe.busy_timeout(Duration::ZERO).unwrap();
        while probe.query_row("SELECT 1 FROM t", (), |_| Ok(())).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
        let started = Instant::now();
        let reader = conn
            .read_table_parallel("t", &threads(3), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), Some(NotParallel::Reading));
        let count: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(count, 2000);
        assert!(is_slow() || started.elapsed() < Duration::from_secs(3));
        drop(rows);
        conn.execute_batch("COMMIT").unwrap();
        writer.join().unwrap();
    });
    assert_eq!(several(&conn, "t", &threads(3), &small()).num_rows(), 0);
}

// Writers meanwhile.

const WRITER: &str = "CLIB_TESTS_PARALLEL_WRITER";
const ACCOUNTS: i64 = 4000;
const TOTAL: i64 = ACCOUNTS * 1000;

/// Moves money between accounts, and accounts between rowids. The sum of all, and their number, stay the same.
fn transfer(conn: &Connection, seed: &mut u64) -> clib::Result<()> {
    let mut random = |most: i64| {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as i64 % most
    };
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let amount = random(100);
    for sign in [-1, 1] {
        // Far apart, so that parts of a scan would see one without the other.
        let number = if sign < 0 {
            random(ACCOUNTS / 10)
        } else {
            ACCOUNTS - 1 - random(ACCOUNTS / 10)
        };
        conn.execute(
            "UPDATE account SET balance = balance + ?1 WHERE number = ?2",
            (sign * amount, number),
        )?;
    }
    let number = random(ACCOUNTS);
    let id = random(i64::from(u32::MAX)) * if random(2) == 0 { 1 } else { -1_000_000_007 };
    conn.execute(
        "UPDATE OR IGNORE account SET id = ?1 WHERE number = ?2",
        (id, number),
    )?;
    conn.execute_batch("COMMIT")
}

/// The other process: it writes until its standard input ends.
#[test]
fn writer_process() {
    let Some(path) = env::var_os(WRITER) else {
        return;
    };
    let conn = Connection::open(path).unwrap();
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 5")
        .unwrap();
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    thread::spawn({
        let ended = ended.clone();
        move || {
            let _ = std::io::stdin().read(&mut [0]);
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    println!("\nwriting");
    let (mut seed, mut count) = (7, 0u64);
    while !ended.load(std::sync::atomic::Ordering::Relaxed) {
        transfer(&conn, &mut seed).unwrap();
        count += 1;
        if count % 64 == 0 {
            // Begins the WAL anew, where nobody reads it.
            let _ = conn.execute_batch("PRAGMA wal_checkpoint(RESTART)");
        }
    }
    println!("transfers {count}");
}

fn start_writer(path: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "writer_process", "--nocapture"])
        .env(WRITER, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim() != "writing" {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the writer ended");
    }
    (child, output)
}

fn end_writer((mut child, mut output): (Child, BufReader<std::process::ChildStdout>)) -> u64 {
    drop(child.stdin.take());
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("transfers "));
    count.unwrap().parse().unwrap()
}

fn check_invariant(conn: &Connection, parallel: &ParallelOptions) -> usize {
    let options = ReadOptions::new().batch_rows(100);
    let mut reader = conn
        .read_table_parallel("account", parallel, &options)
        .unwrap();
    let (mut sum, mut count) = (0, 0);
    let mut seen = vec![false; usize::try_from(ACCOUNTS).unwrap()];
    while let Some(batch) = reader.next_batch().unwrap() {
        for number in batch.column(1).as_primitive::<Int64Type>().values() {
            let seen = &mut seen[usize::try_from(*number).unwrap()];
            assert!(!*seen, "account {number} is there twice");
            *seen = true;
        }
        sum += batch
            .column(2)
            .as_primitive::<Int64Type>()
            .values()
            .iter()
            .sum::<i64>();
        count += batch.num_rows() as i64;
    }
    assert_eq!((count, sum), (ACCOUNTS, TOTAL));
    reader.threads()
}

fn accounts(mode: &str) -> (TempDir, PathBuf, Connection) {
    let (dir, path, conn) = file(&format!(
        "PRAGMA journal_mode = {mode};
         CREATE TABLE account (id INTEGER PRIMARY KEY, number INTEGER UNIQUE, balance INTEGER, note TEXT);
         WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {ACCOUNTS})
         INSERT INTO account SELECT i, i, 1000, 'a note that takes some room on its page' FROM n"
    ));
    conn.busy_timeout(Duration::from_secs(60)).unwrap();
    (dir, path, conn)
}

fn one_state_beside_a_process(mode: &str) {
    let (_dir, path, conn) = accounts(mode);
    let writer = start_writer(&path);
    let until = Instant::now() + Duration::from_millis(if is_slow() { 10_000 } else { 2_000 });
    let (mut scans, mut several) = (0, 0);
    while scans < 4 || Instant::now() < until {
        let parallel = threads(2 + scans % 3).ordered(scans % 2 == 0);
        several += usize::from(check_invariant(&conn, &parallel) > 1);
        scans += 1;
        // A writer without a journal of its own kind is kept out while somebody reads.
        thread::sleep(Duration::from_millis(2));
    }
    let transfers = end_writer(writer);
    println!(
        "{mode}: {scans} scans, {several} of them by several threads, beside {transfers} transfers"
    );
    assert!(transfers > 0);
    assert!(several * 2 > scans, "{several} of {scans}");
}

#[test]
fn one_state_beside_a_process_in_wal_mode() {
    one_state_beside_a_process("WAL");
}

#[test]
fn one_state_beside_a_process_with_a_rollback_journal() {
    one_state_beside_a_process("DELETE");
}

#[test]
fn one_state_beside_threads() {
    for mode in ["WAL", "TRUNCATE"] {
        let (_dir, path, conn) = accounts(mode);
        let ended = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            for mut seed in 0..2 {
                let (ended, path) = (&ended, &path);
                scope.spawn(move || {
                    let conn = Connection::open(path).unwrap();
                    conn.busy_timeout(Duration::from_secs(60)).unwrap();
                    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 3")
                        .unwrap();
                    while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                        transfer(&conn, &mut seed).unwrap();
                        thread::sleep(Duration::from_micros(200));
                    }
                });
            }
            for scan in 0..if is_slow() { 4 } else { 60 } {
                check_invariant(&conn, &threads(3).ordered(scan % 2 == 0));
            }
            ended.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}

#[test]
fn a_scan_that_began_does_not_see_what_is_written_since() {
    let (_dir, path, conn) = file(&numbers(3000));
    conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    let mut reader = conn
        .read_table_parallel("t", &threads(2).buffered_batches(1), &small())
        .unwrap();
    assert_eq!(reader.threads(), 2);
    let mut rows = reader.next_batch().unwrap().unwrap().num_rows();
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "DELETE FROM t; PRAGMA wal_checkpoint(PASSIVE); DROP TABLE t; CREATE TABLE t (x)",
        )
        .unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!(rows, 3000);
}

// Errors, and ends.

fn error_of(result: clib::Result<Vec<RecordBatch>>) -> String {
    match result.unwrap_err() {
        Error::Mismatch(error) => error.to_string(),
        other => panic!("{other}"),
    }
}

#[test]
fn errors_are_those_of_one_thread() {
    let (_dir, _, conn) = file(&numbers(5000));
    for id in [7, 49, 50, 51, 1234, 4999, 5000] {
        conn.execute_batch(&format!(
            "UPDATE t SET a = id * 3; UPDATE t SET a = 'text' WHERE id >= {id}"
        ))
        .unwrap();
        let expected = conn.read_table("t", &small()).and_then(|reader| {
            reader
                .map(|batch| batch.map_err(Error::from))
                .collect::<clib::Result<Vec<_>>>()
        });
        let expected = error_of(expected);
        for n in [1, 2, 5] {
            let found = conn
                .read_table_parallel("t", &threads(n), &small())
                .and_then(collect);
            assert_eq!(error_of(found), expected);
            // The rows before come first.
            if let Ok(mut reader) = conn.read_table_parallel("t", &threads(n), &small()) {
                let mut rows = 0;
                while let Ok(Some(batch)) = reader.next_batch() {
                    rows += batch.num_rows();
                }
                assert!(rows < id && rows + 51 > id, "{rows} of {id}");
                assert!(
                    reader.next_batch().unwrap().is_none(),
                    "nothing after an error"
                );
            }
            let found = conn
                .read_table_parallel("t", &threads(n).ordered(false), &small())
                .and_then(collect);
            match found.unwrap_err() {
                Error::Mismatch(error) => {
                    assert_eq!(error.table.as_deref(), Some("t"));
                    assert_eq!(error.column, "a");
                    let rowid = usize::try_from(error.rowid.unwrap()).unwrap();
                    assert!(rowid >= id);
                    assert!(error.row >= 1 && error.row <= 5000);
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[test]
fn damaged_pages_are_errors() {
    let (_dir, path, conn) = file(&numbers(5000));
    let page_size: usize = conn.pragma_get(None, "page_size").unwrap();
    drop(conn);
    let intact = std::fs::read(&path).unwrap();
    let pages = intact.len() / page_size;
    for page in 1..pages {
        let mut bytes = intact.clone();
        for byte in &mut bytes[page * page_size..][..page_size] {
            *byte = byte.wrapping_mul(31).wrapping_add(17);
        }
        std::fs::write(&path, bytes).unwrap();
        let conn = Connection::open(&path).unwrap();
        let one: clib::Result<Vec<_>> = conn
            .read_table("t", &small())
            .and_then(|reader| reader.map(|batch| batch.map_err(Error::from)).collect());
        let found = conn
            .read_table_parallel("t", &threads(3), &small())
            .and_then(collect);
        let any = conn
            .read_table_parallel("t", &threads(3).ordered(false), &small())
            .and_then(collect);
        assert_eq!(
            one.is_err(),
            found.is_err(),
            "page {page}: {one:?} {found:?}"
        );
        assert_eq!(one.is_err(), any.is_err(), "page {page}");
        if let (Err(one), Err(found)) = (one, found) {
            assert_eq!(one.code(), found.code());
        }
    }
}

/// How many threads of this process are ours.
#[cfg(target_os = "linux")]
fn scan_threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .filter(|name| name.trim() == "clib-scan")
        .count()
}

#[test]
fn nothing_is_left_behind() {
    let (_dir, path, conn) = file(&numbers(5000));
    let other = Connection::open(&path).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    let write = || other.execute("UPDATE t SET a = a", ());
    for ordered in [true, false] {
        for taken in [0, 1, 3] {
            let mut reader = conn
                .read_table_parallel("t", &threads(4).ordered(ordered), &small())
                .unwrap();
            for _ in 0..taken {
                reader.next_batch().unwrap();
            }
            // While it lives it has its lock.
            assert!(write().is_err());
            drop(reader);
            assert_eq!(write().unwrap(), 5000);
        }
        // At the end too.
        let mut reader = conn
            .read_table_parallel("t", &threads(4).ordered(ordered), &small())
            .unwrap();
        while reader.next_batch().unwrap().is_some() {}
        assert_eq!(write().unwrap(), 5000);
        // And with an error.
        conn.execute_batch("UPDATE t SET a = 'x' WHERE id = 2500")
            .unwrap();
        let mut reader = conn
            .read_table_parallel("t", &threads(4).ordered(ordered), &small())
            .unwrap();
        while let Ok(Some(_)) = reader.next_batch() {}
        assert_eq!(write().unwrap(), 5000);
        conn.execute_batch("UPDATE t SET a = 1 WHERE id = 2500")
            .unwrap();
    }
}

/// In a process of its own, as other tests have threads of that name.
#[test]
#[cfg(target_os = "linux")]
fn threads_end_with_the_reader() {
    const INNER: &str = "CLIB_TESTS_PARALLEL_THREADS";
    if env::var_os(INNER).is_none() {
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "threads_end_with_the_reader"])
            .env(INNER, "1")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        return;
    }
    let (_dir, _, conn) = file(&numbers(5000));
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let files_before = files();
    for _ in 0..20 {
        let mut reader = conn
            .read_table_parallel("t", &threads(4), &small())
            .unwrap();
        reader.next_batch().unwrap();
        // They take their names themselves.
        while scan_threads() < 4 {
            thread::yield_now();
        }
        drop(reader);
        assert_eq!(scan_threads(), 0);
    }
    assert_eq!(files(), files_before);
}

#[test]
fn interrupts_reach_all_threads() {
    let (_dir, _, conn) = file(&numbers(20_000));
    for ordered in [true, false] {
        for n in [1, 3] {
            for taken in [0, 1, 5] {
                let mut reader = conn
                    .read_table_parallel("t", &threads(n).ordered(ordered), &small())
                    .unwrap();
                let handle = reader.interrupt_handle();
                for _ in 0..taken {
                    reader.next_batch().unwrap();
                }
                thread::spawn(move || handle.interrupt()).join().unwrap();
                let error = loop {
                    match reader.next_batch() {
                        Ok(Some(_)) => {}
                        Ok(None) => panic!("not interrupted"),
                        Err(error) => break error,
                    }
                };
                assert!(error.is_interrupt(), "{error}");
                assert!(reader.next_batch().unwrap().is_none());
                reader.interrupt_handle().interrupt();
            }
        }
    }
    // One that comes late, or too late.
    let mut reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    let handle = reader.interrupt_handle();
    while reader.next_batch().unwrap().is_some() {}
    handle.interrupt();
    drop(reader);
    handle.interrupt();
    assert_eq!(
        several(&conn, "t", &threads(2), &small()).num_rows(),
        20_000
    );
}

#[test]
fn what_is_not_taken_is_bounded() {
    let (_dir, _, conn) = file(&numbers(20_000));
    for ordered in [true, false] {
        let parallel = threads(3).ordered(ordered).buffered_batches(4);
        let mut reader = conn.read_table_parallel("t", &parallel, &small()).unwrap();
        // Threads run ahead as far as they may. That they stop shows in that the first rows of the rest are not there.
        thread::sleep(Duration::from_millis(50));
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            rows += batch.num_rows();
        }
        assert_eq!(rows, 20_000);
    }
}

#[test]
fn a_detached_reader_is_send_and_outlives_its_connection() {
    static_assertions::assert_impl_all!(DetachedReader: Send, RecordBatchReader);
    static_assertions::assert_not_impl_any!(ParallelReader<'static>: Send);
    fn export(_: Box<dyn RecordBatchReader + Send>) {}
    let (_dir, _, conn) = file(&numbers(5000));
    conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    let reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    let mut reader = reader.detach().unwrap();
    drop(conn);
    let rows = thread::spawn(move || {
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            rows += batch.num_rows();
        }
        assert_eq!(reader.report().rows, rows as u64);
        rows
    });
    assert_eq!(rows.join().unwrap(), 5000);
    let (_dir, _, conn) = file(&numbers(5000));
    export(Box::new(
        conn.read_table_parallel("t", &threads(2), &small())
            .unwrap()
            .detach()
            .unwrap(),
    ));
}
