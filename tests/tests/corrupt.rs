//! Damaged database files are read by all paths without harm, and alike. A small run of what `cargo xtask fuzz` does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use clib_tests::corrupt::{Place, damage, whole};
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
