//! The glue of the batch kernel: `clib-sys`'s C that fills columns from a running statement, many rows in one call.
//!
//! Above this module there are vectors and [`Target`]s, no pointers. Where there is no kernel ([`available`]), the portable
//! twins in `batch` do the same over [`Stmt`](super::Stmt).

mod execution;
mod keyed;
mod slot;
mod target;
mod text;

use std::sync::OnceLock;

use clib_sys::kernel as ffi;

pub(crate) use execution::{Execution, Fill, Start, Stop};
pub(crate) use keyed::{Keyed, KeyedStatements, Keys};
pub(crate) use slot::Slot;
pub(crate) use target::{Buffers, Nulls, Target};
pub(crate) use text::string_array;

/// Whether there is a kernel, and SQLite is inside what it was written for. Checked once.
pub(crate) fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        // SAFETY: takes no arguments, and uses a connection of its own; safe at any time, from any thread.
        ffi::AVAILABLE && unsafe { ffi::clib_kernel_check() } == clib_sys::SQLITE_OK
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_is_there_where_sqlite_is_vendored() {
        assert_eq!(super::available(), clib_sys::LINK_MODE == "vendored");
    }
}
