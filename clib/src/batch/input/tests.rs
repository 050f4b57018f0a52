//! Table inputs, with the kernel and without it.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    Float32Array, Float64Array, Int64Array, LargeStringArray, NullArray, RecordBatch, StringArray,
    StringViewArray, TimestampMicrosecondArray, UInt64Array,
};

use super::*;
use crate::types::Value;

/// Runs a test with the kernel and without it.
fn both(test: impl Fn()) {
    for portable in [false, true] {
        PORTABLE.set(portable);
        test();
    }
    PORTABLE.set(false);
}

fn open() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn rows(conn: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut stmt = conn.prepare(sql).unwrap();
    let columns = stmt.column_count();
    stmt.query_map((), |row| (0..columns).map(|i| row.get(i)).collect())
        .unwrap()
        .collect::<Result<_>>()
        .unwrap()
}

fn integers(conn: &Connection, sql: &str) -> Vec<i64> {
    let mut stmt = conn.prepare(sql).unwrap();
    stmt.query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_>>()
        .unwrap()
}

fn plan(conn: &Connection, sql: &str) -> String {
    let mut stmt = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let lines: Vec<String> = stmt
        .query_map((), |row| row.get(3))
        .unwrap()
        .collect::<Result<_>>()
        .unwrap();
    lines.join("; ")
}

