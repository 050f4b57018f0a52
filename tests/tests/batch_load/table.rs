//! The table: whether it is there, its name and its columns.

use super::*;

#[test]
fn each_mode_wants_its_table() {
    let conn = open(
        "CREATE TABLE there (a INTEGER); INSERT INTO there VALUES (0); CREATE VIEW seen AS SELECT a FROM there",
    );
    let one = batch(vec![("a", integers(&[1]))]);
    let upsert = LoadMode::Upsert { key: vec![] };
    for (table, mode, expected) in [
        (
            "new",
            LoadMode::Append,
            "there is no such table: create it, or choose LoadMode::CreateOrAppend",
        ),
        (
            "new",
            upsert.clone(),
            "there is no such table: create it, or choose LoadMode::CreateOrAppend",
        ),
        (
            "there",
            LoadMode::Create,
            "the table exists: choose LoadMode::Append, Replace or Upsert, or another name",
        ),
        (
            "there",
            upsert,
            "the table has no primary key: name the columns of a UNIQUE constraint as the upsert's key",
        ),
        (
            "seen",
            LoadMode::Append,
            "it is a view: load a table that it reads",
        ),
        (
            "seen",
            LoadMode::Replace,
            "it is a view: load a table that it reads",
        ),
    ] {
        let (text, _) = load_error(load(&conn, table, &one, mode));
        assert_eq!(text, format!("loading table `{table}`: {expected}"));
    }
    let (text, _) = load_error(load(
        &conn,
        TableName::in_schema("none", "t"),
        &one,
        LoadMode::Create,
    ));
    assert_eq!(
        text,
        "loading table `none.t`: there is no schema `none`: attach the database first"
    );
    assert!(conn.is_autocommit());
    assert_eq!(tables(&conn), "there");
    for (table, mode, created, expected) in [
        ("THERE", LoadMode::Append, false, "0 1"),
        ("there", LoadMode::CreateOrAppend, false, "0 1 1"),
        ("There", LoadMode::Replace, true, "1"),
        ("new", LoadMode::CreateOrAppend, true, "1"),
        ("newer", LoadMode::Replace, true, "1"),
        ("newest", LoadMode::Create, true, "1"),
    ] {
        let report = load(&conn, table, &one, mode).unwrap();
        assert_eq!(
            (report.rows, report.batches, report.created),
            (1, 1, created)
        );
        assert_eq!(rows(&conn, "a", table), expected);
    }
    assert_eq!(tables(&conn), "new newer newest there");
}

#[test]
fn schemas_are_searched_in_sqlites_order() {
    let conn = open(
        "ATTACH ':memory:' AS aux; CREATE TABLE aux.t (a); CREATE TABLE aux.only (a); CREATE TABLE main.t (a); CREATE TEMP TABLE t (a)",
    );
    let one = batch(vec![("a", integers(&[1]))]);
    load(&conn, "t", &one, LoadMode::Append).unwrap();
    load(&conn, "only", &one, LoadMode::Append).unwrap();
    load(
        &conn,
        TableName::in_schema("aux", "t"),
        &one,
        LoadMode::Append,
    )
    .unwrap();
    load(
        &conn,
        TableName::in_schema("AUX", "created"),
        &one,
        LoadMode::Create,
    )
    .unwrap();
    load(
        &conn,
        TableName::in_schema("temp", "created"),
        &one,
        LoadMode::Create,
    )
    .unwrap();
    // Replaced where it is found, created in main.
    load(&conn, "only", &one, LoadMode::Replace).unwrap();
    load(&conn, "fresh", &one, LoadMode::Replace).unwrap();
    for (table, count) in [
        ("main.t", 0),
        ("temp.t", 1),
        ("aux.t", 1),
        ("aux.only", 1),
        ("aux.created", 1),
        ("temp.created", 1),
        ("main.fresh", 1),
    ] {
        assert_eq!(
            value::<i64>(&conn, &format!("SELECT count(*) FROM {table}")),
            count,
            "{table}"
        );
    }
}

#[test]
fn names_are_quoted() {
    let conn = open("");
    let odd = r#"it's "a" [table]; DROP TABLE x --"#;
    let one = batch(vec![
        (odd, integers(&[1])),
        ("select", integers(&[2])),
        ("", integers(&[3])),
        ("ä", integers(&[4])),
    ]);
    load(&conn, odd, &one, LoadMode::Create).unwrap();
    load(&conn, odd, &one, LoadMode::Append).unwrap();
    load(&conn, odd, &one, LoadMode::Replace).unwrap();
    let batch = conn
        .read_table(odd, &ReadOptions::new())
        .unwrap()
        .next_batch()
        .unwrap()
        .unwrap();
    assert_eq!(batch, one);
}

