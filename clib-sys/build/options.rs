//! How the vendored SQLite is compiled: every option, its value and its reason, in one table.
//! The meaning of each: <https://sqlite.org/compile.html>.
//!
//! Deliberately not in the table:
//!
//! - `SQLITE_OMIT_DEPRECATED`: the committed bindings cover the whole header, and a program that calls what it declares
//!   must link.
//! - `SQLITE_ENABLE_LOAD_EXTENSION`, `SQLITE_OMIT_LOAD_EXTENSION`: loading is compiled in, and stays off in each
//!   connection until it is asked for.
//! - `SQLITE_ENABLE_DESERIALIZE`: always there since 3.36.
//! - `SQLITE_ENABLE_API_ARMOR`: checks that clib's types make superfluous. `SQLITE_ENABLE_MEMORY_MANAGEMENT`: puts every
//!   page cache behind one global lock. `SQLITE_DEBUG` and `SQLITE_OMIT_*`: other programs than the one that is tested
//!   by SQLite's authors.

/// `(name, value, reason)`; an empty value is a bare `-DNAME`.
pub(crate) const OPTIONS: &[(&str, &str, &str)] = &[
    // Speed.
    (
        "SQLITE_DEFAULT_MEMSTATUS",
        "0",
        "the memory counters sit behind one global lock",
    ),
    (
        "SQLITE_THREADSAFE",
        "2",
        "a connection is used by one thread at a time, which clib's types guarantee; no mutex per call",
    ),
    (
        "SQLITE_USE_ALLOCA",
        "",
        "short-lived scratch memory comes from the stack",
    ),
    (
        "SQLITE_LIKE_DOESNT_MATCH_BLOBS",
        "",
        "LIKE can use an index and skips blobs, as SQLite's authors recommend",
    ),
    (
        "SQLITE_MAX_EXPR_DEPTH",
        "1000",
        "the default, stated: 0 would remove the check that guards the stack",
    ),
    // Safety.
    (
        "SQLITE_DQS",
        "0",
        "a misspelt column in double quotes is an error, not a string",
    ),
    (
        "SQLITE_DEFAULT_FOREIGN_KEYS",
        "0",
        "SQLite's own default, stated: raw connections behave as in C; `clib` turns them on for its own, in every link mode",
    ),
    (
        "SQLITE_TRUSTED_SCHEMA",
        "0",
        "a hostile file's views and triggers cannot call functions that have side effects",
    ),
    // Features that users of a full binding expect.
    ("SQLITE_ENABLE_FTS5", "", "full-text search"),
    ("SQLITE_ENABLE_RTREE", "", "spatial indexes"),
    ("SQLITE_ENABLE_GEOPOLY", "", "polygons on top of R*Tree"),
    (
        "SQLITE_ENABLE_MATH_FUNCTIONS",
        "",
        "sqrt(), log() and the like",
    ),
    ("SQLITE_ENABLE_CARRAY", "", "C arrays as tables"),
    ("SQLITE_ENABLE_SESSION", "", "changesets"),
    (
        "SQLITE_ENABLE_PREUPDATE_HOOK",
        "",
        "needed by sessions; row values before a change",
    ),
    (
        "SQLITE_ENABLE_SNAPSHOT",
        "",
        "readers that agree on one state of a WAL database",
    ),
    (
        "SQLITE_ENABLE_COLUMN_METADATA",
        "",
        "the table and column that a result column comes from",
    ),
    ("SQLITE_ENABLE_DBSTAT_VTAB", "", "space used by each table"),
    (
        "SQLITE_ENABLE_DBPAGE_VTAB",
        "",
        "raw pages, which the recovery extension reads through",
    ),
    (
        "SQLITE_ENABLE_BYTECODE_VTAB",
        "",
        "a statement's byte code, for diagnosis",
    ),
    (
        "SQLITE_ENABLE_STMT_SCANSTATUS",
        "",
        "per-loop counters of a statement. SQLite turns them on in every new connection, and they read the clock at \
         every instruction: turn them off with SQLITE_DBCONFIG_STMT_SCANSTATUS where nobody asks for them",
    ),
    (
        "SQLITE_ENABLE_STAT4",
        "",
        "better plans on skewed data after ANALYZE",
    ),
    (
        "SQLITE_ENABLE_UNLOCK_NOTIFY",
        "",
        "waiting for a shared-cache lock",
    ),
    (
        "SQLITE_ENABLE_NORMALIZE",
        "",
        "sqlite3_normalized_sql, which the header declares",
    ),
];