/// Batches of every kind of column, some of them slices.
fn batches() -> Vec<RecordBatch> {
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "i",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(-3), Some(4)])),
        ),
        (
            "u",
            Arc::new(UInt64Array::from(vec![1, 2, 3, i64::MAX as u64])),
        ),
        (
            "b",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                None,
                Some(false),
                Some(true),
            ])),
        ),
        (
            "f",
            Arc::new(Float64Array::from(vec![
                Some(0.5),
                None,
                Some(-1e300),
                Some(2.0),
            ])),
        ),
        ("g", Arc::new(Float32Array::from(vec![0.5, 1.0, 2.0, 3.0]))),
        (
            "s",
            Arc::new(StringArray::from(vec![
                Some("a"),
                None,
                Some(""),
                Some("dé"),
            ])),
        ),
        (
            "l",
            Arc::new(LargeStringArray::from(vec!["x", "yy", "zzz", ""])),
        ),
        (
            "v",
            Arc::new(StringViewArray::from(vec![
                Some("short"),
                None,
                Some("longer than twelve bytes"),
                Some(""),
            ])),
        ),
        (
            "x",
            Arc::new(
                FixedSizeBinaryArray::try_from_sparse_iter_with_size(
                    [Some(b"ab"), None, Some(b"cd"), Some(b"ef")].into_iter(),
                    2,
                )
                .unwrap(),
            ),
        ),
        (
            "d",
            Arc::new(Date32Array::from(vec![
                Some(0),
                None,
                Some(19_000),
                Some(1),
            ])),
        ),
        (
            "t",
            Arc::new(TimestampMicrosecondArray::from(vec![
                Some(0),
                Some(1),
                None,
                Some(2),
            ])),
        ),
        (
            "m",
            Arc::new(
                Decimal128Array::from(vec![Some(12345), None, Some(-1), Some(0)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        (
            "k",
            Arc::new(
                vec![Some("one"), Some("two"), None, Some("one")]
                    .into_iter()
                    .collect::<DictionaryArray<Int32Type>>(),
            ),
        ),
        ("n", Arc::new(NullArray::new(4))),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    vec![
        batch.slice(1, 3),
        batch.slice(0, 0),
        batch.slice(3, 1),
        batch.slice(0, 2),
        batch.slice(0, 0),
    ]
}

#[test]
fn every_type_has_the_form_of_a_load() {
    let batches = batches();
    let mut results = Vec::new();
    for portable in [false, true] {
        PORTABLE.set(portable);
        let conn = open();
        let input = conn.table_input("t", &batches).unwrap();
        assert_eq!((input.name(), input.rows()), ("t", 6));
        results.push(rows(&conn, "SELECT rowid, * FROM t"));
        results.push(rows(&conn, "SELECT rowid, * FROM t ORDER BY rowid DESC"));
        results.push(rows(
            &conn,
            "SELECT a.rowid, b.rowid, b.v FROM t a JOIN t b ON a.l = b.l AND a.k IS b.k ORDER BY 1, 2",
        ));
        results.push(rows(
            &conn,
            "SELECT k, count(*), sum(i), max(s) FROM t GROUP BY k",
        ));
        results.push(rows(&conn, "SELECT name, type FROM pragma_table_info('t')"));
    }
    PORTABLE.set(false);
    let portable = results.split_off(results.len() / 2);
    assert_eq!(results, portable);
    assert_eq!(results[0].len(), 6);
}

/// Constraints on ordered columns against the same on the temporary table.
#[test]
fn ordered_columns_are_searched_as_sqlite_compares() {
    let count = if crate::is_slow() { 50 } else { 1000_i32 };
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter(
        (0..count).map(|i| (i >= 10).then_some(i64::from(i / 3))),
    ));
    let reals: ArrayRef = Arc::new(Float64Array::from_iter_values(
        (0..count).map(|i| f64::from(i) * 0.5 - 100.0),
    ));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..count).map(|i| format!("{:04}", i * 2)),
    ));
    let dates: ArrayRef = Arc::new(Date32Array::from_iter_values(0..count));
    let blobs: ArrayRef = Arc::new(arrow_array::BinaryArray::from_iter_values(
        (0..count).map(|i| i.to_be_bytes().split_at(2).1.to_vec()),
    ));
    let unordered: ArrayRef = Arc::new(Int64Array::from_iter_values(
        (0..count).map(|i| i64::from(i * 7919 % 1000)),
    ));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("i", numbers, true),
        ("r", reals, true),
        ("s", texts, true),
        ("d", dates, true),
        ("b", blobs, true),
        ("u", unordered, true),
    ])
    .unwrap();
    let third = batch.num_rows() / 3;
    let batches = [
        batch.slice(0, third),
        batch.slice(third, 1),
        batch.slice(third + 1, batch.num_rows() - third - 1),
    ];
    let (ours, theirs) = (open(), open());
    PORTABLE.set(true);
    let _theirs = theirs.table_input("t", &batches).unwrap();
    PORTABLE.set(false);
    let _ours = ours.table_input("t", &batches).unwrap();
    let values = [
        "NULL",
        "0",
        "5",
        "5.0",
        "5.5",
        "-1",
        "333",
        "1e9",
        "'5'",
        "' 5'",
        "'0004'",
        "'0005'",
        "''",
        "'a'",
        "x'0005'",
        "x''",
        "'1970-01-05'",
        "'1970'",
        "1970",
        "-9223372036854775808",
        "9223372036854775807",
    ];
    for column in ["rowid", "i", "r", "s", "d", "b", "u"] {
        for value in values {
            for operator in ["=", "<", "<=", ">", ">=", "IS", "IS NOT"] {
                for tail in [
                    "",
                    " ORDER BY i, rowid",
                    " ORDER BY rowid DESC",
                    " AND rowid < 500",
                    " COLLATE NOCASE",
                ] {
                    let sql =
                        format!("SELECT rowid FROM t WHERE {column} {operator} {value}{tail}");
                    assert_eq!(integers(&ours, &sql), integers(&theirs, &sql), "{sql}");
                }
            }
        }
        for more in [
            "BETWEEN 5 AND 7",
            "BETWEEN '0004' AND '0100'",
            "IN (5, 7, '0004', NULL, 7, 6.0, x'0009')",
            "IN (SELECT column1 FROM (VALUES (3), (1), (500)))",
            "NOT IN (1, 2)",
            "LIKE '000%'",
            "IS NULL",
            "NOT NULL",
            "+ 0 = 5",
        ] {
            let sql = format!("SELECT rowid FROM t WHERE {column} {more}");
            assert_eq!(integers(&ours, &sql), integers(&theirs, &sql), "{sql}");
        }
        for direction in ["", " DESC"] {
            let sql = format!("SELECT rowid FROM t ORDER BY {column}{direction}, rowid");
            assert_eq!(integers(&ours, &sql), integers(&theirs, &sql), "{sql}");
            let sql = format!("SELECT {column} FROM t ORDER BY {column}{direction}");
            assert_eq!(rows(&ours, &sql), rows(&theirs, &sql), "{sql}");
            let sql = format!("SELECT DISTINCT {column} FROM t ORDER BY {column}{direction}");
            assert_eq!(rows(&ours, &sql), rows(&theirs, &sql), "{sql}");
        }
        let sql = format!("SELECT {column}, count(*) FROM t GROUP BY {column}");
        assert_eq!(rows(&ours, &sql), rows(&theirs, &sql), "{sql}");
        let sql = format!(
            "SELECT a.rowid, b.rowid FROM t a JOIN t b ON a.{column} = b.{column} ORDER BY 1, 2"
        );
        assert_eq!(rows(&ours, &sql), rows(&theirs, &sql), "{sql}");
    }
}

