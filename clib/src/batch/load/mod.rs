//! Loading: batches become rows of a table.

mod affinity;
mod failure;
mod gather;
mod guard;
mod insert;
pub(super) mod source;
mod target;

use std::fmt;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use self::failure::{Failure, of_error, of_problem, of_row};
use self::gather::Gathered;
use self::guard::Guard;
use self::insert::Inserter;
pub(super) use self::source::{SourceColumn, Unfit};
use self::target::InsertSql;
pub(super) use self::target::{Found, Place, Problem, check_names, master};
use super::options::{LoadMode, LoadOptions, LoadPath, LoadReport, OnNan};
use super::table_name::{TableName, quote};
use crate::connection::Connection;
use crate::error::{Error, Result};

/// Loads batches into a table as they come, all or nothing.
///
/// [`finish`](Self::finish) keeps what was loaded. Dropping the loader undoes it, as an error does at once; in both cases the
/// caller's transaction, if there is one, is as it was before, and open. (SQLite itself ends the whole transaction where it
/// cannot do less: after some I/O errors, a full disk, an interrupt in the middle of a write, or by `ON CONFLICT ROLLBACK`.)
///
/// Everything happens in a savepoint. Ending it from outside (`ROLLBACK`, `COMMIT`, releasing a savepoint around it) makes the
/// next call fail: the loader does not go on where it could not undo. A savepoint that the caller opens while the loader is
/// there is released by its next call. A connection has one loader at a time; one that is leaked keeps its place, and its
/// transaction open, until the connection is closed or given back.
///
/// After an interrupt SQLite executes nothing until all running statements have ended. A load that fails so, while the
/// connection has other statements running, is undone before the next one starts.
///
/// ```
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use clib::{Connection, LoadMode, LoadOptions};
/// use std::sync::Arc;
///
/// let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
/// let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
///
/// let conn = Connection::open_in_memory()?;
/// let mut loader = conn.loader("numbers", batch.schema(), &LoadOptions::new().mode(LoadMode::Create))?;
/// loader.append(&batch)?;
/// loader.append(&batch)?;
/// assert_eq!(loader.finish()?.rows, 6);
/// # Ok::<(), clib::Error>(())
/// ```
pub struct Loader<'conn> {
    conn: &'conn Connection,
    /// As the caller wrote it, for errors.
    table: TableName,
    schema: SchemaRef,
    on_nan: OnNan,
    /// Before the guard: its execution must be over when the savepoint ends.
    insert: Inserter<'conn>,
    /// `None` after an error.
    guard: Option<Guard<'conn>>,
    replacement: Option<Replacement>,
    report: LoadReport,
}

/// A new table that takes an old one's place in the end.
struct Replacement {
    place: Place,
    name: String,
}

impl Connection {
    /// Loads all batches of a reader into a table, all or nothing: in the caller's transaction, which stays open (but see
    /// [`Loader`] for errors after which SQLite ends it), or in one of its own.
    ///
    /// The reader may read from this connection, also from the table that [`LoadMode::Replace`] replaces. One that reads the
    /// table it appends to may or may not see the new rows, as in SQLite itself.
    ///
    /// ```
    /// use clib::{Connection, LoadMode, LoadOptions, ReadOptions};
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL)")?;
    /// let rows = conn.read_table("t", &ReadOptions::new())?;
    /// let report = conn.load("copy", rows, &LoadOptions::new().mode(LoadMode::Create))?;
    /// assert_eq!((report.rows, report.created), (2, true));
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The reader's own; [`Error::Unsupported`] for a type that SQLite cannot hold; and [`Error::Load`], which names the row
    /// where there is one, for everything else. Nothing of the load remains then, but for the errors of a WAL hook: see
    /// [`Loader::finish`].
    pub fn load(
        &self,
        table: impl Into<TableName>,
        reader: impl RecordBatchReader,
        options: &LoadOptions,
    ) -> Result<LoadReport> {
        let mut loader = self.loader(table, reader.schema(), options)?;
        let mut reader = reader;
        let mut gathered = Gathered::default();
        let result = loop {
            let (loaded, end) = match reader.next() {
                Some(Ok(batch)) => (loader.gather(&mut gathered, batch), None),
                // What is wrong with a row before that comes first.
                Some(Err(error)) => (
                    loader.append_gathered(&mut gathered),
                    Some(Err(Error::from(error))),
                ),
                None => (loader.append_gathered(&mut gathered), Some(Ok(()))),
            };
            if let Err(error) = loaded {
                break Err(loader.with_loss(error));
            }
            if let Some(end) = end {
                break end;
            }
        };
        // Before the savepoint ends: a statement in the middle of its execution would be in the way.
        drop(reader);
        result?;
        loader.finish()
    }

    /// A loader for a table, to which batches of that schema are given one by one.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), before a row is written.
    pub fn loader(
        &self,
        table: impl Into<TableName>,
        schema: SchemaRef,
        options: &LoadOptions,
    ) -> Result<Loader<'_>> {
        Loader::new(self, table.into(), schema, options)
    }
}

