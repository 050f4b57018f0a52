//! Writers meanwhile.

use super::*;

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
        .args(["--exact", "writers::writer_process", "--nocapture"])
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
