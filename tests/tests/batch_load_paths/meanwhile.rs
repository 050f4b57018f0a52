//! What happens between batches, and beside the load.

use super::*;

#[test]
fn readers_on_the_table_see_their_rows() {
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a INTEGER, b TEXT); CREATE INDEX i ON t (b)")
            .unwrap();
        conn.execute_batch("WITH RECURSIVE n (a) AS (VALUES (1) UNION ALL SELECT a + 1 FROM n WHERE a < 500) INSERT INTO t SELECT a, a FROM n")
            .unwrap();
        let rows = batch(vec![
            ("a", integers(0..300)),
            ("b", strings((0..300).map(|row| format!("x{row}")))),
        ]);
        let mut loader = conn
            .loader("t", rows.schema(), &LoadOptions::new().path(path))
            .unwrap();
        let mut stmt = conn
            .prepare("SELECT rowid FROM t WHERE rowid <= 500")
            .unwrap();
        let mut backwards = conn
            .prepare("SELECT b FROM t INDEXED BY i WHERE b >= 'x' ORDER BY b")
            .unwrap();
        loader.append(&rows).unwrap();
        let mut reading = stmt.query(()).unwrap();
        let mut seen = 0;
        while let Some(row) = reading.next().unwrap() {
            seen += 1;
            assert_eq!(row.get::<_, i64>(0).unwrap(), seen);
            if seen % 100 == 0 {
                loader.append(&rows).unwrap();
                // Through the index: what was just loaded is there.
                let mut found = 0;
                let mut texts = backwards.query(()).unwrap();
                while texts.next().unwrap().is_some() {
                    found += 1;
                }
                assert_eq!(found, 300 * (1 + seen / 100));
            }
        }
        assert_eq!(seen, 500);
        drop(reading);
        assert_eq!(loader.finish().unwrap().rows, 1800);
        assert_eq!(integrity(&conn), ["ok", "ok"]);
    }
}

#[test]
fn statements_between_batches_see_whole_tables() {
    let rows = |from: i64| {
        batch(vec![
            ("a", integers(from..from + 100)),
            ("b", integers((from..from + 100).map(|row| row % 7))),
        ])
    };
    for path in PATHS {
        for kept in [true, false] {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch("CREATE TABLE t (a INTEGER UNIQUE, b); CREATE INDEX i ON t (b); CREATE TABLE u (x); BEGIN; INSERT INTO u VALUES (1)")
                .unwrap();
            let mut loader = conn
                .loader("t", rows(0).schema(), &LoadOptions::new().path(path))
                .unwrap();
            loader.append(&rows(0)).unwrap();
            loader.append(&rows(100)).unwrap();
            let count = |sql: &str| conn.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(count("SELECT count(*) FROM t INDEXED BY i WHERE b = 0"), 29);
            loader.append(&rows(200)).unwrap();
            assert_eq!(integrity(&conn), ["ok", "ok"]);
            conn.execute("INSERT INTO t VALUES (-1, 0)", ()).unwrap();
            loader.append(&rows(300)).unwrap();
            // Not unique: some path hears of it now, another one later.
            let refused = kept
                || match loader.append(&rows(-1)) {
                    Err(error) => {
                        assert!(error.to_string().contains("row 401"), "{error}");
                        true
                    }
                    Ok(()) => false,
                };
            if kept {
                assert_eq!(loader.finish().unwrap().rows, 400);
                assert_eq!(count("SELECT count(*) FROM t"), 401);
            } else {
                // The load is undone before anything else looks.
                assert_eq!(count("SELECT count(*) FROM t"), 0);
                assert_eq!(count("SELECT count(*) FROM u"), 1);
                let error = loader.finish().unwrap_err().to_string();
                if !refused {
                    assert!(
                        error.contains("row 401")
                            && error.contains("UNIQUE constraint failed: t.a"),
                        "{error}"
                    );
                }
                // Nothing is in the way of another one.
                let mut again = conn
                    .loader("t", rows(0).schema(), &LoadOptions::new().path(path))
                    .unwrap();
                again.append(&rows(0)).unwrap();
                again.finish().unwrap();
            }
            assert_eq!(integrity(&conn), ["ok", "ok"]);
            assert!(!conn.is_autocommit());
        }
    }
}

