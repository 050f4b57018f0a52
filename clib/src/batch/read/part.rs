//! Reading a part of a table whose schema another reader has settled.

use arrow_schema::SchemaRef;

use super::BatchReader;
use super::column::ReadColumn;
use super::plan::ReadPlan;
use super::render::Renderer;
use crate::batch::column::Fixed;
use crate::batch::options::{ReadOptions, ReadPath, ReadReport};
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{self, Bound, Execution, Memory};
use crate::statement::Statement;

/// What a table's first batch has settled, for readers of its other parts.
pub(in crate::batch) struct Settled {
    columns: Vec<ReadColumn>,
    schema: SchemaRef,
    table: Option<String>,
    /// Rows of the first batch.
    rows: u64,
}

impl Settled {
    /// How many rows readers of parts take to have been before theirs.
    pub(in crate::batch) fn rows(&self) -> u64 {
        self.rows
    }

    /// The same for another thread.
    pub(in crate::batch) fn copy(&self) -> Result<Self> {
        Ok(Self {
            columns: fresh(&self.columns)?,
            schema: self.schema.clone(),
            table: self.table.clone(),
            rows: self.rows,
        })
    }
}

fn fresh(columns: &[ReadColumn]) -> Result<Vec<ReadColumn>> {
    columns.iter().map(ReadColumn::fresh).collect()
}

impl<'a> BatchReader<'a> {
    /// Reads a table by a statement whose last column is the rowid, and settles the schema by the first batch.
    pub(in crate::batch) fn of_table(
        stmt: Statement<'a>,
        table: String,
        options: &ReadOptions,
    ) -> Result<Self> {
        let renderer = Renderer::new(stmt.connection().db());
        let execution = Execution::of_owned(stmt.into_raw());
        Self::new(execution, renderer, Some(table), true, options)
    }

    /// Reads a part of a table by a statement whose last column is the rowid, as the rest of what `settled` began. `memory` is taken,
    /// until [`into_memory`](Self::into_memory).
    pub(in crate::batch) fn of_part(
        conn: &'a Connection,
        bound: Bound<'a, 'static>,
        settled: &Settled,
        options: &ReadOptions,
        memory: &mut Memory,
    ) -> Result<Self> {
        let before = conn.db().crossings();
        let mut execution = Execution::of_bound(bound);
        let at_row = execution.step()?;
        let fuses = raw::kernel_available() && options.path != ReadPath::Portable;
        let plan = if at_row && fuses {
            let obstacle = execution.fuse(options.path != ReadPath::Fill)?;
            ReadPlan::fused(options.path, obstacle)
        } else {
            ReadPlan::portable(raw::kernel_available())
        };
        let crossings = conn.db().crossings() - before;
        Ok(Self {
            execution,
            plan,
            columns: fresh(&settled.columns)?,
            renderer: Renderer::new(conn.db()),
            schema: settled.schema.clone(),
            first: None,
            batch_rows: options.batch_rows,
            batch_bytes: options.batch_bytes,
            last_rows: usize::try_from(settled.rows).unwrap_or(0),
            table: settled.table.clone(),
            rowids: Some(Fixed::with_capacity(0, &mut Memory::default())),
            memory: std::mem::take(memory),
            rows_before: settled.rows,
            at_row,
            done: !at_row,
            report: ReadReport {
                crossings,
                ..ReadReport::default()
            },
        })
    }

    /// What the first batch has settled. Before the second one is asked for.
    pub(in crate::batch) fn settled(&self) -> Result<Settled> {
        Ok(Settled {
            columns: fresh(&self.columns)?,
            schema: self.schema.clone(),
            table: self.table.clone(),
            rows: self.rows_before,
        })
    }

    /// The rowid of the last row that was read, where there are rowids; `None` where there is no row.
    pub(in crate::batch) fn last_rowid(&self) -> Option<i64> {
        self.rowids.as_ref()?.values.last().copied()
    }

    /// The memory, for the next part's reader.
    pub(in crate::batch) fn into_memory(self) -> Memory {
        self.memory
    }

    /// Whether it is known that there are no more rows than were read.
    pub(in crate::batch) fn is_done(&self) -> bool {
        self.done
    }
}
