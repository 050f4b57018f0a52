//! Reading: rows of a statement become batches.

mod column;
mod fill;
mod lookup;
mod part;
mod plan;
mod render;
mod table;

pub use lookup::Lookup;
pub(super) use part::Settled;
pub use plan::ReadPlan;
pub(super) use table::rowid_name;

use std::fmt;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use self::column::{Offence, ReadColumn};
use self::fill::{Batch, Begin};
use self::render::Renderer;
use super::column::Fixed;
use super::error::MismatchError;
use super::options::{ReadOptions, ReadPath, ReadReport};
use crate::error::{Error, Result};
use crate::raw::{self, Execution, Memory, Shape};
use crate::statement::{Params, Statement};

/// The rows of a statement, batch by batch.
///
/// It is an iterator and an Arrow [`RecordBatchReader`], whose errors are [`ArrowError`]s; [`next_batch`](Self::next_batch)
/// gives this crate's. All batches have one [`schema`](Self::schema), which is settled when the reader is made: the first
/// batch is read then. After an error, and after the last batch, there are no more.
///
/// While it lives, the statement is in the middle of its execution: a read transaction is open until the last batch was
/// handed out or the reader is dropped.
///
/// The columns of many rows lie side by side in blocks of 2 MiB, which live as long as any column in them: where one column is
/// kept for long, and the others are not, it is better copied. Their buffers cannot be made mutable without a copy.
///
/// ```
/// use clib::{Connection, ReadOptions};
///
/// let conn = Connection::open_in_memory()?;
/// conn.execute_batch("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL)")?;
/// let mut stmt = conn.prepare("SELECT a, b FROM t WHERE a < ?1")?;
/// let mut reader = stmt.query_batches([10], &ReadOptions::new())?;
/// while let Some(batch) = reader.next_batch()? {
///     assert_eq!(batch.num_rows(), 2);
/// }
/// assert_eq!(reader.report().rows, 2);
/// # Ok::<(), clib::Error>(())
/// ```
pub struct BatchReader<'a> {
    execution: Execution<'a>,
    plan: ReadPlan,
    columns: Vec<ReadColumn>,
    renderer: Renderer<'a>,
    schema: SchemaRef,
    /// The first batch, which settled the schema.
    first: Option<(RecordBatch, u64)>,
    batch_rows: usize,
    batch_bytes: usize,
    /// How many rows the batch before had: what the next one's buffers are made for.
    last_rows: usize,
    /// The table, where a whole one is read.
    table: Option<String>,
    /// The rowids of the current batch, where the statement has them as one column more.
    rowids: Option<Fixed<i64>>,
    /// Where columns go.
    memory: Memory,
    /// Rows before the current batch.
    rows_before: u64,
    /// Whether a row was stepped to that is in no batch yet.
    at_row: bool,
    done: bool,
    report: ReadReport,
}

impl Statement<'_> {
    /// Runs the statement and gives its rows in batches. Parameters are copied.
    ///
    /// # Errors
    ///
    /// Those of binding, of the first steps, of a schema that does not fit, and of a value in the first batch that does not.
    #[doc(alias = "sqlite3_step")]
    pub fn query_batches(
        &mut self,
        params: impl Params,
        options: &ReadOptions,
    ) -> Result<BatchReader<'_>> {
        let renderer = Renderer::new(self.connection().db());
        let bound = self.bind_copies(params)?;
        BatchReader::new(Execution::of_bound(bound), renderer, None, false, options)
    }
}

impl<'a> BatchReader<'a> {
    /// Reads the first batch. With `rowids`, the last column is hidden, and used for errors.
    fn new(
        execution: Execution<'a>,
        renderer: Renderer<'a>,
        table: Option<String>,
        rowids: bool,
        options: &ReadOptions,
    ) -> Result<Self> {
        let before = execution.stmt().db().crossings();
        let mut this = Self {
            execution,
            plan: ReadPlan::without_rows(),
            columns: Vec::new(),
            renderer,
            schema: Arc::new(Schema::empty()),
            first: None,
            batch_rows: options.batch_rows,
            batch_bytes: options.batch_bytes,
            last_rows: 0,
            table,
            rowids: rowids.then(|| Fixed::with_capacity(0, &mut Memory::default())),
            memory: Memory::default(),
            rows_before: 0,
            at_row: false,
            done: false,
            report: ReadReport::default(),
        };
        let (arrays, rows, nulled) = this.begin(options)?;
        let fields: Vec<_> = this
            .columns
            .iter()
            .map(|column| column.field().clone())
            .collect();
        this.schema = match &options.schema {
            Some(schema) => schema.clone(),
            None => Arc::new(Schema::new(fields)),
        };
        if rows > 0 {
            this.first = Some((this.batch(arrays, rows)?, nulled));
        }
        this.report.crossings = this.crossings() - before;
        Ok(this)
    }

