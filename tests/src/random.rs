//! Random choices that a seed brings back.

use std::time::{SystemTime, UNIX_EPOCH};

/// A generator of random choices.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// The choices of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// A number from 0, less than `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.usize(0..end.max(1))
    }

    /// A number between two, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0.i64(least..=most)
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Some bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill(&mut bytes);
        bytes
    }

    /// Puts them into another order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        self.0.shuffle(all);
    }
}

/// The first seed of a test: `CLIB_TESTS_SEED`, or another one each time.
#[must_use]
pub fn seed() -> u64 {
    match std::env::var("CLIB_TESTS_SEED") {
        Ok(seed) => seed.parse().expect("CLIB_TESTS_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            // Short enough to be typed, and room for the seeds that are counted up from it.
            now.as_secs() % 1_000_000 * 1_000_000 + u64::from(now.subsec_micros())
        }
    }
}

/// How many cases a test runs: as many as asked for by `CLIB_TESTS_CASES`, `few` under a slow checker, else `usual`.
#[must_use]
pub fn cases(usual: u64, few: u64) -> u64 {
    match std::env::var("CLIB_TESTS_CASES") {
        Ok(cases) => cases.parse().expect("CLIB_TESTS_CASES is a number"),
        Err(_) if is_slow() => few,
        Err(_) => usual,
    }
}

/// Whether a checker that makes everything slow asks tests to be small.
#[must_use]
pub fn is_slow() -> bool {
    std::env::var_os("CLIB_TESTS_SLOW").is_some()
}
