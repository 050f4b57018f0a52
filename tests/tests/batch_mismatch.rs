//! Misfits are found whatever the size of the batches: random tables, read under each policy and compared with the rows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use clib::{Connection, Error, OnMismatch, ReadOptions, ReadPath, ReadReport, ValueRef};
use proptest::collection::vec;
use proptest::prelude::*;

const COLUMNS: [&str; 4] = ["i INTEGER", "r REAL", "s TEXT", "b BLOB"];
const BATCH_ROWS: [usize; 4] = [1, 3, 10, 1_000];

/// A value as SQL.
fn literal() -> impl Strategy<Value = String> {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>()
    };
    let text = move |bytes: Vec<u8>| format!("CAST(X'{}' AS TEXT)", hex(&bytes));
    prop_oneof![
        2 => Just("NULL".to_owned()),
        4 => any::<i8>().prop_map(|value| value.to_string()),
        1 => prop::sample::select(vec![i64::MAX, (1 << 53) + 1, 1 << 53]).prop_map(|value| value.to_string()),
        4 => (-1e3..1e3_f64).prop_map(|value| format!("{value:?}")),
        4 => "[a-zä]{0,4}".prop_map(String::into_bytes).prop_map(text),
        1 => prop::sample::select(vec![vec![0xFF], vec![0xC3], vec![0xA4], b"NaN".to_vec()]).prop_map(text),
        2 => vec(any::<u8>(), 0..4).prop_map(move |bytes| format!("X'{}'", hex(&bytes))),
    ]
}

/// Whether a column of its declared type holds a value.
fn fits(column: usize, value: ValueRef<'_>) -> bool {
    match (column, value) {
        (_, ValueRef::Null) => true,
        (0, ValueRef::Integer(_)) | (1, ValueRef::Real(_)) | (3, ValueRef::Blob(_)) => true,
        (1, ValueRef::Integer(value)) => value.unsigned_abs() <= 1 << 53,
        (1, ValueRef::Text(text)) => text == b"NaN",
        (2, ValueRef::Text(text)) => std::str::from_utf8(text).is_ok(),
        _ => false,
    }
}

/// For each row and column whether there is a value, and whether it fits.
fn by_rows(conn: &Connection) -> Vec<[(bool, bool); 4]> {
    let mut stmt = conn.prepare("SELECT * FROM t").unwrap();
    let mut rows = stmt.query(()).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        all.push([0, 1, 2, 3].map(|column| {
            let value = row.get_ref(column).unwrap();
            (value != ValueRef::Null, fits(column, value))
        }));
    }
    all
}

fn read(conn: &Connection, options: &ReadOptions) -> clib::Result<(Vec<RecordBatch>, ReadReport)> {
    let mut reader = conn.read_table("t", options)?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push(batch);
    }
    Ok((batches, reader.report()))
}