#[test]
fn the_planner_uses_what_is_known() {
    if !raw::kernel_available() {
        // Without the kernel it is a temporary table, which is planned, written and rolled back as one.
        return;
    }
    let conn = open();
    conn.execute_batch(
        "CREATE TABLE big (id INTEGER PRIMARY KEY, name TEXT);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO big SELECT i, i FROM n;
         ANALYZE",
    )
    .unwrap();
    let few = conn.table_input_of("few", vec![3_i64, 7, 5]).unwrap();
    let many = conn
        .table_input_of("many", (0..100_000_i64).collect::<Vec<_>>())
        .unwrap();
    // A few rows drive the join; the table is searched.
    let joined = plan(&conn, "SELECT name FROM big JOIN few ON big.id = few.value");
    assert!(
        joined.starts_with("SCAN few") && joined.contains("SEARCH big"),
        "{joined}"
    );
    // Many ordered ones are searched themselves.
    let joined = plan(
        &conn,
        "SELECT name FROM big JOIN many ON big.name = '77' AND big.id = many.value",
    );
    assert!(joined.starts_with("SCAN big"), "{joined}");
    // No sorting.
    let sorted = plan(&conn, "SELECT value FROM many ORDER BY value");
    assert!(!sorted.contains("TEMP B-TREE"), "{sorted}");
    let sorted = plan(&conn, "SELECT value FROM few ORDER BY value");
    assert!(sorted.contains("TEMP B-TREE"), "{sorted}");
    drop((few, many));
}

#[test]
fn statements_of_every_kind() {
    both(|| {
        let conn = open();
        conn.execute_batch(
            "CREATE TABLE item (id INTEGER PRIMARY KEY, price REAL);
             INSERT INTO item VALUES (1, 1), (2, 2), (3, 3)",
        )
        .unwrap();
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![2, 3, 4]));
        let prices: ArrayRef = Arc::new(Float64Array::from(vec![22.0, 33.0, 44.0]));
        let batch = RecordBatch::try_from_iter([("id", ids), ("price", prices)]).unwrap();
        let input = conn.table_input("new", &[batch]).unwrap();
        let run = |sql: &str| conn.execute(sql, ()).unwrap();
        assert_eq!(
            run("UPDATE item SET price = new.price FROM new WHERE new.id = item.id"),
            2
        );
        assert_eq!(run("DELETE FROM item WHERE id IN (SELECT id FROM new)"), 2);
        assert_eq!(run("INSERT INTO item SELECT * FROM new"), 3);
        assert_eq!(
            run("INSERT INTO item SELECT id - 1, price FROM new WHERE true \
                 ON CONFLICT (id) DO UPDATE SET price = price + excluded.price"),
            3
        );
        assert_eq!(
            rows(&conn, "SELECT * FROM item ORDER BY id"),
            [(1, 22.0), (2, 55.0), (3, 77.0), (4, 44.0)]
                .map(|(id, price)| vec![Value::Integer(id), Value::Real(price)])
                .map(|mut row| {
                    if row[0] == Value::Integer(1) {
                        row[1] = Value::Real(1.0 + 22.0);
                    }
                    row
                })
        );
        input.close().unwrap();
        assert!(conn.prepare("SELECT * FROM new").is_err());
    });
}

#[test]
fn names_that_are_taken() {
    both(|| {
        let conn = open();
        conn.execute_batch(
            "CREATE TABLE t (a); CREATE VIEW w AS SELECT 1; CREATE TEMP TABLE p (a)",
        )
        .unwrap();
        let _ids = conn.table_input_of("ids", vec![1_i64]).unwrap();
        for name in [
            "t",
            "T",
            "w",
            "p",
            "ids",
            "IDS",
            "sqlite_schema",
            "json_each",
            "",
        ] {
            let error = conn.table_input_of(name, vec![1_i64]).unwrap_err();
            assert!(matches!(error, Error::Load(_)), "{name}: {error}");
        }
        assert!(conn.table_input_of("a\0b", vec![1_i64]).is_err());
        let odd = conn.table_input_of("odd \"name\"", vec![1_i64]).unwrap();
        assert_eq!(
            integers(&conn, "SELECT value FROM \"odd \"\"name\"\"\""),
            [1]
        );
        drop(odd);
        assert!(conn.table_input("none", &[]).is_err());
    });
}

