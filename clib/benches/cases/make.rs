//! Makes the databases that all programs read, row by row. `data.rs` says what is in them.

use std::time::Duration;

use clib::{Connection, Result, Statement, ToSql};

use crate::data::{self, Report};

/// All tables.
pub fn all(path: &str, rows: usize) -> Result<Report> {
    let conn = create(path)?;
    let mut source = Source::new();
    fill_table(&conn, &mut source, rows)?;
    conn.execute_batch(&data::CREATE.replace("TABLE t", "TABLE more"))?;
    let mut insert = conn.prepare(&data::INSERT.replace("INTO t", "INTO more"))?;
    for _ in 0..rows / 10 {
        source.insert(&mut insert)?;
    }
    conn.execute_batch(
        "CREATE TABLE d (id INTEGER PRIMARY KEY, label TEXT, rate REAL);
         CREATE TABLE named (name TEXT NOT NULL, c INTEGER, e REAL, h TEXT);
         CREATE TABLE keys (id INTEGER, name TEXT)",
    )?;
    fill_dimension(&conn, &mut source.random)?;
    fill_named(&conn, rows, &mut source.random)?;
    conn.execute_batch("CREATE UNIQUE INDEX named_name ON named(name); COMMIT")?;
    Ok(made(rows))
}

/// Table `t` alone.
pub fn table_only(path: &str, rows: usize) -> Result<Report> {
    let conn = create(path)?;
    fill_table(&conn, &mut Source::new(), rows)?;
    conn.execute_batch("COMMIT")?;
    Ok(made(rows))
}

/// Table `t` with its indexes.
pub fn indexed(path: &str, rows: usize) -> Result<Report> {
    let conn = create(path)?;
    fill_table(&conn, &mut Source::new(), rows)?;
    conn.execute_batch(data::INDEXES)?;
    conn.execute_batch("COMMIT")?;
    Ok(made(rows))
}

fn create(path: &str) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.execute_batch(data::READING)?;
    conn.execute_batch(data::LOADING)?;
    conn.execute_batch("BEGIN")?;
    conn.execute_batch(data::CREATE)?;
    Ok(conn)
}

fn made(rows: usize) -> Report {
    Report {
        rows,
        elapsed: Duration::ZERO,
        ..Report::default()
    }
}

fn fill_table(conn: &Connection, source: &mut Source, rows: usize) -> Result<()> {
    let mut insert = conn.prepare(data::INSERT)?;
    for _ in 0..rows {
        source.insert(&mut insert)?;
    }
    Ok(())
}

fn fill_dimension(conn: &Connection, random: &mut Random) -> Result<()> {
    let mut insert = conn.prepare("INSERT INTO d VALUES (?1, ?2, ?3)")?;
    for id in 0..1_000 {
        insert.execute((id, random.letters(8), random.fraction()))?;
    }
    Ok(())
}

/// Names that are random but all different, and keys, of which some are of no row.
fn fill_named(conn: &Connection, rows: usize, random: &mut Random) -> Result<()> {
    let salt = random.next();
    let name = |index: u64| format!("{:016x}", Random(salt ^ index).next());
    let mut insert = conn.prepare("INSERT INTO named VALUES (?1, ?2, ?3, ?4)")?;
    for index in 0..rows as u64 {
        insert.execute((
            name(index),
            random.below(1_000_000) as i64,
            random.fraction(),
            random.letters(6),
        ))?;
    }
    let mut insert = conn.prepare("INSERT INTO keys VALUES (?1, ?2)")?;
    let end = rows as u64 + rows as u64 / 100;
    for _ in 0..rows {
        insert.execute((random.below(end) as i64 + 1, name(random.below(end))))?;
    }
    Ok(())
}

/// The rows of table `t`, and after them those of `more`: the same ones every time.
struct Source {
    random: Random,
    row: i64,
}

impl Source {
    fn new() -> Self {
        Self {
            random: Random(42),
            row: 0,
        }
    }

    fn insert(&mut self, insert: &mut Statement<'_>) -> Result<()> {
        self.row += 1;
        let random = &mut self.random;
        let values: [&dyn ToSql; 10] = [
            // 1, 2, 3, ...
            &self.row,
            // 0 to 999.
            &(random.below(1_000) as i64),
            // All of `i64`.
            &(random.next() as i64),
            // 0 to 99,999, or NULL.
            &random.or_null(|random| random.below(100_000) as i64),
            // 0 to 1.
            &random.fraction(),
            // -1,000 to 1,000 in hundredths, or NULL.
            &random.or_null(|random| (random.below(200_001) as f64 - 100_000.0) / 100.0),
            // Two letters.
            &random.letters(2),
            // Six characters.
            &format!("N{:05}", random.below(100_000)),
            // Some 30 characters, one of them not ASCII.
            &format!(
                "Zürich, {} {}",
                random.letters(9),
                random.below(100_000_000_000)
            ),
            // 0 to 15 characters, or NULL.
            &random.or_null(|random| {
                let length = random.below(16) as usize;
                random.letters(length)
            }),
        ];
        insert.execute(values)?;
        Ok(())
    }
}

/// SplitMix64: small, and good enough for test data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn or_null<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(10) != 0).then(|| make(self))
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}
