//! The same rows as one thread reads.

use super::*;

#[test]
fn batches_are_those_of_one_thread() {
    let rows = if is_slow() { 500 } else { 5000 };
    let (_dir, _, conn) = file(&numbers(rows));
    for options in [
        small(),
        small().path(ReadPath::Fill),
        small().path(ReadPath::Portable),
        small().batch_rows(1),
        ReadOptions::new(),
        small().batch_bytes(1000),
    ] {
        let expected = single(&conn, "t", &options);
        assert_eq!(expected.num_rows(), rows);
        for n in [1, 2, 3, 8] {
            assert_eq!(several(&conn, "t", &threads(n), &options), expected);
            let any = several(&conn, "t", &threads(n).ordered(false), &options);
            assert_eq!(sorted(&any), expected);
        }
    }
    let reader = conn
        .read_table_parallel("T", &threads(2), &small())
        .unwrap();
    assert_eq!(reader.threads(), 2);
    let expected = match clib::LINK_MODE {
        "vendored" => ReadPath::Scan,
        _ => ReadPath::Portable,
    };
    assert_eq!(reader.plan().path, expected, "{}", reader.plan());
}

#[test]
fn small_tables_need_no_threads() {
    for rows in [0, 1, 7, 50] {
        let (_dir, _, conn) = file("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)");
        for _ in 0..rows {
            conn.execute("INSERT INTO t (a) VALUES (1.5)", ()).unwrap();
        }
        let reader = conn
            .read_table_parallel("t", &threads(8), &ReadOptions::new())
            .unwrap();
        assert_eq!(reader.threads(), 0);
        assert_eq!(
            several(&conn, "t", &threads(8), &ReadOptions::new()),
            single(&conn, "t", &ReadOptions::new())
        );
        // One at a time.
        let options = ReadOptions::new().batch_rows(1);
        assert_eq!(
            several(&conn, "t", &threads(8), &options),
            single(&conn, "t", &options)
        );
    }
}

#[test]
fn extreme_rowids() {
    let (_dir, _, conn) = file("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    let mut stmt = conn.prepare("INSERT INTO t VALUES (?1, 'x')").unwrap();
    for id in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
        stmt.execute([id]).unwrap();
    }
    drop(stmt);
    for rows in 1..9 {
        let options = ReadOptions::new().batch_rows(rows);
        assert_eq!(
            several(&conn, "t", &threads(3), &options),
            single(&conn, "t", &options)
        );
    }
    // And where they are the ends of something larger.
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (VALUES (1000) UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
         INSERT INTO t SELECT i, 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' FROM n",
    )
    .unwrap();
    let expected = single(&conn, "t", &small());
    assert_eq!(several(&conn, "t", &threads(4), &small()), expected);
}

/// How rowids are spread.
fn rowids() -> impl Strategy<Value = Vec<i64>> {
    let cluster = (any::<i64>(), 1i64..5, 0usize..400).prop_map(|(from, step, count)| {
        (0..count as i64)
            .filter_map(|n| from.checked_add(n * step))
            .collect::<Vec<_>>()
    });
    let dense = (-300i64..300, 0usize..1500)
        .prop_map(|(from, count)| (0..count as i64).map(|n| from + n).collect::<Vec<_>>());
    let sparse = proptest::collection::vec(any::<i64>(), 0..300);
    let extreme = proptest::sample::subsequence(
        vec![i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX],
        0..=6,
    );
    (
        proptest::collection::vec(cluster, 0..4),
        dense,
        sparse,
        extreme,
    )
        .prop_map(|(clusters, dense, sparse, extreme)| {
            let mut all: Vec<i64> = clusters.into_iter().flatten().collect();
            all.extend(dense);
            all.extend(sparse);
            all.extend(extreme);
            all
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if is_slow() { 3 } else { 60 }))]
    #[test]
    fn random_tables(
        ids in rowids(),
        deleted in (0i64..10, 1i64..10),
        wal in any::<bool>(),
        page_size in proptest::sample::select(vec![512, 1024, 4096, 65536]),
        length in 0usize..3000,
        n in 1usize..6,
        rows in 1usize..200,
        bytes in 1usize..100_000,
        on_mismatch in proptest::sample::select(vec![OnMismatch::Null, OnMismatch::Text, OnMismatch::Widen]),
        buffered in 1usize..10,
        path in proptest::sample::select(vec![ReadPath::Auto, ReadPath::Fill, ReadPath::Portable]),
    ) {
        let (_dir, _, mut conn) = file(&format!(
            "PRAGMA page_size = {page_size}; CREATE TABLE t (id INTEGER PRIMARY KEY, i INT, s TEXT, r REAL, n NUMERIC, u, g AS (i + 1));"
        ));
        if wal {
            conn.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        }
        let tx = conn.transaction().unwrap();
        let mut stmt = tx.prepare("INSERT OR IGNORE INTO t (id, i, s, r, n, u) VALUES (?1, ?2, ?3, ?4, ?5, ?6)").unwrap();
        for (row, id) in ids.iter().enumerate() {
            let row_number = row as i64;
            let text = "x".repeat(if row % 50 == 0 { length } else { row % 40 });
            stmt.execute((id, row_number % 1000, text, (row % 7 != 0).then_some(row_number as f64 / 4.0), row_number, (row % 3 != 0).then_some(row_number))).unwrap();
        }
        drop(stmt);
        tx.execute("DELETE FROM t WHERE abs(id % 10) BETWEEN ?1 AND ?1 + ?2", deleted).unwrap();
        tx.commit().unwrap();

        let options = ReadOptions::new().batch_rows(rows).batch_bytes(bytes).on_mismatch(on_mismatch)
            .path(path);
        // A type that the first batch has settled may not hold what comes later: the same error then.
        let expected: Result<Vec<_>, _> = conn.read_table("t", &options).and_then(|mut reader| {
            let mut batches = Vec::new();
            while let Some(batch) = reader.next_batch()? {
                batches.push(batch);
            }
            Ok(batches)
        });
        let parallel = threads(n).buffered_batches(buffered);
        let found = conn.read_table_parallel("t", &parallel, &options);
        if let Ok(reader) = &found {
            prop_assert_eq!(reader.not_parallel(), None);
        }
        let found = found.and_then(collect);
        match (expected, found) {
            (Ok(expected), Ok(found)) => {
                let expected = match expected.first() {
                    Some(first) => concat_batches(&first.schema(), &expected).unwrap(),
                    None => { prop_assert!(found.is_empty()); return Ok(()); }
                };
                prop_assert_eq!(concat_batches(&found[0].schema(), &found).unwrap(), expected.clone());
                let any = conn.read_table_parallel("t", &parallel.ordered(false), &options).and_then(collect).unwrap();
                prop_assert_eq!(sorted(&concat_batches(&any[0].schema(), &any).unwrap()), expected);
            }
            (Err(expected), Err(found)) => prop_assert_eq!(expected.to_string(), found.to_string()),
            (expected, found) => panic!("{expected:?}\n{found:?}"),
        }
    }
}

