// Made by `cargo xtask vendor --update VERSION`. Do not edit.

/// The SQLite that the pinned crate carries.
pub(crate) const SQLITE_VERSION: &str = "3.54.1";

/// The crate that carries it, and its exact version.
pub(crate) const CARRIER: (&str, &str) = ("libsqlite3-sys", "0.39.1");

/// Each file and its SHA-256, in lower-case hexadecimal.
pub(crate) const FILES: [(&str, &str); 3] = [
    (
        "sqlite3.c",
        "0c657666d819f261cc4007526ad57e1669de9949df7a8ea847aa284a2bf0ee52",
    ),
    (
        "sqlite3.h",
        "d6c84557261893439b341d2e6c35187ae3ea24fbfd843ad94616f72d89242b8c",
    ),
    (
        "sqlite3ext.h",
        "48963abfefb41ac329ef9d706acb5eadba952a99a748285c9ded6b5e0942721b",
    ),
];
