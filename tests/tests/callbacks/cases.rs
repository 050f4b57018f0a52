//! What does not fit the table: errors and panics that meet others, transactions, and what each kind is told.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use clib::{
    Action, Aggregate, AuthAction, Authorization, Code, Connection, Context, Error, FromSql,
    FunctionFlags, Result, TraceEvent, TraceEvents,
};

use super::probe::{Bomb, CONNECTION};

const PLAIN: FunctionFlags = FunctionFlags::empty();

fn open() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE t (a INTEGER, s TEXT); INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')")
        .unwrap();
    conn
}

fn count(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM t", (), |row| row.get(0))
        .unwrap()
}

fn panics<T>(f: impl FnOnce() -> T) -> Box<dyn std::any::Any + Send> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("no panic"),
        Err(payload) => payload,
    }
}

/// Fails in `finish`, and in `step` where it is told to.
struct Fails(&'static str, bool);

impl Aggregate for Fails {
    type State = ();
    type Output = i64;

    fn init(&self) -> Result<()> {
        Ok(())
    }

    fn step(&self, (): &mut (), _: &Context<'_>) -> Result<()> {
        if self.1 {
            return Err(Error::other(self.0));
        }
        Ok(())
    }

    fn finish(&self, (): ()) -> Result<i64> {
        Err(Error::other(self.0))
    }
}

/// The second is finished because the first has failed, and fails on that occasion.
#[test]
fn of_two_aggregates_that_fail_the_first_is_reported() {
    let mut conn = open();
    conn.create_aggregate_function("first", 0, PLAIN, Fails("first", true))
        .unwrap();
    conn.create_aggregate_function("second", 0, PLAIN, Fails("second", false))
        .unwrap();
    for sql in [
        "SELECT second(), first() FROM t",
        "SELECT first(), second() FROM t",
        "SELECT second(), second(), first() FROM t",
    ] {
        let error = conn.query_row(sql, (), |_| Ok(())).unwrap_err();
        assert!(matches!(error, Error::Other(_)), "{sql}: {error:?}");
        assert_eq!(error.to_string(), "first", "{sql}");
    }
    // None of them is left for another failure, of that text even.
    conn.create_scalar_function("fails", 0, PLAIN, |_| -> Result<i64> {
        Err(Error::other("second"))
    })
    .unwrap();
    let error = conn
        .query_row("SELECT fails()", (), |_| Ok(()))
        .unwrap_err();
    assert_eq!(error.to_string(), "second");
}

/// A statement within a callback fails, and so do the callback and the outer statement, all with one error.
#[test]
fn an_error_goes_through_two_statements() {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Connection::open(folder.path().join("database")).unwrap();
    conn.query_row("PRAGMA journal_mode = wal", (), |_| Ok(()))
        .unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.create_scalar_function("fails", 0, PLAIN, |_| -> Result<i64> {
        Err(Error::other(std::fmt::Error))
    })
    .unwrap();
    conn.create_scalar_function("explodes", 0, PLAIN, |_| -> Result<i64> { panic_any(7) })
        .unwrap();
    let commits = AtomicUsize::new(0);
    conn.wal_hook(move |_| {
        let commit = commits.fetch_add(1, Ordering::Relaxed);
        CONNECTION.with_borrow(|conn| {
            let conn = conn.as_ref().unwrap();
            if commit == 0 {
                return conn.query_row("SELECT fails()", (), |_| Ok(()));
            }
            // Not this one's.
            assert!(conn.query_row("SELECT fails()", (), |_| Ok(())).is_err());
            conn.query_row("SELECT explodes()", (), |_| Ok(()))
        })
    });
    CONNECTION.set(Some(conn));
    CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        let error = conn.execute("INSERT INTO t VALUES (1)", ()).unwrap_err();
        let Error::Other(inner) = error else {
            panic!("{error:?}")
        };
        assert!(inner.is::<std::fmt::Error>());
        let payload = panics(|| conn.execute("INSERT INTO t VALUES (2)", ()));
        assert_eq!(payload.downcast_ref(), Some(&7));
        assert_eq!(count(conn), 2);
    });
    CONNECTION.take();
}

