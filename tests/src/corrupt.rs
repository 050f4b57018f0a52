//! Database files in which bytes are wrong, read by all paths: no crash, and the same batches and errors.

use std::fs;
use std::path::PathBuf;

use clib::{Connection, LoadOptions, OnMismatch};
use tempfile::TempDir;

use crate::action::{Action, Opened, folder};
use crate::batches::Shape;
use crate::database::{Column, Database, Size, Table, database, quote};
use crate::paths::{LOADING, READING};
use crate::query::{Options, Source, Task, task};
use crate::random::Random;
use crate::read::{Tally, read, same};
use crate::value::Home;
use crate::watch::Watch;

/// Small, so that most bytes matter.
const SIZE: Size = Size {
    tables: 2,
    steps: 8,
    rows: 25,
    doublings: 1,
};

/// Rows enough for anybody; a damaged tree can have a great many.
const MOST_ROWS: u64 = 3_000;

/// A whole database file with many features, and its page size.
#[must_use]
pub fn whole(random: &mut Random) -> Vec<u8> {
    loop {
        let mut made = database(random, SIZE);
        // The history says it twice, and the first time counts.
        made.history.insert(
            0,
            Action::Sql(format!(
                "PRAGMA page_size = {}",
                random.pick(&[512, 512, 1024, 4096])
            )),
        );
        made.history.remove(1);
        // What ends in another file would not be damaged.
        made.history
            .retain(|action| !action.to_string().contains("journal_mode"));
        let opened = Opened::new(true);
        opened.take_all(&made.history);
        let bytes = fs::read(opened.file().unwrap()).unwrap();
        if (2_000..200_000).contains(&bytes.len()) {
            return bytes;
        }
    }
}

/// What a page says its size is, or the usual one.
fn page_size(bytes: &[u8]) -> usize {
    match bytes.get(16..18) {
        Some(&[0, 1]) => 65_536,
        Some(&[high, low]) if usize::from(high) * 256 + usize::from(low) >= 512 => {
            usize::from(high) * 256 + usize::from(low)
        }
        _ => 1024,
    }
}

/// Damages a file in some places.
pub fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..1 + random.below(4) {
        if bytes.len() < 200 {
            return;
        }
        let page_size = page_size(bytes).min(bytes.len());
        let pages = (bytes.len() / page_size).max(1);
        let page = page_size
            * if random.percent(92) && pages > 1 {
                1 + random.below(pages - 1)
            } else {
                0
            };
        match random.below(20) {
            0 => bytes.truncate(page + random.below(page_size)),
            1 => {
                // A page in the place of another one.
                let from = page_size * random.below(pages);
                bytes.copy_within(from..from + page_size, page);
            }
            2 => {
                let (from, to) = (random.below(bytes.len()), random.below(bytes.len()));
                let length = random.below(64).min(bytes.len() - from.max(to));
                bytes.copy_within(from..from + length, to);
            }
            3 => {
                let at = random.below(bytes.len());
                let length = random.below(40).min(bytes.len() - at);
                let with = random.pick(&[0, 0xFF, 0x80, 0x7F]);
                bytes[at..at + length].fill(with);
            }
            4 => {
                let at = random.below(bytes.len());
                bytes[at] = u8::try_from(random.below(256)).unwrap();
            }
            _ => {
                let Some(at) = place(random, bytes, page, page_size) else {
                    continue;
                };
                poke(random, bytes, at);
            }
        }
    }
}

/// A place that means something: in the page's header, in its pointers to cells, or at the start of a cell.
fn place(random: &mut Random, bytes: &[u8], page: usize, page_size: usize) -> Option<usize> {
    let header = page + if page == 0 { 100 } else { 0 };
    let kind = *bytes.get(header)?;
    let pointers = header + if kind == 2 || kind == 5 { 12 } else { 8 };
    let word = |at: usize| {
        let high = usize::from(*bytes.get(at)?);
        Some(high * 256 + usize::from(*bytes.get(at + 1)?))
    };
    let cells = word(header + 3)?.min(page_size / 2);
    Some(match random.below(10) {
        0 => header + random.below(12),
        1 => pointers + random.below(2 * cells + 2),
        2 => page + random.below(page_size),
        _ => {
            let pointer = word(pointers + 2 * random.below(cells.max(1)))?;
            // Sizes, the rowid, and the header of the record.
            let reach = random.pick(&[6, 24]);
            page + pointer + random.below(reach)
        }
    })
}

