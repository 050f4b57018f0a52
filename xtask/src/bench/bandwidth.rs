//! How fast this machine's memory is: what no reader of a table can beat.

use std::hint::black_box;
use std::time::Instant;

/// Far more than any cache holds.
const BYTES: usize = 256 << 20;

/// Bytes that `memcpy` copies in a second, the best of some runs.
pub(crate) fn measure() -> f64 {
    let from = vec![1_u8; BYTES];
    let mut to = vec![2_u8; BYTES];
    let mut best = 0.0_f64;
    for _ in 0..5 {
        let start = Instant::now();
        to.copy_from_slice(black_box(&from));
        black_box(&to);
        #[expect(clippy::cast_precision_loss, reason = "a power of two")]
        let rate = BYTES as f64 / start.elapsed().as_secs_f64();
        best = best.max(rate);
    }
    best
}