impl<'conn> Loader<'conn> {
    fn new(
        conn: &'conn Connection,
        table: TableName,
        schema: SchemaRef,
        options: &LoadOptions,
    ) -> Result<Self> {
        check_names(&schema).map_err(|problem| of_problem(&table, problem))?;
        target::check_types(&schema)?;
        // Temporary tables have no other writers to wait for.
        let locks = match Place::find(conn, &table) {
            Ok(Ok(place)) => !place.is_temporary(),
            Ok(Err(problem)) => return Err(of_problem(&table, problem)),
            Err(error) => return Err(of_error(&table, error)),
        };
        let guard = Guard::begin(conn, locks).map_err(|error| of_error(&table, error))?;
        let Some(guard) = guard else {
            return Err(of_problem(
                &table,
                Problem::new(
                    "another load on this connection has not ended: finish or drop its loader first",
                ),
            ));
        };
        // Once more, as what was found without a lock may have changed.
        let prepared = prepare(conn, &table, &schema, options);
        let (insert, replacement, created) = match prepared {
            Ok(Ok(prepared)) => prepared,
            Ok(Err(problem)) => return Err(of_problem(&table, problem)),
            Err(error @ Error::Unsupported(_)) => return Err(error),
            Err(error) => return Err(of_error(&table, error)),
        };
        Ok(Self {
            conn,
            table,
            schema,
            on_nan: options.on_nan,
            insert,
            guard: Some(guard),
            replacement,
            report: LoadReport {
                created,
                ..LoadReport::default()
            },
        })
    }

    /// Loads the rows of a batch.
    ///
    /// # Errors
    ///
    /// [`Error::Load`]; nothing of the load remains then, and further calls fail.
    pub fn append(&mut self, batch: &RecordBatch) -> Result<()> {
        self.insert.begin();
        let result = self
            .append_rows(batch)
            .map_err(|error| self.with_loss(error));
        if result.is_err() {
            self.guard = None;
        }
        result
    }

    /// Says where the caller's transaction is gone too.
    fn with_loss(&self, error: Error) -> Error {
        match error {
            Error::Load(mut load)
                if self.guard.as_ref().is_some_and(Guard::has_lost_callers)
                    && load.source.is_some() =>
            {
                load.reason += "; SQLite has rolled back the whole transaction, with what was in it before the load";
                Error::Load(load)
            }
            error => error,
        }
    }

    /// Keeps what was loaded.
    ///
    /// # Errors
    ///
    /// [`Error::Load`], after an earlier one too; nothing of the load remains then. A [WAL hook](Connection::wal_hook) is the
    /// exception: it is called when the load's own transaction has been committed, and its error, or panic, comes out of here
    /// although all of the load is there.
    pub fn finish(mut self) -> Result<LoadReport> {
        self.check_guard()?;
        if let Some(replacement) = self.replacement.take() {
            replacement
                .finish(self.conn)
                .map_err(|error| of_error(&self.table, error))?;
        }
        if let Some(guard) = self.guard.take() {
            guard
                .commit()
                .map_err(|error| of_error(&self.table, error))?;
        }
        Ok(self.report)
    }

