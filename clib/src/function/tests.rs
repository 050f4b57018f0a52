//! Batched aggregates, with the kernel and without it.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::callback::aggregate::PORTABLE;
use crate::error::{Code, Error};
use crate::types::ValueRef;

/// Runs a test with each xStep.
fn both(test: impl Fn()) {
    for portable in [false, true] {
        PORTABLE.set(portable);
        test();
    }
    PORTABLE.set(false);
}

/// What a group was given, as text: `integer:1,null,...`. Batches are counted.
struct Show;

impl BatchAggregate for Show {
    type State = (String, usize);
    type Output = String;

    fn init(&self) -> Self::State {
        Default::default()
    }

    fn update(&self, (text, batches): &mut Self::State, rows: &ArgumentBatch<'_>) -> Result<()> {
        *batches += 1;
        assert!(rows.rows() > 0 && rows.rows() <= 1024);
        for row in 0..rows.rows() {
            for argument in 0..rows.arguments() {
                let shown = match rows.values(argument)?.get(row) {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(value) => value.to_string(),
                    ValueRef::Real(value) => format!("{value:?}"),
                    ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
                    ValueRef::Blob(blob) => format!("x'{blob:02x?}'"),
                };
                *text += &shown;
                *text += if argument + 1 == rows.arguments() {
                    ";"
                } else {
                    ","
                };
            }
        }
        Ok(())
    }

    fn finish(&self, (text, _): Self::State) -> Result<String> {
        Ok(text)
    }
}

/// A sum of squares, which counts what was dropped.
struct Squares(Arc<AtomicUsize>);

struct Counted(f64, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Squares {
    fn drop(&mut self) {
        self.0.fetch_add(1_000_000, Ordering::Relaxed);
    }
}

impl BatchAggregate for Squares {
    type State = Counted;
    type Output = f64;

    fn init(&self) -> Counted {
        Counted(0.0, Arc::clone(&self.0))
    }

    fn update(&self, sum: &mut Counted, rows: &ArgumentBatch<'_>) -> Result<()> {
        sum.0 += rows.reals(0)?.values().iter().map(|x| x * x).sum::<f64>();
        Ok(())
    }

    fn finish(&self, sum: Counted) -> Result<f64> {
        Ok(sum.0)
    }
}

fn connection() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    for (name, argument) in [
        ("show", ArgumentType::Any),
        ("show_integer", ArgumentType::Integer),
        ("show_real", ArgumentType::Real),
        ("show_text", ArgumentType::Text),
        ("show_blob", ArgumentType::Blob),
    ] {
        conn.create_batch_aggregate(name, &[argument], Show)
            .unwrap();
    }
    conn.create_batch_aggregate("show", &[ArgumentType::Any, ArgumentType::Any], Show)
        .unwrap();
    conn.create_batch_aggregate("show", &[], Show).unwrap();
    let squares = Squares(Arc::default());
    conn.create_batch_aggregate("squares", &[ArgumentType::Real], squares)
        .unwrap();
    conn
}

fn text(conn: &Connection, sql: &str) -> String {
    conn.query_row(sql, (), |row| row.get(0)).unwrap()
}

