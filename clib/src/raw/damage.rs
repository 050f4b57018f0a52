//! Which page of a damaged database is damaged: the kernel's look at the b-trees of a statement that has failed.

use clib_sys as sqlite;
use clib_sys::kernel as ffi;

use super::pointer;
use super::stmt::Stmt;
use crate::error::Damage;

const NOTHING: ffi::clib_damage = ffi::clib_damage {
    schema: std::ptr::null(),
    page: 0,
    is_record: 0,
    has_rowid: 0,
    rowid: 0,
    text: [0; 128],
};

impl Stmt<'_> {
    /// Where the damage is that the statement has ended with; `None` where it is not found, or there is no kernel to look for it.
    #[cold]
    pub(super) fn find_damage(&self) -> Option<Damage> {
        if !super::kernel_available() {
            return None;
        }
        let mut found = NOTHING;
        // SAFETY: live, by the type invariant; the result is writable.
        let code = unsafe { ffi::clib_find_damage(self.as_ptr(), &raw mut found) };
        if code != sqlite::SQLITE_OK {
            return None;
        }
        // SAFETY: null, or NUL-terminated and valid until the schema is detached.
        let schema = unsafe { pointer::string(found.schema) }?;
        let what = if found.is_record == 0 {
            // SAFETY: the kernel ends the text in NUL, within the array, which lives until the copy.
            let text = unsafe { pointer::string(found.text.as_ptr()) }.unwrap_or_default();
            // The words for a page whose first bytes make no sense.
            if text.contains("returns error code") {
                "it is no page of a b-tree".to_owned()
            } else {
                text
            }
        } else if found.has_rowid == 0 {
            "a record of an index is damaged".to_owned()
        } else {
            format!("the record of rowid {} is damaged", found.rowid)
        };
        Some(Damage {
            schema,
            page: found.page,
            what,
        })
    }
}
