//! Parameters, what a statement tells of itself, execution, and statements whose rows were leaked.

use std::mem;

use static_assertions::assert_not_impl_any;

use super::*;
use crate::types::{ToSql, ToSqlError, ToSqlOutput, Value};
use crate::{Binder, Code, ExtendedCode, named_params, params, params_from_iter};

assert_not_impl_any!(Statement<'static>: Send, Sync);

fn open() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn table() -> Connection {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        .unwrap();
    conn
}

fn texts(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Value>> {
    let mut stmt = conn.prepare(sql)?;
    let columns = stmt.column_count();
    stmt.query_row(params, |row| {
        (0..columns).map(|column| row.get(column)).collect()
    })
}

// ---- parameters

#[test]
fn every_form_of_parameters_binds() {
    let conn = open();
    let two = vec![Value::Integer(1), Value::Integer(2)];
    let sql = "SELECT ?1, ?2";
    assert_eq!(texts(&conn, sql, (1, 2)).unwrap(), two);
    assert_eq!(texts(&conn, sql, [1, 2]).unwrap(), two);
    assert_eq!(texts(&conn, sql, vec![1, 2]).unwrap(), two);
    let (array, vec): (&[i64; 2], &Vec<i64>) = (&[1, 2], &vec![1, 2]);
    assert_eq!(texts(&conn, sql, array).unwrap(), two);
    assert_eq!(texts(&conn, sql, vec).unwrap(), two);
    assert_eq!(texts(&conn, sql, [1, 2].as_slice()).unwrap(), two);
    assert_eq!(texts(&conn, sql, params![1_u8, 2_i64]).unwrap(), two);
    assert_eq!(texts(&conn, sql, params_from_iter(1..3)).unwrap(), two);
    let boxed: Vec<Box<dyn ToSql>> = vec![Box::new(1), Box::new(2)];
    let refs: Vec<&dyn ToSql> = boxed.iter().map(|value| &**value).collect();
    assert_eq!(texts(&conn, sql, refs).unwrap(), two);

    assert_eq!(
        texts(&conn, "SELECT :a, @b", named_params! {"@b": 2, ":a": 1}).unwrap(),
        two
    );
    assert_eq!(
        texts(&conn, "SELECT $a, $b", [("$a", 1), ("$b", 2)]).unwrap(),
        two
    );
    assert_eq!(
        texts(&conn, "SELECT 1, 2", ()).unwrap(),
        texts(&conn, "SELECT 1, 2", params![]).unwrap()
    );
    texts(&conn, "SELECT 1", named_params! {}).unwrap();
    texts(&conn, "SELECT 1", params_from_iter::<[u8; 0]>([])).unwrap();
    let sixteen = "SELECT ?1 + ?2 + ?3 + ?4 + ?5 + ?6 + ?7 + ?8 + ?9 + ?10 + ?11 + ?12 + ?13 + ?14 + ?15 + ?16";
    let sum = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
    assert_eq!(texts(&conn, sixteen, sum).unwrap(), [Value::Integer(136)]);
}

#[test]
fn a_name_left_out_is_null_and_one_used_twice_is_one() {
    let conn = open();
    assert_eq!(
        texts(&conn, "SELECT :a, :b, :a", named_params! {":a": 1}).unwrap(),
        [Value::Integer(1), Value::Null, Value::Integer(1)]
    );
    let mut stmt = conn.prepare("SELECT :a, :b").unwrap();
    let both =
        |row: &Row<'_>| -> Result<(Option<i64>, Option<i64>)> { Ok((row.get(0)?, row.get(1)?)) };
    let first = stmt.query_row([(":a", 1), (":b", 2)], both).unwrap();
    // Nothing stays of the execution before.
    let second = stmt.query_row([(":b", 3)], both).unwrap();
    assert_eq!((first, second), ((Some(1), Some(2)), (None, Some(3))));
}

#[test]
fn the_number_of_parameters_is_checked() {
    let conn = open();
    let message = |sql: &str, params: &dyn Fn(&str) -> Error| params(sql).to_string();
    let two = |sql: &str| texts(&conn, sql, (1, 2)).unwrap_err();
    assert_eq!(
        message("SELECT ?1, ?2, ?3", &two),
        "the statement has 3 parameters, and 2 were given: `SELECT ?1, ?2, ?3`"
    );
    assert_eq!(
        message("SELECT\n  ?1", &two),
        "the statement has 1 parameter, and 2 were given: `SELECT ?1`"
    );
    assert!(matches!(
        two("SELECT ?5"),
        Error::ParameterCount {
            expected: 5,
            given: 2,
            ..
        }
    ));
    for error in [
        texts(&conn, "SELECT ?1", ()).unwrap_err(),
        texts(&conn, "SELECT ?1", [0; 0]).unwrap_err(),
        texts(&conn, "SELECT 1", [1]).unwrap_err(),
        texts(&conn, "SELECT 1", params![1]).unwrap_err(),
    ] {
        assert!(matches!(error, Error::ParameterCount { .. }), "{error}");
    }
    // Long SQL does not make a long message.
    let long = format!("SELECT ?1 -- {}", "comment ".repeat(100));
    let message = texts(&conn, &long, ()).unwrap_err().to_string();
    assert!(message.len() < 200, "{message}");
}

#[test]
fn an_unknown_name_is_an_error() {
    let conn = open();
    let error = texts(&conn, "SELECT :a, @b", named_params! {"a": 1}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the statement has no parameter `a` (names include `:`, `@` or `$`): it has `:a`, `@b`"
    );
    let error = texts(&conn, "SELECT 1", [(":a", 1)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the statement has no parameter `:a` (names include `:`, `@` or `$`): it has none"
    );
    // A NUL ends a name for C, and must not find another name.
    assert!(texts(&conn, "SELECT :a", [(":a\0b", 1)]).is_err());
}

#[test]
fn what_a_value_refuses_names_the_parameter() {
    let conn = open();
    let error = texts(&conn, "SELECT ?1, ?2", (1, u64::MAX)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot bind parameter 2: 18446744073709551615 does not fit into SQLite's 64-bit signed INTEGER; store it as \
         TEXT or BLOB"
    );
    let error = texts(&conn, "SELECT :big", [(":big", i128::MIN)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot bind parameter 1 (`:big`): -170141183460469231731687303715884105728 does not fit into SQLite's 64-bit \
         signed INTEGER; store it as TEXT or BLOB"
    );
}

#[test]
fn parameter_numbers_go_up_to_sqlites_limit() {
    let conn = open();
    let mut stmt = conn.prepare("SELECT ?32766").unwrap();
    assert_eq!(stmt.parameter_count(), 32_766);
    let last: i64 = stmt
        .query_row(params_from_iter(1..=32_766), |row| row.get(0))
        .unwrap();
    assert_eq!(last, 32_766);
    // Which others may have compiled to be larger.
    if crate::LINK_MODE == "vendored" {
        let error = conn.prepare("SELECT ?32767").unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable number must be between ?1 and ?32766 (SQLITE_ERROR) at byte 7 of `SELECT ?32767`"
        );
    }
}

/// Binds to a parameter that the statement may not have.
struct At(usize, i64);

impl Params for At {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        binder.bind(self.0, &self.1)
    }
}

#[test]
fn parameters_out_of_range_are_errors() {
    let conn = open();
    assert_eq!(
        texts(&conn, "SELECT ?1", At(1, 7)).unwrap(),
        [Value::Integer(7)]
    );
    for number in [0, 2, 65_536, usize::MAX, 1 << 32, (1 << 32) + 1] {
        let error = texts(&conn, "SELECT ?1", At(number, 7)).unwrap_err();
        assert_eq!(error.code(), Some(Code::Range), "{number}: {error}");
    }
}

#[test]
fn a_value_over_sqlites_limit_is_an_error() {
    let conn = open();
    // Zeroed memory that nobody touches costs nothing.
    let blob = vec![0_u8; 1_000_000_001];
    let error = conn.execute("SELECT ?1", (&blob,)).unwrap_err();
    assert_eq!(error.code(), Some(Code::TooBig));
    assert_eq!(
        error.to_string(),
        "string or blob too big (SQLITE_TOOBIG) in `SELECT ?1`"
    );
    #[cfg(target_pointer_width = "64")]
    {
        drop(blob);
        let beyond_32_bits = vec![0_u8; (1 << 32) + 1];
        let error = conn.execute("SELECT ?1", (&beyond_32_bits,)).unwrap_err();
        assert_eq!(error.code(), Some(Code::TooBig));
    }
}

/// Panics while it is bound, behind a value that was lent.
struct Panics;

impl ToSql for Panics {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        panic!("in to_sql")
    }
}

#[test]
fn a_panic_while_binding_ends_the_loan() {
    let conn = open();
    let mut stmt = conn.prepare("SELECT ?1, ?2").unwrap();
    let text = "lent".repeat(100);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        stmt.execute((&text, Panics)).map(drop)
    }));
    assert!(panicked.is_err());
    drop(text);
    assert_eq!(stmt.expanded_sql().unwrap(), "SELECT NULL, NULL");
}

