//! Where a table can be cut into parts: the batch kernel's look at the interior of its b-tree.

use clib_sys::kernel as ffi;
use libc::c_int;

use super::stmt::Stmt;

/// How many rowids are asked for at most: half a megabyte of them.
const ROOM: usize = 65_536;

impl Stmt<'_> {
    /// Rowids that cut the table which the statement reads, and stands on a row of, into parts of about so many rows: the
    /// last one that each part can have, but for the last part. `None` where there is no kernel to find them.
    pub(crate) fn split(&self, rows_per_part: u64) -> Option<Vec<i64>> {
        if !super::library::kernel_available() {
            return None;
        }
        self.db().cross(1);
        let mut rowids = vec![0; ROOM];
        let mut found: c_int = 0;
        // SAFETY: live, by the type invariant; `rowids` is writable for as many as said, and `found` for one.
        let code = unsafe {
            ffi::clib_split(
                self.as_ptr(),
                i64::try_from(rows_per_part).unwrap_or(i64::MAX),
                rowids.as_mut_ptr(),
                c_int::try_from(rowids.len()).unwrap_or(0),
                &raw mut found,
            )
        };
        if code != clib_sys::SQLITE_OK {
            return None;
        }
        rowids.truncate(usize::try_from(found).unwrap_or(0));
        Some(rowids)
    }
}