    /// Makes the first step, learns the columns, and fills the first batch.
    fn begin(&mut self, options: &ReadOptions) -> Result<Batch> {
        let hidden = usize::from(self.rowids.is_some());
        let fuses = raw::kernel_available() && options.path != ReadPath::Portable;
        if fuses
            && let Some(shape) = self.execution.known_shape()
            // What is wrong may be so no more, if the schema has changed.
            && let Ok(columns) = columns(&shape, hidden, options)
        {
            self.columns = columns;
            let begun = self.fill(Some(&Begin {
                scan: options.path != ReadPath::Fill,
                shape,
            }))?;
            if let Some(batch) = begun {
                return Ok(batch);
            }
        } else {
            self.at_row = self.execution.step()?;
        }
        // Columns are known after the first step: it prepares the statement again where the schema has changed.
        self.columns = columns(&self.execution.stmt().shape(), hidden, options)?;
        self.done = !self.at_row;
        if self.at_row && fuses {
            let obstacle = self.execution.fuse(options.path != ReadPath::Fill)?;
            self.plan = ReadPlan::fused(options.path, obstacle);
        } else if self.at_row {
            self.plan = ReadPlan::portable(raw::kernel_available());
        }
        Ok(self.fill(None)?.unwrap_or_default())
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// How the rows are come by, and why not faster.
    #[must_use]
    pub fn plan(&self) -> &ReadPlan {
        &self.plan
    }

    /// What was handed out so far.
    #[must_use]
    pub fn report(&self) -> ReadReport {
        self.report
    }

    /// The next batch, which has at least one row; `None` after the last one.
    ///
    /// # Errors
    ///
    /// SQLite's, and [`Error::Mismatch`] for a value that does not fit its column.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let next = match self.first.take() {
            Some(first) => Some(first),
            None if self.done => None,
            None => {
                let before = self.crossings();
                let next = self.next_filled();
                if next.is_err() {
                    self.end();
                }
                self.report.crossings += self.crossings() - before;
                next?
            }
        };
        Ok(next.map(|(batch, nulled)| {
            self.report.rows += batch.num_rows() as u64;
            self.report.batches += 1;
            self.report.nulled += nulled;
            batch
        }))
    }

    /// Ends the execution, and reports what dropping would swallow: outside a transaction, a statement that writes and
    /// returns rows commits now where it was not read to its end, and that can fail.
    ///
    /// # Errors
    ///
    /// SQLite's; what the statement wrote is rolled back then.
    #[doc(alias = "sqlite3_reset")]
    pub fn close(self) -> Result<()> {
        if self.done {
            return Ok(());
        }
        self.execution.finish()
    }

    fn next_filled(&mut self) -> Result<Option<(RecordBatch, u64)>> {
        self.memory.next_batch();
        for column in &mut self.columns {
            column.start(self.last_rows, &mut self.memory)?;
        }
        let (arrays, rows, nulled) = self.fill(None)?.unwrap_or_default();
        Ok(if rows == 0 {
            None
        } else {
            Some((self.batch(arrays, rows)?, nulled))
        })
    }

    fn batch(&self, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            self.schema.clone(),
            arrays,
            &options,
        )?)
    }

    /// Ends the execution, so that its locks go.
    fn end(&mut self) {
        self.done = true;
        self.execution.reset();
    }

    fn crossings(&self) -> u64 {
        self.execution.stmt().db().crossings()
    }

    /// The error for the first misfit, when one was found at once: what shows only at a batch's end may come before it.
    #[cold]
    fn mismatch(&mut self, index: usize, offence: Offence) -> Error {
        let (mut first_index, mut first) = (index, offence);
        for (index, column) in self.columns.iter_mut().enumerate() {
            if let Ok(Err(offence)) = column.finish(&mut self.renderer)
                && (offence.row, index) < (first.row, first_index)
            {
                (first_index, first) = (index, offence);
            }
        }
        self.mismatch_error(first_index, first)
    }

    fn mismatch_error(&self, index: usize, offence: Offence) -> Error {
        let Some(column) = self.columns.get(index) else {
            return Error::from(ArrowError::SchemaError(format!(
                "there is no column {index}"
            )));
        };
        MismatchError {
            table: self.table.clone(),
            column: column.name().to_owned(),
            index,
            row: self.rows_before + offence.row as u64 + 1,
            rowid: self
                .rowids
                .as_ref()
                .and_then(|rowids| rowids.values.get(offence.row))
                .copied(),
            expected: column.field().data_type().clone(),
            found: offence.found,
            hint: column.hint(&offence.misfit, self.rows_before > 0),
            preview: offence.preview,
        }
        .into()
    }
}

/// The columns of a statement, of which the last ones may be hidden.
fn columns(shape: &Shape, hidden: usize, options: &ReadOptions) -> Result<Vec<ReadColumn>> {
    let shown = shape.columns.len().saturating_sub(hidden);
    if let Some(schema) = &options.schema {
        check_schema(
            schema,
            shape.columns.iter().take(shown).map(|(name, _)| name),
        )?;
    }
    let columns = shape.columns.iter().take(shown).enumerate();
    let columns = columns.map(|(index, (name, declared))| {
        let field = options
            .schema
            .as_ref()
            .and_then(|schema| schema.fields().get(index))
            .cloned();
        ReadColumn::new(name.clone(), declared.clone(), field, options)
    });
    columns.collect()
}

/// The caller's schema must have the result's columns.
fn check_schema<'a>(schema: &Schema, names: impl Iterator<Item = &'a String>) -> Result<()> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let problem = if schema.fields().len() == names.len() {
        let wrong = schema.fields().iter().zip(&names).enumerate();
        let mut wrong = wrong.filter(|(_, (field, name))| !field.name().eq_ignore_ascii_case(name));
        wrong.next().map(|(index, (field, name))| {
            format!("field {index} of ReadOptions::schema is `{}`, and column {index} of the result is `{name}`", field.name())
        })
    } else {
        Some(format!(
            "ReadOptions::schema has {} fields, and the result has {} columns: {}",
            schema.fields().len(),
            names.len(),
            names.join(", ")
        ))
    };
    match problem {
        Some(problem) => Err(ArrowError::SchemaError(problem).into()),
        None => Ok(()),
    }
}

impl Iterator for BatchReader<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for BatchReader<'_> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl fmt::Debug for BatchReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReader")
            .field("schema", &self.schema)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