/// Uses the connection while it is being bound.
struct Reenters<'conn>(&'conn Connection);

impl ToSql for Reenters<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, ToSqlError> {
        self.0.flush_statement_cache();
        self.0.set_statement_cache_capacity(1);
        let count: i64 = self
            .0
            .prepare_cached("SELECT ?1 + ?2")
            .and_then(|mut stmt| stmt.query_row((40, 2), |row| row.get(0)))
            .map_err(ToSqlError::other)?;
        Ok(count.into())
    }
}

#[test]
fn binding_may_use_the_connection() {
    let conn = open();
    let mut stmt = conn.prepare_cached("SELECT ?1 + ?2").unwrap();
    let sum: i64 = stmt
        .query_row((Reenters(&conn), 1), |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 43);
    drop(stmt);
    let sum: i64 = conn
        .prepare_cached("SELECT ?1 + ?2")
        .unwrap()
        .query_row((1, 2), |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 3);
}

// ---- what a statement tells

#[test]
fn columns_and_parameters_are_told() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(10, 2), x)")
        .unwrap();
    let mut stmt = conn
        .prepare("SELECT id, price AS Cost, x, 1 + 1 FROM t WHERE id = :id AND x = ?5")
        .unwrap();
    assert_eq!(stmt.column_count(), 4);
    assert_eq!(stmt.column_names(), ["id", "Cost", "x", "1 + 1"]);
    assert_eq!(stmt.column_name(1).as_deref(), Some("Cost"));
    assert_eq!(stmt.column_name(4), None);
    assert_eq!(stmt.column_name(usize::MAX), None);
    assert_eq!(stmt.column_name(1 << 32), None);
    assert_eq!(stmt.column_index("cost"), Some(1));
    assert_eq!(stmt.column_index("price"), None);
    let types: Vec<_> = stmt.columns().into_iter().map(|c| c.decl_type).collect();
    assert_eq!(
        types,
        [
            Some("INTEGER".to_owned()),
            Some("DECIMAL(10, 2)".to_owned()),
            None,
            None
        ]
    );
    assert_eq!(stmt.parameter_count(), 5);
    assert_eq!(stmt.parameter_index(":id"), Some(1));
    assert_eq!(stmt.parameter_index("id"), None);
    assert_eq!(stmt.parameter_index("?5"), Some(5));
    assert_eq!(stmt.parameter_name(1), Some(":id"));
    assert_eq!(stmt.parameter_name(2), None);
    for none in [0, 6, usize::MAX, (1 << 32) + 1] {
        assert_eq!(stmt.parameter_name(none), None);
    }
    assert!(stmt.is_readonly());
    assert!(stmt.sql().starts_with("SELECT id, price"));
    assert!(stmt.query_row(params![1, 2, 3, 4, 5], |_| Ok(())).is_err());
    assert!(std::ptr::eq(stmt.connection(), &raw const conn));
    assert_eq!(
        format!("{:?}", conn.prepare("SELECT 1").unwrap()),
        "Statement { sql: \"SELECT 1\", .. }"
    );
}

