//! The glue of the batch kernel: `clib-sys`'s C that fills columns from a running statement, many rows in one call.
//!
//! Above this module there are vectors, slices and [`Target`]s, no pointers. Where there is no kernel
//! ([`kernel_available`](super::kernel_available)), the portable twins in `batch` do the same over [`Stmt`](super::Stmt).

mod execution;
mod input;
mod keyed;
mod load;
mod slot;
mod source;
mod target;
mod text;

pub(crate) use execution::{Execution, Fill, Start, Stop};
pub(crate) use input::{Compares, Input, remove as remove_input};
pub(crate) use keyed::{Keyed, KeyedStatements, Keys};
pub(in crate::raw) use load::Load;
pub(crate) use load::LoadStop;
pub(crate) use slot::Slot;
#[allow(unused_imports, reason = "for table input too")]
pub(crate) use source::{SourceNan, SourceValidity, SourceValues, Sources};
pub(crate) use target::{Buffers, Nulls, Target};
pub(crate) use text::string_array;

#[cfg(test)]
mod tests {
    #[test]
    fn the_kernel_is_there_where_sqlite_is_vendored() {
        assert_eq!(
            crate::raw::kernel_available(),
            clib_sys::LINK_MODE == "vendored"
        );
    }
}
