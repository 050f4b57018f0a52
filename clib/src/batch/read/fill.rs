//! Filling one batch: by the kernel, or value by value.

use std::sync::Arc;

use arrow_array::ArrayRef;

use super::column::{Offence, ReadColumn, Rejected, Tally};
use super::{BatchReader, ReadPlan};
use crate::batch::column::Fixed;
use crate::batch::options::ReadPath;
use crate::error::Result;
use crate::raw::{Fill, Memory, Shape, Start, Stop, Target};
use crate::types::ValueRef;

/// How many rows the first batch has room for, before it is known how many there are.
const FIRST_ROWS: usize = 128;

/// The columns of a batch, how many rows there are, and how many values became NULL.
pub(super) type Batch = (Vec<ArrayRef>, usize, u64);

/// How an execution begins whose columns are thought to be known.
pub(super) struct Begin {
    pub(super) scan: bool,
    pub(super) shape: Arc<Shape>,
}

/// What became of filling.
enum Filled {
    Rows(usize),
    /// The first value that does not fit, and its column.
    Misfit(usize, Offence),
    /// The columns are others than was thought. Nothing was filled.
    Changed,
}

impl BatchReader<'_> {
    /// Fills a batch; `None` where an execution that begins has other columns than was thought.
    pub(super) fn fill(&mut self, begin: Option<&Begin>) -> Result<Option<Batch>> {
        if let Some(rowids) = &mut self.rowids {
            *rowids = Fixed::with_capacity(self.last_rows, &mut Memory::default());
        }
        let mut tally = Tally::default();
        let filled = if begin.is_some() || self.execution.is_fused() {
            self.fill_fused(begin, &mut tally)
        } else {
            self.fill_portable(&mut tally)
        };
        let rows = match filled? {
            Filled::Rows(rows) => rows,
            Filled::Misfit(index, offence) => return Err(self.mismatch(index, offence)),
            Filled::Changed => return Ok(None),
        };
        self.last_rows = rows;
        let mut arrays = Vec::with_capacity(self.columns.len());
        let mut first: Option<(usize, Offence)> = None;
        for (index, column) in self.columns.iter_mut().enumerate() {
            match column.finish(&mut self.renderer)? {
                Ok((array, more)) => {
                    arrays.push(array);
                    tally.nulled += more;
                }
                Err(offence) => {
                    if first
                        .as_ref()
                        .is_none_or(|(_, first)| offence.row < first.row)
                    {
                        first = Some((index, offence));
                    }
                }
            }
        }
        match first {
            Some((index, offence)) => Err(self.mismatch_error(index, offence)),
            None => {
                self.rows_before += rows as u64;
                Ok(Some((arrays, rows, tally.nulled)))
            }
        }
    }

    fn width(&self) -> usize {
        self.columns.iter().map(ReadColumn::width).sum()
    }

    /// Steps until the batch is full.
    fn fill_portable(&mut self, tally: &mut Tally) -> Result<Filled> {
        let width = self.width();
        let (mut rows, mut bytes) = (0, 0);
        while rows < self.batch_rows && bytes + tally.rendered < self.batch_bytes {
            if !std::mem::take(&mut self.at_row) && (self.done || !self.execution.step()?) {
                self.end();
                break;
            }
            let stmt = self.execution.stmt();
            if let Some(rowids) = &mut self.rowids {
                match stmt.value(self.columns.len())? {
                    ValueRef::Integer(rowid) => rowids.push(rowid),
                    // A view's, in old versions.
                    _ => self.rowids = None,
                }
            }
            bytes += width;
            for (index, column) in self.columns.iter_mut().enumerate() {
                let value = stmt.value(index)?;
                bytes += value.as_bytes().map_or(0, <[u8]>::len);
                match column.push(value, &mut self.renderer, tally) {
                    Ok(()) => {}
                    Err(Rejected::Error(error)) => return Err(error),
                    Err(Rejected::Misfit(misfit)) => {
                        return Ok(Filled::Misfit(index, Offence::new(rows, misfit, value)));
                    }
                }
            }
            rows += 1;
        }
        Ok(Filled::Rows(rows))
    }

    /// Lets the kernel fill the batch.
    ///
    /// It comes back for room, and for values that do not fit, for which [`ReadColumn::push`] decides as ever. It fills
    /// column by column, so the first misfit that it meets need not be the first one of the batch: it is asked for those
    /// before it.
    fn fill_fused(&mut self, mut begin: Option<&Begin>, tally: &mut Tally) -> Result<Filled> {
        let mut first: Option<(usize, Offence)> = None;
        let mut failed = None;
        if self.done {
            return Ok(Filled::Rows(0));
        }
        let mut fill = Fill::new(
            self.batch_rows,
            self.batch_bytes,
            self.width(),
            std::mem::take(&mut self.at_row),
        );
        if self.rowids.is_some() {
            fill = fill.with_key(self.columns.len());
        }
        let mut room = match self.last_rows {
            0 => FIRST_ROWS,
            rows => rows,
        }
        .min(self.batch_rows);
        loop {
            let mut targets: Vec<_> = self
                .columns
                .iter_mut()
                .map(|column| column.target(room))
                .collect();
            targets.extend(self.rowids.as_mut().map(|rowids| Target {
                buffers: rowids.buffers(room),
                not_null: false,
                renders: false,
            }));
            let stopped = match begin.take() {
                None => self.execution.fill(&mut fill, &mut targets),
                Some(Begin { scan, shape }) => {
                    match self.execution.start(*scan, shape, &mut fill, &mut targets) {
                        Ok((Start::Changed, _)) => {
                            self.at_row = fill.at_row();
                            return Ok(Filled::Changed);
                        }
                        Ok((Start::Stopped(stop), obstacle)) => {
                            if fill.has_begun() {
                                let asked = if *scan {
                                    ReadPath::Auto
                                } else {
                                    ReadPath::Fill
                                };
                                self.plan = ReadPlan::fused(asked, obstacle);
                            }
                            Ok(stop)
                        }
                        Err(error) => Err(error),
                    }
                }
            };
            drop(targets);
            match stopped {
                Ok(Stop::Full) => break,
                Ok(Stop::Done) => {
                    self.end();
                    break;
                }
                Ok(Stop::Rows(rows)) => {
                    room = rows
                        .max(room * 2)
                        .max(FIRST_ROWS)
                        .min(self.batch_rows.max(rows));
                }
                Ok(Stop::Bytes(index, bytes)) => {
                    if let Some(column) = self.columns.get_mut(index) {
                        column.reserve_bytes(bytes);
                    }
                }
                Ok(Stop::Misfit(index, row, value)) => {
                    let Some(column) = self.columns.get_mut(index) else {
                        // A view's rowid, in old versions.
                        if let Some(rowids) = &mut self.rowids {
                            rowids.push_null();
                        }
                        continue;
                    };
                    let rendered = tally.rendered;
                    match column.push(value, &mut self.renderer, tally) {
                        Ok(()) => fill.add_bytes(tally.rendered - rendered),
                        Err(Rejected::Error(error)) => return Err(error),
                        Err(Rejected::Misfit(misfit)) => {
                            first = Some((index, Offence::new(row, misfit, value)));
                            fill.stop_at(row);
                        }
                    }
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // Values that are looked at only now may be misfits too.
        for (index, column) in self.columns.iter_mut().enumerate() {
            if let Some(offence) = column.push_staged(&mut self.renderer, tally)?
                && first
                    .as_ref()
                    .is_none_or(|(at, first)| (offence.row, index) < (first.row, *at))
            {
                first = Some((index, offence));
            }
        }
        if let Some((at, offence)) = &first {
            // Where values are pushed one by one, what comes after the first misfit is never read.
            for (index, column) in self.columns.iter_mut().enumerate() {
                column.truncate_unsettled(offence.row + usize::from(index < *at));
            }
        }
        self.at_row = fill.at_row();
        match (first, failed) {
            (Some((index, offence)), _) => Ok(Filled::Misfit(index, offence)),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(Filled::Rows(fill.rows())),
        }
    }
}