#[test]
fn readonly_and_columns_of_other_statements() {
    needs_sqlite!(3_035_000, "RETURNING");
    let conn = table();
    let stmt = conn.prepare("INSERT INTO t VALUES (1, 'x')").unwrap();
    assert!(!stmt.is_readonly());
    assert_eq!(stmt.column_count(), 0);
    assert!(stmt.columns().is_empty());
    let stmt = conn.prepare("DELETE FROM t RETURNING b").unwrap();
    assert_eq!(stmt.column_names(), ["b"]);
    assert!(conn.prepare("BEGIN").unwrap().is_readonly());
}

#[test]
fn names_that_are_not_utf8_are_shown() {
    let conn = open();
    let stmt = conn
        .prepare("SELECT 1 AS \"ü\", 2 AS \"\", 3 AS \"a\"\"b\"")
        .unwrap();
    assert_eq!(stmt.column_names(), ["ü", "", "a\"b"]);
}

#[test]
fn expanded_sql_has_the_values() {
    let conn = open();
    let mut stmt = conn.prepare("SELECT ?1, ?2, ?3").unwrap();
    assert_eq!(stmt.expanded_sql().unwrap(), "SELECT NULL, NULL, NULL");
    drop(stmt.query(("it's", 1.5, [1_u8, 255].as_slice())).unwrap());
    // Copies stay.
    assert_eq!(stmt.expanded_sql().unwrap(), "SELECT 'it''s', 1.5, x'01ff'");
    stmt.execute((1, 2, 3)).unwrap();
    // Loans do not.
    assert_eq!(stmt.expanded_sql().unwrap(), "SELECT NULL, NULL, NULL");
}