    /// The savepoint must be there.
    fn check_guard(&self) -> Result<()> {
        let Some(guard) = &self.guard else {
            return Err(of_problem(
                &self.table,
                Problem::new("the load has failed before"),
            ));
        };
        match guard.check() {
            Ok(true) => Ok(()),
            Ok(false) => Err(of_problem(
                &self.table,
                Problem::new(
                    "the load's savepoint was ended from outside, by a COMMIT, ROLLBACK or RELEASE on the same connection: \
                     let the load finish first",
                ),
            )),
            Err(error) => Err(of_error(&self.table, error)),
        }
    }

    fn append_rows(&mut self, batch: &RecordBatch) -> Result<()> {
        self.check_guard()?;
        self.check_schema(batch)?;
        let columns = batch
            .columns()
            .iter()
            .zip(self.schema.fields())
            .map(|(array, field)| SourceColumn::new(array.as_ref(), field, self.on_nan))
            .collect::<Result<Vec<_>, ArrowError>>()
            .map_err(|error| of_error(&self.table, error.into()))?;
        let before = self.conn.db().crossings();
        let inserted = self
            .insert
            .rows(&columns, batch.num_rows(), self.report.rows);
        self.report.crossings += self.conn.db().crossings() - before;
        match inserted {
            Ok(inserted) => {
                self.report.rows += batch.num_rows() as u64;
                self.report.batches += 1;
                self.report.nans += inserted.nans;
                if batch.num_rows() > 0 && slowness(inserted.path) >= slowness(self.report.path) {
                    self.report.path = inserted.path;
                    self.report.plan = inserted.plan;
                }
                Ok(())
            }
            Err(failure) => Err(self.row_error(failure)),
        }
    }

    fn row_error(&self, failure: Failure) -> Error {
        let column = failure
            .column
            .and_then(|index| self.schema.fields().get(index));
        let column = column.map(|field| field.name().clone());
        of_row(&self.table, self.report.rows, column, failure)
    }

    /// Each batch must have the columns that the loader was made for.
    fn check_schema(&self, batch: &RecordBatch) -> Result<()> {
        let problem = if batch.num_columns() == self.schema.fields().len() {
            let schema = batch.schema();
            let mut pairs = self.schema.fields().iter().zip(schema.fields());
            pairs
                .find(|(expected, found)| {
                    expected.data_type() != found.data_type() || expected.name() != found.name()
                })
                .map(|(expected, found)| {
                    format!(
                        "batch {} has `{}` of type {} where `{}` of type {} is expected",
                        self.report.batches + 1,
                        found.name(),
                        found.data_type(),
                        expected.name(),
                        expected.data_type()
                    )
                })
        } else {
            Some(format!(
                "batch {} has {} columns, and the load has {}",
                self.report.batches + 1,
                batch.num_columns(),
                self.schema.fields().len()
            ))
        };
        match problem {
            Some(reason) => Err(of_problem(
                &self.table,
                Problem {
                    column: None,
                    reason,
                },
            )),
            None => Ok(()),
        }
    }
}

/// Orders paths: the fastest is the least.
fn slowness(path: LoadPath) -> u8 {
    match path {
        LoadPath::Auto => 0,
        LoadPath::Direct => 1,
        LoadPath::Prepared => 2,
        LoadPath::Portable => 3,
    }
}

type Prepared<'conn> = (Inserter<'conn>, Option<Replacement>, bool);