#[test]
fn values_of_every_class() {
    both(|| {
        let conn = connection();
        let values = "(VALUES (1), (NULL), (2.5), ('a'), (x'ff'), (''), (zeroblob(2)), (9223372036854775807))";
        assert_eq!(
            text(&conn, &format!("SELECT show(column1) FROM {values}")),
            "1;-;2.5;'a';x'[ff]';'';x'[00, 00]';9223372036854775807;"
        );
        assert_eq!(
            text(
                &conn,
                "SELECT show_integer(column1) FROM (VALUES (1), (NULL), (-2))"
            ),
            "1;-;-2;"
        );
        assert_eq!(
            text(
                &conn,
                "SELECT show_real(column1) FROM (VALUES (1), (NULL), (-2.5), (9007199254740992))"
            ),
            "1.0;-;-2.5;9007199254740992.0;"
        );
        assert_eq!(
            text(
                &conn,
                "SELECT show_text(column1) FROM (VALUES ('a'), (NULL), (''), ('bcd'))"
            ),
            "'a';-;'';'bcd';"
        );
        assert_eq!(
            text(
                &conn,
                "SELECT show_blob(column1) FROM (VALUES (x''), (NULL), (x'0102'))"
            ),
            "x'[]';-;x'[01, 02]';"
        );
        assert_eq!(
            text(
                &conn,
                "SELECT show(column1, column2) FROM (VALUES (1, 'a'), (2, 'b'))"
            ),
            "1,'a';2,'b';"
        );
        assert_eq!(text(&conn, "SELECT show(1) FROM (SELECT 1) WHERE 0"), "");
        assert_eq!(text(&conn, "SELECT show() FROM (VALUES (1), (2))"), "");
    });
}

#[test]
fn values_that_do_not_fit() {
    both(|| {
        let conn = connection();
        let message = |sql: &str| conn.query_row(sql, (), |_| Ok(())).unwrap_err();
        let error = message("SELECT show_integer(column1) FROM (VALUES (1), ('seven'))");
        assert_eq!(
            error.to_string(),
            "argument 1 of show_integer(): expected an integer, found TEXT \"seven\"; CAST it in the query, leave such rows \
             out, or declare the argument as `Any`"
        );
        let Error::Other(inner) = error else { panic!() };
        let inner = inner.downcast::<ArgumentError>().unwrap();
        assert_eq!((inner.argument, inner.expected), (0, ArgumentType::Integer));
        for sql in [
            "SELECT show_integer(1.0)",
            "SELECT show_real('1')",
            "SELECT show_real(9007199254740993)",
            "SELECT show_text(1)",
            "SELECT show_text(x'61')",
            "SELECT show_blob('a')",
        ] {
            assert!(message(sql).to_string().contains("expected"), "{sql}");
        }
        // The connection goes on.
        assert_eq!(text(&conn, "SELECT show_integer(1)"), "1;");
    });
}

#[test]
fn groups_of_every_size() {
    needs_sqlite!(3_035_000, "sqrt()");
    both(|| {
        let conn = connection();
        conn.execute_batch(
            "CREATE TABLE t (g INTEGER, x);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
             INSERT INTO t SELECT CAST(sqrt(i) AS INTEGER), i * 0.5 FROM n;
             INSERT INTO t SELECT 200, 0.25 FROM t LIMIT 5000;",
        )
        .unwrap();
        let mut stmt = conn
            .prepare("SELECT g, squares(x), sum(x * x) FROM t GROUP BY g")
            .unwrap();
        let mut rows = stmt.query(()).unwrap();
        let mut count = 0;
        while let Some(row) = rows.next().unwrap() {
            let (ours, theirs): (f64, f64) = (row.get(1).unwrap(), row.get(2).unwrap());
            assert!((ours - theirs).abs() <= theirs * 1e-12, "{ours} {theirs}");
            count += 1;
        }
        assert_eq!(count, 95);
    });
}

