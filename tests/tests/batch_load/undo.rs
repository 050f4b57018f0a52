//! All or nothing.

use super::*;

#[test]
fn nothing_of_a_failed_load_remains() {
    let conn = open(
        "CREATE TABLE t (a INTEGER UNIQUE, b TEXT NOT NULL, CHECK (a < 100)); INSERT INTO t VALUES (50, 'old')",
    );
    let good = batch(vec![
        ("a", integers(&[1, 2, 3])),
        ("b", strings(&["x", "y", "z"])),
    ]);
    for (bad, expected, code) in [
        (
            batch(vec![("a", integers(&[4, 50])), ("b", strings(&["x", "y"]))]),
            "loading table `t`, row 5, column `a`: UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE)",
            ExtendedCode::ConstraintUnique,
        ),
        (
            batch(vec![
                ("a", integers(&[4])),
                ("b", Arc::new(StringArray::new_null(1))),
            ]),
            "loading table `t`, row 4, column `b`: NOT NULL constraint failed: t.b (SQLITE_CONSTRAINT_NOTNULL)",
            ExtendedCode::ConstraintNotNull,
        ),
        (
            batch(vec![
                ("a", integers(&[4, 5, 100])),
                ("b", strings(&["x", "y", "z"])),
            ]),
            "loading table `t`, row 6: CHECK constraint failed: a < 100 (SQLITE_CONSTRAINT_CHECK)",
            ExtendedCode::ConstraintCheck,
        ),
    ] {
        // In a transaction of its own.
        let (text, error) = load_error(conn.load(
            "t",
            reader(&[good.clone(), bad.clone()]),
            &LoadOptions::new(),
        ));
        assert_eq!(text, expected);
        let error = Error::from(error);
        assert_eq!(
            (error.code(), error.extended_code()),
            (Some(Code::Constraint), Some(code))
        );
        assert!(conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "50");
        // In the caller's, which stays open and keeps what it had.
        conn.execute_batch("BEGIN; INSERT INTO t VALUES (60, 'mine')")
            .unwrap();
        load_error(conn.load(
            "t",
            reader(&[good.clone(), bad.clone()]),
            &LoadOptions::new(),
        ));
        assert!(!conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "50 60");
        conn.load(
            "t",
            reader(std::slice::from_ref(&good)),
            &LoadOptions::new(),
        )
        .unwrap();
        assert!(!conn.is_autocommit());
        assert_eq!(rows(&conn, "a", "t"), "1 2 3 50 60");
        conn.execute_batch("ROLLBACK").unwrap();
        assert_eq!(rows(&conn, "a", "t"), "50");
    }
}

#[test]
fn an_error_of_the_reader_undoes_the_load() {
    let conn = open("CREATE TABLE t (a INTEGER)");
    let good = batch(vec![("a", integers(&[1]))]);
    let schema = good.schema();
    let batches = vec![
        Ok(good),
        Err(ArrowError::ParseError("row 2 has 3 fields".to_owned())),
    ];
    let error = conn
        .load(
            "t",
            RecordBatchIterator::new(batches, schema),
            &LoadOptions::new(),
        )
        .unwrap_err();
    assert_eq!(error.to_string(), "Parser error: row 2 has 3 fields");
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "a", "t"), "");
}

#[test]
fn a_loader_that_is_dropped_undoes_the_load() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (0)");
    let one = batch(vec![("a", integers(&[1]))]);
    for mode in [LoadMode::Append, LoadMode::Replace] {
        let options = LoadOptions::new().mode(mode);
        let mut loader = conn.loader("t", one.schema(), &options).unwrap();
        loader.append(&one).unwrap();
        drop(loader);
        assert!(conn.is_autocommit());
        assert_eq!(
            (rows(&conn, "a", "t"), tables(&conn)),
            ("0".to_owned(), "t".to_owned())
        );
    }
    // One that has failed stays failed.
    let mut loader = conn.loader("t", one.schema(), &LoadOptions::new()).unwrap();
    loader.append(&one).unwrap();
    let (text, _) = load_error(loader.append(&batch(vec![("a", strings(&["x"]))])));
    assert_eq!(
        text,
        "loading table `t`: batch 2 has `a` of type Utf8 where `a` of type Int64 is expected"
    );
    assert!(conn.is_autocommit());
    let failed = "loading table `t`: the load has failed before";
    assert_eq!(load_error(loader.append(&one)).0, failed);
    assert_eq!(load_error(loader.finish()).0, failed);
    assert_eq!(rows(&conn, "a", "t"), "0");
}

