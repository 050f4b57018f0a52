//! Reading: columns by number and name, every standard type through a real database, and rows while the database changes
//! under them.

use std::borrow::Cow;
use std::fmt::Debug;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use static_assertions::assert_not_impl_any;

use super::*;
use crate::types::{FromSqlOwned, ToSql, Value, ValueKind, ValueRef};
use crate::{Connection, Error};

assert_not_impl_any!(Rows<'static>: Send, Sync);
assert_not_impl_any!(Row<'static>: Send, Sync);

fn open() -> Connection {
    Connection::open_in_memory().unwrap()
}

fn get<T: FromSqlOwned>(expression: &str) -> Result<T> {
    open().query_row(&format!("SELECT {expression} AS x"), (), |row| row.get(0))
}

#[track_caller]
fn message<T: FromSqlOwned + Debug>(expression: &str) -> String {
    get::<T>(expression).unwrap_err().to_string()
}

#[track_caller]
fn round_trip<T: ToSql + FromSqlOwned + PartialEq + Debug>(value: T, kind: ValueKind) {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a)").unwrap();
    conn.execute("INSERT INTO t VALUES (?1)", (&value,))
        .unwrap();
    let (found, read) = conn
        .query_row("SELECT a FROM t", (), |row| {
            Ok((row.get_ref(0)?.kind(), row.get::<_, T>("a")?))
        })
        .unwrap();
    assert_eq!((found, read), (kind, value));
}

// ---- columns

#[test]
fn columns_by_number_and_name() {
    let conn = open();
    let mut stmt = conn.prepare("SELECT 1 AS a, 2 AS B, 3 AS a").unwrap();
    let mut rows = stmt.query(()).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(row.column_count(), 3);
    let by_number: (i64, i64, i64) = (
        row.get(0).unwrap(),
        row.get(1).unwrap(),
        row.get(2).unwrap(),
    );
    assert_eq!(by_number, (1, 2, 3));
    // The first of two, and ASCII case does not matter.
    assert_eq!(row.get::<_, i64>("A").unwrap(), 1);
    assert_eq!(row.get::<_, i64>(&&"b").unwrap(), 2);
    assert_eq!(row.get_ref("b").unwrap(), ValueRef::Integer(2));
    assert_eq!(format!("{row:?}"), r#"{"a": 1, "B": 2, "a": 3}"#);
}

#[test]
fn a_column_that_is_not_there() {
    let conn = open();
    let mut stmt = conn.prepare("SELECT 1 AS a, 2 AS b").unwrap();
    let mut rows = stmt.query(()).unwrap();
    let row = rows.next().unwrap().unwrap();
    assert_eq!(
        row.get::<_, i64>(2).unwrap_err().to_string(),
        "there is no column 2: the row has 2, counted from 0"
    );
    assert_eq!(
        row.get::<_, i64>("c").unwrap_err().to_string(),
        "there is no column `c`: the row has `a`, `b`"
    );
    for column in [2, i32::MAX as usize, 1 << 32, usize::MAX] {
        assert!(
            matches!(
                row.get_ref(column),
                Err(Error::ColumnIndex { count: 2, .. })
            ),
            "{column}"
        );
    }
    assert!(row.get_ref("").is_err());
}

// ---- types

#[test]
fn integers() {
    use ValueKind::Integer;
    round_trip(i8::MIN, Integer);
    round_trip(i16::MIN, Integer);
    round_trip(i32::MIN, Integer);
    round_trip(i64::MIN, Integer);
    round_trip(i64::MAX, Integer);
    round_trip(isize::MIN, Integer);
    round_trip(u8::MAX, Integer);
    round_trip(u16::MAX, Integer);
    round_trip(u32::MAX, Integer);
    round_trip(u64::MAX / 2, Integer);
    round_trip(usize::MAX / 2, Integer);
    round_trip(i128::from(i64::MIN), Integer);
    round_trip(i64::MAX as u128, Integer);
    round_trip(NonZero::<u8>::MAX, Integer);
    round_trip(NonZero::<i64>::MIN, Integer);
    round_trip(true, Integer);
    round_trip(false, Integer);
    assert!(get::<bool>("-7").unwrap());
}

#[test]
fn integers_that_do_not_fit() {
    assert_eq!(
        message::<u8>("256"),
        "cannot read column `x` (number 0, INTEGER) as u8: 256 does not fit into u8"
    );
    assert_eq!(
        message::<u64>("-1"),
        "cannot read column `x` (number 0, INTEGER) as u64: -1 does not fit into u64"
    );
    assert_eq!(
        message::<i64>("'12'"),
        "cannot read column `x` (number 0, TEXT) as i64: expected INTEGER, found TEXT"
    );
    assert_eq!(
        message::<i64>("NULL"),
        "cannot read column `x` (number 0, NULL) as i64: expected INTEGER, found NULL"
    );
    assert_eq!(
        message::<bool>("1.0"),
        "cannot read column `x` (number 0, REAL) as bool: expected INTEGER, found REAL"
    );
    assert!(get::<u128>("-1").is_err());
    assert!(get::<NonZero<i32>>("0").is_err());
    assert!(get::<f64>("9007199254740993").is_err());
    let error = open()
        .execute("SELECT ?1", [u128::MAX])
        .unwrap_err()
        .to_string();
    assert!(error.contains("340282366920938463463374607431768211455 does not fit"));
}

#[test]
fn reals() {
    use ValueKind::Real;
    for value in [
        0.0,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.1,
    ] {
        round_trip(value, Real);
    }
    round_trip(0.1_f32, Real);
    round_trip(f32::MAX, Real);
    assert_eq!(get::<f64>("5").unwrap(), 5.0);
    assert_eq!(get::<f32>("16777217").unwrap(), 16_777_216.0);
    let conn = open();
    let negative_zero: f64 = conn
        .query_row("SELECT ?1", [-0.0], |row| row.get(0))
        .unwrap();
    assert!(negative_zero.is_sign_negative());
    // SQLite has no NaN.
    let nan: Option<f64> = conn
        .query_row("SELECT ?1", [f64::NAN], |row| row.get(0))
        .unwrap();
    assert_eq!(nan, None);
    assert_eq!(
        message::<f64>("'1.5'"),
        "cannot read column `x` (number 0, TEXT) as f64: expected REAL or INTEGER, found TEXT"
    );
}

#[test]
fn texts() {
    use ValueKind::Text;
    for text in ["", "text", "ünïcödé 🦀", "with \0 inside", "\0"] {
        round_trip(text.to_owned(), Text);
        round_trip(Box::<str>::from(text), Text);
        round_trip(Rc::<str>::from(text), Text);
        round_trip(Arc::<str>::from(text), Text);
        let conn = open();
        conn.query_row("SELECT ?1", [Cow::Borrowed(text)], |row| {
            assert_eq!(row.get::<_, &str>(0)?, text);
            assert!(matches!(row.get::<_, Cow<'_, str>>(0)?, Cow::Borrowed(this) if this == text));
            assert_eq!(row.get_ref(0)?.as_str(), Some(Ok(text)));
            Ok(())
        })
        .unwrap();
    }
    round_trip("long ".repeat(100_000), Text);
    assert!(message::<String>("x'41'").ends_with("expected TEXT, found BLOB"));
}

#[test]
fn blobs() {
    use ValueKind::Blob;
    for blob in [&b""[..], b"\0", b"\xff\0\xfe", b"text"] {
        round_trip(blob.to_owned(), Blob);
        round_trip(Box::<[u8]>::from(blob), Blob);
        round_trip(Rc::<[u8]>::from(blob), Blob);
        round_trip(Arc::<[u8]>::from(blob), Blob);
        open()
            .query_row("SELECT ?1", [Cow::Borrowed(blob)], |row| {
                assert_eq!(row.get::<_, &[u8]>(0)?, blob);
                assert_eq!(row.get::<_, Cow<'_, [u8]>>(0)?, blob);
                Ok(())
            })
            .unwrap();
    }
    round_trip([1_u8, 2, 3], Blob);
    round_trip([0_u8; 0], Blob);
    assert!(message::<[u8; 2]>("x'010203'").ends_with("expected a BLOB of 2 bytes, found 3"));
    assert!(message::<Vec<u8>>("'text'").ends_with("expected BLOB, found TEXT"));
}

#[test]
fn options_and_values() {
    round_trip(Some(5), ValueKind::Integer);
    round_trip(None::<String>, ValueKind::Null);
    round_trip(Some("x".to_owned()), ValueKind::Text);
    round_trip(Value::Null, ValueKind::Null);
    round_trip(Value::Text("x".to_owned()), ValueKind::Text);
    round_trip(Value::Blob(vec![1]), ValueKind::Blob);
    get::<()>("NULL").unwrap();
    assert!(get::<()>("0").is_err());
    assert!(get::<Option<u8>>("'x'").is_err());
    open()
        .query_row("SELECT ?1, ?2", (ValueRef::Real(0.5), &&1_u8), |row| {
            assert_eq!(row.get::<_, ValueRef<'_>>(0)?, ValueRef::Real(0.5));
            assert_eq!(row.get::<_, Value>(1)?, Value::Integer(1));
            Ok(())
        })
        .unwrap();
}

#[test]
fn text_that_is_not_utf8() {
    let broken = "CAST(x'41ff42' AS TEXT)";
    assert_eq!(
        message::<String>(broken),
        "cannot read column `x` (number 0, TEXT) as String: the text is not UTF-8: invalid utf-8 \
         sequence of 1 bytes from index 1"
    );
    assert!(get::<Value>(broken).is_err());
    open()
        .query_row(&format!("SELECT {broken} AS x"), (), |row| {
            assert_eq!(row.get_ref(0)?, ValueRef::Text(b"A\xffB"));
            assert!(row.get_ref(0)?.as_str().unwrap().is_err());
            assert_eq!(format!("{row:?}"), "{\"x\": 'A\u{fffd}B'}");
            // It goes back as it came.
            let back: Vec<u8> =
                open().query_row("SELECT CAST(?1 AS BLOB)", [row.get_ref(0)?], |row| {
                    row.get(0)
                })?;
            assert_eq!(back, b"A\xffB");
            Ok(())
        })
        .unwrap();
}

#[test]
fn nothing_and_zeros() {
    assert_eq!(get::<Vec<u8>>("x''").unwrap(), b"");
    assert_eq!(get::<Vec<u8>>("zeroblob(0)").unwrap(), b"");
    assert_eq!(
        get::<Vec<u8>>("zeroblob(100000)").unwrap(),
        vec![0; 100_000]
    );
    assert_eq!(get::<String>("''").unwrap(), "");
    assert_eq!(
        get::<String>("CAST(zeroblob(3) AS TEXT)").unwrap(),
        "\0\0\0"
    );
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(10000)), (x''), ('')")
        .unwrap();
    let lengths: Vec<usize> = conn
        .prepare("SELECT a FROM t")
        .unwrap()
        .query_map((), |row| Ok(row.get_ref(0)?.as_bytes().unwrap().len()))
        .unwrap()
        .collect::<Result<_>>()
        .unwrap();
    assert_eq!(lengths, [10_000, 0, 0]);
}

#[test]
fn databases_in_utf16() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let conn = open();
        conn.pragma_set(None, "encoding", encoding).unwrap();
        conn.execute_batch("CREATE TABLE \"täble\" (\"cölumn\" \"TÿPE\")")
            .unwrap();
        let long = "ünïcödé 🦀 ".repeat(1000);
        conn.execute("INSERT INTO \"täble\" VALUES (?1), (?2)", (&long, "\0x"))
            .unwrap();
        let mut stmt = conn
            .prepare("SELECT \"cölumn\", \"cölumn\", \"cölumn\" || ?1 AS y FROM \"täble\"")
            .unwrap();
        assert_eq!(stmt.column_names(), ["cölumn", "cölumn", "y"]);
        assert_eq!(stmt.columns()[0].decl_type.as_deref(), Some("TÿPE"));
        let suffix = "ß".to_owned();
        let params = [&suffix];
        let mut rows = stmt.query_borrowed(&params).unwrap();
        let row = rows.next().unwrap().unwrap();
        // Two borrows of one value, while a third is converted.
        let (one, two) = (row.get_ref(0).unwrap(), row.get_ref(1).unwrap());
        let three: &str = row.get("y").unwrap();
        assert_eq!(one.as_str().unwrap().unwrap(), long);
        assert_eq!(one, two);
        assert_eq!(three, format!("{long}ß"));
        assert_eq!(row.get_ref(0).unwrap(), one);
        let row = rows.next().unwrap().unwrap();
        assert_eq!(row.get::<_, &str>(0).unwrap(), "\0x");
        drop(rows);
        let error = conn.prepare("SELECT ü FROM \"täble\"").unwrap_err();
        assert!(error.to_string().starts_with("no such column: ü "));
    }
}

#[test]
fn one_value_in_many_columns() {
    needs_sqlite!(3_035_000, "MATERIALIZED");
    // Registers that are copies of one another keep their texts apart.
    for encoding in ["UTF-8", "UTF-16le"] {
        let conn = open();
        conn.pragma_set(None, "encoding", encoding).unwrap();
        conn.execute_batch("CREATE TABLE t (a)").unwrap();
        conn.execute("INSERT INTO t VALUES (?1)", ["ä".repeat(2000)])
            .unwrap();
        for sql in [
            "SELECT a, a, a FROM t",
            "SELECT x, x, x FROM (SELECT a || 'é' AS x FROM t)",
            "SELECT x, x, x FROM (SELECT a || 'é' AS x FROM t LIMIT 1)",
            "SELECT x, x, x FROM (SELECT a || random() AS x FROM t UNION ALL SELECT 'y')",
            "WITH w AS MATERIALIZED (SELECT upper(a) AS x FROM t) SELECT x, x, x FROM w ORDER BY x",
            "SELECT max(a), a, min(a) FROM t",
            "SELECT 'constant', 'constant', 'constant'",
            "SELECT ?1, ?1, ?1",
        ] {
            let mut stmt = conn.prepare(sql).unwrap();
            let params: Vec<String> = (0..stmt.parameter_count())
                .map(|_| "bound ".repeat(100))
                .collect();
            let mut rows = stmt.query_borrowed(&params).unwrap();
            let row = rows.next().unwrap().unwrap();
            let values = [0, 1, 2].map(|column| row.get::<_, &str>(column).unwrap());
            assert_eq!(values[0], values[1], "{sql}");
            assert_eq!(values[1], values[2], "{sql}");
            assert!(values[0].len() > 5);
        }
    }
}

// ---- stepping

#[test]
fn rows_end_and_stay_ended() {
    let conn = open();
    let mut stmt = conn.prepare("VALUES (1), (2)").unwrap();
    let mut rows = stmt.query(()).unwrap();
    assert!(rows.next().unwrap().is_some());
    assert!(rows.next().unwrap().is_some());
    for _ in 0..3 {
        assert!(rows.next().unwrap().is_none());
    }
    assert!(format!("{rows:?}").contains("is_done: true"));
}

#[test]
fn rows_end_after_an_error() {
    let conn = open();
    let mut stmt = conn
        .prepare("SELECT abs(column1) FROM (VALUES (-1), (-9223372036854775808), (-3))")
        .unwrap();
    let read: Vec<Result<i64>> = stmt
        .query_map((), |row| row.get(0))
        .unwrap()
        .take(10)
        .collect();
    assert_eq!(read.len(), 2);
    assert_eq!(*read[0].as_ref().unwrap(), 1);
    assert_eq!(
        read[1].as_ref().unwrap_err().to_string(),
        "integer overflow (SQLITE_ERROR) in `SELECT abs(column1) FROM (VALUES (-1), (-9223372036854775808), (-3))`"
    );
}

#[test]
fn an_error_of_the_closure_does_not_end_the_rows() {
    let conn = open();
    let mut stmt = conn.prepare("VALUES (1), ('x'), (3)").unwrap();
    let read: Vec<Option<i64>> = stmt
        .query_map((), |row| row.get(0))
        .unwrap()
        .map(Result::ok)
        .collect();
    assert_eq!(read, [Some(1), None, Some(3)]);
}

#[test]
fn locks_go_with_the_last_row() {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
        .unwrap();
    let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap().unwrap();
    assert!(conn.execute_batch("DROP TABLE t").is_err());
    assert!(rows.next().unwrap().is_none());
    conn.execute_batch("DROP TABLE t").unwrap();
}

// ---- the database changes under a row

fn filled() -> Connection {
    let conn = open();
    conn.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB)")
        .unwrap();
    let mut stmt = conn.prepare("INSERT INTO t VALUES (?1, ?2, ?3)").unwrap();
    for n in 0..50_i64 {
        // Some on one page, some over many.
        let length = if n % 2 == 0 { 10 } else { 20_000 };
        let text = format!("{n} ").repeat(length);
        stmt.execute((n, &text, text.as_bytes())).unwrap();
    }
    drop(stmt);
    conn
}

#[test]
fn a_row_keeps_its_values_while_the_table_changes() {
    let conn = filled();
    let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap().unwrap();
    let row = rows.next().unwrap().unwrap();
    let text: &str = row.get(1).unwrap();
    let blob: &[u8] = row.get(2).unwrap();
    let copy = (text.to_owned(), blob.to_owned());
    conn.execute_batch("UPDATE t SET b = 'gone', c = NULL; DELETE FROM t WHERE a < 30")
        .unwrap();
    assert!(
        conn.execute_batch("DROP TABLE t").is_err(),
        "the table is in use"
    );
    assert_eq!((text, blob), (copy.0.as_str(), copy.1.as_slice()));
    assert_eq!(row.get::<_, &str>(1).unwrap(), copy.0);
    let rest = rows.map(|row| row.get::<_, i64>(0)).count();
    assert!(rest <= 48);
}

#[test]
fn a_row_keeps_its_values_while_its_transaction_is_rolled_back() {
    let conn = filled();
    conn.execute_batch("BEGIN; CREATE TABLE new AS SELECT * FROM t")
        .unwrap();
    let mut stmt = conn.prepare("SELECT * FROM new").unwrap();
    let mut rows = stmt.query(()).unwrap();
    rows.next().unwrap().unwrap();
    let row = rows.next().unwrap().unwrap();
    let text: &str = row.get(1).unwrap();
    let blob: &[u8] = row.get(2).unwrap();
    let copy = (text.to_owned(), blob.to_owned());
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!((text, blob), (copy.0.as_str(), copy.1.as_slice()));
    assert_eq!(row.get::<_, &[u8]>(2).unwrap(), copy.1);
    assert!(format!("{row:?}").contains("\"a\": 1"));
    // The table is gone, and so is the rest of the rows.
    let error = rows.next().unwrap_err();
    assert_eq!(error.code(), Some(crate::Code::Abort), "{error}");
    assert!(rows.next().unwrap().is_none());
    drop(rows);
    let error = stmt.query(()).unwrap().next().unwrap_err();
    assert!(error.to_string().starts_with("no such table: new"));
}

#[test]
fn a_rollback_leaves_a_reading_statement_alone() {
    let conn = filled();
    let mut stmt = conn.prepare("SELECT a FROM t").unwrap();
    conn.execute_batch("BEGIN; DELETE FROM t WHERE a = 49")
        .unwrap();
    let mut rows = stmt.query(()).unwrap();
    let row = rows.next().unwrap().unwrap();
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(row.get::<_, i64>(0).unwrap(), 0);
    // SQLite lets it go on, or ends it: never anything else.
    match rows.next() {
        Ok(Some(row)) => assert_eq!(row.get::<_, i64>(0).unwrap(), 1),
        Ok(None) => panic!("rows are missing"),
        Err(error) => assert_eq!(error.code(), Some(crate::Code::Abort)),
    }
}

#[test]
fn a_write_that_returns_rows_is_rolled_back_in_the_middle() {
    needs_sqlite!(3_035_000, "RETURNING");
    let conn = filled();
    conn.execute_batch("BEGIN").unwrap();
    let mut stmt = conn
        .prepare("UPDATE t SET b = b || '!' RETURNING b")
        .unwrap();
    let mut rows = stmt.query(()).unwrap();
    let row = rows.next().unwrap().unwrap();
    let text: &str = row.get(0).unwrap();
    let copy = text.to_owned();
    conn.execute_batch("ROLLBACK").unwrap();
    assert_eq!(text, copy);
    while let Ok(Some(_)) = rows.next() {}
    drop(rows);
    drop(stmt);
    let changed: i64 = conn
        .query_row("SELECT count(*) FROM t WHERE b LIKE '%!'", (), |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(changed, 0);
}

#[test]
fn conversions_may_use_the_connection() {
    let conn = filled();
    let mut stmt = conn.prepare("SELECT a, b FROM t WHERE a < 4").unwrap();
    let read: Vec<(i64, usize)> = stmt
        .query_map((), |row| {
            let text: &str = row.get(1)?;
            conn.flush_statement_cache();
            let n: i64 = row.get(0)?;
            let length = conn
                .prepare_cached("SELECT length(b) FROM t WHERE a = ?1")?
                .query_row([n], |row| row.get(0))?;
            assert_eq!(text.len(), length);
            Ok((n, length))
        })
        .unwrap()
        .collect::<Result<_>>()
        .unwrap();
    assert_eq!(read.len(), 4);
}

#[test]
fn errors_name_types_as_one_writes_them() {
    let conn = Connection::open_in_memory().unwrap();
    let error = conn
        .query_row("SELECT 'x' AS a", (), |row| {
            row.get::<_, Option<Box<[u8]>>>(0)
        })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read column `a` (number 0, TEXT) as Option<Box<[u8]>>: expected BLOB, found TEXT"
    );
}

#[test]
fn a_row_names_its_columns() {
    let conn = Connection::open_in_memory().unwrap();
    let mut stmt = conn.prepare("SELECT 1 AS a, 2 AS b").unwrap();
    let mut rows = stmt.query(()).unwrap();
    assert_eq!(rows.column_count(), 2);
    let row = rows.next().unwrap().unwrap();
    assert_eq!(row.column_names(), ["a", "b"]);
    assert_eq!(row.column_name(2), None);
}