/// SQLite lets functions do this, and goes on with pointers into a schema that is gone: into the table that is being written, or
/// that a trigger belongs to while it is planned, where a function of a constant is called for the statistics.
#[test]
fn a_function_does_not_replace_the_schema_of_its_statement() {
    let strict = if clib_tests::has_sqlite(3_037_000, "STRICT") {
        "STRICT"
    } else {
        ""
    };
    let setup = format!(
        "
        CREATE TABLE t (a INT) {strict}; CREATE TABLE other (a); INSERT INTO t VALUES (1), (2), (3);
        CREATE TABLE planned (a, b); CREATE INDEX i ON planned (a, b); CREATE TABLE log (a);
        CREATE TRIGGER tr AFTER UPDATE ON planned BEGIN INSERT INTO log VALUES (new.a); END;
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) INSERT INTO planned SELECT i % 20, i FROM n;
        ANALYZE; BEGIN; SAVEPOINT x; CREATE TABLE z (a)"
    );
    for inner in [
        "ALTER TABLE other RENAME TO another",
        "PRAGMA writable_schema = RESET",
        "PRAGMA temp_store = 2",
        "DROP TRIGGER tr",
        "ROLLBACK TO x",
        "ROLLBACK",
        "VACUUM",
        "SELECT 1",
    ] {
        for outer in [
            "UPDATE t SET a = f(a)",
            "INSERT INTO t SELECT f(a) FROM t",
            "UPDATE planned SET b = 1 WHERE a = f(5) AND b > f(17)",
        ] {
            let mut conn = Connection::open_in_memory().unwrap();
            conn.create_scalar_function("f", 1, FunctionFlags::DETERMINISTIC, move |context| {
                let done =
                    CONNECTION.with_borrow(|conn| conn.as_ref().unwrap().execute_batch(inner));
                let error = done.unwrap_err();
                assert!(
                    matches!(
                        error,
                        Error::InCallback {
                            callback: "function"
                        }
                    ),
                    "{error}"
                );
                context.get::<i64>(0)
            })
            .unwrap();
            conn.update_hook(|_, _, _, _| ());
            conn.execute_batch(&setup).unwrap();
            CONNECTION.set(Some(conn));
            CONNECTION.with_borrow(|conn| conn.as_ref().unwrap().execute(outer, ()).unwrap());
            let conn = CONNECTION.take().unwrap();
            conn.execute_batch("COMMIT").unwrap();
            assert_eq!(
                conn.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0))
                    .unwrap(),
                "ok"
            );
        }
    }
}

/// An error of SQLite's that a function passes on keeps its kind.
#[test]
fn an_error_of_sqlite_s_goes_through() {
    let mut conn = open();
    conn.create_scalar_function("busy", 0, PLAIN, |_| -> Result<i64> {
        let other = Connection::open_in_memory()?;
        other.query_row("SELECT * FROM nowhere", (), |row| row.get(0))
    })
    .unwrap();
    let error = conn.query_row("SELECT busy()", (), |_| Ok(())).unwrap_err();
    assert_eq!(error.code(), Some(Code::Error));
    assert_eq!(
        error.sqlite().unwrap().sql.as_deref(),
        Some("SELECT * FROM nowhere")
    );
}

#[test]
fn a_commit_hook_tells_its_error() {
    let mut conn = open();
    conn.commit_hook(|| Err(Error::other(std::fmt::Error)));
    let error = conn.execute("DELETE FROM t", ()).unwrap_err();
    assert!(matches!(error, Error::Other(inner) if inner.is::<std::fmt::Error>()));
    let tx = conn.transaction().unwrap();
    tx.execute("DELETE FROM t", ()).unwrap();
    let error = tx.commit().unwrap_err();
    assert!(matches!(error, Error::Other(inner) if inner.is::<std::fmt::Error>()));
    assert!(conn.is_autocommit());
    assert_eq!(count(&conn), 3);
}