/// The walk over the b-tree against an aggregate of an expression, which is stepped to.
#[test]
fn plain_tables_with_conditions() {
    both(|| {
        let conn = connection();
        conn.execute_batch(
            "CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO t SELECT i, i * 0.5, iif(i % 7 = 0, NULL, 'text ' || i),
                 iif(i % 1000 = 0, zeroblob(9000), x'01') FROM n;",
        )
        .unwrap();
        let rows = if crate::is_slow() { 1100 } else { 5000 };
        conn.execute("DELETE FROM t WHERE i > ?1", [rows]).unwrap();
        conn.execute_batch("ALTER TABLE t ADD COLUMN added DEFAULT 'later'")
            .unwrap();
        for condition in [
            "1",
            "i > 1050",
            "r <= 100",
            "s IS NULL",
            "s > 'text 3' AND i <> 8",
            "i < 0",
            "i % 2 = 0",
            "rowid BETWEEN 900 AND 3000",
        ] {
            for column in ["i", "r", "s", "b", "added", "rowid", "7"] {
                let (walked, stepped): (String, String) = (
                    text(
                        &conn,
                        &format!("SELECT show({column}) FROM t WHERE {condition}"),
                    ),
                    text(
                        &conn,
                        &format!("SELECT show(iif(1, {column}, 0)) FROM t WHERE {condition}"),
                    ),
                );
                assert!(walked == stepped, "{column} where {condition}");
            }
            let all = text(
                &conn,
                &format!("SELECT show(i, s) FROM t WHERE {condition}"),
            );
            let filtered = text(
                &conn,
                &format!("SELECT show(i, s) FILTER (WHERE {condition}) FROM t"),
            );
            assert!(all == filtered, "{condition}");
        }
        assert_eq!(
            text(
                &conn,
                "SELECT show(DISTINCT g) FROM (SELECT i % 3 AS g FROM t ORDER BY i)"
            ),
            "1;2;0;"
        );
        // SQLite has it since 3.44.
        if crate::LINK_MODE == "vendored" {
            assert_eq!(
                text(&conn, "SELECT show(i ORDER BY i DESC) FROM t WHERE i < 4"),
                "3;2;1;"
            );
        }
        let (a, b, c): (f64, f64, i64) = conn
            .query_row(
                "SELECT squares(r), sum(r * r), count(*) FROM t",
                (),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        assert!((a - b).abs() < 1e-3 && c == rows);
    });
}

#[test]
fn window_use_is_refused() {
    let conn = connection();
    let error = conn
        .prepare("SELECT squares(column1) OVER () FROM (VALUES (1))")
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("squares() may not be used as a window function"),
        "{error}"
    );
}

#[test]
fn nothing_leaks() {
    both(|| {
        let dropped = Arc::new(AtomicUsize::new(0));
        let mut conn = Connection::open_in_memory().unwrap();
        conn.create_batch_aggregate(
            "squares",
            &[ArgumentType::Real],
            Squares(Arc::clone(&dropped)),
        )
        .unwrap();
        let take = || dropped.swap(0, Ordering::Relaxed);
        conn.query_row("SELECT squares(1)", (), |_| Ok(())).unwrap();
        assert_eq!(take(), 1);
        {
            // Ended after the first of two groups.
            let mut stmt = conn
                .prepare("SELECT squares(column1) FROM (VALUES (1), (2)) GROUP BY column1")
                .unwrap();
            let mut rows = stmt.query(()).unwrap();
            assert!(rows.next().unwrap().is_some());
        }
        assert_eq!(take(), 1);
        // Fails in the middle of a group.
        let failing = "SELECT squares(column1) FROM (VALUES (1), (2), ('x'))";
        assert!(conn.query_row(failing, (), |_| Ok(())).is_err());
        assert_eq!(take(), 0);
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT squares(iif(i < 3000, i, 'x')) FROM n";
        assert!(conn.query_row(sql, (), |_| Ok(())).is_err());
        assert_eq!(take(), 1);
        // Replaced, and removed.
        conn.create_batch_aggregate(
            "squares",
            &[ArgumentType::Real],
            Squares(Arc::clone(&dropped)),
        )
        .unwrap();
        assert_eq!(take(), 1_000_000);
        conn.remove_function("squares", 1).unwrap();
        assert_eq!(take(), 1_000_000);
        assert!(conn.prepare("SELECT squares(1)").is_err());
        // A name that SQLite refuses, and one that C cannot be told.
        for name in ["x".repeat(256), "a\0b".to_owned()] {
            let squares = Squares(Arc::clone(&dropped));
            assert!(
                conn.create_batch_aggregate(&name, &[ArgumentType::Real], squares)
                    .is_err()
            );
            assert_eq!(take(), 1_000_000);
        }
        let many = [ArgumentType::Real; 2000];
        let squares = Squares(Arc::clone(&dropped));
        assert!(conn.create_batch_aggregate("many", &many, squares).is_err());
        assert_eq!(take(), 1_000_000);
        conn.create_batch_aggregate(
            "squares",
            &[ArgumentType::Real],
            Squares(Arc::clone(&dropped)),
        )
        .unwrap();
        drop(conn);
        assert_eq!(take(), 1_000_000);
    });
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Init,
    Update,
    Finish,
    Output,
    Drop,
}

