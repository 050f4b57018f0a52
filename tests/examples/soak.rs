//! What the differential tests do, at scale: `cargo xtask soak` runs it.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clib_tests::database::Size;
use clib_tests::random::seed;
use clib_tests::read::Tally;
use clib_tests::{load, probe, read};

struct Arguments {
    seconds: Option<u64>,
    rows: u64,
    seed: u64,
    jobs: u64,
}

/// What a seed is for.
#[derive(Clone, Copy, Debug)]
enum Test {
    Read,
    Load,
    /// Parallel scans, lookups, table inputs and aggregates.
    Probe,
}

impl Test {
    fn of(seed: u64) -> Self {
        match seed % 9 {
            0 | 3 | 6 => Self::Load,
            8 => Self::Probe,
            _ => Self::Read,
        }
    }
}

/// What was compared.
#[derive(Default)]
struct Total {
    read: Tally,
    loaded: Tally,
    probed: Tally,
}

impl Total {
    fn of(&mut self, test: Test) -> &mut Tally {
        match test {
            Test::Read => &mut self.read,
            Test::Load => &mut self.loaded,
            Test::Probe => &mut self.probed,
        }
    }

    fn rows(&self) -> u64 {
        self.read.rows + self.loaded.rows + self.probed.rows
    }
}

fn arguments() -> Arguments {
    let mut arguments = Arguments {
        seconds: None,
        rows: 10_000_000,
        seed: seed(),
        jobs: 1,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let number = words.next().and_then(|value| value.parse().ok());
        let Some(number) = number else {
            panic!("{word} wants a number");
        };
        match word.as_str() {
            "--seconds" => arguments.seconds = Some(number),
            "--rows" => arguments.rows = number,
            "--seed" => arguments.seed = number,
            "--jobs" => arguments.jobs = number,
            _ => panic!("what is {word}?"),
        }
    }
    arguments
}

fn main() -> ExitCode {
    let arguments = arguments();
    println!("first seed: {}", arguments.seed);
    let start = Instant::now();
    let total = Mutex::new(Total::default());
    let next = AtomicU64::new(arguments.seed);
    let failed = AtomicBool::new(false);
    let lock = || total.lock().unwrap_or_else(PoisonError::into_inner);
    let goes_on = || {
        let rows = { lock().rows() };
        !failed.load(Ordering::Relaxed)
            && match arguments.seconds {
                Some(seconds) => start.elapsed() < Duration::from_secs(seconds),
                None => rows < arguments.rows,
            }
    };
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(|| {
                while goes_on() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let test = Test::of(seed);
                    let result = match test {
                        Test::Read => read::check(seed, Size::LARGE),
                        Test::Load => load::check(seed, Size::LARGE),
                        Test::Probe => probe::check(seed, Size::LARGE),
                    };
                    match result {
                        Ok(tally) => lock().of(test).add(&tally),
                        Err(report) => {
                            failed.store(true, Ordering::Relaxed);
                            println!(
                                "{report}\n-- {test:?}; again: cargo xtask soak --seed {seed} --rows 1"
                            );
                        }
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    let show = |what: &str, tally: &Tally| {
        println!(
            "{what}: {} rows in {} comparisons over {} databases, {} of them with the same error",
            tally.rows, tally.comparisons, tally.databases, tally.errors
        );
        for (path, count) in &tally.taken {
            println!("  {count:>9} by {path}");
        }
        for (obstacle, count) in &tally.obstacles {
            println!("  {count:>9} not faster: {obstacle}");
        }
    };
    show("read", &total.read);
    show("loaded", &total.loaded);
    show("otherwise", &total.probed);
    println!(
        "{} rows compared in {:.0} s",
        total.rows(),
        start.elapsed().as_secs_f64()
    );
    if failed.into_inner() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