#[test]
fn columns_are_matched_by_name() {
    let conn = open(
        "CREATE TABLE t (a INTEGER, b TEXT DEFAULT 'none', c AS (a * 2), d AS (a * 3) STORED, e)",
    );
    let some = batch(vec![("E", integers(&[5])), ("A", integers(&[1]))]);
    load(&conn, "t", &some, LoadMode::Append).unwrap();
    let row: (i64, String, i64, i64, i64) = conn
        .query_row("SELECT a, b, c, d, e FROM t", (), |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .unwrap();
    assert_eq!(row, (1, "none".to_owned(), 2, 3, 5));
    let (text, _) = load_error(load(
        &conn,
        "t",
        &batch(vec![("z", integers(&[1]))]),
        LoadMode::Append,
    ));
    assert_eq!(
        text,
        "loading table `t`, column `z`: is not in the table, which has a, b, e"
    );
    for generated in ["c", "D"] {
        let (text, _) = load_error(load(
            &conn,
            "t",
            &batch(vec![(generated, integers(&[1]))]),
            LoadMode::Append,
        ));
        assert_eq!(
            text,
            format!(
                "loading table `t`, column `{generated}`: is a generated column, which SQLite computes: leave it out"
            )
        );
    }
    let twice = batch(vec![("a", integers(&[1])), ("A", integers(&[1]))]);
    let (text, _) = load_error(load(&conn, "t", &twice, LoadMode::Create));
    assert_eq!(
        text,
        "loading table `t`, column `A`: the batches have this column twice (as `a`), and SQLite does not tell ASCII case \
         apart: rename one"
    );
    let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    let (text, _) = load_error(load(&conn, "t", &none, LoadMode::Append));
    assert_eq!(text, "loading table `t`: the batches have no columns");
    assert_eq!(value::<i64>(&conn, "SELECT count(*) FROM t"), 1);
}

#[test]
fn created_tables_say_what_they_hold() {
    clib_tests::needs_sqlite!(3_037_000, "STRICT");
    let conn = open("");
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("day", DataType::Date32, true),
        Field::new("price", DataType::Decimal128(20, 4), true),
        Field::new("nothing", DataType::Null, true),
    ]);
    let empty = RecordBatch::new_empty(Arc::new(schema));
    load(&conn, "t", &empty, LoadMode::Create).unwrap();
    let sql: String = value(&conn, "SELECT sql FROM sqlite_master");
    assert_eq!(
        sql,
        r#"CREATE TABLE "t" ("id" INTEGER NOT NULL, "day" DATE, "price" DECIMAL TEXT(20,4), "nothing")"#
    );
    let options = LoadOptions::new().mode(LoadMode::Replace).strict(true);
    conn.load("t", reader(&[empty]), &options).unwrap();
    let sql: String = value(&conn, "SELECT sql FROM sqlite_master");
    assert_eq!(
        sql,
        r#"CREATE TABLE "t" ("id" INTEGER NOT NULL, "day" TEXT, "price" TEXT, "nothing" ANY) STRICT"#
    );
}

#[test]
fn a_table_without_rowid_is_loaded() {
    let conn = open("CREATE TABLE t (k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID");
    let some = batch(vec![("k", strings(&["b", "a"])), ("v", integers(&[1, 2]))]);
    load(&conn, "t", &some, LoadMode::Append).unwrap();
    assert_eq!(rows(&conn, "k || v", "t"), "a2 b1");
}

#[test]
fn a_table_named_like_a_pragma_is_not_in_the_way() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (n INTEGER); CREATE TABLE pragma_table_xinfo (a); CREATE TABLE pragma_foreign_key_list (a)",
    )
    .unwrap();
    conn.load("t", reader(&[numbers(&[1])]), &LoadOptions::new())
        .unwrap();
    assert_eq!(count(&conn, "t"), 1);
}

#[test]
fn errors_name_the_table_as_the_caller_does() {
    let conn = open("CREATE TABLE \"a.b\" (n INTEGER UNIQUE); INSERT INTO \"a.b\" VALUES (1)");
    let (text, error) = load_error(load(&conn, "a.b", &numbers(&[1]), LoadMode::Append));
    assert_eq!(error.column.as_deref(), Some("n"), "{text}");

    let field = Field::new("n", DataType::Int64, false);
    let schema = Arc::new(Schema::new(vec![field]));
    let options = LoadOptions::new().mode(LoadMode::Replace);
    let mut loader = conn.loader("a.b", schema.clone(), &options).unwrap();
    // Arrow itself does not look at what a batch made so holds.
    let null = Int64Array::from(vec![None::<i64>]);
    let nullable = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
    let batch = RecordBatch::try_new(nullable, vec![Arc::new(null)]).unwrap();
    let (text, _) = load_error(loader.append(&batch));
    assert_eq!(
        text,
        "loading table `a.b`, row 1, column `n`: NOT NULL constraint failed: a.b.n (SQLITE_CONSTRAINT_NOTNULL)"
    );
}
