//! C code of its own beside clib: one SQLite, one header.

use clib::{Connection, Error, Result};

unsafe extern "C" {
    fn dependent_register(db: *mut clib_sys::sqlite3) -> i32;
    fn dependent_header_version() -> i32;
}

/// Opens a database in memory in which SQL can call `twice(x)`, which is C.
pub fn open() -> Result<Connection> {
    let db = Connection::open_in_memory()?.into_raw();
    // SAFETY: open, and nobody else's.
    let code = unsafe { dependent_register(db) };
    // SAFETY: as above, and of the library that clib calls; the function needs no data.
    let conn = unsafe { Connection::from_raw(db) }?;
    if code == clib_sys::SQLITE_OK {
        Ok(conn)
    } else {
        Err(Error::other("`twice` cannot be registered"))
    }
}

/// The version of the header that the C code was compiled with, as `sqlite3_libversion_number` says it.
pub fn header_version() -> i32 {
    // SAFETY: takes no arguments.
    unsafe { dependent_header_version() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_and_rust_use_one_library() {
        let conn = open().unwrap();
        let fourteen: i64 = conn
            .query_row("SELECT twice(7)", (), |row| row.get(0))
            .unwrap();
        assert_eq!(fourteen, 14);
    }

    #[test]
    fn the_build_was_told_what_is_linked() {
        assert_eq!(env!("DEPENDENT_MODE"), clib::LINK_MODE);
        assert_eq!(env!("DEPENDENT_VERSION"), clib::version());
        // SAFETY: takes no arguments.
        let library = unsafe { clib_sys::sqlite3_libversion_number() };
        assert_eq!(header_version(), library);
    }
}