// ---- leaked rows

#[test]
fn leaked_rows_do_not_leave_the_statement_with_freed_memory() {
    let conn = table();
    let mut stmt = conn
        .prepare("SELECT ?1, ?2 UNION ALL SELECT ?2, ?1")
        .unwrap();
    {
        let params = ("text".repeat(1000), vec![7_u8; 5000]);
        let mut rows = stmt.query_borrowed(&params).unwrap();
        rows.next().unwrap().unwrap();
        mem::forget(rows);
    }
    // Here the parameters are gone. Whatever comes next ends the loan first.
    assert_eq!(
        stmt.expanded_sql().unwrap(),
        "SELECT NULL, NULL UNION ALL SELECT NULL, NULL"
    );
    {
        let params = ("text".repeat(1000), vec![7_u8; 5000]);
        let mut rows = stmt.query_borrowed(&params).unwrap();
        rows.next().unwrap().unwrap();
        mem::forget(rows);
    }
    assert_eq!(stmt.column_names(), ["?1", "?2"]);
    let first: i64 = stmt.query_row((1, 2), |row| row.get(0)).unwrap();
    assert_eq!(first, 1);
    {
        let params = ("text".repeat(1000), vec![7_u8; 5000]);
        mem::forget(stmt.query_borrowed(&params).unwrap());
    }
    assert_eq!(stmt.execute((1, 2)).unwrap(), 0);
    {
        let params = ("text".repeat(1000), vec![7_u8; 5000]);
        mem::forget(stmt.query_borrowed(&params).unwrap());
    }
    drop(stmt);
    conn.close().unwrap();
}

#[test]
fn leaked_rows_of_a_cached_statement_do_not_reach_its_next_user() {
    let conn = open();
    let sql = "SELECT length(?1)";
    {
        let mut stmt = conn.prepare_cached(sql).unwrap();
        let text = "text".repeat(1000);
        let params = (&text,);
        let mut rows = stmt.query_borrowed(&params).unwrap();
        rows.next().unwrap().unwrap();
        mem::forget(rows);
    }
    let mut stmt = conn.prepare_cached(sql).unwrap();
    assert_eq!(stmt.expanded_sql().unwrap(), "SELECT length(NULL)");
    let length: i64 = stmt.query_row(["abc"], |row| row.get(0)).unwrap();
    assert_eq!(length, 3);
}

#[test]
fn a_virtual_table_may_keep_an_argument_during_the_execution() {
    let conn = open();
    let list = format!("[{}1]", "1,".repeat(500));
    let mut forms = vec![Value::Text(list.clone())];
    // SQLite's binary form, of which it makes no copy, where the library knows it (from 3.45 on).
    if let Ok(binary) = conn.query_row("SELECT jsonb(?1)", [&list], |row| row.get(0)) {
        forms.push(Value::Blob(binary));
    }
    let mut stmt = conn.prepare("SELECT value FROM json_each(?1)").unwrap();
    for form in forms {
        let params = [form.clone()];
        let mut rows = stmt.query_borrowed(&params).unwrap();
        let mut sum = 0;
        while let Some(row) = rows.next().unwrap() {
            sum += row.get::<_, i64>(0).unwrap();
        }
        drop(rows);
        assert_eq!(sum, 501);
        // In the middle of an execution the values go before the cursor does, copies and loans.
        let mut rows = stmt.query([&form]).unwrap();
        rows.next().unwrap().unwrap();
        drop(rows);
        let mut rows = stmt.query_borrowed(&params).unwrap();
        rows.next().unwrap().unwrap();
        mem::forget(rows);
    }
    drop(stmt);
    conn.close().unwrap();
}

