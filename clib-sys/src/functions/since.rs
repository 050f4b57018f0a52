//! The functions that a SQLite of the minimum version or newer need not have, and when one has
//! them. Also read by `cargo xtask bindgen`, which keeps these apart from the functions that every library has.
//!
//! A version is the first release that has the function, or where the release notes do not say so, the first one whose
//! header was looked at. The first part follows `sqlite3ext.h`.

/// `(function, version, condition)`. A function that ends in `*` stands for all that begin so. The version is empty where
/// the minimum has it. A condition that begins with `SQLITE_ENABLE_` or `SQLITE_DEBUG` is an option that the library must be compiled
/// with, one that begins with `SQLITE_OMIT_` one that it must be compiled without; another one is a system.
pub(crate) const OPTIONAL: &[(&str, &str, &str)] = &[
    // Newer than the minimum.
    ("sqlite3_preupdate_blobwrite", "3.36.0", PREUPDATE),
    ("sqlite3_serialize", "3.36.0", "SQLITE_OMIT_DESERIALIZE"),
    ("sqlite3_deserialize", "3.36.0", "SQLITE_OMIT_DESERIALIZE"),
    ("sqlite3_changes64", "3.37.0", ""),
    ("sqlite3_total_changes64", "3.37.0", ""),
    ("sqlite3_autovacuum_pages", "3.37.0", ""),
    ("sqlite3_error_offset", "3.38.0", ""),
    ("sqlite3_vtab_distinct", "3.38.0", ""),
    ("sqlite3_vtab_in", "3.38.0", ""),
    ("sqlite3_vtab_in_first", "3.38.0", ""),
    ("sqlite3_vtab_in_next", "3.38.0", ""),
    ("sqlite3_vtab_rhs_value", "3.38.0", ""),
    ("sqlite3_db_name", "3.39.0", ""),
    ("sqlite3_value_encoding", "3.40.0", ""),
    ("sqlite3_is_interrupted", "3.41.0", ""),
    ("sqlite3_stmt_scanstatus_v2", "3.41.0", SCANSTATUS),
    ("sqlite3_stmt_explain", "3.43.0", ""),
    ("sqlite3_get_clientdata", "3.44.0", ""),
    ("sqlite3_set_clientdata", "3.44.0", ""),
    ("sqlite3_setlk_timeout", "3.50.0", ""),
    ("sqlite3_set_errmsg", "3.51.0", ""),
    ("sqlite3_db_status64", "3.51.0", ""),
    ("sqlite3_carray_bind", "3.51.0", "SQLITE_ENABLE_CARRAY"),
    ("sqlite3_carray_bind_v2", "3.52.0", "SQLITE_ENABLE_CARRAY"),
    ("sqlite3_str_free", "3.52.0", ""),
    ("sqlite3_str_truncate", "3.52.0", ""),
    ("sqlite3_incomplete", "3.54.0", ""),
    ("sqlite3_result_str", "3.54.0", ""),
    ("sqlite3session_memory_used", "3.35.4", SESSION),
    ("sqlite3session_changeset_size", "3.36.0", SESSION),
    ("sqlite3session_object_config", "3.36.0", SESSION),
    ("sqlite3changegroup_schema", "3.45.0", SESSION),
    ("sqlite3changegroup_add_change", "3.46.0", SESSION),
    ("sqlite3changeset_apply_v3*", "3.51.0", SESSION),
    ("sqlite3changegroup_config", "3.53.0", SESSION),
    ("sqlite3changegroup_change_*", "3.53.0", SESSION),
    // Where the library is compiled so.
    ("sqlite3session_*", "", SESSION),
    ("sqlite3changeset_*", "", SESSION),
    ("sqlite3changegroup_*", "", SESSION),
    ("sqlite3rebaser_*", "", SESSION),
    ("sqlite3_preupdate_*", "", PREUPDATE),
    ("sqlite3_snapshot_*", "", "SQLITE_ENABLE_SNAPSHOT"),
    ("sqlite3_stmt_scanstatus*", "", SCANSTATUS),
    ("sqlite3_column_database_name*", "", COLUMN_METADATA),
    ("sqlite3_column_table_name*", "", COLUMN_METADATA),
    ("sqlite3_column_origin_name*", "", COLUMN_METADATA),
    ("sqlite3_normalized_sql", "", "SQLITE_ENABLE_NORMALIZE"),
    ("sqlite3_unlock_notify", "", "SQLITE_ENABLE_UNLOCK_NOTIFY"),
    ("sqlite3_rtree_*", "", "SQLITE_ENABLE_RTREE"),
    ("sqlite3_load_extension", "", "SQLITE_OMIT_LOAD_EXTENSION"),
    (
        "sqlite3_enable_load_extension",
        "",
        "SQLITE_OMIT_LOAD_EXTENSION",
    ),
    ("sqlite3_mutex_held", "", "SQLITE_DEBUG"),
    ("sqlite3_mutex_notheld", "", "SQLITE_DEBUG"),
    ("sqlite3_win32_*", "", "Windows"),
    ("sqlite3_aggregate_count", "", DEPRECATED),
    ("sqlite3_expired", "", DEPRECATED),
    ("sqlite3_global_recover", "", DEPRECATED),
    ("sqlite3_memory_alarm", "", DEPRECATED),
    ("sqlite3_profile", "", DEPRECATED),
    ("sqlite3_soft_heap_limit", "", DEPRECATED),
    ("sqlite3_thread_cleanup", "", DEPRECATED),
    ("sqlite3_trace", "", DEPRECATED),
    ("sqlite3_transfer_bindings", "", DEPRECATED),
];

const COLUMN_METADATA: &str = "SQLITE_ENABLE_COLUMN_METADATA";
const DEPRECATED: &str = "SQLITE_OMIT_DEPRECATED";
const PREUPDATE: &str = "SQLITE_ENABLE_PREUPDATE_HOOK";
const SCANSTATUS: &str = "SQLITE_ENABLE_STMT_SCANSTATUS";
const SESSION: &str = "SQLITE_ENABLE_SESSION";

/// The version and the condition of a function that a library may lack; `None` for one that every library has. The first
/// entry that fits counts.
pub(crate) fn find(function: &str) -> Option<(&'static str, &'static str)> {
    OPTIONAL
        .iter()
        .find(|(name, ..)| match name.strip_suffix('*') {
            Some(start) => function.starts_with(start),
            None => function == *name,
        })
        .map(|(_, version, condition)| (*version, *condition))
}