/// Fails or panics where it is told to.
struct Fails {
    place: Where,
    panics: bool,
}

struct FailsState(bool);

impl Drop for FailsState {
    fn drop(&mut self) {
        assert!(!self.0, "in drop");
    }
}

struct FailsOutput(Option<&'static str>);

impl ToSql for FailsOutput {
    fn to_sql(&self) -> Result<crate::types::ToSqlOutput<'_>, crate::types::ToSqlError> {
        match self.0 {
            Some("panic") => panic!("in Output"),
            Some(_) => Err(crate::types::ToSqlError::other("in Output")),
            None => Ok(ValueRef::Null.into()),
        }
    }
}

impl Fails {
    fn at(&self, place: Where) -> Result<()> {
        if self.place != place {
            return Ok(());
        }
        assert!(!self.panics, "in {place:?}");
        Err(Error::other(format!("in {place:?}")))
    }
}

impl BatchAggregate for Fails {
    type State = FailsState;
    type Output = FailsOutput;

    fn init(&self) -> FailsState {
        if self.panics {
            self.at(Where::Init).unwrap();
        }
        FailsState(self.place == Where::Drop)
    }

    fn update(&self, _: &mut FailsState, _: &ArgumentBatch<'_>) -> Result<()> {
        self.at(Where::Update)
    }

    fn finish(&self, state: FailsState) -> Result<FailsOutput> {
        drop(state);
        self.at(Where::Finish)?;
        let fails = self.place == Where::Output;
        Ok(FailsOutput(fails.then_some(if self.panics {
            "panic"
        } else {
            "error"
        })))
    }
}

fn failing(place: Where, panics: bool) -> Connection {
    let mut conn = connection();
    conn.create_batch_aggregate("fails", &[ArgumentType::Any], Fails { place, panics })
        .unwrap();
    conn.execute_batch(
        "CREATE TABLE t (a);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i FROM n;",
    )
    .unwrap();
    conn
}

#[test]
fn errors_reach_the_caller() {
    both(|| {
        for place in [Where::Update, Where::Finish, Where::Output] {
            let conn = failing(place, false);
            for sql in [
                "SELECT fails(1)",
                "SELECT fails(a) FROM t",
                "SELECT fails(a) FROM t GROUP BY a % 7",
                "INSERT INTO t SELECT fails(a) FROM t",
            ] {
                let error = conn.execute(sql, ()).unwrap_err();
                assert_eq!(error.to_string(), format!("in {place:?}"), "{sql}");
                assert!(matches!(error, Error::Other(_)), "{sql}");
            }
            // Another error afterwards is its own.
            let error = conn.execute("SELECT * FROM nowhere", ()).unwrap_err();
            assert_eq!(error.code(), Some(Code::Error));
        }
    });
}

#[test]
fn panics_reach_the_caller() {
    both(|| {
        for place in [
            Where::Init,
            Where::Update,
            Where::Finish,
            Where::Output,
            Where::Drop,
        ] {
            let conn = failing(place, true);
            for sql in [
                "SELECT fails(1)",
                "SELECT fails(a) FROM t",
                "SELECT fails(a) FROM t WHERE 0",
                "SELECT fails(a) FROM t GROUP BY a % 7",
                "INSERT INTO t SELECT fails(a) FROM t",
            ] {
                if place == Where::Update && sql.ends_with("WHERE 0") {
                    continue;
                }
                let payload = catch_unwind(AssertUnwindSafe(|| conn.execute(sql, ()))).unwrap_err();
                let message = match payload.downcast_ref::<String>() {
                    Some(text) => text.as_str(),
                    None => payload.downcast_ref::<&str>().unwrap(),
                };
                assert!(
                    message.eq_ignore_ascii_case(&format!("in {place:?}")),
                    "{message} {sql}"
                );
            }
            let rows: i64 = conn
                .query_row("SELECT count(*) FROM t", (), |row| row.get(0))
                .unwrap();
            assert_eq!(rows, 3000, "{place:?}");
        }
    });
}

