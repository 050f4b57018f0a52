//! The whole table, in two partitions at the same time.

use clib::Result;

use crate::data::Report;
use crate::not_there_yet;

/// All of table `t`, in order, by two threads.
pub fn two_partitions(_path: &str) -> Result<Report> {
    // Here `clib::ParallelScan` goes: opened before the clock starts, as `warm` does for the other cases.
    not_there_yet("ParallelScan")
}