// ---- execution

#[test]
fn execute_counts_the_rows_that_changed() {
    needs_sqlite!(3_035_000, "RETURNING");
    let conn = table();
    let execute = |sql: &str| conn.execute(sql, ()).unwrap();
    assert_eq!(
        execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')"),
        3
    );
    assert_eq!(execute("SELECT * FROM t"), 0);
    assert_eq!(execute("UPDATE t SET b = 'x' WHERE a > 1"), 2);
    assert_eq!(execute("UPDATE t SET b = 'x' WHERE a > 9"), 0);
    assert_eq!(execute("INSERT OR IGNORE INTO t VALUES (1, 'z')"), 0);
    assert_eq!(execute("REPLACE INTO t VALUES (1, 'z')"), 1);
    assert_eq!(execute("UPDATE t SET b = 'y' RETURNING a"), 3);
    assert_eq!(
        execute("WITH w AS (SELECT 1 AS a) DELETE FROM t WHERE a IN w"),
        1
    );
    for none in [
        "CREATE TABLE u AS SELECT * FROM t",
        "CREATE INDEX i ON t (b)",
        "PRAGMA user_version = 7",
        "ALTER TABLE t ADD COLUMN c",
        "ALTER TABLE t RENAME COLUMN c TO d",
        "ANALYZE",
        "SAVEPOINT s",
        "RELEASE s",
        "EXPLAIN DELETE FROM t",
        "DROP TABLE u",
        "REINDEX",
        "VACUUM",
    ] {
        assert_eq!(execute(none), 0, "{none}");
    }
    assert_eq!(execute("DELETE FROM t"), 2);
    assert_eq!(conn.changes(), 2);
}

#[test]
fn execute_leaves_out_what_triggers_and_foreign_keys_change() {
    let conn = table();
    conn.execute_batch(
        "CREATE TABLE log (a);
         CREATE TRIGGER twice AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a), (new.a); END;
         CREATE TABLE child (a REFERENCES t ON DELETE CASCADE);
         CREATE VIEW v AS SELECT a FROM t;
         CREATE TRIGGER through INSTEAD OF INSERT ON v BEGIN INSERT INTO t (a) VALUES (new.a); END",
    )
    .unwrap();
    assert_eq!(
        conn.execute("INSERT INTO t VALUES (1, 'a')", ()).unwrap(),
        1
    );
    assert_eq!(conn.total_changes(), 3);
    conn.execute("INSERT INTO child VALUES (1), (1)", ())
        .unwrap();
    assert_eq!(conn.execute("DELETE FROM t", ()).unwrap(), 1);
    assert_eq!(conn.total_changes(), 8);
    // The view has no rows of its own.
    assert_eq!(conn.execute("INSERT INTO v VALUES (5)", ()).unwrap(), 0);
    let count: i64 = conn
        .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, 1);
}

#[test]
#[cfg(feature = "vendored")]
fn execute_does_not_count_what_a_virtual_table_writes_for_itself() {
    let conn = open();
    let execute = |sql: &str| conn.execute(sql, ()).unwrap();
    assert_eq!(execute("CREATE VIRTUAL TABLE f USING fts5(a)"), 0);
    assert_eq!(execute("INSERT INTO f VALUES ('one'), ('two')"), 2);
    assert_eq!(execute("UPDATE f SET a = 'three' WHERE a MATCH 'two'"), 1);
    assert_eq!(execute("DELETE FROM f"), 2);
    assert_eq!(execute("DROP TABLE f"), 0);
    assert_eq!(
        execute("-- comment\n /* and */ CREATE VIRTUAL TABLE f USING fts5(a)"),
        0
    );
}

