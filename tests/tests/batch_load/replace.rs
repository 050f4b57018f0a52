//! Replacing tables, and updating rows by key.

use super::*;

#[test]
fn replacing_keeps_the_old_table_until_the_end() {
    let conn = open(
        "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3);
         CREATE INDEX by_a ON t (a);
         CREATE VIEW v AS SELECT sum(a) AS s FROM t;
         CREATE TABLE log (n);
         CREATE TRIGGER noted AFTER INSERT ON log BEGIN DELETE FROM t WHERE a = new.n; END",
    );
    // A failure leaves it as it was, indexes included.
    let schema = batch(vec![("a", integers(&[9]))]).schema();
    let failing = vec![
        Ok(batch(vec![("a", integers(&[9]))])),
        Err(ArrowError::ParseError("bad".to_owned())),
    ];
    let options = LoadOptions::new().mode(LoadMode::Replace);
    conn.load("t", RecordBatchIterator::new(failing, schema), &options)
        .unwrap_err();
    assert_eq!(rows(&conn, "a", "t"), "1 2 3");
    assert_eq!(
        value::<i64>(
            &conn,
            "SELECT count(*) FROM sqlite_master WHERE name = 'by_a'"
        ),
        1
    );
    // A query of the old table can be what replaces it.
    let mut stmt = conn.prepare("SELECT a * 10 AS a FROM t").unwrap();
    let source = stmt
        .query_batches((), &ReadOptions::new().batch_rows(1))
        .unwrap();
    assert_eq!(conn.load("t", source, &options).unwrap().rows, 3);
    assert_eq!(rows(&conn, "a", "t"), "10 20 30");
    // Views and triggers go on by the name.
    assert_eq!(value::<i64>(&conn, "SELECT s FROM v"), 60);
    conn.execute("INSERT INTO log VALUES (20)", ()).unwrap();
    assert_eq!(rows(&conn, "a", "t"), "10 30");
    assert_eq!(tables(&conn), "log t");
    assert_eq!(value::<i64>(&conn, "PRAGMA legacy_alter_table"), 0);
    assert_eq!(value::<String>(&conn, "PRAGMA integrity_check"), "ok");
    // Also within a transaction.
    conn.execute_batch("BEGIN").unwrap();
    load(
        &conn,
        "t",
        &batch(vec![("b", strings(&["x"]))]),
        LoadMode::Replace,
    )
    .unwrap();
    assert_eq!(rows(&conn, "b", "t"), "x");
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(rows(&conn, "a", "t"), "10 30");
}

#[test]
fn a_query_of_the_same_connection_can_be_loaded() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    let options = LoadOptions::new().mode(LoadMode::CreateOrAppend);
    for _ in 0..2 {
        let source = conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap();
        conn.load("copy", source, &options).unwrap();
    }
    assert_eq!(rows(&conn, "a", "copy"), "1 1 2 2");
    assert!(conn.is_autocommit());
    // Its error comes out as its own, and undoes the load.
    conn.execute("INSERT INTO t VALUES ('x')", ()).unwrap();
    let source = conn
        .read_table("t", &ReadOptions::new().batch_rows(1))
        .unwrap();
    let error = conn.load("copy", source, &options).unwrap_err();
    assert!(
        matches!(&error, Error::Mismatch(mismatch) if mismatch.row == 3),
        "{error}"
    );
    assert_eq!(rows(&conn, "a", "copy"), "1 1 2 2");
}

#[test]
fn upsert_updates_by_key() {
    let conn = open(
        "CREATE TABLE t (x TEXT, k INTEGER, v TEXT, PRIMARY KEY (k, x)); INSERT INTO t VALUES ('a', 1, 'old'), ('b', 1, 'old')",
    );
    let some = batch(vec![
        ("v", strings(&["new", "new"])),
        ("K", integers(&[1, 2])),
        ("x", strings(&["a", "a"])),
    ]);
    let report = load(&conn, "t", &some, LoadMode::Upsert { key: vec![] }).unwrap();
    assert_eq!((report.rows, report.created), (2, false));
    assert_eq!(rows(&conn, "x || k || v", "t"), "a1new a2new b1old");
    // By another constraint, which must be there.
    let key = |column: &str| LoadMode::Upsert {
        key: vec![column.to_owned()],
    };
    let (text, _) = load_error(load(&conn, "t", &some, key("v")));
    assert!(
        text.contains("ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"),
        "{text}"
    );
    let (text, _) = load_error(load(&conn, "t", &some, key("z")));
    assert_eq!(
        text,
        "loading table `t`, column `z`: is in the key of the upsert, and not in the batches"
    );
    conn.execute_batch("CREATE TABLE u (k TEXT UNIQUE, n INTEGER DEFAULT 0)")
        .unwrap();
    for n in [1, 2] {
        load(
            &conn,
            "u",
            &batch(vec![("k", strings(&["a"])), ("n", integers(&[n]))]),
            key("K"),
        )
        .unwrap();
    }
    // A row that is all key has nothing to update.
    load(
        &conn,
        "u",
        &batch(vec![("k", strings(&["a", "b"]))]),
        key("k"),
    )
    .unwrap();
    assert_eq!(rows(&conn, "k || n", "u"), "a2 b0");
}

#[test]
fn replacing_leaves_other_tables_alone() {
    for action in ["CASCADE", "SET NULL", "NO ACTION"] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!(
            "CREATE TABLE parent (n INTEGER PRIMARY KEY);
             CREATE TABLE child (p REFERENCES parent ON DELETE {action});
             INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1), (2)"
        ))
        .unwrap();
        let replace = LoadOptions::new().mode(LoadMode::Replace);
        let batch = numbers(&[1, 2]);
        let error = conn
            .load("parent", reader(std::slice::from_ref(&batch)), &replace)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "loading table `parent`: table `child` refers to it by a foreign key, and replacing it would delete or change \
             rows there: delete its rows and append, or set the pragma `foreign_keys` to off for the while"
        );
        let kept: i64 = conn
            .query_row("SELECT count(p) FROM child", (), |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 2, "{action}");
        conn.pragma_set(None, "foreign_keys", 0).unwrap();
        conn.load("parent", reader(std::slice::from_ref(&batch)), &replace)
            .unwrap();
    }
}
