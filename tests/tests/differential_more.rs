//! Parallel scans, lookups, table inputs and batched aggregates say what simpler ways say: random databases.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use clib_tests::database::Size;
use clib_tests::probe::check;
use clib_tests::random::{cases, seed};
use clib_tests::read::Tally;

#[test]
fn random_probes_agree() {
    let first = seed();
    println!("first seed: {first}");
    let mut tally = Tally::default();
    for seed in first..first + cases(60, 3) {
        match check(seed, Size::SMALL) {
            Ok(more) => tally.add(&more),
            Err(report) => panic!("{report}\n-- again: CLIB_TESTS_SEED={seed} CLIB_TESTS_CASES=1"),
        }
    }
    println!("{tally:?}");
    assert!(tally.rows > 0);
}
