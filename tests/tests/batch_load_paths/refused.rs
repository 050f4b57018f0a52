//! Rows that are refused, and values that do not fit.

use super::*;

#[test]
fn rows_that_are_refused() {
    let unique = "CREATE TABLE t (a INTEGER UNIQUE, b TEXT COLLATE NOCASE, c NOT NULL); CREATE UNIQUE INDEX i ON t (b, a);
                  CREATE INDEX j ON t (c); INSERT INTO t VALUES (5000, 'there', 1)";
    let rows = |from: i64, to: i64, change: fn(i64) -> Option<i64>| {
        batch(vec![
            (
                "a",
                Arc::new(Int64Array::from_iter((from..to).map(change))) as ArrayRef,
            ),
            (
                "b",
                strings((from..to).map(|row| format!("text {}", row % 50))),
            ),
            (
                "c",
                Arc::new(Int64Array::from_iter(
                    (from..to).map(|row| (row != 1234).then_some(row % 5)),
                )) as ArrayRef,
            ),
        ])
    };
    // Well, but for what is given.
    direct(unique, &[rows(0, 500, Some), rows(500, 1000, Some)]);
    direct(
        unique,
        &[
            rows(0, 500, |row| (row % 3 != 0).then_some(row)),
            rows(500, 1000, Some),
        ],
    );
    for (batches, message) in [
        (
            vec![rows(0, 500, |row| Some(if row == 400 { 20 } else { row }))],
            "row 401",
        ),
        (
            vec![
                rows(0, 500, Some),
                rows(500, 900, |row| Some(if row == 700 { 20 } else { row })),
            ],
            "row 701",
        ),
        (
            vec![
                rows(0, 500, Some),
                rows(500, 900, |row| {
                    Some(if row > 700 { row - 600 } else { row })
                }),
            ],
            "row 702",
        ),
        (
            vec![rows(0, 500, |row| Some(if row == 77 { 5000 } else { row }))],
            "row 78",
        ),
        (vec![rows(0, 1500, Some)], "NOT NULL constraint failed: t.c"),
        (
            vec![rows(0, 1500, |row| Some(if row == 900 { 20 } else { row }))],
            "row 901",
        ),
        (
            vec![
                rows(0, 1000, Some),
                rows(1000, 1500, |row| Some(if row == 1300 { 20 } else { row })),
            ],
            "row 1235",
        ),
    ] {
        for script in [
            unique.to_owned(),
            format!("{unique}; BEGIN; INSERT INTO t VALUES (6000, 'mine', 1)"),
        ] {
            let outcome = direct(&script, &batches);
            let error = outcome.result.unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }
}

#[test]
fn values_that_do_not_fit() {
    let nans = |at: i64| {
        Arc::new(Float64Array::from_iter_values(
            (0..900).map(|row| if row == at { f64::NAN } else { row as f64 }),
        )) as ArrayRef
    };
    let large = |at: u64| {
        Arc::new(UInt64Array::from_iter_values(
            (0..900).map(|row| if row == at { u64::MAX } else { row }),
        )) as ArrayRef
    };
    let numbers = || integers((0..900).map(|row| row % 800));
    for script in [
        "CREATE TABLE t (x, y, z)",
        "CREATE TABLE t (x REAL, y INTEGER, z UNIQUE)",
        "CREATE TABLE t (x REAL, y INT, z INT) STRICT",
    ]
    .into_iter()
    .filter(|script| understands(script))
    {
        for (x, y) in [
            (500, 500),
            (600, 500),
            (500, 600),
            (0, 2000),
            (2000, 0),
            (850, 2000),
            (2000, 2000),
        ] {
            let batches = [batch(vec![
                ("x", nans(x)),
                ("y", large(y as u64)),
                ("z", numbers()),
            ])];
            same(script, &batches, &LoadOptions::new());
            same(script, &batches, &LoadOptions::new().on_nan(OnNan::Null));
            same(script, &batches, &LoadOptions::new().on_nan(OnNan::Text));
        }
    }
}

#[test]
fn texts_that_look_like_numbers() {
    let texts = [
        "",
        " ",
        "1",
        " 12 ",
        "1.5",
        "abc",
        "2013-01-01",
        "+",
        "-",
        ".",
        "1e5",
        "1e",
        "0x10",
        "٣",
        "1\0",
        "007",
        "-0",
        "1e400x",
        "NaN",
        "Infinity",
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890 x",
    ];
    for kind in ["NUMERIC", "INTEGER", "REAL", "DATE", "TEXT", "BLOB", "ANY"] {
        let column = strings((0..400).map(|row| texts[row % texts.len()].to_owned()));
        let views: ArrayRef = Arc::new(StringViewArray::from_iter_values(
            (0..400).map(|row| texts[row % texts.len()]),
        ));
        let batches = [batch(vec![("x", column), ("y", views)])];
        direct(&format!("CREATE TABLE t (x {kind}, y {kind})"), &batches);
        direct(
            &format!("CREATE TABLE t (x {kind}, y {kind}); CREATE INDEX i ON t (y, x)"),
            &batches,
        );
    }
}

/// Which reals are stored as integers has edges: 2^48, 2^53, and the largest reals below 2^63.
#[test]
fn reals_at_the_edges_of_integers() {
    let edges = [
        0.0,
        -0.0,
        0.5,
        281_474_976_710_655.0,
        281_474_976_710_656.0,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        9_223_372_036_854_773_760.0,
        9_223_372_036_854_774_784.0,
        9_223_372_036_854_775_808.0,
        1e300,
        5e-324,
    ];
    // Each twice and with its sign turned, as the first row of a load is always executed.
    let values: Vec<f64> = edges
        .iter()
        .flat_map(|edge| [*edge, -edge, *edge])
        .collect();
    for kind in ["NUMERIC", "INTEGER", "REAL", "BLOB", "ANY"] {
        let batches = [batch(vec![(
            "x",
            Arc::new(Float64Array::from(values.clone())) as ArrayRef,
        )])];
        direct(&format!("CREATE TABLE t (x {kind})"), &batches);
        direct(
            &format!("CREATE TABLE t (x {kind}); CREATE INDEX i ON t (x)"),
            &batches,
        );
    }
}
