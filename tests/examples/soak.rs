//! What the differential tests do, at scale: `cargo xtask soak` runs it.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clib_tests::database::Size;
use clib_tests::random::seed;
use clib_tests::read::Tally;
use clib_tests::{load, read};

struct Arguments {
    seconds: Option<u64>,
    rows: u64,
    seed: u64,
    jobs: u64,
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
    let total = Mutex::new((Tally::default(), Tally::default()));
    let next = AtomicU64::new(arguments.seed);
    let failed = AtomicBool::new(false);
    let lock = || total.lock().unwrap_or_else(PoisonError::into_inner);
    let goes_on = || {
        let rows = {
            let total = lock();
            total.0.rows + total.1.rows
        };
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
                    let loads = seed.is_multiple_of(3);
                    let (test, result) = if loads {
                        ("load", load::check(seed, Size::LARGE))
                    } else {
                        ("read", read::check(seed, Size::LARGE))
                    };
                    match result {
                        Ok(tally) if loads => lock().1.add(&tally),
                        Ok(tally) => lock().0.add(&tally),
                        Err(report) => {
                            failed.store(true, Ordering::Relaxed);
                            println!(
                                "{report}\n-- {test}; again: cargo xtask soak --seed {seed} --rows 1"
                            );
                        }
                    }
                }
            });
        }
    });
    let (reads, loads) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
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
    show("read", &reads);
    show("loaded", &loads);
    println!(
        "{} rows compared in {:.0} s",
        reads.rows + loads.rows,
        start.elapsed().as_secs_f64()
    );
    if failed.into_inner() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
