//! All ways of reading give the same batches and the same errors: random databases, queries and histories.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use clib_tests::database::Size;
use clib_tests::random::{cases, seed};
use clib_tests::read::{Tally, check};

#[test]
fn random_databases_are_read_alike() {
    let first = seed();
    println!("first seed: {first}");
    let mut tally = Tally::default();
    for seed in first..first + cases(100, 3) {
        match check(seed, Size::SMALL) {
            Ok(more) => tally.add(&more),
            Err(report) => panic!("{report}\n-- again: CLIB_TESTS_SEED={seed} CLIB_TESTS_CASES=1"),
        }
    }
    println!("{tally:?}");
}
