//! Executing an INSERT for the rows of a batch.
//!
//! One execution costs SQLite some 200 ns before it looks at a value, so where it makes no other difference one statement
//! inserts many rows: `VALUES (...), (...), ...`. Measured with the 10 columns of `cargo xtask bench`, as multiples of the
//! time of a statement for each row: 0.71 for 10 rows in a statement, 0.69 for 20, 0.67 for 51 and 0.66 for 100.
//!
//! It does make a difference where a constraint is looked at when a statement ends, and what satisfies it may be another row
//! of the statement; [`InsertSql::groups`] tells. And it makes one where the statement fails: it is undone as a whole then,
//! so its rows are inserted one by one to find the one at fault, or what else is wrong with a row before that.

use super::affinity;
use super::failure::{Cause, Failure};
use super::source::{SourceColumn, Unfit};
use super::target::InsertSql;
use crate::connection::Connection;
use crate::error::{Code, Error, Result};
use crate::raw::Bound;
use crate::statement::Statement;

/// How many parameters a statement for many rows has at most. All versions and builds of SQLite allow 999.
const MOST_PARAMETERS: usize = 512;

/// The prepared statements of a load.
pub(super) struct Inserter<'conn> {
    conn: &'conn Connection,
    sql: InsertSql,
    one: Statement<'conn>,
    /// How many rows `many` inserts; less than 2 where each row needs a statement of its own.
    group: usize,
    many: Option<Statement<'conn>>,
}

impl<'conn> Inserter<'conn> {
    pub(super) fn new(conn: &'conn Connection, sql: InsertSql) -> Result<Self> {
        let group = if sql.groups {
            MOST_PARAMETERS / sql.columns.max(1)
        } else {
            1
        };
        Ok(Self {
            conn,
            one: conn.prepare(&sql.for_rows(1))?,
            sql,
            group,
            many: None,
        })
    }

    /// Inserts the rows of a batch, and returns how many NaNs became something else.
    ///
    /// What is bound stays the columns'; the bindings are cleared before this returns.
    pub(super) fn rows(&mut self, columns: &[SourceColumn], rows: usize) -> Result<u64, Failure> {
        affinity::check(&self.sql.checked, columns, rows)?;
        let mut nans = 0;
        let mut row = 0;
        if self.group > 1 {
            while rows - row >= self.group {
                if self.many.is_none() {
                    let many = self.conn.prepare(&self.sql.for_rows(self.group));
                    self.many = Some(many.map_err(|error| Failure {
                        row: None,
                        column: None,
                        cause: Cause::Error(error),
                    })?);
                }
                let Some(many) = &mut self.many else { break };
                let mut bound = many.raw_mut().bind_borrowed();
                let mut before;
                let failed = loop {
                    before = self.conn.total_changes();
                    if rows - row < self.group {
                        break None;
                    }
                    match insert(&mut bound, columns, row, self.group, &mut nans) {
                        Ok(()) => row += self.group,
                        Err(failure) => break Some(failure),
                    }
                };
                drop(bound);
                if let Some(failure) = failed {
                    // A trigger that was created since can keep a part of the group.
                    let kept = self.conn.total_changes() != before;
                    if kept || !self.is_a_rows(&failure) {
                        return Err(Failure {
                            row: None,
                            ..failure
                        });
                    }
                    self.one_by_one(columns, row, row + self.group, &mut nans)?;
                    row += self.group;
                }
            }
        }
        self.one_by_one(columns, row, rows, &mut nans)?;
        Ok(nans)
    }

    fn one_by_one(
        &mut self,
        columns: &[SourceColumn],
        from: usize,
        to: usize,
        nans: &mut u64,
    ) -> Result<(), Failure> {
        let mut bound = self.one.raw_mut().bind_borrowed();
        (from..to).try_for_each(|row| insert(&mut bound, columns, row, 1, nans))
    }

    /// Whether a group failed because of one of its rows, and only the group was undone.
    fn is_a_rows(&self, failure: &Failure) -> bool {
        match &failure.cause {
            Cause::Value(_) => true,
            Cause::Error(error) => {
                !self.conn.is_autocommit()
                    && matches!(
                        error.code(),
                        Some(Code::Constraint | Code::Mismatch | Code::TooBig | Code::Error)
                    )
            }
        }
    }
}

/// Binds `count` rows and executes. Column by column, so that the type of each is looked at in a row.
fn insert<'p>(
    bound: &mut Bound<'_, 'p>,
    columns: &'p [SourceColumn],
    row: usize,
    count: usize,
    nans: &mut u64,
) -> Result<(), Failure> {
    let mut found = 0;
    for (index, column) in columns.iter().enumerate() {
        let mut parameter = index + 1;
        for row in row..row + count {
            let cause = match column.value(row, &mut found) {
                Ok(value) => match bound.bind(parameter, value) {
                    Ok(()) => {
                        parameter += columns.len();
                        continue;
                    }
                    Err(error) => Cause::Error(error),
                },
                Err(Unfit(reason)) => Cause::Value(reason),
            };
            return Err(Failure {
                row: Some(row),
                column: Some(index),
                cause,
            });
        }
    }
    let stepped = bound.step();
    bound.reset();
    match stepped {
        Ok(_) => {
            *nans += found;
            Ok(())
        }
        Err(error) => Err(failed(row, error)),
    }
}

#[cold]
fn failed(row: usize, error: Error) -> Failure {
    Failure {
        row: Some(row),
        column: None,
        cause: Cause::Error(error),
    }
}
