//! The error of a damaged file names the page: of reads and loads by every path.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use clib::{Code, Connection, Damage, Error, LoadOptions, ReadOptions};
use clib_tests::action::folder;
use clib_tests::paths::{LOADING, READING};
use tempfile::TempDir;

const PAGE: usize = 4096;

/// A database in a file, to be damaged.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let folder = folder();
        let path = folder.path().join("data.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch(
                "PRAGMA page_size = 4096;
                 CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                 INSERT INTO t SELECT i, 'text ' || i, zeroblob(iif(i = 2500, 20000, 10)) FROM n;
                 CREATE TABLE u (a INTEGER PRIMARY KEY, b INTEGER);
                 CREATE INDEX by_b ON u (b);
                 INSERT INTO u SELECT a, -a FROM t;
                 CREATE TABLE w (k INTEGER PRIMARY KEY, v TEXT) WITHOUT ROWID;
                 INSERT INTO w SELECT a, b FROM t;",
            )
            .unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    /// The pages of a b-tree that are of a kind, in order.
    fn pages(&self, name: &str, kind: &str) -> Vec<u32> {
        let conn = Connection::open(&self.path).unwrap();
        let mut stmt = conn
            .prepare("SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = ?2 ORDER BY path")
            .unwrap();
        stmt.query_map((name, kind), |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    /// Changes the bytes of a page.
    fn damage(&self, page: u32, change: impl FnOnce(&mut [u8])) {
        let mut bytes = fs::read(&self.path).unwrap();
        let start = (usize::try_from(page).unwrap() - 1) * PAGE;
        change(&mut bytes[start..start + PAGE]);
        fs::write(&self.path, bytes).unwrap();
    }

    /// What a reader of a query says, by each path.
    fn read(&self, sql: &str) -> Damage {
        let mut all = READING.iter().map(|path| {
            let conn = Connection::open(&self.path).unwrap();
            let mut stmt = conn.prepare(sql).unwrap();
            let options = (path.ask)(ReadOptions::new());
            let reader = stmt.query_batches((), &options);
            let error = reader
                .and_then(|mut reader| {
                    while reader.next_batch()?.is_some() {}
                    Ok(())
                })
                .unwrap_err();
            of(&error, path.name)
        });
        let first = all.next().unwrap();
        all.for_each(|other| assert_eq!(other, first));
        first
    }

    /// What a load of rows behind the last one says, by each path.
    fn load(&self, table: &str, columns: &[(&str, Vec<i64>)]) -> Damage {
        let columns = columns.iter().map(|(name, values)| {
            let array: ArrayRef = Arc::new(Int64Array::from(values.clone()));
            (*name, array)
        });
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut all = LOADING.iter().map(|path| {
            let conn = Connection::open(&self.path).unwrap();
            let options = (path.ask)(LoadOptions::new());
            let mut loader = conn.loader(table, batch.schema(), &options).unwrap();
            let error = loader.append(&batch).unwrap_err();
            drop(loader);
            let Error::Load(load) = &error else {
                panic!("{}: {error}", path.name)
            };
            of(load.source.as_deref().unwrap(), path.name)
        });
        let first = all.next().unwrap();
        all.for_each(|other| assert_eq!(other, first));
        first
    }
}

fn of(error: &Error, path: &str) -> Damage {
    assert_eq!(error.code(), Some(Code::Corrupt), "{path}: {error}");
    let damage = error.sqlite().and_then(|error| error.damage.clone());
    let damage = damage.unwrap_or_else(|| panic!("{path}: {error}"));
    assert!(
        error.to_string().contains(&damage.to_string()),
        "{path}: {error}"
    );
    assert_eq!(damage.schema, "main");
    damage
}

/// Only the kernel looks.
fn is_fused() -> bool {
    clib::LINK_MODE == "vendored"
}

#[test]
fn a_page_that_is_none() {
    if !is_fused() {
        return;
    }
    let file = File::new();
    let leaf = file.pages("t", "leaf")[7];
    file.damage(leaf, |page| page.fill(0xa5));
    let found = file.read("SELECT * FROM t");
    assert_eq!(
        (found.page, &*found.what),
        (leaf, "it is no page of a b-tree")
    );
    // The other tables are whole.
    let conn = Connection::open(&file.path).unwrap();
    let count = conn.query_row("SELECT count(*) FROM u", (), |row| row.get::<_, i64>(0));
    assert_eq!(count.unwrap(), 5000);
}

#[test]
fn a_child_that_is_beyond_the_file() {
    if !is_fused() {
        return;
    }
    let file = File::new();
    let root = file.pages("t", "internal")[0];
    // The pointer to the right.
    file.damage(root, |page| page[8..12].fill(0x70));
    let found = file.read("SELECT b, c FROM t");
    assert_eq!(found.page, root, "{found}");
    assert!(found.what.contains("invalid page number"), "{found}");
}

#[test]
fn a_record_that_is_damaged() {
    if !is_fused() {
        return;
    }
    for (table, rowid) in [("t", true), ("w", false)] {
        let file = File::new();
        let leaf = file.pages(table, "leaf")[3];
        let mut third = 0;
        file.damage(leaf, |page| {
            // The pointer to the third cell, and in it the type of the second column.
            let cell = usize::from(page[12]) * 256 + usize::from(page[13]);
            let text = page[cell..]
                .windows(5)
                .position(|part| part == b"text ")
                .unwrap();
            let (mut at, mut end) = (cell, cell + text);
            if rowid {
                // Two bytes of rowid behind the record's size.
                third = (i64::from(page[cell + 1]) & 0x7f) * 128 + i64::from(page[cell + 2]);
                at += 3;
            } else {
                at += 1;
                end -= 2;
            }
            assert!(usize::from(page[at]) <= end - at, "a header");
            // A blob that is longer than the record.
            page[at + 2] = 0x7e;
        });
        let found = file.read(&format!("SELECT * FROM {table}"));
        assert_eq!(found.page, leaf, "{found}");
        let expected = if rowid {
            format!("the record of rowid {third} is damaged")
        } else {
            "a record of an index is damaged".to_owned()
        };
        assert_eq!(found.what, expected);
    }
}

#[test]
fn a_chain_of_overflow_pages_that_is_broken() {
    if !is_fused() {
        return;
    }
    let file = File::new();
    let page = file.pages("t", "overflow")[2];
    file.damage(page, |page| page[..4].fill(0x70));
    let found = file.read("SELECT c FROM t");
    // The leaf, which is where the chain begins.
    assert!(
        file.pages("t", "leaf").contains(&found.page) || found.page == page,
        "{found}"
    );
}

#[test]
fn loads_into_what_is_damaged() {
    if !is_fused() {
        return;
    }
    let rows = || {
        [
            ("a", (6000..6100).collect::<Vec<i64>>()),
            ("b", (6000..6100).map(|value| -value).collect()),
        ]
    };
    // The last leaf of the table.
    let file = File::new();
    let leaf = *file.pages("u", "leaf").last().unwrap();
    file.damage(leaf, |page| page[..8].fill(0xff));
    assert_eq!(file.load("u", &rows()).page, leaf);

    // A leaf of its index, at the front, where the new entries go.
    let file = File::new();
    let leaf = file.pages("by_b", "leaf")[0];
    file.damage(leaf, |page| page[..8].fill(0xff));
    assert_eq!(file.load("u", &rows()).page, leaf);
}
