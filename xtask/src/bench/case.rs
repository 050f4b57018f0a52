//! The cases: what each shows, and against whom it is run.

use super::numbers::float;

/// One case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) shows: &'static str,
    /// Against whom, in order of interest.
    pub(crate) peers: &'static [&'static str],
    pub(crate) unit: Unit,
    pub(crate) scratch: Scratch,
}

/// What the times are divided by, for people to read.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// The table's rows.
    Row,
    /// A tenth of the table's rows: what is appended.
    AppendedRow,
    /// One execution of a statement.
    Query,
}

impl Unit {
    /// The unit's name, and how many of them one execution of the case has.
    pub(crate) fn of(self, rows: u64) -> (&'static str, f64) {
        match self {
            Self::Row => ("row", float(rows)),
            Self::AppendedRow => ("row", float(rows / 10)),
            Self::Query => ("query", 1.0),
        }
    }
}

/// What a case writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scratch {
    /// Nothing: it reads.
    None,
    /// A database that is not there before.
    New,
    /// A copy of a database that holds the table with its indexes.
    Indexed,
}

pub(crate) const MEMORY: &str = "memory";
pub(crate) const SCAN_PARALLEL: &str = "scan-parallel";

/// All cases, in the order in which they are run.
pub(crate) static CASES: [Case; 15] = [
    reading(
        "scan",
        "the whole table",
        &[
            "c-loop",
            "rusqlite",
            "adbc",
            "connectorx",
            "go-sqlite3",
            "python",
        ],
    ),
    reading(
        "scan-2of10",
        "two of its ten columns",
        &["c-loop", "rusqlite"],
    ),
    reading(
        SCAN_PARALLEL,
        "the whole table in two partitions at once, against our own one thread",
        &["own"],
    ),
    reading(
        "scan-cold",
        "the whole table, by a connection that is opened for it",
        &["c-loop", "rusqlite"],
    ),
    reading(
        "fill",
        "a join with a filter and an expression",
        &["c-loop", "rusqlite"],
    ),
    Case {
        unit: Unit::Query,
        ..reading(
            "fill-100x10",
            "a prepared statement for a hundred rows of ten columns, again and again",
            &["go-sqlite3", "rusqlite", "c-loop", "python"],
        )
    },
    loading(
        "load",
        "into a new table without an index",
        &[
            "c-loop",
            "c-multivalues",
            "rusqlite",
            "adbc",
            "go-sqlite3",
            "python",
        ],
    ),
    loading(
        "load-3idx",
        "into a new table with three indexes on random values",
        &["c-loop", "c-loop-cache", "rusqlite"],
    ),
    Case {
        unit: Unit::AppendedRow,
        scratch: Scratch::Indexed,
        ..loading(
            "load-3idx-append",
            "a tenth as many rows into a table that has rows and three indexes",
            &["c-loop", "c-loop-cache", "rusqlite"],
        )
    },
    reading(
        "lookup",
        "as many random rowids as the table has rows",
        &["c-loop", "rusqlite"],
    ),
    reading(
        "lookup-text",
        "as many random text keys as the table has rows",
        &["c-loop", "rusqlite"],
    ),
    reading(
        "aggregate",
        "a sum of squares, by a function that the program defines",
        &["c-loop", "rusqlite"],
    ),
    reading(
        "aggregate-rows",
        "the same, by a function that is called for each row",
        &["c-loop", "rusqlite"],
    ),
    reading(
        "function",
        "a sum of what a scalar function makes of a column, which the program defines",
        &["c-loop", "rusqlite"],
    ),
    reading(
        MEMORY,
        "peak of a scan batch by batch, of the table and of one ten times as long",
        &["own"],
    ),
];

pub(crate) fn find(name: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.name == name)
}

const fn reading(name: &'static str, shows: &'static str, peers: &'static [&'static str]) -> Case {
    Case {
        name,
        shows,
        peers,
        unit: Unit::Row,
        scratch: Scratch::None,
    }
}

const fn loading(name: &'static str, shows: &'static str, peers: &'static [&'static str]) -> Case {
    Case {
        scratch: Scratch::New,
        ..reading(name, shows, peers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_differ() {
        for case in &CASES {
            assert!(
                std::ptr::eq(find(case.name).unwrap(), case),
                "{}",
                case.name
            );
        }
        assert!(find("no such").is_none());
    }
}