#[test]
fn execute_runs_to_the_end() {
    needs_sqlite!(3_035_000, "RETURNING");
    let conn = table();
    // Only a statement that ran to its end commits.
    conn.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b') RETURNING a", ())
        .unwrap();
    assert!(conn.is_autocommit());
    assert_eq!(conn.last_insert_rowid(), 2);
    conn.close().unwrap();
}

#[test]
fn query_row_takes_the_first_and_ends() {
    let mut conn = table();
    let first: i64 = conn
        .query_row("VALUES (1), (2)", (), |row| row.get(0))
        .unwrap();
    assert_eq!(first, 1);
    let error = conn
        .query_row("SELECT 1 WHERE 0", (), |row| row.get::<_, i64>(0))
        .unwrap_err();
    assert!(matches!(error, Error::NoRows));
    assert_eq!(error.to_string(), "the query returned no row");
    // The closure's own error goes through, and the statement is over.
    let error = conn
        .query_row("SELECT 1", (), |_| -> Result<()> {
            Err(Error::other("mine"))
        })
        .unwrap_err();
    assert_eq!(error.to_string(), "mine");
    let tx = conn.transaction().unwrap();
    tx.commit().unwrap();
}

#[test]
fn a_statement_is_used_again_after_an_error() {
    let conn = table();
    let mut stmt = conn.prepare("INSERT INTO t VALUES (?1, ?2)").unwrap();
    assert_eq!(stmt.execute((1, "a")).unwrap(), 1);
    let error = stmt.execute((1, "b")).unwrap_err();
    assert_eq!(error.code(), Some(Code::Constraint));
    assert!(stmt.execute((1,)).is_err());
    assert_eq!(stmt.execute((2, "b")).unwrap(), 1);
    let mut division = conn.prepare("SELECT abs(?1)").unwrap();
    assert!(division.query_row([i64::MIN], |_| Ok(())).is_err());
    let one: i64 = division.query_row([-1], |row| row.get(0)).unwrap();
    assert_eq!(one, 1);
}

// ---- the schema changes

#[test]
fn a_statement_follows_the_schema() {
    needs_sqlite!(3_035_000, "DROP COLUMN");
    let conn = table();
    conn.execute_batch("INSERT INTO t VALUES (1, 'one')")
        .unwrap();
    let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
    assert_eq!(stmt.column_names(), ["a", "b"]);
    conn.execute_batch("ALTER TABLE t ADD COLUMN c DEFAULT 3")
        .unwrap();
    {
        let mut rows = stmt.query(()).unwrap();
        let row = rows.next().unwrap().unwrap();
        assert_eq!(row.column_count(), 3);
        assert_eq!(row.get::<_, i64>("c").unwrap(), 3);
        assert_eq!(row.get::<_, i64>(2).unwrap(), 3);
    }
    assert_eq!(stmt.column_names(), ["a", "b", "c"]);
    conn.execute_batch("ALTER TABLE t DROP COLUMN c; ALTER TABLE t DROP COLUMN b")
        .unwrap();
    {
        let mut rows = stmt.query(()).unwrap();
        let row = rows.next().unwrap().unwrap();
        assert_eq!(row.column_count(), 1);
        assert!(matches!(
            row.get::<_, i64>(1),
            Err(Error::ColumnIndex { index: 1, count: 1 })
        ));
    }
    conn.execute_batch("DROP TABLE t").unwrap();
    let error = stmt.query(()).unwrap().next().unwrap_err();
    assert_eq!(
        error.to_string(),
        "no such table: t (SQLITE_ERROR) in `SELECT * FROM t`"
    );
    conn.execute_batch("CREATE TABLE t (z); INSERT INTO t VALUES ('again')")
        .unwrap();
    let again: String = stmt.query_row((), |row| row.get("z")).unwrap();
    assert_eq!(again, "again");
}

#[test]
fn the_schema_changes_between_binding_and_the_first_step() {
    let conn = table();
    conn.execute_batch("INSERT INTO t VALUES (1, 'one')")
        .unwrap();
    let mut stmt = conn.prepare("SELECT *, ?1 FROM t").unwrap();
    let text = "lent".repeat(50);
    let params = [&text];
    let mut rows = stmt.query_borrowed(&params).unwrap();
    conn.execute_batch("ALTER TABLE t ADD COLUMN c DEFAULT 'new'")
        .unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(row.get::<_, &str>("c").unwrap(), "new");
    assert_eq!(row.get::<_, &str>(3).unwrap(), text);
    assert!(rows.next().unwrap().is_none());
}