#[test]
fn a_loader_whose_savepoint_is_gone_says_so() {
    let one = batch(vec![("a", integers(&[1]))]);
    let begun = |before: &str, during: &str| {
        let conn = open("CREATE TABLE t (a INTEGER)");
        conn.execute_batch(before).unwrap();
        let mut loader = conn.loader("t", one.schema(), &LoadOptions::new()).unwrap();
        loader.append(&one).unwrap();
        conn.execute_batch(during).unwrap();
        let appended = load_error(loader.append(&one)).0;
        let finished = load_error(loader.finish()).0;
        assert_eq!(finished, "loading table `t`: the load has failed before");
        let state = (rows(&conn, "a", "t"), conn.is_autocommit());
        (appended, state)
    };
    let gone = "loading table `t`: the load's savepoint was ended from outside, by a COMMIT, ROLLBACK or RELEASE on the same \
                connection: let the load finish first";
    // Rolled back: nothing is written outside, and a transaction that the caller began since is left alone.
    assert_eq!(
        begun("", "ROLLBACK"),
        (gone.to_owned(), (String::new(), true))
    );
    assert_eq!(
        begun("", "ROLLBACK; BEGIN; INSERT INTO t VALUES (7)"),
        (gone.to_owned(), ("7".to_owned(), false))
    );
    assert_eq!(
        begun("BEGIN; INSERT INTO t VALUES (7)", "ROLLBACK"),
        (gone.to_owned(), (String::new(), true))
    );
    // To a savepoint of the caller's, around the load.
    assert_eq!(
        begun(
            "BEGIN; INSERT INTO t VALUES (7); SAVEPOINT mine",
            "ROLLBACK TO mine"
        ),
        (gone.to_owned(), ("7".to_owned(), false))
    );
    // Committed by the caller, who then has the rows.
    assert_eq!(
        begun("", "COMMIT"),
        (gone.to_owned(), ("1".to_owned(), true))
    );
}

#[test]
fn a_commit_that_fails_undoes_the_load() {
    let conn = open(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    );
    let orphan = batch(vec![("id", integers(&[1]))]);
    let (text, _) = load_error(load(&conn, "child", &orphan, LoadMode::Append));
    assert!(
        text.starts_with("loading table `child`: FOREIGN KEY constraint failed"),
        "{text}"
    );
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "id", "child"), "");
}

/// A reader of the connection that is loaded, which interrupts it before its third batch.
struct Interrupting<'a> {
    reader: clib::BatchReader<'a>,
    handle: clib::InterruptHandle,
    batches: usize,
}

impl Iterator for Interrupting<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.reader.next();
        self.batches += 1;
        if self.batches == 3 {
            // The reader's statement is in the middle of its execution, so the next one fails.
            self.handle.interrupt();
        }
        batch
    }
}

impl RecordBatchReader for Interrupting<'_> {
    fn schema(&self) -> arrow_schema::SchemaRef {
        self.reader.schema()
    }
}