/// Finds or creates the table, and prepares the statement that fills it.
fn prepare<'conn>(
    conn: &'conn Connection,
    table: &TableName,
    schema: &SchemaRef,
    options: &LoadOptions,
) -> Result<Result<Prepared<'conn>, Problem>> {
    let place = match Place::find(conn, table)? {
        Ok(place) => place,
        Err(problem) => return Ok(Err(problem)),
    };
    let problem = |reason: &str| {
        Ok(Err(Problem {
            column: None,
            reason: reason.to_owned(),
        }))
    };
    let referrer = match (&options.mode, place.found) {
        (LoadMode::Replace, Found::Table) => place.referrer(conn)?,
        _ => None,
    };
    let created_name = match (&options.mode, place.found) {
        (LoadMode::Replace, Found::Table) if referrer.is_some() => {
            let child = referrer.unwrap_or_default();
            return Ok(Err(Problem::new(format!(
                "table `{child}` refers to it by a foreign key, and replacing it would delete or change rows there: delete its \
                 rows and append, or set the pragma `foreign_keys` to off for the while"
            ))));
        }
        (_, Found::View) => return problem("it is a view: load a table that it reads"),
        (LoadMode::Create, Found::Table) => {
            return problem(
                "the table exists: choose LoadMode::Append, Replace or Upsert, or another name",
            );
        }
        (LoadMode::Append | LoadMode::Upsert { .. }, Found::Nothing) => {
            return problem(
                "there is no such table: create it, or choose LoadMode::CreateOrAppend",
            );
        }
        (LoadMode::Create | LoadMode::CreateOrAppend | LoadMode::Replace, Found::Nothing) => {
            Some(place.name.clone())
        }
        // The old table stays readable, and takes its indexes' names with it only in the end.
        (LoadMode::Replace, Found::Table) => Some(place.free_name(conn)?),
        (LoadMode::Append | LoadMode::CreateOrAppend | LoadMode::Upsert { .. }, Found::Table) => {
            None
        }
    };
    let Some(name) = created_name else {
        let sql = match target::insert_sql(conn, &place, schema, &options.mode)? {
            Ok(sql) => sql,
            Err(problem) => return Ok(Err(problem)),
        };
        return Ok(Ok((Inserter::new(conn, sql, options.path)?, None, false)));
    };
    let target = place.to_sql(&name);
    conn.execute_batch(&target::create_sql(&target, schema, options)?)?;
    let mut sql = InsertSql::new(&target, schema);
    sql.groups = !options.strict;
    let insert = Inserter::new(conn, sql, options.path)?;
    let replacement = (place.found == Found::Table).then_some(Replacement { place, name });
    Ok(Ok((insert, replacement, true)))
}

impl Replacement {
    /// Drops the old table and gives the new one its name.
    ///
    /// The renaming must not look at views and triggers, which are about the old table: that is what
    /// `legacy_alter_table` means.
    fn finish(&self, conn: &Connection) -> Result<()> {
        let legacy: bool = conn.query_row("PRAGMA legacy_alter_table", (), |row| row.get(0))?;
        conn.execute_batch(&format!(
            "DROP TABLE {}",
            self.place.to_sql(&self.place.name)
        ))?;
        let _legacy = (!legacy)
            .then(|| LegacyAlterTable::begin(conn))
            .transpose()?;
        conn.execute_batch(&format!(
            "ALTER TABLE {} RENAME TO {}",
            self.place.to_sql(&self.name),
            quote(&self.place.name)
        ))
    }
}

/// While it lives, renaming a table does not look at views and triggers.
struct LegacyAlterTable<'conn>(&'conn Connection);

impl<'conn> LegacyAlterTable<'conn> {
    fn begin(conn: &'conn Connection) -> Result<Self> {
        conn.execute_batch("PRAGMA legacy_alter_table = ON")?;
        Ok(Self(conn))
    }
}

impl Drop for LegacyAlterTable<'_> {
    fn drop(&mut self) {
        let _suspended = self.0.db().suspend_limits();
        // It is prepared and executed in memory: what could refuse it is an authorizer, which has allowed it before.
        let _ = self.0.execute_batch("PRAGMA legacy_alter_table = OFF");
    }
}

impl fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("table", &self.table)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