#[test]
fn types_are_settled_by_the_first_batch_of_the_table() {
    let (_dir, _, conn) = file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n, d DATE, m NUMERIC);
         WITH RECURSIVE i(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM i WHERE i < 2000)
         INSERT INTO t SELECT i, iif(i < 100, i, NULL), iif(i < 100, NULL, '2024-02-29'), i FROM i",
    );
    for options in [
        small(),
        small().logical_types(true),
        small().on_mismatch(OnMismatch::Widen),
        small().on_mismatch(OnMismatch::Text),
    ] {
        let expected = single(&conn, "t", &options);
        let found = several(&conn, "t", &threads(3), &options);
        assert_eq!(found.schema(), expected.schema());
        assert_eq!(found, expected);
    }
    let schema = Schema::new(vec![
        Field::new("ID", DataType::UInt32, false),
        Field::new("n", DataType::Utf8View, true),
        Field::new("d", DataType::Date32, true),
        Field::new("m", DataType::Float32, true),
    ]);
    let options = small().schema(schema.into()).on_mismatch(OnMismatch::Text);
    let found = several(&conn, "t", &threads(3), &options);
    assert_eq!(found, single(&conn, "t", &options));
    assert_eq!(found.schema().field(0).data_type(), &DataType::UInt32);
}

#[test]
fn attached_databases_and_quoted_names() {
    let (dir, _, conn) = file("");
    let other = dir.path().join("o'ther \"?#%.db");
    conn.execute("ATTACH ?1 AS \"a \"\"b\"", [other.to_str().unwrap()])
        .unwrap();
    conn.execute_batch(
        "CREATE TABLE \"a \"\"b\".\"t \"\"1\" (id INTEGER PRIMARY KEY, rowid TEXT, a TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO \"t \"\"1\" SELECT i, 'r', 'x' FROM n",
    )
    .unwrap();
    for name in [
        TableName::from("t \"1"),
        TableName::in_schema("a \"b", "T \"1"),
    ] {
        let reader = conn
            .read_table_parallel(name, &threads(2), &small())
            .unwrap();
        assert_eq!((reader.not_parallel(), reader.threads()), (None, 2));
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 3000);
    }
    // A temporary table hides it.
    conn.execute_batch("CREATE TEMP TABLE \"t \"\"1\" (a); INSERT INTO \"t \"\"1\" VALUES (1)")
        .unwrap();
    let reader = conn
        .read_table_parallel("t \"1", &threads(2), &small())
        .unwrap();
    assert_eq!(reader.not_parallel(), Some(NotParallel::NoFile));
    assert_eq!(collect(reader).unwrap()[0].num_rows(), 1);
}

#[test]
fn a_covering_index_changes_nothing() {
    let (_dir, _, conn) = file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
         WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         INSERT INTO t SELECT i, printf('%d', (i * 7919) % 2000) FROM n;
         CREATE INDEX i ON t (a); ANALYZE",
    );
    let batch = several(&conn, "t", &threads(2), &small());
    assert_eq!(sorted(&batch), batch);
}

#[test]
fn uris_are_carried_over() {
    let (_dir, path, conn) = file(&numbers(3000));
    drop(conn);
    let open = |parameters: &str, flags: OpenFlags| {
        let uri = format!("file:{}?{parameters}", path.display());
        Connection::open_with_flags(uri, flags | OpenFlags::URI).unwrap()
    };
    for (parameters, expected) in [
        ("mode=ro", None),
        ("immutable=1", None),
        ("cache=shared", None),
        ("nolock=1", Some(NotParallel::UnknownLocks)),
    ] {
        let conn = open(parameters, OpenFlags::default());
        let reader = conn
            .read_table_parallel("t", &threads(2), &small())
            .unwrap();
        assert_eq!(reader.not_parallel(), expected, "{parameters}");
        assert_eq!(reader.threads(), if expected.is_none() { 2 } else { 0 });
        let rows: usize = collect(reader)
            .unwrap()
            .iter()
            .map(RecordBatch::num_rows)
            .sum();
        assert_eq!(rows, 3000);
    }
    let conn = Connection::open_read_only(&path).unwrap();
    let reader = conn
        .read_table_parallel("t", &threads(2), &small())
        .unwrap();
    assert_eq!((reader.not_parallel(), reader.threads()), (None, 2));
}