/// Whether two columns are equal, where a text may have digits more than SQLite's, which older versions cut off at 15.
fn same_but_for_digits(read: &ArrayRef, cast: &ArrayRef) -> bool {
    let (Some(read), Some(cast)) = (read.as_string_opt::<i32>(), cast.as_string_opt::<i32>())
    else {
        return read == cast;
    };
    let same = |(read, cast): (Option<&str>, Option<&str>)| match (read, cast) {
        (Some(read), Some(cast)) if read != cast => {
            match (read.parse::<f64>(), cast.parse::<f64>()) {
                (Ok(read), Ok(cast)) => (read - cast).abs() <= read.abs() * 1e-14,
                _ => false,
            }
        }
        (read, cast) => read == cast,
    };
    read.len() == cast.len() && read.iter().zip(cast).all(same)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn policies_agree_with_the_rows(rows in vec(vec(literal(), 4), 0..20)) {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!("CREATE TABLE t ({})", COLUMNS.join(", "))).unwrap();
        for row in &rows {
            conn.execute_batch(&format!("INSERT INTO t VALUES ({})", row.join(", "))).unwrap();
        }
        let expected = by_rows(&conn);
        let misfits = || expected.iter().enumerate().flat_map(|(row, values)| {
            values.iter().enumerate().filter(|(_, value)| !value.1).map(move |(column, _)| (row as u64 + 1, column))
        });
        for batch_rows in BATCH_ROWS {
            let options = ReadOptions::new().batch_rows(batch_rows);
            // The first one, and no other.
            match (misfits().next(), read(&conn, &options)) {
                (None, Ok((_, report))) => prop_assert_eq!(report.rows, expected.len() as u64),
                (Some((row, column)), Err(Error::Mismatch(error))) => {
                    prop_assert_eq!((error.row, error.index, error.rowid), (row, column, i64::try_from(row).ok()));
                }
                (misfit, result) => panic!("{misfit:?} {result:?}"),
            }
            // Those, and no others, are NULL.
            let (batches, report) = read(&conn, &options.clone().on_mismatch(OnMismatch::Null)).unwrap();
            prop_assert_eq!(report.nulled, misfits().count() as u64);
            let mut found = expected.iter();
            for batch in &batches {
                for row in 0..batch.num_rows() {
                    let expected = found.next().unwrap();
                    for (array, expected) in batch.columns().iter().zip(expected) {
                        prop_assert_eq!(array.is_valid(row), expected.0 && expected.1);
                    }
                }
            }
            prop_assert!(found.next().is_none());
        }
        // Everything is in the first batch, so a type that holds all of it is found.
        let (batches, report) = read(&conn, &ReadOptions::new().on_mismatch(OnMismatch::Widen)).unwrap();
        prop_assert_eq!((report.rows, report.nulled), (expected.len() as u64, 0));
        for batch in &batches {
            for (row, expected) in expected.iter().enumerate() {
                for (array, expected) in batch.columns().iter().zip(expected) {
                    prop_assert_eq!(array.is_valid(row), expected.0);
                }
            }
        }
        // Text is what SQLite makes of each value; a blob or text that is not UTF-8 has none.
        let text = ReadOptions::new().on_mismatch(OnMismatch::Text);
        for column in ["i", "r", "s", "b"] {
            let mut values = conn.prepare(&format!("SELECT {column} FROM t")).unwrap();
            let mut cast = conn.prepare(&format!("SELECT CAST({column} AS TEXT) FROM t")).unwrap();
            let values = values.query_batches((), &text).and_then(|mut reader| reader.next_batch());
            let cast = cast.query_batches((), &ReadOptions::new()).and_then(|mut reader| reader.next_batch());
            match (values, cast) {
                (Ok(None), Ok(None)) => {}
                (Ok(Some(values)), Ok(Some(cast))) if values.schema().field(0).data_type() == cast.schema().field(0).data_type() => {
                    prop_assert!(same_but_for_digits(values.column(0), cast.column(0)), "{:?} {:?}", values, cast);
                }
                // The declared type held everything.
                (Ok(Some(_)), _) => prop_assert!(expected.iter().all(|row| row[["i", "r", "s", "b"].iter().position(|name| *name == column).unwrap()].1)),
                (Err(Error::Mismatch(_)), Err(Error::Mismatch(_))) => {}
                (values, cast) => panic!("{values:?} {cast:?}"),
            }
        }
    }
}

/// A column whose type the first batch decides must not be decided by rows behind one that ends the reading.
#[test]
fn rows_behind_a_misfit_have_no_say() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (n NUMERIC, d DATE);
         INSERT INTO t VALUES (-621, '2020-01-01'), (CAST(X'C3' AS TEXT), 'no date'), (-0.5, '2020-01-02')",
    )
    .unwrap();
    let errors = [ReadPath::Portable, ReadPath::Fill, ReadPath::Scan].map(|path| {
        let options = ReadOptions::new().logical_types(true).path(path);
        conn.read_table("t", &options).unwrap_err().to_string()
    });
    assert!(
        errors[0].starts_with("table `t`, column `n`, row 2 (rowid 2): expected Int64, found TEXT"),
        "{}",
        errors[0]
    );
    assert_eq!(errors[1], errors[0]);
    assert_eq!(errors[2], errors[0]);
}
