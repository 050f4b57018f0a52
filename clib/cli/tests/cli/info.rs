//! What `info` says.

use crate::support::Sandbox;

#[test]
fn everything_there_is_to_know() {
    let sandbox = Sandbox::new();
    sandbox.sql(
        "i.db",
        "PRAGMA page_size = 4096; PRAGMA journal_mode = wal; \
         CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, twice AS (id * 2), any); \
         INSERT INTO person (name) VALUES ('Ada'), ('Grace'); \
         CREATE TABLE \"an odd name\" (x REAL); \
         CREATE VIEW names AS SELECT name FROM person; \
         CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO counted DEFAULT VALUES;",
    );
    let said = sandbox.ok(&["info", "i.db"]);
    let (head, rest) = said.split_once("\n\n").unwrap();
    let lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines[0], "database      i.db");
    assert!(lines[1].starts_with("size          "), "{said}");
    assert!(lines[1].contains(" pages of 4,096 bytes)"), "{said}");
    assert_eq!(lines[2], "journal mode  wal");
    assert_eq!(lines[3], "encoding      UTF-8");
    assert_eq!(
        lines[4],
        format!("SQLite        {}, {}", clib::version(), clib::LINK_MODE)
    );
    assert_eq!(lines[5..], ["tables        3", "views         1"]);
    assert_eq!(
        rest,
        "table an odd name: 0 rows\n  x  REAL\n\n\
         table counted: 1 row\n  id  INTEGER PRIMARY KEY\n\n\
         table person: 2 rows\n  id     INTEGER PRIMARY KEY\n  name   TEXT NOT NULL\n  twice  GENERATED\n  any\n\n\
         view names\n  name  TEXT\n"
    );
}

#[test]
fn the_version_names_sqlite() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.ok(&["--version"]),
        format!(
            "clib {} (SQLite {}, {})\n",
            env!("CARGO_PKG_VERSION"),
            clib::version(),
            clib::LINK_MODE
        )
    );
}
