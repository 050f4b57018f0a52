//! Whether SQLite's count of changed rows is about a statement.

/// Whether the statement is one of those that SQLite counts changed rows for: INSERT, REPLACE, UPDATE and DELETE, also
/// behind WITH.
///
/// For others the count is another statement's: that before, or one which a virtual table ran for itself, as
/// `CREATE VIRTUAL TABLE ... USING fts5` does. SQLite does not tell of which kind a statement is; its first word does.
pub(super) fn counts(sql: &str) -> bool {
    let word = first_word(sql);
    ["insert", "replace", "update", "delete", "with"]
        .iter()
        .any(|counted| counted.eq_ignore_ascii_case(word))
}

/// The first word that is not in a comment.
fn first_word(mut sql: &str) -> &str {
    loop {
        sql = sql
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == '\u{feff}');
        let (comment, end) = if sql.starts_with("--") {
            (true, sql.split_once('\n'))
        } else if let Some(comment) = sql.strip_prefix("/*") {
            (true, comment.split_once("*/"))
        } else {
            (false, None)
        };
        if !comment {
            break;
        }
        // Without an end the comment is all there is.
        sql = end.map_or("", |(_, rest)| rest);
    }
    let end = sql
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(sql.len());
    sql.get(..end).unwrap_or(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_decides() {
        for sql in [
            "insert into t values (1)",
            " \n;\t\u{feff}REPLACE INTO t VALUES (1)",
            "-- one\n--two\n/* three */ /**/Update t SET a = 1",
            "DELETE FROM t",
            "WITH w AS (SELECT 1) DELETE FROM t",
        ] {
            assert!(counts(sql), "{sql}");
        }
        for sql in [
            "",
            "-- INSERT",
            "/* INSERT",
            "/*",
            "/",
            "SELECT 1",
            "CREATE TABLE t AS SELECT 1",
            "EXPLAIN INSERT INTO t VALUES (1)",
            "inserted",
        ] {
            assert!(!counts(sql), "{sql}");
        }
    }
}
