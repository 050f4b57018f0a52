//! Many rows in one statement.

use super::*;

/// Loads the same batches into a table, and into one whose trigger makes each row a statement; both must do the same.
fn check_groups(create: &str, batches: &[RecordBatch]) -> Result<String, String> {
    let results = [
        "",
        "CREATE TRIGGER one_by_one AFTER INSERT ON t BEGIN SELECT 1; END",
    ]
    .map(|trigger| {
        let conn = open(&format!("{create}; {trigger}"));
        let result = conn.load("t", reader(batches), &LoadOptions::new());
        let rows = rows(&conn, "quote(a) || quote(b)", "t");
        result
            .map(|_| rows.clone())
            .map_err(|error| format!("{error} / {rows}"))
    });
    assert_eq!(results[0], results[1]);
    results.into_iter().next().unwrap()
}

fn pairs(rows: impl IntoIterator<Item = (Option<i64>, f64)>) -> RecordBatch {
    let (a, b): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    batch(vec![
        ("a", Arc::new(Int64Array::from(a))),
        ("b", Arc::new(Float64Array::from(b))),
    ])
}

#[test]
fn the_first_bad_row_is_named_wherever_it_is() {
    let good = |row: i64| (Some(row), 0.5);
    let create = "CREATE TABLE t (a INTEGER NOT NULL UNIQUE, b REAL CHECK (b < 9))";
    let all = pairs((0..2_000).map(good));
    assert!(check_groups(create, &[all.clone(), pairs((2_000..2_001).map(good))]).is_ok());
    for bad in [0, 1, 255, 256, 300, 1_999] {
        for (fault, expected) in [
            (
                (Some(-1), 9.0),
                "CHECK constraint failed: b < 9 (SQLITE_CONSTRAINT_CHECK)",
            ),
            (
                (None, 0.5),
                "NOT NULL constraint failed: t.a (SQLITE_CONSTRAINT_NOTNULL)",
            ),
            (
                (Some(5_000), 0.5),
                "UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE)",
            ),
            ((Some(-1), f64::NAN), "NaN does not exist in SQLite"),
        ] {
            // One fault more after it, of the kind that is found first in a statement for many rows.
            let mut batch: Vec<_> = (0..2_000).map(good).collect();
            batch[bad] = fault;
            batch.insert(bad + 1, (Some(-2), f64::NAN));
            let error =
                check_groups(create, &[pairs([(Some(5_000), 0.5)]), pairs(batch)]).unwrap_err();
            assert!(
                error.starts_with(&format!("loading table `t`, row {}", bad + 2)),
                "{error}"
            );
            assert!(
                error.contains(expected) && error.ends_with(" / "),
                "{error}"
            );
        }
    }
}

#[test]
fn grouping_makes_no_difference_to_foreign_keys() {
    // The parent comes after the child: within one statement that would be allowed.
    let create = "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER REFERENCES t (a))";
    let rows = (0..600).map(|row| (Some(row), if row == 400 { 401.0 } else { 0.0 }));
    let error = check_groups(create, &[pairs(rows)]).unwrap_err();
    assert_eq!(
        error,
        "loading table `t`, row 401: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY) / "
    );
    let create = "CREATE TABLE p (k REAL PRIMARY KEY); INSERT INTO p VALUES (1); CREATE TABLE t (a, b REFERENCES p)";
    let rows = (0..600).map(|row| (Some(row), if row == 400 { 2.0 } else { 1.0 }));
    let error = check_groups(create, &[pairs(rows)]).unwrap_err();
    assert_eq!(
        error,
        "loading table `t`, row 401: FOREIGN KEY constraint failed (SQLITE_CONSTRAINT_FOREIGNKEY) / "
    );
}

#[test]
fn grouping_makes_no_difference_to_conflict_clauses() {
    let rows = || pairs((0..600_i64).map(|row| (Some(row % 500), 1.0)));
    for (clause, row) in [
        ("REPLACE", None),
        ("IGNORE", None),
        ("FAIL", Some(501)),
        ("ROLLBACK", Some(501)),
        ("ABORT", Some(501)),
    ] {
        let create = format!("CREATE TABLE t (a INTEGER UNIQUE ON CONFLICT {clause}, b)");
        let result = check_groups(&create, &[rows()]);
        match row {
            None => assert_eq!(result.unwrap().split(' ').count(), 500),
            Some(row) => assert_eq!(
                result.unwrap_err(),
                format!(
                    "loading table `t`, row {row}, column `a`: UNIQUE constraint failed: t.a (SQLITE_CONSTRAINT_UNIQUE) / "
                )
            ),
        }
    }
}

#[test]
fn wide_and_narrow_tables_are_loaded_whole() {
    for columns in [1_usize, 2, 9, 255, 256, 257, 511, 512, 513, 1_500] {
        let values: Vec<i64> = (0..1_100).collect();
        let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
        let wide = batch(
            names
                .iter()
                .map(|name| (name.as_str(), integers(&values)))
                .collect(),
        );
        let conn = open("");
        load(&conn, "t", &wide, LoadMode::Create).unwrap();
        let mut stmt = conn
            .prepare(&format!(
                "SELECT count(*), sum(c0), sum(c{}) FROM t",
                columns - 1
            ))
            .unwrap();
        let sums = stmt
            .query_row((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        assert_eq!(sums, (1_100, 604_450, 604_450));
    }
}