/// In a transaction of the caller's, who catches the panic and goes on.
#[test]
fn a_doomed_transaction_does_not_commit() {
    for with_hooks in [false, true] {
        let mut conn = open();
        let commits = Arc::new(AtomicUsize::new(0));
        let rollbacks = Arc::new(AtomicUsize::new(0));
        if with_hooks {
            let counts = Arc::clone(&commits);
            conn.commit_hook(move || {
                counts.fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
        }
        conn.update_hook(|_, _, _, rowid| assert!(rowid != 5, "five"));
        if with_hooks {
            let counts = Arc::clone(&rollbacks);
            conn.rollback_hook(move || {
                counts.fetch_add(1, Ordering::Relaxed);
            });
        }
        conn.execute_batch("BEGIN; INSERT INTO t VALUES (4, 'four')")
            .unwrap();
        panics(|| conn.execute("INSERT INTO t VALUES (5, 'five')", ()));
        // SQLite may have seen the interrupt, and rolled back.
        if !conn.is_autocommit() {
            conn.execute_batch("INSERT INTO t VALUES (6, 'six')")
                .unwrap();
            let error = conn.execute_batch("COMMIT").unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::TransactionDoomed {
                        callback: "update hook"
                    }
                ),
                "{error:?}"
            );
        }
        assert!(conn.is_autocommit());
        assert_eq!(count(&conn), 3);
        conn.execute("INSERT INTO t VALUES (4, 'four')", ())
            .unwrap();
        assert_eq!(count(&conn), 4);
        if with_hooks {
            assert_eq!(commits.load(Ordering::Relaxed), 1);
            assert_eq!(rollbacks.load(Ordering::Relaxed), 1);
        }
        conn.remove_commit_hook();
        conn.remove_rollback_hook();
        // Still guarded.
        panics(|| conn.execute("INSERT INTO t VALUES (5, 'five')", ()));
        assert_eq!(count(&conn), 4);
    }
}

/// A callback that panics when the transaction has just begun.
#[test]
fn a_transaction_that_panics_when_it_begins_is_rolled_back() {
    let mut conn = open();
    let begins = |conn: &mut Connection, text: &'static str| {
        conn.trace(TraceEvents::STATEMENT, move |event| {
            if let TraceEvent::Statement { statement, .. } = event {
                assert!(!statement.sql().starts_with(text), "begun");
            }
        })
        .unwrap();
    };
    begins(&mut conn, "BEGIN");
    panics(|| conn.transaction().map(drop));
    assert!(conn.is_autocommit());
    begins(&mut conn, "SAVEPOINT");
    panics(|| conn.savepoint().map(drop));
    assert!(conn.is_autocommit());
    // One that is there already is somebody else's.
    begins(&mut conn, "none");
    conn.execute_batch("BEGIN; DELETE FROM t").unwrap();
    assert!(conn.transaction().is_err());
    assert!(!conn.is_autocommit());
    begins(&mut conn, "BEGIN");
    panics(|| conn.transaction().map(drop));
    begins(&mut conn, "SAVEPOINT");
    panics(|| conn.savepoint().map(drop));
    assert!(!conn.is_autocommit());
    conn.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&conn), 0);
}

/// A statement of one row sees no interrupt before it commits.
#[test]
fn a_collation_that_panics_leaves_no_index_out_of_order() {
    thread_local! {
        static FAILS: Cell<bool> = const { Cell::new(false) };
    }
    let mut conn = open();
    conn.create_collation("c", |a, b| {
        assert!(!FAILS.get(), "on purpose");
        a.cmp(b)
    })
    .unwrap();
    conn.execute_batch("CREATE INDEX i ON t (s COLLATE c)")
        .unwrap();
    for sql in [
        "INSERT INTO t VALUES (4, 'four')",
        "UPDATE t SET s = 'zero' WHERE a = 2",
        "DELETE FROM t WHERE a = 2",
        "INSERT INTO t SELECT a + 10, s || 'x' FROM t",
    ] {
        for explicit in [false, true] {
            if explicit {
                conn.execute_batch("BEGIN").unwrap();
            }
            FAILS.set(true);
            let result = catch_unwind(AssertUnwindSafe(|| conn.execute(sql, ())));
            FAILS.set(false);
            if result.is_ok() {
                // It compared nothing.
                assert!(sql.starts_with("DELETE"), "{sql}");
            }
            if explicit && !conn.is_autocommit() {
                let committed = conn.execute_batch("COMMIT");
                assert!(committed.is_err() || result.is_ok(), "{sql}");
            }
            assert!(conn.is_autocommit());
            let check: String = conn
                .query_row("PRAGMA integrity_check", (), |row| row.get(0))
                .unwrap();
            assert_eq!(check, "ok", "{sql}");
            if result.is_err() {
                let all: String = conn
                    .query_row("SELECT group_concat(s) FROM t NOT INDEXED", (), |row| {
                        row.get(0)
                    })
                    .unwrap();
                assert_eq!(all, "one,two,three", "{sql}");
            } else {
                conn.execute_batch(
                    "DELETE FROM t; INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')",
                )
                .unwrap();
            }
        }
    }
}

