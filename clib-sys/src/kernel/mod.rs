//! The batch kernel: many rows in one call, compiled in one unit with the vendored SQLite.
//!
//! What each function and structure means stands in the headers in `kernel/`. Where the link mode is not `vendored` there
//! is no kernel: [`AVAILABLE`] is false, and its functions are stand-ins that fail.

// Checked against what `cargo xtask bindgen` makes, to the letter.
#[rustfmt::skip]
#[allow(
    dead_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unreachable_pub,
    clippy::all,
    reason = "generated; named as in C; without a kernel, stand-ins hide its functions"
)]
mod bindings;
#[cfg(not(link_mode = "vendored"))]
mod absent;

pub use bindings::*;
// Named, so that they win over the bindings' glob.
#[cfg(not(link_mode = "vendored"))]
pub use absent::{
    clib_aggregate_end, clib_aggregate_step, clib_find_damage, clib_input_order,
    clib_input_register, clib_input_remove, clib_kernel_check, clib_load_free, clib_load_new,
    clib_load_obstacle, clib_load_prepared, clib_load_rows, clib_load_sorts, clib_lookup_free,
    clib_lookup_new, clib_lookup_obstacle, clib_lookup_read, clib_read, clib_reader_free,
    clib_reader_new, clib_reader_obstacle, clib_split, clib_start,
};

/// Whether the kernel is compiled in.
pub const AVAILABLE: bool = cfg!(link_mode = "vendored");
