//! Damaged database files are read by all paths without harm, and alike. A small run of what `cargo xtask fuzz` does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use clib::{Code, Connection, ReadOptions};
use clib_tests::action::folder;
use clib_tests::corrupt::{Place, damage, whole};
use clib_tests::paths::READING;
use clib_tests::random::{Random, cases, seed};
use clib_tests::read::Tally;

#[test]
fn damaged_files_are_read_alike() {
    if clib::LINK_MODE != "vendored" {
        // Older versions have mistakes of their own.
        return;
    }
    let place = Place::new();
    let mut tally = Tally::default();
    let first = seed();
    println!("first seed: {first}");
    for seed in first..first + cases(40, 2) {
        let mut random = Random::new(seed);
        let file = whole(&mut random);
        for number in 0..25 {
            let mut damaged = file.clone();
            damage(&mut random, &mut damaged);
            match place.examine(&damaged, &mut random) {
                Ok(more) => tally.add(&more),
                Err(report) => {
                    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("damaged.db");
                    fs::write(&kept, &damaged).unwrap();
                    panic!(
                        "file {number} of seed {seed}, kept as {}: {report}\n-- again: CLIB_TESTS_SEED={seed} CLIB_TESTS_CASES=1",
                        kept.display()
                    )
                }
            }
            if number % 5 == 0 {
                place.load(&damaged, &mut random);
            }
        }
    }
    println!("{tally:?}");
}

/// A record that is no longer than its own header's size.
#[test]
fn a_record_without_fields_is_damaged_to_all() {
    let folder = folder();
    let file = folder.path().join("empty.db");
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE t (a, b);
             INSERT INTO t VALUES (1, 'one'), ('needle', 'two'), (3, 'three')",
        )
        .unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let needle = bytes.windows(6).position(|part| part == b"needle").unwrap();
    // The cell: the record's size, the rowid, the header's size, two types.
    let cell = needle - 5;
    assert_eq!(bytes[cell..needle], [12, 2, 3, 25, 19]);
    bytes[cell] = 1;
    bytes[cell + 2] = 1;
    fs::write(&file, &bytes).unwrap();
    let conn = Connection::open_read_only(&file).unwrap();
    for path in READING {
        let options = (path.ask)(ReadOptions::new().batch_rows(1));
        let mut reader = conn.read_table("t", &options).unwrap();
        assert_eq!(reader.next_batch().unwrap().unwrap().num_rows(), 1);
        let error = reader.next_batch().unwrap_err();
        assert_eq!(error.code(), Some(Code::Corrupt), "{}", path.name);
    }
}