/// Destructors that panic, when everything is: at the end of the connection, one after the other.
#[test]
fn destructors_that_panic_at_the_end() {
    struct Explodes(Arc<AtomicUsize>);
    impl Drop for Explodes {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
            // The payload explodes too, where it is dropped: the first is not, it comes out.
            panic_any(Bomb(Cell::new(true)));
        }
    }
    for closes in [false, true] {
        let dropped = Arc::new(AtomicUsize::new(0));
        let new = || Explodes(Arc::clone(&dropped));
        let mut conn = open();
        let a = new();
        conn.create_scalar_function("f", 0, PLAIN, move |_| {
            let _a = &a;
            Ok(1)
        })
        .unwrap();
        let b = new();
        conn.create_collation("c", move |x, y| {
            let _b = &b;
            x.cmp(y)
        })
        .unwrap();
        let c = new();
        conn.update_hook(move |_, _, _, _| {
            let _c = &c;
        });
        let d = new();
        conn.trace(TraceEvents::all(), move |_| {
            let _d = &d;
        })
        .unwrap();
        let payload = panics(|| {
            if closes {
                conn.close().unwrap();
            } else {
                drop(conn);
            }
        });
        payload.downcast_ref::<Bomb>().unwrap().0.set(false);
        assert_eq!(dropped.load(Ordering::Relaxed), 4);
    }
}

#[test]
fn functions_stay_out_of_schemas_unless_they_are_let_in() {
    let mut conn = open();
    let register = |conn: &mut Connection, flags| {
        conn.create_typed_function("f", flags, |n: i64| Ok(n * 2))
            .unwrap();
    };
    let flags = FunctionFlags::DETERMINISTIC;
    register(&mut conn, flags);
    conn.execute_batch("CREATE VIEW v AS SELECT f(a) FROM t")
        .unwrap();
    let used =
        |conn: &Connection| conn.query_row("SELECT * FROM v", (), |row| row.get::<_, i64>(0));
    let error = used(&conn).unwrap_err();
    assert!(error.to_string().contains("unsafe use of f()"), "{error}");
    register(&mut conn, flags | FunctionFlags::IN_SCHEMA);
    assert!(used(&conn).is_err());
    conn.execute_batch("PRAGMA trusted_schema = on").unwrap();
    assert_eq!(used(&conn).unwrap(), 2);
    register(&mut conn, flags);
    assert!(used(&conn).is_err());
    conn.execute_batch("PRAGMA trusted_schema = off").unwrap();
    register(&mut conn, flags | FunctionFlags::INNOCUOUS);
    assert_eq!(used(&conn).unwrap(), 2);
    conn.execute_batch("CREATE INDEX i ON t (f(a))").unwrap();
    register(&mut conn, FunctionFlags::INNOCUOUS);
    assert!(conn.execute_batch("CREATE INDEX j ON t (f(a))").is_err());
}

