//! The error where no library is found: what was tried, and the ways out.

use crate::minimum::MINIMUM;

/// What came of one way to find the library: what it was, and why it did not lead anywhere.
pub(crate) struct Attempt {
    pub(crate) what: &'static str,
    pub(crate) why: String,
}

/// What the build script ends with.
pub(crate) fn failure(attempts: &[Attempt]) -> String {
    let mut text = format!("no SQLite {MINIMUM} or newer was found. Tried, in order:\n");
    for (number, Attempt { what, why }) in attempts.iter().enumerate() {
        text += &format!("  {}. {what}: {}\n", number + 1, why.trim());
    }
    text + "Ways out: (1) install it with its header (Debian: `libsqlite3-dev`), or name the folder of its `sqlite3.pc` in \
            PKG_CONFIG_PATH; (2) name the library's folder in SQLITE3_LIB_DIR and its header's in SQLITE3_INCLUDE_DIR; \
            (3) do without: feature `vendored` compiles it in, `dlopen` opens it when the program runs."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_says_what_was_tried() {
        let text = failure(&[
            Attempt {
                what: "pkg-config",
                why: "is not there\n".to_owned(),
            },
            Attempt {
                what: "SQLITE3_LIB_DIR",
                why: "is not set".to_owned(),
            },
        ]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "no SQLite 3.34.1 or newer was found. Tried, in order:",
                "  1. pkg-config: is not there",
                "  2. SQLITE3_LIB_DIR: is not set",
            ]
        );
        for way in ["(1)", "(2)", "(3)"] {
            assert!(lines[3].contains(way));
        }
    }
}