/// Writes something unpleasant.
fn poke(random: &mut Random, bytes: &mut [u8], at: usize) {
    let mut write = |with: &[u8]| {
        for (to, from) in bytes.iter_mut().skip(at).zip(with) {
            *to = *from;
        }
    };
    match random.below(8) {
        0 => write(&[u8::try_from(random.below(256)).unwrap()]),
        1 => write(&[random.pick(&[0, 1, 0x7F, 0x80, 0x81, 0xFF])]),
        // Serial types: reserved ones, long ones.
        2 => write(&[random.pick(&[10, 11, 12, 13, 6, 7, 8, 9, 0x7E, 0x7F])]),
        3 => write(&u16::try_from(random.below(65_536)).unwrap().to_be_bytes()),
        4 => write(&u32::try_from(random.below(40)).unwrap().to_be_bytes()),
        5 => write(&[0xFF; 9][..1 + random.below(9)]),
        6 => write(&[0x8F, 0xFF, 0xFF, 0xFF, 0x7F]),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// Where damaged files are looked at.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: folder() }
    }

    /// The file that is looked at. It stays where the process ends in the middle.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("damaged.db")
    }

    /// Reads all tables of a file by all paths.
    ///
    /// # Errors
    ///
    /// A difference between two paths.
    pub fn examine(&self, bytes: &[u8], random: &mut Random) -> Result<Tally, String> {
        self.put(bytes);
        let mut tally = Tally {
            databases: 1,
            ..Tally::default()
        };
        let conn = Connection::open_read_only(self.file()).unwrap();
        let Some(model) = model(&conn) else {
            tally.errors += 1;
            return Ok(tally);
        };
        let opened = Opened::of(conn);
        let mut tasks: Vec<_> = model
            .tables
            .iter()
            .map(|table| Task {
                source: Source::Table("main".to_owned(), table.name.clone()),
                options: Options::random(random),
                again: false,
                before: Vec::new(),
                between: Vec::new(),
                most_rows: MOST_ROWS,
            })
            .collect();
        for _ in 0..2 {
            let mut task = task(random, &model);
            task.most_rows = MOST_ROWS;
            tasks.push(task);
        }
        for mut task in tasks {
            task.options.batch_rows = Some(task.options.batch_rows.unwrap_or(1_000));
            if random.percent(70) {
                // Further than to the first value that does not fit.
                task.options.on_mismatch = OnMismatch::Null;
                task.options.schema = None;
            }
            let mut expected = None;
            for path in READING {
                let _watch = Watch::new(format!(
                    "{}: {}, {task:?}",
                    self.file().display(),
                    path.name
                ));
                let outcome = read(&opened, &task, path);
                let Some(expected) = &expected else {
                    expected = Some(outcome);
                    continue;
                };
                same(expected, &outcome)
                    .map_err(|difference| format!("{}, {task:?}: {difference}", path.name))?;
                tally.comparisons += 1;
                tally.rows += outcome.rows();
                tally.errors += u64::from(outcome.failed());
                outcome.count_path(&mut tally);
            }
        }
        Ok(tally)
    }

    /// Writes the file, without what another one has left beside it: SQLite would take that for this one's.
    fn put(&self, bytes: &[u8]) {
        for behind in ["-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(self.folder.path().join(format!("damaged.db{behind}")));
        }
        fs::write(self.file(), bytes).unwrap();
    }

    /// Loads into a table of a file by all paths. What becomes of it is not compared: only that nothing worse happens.
    pub fn load(&self, bytes: &[u8], random: &mut Random) {
        for path in LOADING {
            self.put(bytes);
            let conn = Connection::open(self.file()).unwrap();
            let _ = conn.execute_batch("PRAGMA synchronous = OFF");
            let Some(model) = model(&conn) else { return };
            let table = &model.tables[random.below(model.tables.len())];
            let mut shape = Shape::of_table(random, table);
            let batch = shape.batch(random, 40);
            let options = (path.ask)(LoadOptions::new());
            if let Ok(mut loader) = conn.loader(table.name.as_str(), batch.schema(), &options)
                && loader.append(&batch).is_ok()
            {
                let _ = loader.finish();
            }
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// The tables that can be seen; `None` where that is none.
fn model(conn: &Connection) -> Option<Database> {
    let mut names = Vec::new();
    let mut stmt = conn
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 20")
        .ok()?;
    let mut rows = stmt.query(()).ok()?;
    while let Ok(Some(row)) = rows.next() {
        if let Ok(name) = row.get::<_, String>(0) {
            names.push(name);
        }
    }
    let tables: Vec<_> = names
        .into_iter()
        .filter_map(|name| {
            let sql = format!("main.{}", quote(&name));
            let stmt = conn.prepare(&format!("SELECT * FROM {sql}")).ok()?;
            let columns: Vec<_> = stmt
                .column_names()
                .into_iter()
                .map(|name| Column {
                    name,
                    declared: "",
                    home: Home::Any,
                    generated: false,
                })
                .collect();
            let rowid = conn.prepare(&format!("SELECT rowid FROM {sql}")).is_ok();
            (!columns.is_empty()).then_some(Table {
                schema: "main",
                sql,
                name,
                columns,
                without_rowid: !rowid,
                strict: false,
                alias: None,
                wild: 10,
            })
        })
        .collect();
    (!tables.is_empty()).then_some(Database {
        in_file: true,
        history: Vec::new(),
        tables,
        views: Vec::new(),
    })
}