#[test]
fn very_long_sql() {
    let conn = open();
    let terms = vec!["1"; 2000].join("+");
    let sql = format!("SELECT {terms}, '{}'", "x".repeat(1_000_000));
    // SQLite's limit on the depth of expressions is 1000, and the message stays short.
    let error = conn.prepare(&sql).unwrap_err();
    assert!(error.to_string().len() < 300, "{error}");
    let sql = format!("SELECT '{}'", "ü".repeat(1_000_000));
    let length: i64 = conn
        .query_row(&format!("SELECT length(({sql}))"), (), |row| row.get(0))
        .unwrap();
    assert_eq!(length, 1_000_000);
}

/// Outside a transaction a statement commits when its execution ends, which for one that returns rows is at its reset.
#[test]
fn a_commit_that_fails_at_the_end_is_reported() {
    needs_sqlite!(3_035_000, "RETURNING");
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE parent (a INTEGER PRIMARY KEY);
         CREATE TABLE child (a REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    )
    .unwrap();
    let sql = "INSERT INTO child VALUES (5), (6) RETURNING a";
    let refused = |error: &Error| error.extended_code() == Some(ExtendedCode::ConstraintForeignKey);

    let error = conn
        .query_row(sql, (), |row| row.get::<_, i64>(0))
        .unwrap_err();
    assert!(refused(&error), "{error}");
    let mut stmt = conn.prepare(sql).unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap();
    let error = rows.close().unwrap_err();
    assert!(refused(&error), "{error}");
    let mut rows = stmt.query_map((), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(rows.next().unwrap().unwrap(), 5);
    let error = rows.close().unwrap_err();
    assert!(refused(&error), "{error}");
    drop(stmt);

    let count: i64 = conn
        .query_row("SELECT count(*) FROM child", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
    conn.execute_batch("INSERT INTO parent VALUES (5), (6)")
        .unwrap();
    let mut stmt = conn.prepare(sql).unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap();
    rows.close().unwrap();
    drop(stmt);
    let count: i64 = conn
        .query_row("SELECT count(*) FROM child", (), |row| row.get(0))
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn parameters_that_are_put_together_at_run_time() {
    let conn = Connection::open_in_memory().unwrap();
    let values: Vec<Box<dyn ToSql>> = vec![Box::new(1), Box::new("two")];
    let sum: String = conn
        .query_row("SELECT ?1 || ?2", &values, |row| row.get(0))
        .unwrap();
    assert_eq!(sum, "1two");
    let named = vec![(":a".to_owned(), 1), (":b".to_owned(), 2)];
    let sum: i64 = conn
        .query_row("SELECT :a + :b", named, |row| row.get(0))
        .unwrap();
    assert_eq!(sum, 3);
}

/// Parameters are NULL where an execution does not bind them, whatever an earlier one has bound.
#[test]
fn parameters_of_before_are_forgotten() {
    let conn = Connection::open_in_memory().unwrap();
    let mut stmt = conn.prepare("SELECT :a, :b, :c").unwrap();
    let mut row = |params: &[(&str, &dyn ToSql)]| {
        stmt.query_row(params, |row| {
            Ok((
                row.get::<_, Option<i64>>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, Option<i64>>(2)?,
            ))
        })
    };
    let all: [(&str, &dyn ToSql); 3] = [(":a", &1), (":b", &2), (":c", &3)];
    assert_eq!(row(&all).unwrap(), (Some(1), Some(2), Some(3)));
    assert_eq!(row(&[(":b", &5)]).unwrap(), (None, Some(5), None));
    assert!(row(&[(":b", &5), (":no", &6)]).is_err());
    assert_eq!(row(&[(":c", &7)]).unwrap(), (None, None, Some(7)));
    assert_eq!(row(&[]).unwrap(), (None, None, None));
    // More than are kept track of one by one.
    let sql = format!("SELECT {}", vec!["?"; 70].join(", "));
    let mut stmt = conn.prepare(&sql).unwrap();
    for _ in 0..2 {
        let numbers = crate::params_from_iter(0..70);
        let last: i64 = stmt.query_row(numbers, |row| row.get(69)).unwrap();
        assert_eq!(last, 69);
    }
}