#[test]
fn temporary_and_attached_tables() {
    let rows = batch(vec![
        ("a", integers(0..3000)),
        (
            "b",
            strings((0..3000).map(|row| format!("{}", row * 37 % 1000))),
        ),
    ]);
    for schema in ["temp", "aux"] {
        for path in PATHS {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(&format!(
                "ATTACH ':memory:' AS aux; CREATE TABLE t (wrong); CREATE TABLE {schema}.t (a, b); CREATE INDEX {schema}.i ON t (b)"
            ))
            .unwrap();
            let table = clib::TableName::in_schema(schema, "t");
            let mut loader = conn
                .loader(table, rows.schema(), &LoadOptions::new().path(path))
                .unwrap();
            loader.append(&rows).unwrap();
            loader.append(&rows).unwrap();
            let report = loader.finish().unwrap();
            assert_eq!(report.rows, 6000);
            if clib::LINK_MODE == "vendored" {
                assert_eq!(report.path, path);
            }
            let found: i64 = conn
                .query_row(
                    &format!("SELECT count(*) FROM {schema}.t INDEXED BY i WHERE b >= ''"),
                    (),
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(found, 6000);
            let check: String = conn
                .query_row(&format!("PRAGMA {schema}.integrity_check"), (), |row| {
                    row.get(0)
                })
                .unwrap();
            assert_eq!(check, "ok");
        }
    }
}

#[test]
fn schemas_that_change_between_batches() {
    let rows = batch(vec![("a", integers(0..300)), ("b", integers(0..300))]);
    for path in PATHS {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (a, b); CREATE TABLE log (n)")
            .unwrap();
        let mut loader = conn
            .loader("t", rows.schema(), &LoadOptions::new().path(path))
            .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("ALTER TABLE t ADD COLUMN c DEFAULT 'new'")
            .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("CREATE INDEX i ON t (b, c)").unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch(
            "CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.rowid); END",
        )
        .unwrap();
        loader.append(&rows).unwrap();
        conn.execute_batch("DROP TRIGGER r; DROP INDEX i").unwrap();
        loader.append(&rows).unwrap();
        assert_eq!(loader.finish().unwrap().rows, 1500);
        assert_eq!(integrity(&conn), ["ok", "ok"]);
        let facts: String = conn
            .query_row("SELECT (SELECT count(*) || ' ' || sum(c = 'new') FROM t) || ' ' || (SELECT count(*) || ' ' || min(n) FROM log)", (), |row| row.get(0))
            .unwrap();
        assert_eq!(facts, "1500 1500 300 901", "{path:?}");
    }
}

/// A batch that the kernel does not take, between batches that it takes.
#[test]
fn paths_change_between_batches() {
    let dictionary = |keys: Vec<Option<i16>>, values: Vec<&str>| {
        let keys = Int16Array::from(keys);
        let values = Arc::new(StringArray::from(values));
        batch(vec![(
            "x",
            Arc::new(DictionaryArray::new(keys, values)) as ArrayRef,
        )])
    };
    let batches = [
        dictionary(vec![Some(0), Some(1)], vec!["a", "b"]),
        dictionary(vec![None], vec![]),
        dictionary(vec![], vec!["c"]),
        dictionary(vec![Some(0), None, Some(0)], vec!["d"]),
        dictionary(vec![None, None], vec![]),
    ];
    for script in [
        "CREATE TABLE t (x TEXT)",
        "CREATE TABLE t (x TEXT, y AS (x || 1))",
        "CREATE TABLE t (x TEXT); CREATE INDEX i ON t (x)",
    ] {
        same(script, &batches, &LoadOptions::new());
    }
}

/// A statement whose parameters were bound before the load runs at its first step, in the middle of the load: it must see whole
/// indexes, and may end the transaction.
#[test]
fn statements_that_begin_late() {
    for sql in [
        "DELETE FROM t",
        "COMMIT",
        "ROLLBACK",
        "SELECT count(*) FROM t",
    ] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (x UNIQUE, y); CREATE INDEX i ON t (y)")
            .unwrap();
        let mut late = conn.prepare(sql).unwrap();
        let mut rows = late.query(()).unwrap();
        let batch = batch(vec![("x", integers(0..500)), ("y", integers(0..500))]);
        let mut loader = conn
            .loader("t", batch.schema(), &LoadOptions::new())
            .unwrap();
        loader.append(&batch).unwrap();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        let _ = loader.append(&batch);
        let _ = loader.finish();
        assert_eq!(integrity(&conn), ["ok", "ok"], "{sql}");
    }
}

/// That nothing can be written any more is no row's fault.
#[test]
fn a_connection_that_becomes_read_only_between_batches() {
    let rows = batch(vec![("a", integers(0..300)), ("b", integers(0..300))]);
    let modes = [
        LoadMode::Append,
        LoadMode::Upsert {
            key: vec!["a".to_owned()],
        },
    ];
    for script in [
        "CREATE TABLE t (a PRIMARY KEY, b)",
        "CREATE TABLE t (a UNIQUE, b DEFAULT (random()), c)",
    ] {
        for (mode, path) in modes.iter().flat_map(|mode| PATHS.map(|path| (mode, path))) {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(script).unwrap();
            let options = LoadOptions::new().path(path).mode(mode.clone());
            let mut loader = conn.loader("t", rows.schema(), &options).unwrap();
            loader.append(&rows).unwrap();
            conn.execute_batch("PRAGMA query_only = 1").unwrap();
            let Err(Error::Load(error)) = loader.append(&rows) else {
                panic!("{path:?} {script}: nothing is written");
            };
            assert_eq!(
                (error.row, error.column),
                (None, None),
                "{path:?} {mode:?} {script}"
            );
            let code = error.source.unwrap().code();
            assert_eq!(code, Some(Code::ReadOnly), "{path:?} {mode:?} {script}");
        }
    }
}