#[test]
fn an_interrupted_load_leaves_nothing() {
    let conn = open(
        "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3), (4), (5); CREATE TABLE copy (a INTEGER)",
    );
    let source = || Interrupting {
        reader: conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap(),
        handle: conn.interrupt_handle(),
        batches: 0,
    };
    let error = conn
        .load("copy", source(), &LoadOptions::new())
        .unwrap_err();
    assert!(error.is_interrupt(), "{error}");
    assert!(conn.is_autocommit());
    assert_eq!(rows(&conn, "a", "copy"), "");
    // The connection goes on working.
    conn.load(
        "copy",
        conn.read_table("t", &ReadOptions::new()).unwrap(),
        &LoadOptions::new(),
    )
    .unwrap();
    assert_eq!(rows(&conn, "a", "copy"), "1 2 3 4 5");
    // In the caller's transaction.
    conn.execute_batch("DELETE FROM copy; BEGIN; INSERT INTO t VALUES (6)")
        .unwrap();
    let error = conn
        .load("copy", source(), &LoadOptions::new())
        .unwrap_err();
    assert!(error.is_interrupt(), "{error}");
    assert_eq!(rows(&conn, "a", "copy"), "");
    assert_eq!(
        (rows(&conn, "a", "t"), conn.is_autocommit()),
        ("1 2 3 4 5 6".to_owned(), false)
    );
}

/// After an interrupt SQLite executes nothing while a statement runs, not even what would undo the load.
#[test]
fn an_interrupted_load_is_undone_though_another_statement_runs() {
    for in_transaction in [false, true] {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t (n INTEGER); CREATE TABLE mine (n INTEGER); INSERT INTO t VALUES (1), (2), (3)")
            .unwrap();
        if in_transaction {
            conn.execute_batch("BEGIN; INSERT INTO mine VALUES (1)")
                .unwrap();
        }
        let mut running = conn
            .read_table("t", &ReadOptions::new().batch_rows(1))
            .unwrap();
        let batch = running.next_batch().unwrap().unwrap();
        let mut loader = conn
            .loader("t", batch.schema(), &LoadOptions::new())
            .unwrap();
        loader.append(&batch).unwrap();
        conn.interrupt_handle().interrupt();
        assert!(loader.append(&batch).is_err());
        drop(loader);
        // Still running: nothing can be undone, and so nothing else is executed.
        let error = conn.execute_batch("COMMIT").unwrap_err();
        assert!(
            error.to_string().starts_with(
                "a load that failed before cannot be undone while other statements run on this connection"
            ),
            "{error}"
        );
        drop(running);
        let committed = conn.execute_batch("COMMIT");
        assert_eq!(committed.is_ok(), in_transaction);
        assert!(conn.is_autocommit());
        assert_eq!(count(&conn, "t"), 3);
        assert_eq!(count(&conn, "mine"), i64::from(in_transaction));
        // And the connection loads again.
        conn.load(
            "t",
            reader(std::slice::from_ref(&batch)),
            &LoadOptions::new(),
        )
        .unwrap();
        assert_eq!(count(&conn, "t"), 4);
    }
}

#[test]
fn one_load_at_a_time() {
    let conn = Connection::open_in_memory().unwrap();
    let batch = numbers(&[1]);
    let create = LoadOptions::new().mode(LoadMode::Create);
    let first = conn.loader("a", batch.schema(), &create).unwrap();
    let error = conn.loader("b", batch.schema(), &create).unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading table `b`: another load on this connection has not ended: finish or drop its loader first"
    );
    // The first one is not disturbed.
    first.finish().unwrap();
    conn.loader("b", batch.schema(), &create)
        .unwrap()
        .finish()
        .unwrap();
    assert_eq!((count(&conn, "a"), count(&conn, "b")), (0, 0));
}

#[test]
fn what_sqlite_rolls_back_besides_is_said() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (n INTEGER UNIQUE ON CONFLICT ROLLBACK); BEGIN; INSERT INTO t VALUES (1)",
    )
    .unwrap();
    let error = conn
        .load("t", reader(&[numbers(&[2, 1])]), &LoadOptions::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "loading table `t`, row 2, column `n`: UNIQUE constraint failed: t.n (SQLITE_CONSTRAINT_UNIQUE); SQLite has rolled \
         back the whole transaction, with what was in it before the load"
    );
    assert!(conn.is_autocommit());
}