#[test]
fn a_panic_when_a_statement_is_dropped() {
    both(|| {
        let conn = failing(Where::Finish, true);
        // The error comes from the first row's other column, so that the group is finished by the end of the statement.
        let sql = "SELECT fails(a), sum(abs(a - 9223372036854775807 - 3)) FROM t";
        let result = catch_unwind(AssertUnwindSafe(|| conn.execute(sql, ())));
        assert!(result.is_err());
        assert_eq!(text(&conn, "SELECT show(1)"), "1;");
    });
}

#[test]
fn a_destructor_of_the_aggregate_that_panics() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    impl BatchAggregate for Bomb {
        type State = ();
        type Output = i64;
        fn init(&self) {}
        fn update(&self, (): &mut (), _: &ArgumentBatch<'_>) -> Result<()> {
            Ok(())
        }
        fn finish(&self, (): ()) -> Result<i64> {
            Ok(1)
        }
    }
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_batch_aggregate("bomb", &[], Bomb).unwrap();
    let payload = catch_unwind(AssertUnwindSafe(|| conn.remove_function("bomb", 0))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"dropped"));
    conn.create_batch_aggregate("bomb", &[], Bomb).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(conn))).is_err());
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_batch_aggregate("bomb", &[], Bomb).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| conn.close().is_ok())).is_err());
}

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// Uses the connection that runs it: reads with itself, and writes.
struct Reenters;

impl BatchAggregate for Reenters {
    type State = i64;
    type Output = i64;

    fn init(&self) -> i64 {
        0
    }

    fn update(&self, sum: &mut i64, rows: &ArgumentBatch<'_>) -> Result<()> {
        *sum += rows.integers(0)?.values().iter().sum::<i64>();
        CONNECTION.with(|place| {
            let conn = place.borrow();
            let conn = conn.as_ref().unwrap();
            for sql in ["SELECT reenters(1)", "DELETE FROM t"] {
                let error = conn.execute(sql, ()).unwrap_err();
                assert!(
                    matches!(
                        error,
                        Error::InCallback {
                            callback: "function"
                        }
                    ),
                    "{error}"
                );
            }
            Ok(())
        })
    }

    fn finish(&self, sum: i64) -> Result<i64> {
        Ok(sum)
    }
}

#[test]
fn user_code_cannot_use_the_connection() {
    both(|| {
        let mut conn = connection();
        conn.create_batch_aggregate("reenters", &[ArgumentType::Integer], Reenters)
            .unwrap();
        conn.execute_batch(
            "CREATE TABLE t (i INTEGER, s TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO t SELECT i, 'text' FROM n;",
        )
        .unwrap();
        CONNECTION.with(|place| *place.borrow_mut() = Some(conn));
        CONNECTION.with(|place| {
            let conn = place.borrow();
            let conn = conn.as_ref().unwrap();
            let sum: i64 = conn
                .query_row("SELECT reenters(i) FROM t", (), |row| row.get(0))
                .unwrap();
            assert_eq!(sum, 5000 * 5001 / 2);
        });
        CONNECTION.with(|place| place.borrow_mut().take());
    });
}

#[test]
fn progress_and_interrupts_are_seen() {
    let conn = connection();
    let handle = conn.interrupt_handle();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    drop(handle);
    assert_eq!(text(&conn, "SELECT show(a) FROM t"), "1;");
}
