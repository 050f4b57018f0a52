//! Only tests: one SQLite, used by clib and by rusqlite.
