//! Whatever bytes a database file has, every path reads it without harm, and all read the same.
#![no_main]

use std::hash::{DefaultHasher, Hash, Hasher};

use clib_tests::corrupt::Place;
use clib_tests::random::Random;
use libfuzzer_sys::fuzz_target;

thread_local! {
    static PLACE: Place = Place::new();
}

fuzz_target!(|file: &[u8]| {
    // The same queries for the same file.
    let mut hasher = DefaultHasher::new();
    file.hash(&mut hasher);
    let mut random = Random::new(hasher.finish());
    if let Err(difference) = PLACE.with(|place| place.examine(file, &mut random)) {
        panic!("{difference}");
    }
});
