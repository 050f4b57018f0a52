//! How bindgen is asked: the one configuration, of `cargo xtask bindgen` and of the feature `bindgen`.

use std::path::Path;

/// Declarations that stand behind an `#ifdef` in the header, and that the vendored build has.
const DEFINES: [&str; 6] = [
    "-DSQLITE_ENABLE_COLUMN_METADATA",
    "-DSQLITE_ENABLE_NORMALIZE",
    "-DSQLITE_ENABLE_PREUPDATE_HOOK",
    "-DSQLITE_ENABLE_SESSION",
    "-DSQLITE_ENABLE_SNAPSHOT",
    "-DSQLITE_ENABLE_STMT_SCANSTATUS",
];

/// The workspace's `rust-version`, 1.RUST_MINOR.
const RUST_MINOR: u64 = 89;

/// For `sqlite3.h`.
pub(crate) fn sqlite(header: &Path) -> Result<bindgen::Builder, String> {
    Ok(common(header)?
        .clang_args(DEFINES)
        .allowlist_item("(sqlite|SQLITE|[Ff][Tt][Ss]5|NOT_WITHIN|PARTLY_WITHIN|FULLY_WITHIN).*")
        // A va_list has another type on every target; these cannot be committed once for all.
        .blocklist_function("sqlite3_vmprintf|sqlite3_vsnprintf|sqlite3_str_vappendf")
        .blocklist_type("va_list|__builtin_va_list|__va_list_tag")
        // C makes these by a cast; they are in src/destructor.rs.
        .blocklist_item("SQLITE_(STATIC|TRANSIENT)"))
}

/// What holds for every header.
pub(crate) fn common(header: &Path) -> Result<bindgen::Builder, String> {
    Ok(bindgen::Builder::default()
        .header(header.display().to_string())
        .rust_target(bindgen::RustTarget::stable(RUST_MINOR, 0).map_err(|error| error.to_string())?)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .use_core()
        .ctypes_prefix("libc")
        .allowlist_recursively(true)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .layout_tests(true)
        .generate_comments(false)
        .formatter(bindgen::Formatter::Prettyplease))
}
