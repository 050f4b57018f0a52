//! Damages database files and reads them by all paths: `cargo xtask fuzz` runs it under AddressSanitizer and UBSan.
//!
//! `fuzz --count N [--seed S]` damages N files; `fuzz --file FILE` reads one that is damaged already, and
//! `fuzz --corpus FOLDER` writes whole ones, for libFuzzer to begin with.
//!
//! One seed damages the same files each time, and what is read of them may differ: where a cell begins at a page's last bytes, SQLite
//! reads on in its own memory behind the page, where addresses are.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clib_tests::corrupt::{Place, damage, whole};
use clib_tests::random::{Random, seed};
use clib_tests::read::Tally;

/// How often one whole file is damaged.
const EACH: u64 = 200;

/// One in so many is also loaded into.
const LOADS: u64 = 8;

fn main() -> ExitCode {
    let mut count = 1_000_000;
    let mut first = seed();
    let mut words = std::env::args().skip(1);
    while let (Some(word), value) = (words.next(), words.next().unwrap_or_default()) {
        match word.as_str() {
            "--count" => count = value.parse().unwrap_or_else(|_| panic!("--count N")),
            "--seed" => first = value.parse().unwrap_or_else(|_| panic!("--seed N")),
            "--file" => return one(Path::new(&value)),
            "--corpus" => return corpus(Path::new(&value)),
            _ => panic!("what is {word}?"),
        }
    }
    let place = Place::new();
    println!(
        "first seed: {first}; the file in hand is {}",
        place.file().display()
    );
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut differences = 0;
    let mut done = 0;
    let mut seed = first;
    while done < count {
        let mut random = Random::new(seed);
        let file = whole(&mut random);
        for number in 0..EACH.min(count - done) {
            let mut damaged = file.clone();
            damage(&mut random, &mut damaged);
            match place.examine(&damaged, &mut random) {
                Ok(more) => tally.add(&more),
                Err(report) => {
                    differences += 1;
                    println!("file {number} of seed {seed}: {report}");
                }
            }
            if number.is_multiple_of(LOADS) {
                place.load(&damaged, &mut random);
            }
            done += 1;
        }
        seed += 1;
        if (seed - first).is_multiple_of(100) {
            println!("{done} files after {:.0} s", start.elapsed().as_secs_f64());
        }
    }
    println!(
        "{done} damaged files, {} comparisons, {} rows, {} errors, paths {:?}, {differences} differences, {:.0} s",
        tally.comparisons,
        tally.rows,
        tally.errors,
        tally.taken,
        start.elapsed().as_secs_f64()
    );
    if differences > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Reads a file that is damaged already, in some ways.
fn one(file: &Path) -> ExitCode {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let place = Place::new();
    for seed in 0..50 {
        match place.examine(&bytes, &mut Random::new(seed)) {
            Ok(tally) => println!("{tally:?}"),
            Err(report) => {
                println!("{report}");
                return ExitCode::FAILURE;
            }
        }
        place.load(&bytes, &mut Random::new(seed));
    }
    ExitCode::SUCCESS
}

/// Whole files, small ones.
fn corpus(folder: &Path) -> ExitCode {
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut written = 0;
    for seed in 0.. {
        let file = whole(&mut Random::new(seed));
        if file.len() < 30_000 {
            let path = folder.join(format!("{seed}.db"));
            fs::write(&path, file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            written += 1;
        }
        if written == 100 {
            break;
        }
    }
    ExitCode::SUCCESS
}