#[test]
fn columns_that_are_no_tables_are_refused() {
    both(|| {
        let conn = open();
        let array: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let of = |names: Vec<String>| {
            let columns = names.into_iter().map(|name| (name, array.clone()));
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let many = |count| (0..count).map(|i| format!("c{i}")).collect();
        let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
        for (batch, part) in [
            (none, "no columns"),
            (of(vec!["a".into(), "A".into()]), "twice (as `a`)"),
            (of(vec!["a".into(), "a".into()]), "twice"),
            (of(many(2500)), "at most 2000"),
            (of(many(2001)), "at most 2000"),
        ] {
            let error = conn.table_input("y", &[batch]).unwrap_err();
            assert!(matches!(error, Error::Load(_)), "{error}");
            let message = error.to_string();
            assert!(message.contains(part) && message.contains('y'), "{message}");
            // Nothing is left.
            assert!(conn.prepare("SELECT * FROM y").is_err());
        }
        // Others than ASCII letters are told apart.
        for batch in [of(vec!["ä".into(), "Ä".into()]), of(many(2000))] {
            let _input = conn.table_input("y", &[batch]).unwrap();
            assert_eq!(integers(&conn, "SELECT count(*) FROM y"), [1]);
        }
    });
}

#[test]
fn values_without_a_form_are_refused() {
    both(|| {
        let conn = open();
        let refused: Vec<(ArrayRef, &str)> = vec![
            (Arc::new(UInt64Array::from(vec![1, u64::MAX])), "row 2"),
            (Arc::new(Float64Array::from(vec![0.0, f64::NAN])), "NaN"),
            (Arc::new(Date32Array::from(vec![0, i32::MAX])), "row 2"),
        ];
        for (array, part) in refused {
            let message = conn.table_input_of("t", array).unwrap_err().to_string();
            assert!(
                message.contains(part) && message.contains("`value`"),
                "{message}"
            );
        }
        // Nothing is left.
        conn.table_input_of("t", vec![1_i64]).unwrap();
    });
}

/// Values whose release panics.
fn bombs() -> ArrayRef {
    struct Owner(Vec<u8>);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    impl Drop for Owner {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("released"));
        }
    }
    let owner = Owner(vec![0; 32]);
    let buffer = arrow_buffer::Buffer::from(bytes::Bytes::from_owner(owner));
    let blobs = arrow_buffer::ScalarBuffer::<u8>::new(buffer, 0, 32).into_inner();
    Arc::new(FixedSizeBinaryArray::new(8, blobs, None))
}

#[test]
fn a_panic_when_rows_are_released_comes_out_of_the_call_that_releases_them() {
    if !raw::kernel_available() {
        // A temporary table does not keep the batches.
        return;
    }
    let conn = open();
    let released = |release: &dyn Fn(TableInput<'_>)| {
        let input = conn.table_input_of("t", bombs()).unwrap();
        // A statement in the cache keeps the rows, until the cache is emptied.
        let mut kept = conn.prepare_cached("SELECT count(*) FROM t").unwrap();
        assert_eq!(kept.query_row((), |row| row.get::<_, i64>(0)).unwrap(), 4);
        drop(kept);
        let unwound = std::panic::AssertUnwindSafe(|| release(input));
        let payload = std::panic::catch_unwind(unwound).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"released"));
        // And from no later one.
        assert_eq!(integers(&conn, "SELECT 7"), [7]);
    };
    released(&|input| input.close().unwrap());
    released(&|input| drop(input));
}

#[test]
fn what_a_function_drops_is_taken_away_although_a_release_panics() {
    use std::cell::RefCell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};

    thread_local!(static DROPPED: RefCell<Vec<TableInput<'static>>> = const { RefCell::new(Vec::new()) });
    /// Where the leaked connection is, so that a checker of leaks finds it.
    static LEAKED: AtomicUsize = AtomicUsize::new(0);

    if !raw::kernel_available() {
        // A temporary table does not keep the batches.
        return;
    }
    let mut conn = open();
    let flags = crate::FunctionFlags::default();
    conn.create_typed_function("drops", flags, || Ok(DROPPED.take().len() == 2))
        .unwrap();
    let conn: &'static Connection = Box::leak(Box::new(conn));
    LEAKED.store(
        std::ptr::from_ref(conn).expose_provenance(),
        Ordering::Relaxed,
    );
    let kept = conn.table_input_of("kept", vec![1_i64]).unwrap();
    let bombs = conn.table_input_of("bombs", bombs()).unwrap();
    assert_eq!(integers(conn, "SELECT value FROM kept"), [1]);
    DROPPED.set(vec![kept, bombs]);
    assert_eq!(integers(conn, "SELECT drops()"), [1]);
    let payload = catch_unwind(AssertUnwindSafe(|| conn.execute_batch("SELECT 1"))).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"released"));
    for name in ["kept", "bombs"] {
        let gone = conn.prepare(&format!("SELECT * FROM {name}"));
        assert!(gone.is_err(), "{name} is still there");
    }
}

