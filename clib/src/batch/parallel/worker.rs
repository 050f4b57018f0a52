//! What each thread does: it takes one range of rowids after the other, and leaves the batches of it with the exchange.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use arrow_array::RecordBatch;

use super::exchange::{Exchange, Task};
use super::tickets::{Range, Tickets, Walker};
use crate::batch::options::{ReadOptions, ReadReport};
use crate::batch::read::{BatchReader, Settled};
use crate::connection::{Connection, InterruptHandle};
use crate::error::{Error, Result};
use crate::raw::{self, Memory};
use crate::statement::Statement;

/// A batch, and what there is to report about it.
pub(super) type Item = (RecordBatch, ReadReport);

/// Why a task has failed.
pub(super) struct Failure {
    pub(super) error: Error,
    /// How many rows of the task were handed over before, and are counted by the error.
    pub(super) rows_before: u64,
}

/// What threads and reader share.
pub(super) struct Job {
    pub(super) exchange: Exchange<Item, Failure>,
    pub(super) control: Control,
    tickets: Mutex<Tickets>,
    options: ReadOptions,
    /// Reads rowids from `?1` to `?2`, both included, in order, the rowid as the last column.
    part_sql: String,
    walk_sql: String,
}

/// Stops all threads.
pub(super) struct Control {
    state: AtomicU8,
    handles: Vec<InterruptHandle>,
}

const RUNNING: u8 = 0;
/// Nothing more is wanted.
const STOPPED: u8 = 1;
/// The caller wants an error.
const INTERRUPTED: u8 = 2;

impl Control {
    pub(super) fn new(handles: Vec<InterruptHandle>) -> Self {
        Self {
            state: AtomicU8::new(RUNNING),
            handles,
        }
    }

    /// Makes what runs fail, as soon as SQLite looks.
    pub(super) fn interrupt(&self) {
        // Before SQLite is told: see `read_all`.
        let _ =
            self.state
                .compare_exchange(RUNNING, INTERRUPTED, Ordering::SeqCst, Ordering::SeqCst);
        self.interrupt_all();
    }

    /// Makes all threads end soon.
    pub(super) fn stop(&self) {
        self.state.store(STOPPED, Ordering::SeqCst);
        self.interrupt_all();
    }

    fn interrupt_all(&self) {
        for handle in &self.handles {
            handle.interrupt();
        }
    }

    fn state(&self) -> u8 {
        self.state.load(Ordering::SeqCst)
    }
}

impl Job {
    /// `select` is all before the `WHERE`, with the rowid as the last column; `rowid` is its name, `from` the table.
    pub(super) fn new(
        exchange: Exchange<Item, Failure>,
        control: Control,
        tickets: Tickets,
        options: &ReadOptions,
        sql: (String, String),
    ) -> Self {
        let (part_sql, walk_sql) = sql;
        Self {
            exchange,
            control,
            tickets: Mutex::new(tickets),
            options: options.clone(),
            part_sql,
            walk_sql,
        }
    }

    /// The next range; `None` where no more is wanted. Tasks are begun in the order of ranges.
    fn next(&self, me: usize, walker: &mut Walker<'_>) -> Option<(Task, Range)> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if self.control.state() == STOPPED {
            return None;
        }
        let Some((range, is_last)) = tickets.next(walker) else {
            self.exchange.exhaust();
            return None;
        };
        let task = self.exchange.begin(me)?;
        if is_last {
            self.exchange.exhaust();
        }
        Some((task, range))
    }

    fn fail(&self, me: usize, task: Task, failure: Failure) {
        for thread in self.exchange.fail(me, task, failure) {
            if let Some(handle) = self.control.handles.get(thread) {
                handle.interrupt();
            }
        }
    }
}

/// A thread's life. The connection has a transaction open, which ends with it.
pub(super) fn run(me: usize, conn: Connection, settled: &Settled, job: &Job) {
    let outcome = catch_unwind(AssertUnwindSafe(|| work(me, &conn, settled, job)));
    // Its locks are gone before anybody knows that the thread has ended.
    drop(conn);
    job.exchange.leave(me, outcome.err());
}

fn work(me: usize, conn: &Connection, settled: &Settled, job: &Job) {
    if let Err(error) = read_all(me, conn, settled, job) {
        // Before it had anything to do: the error stands for what would have been next.
        let tickets = job.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let task = job.exchange.begin(me);
        drop(tickets);
        if let Some(task) = task {
            let failure = Failure {
                error,
                rows_before: 0,
            };
            job.fail(me, task, failure);
        }
    }
}

/// One range after the other. An error is one of beginning.
fn read_all(me: usize, conn: &Connection, settled: &Settled, job: &Job) -> Result<()> {
    // SQLite forgets an interrupt when a statement begins while none is running. This one runs until the end, so that none
    // is forgotten from here on; one that came before is known by the state, which is looked at after this.
    let mut running = conn.prepare("SELECT 1 UNION ALL SELECT 2")?;
    let mut running = running.bind_copies(())?;
    running.step()?;
    let mut stmt = conn.prepare(&job.part_sql)?;
    let mut walker = Walker::new(conn, &job.walk_sql);
    let mut memory = Memory::default();
    while let Some((task, range)) = job.next(me, &mut walker) {
        let mut rows_before = 0;
        let read = read_part(
            conn,
            &mut stmt,
            settled,
            job,
            (task, range),
            &mut rows_before,
            &mut memory,
        );
        match read {
            Ok(()) => job.exchange.finish(me, task),
            Err(error) => job.fail(me, task, Failure { error, rows_before }),
        }
    }
    Ok(())
}

/// One range. Ends early where it is not wanted any more.
fn read_part(
    conn: &Connection,
    stmt: &mut Statement<'_>,
    settled: &Settled,
    job: &Job,
    (task, range): (Task, Range),
    rows_before: &mut u64,
    memory: &mut Memory,
) -> Result<()> {
    if job.control.state() == INTERRUPTED {
        return Err(raw::interrupted());
    }
    let bound = stmt.bind_copies((range.first, range.last))?;
    let mut reader = BatchReader::of_part(conn, bound, settled, &job.options, memory)?;
    *rows_before = settled.rows();
    let mut reported = ReadReport::default();
    while let Some(batch) = reader.next_batch()? {
        let report = reader.report();
        *rows_before = settled.rows() + report.rows;
        if !job.exchange.push(task, (batch, report.since(&reported))) {
            break;
        }
        reported = report;
    }
    *memory = reader.into_memory();
    Ok(())
}
