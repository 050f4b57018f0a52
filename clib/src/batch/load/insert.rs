//! Executing an INSERT for the rows of a batch.
//!
//! One execution costs SQLite some 200 ns before it looks at a value, so where it makes no other difference one statement
//! inserts many rows: `VALUES (...), (...), ...`. Measured with the 10 columns of `cargo xtask bench`, as multiples of the
//! time of a statement for each row: 0.71 for 10 rows in a statement, 0.69 for 20, 0.67 for 51 and 0.66 for 100.
//!
//! An upsert is executed row by row too. `INSERT ... SELECT` from a table input that is the batch, with a last row by itself, took as
//! much processor time with keys that are integers, and 0.85 of it with keys that are texts (200,000 rows in 25 batches, half of
//! them updates): not enough for a second way, which would have to find out that no row of a statement can undo what another one did.
//!
//! It does make a difference where a constraint is looked at when a statement ends, and what satisfies it may be another row
//! of the statement; [`InsertSql::groups`] tells. And it makes one where the statement fails: it is undone as a whole then,
//! so its rows are inserted one by one to find the one at fault, or what else is wrong with a row before that.

use super::affinity;
use super::failure::{Cause, Failure};
use super::source::{SourceColumn, Unfit};
use super::target::InsertSql;
use crate::batch::options::LoadPath;
use crate::connection::Connection;
use crate::error::{Code, Error, Result};
use crate::raw::{Bound, LoadStop, Sources, interrupted, kernel_available};
use crate::statement::Statement;

/// How many parameters a statement for many rows has at most. All versions and builds of SQLite allow 999.
const MOST_PARAMETERS: usize = 512;

/// How much memory entries of indexes may take before they are inserted.
const PENDING_BYTES: usize = 256 << 20;

/// The prepared statements of a load.
pub(super) struct Inserter<'conn> {
    conn: &'conn Connection,
    sql: InsertSql,
    one: Statement<'conn>,
    /// How many rows `many` inserts; less than 2 where each row needs a statement of its own.
    group: usize,
    many: Option<Statement<'conn>>,
    /// The fastest path that rows take.
    allowed: LoadPath,
    /// Why it is not a faster one.
    obstacle: Option<&'static str>,
    /// Whether the kernel has the load of `one`.
    direct: bool,
    /// How often the connection had been interrupted when the load, or this part of it, began.
    interrupts: u64,
}

/// What became of a batch.
pub(super) struct Inserted {
    /// How many NaNs became something else.
    pub(super) nans: u64,
    pub(super) path: LoadPath,
    /// Why not a faster one.
    pub(super) plan: Option<&'static str>,
}

impl<'conn> Inserter<'conn> {
    pub(super) fn new(conn: &'conn Connection, sql: InsertSql, path: LoadPath) -> Result<Self> {
        let group = if sql.groups {
            MOST_PARAMETERS / sql.columns.max(1)
        } else {
            1
        };
        let mut this = Self {
            conn,
            one: conn.prepare(&sql.for_rows(1))?,
            sql,
            group,
            many: None,
            allowed: path,
            obstacle: None,
            direct: false,
            interrupts: conn.db().interrupter().count(),
        };
        if !kernel_available() {
            if path != LoadPath::Portable {
                this.obstacle = Some("SQLite is not the one that comes with this crate");
            }
            this.allowed = LoadPath::Portable;
        } else if matches!(path, LoadPath::Auto | LoadPath::Direct) {
            this.one
                .raw_mut()
                .begin_load(this.sql.columns, PENDING_BYTES)?;
            this.direct = true;
        }
        Ok(this)
    }

    /// Interrupts until now are none of the load's.
    pub(super) fn begin(&mut self) {
        self.interrupts = self.conn.db().interrupter().count();
    }

    /// An error where the load was interrupted since. SQLite forgets an interrupt that comes between two statements.
    fn check_interrupts(&self) -> Result<(), Failure> {
        if self.conn.db().interrupter().count() == self.interrupts {
            Ok(())
        } else {
            Err(nowhere(interrupted()))
        }
    }

    /// Makes `changes()` what it is after a statement that has failed, for a row that was not executed.
    #[cold]
    fn forget_changes(&self) {
        // An error changes nothing, and the caller has one already.
        let _ = self.conn.execute_batch(&self.sql.for_none());
    }

    /// Whether many rows are faster together than batch by batch. Not where values are looked at before the rows: a row of an earlier
    /// batch comes first.
    pub(super) fn gathers(&mut self) -> bool {
        self.direct && self.sql.checked.is_empty() && self.one.raw_mut().load_sorts()
    }

    /// Inserts the rows of a batch, before which the load had `base`.
    ///
    /// What is bound stays the columns'; the bindings are cleared before this returns.
    pub(super) fn rows(
        &mut self,
        columns: &[SourceColumn],
        rows: usize,
        base: u64,
    ) -> Result<Inserted, Failure> {
        self.check_interrupts()?;
        self.try_rows(columns, rows, base).map_err(|mut failure| {
            match &failure.cause {
                Cause::Value(_) => self.forget_changes(),
                // Every row would have failed: with one statement for many, none is named either.
                Cause::Error(error) if error.code() == Some(Code::ReadOnly) => failure.row = None,
                Cause::Error(_) => {}
            }
            failure
        })
    }