#[test]
fn a_running_statement_keeps_the_rows() {
    if !raw::kernel_available() {
        // Without the kernel it is a temporary table, which is planned, written and rolled back as one.
        return;
    }
    let conn = open();
    let values: Vec<String> = (0..1000).map(|i| format!("text {i}")).collect();
    let weak;
    {
        let input = {
            let array: ArrayRef = Arc::new(StringArray::from(values.clone()));
            weak = Arc::downgrade(&array);
            conn.table_input_of("t", array).unwrap()
        };
        let mut idle = conn.prepare("SELECT value FROM t").unwrap();
        let mut stmt = conn.prepare("SELECT value FROM t").unwrap();
        let mut rows = stmt.query(()).unwrap();
        let row = rows.next().unwrap().unwrap();
        drop(input);
        assert_eq!(row.get::<_, &str>(0).unwrap(), "text 0");
        let mut count = 1;
        while let Some(row) = rows.next().unwrap() {
            assert_eq!(row.get::<_, &str>(0).unwrap(), values[count]);
            count += 1;
        }
        assert_eq!(count, 1000);
        assert!(weak.upgrade().is_some());
        // One that was not running does not find it, nor another table's rows.
        let error = idle.query(()).unwrap().next().map(drop).unwrap_err();
        assert!(error.to_string().contains("no such table"), "{error}");
        let _other = conn.table_input_of("t", vec![5_i64]).unwrap();
        assert_eq!(
            idle.query(())
                .unwrap()
                .next()
                .unwrap()
                .unwrap()
                .get::<_, i64>(0)
                .unwrap(),
            5
        );
    }
    assert!(weak.upgrade().is_none());
}

#[test]
fn cached_statements_see_the_rows_of_now() {
    both(|| {
        let conn = open();
        for round in 0..3_i64 {
            let _input = conn.table_input_of("t", vec![round, round + 1]).unwrap();
            let mut stmt = conn.prepare_cached("SELECT sum(value) FROM t").unwrap();
            let sum: i64 = stmt.query_row((), |row| row.get(0)).unwrap();
            assert_eq!(sum, 2 * round + 1);
        }
    });
}

#[test]
fn one_that_is_leaked_ends_with_the_connection() {
    let array: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let weak = Arc::downgrade(&array);
    let conn = open();
    let mut leaked = std::mem::ManuallyDrop::new(conn.table_input_of("t", array).unwrap());
    // What is looked for here is no leak of a text.
    drop(std::mem::take(&mut leaked.name));
    assert_eq!(integers(&conn, "SELECT value FROM t"), [1, 2]);
    conn.close().map_err(|(_, error)| error).unwrap();
    assert!(weak.upgrade().is_none());
}

#[test]
fn rollbacks_do_not_touch_it() {
    if !raw::kernel_available() {
        // Without the kernel it is a temporary table, which is planned, written and rolled back as one.
        return;
    }
    let mut conn = open();
    let transaction = conn.transaction().unwrap();
    let input = transaction.table_input_of("t", vec![1_i64]).unwrap();
    transaction.execute_batch("ROLLBACK; BEGIN").unwrap();
    assert_eq!(integers(&transaction, "SELECT value FROM t"), [1]);
    drop(input);
    drop(transaction);
}

#[test]
fn it_cannot_be_written() {
    if !raw::kernel_available() {
        // Without the kernel it is a temporary table, which is planned, written and rolled back as one.
        return;
    }
    let conn = open();
    let _input = conn.table_input_of("t", vec![1_i64]).unwrap();
    for sql in [
        "INSERT INTO t VALUES (1)",
        "DELETE FROM t",
        "UPDATE t SET value = 1",
        "DROP TABLE t",
    ] {
        assert!(conn.execute(sql, ()).is_err(), "{sql}");
    }
    assert_eq!(integers(&conn, "SELECT value FROM t"), [1]);
}
