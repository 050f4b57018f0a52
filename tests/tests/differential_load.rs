//! All ways of loading leave the same database, counters and errors: random tables, batches and modes.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use clib_tests::database::Size;
use clib_tests::load::check;
use clib_tests::random::{cases, seed};
use clib_tests::read::Tally;

#[test]
fn random_batches_are_loaded_alike() {
    let first = seed();
    println!("first seed: {first}");
    let mut tally = Tally::default();
    for seed in first..first + cases(70, 3) {
        match check(seed, Size::SMALL) {
            Ok(more) => tally.add(&more),
            Err(report) => panic!("{report}\n-- again: CLIB_TESTS_SEED={seed} CLIB_TESTS_CASES=1"),
        }
    }
    println!("{tally:?}");
}