    fn try_rows(
        &mut self,
        columns: &[SourceColumn],
        rows: usize,
        base: u64,
    ) -> Result<Inserted, Failure> {
        affinity::check(&self.sql.checked, columns, rows)?;
        let mut inserted = Inserted {
            nans: 0,
            path: LoadPath::Portable,
            plan: self.obstacle,
        };
        let mut sources = Sources::new(rows);
        let described = self.allowed != LoadPath::Portable
            && columns
                .iter()
                .all(|column| column.describe(&mut sources).is_some());
        if !described {
            if self.allowed != LoadPath::Portable {
                inserted.plan = Some("a value of the batch has no form in SQLite");
            }
            inserted.nans = self.portable(columns, rows)?;
            return Ok(inserted);
        }
        if self.direct && rows > 0 {
            let known = self.one.raw_mut().load_obstacle();
            if known.is_none() || self.group < 2 {
                self.one
                    .raw_mut()
                    .bind_borrowed()
                    .load_direct(&sources, base, 0, rows)
                    .map_err(|stop| failed_at(stop, base, columns))?;
                inserted.plan = self.one.raw_mut().load_obstacle();
            } else {
                // Many rows in one statement are faster than one by one.
                inserted.plan = known;
                self.prepared(&sources, columns, rows)?;
            }
            inserted.path = if inserted.plan.is_none() {
                LoadPath::Direct
            } else {
                LoadPath::Prepared
            };
        } else {
            self.prepared(&sources, columns, rows)?;
            inserted.path = LoadPath::Prepared;
        }
        inserted.nans = columns.iter().map(|column| column.nans(rows)).sum();
        Ok(inserted)
    }

    /// The rows by the kernel, many in a statement where that may be.
    fn prepared(
        &mut self,
        sources: &Sources<'_>,
        columns: &[SourceColumn],
        rows: usize,
    ) -> Result<(), Failure> {
        let mut row = 0;
        // The last row by itself: so `changes()` is what it is after one row.
        let end = (rows.saturating_sub(1) / self.group.max(1)) * self.group;
        while self.group > 1 && row < end {
            let (conn, group) = (self.conn, self.group);
            let before = conn.total_changes();
            let many = self.many()?;
            let stopped = many
                .raw_mut()
                .bind_borrowed()
                .load_prepared(sources, row, end, group);
            let Err(stop) = stopped else {
                row = end;
                break;
            };
            let at = stop
                .row
                .and_then(|row| usize::try_from(row).ok())
                .unwrap_or(row);
            let done = (at.saturating_sub(row) / group) * group;
            let failure = failed_at(stop, 0, columns);
            // A trigger that was created since can keep a part of the group.
            let kept = conn.total_changes() != before + done as u64;
            if kept || !self.is_a_rows(&failure) {
                return Err(Failure {
                    row: None,
                    ..failure
                });
            }
            row += done;
            self.one
                .raw_mut()
                .bind_borrowed()
                .load_prepared(sources, row, row + group, 1)
                .map_err(|stop| failed_at(stop, 0, columns))?;
            row += group;
        }
        self.one
            .raw_mut()
            .bind_borrowed()
            .load_prepared(sources, row, rows, 1)
            .map_err(|stop| failed_at(stop, 0, columns))
    }

    /// The statement for many rows.
    fn many(&mut self) -> Result<&mut Statement<'conn>, Failure> {
        if self.many.is_none() {
            let many = self.conn.prepare(&self.sql.for_rows(self.group));
            self.many = Some(many.map_err(nowhere)?);
        }
        match &mut self.many {
            Some(many) => Ok(many),
            // It was just made.
            None => Err(nowhere(Error::NoStatement)),
        }
    }

    /// The rows over the public interface. Returns how many NaNs became something else.
    fn portable(&mut self, columns: &[SourceColumn], rows: usize) -> Result<u64, Failure> {
        let mut nans = 0;
        let mut row = 0;
        // The last row by itself: so `changes()` is what it is after one row.
        if self.group > 1 {
            while rows - row > self.group {
                let (conn, group, interrupts) = (self.conn, self.group, self.interrupts);
                let mut bound = self.many()?.raw_mut().bind_borrowed();
                let mut before;
                let failed = loop {
                    before = conn.total_changes();
                    if rows - row <= group {
                        break None;
                    }
                    if conn.db().interrupter().count() != interrupts {
                        break Some(nowhere(interrupted()));
                    }
                    match insert(&mut bound, columns, row, group, &mut nans) {
                        Ok(()) => row += group,
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
        let (conn, interrupts) = (self.conn, self.interrupts);
        let mut bound = self.one.raw_mut().bind_borrowed();
        (from..to).try_for_each(|row| {
            if conn.db().interrupter().count() != interrupts {
                return Err(nowhere(interrupted()));
            }
            insert(&mut bound, columns, row, 1, nans)
        })
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

#[cold]
fn nowhere(error: Error) -> Failure {
    Failure {
        row: None,
        column: None,
        cause: Cause::Error(error),
    }
}

/// What the kernel has stopped at, in a load that had `base` rows before this batch.
#[cold]
fn failed_at(stop: LoadStop, base: u64, columns: &[SourceColumn]) -> Failure {
    let row = stop
        .row
        .map(|row| row.saturating_sub(i64::try_from(base).unwrap_or(i64::MAX)));
    let cause = match stop.error {
        Some(error) => Cause::Error(error),
        None => {
            let value = stop
                .column
                .and_then(|column| columns.get(column))
                .zip(row.and_then(|row| usize::try_from(row).ok()))
                .map(|(column, row)| column.value(row, &mut 0));
            match value {
                Some(Err(Unfit(reason))) => Cause::Value(reason),
                _ => Cause::Value("a value has no form in SQLite".to_owned()),
            }
        }
    };
    Failure {
        row,
        column: stop.column,
        cause,
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
                row: i64::try_from(row).ok(),
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
        row: i64::try_from(row).ok(),
        column: None,
        cause: Cause::Error(error),
    }
}