#[test]
fn registrations_that_are_refused() {
    let mut conn = open();
    let value = |_: &Context<'_>| Ok(1);
    for (name, n_args) in [
        ("a\0b".to_owned(), 0),
        ("x".repeat(256), 0),
        ("f".to_owned(), -2),
        ("f".to_owned(), 100_000),
    ] {
        assert!(
            conn.create_scalar_function(&name, n_args, PLAIN, value)
                .is_err(),
            "{n_args}"
        );
    }
    assert!(conn.create_collation("a\0b", |a, b| a.cmp(b)).is_err());
    conn.remove_collation("nothing").unwrap();
    conn.remove_function("nothing", -1).unwrap();
}

#[test]
fn arguments_of_a_call() {
    let mut conn = open();
    conn.create_scalar_function("f", -1, PLAIN, |context| {
        assert_eq!(context.is_empty(), matches!(context.len(), 0));
        assert!(context.get_raw(context.len()).is_err());
        assert!(
            context
                .get_or_create_aux(context.len(), |_| Ok(()))
                .is_err()
        );
        let mut kinds = Vec::new();
        for index in 0..context.len() {
            // Twice, so that what is lent stays what it is.
            let first = context.get_raw(index)?;
            assert_eq!(context.get_raw(index)?, first);
            kinds.push(format!("{:?}", first.kind()));
        }
        Ok(kinds.join(" "))
    })
    .unwrap();
    let kinds: String = conn
        .query_row(
            "SELECT f(1, 2.5, 'x', x'00', NULL, zeroblob(3), '')",
            (),
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kinds, "Integer Real Text Blob Null Blob Text");
    let none: String = conn.query_row("SELECT f()", (), |row| row.get(0)).unwrap();
    assert_eq!(none, "");
    conn.create_typed_function("g", PLAIN, |_: Option<i64>, _: String| Ok(0))
        .unwrap();
    let error = conn
        .query_row("SELECT g(NULL, x'ff')", (), |_| Ok(()))
        .unwrap_err();
    let Error::Argument(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!((error.function.as_str(), error.index), ("g", 1));
    assert!(conn.prepare("SELECT g(1)").is_err());
    // A result beyond SQLite's limit is an error of SQLite's.
    conn.create_scalar_function("h", 0, PLAIN, |_| Ok(vec![0_u8; 1_000_000_001]))
        .unwrap();
    if std::env::var_os("CLIB_TESTS_SLOW").is_none() {
        let error = conn.query_row("SELECT h()", (), |_| Ok(())).unwrap_err();
        assert_eq!(error.code(), Some(Code::TooBig));
    }
}

#[test]
fn auxiliary_data_is_made_once_for_a_constant() {
    let made = Arc::new(AtomicUsize::new(0));
    let mut conn = open();
    let counts = Arc::clone(&made);
    conn.create_scalar_function("f", 2, FunctionFlags::DETERMINISTIC, move |context| {
        let text = context.get_or_create_aux(0, |value| {
            counts.fetch_add(1, Ordering::Relaxed);
            Ok(String::from_sql(value)?)
        })?;
        // Of another type: it is made anew, and replaces the other.
        let length = context.get_or_create_aux(1, |_| Ok(text.len()))?;
        let again = context.get_or_create_aux::<String, _>(1, |_| Ok(text.repeat(2)))?;
        assert_eq!(again.len(), 2 * *length);
        Ok(*length)
    })
    .unwrap();
    let all = |sql: &str| -> i64 { conn.query_row(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(all("SELECT sum(f('constant', a)) FROM t"), 24);
    assert_eq!(made.swap(0, Ordering::Relaxed), 1);
    assert_eq!(all("SELECT sum(f(s, 1)) FROM t"), 11);
    assert_eq!(made.swap(0, Ordering::Relaxed), 3);
}

#[test]
fn texts_that_are_not_utf8_are_compared() {
    let mut conn = open();
    conn.create_collation("c", |a, b| a.len().cmp(&b.len()))
        .unwrap();
    conn.create_collation_bytes("b", |a, b| a.len().cmp(&b.len()))
        .unwrap();
    let equal = |sql: &str| -> bool { conn.query_row(sql, (), |row| row.get(0)).unwrap() };
    // U+FFFD has three bytes.
    assert!(equal("SELECT CAST(x'ff' AS TEXT) = 'abc' COLLATE c"));
    assert!(equal("SELECT CAST(x'ff' AS TEXT) = 'a' COLLATE b"));
    assert!(equal("SELECT '' = '' COLLATE c"));
}

#[test]
fn collations_that_are_asked_for() {
    let asked = Arc::new(AtomicUsize::new(0));
    let mut conn = open();
    let counts = Arc::clone(&asked);
    conn.collation_needed(move |name| {
        counts.fetch_add(1, Ordering::Relaxed);
        match name {
            "fails" => Err(Error::other("it is not for sale")),
            "absent" => Ok(None),
            _ => Ok(Some(clib::Collation::new(|a, b| b.cmp(a)))),
        }
    })
    .unwrap();
    let first = |name: &str| {
        let sql = format!("SELECT s FROM t ORDER BY s COLLATE {name}");
        conn.query_row(&sql, (), |row| row.get::<_, String>(0))
    };
    assert_eq!(first("backwards").unwrap(), "two");
    assert_eq!(first("backwards").unwrap(), "two");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(
        first("fails").unwrap_err().to_string(),
        "it is not for sale"
    );
    let error = first("absent").unwrap_err();
    assert!(error.to_string().contains("no such collation"), "{error}");
    conn.remove_collation("backwards").unwrap();
    conn.remove_collation_needed().unwrap();
    let error = conn
        .prepare("SELECT 'a' = 'b' COLLATE backwards")
        .unwrap_err();
    assert!(error.to_string().contains("no such collation"), "{error}");
}

#[test]
fn what_the_authorizer_is_asked() {
    let mut conn = open();
    conn.execute_batch("CREATE VIEW v AS SELECT a FROM t")
        .unwrap();
    let (sender, asked) = mpsc::channel();
    conn.authorizer(move |context| {
        let _ = sender.send(format!(
            "{:?} {:?} {:?}",
            context.action, context.database_name, context.accessor
        ));
        match context.action {
            AuthAction::Function {
                function_name: "abs",
            } => Authorization::Deny,
            AuthAction::Read {
                column_name: "s", ..
            } => Authorization::Ignore,
            _ => Authorization::Allow,
        }
    })
    .unwrap();
    let row: Option<String> = conn
        .query_row("SELECT s FROM t", (), |row| row.get(0))
        .unwrap();
    assert_eq!(row, None);
    assert!(conn.prepare("SELECT abs(1)").is_err());
    drop(conn.prepare("SELECT a FROM v").unwrap());
    drop(conn.prepare("CREATE TABLE u (x)").unwrap());
    conn.execute_batch("SAVEPOINT here; ROLLBACK TO here; RELEASE here; PRAGMA user_version")
        .unwrap();
    conn.remove_authorizer().unwrap();
    conn.query_row("SELECT abs(1)", (), |_| Ok(())).unwrap();
    let asked: Vec<String> = asked.into_iter().collect();
    for expected in [
        "Select None None",
        "Read { table_name: \"t\", column_name: \"s\" } Some(\"main\") None",
        "Function { function_name: \"abs\" } None None",
        "Read { table_name: \"t\", column_name: \"a\" } Some(\"main\") Some(\"v\")",
        "CreateTable { table_name: \"u\" } Some(\"main\") None",
        "Savepoint { operation: \"BEGIN\", savepoint_name: \"here\" } None None",
        "Pragma { pragma_name: \"user_version\", pragma_value: None } None None",
    ] {
        assert!(
            asked.iter().any(|asked| asked == expected),
            "{expected}: {asked:#?}"
        );
    }
}

#[test]
fn what_the_update_hook_is_told() {
    let mut conn = open();
    let (sender, told) = mpsc::channel();
    conn.update_hook(move |action, schema, table, rowid| {
        let _ = sender.send((action, format!("{schema}.{table}"), rowid));
    });
    conn.execute_batch(
        "INSERT INTO t VALUES (4, 'four'); UPDATE t SET a = 40 WHERE a = 4; DELETE FROM t WHERE a = 40;
         CREATE TEMP TABLE u (x); INSERT INTO u VALUES (1)",
    )
    .unwrap();
    conn.remove_update_hook();
    let told: Vec<_> = told.into_iter().collect();
    let t = || "main.t".to_owned();
    assert_eq!(
        told,
        [
            (Action::Insert, t(), 4),
            (Action::Update, t(), 4),
            (Action::Delete, t(), 4),
            (Action::Insert, "temp.u".to_owned(), 1),
        ]
    );
}

#[test]
fn what_is_traced() {
    let mut conn = open();
    conn.execute_batch(
        "CREATE TABLE log (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END",
    )
    .unwrap();
    let (sender, told) = mpsc::channel();
    conn.trace(TraceEvents::all(), move |event| {
        let _ = sender.send(match event {
            TraceEvent::Statement {
                statement,
                comment: None,
            } => format!("begins: {}", statement.expanded_sql().unwrap()),
            TraceEvent::Statement {
                comment: Some(comment),
                ..
            } => format!("within: {comment}"),
            TraceEvent::Profile { statement, .. } => format!("ends: {}", statement.sql()),
            TraceEvent::Row { statement } => format!("row: {}", statement.sql()),
            other => format!("{other:?}"),
        });
    })
    .unwrap();
    conn.execute("INSERT INTO t VALUES (?1, ?2)", (4, "four"))
        .unwrap();
    conn.query_row("SELECT 1", (), |_| Ok(())).unwrap();
    conn.remove_trace().unwrap();
    let told: Vec<String> = told.into_iter().collect();
    assert!(
        told.contains(&"begins: INSERT INTO t VALUES (4, 'four')".to_owned()),
        "{told:#?}"
    );
    assert!(told.contains(&"within: TRIGGER r".to_owned()), "{told:#?}");
    assert!(
        told.contains(&"ends: INSERT INTO t VALUES (?1, ?2)".to_owned()),
        "{told:#?}"
    );
    assert!(
        told.ends_with(&[
            "begins: SELECT 1".to_owned(),
            "row: SELECT 1".to_owned(),
            "ends: SELECT 1".to_owned()
        ]),
        "{told:#?}"
    );
}

/// It may write, and is called again for that.
#[test]
fn a_wal_hook_that_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = Connection::open(folder.path().join("database")).unwrap();
    conn.query_row("PRAGMA journal_mode = wal", (), |_| Ok(()))
        .unwrap();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.wal_hook(|commit| {
        assert!(commit.pages() > 0);
        let rows = CONNECTION.with_borrow(|conn| -> Result<i64> {
            let conn = conn.as_ref().unwrap();
            let rows = count(conn);
            if rows < 4 {
                conn.execute("INSERT INTO t VALUES (1)", ())?;
            }
            Ok(rows)
        })?;
        if rows >= 4 {
            commit.checkpoint()?;
        }
        Ok(())
    });
    CONNECTION.set(Some(conn));
    CONNECTION.with_borrow(|conn| {
        let conn = conn.as_ref().unwrap();
        conn.execute("INSERT INTO t VALUES (1)", ()).unwrap();
        assert_eq!(count(conn), 4);
    });
    let mut conn = CONNECTION.take().unwrap();
    conn.remove_wal_hook().unwrap();
    conn.execute("INSERT INTO t VALUES (1)", ()).unwrap();
    assert_eq!(count(&conn), 5);
}

/// An interrupt within a function is the statement's end, and no more.
#[test]
fn an_interrupt_from_within() {
    let mut conn = open();
    let handle = conn.interrupt_handle();
    conn.create_scalar_function("stop", 0, PLAIN, move |_| {
        handle.interrupt();
        Ok(1)
    })
    .unwrap();
    let sql =
        "WITH RECURSIVE n(i) AS (SELECT stop() UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    let error = conn.query_row(sql, (), |_| Ok(())).unwrap_err();
    assert!(error.is_interrupt());
    assert_eq!(count(&conn), 3);
}

/// A group's state is dropped where its statement ends early.
#[test]
fn groups_that_are_not_finished_are_dropped() {
    struct Counts(Arc<AtomicUsize>);
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    impl Aggregate for Counts {
        type State = Counted;
        type Output = i64;
        fn init(&self) -> Result<Counted> {
            Ok(Counted(Arc::clone(&self.0)))
        }
        fn step(&self, _: &mut Counted, context: &Context<'_>) -> Result<()> {
            context.get::<i64>(0).map(drop)
        }
        fn finish(&self, _: Counted) -> Result<i64> {
            Ok(1)
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut conn = open();
    conn.create_aggregate_function("f", 1, PLAIN, Counts(Arc::clone(&dropped)))
        .unwrap();
    assert!(
        conn.query_row("SELECT f(s) FROM t", (), |_| Ok(()))
            .is_err()
    );
    assert_eq!(dropped.swap(0, Ordering::Relaxed), 1);
    assert!(
        conn.query_row("SELECT f(iif(a < 3, a, s)) FROM t", (), |_| Ok(()))
            .is_err()
    );
    assert_eq!(dropped.swap(0, Ordering::Relaxed), 1);
    conn.query_row("SELECT f(a) FROM t GROUP BY a", (), |_| Ok(()))
        .unwrap();
    assert_eq!(dropped.swap(0, Ordering::Relaxed), 1);
    conn.query_row("SELECT f(a) FROM t WHERE 0", (), |_| Ok(()))
        .unwrap();
    assert_eq!(dropped.swap(0, Ordering::Relaxed), 1);
}

/// SQLite can sort on threads of its own. A collation is `Send`, not `Sync`: it is called by one.
#[test]
fn collations_stay_on_their_thread() {
    let here = std::thread::current().id();
    let calls = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&calls);
    let mut conn = Connection::open_in_memory().unwrap();
    conn.create_collation("c", move |a, b| {
        assert_eq!(std::thread::current().id(), here);
        counts.fetch_add(1, Ordering::Relaxed);
        a.cmp(b)
    })
    .unwrap();
    let threads = |conn: &Connection| {
        conn.query_row("PRAGMA threads", (), |row| row.get::<_, i64>(0))
            .unwrap()
    };
    conn.execute_batch("PRAGMA threads = 4").unwrap();
    assert_eq!(threads(&conn), 0);
    // Small, so that the sorter writes to files, which is what its threads are for.
    conn.execute_batch("PRAGMA temp_store = file; PRAGMA cache_size = 10; PRAGMA threads = 4")
        .unwrap();
    let rows = if std::env::var_os("CLIB_TESTS_SLOW").is_some() {
        1000
    } else {
        50_000
    };
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         SELECT printf('%d%0100d', i * 7919 % 1000, i) AS s FROM n ORDER BY s COLLATE c"
    );
    let mut stmt = conn.prepare(&sql).unwrap();
    let count = stmt.query_map((), |_| Ok(())).unwrap().map(Result::unwrap);
    assert_eq!(count.count(), rows);
    assert!(calls.load(Ordering::Relaxed) > 1000);
}

/// Some of SQLite's statements run others, and lose the message of their errors.
#[test]
fn an_error_goes_through_a_statement_of_sqlite_s_own() {
    clib_tests::needs_sqlite!(
        3_037_000,
        "check of a new column on the rows that are there"
    );
    let mut conn = Connection::open_in_memory().unwrap();
    let flags = FunctionFlags::DETERMINISTIC | FunctionFlags::INNOCUOUS;
    conn.create_typed_function("f", flags, |_: i64| Err::<i64, _>(Error::other("mine")))
        .unwrap();
    conn.execute_batch("CREATE TABLE u (x); INSERT INTO u VALUES (1)")
        .unwrap();
    for column in [
        "z CHECK (f(x) > 0)",
        "z NOT NULL GENERATED ALWAYS AS (f(x))",
    ] {
        let error = conn
            .execute_batch(&format!("ALTER TABLE u ADD COLUMN {column}"))
            .unwrap_err();
        assert_eq!(error.to_string(), "mine", "{column}");
    }
    let error = conn
        .execute_batch("ALTER TABLE u ADD COLUMN x")
        .unwrap_err();
    assert_eq!(error.code(), Some(Code::Error));
}
