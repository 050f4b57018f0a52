//! Sizes of batches, their memory, and when readers end.

use super::*;

#[test]
fn batches_have_the_rows_asked_for() {
    let conn = open("CREATE TABLE t (a INTEGER)");
    conn.execute_batch("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10) INSERT INTO t SELECT i FROM n")
        .unwrap();
    for (rows, expected) in [
        (1, vec![1; 10]),
        (3, vec![3, 3, 3, 1]),
        (5, vec![5, 5]),
        (10, vec![10]),
        (99, vec![10]),
        (0, vec![1; 10]),
    ] {
        let batches = all(conn
            .read_table("t", &ReadOptions::new().batch_rows(rows))
            .unwrap())
        .unwrap();
        assert_eq!(
            batches
                .iter()
                .map(RecordBatch::num_rows)
                .collect::<Vec<_>>(),
            expected
        );
        let values = batches.iter().flat_map(|batch| {
            batch
                .column(0)
                .as_primitive::<Int64Type>()
                .values()
                .to_vec()
        });
        assert!(values.eq(1..=10));
    }
}

#[test]
fn a_batch_ends_with_the_row_that_reaches_its_bytes() {
    let conn = open(
        "CREATE TABLE t (a BLOB); INSERT INTO t VALUES (zeroblob(10)), (zeroblob(1000)), (zeroblob(10)), (zeroblob(10))",
    );
    let sizes = |bytes| {
        let batches = all(conn
            .read_table("t", &ReadOptions::new().batch_bytes(bytes))
            .unwrap())
        .unwrap();
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(sizes(0), [1, 1, 1, 1]);
    assert_eq!(sizes(100), [2, 2]);
    assert_eq!(sizes(usize::MAX), [4]);
}

#[test]
fn the_text_that_numbers_become_counts() {
    let conn = open("");
    let sizes = |options: ReadOptions| {
        let sql = "WITH RECURSIVE n(v) AS (SELECT 1000000000 UNION ALL SELECT v + 1 FROM n LIMIT 40) SELECT v FROM n";
        let mut stmt = conn.prepare(sql).unwrap();
        let batches = all(stmt.query_batches((), &options).unwrap()).unwrap();
        batches
            .iter()
            .map(RecordBatch::num_rows)
            .collect::<Vec<_>>()
    };
    // 4 bytes of offset and 10 of digits per row.
    let options = ReadOptions::new()
        .schema(schema(&[("v", DataType::Utf8)]))
        .on_mismatch(OnMismatch::Text)
        .batch_bytes(140);
    assert_eq!(sizes(options), [10, 10, 10, 10]);
}

#[test]
fn memory_is_bounded_by_the_batch() {
    let conn = open("CREATE TABLE t (a TEXT)");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000)
         INSERT INTO t SELECT hex(zeroblob(1000)) FROM n",
    )
    .unwrap();
    let options = ReadOptions::new().batch_bytes(100_000);
    for batch in all(conn.read_table("t", &options).unwrap()).unwrap() {
        // Buffers may be twice as large as what is in them.
        assert!(batch.get_array_memory_size() < 2 * 102_000 + 10_000);
    }
}

#[test]
fn a_declared_length_does_not_decide_how_much_memory_is_used() {
    let conn = open("CREATE TABLE t (a BINARY(2000000000), b BINARY(65536))");
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)
         INSERT INTO t SELECT NULL, NULL FROM n",
    )
    .unwrap();
    for policy in [OnMismatch::Error, OnMismatch::Text, OnMismatch::Widen] {
        let options = ReadOptions::new()
            .logical_types(true)
            .on_mismatch(policy)
            .batch_bytes(1 << 20);
        let mut reader = conn.read_table("t", &options).unwrap();
        let types: Vec<_> = reader
            .schema()
            .fields()
            .iter()
            .map(|field| field.data_type().clone())
            .collect();
        assert_eq!(types, [DataType::Binary, DataType::FixedSizeBinary(65_536)]);
        let mut rows = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            assert!(batch.num_rows() <= 16);
            assert!(batch.get_array_memory_size() < 2 << 20);
            rows += batch.num_rows();
        }
        assert_eq!(rows, 300);
    }
}

#[test]
fn readers_are_arrows() {
    fn count(reader: impl arrow_array::RecordBatchReader) -> usize {
        let fields = reader.schema().fields().len();
        let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
        rows * fields
    }
    let conn = open("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4)");
    assert_eq!(count(conn.read_table("t", &ReadOptions::new()).unwrap()), 4);
    let mut stmt = conn.prepare("SELECT a FROM t WHERE a > ?1").unwrap();
    assert_eq!(
        count(stmt.query_batches([1], &ReadOptions::new()).unwrap()),
        1
    );
    // The statement can be used again, with other parameters.
    assert_eq!(
        count(stmt.query_batches([0], &ReadOptions::new()).unwrap()),
        2
    );
    // An error goes through Arrow and comes out as it was.
    conn.execute("INSERT INTO t VALUES ('x', 1)", ()).unwrap();
    let mut reader = conn
        .read_table("t", &ReadOptions::new().batch_rows(2))
        .unwrap();
    let error = reader.find_map(Result::err).unwrap();
    assert!(matches!(&error, ArrowError::ExternalError(_)));
    assert!(matches!(Error::from(error), Error::Mismatch(_)));
    assert!(reader.next().is_none());
}

#[test]
fn dropping_a_reader_ends_its_transaction() {
    let conn = open("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)");
    let mut reader = conn
        .read_table("t", &ReadOptions::new().batch_rows(1))
        .unwrap();
    reader.next_batch().unwrap();
    let error = conn.execute_batch("DROP TABLE t").unwrap_err();
    assert_eq!(error.code(), Some(clib::Code::Locked));
    drop(reader);
    conn.execute_batch("DROP TABLE t").unwrap();
}

#[test]
fn a_statement_of_an_old_schema_is_read_by_the_new_one() {
    let conn = open("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
    conn.execute_batch("ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'new'")
        .unwrap();
    let batches = all(stmt.query_batches((), &ReadOptions::new()).unwrap()).unwrap();
    assert_eq!(texts(batches[0].column(1)), [Some("new")]);
}
