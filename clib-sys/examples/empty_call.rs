//! What a call into SQLite costs in this link mode, of a function that does nothing. Prints nanoseconds.
//!
//! ```text
//! cargo run --release -p clib-sys --example empty_call
//! ```

use std::hint::black_box;
use std::time::Instant;

/// Few enough that some rounds have the processor to themselves.
const CALLS: u32 = 500_000;
const ROUNDS: usize = 300;

fn main() {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..CALLS {
            // SAFETY: takes no arguments.
            black_box(unsafe { clib_sys::sqlite3_libversion_number() });
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{:.2}", best * 1e9 / f64::from(CALLS));
}
