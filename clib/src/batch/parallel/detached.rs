//! [`DetachedReader`]: threads that read, and what takes their batches.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};

use super::agree::agree;
use super::crew::Opener;
use super::exchange::{Exchange, Next};
use super::options::ParallelOptions;
use super::place::{NotParallel, OrWhyNot, Place, find};
use super::tickets::{Tickets, Walker, rows_for};
use super::worker::{self, Control, Failure, Item, Job};
use crate::batch::options::{ReadOptions, ReadPath, ReadReport};
use crate::batch::read::{BatchReader, ReadPlan, Settled, rowid_name};
use crate::batch::table_name::TableName;
use crate::connection::{Connection, InterruptHandle};
use crate::error::{Error, Result};

/// The rows of a table, read by several threads, without the connection that began it.
///
/// It is `Send`, and an Arrow [`RecordBatchReader`] that borrows nothing: it can be handed to another thread, or exported.
/// [`ParallelReader::detach`](super::ParallelReader::detach) gives it. Dropping it ends its threads.
pub struct DetachedReader {
    schema: SchemaRef,
    first: Option<Item>,
    report: ReadReport,
    plan: ReadPlan,
    /// `None` where the first batch is all that there is.
    crew: Option<Crew>,
    threads: usize,
}

/// Running threads.
struct Crew {
    job: Arc<Job>,
    threads: Vec<JoinHandle<()>>,
}

/// The statements that are run on each connection.
struct Sql {
    /// All rows, in order, the rowid as the last column.
    all: String,
    /// Those from rowid `?1` to `?2`.
    part: String,
    /// The rowid that comes `?2` rows after the first one of at least `?1`.
    walk: String,
    /// Some row.
    any: String,
}

impl DetachedReader {
    /// Opens connections, settles the schema by the first batch, and lets the threads begin.
    pub(super) fn open(
        caller: &Connection,
        table: &TableName,
        parallel: &ParallelOptions,
        options: &ReadOptions,
    ) -> Result<OrWhyNot<Self>> {
        let place = match find(caller, table)? {
            Ok(place) => place,
            Err(why) => return Ok(Err(why)),
        };
        let opener = Opener::new(caller, &place)?;
        let mut crew = match opener.open() {
            Ok(conn) => vec![conn],
            Err(why) => return Ok(Err(why)),
        };
        let (sql, mut tickets, threads) = {
            let Some(first) = crew.first() else {
                return Ok(Err(NotParallel::CannotOpen));
            };
            let sql = match Sql::new(first, &place) {
                Ok(sql) => sql,
                Err(why) => return Ok(Err(why)),
            };
            let (tickets, threads) = cut(
                first,
                &sql,
                options,
                options.batch_rows,
                parallel.thread_count(),
            )?;
            (sql, tickets, threads)
        };
        while crew.len() < threads {
            match opener.open() {
                Ok(conn) => crew.push(conn),
                // With as many as there can be.
                Err(_) => break,
            }
        }
        if let Err(why) = agree(caller, &place, &mut crew, opener.busy_timeout)? {
            return Ok(Err(why));
        }
        let Some(first_conn) = crew.first() else {
            return Ok(Err(NotParallel::CannotOpen));
        };
        let stmt = first_conn.prepare(&sql.all)?;
        let mut reader = BatchReader::of_table(stmt, table.to_string(), options)?;
        let settled = reader.settled()?;
        let first = reader.next_batch()?.map(|batch| (batch, reader.report()));
        let mut this = Self {
            schema: reader.schema(),
            first,
            report: ReadReport::default(),
            plan: reader.plan().clone(),
            crew: None,
            threads: 0,
        };
        let rest = reader.last_rowid().filter(|_| !reader.is_done());
        drop(reader);
        if let Some(last) = rest {
            let rows = usize::try_from(settled.rows()).unwrap_or(usize::MAX);
            if rows < options.batch_rows {
                // Rows are large: the batch was full of bytes before.
                (tickets, _) = cut(first_conn, &sql, options, rows, 1)?;
            }
            tickets.skip_to(last);
            let buffer = parallel.buffer(crew.len());
            let job = Job::new(
                Exchange::new(parallel.ordered, buffer, crew.len()),
                Control::new(crew.iter().map(Connection::interrupt_handle).collect()),
                tickets,
                options,
                (sql.part, sql.walk),
            );
            let crew = Crew::start(crew, &settled, job)?;
            this.threads = crew.threads.len();
            this.crew = Some(crew);
        }
        Ok(Ok(this))
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// What was handed out so far, whichever thread read it.
    #[must_use]
    pub fn report(&self) -> ReadReport {
        self.report
    }

    /// How each thread comes by its rows, and why not faster.
    #[must_use]
    pub fn plan(&self) -> &ReadPlan {
        &self.plan
    }

    /// How many threads were started; 0 where the table fits in the first batch.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// A handle that makes the threads stop, from anywhere: [`next_batch`](Self::next_batch) fails with
    /// [`Code::Interrupt`](crate::Code::Interrupt) when it has given what was read before. Nothing happens where all is read.
    #[doc(alias = "sqlite3_interrupt")]
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        let job = self.crew.as_ref().map(|crew| Arc::downgrade(&crew.job));
        InterruptHandle::of_several(Arc::new(move || {
            if let Some(job) = job.as_ref().and_then(std::sync::Weak::upgrade) {
                job.control.interrupt();
            }
        }))
    }

    /// The next batch, which has at least one row; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`ParallelReader::next_batch`](super::ParallelReader::next_batch).
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let item = match self.first.take() {
            Some(first) => Some(first),
            None => self.next_item()?,
        };
        Ok(item.map(|(batch, report)| {
            self.report.add(&report);
            batch
        }))
    }

    fn next_item(&mut self) -> Result<Option<Item>> {
        let Some(crew) = &self.crew else {
            return Ok(None);
        };
        let next = crew.job.exchange.next();
        if let Next::Item(item) = next {
            return Ok(Some(item));
        }
        // Threads, connections and locks are gone before the end, or the error, is known.
        self.crew = None;
        match next {
            Next::Item(_) | Next::End => Ok(None),
            Next::Error(failure) => Err(self.placed(failure)),
            Next::Panic(panic) => resume_unwind(panic),
            Next::Lost => Err(Error::other(
                "the threads that read the table have ended before it was read",
            )),
        }
    }

    /// The error, with the row's number in the whole result.
    fn placed(&self, failure: Failure) -> Error {
        let Failure {
            mut error,
            rows_before,
        } = failure;
        if let Error::Mismatch(mismatch) = &mut error {
            // It counts from where the thread's part began; what it has handed over is in the report.
            let in_batch = mismatch.row.saturating_sub(rows_before);
            mismatch.row = self.report.rows + in_batch;
        }
        error
    }
}

impl Sql {
    fn new(conn: &Connection, place: &Place) -> OrWhyNot<Self> {
        // Rows come in the order of rowids: never by an index that has all columns.
        let from = format!("{} NOT INDEXED", place.table.to_sql());
        let Ok(all) = conn.prepare(&format!("SELECT * FROM {from}")) else {
            return Err(NotParallel::CannotOpen);
        };
        let Some(rowid) = rowid_name(&all) else {
            return Err(NotParallel::NoRowids);
        };
        let all = format!("SELECT *, {rowid} FROM {from}");
        if conn.prepare(&all).is_err() {
            // WITHOUT ROWID.
            return Err(NotParallel::NoRowids);
        }
        Ok(Self {
            part: format!("{all} WHERE {rowid} BETWEEN ?1 AND ?2 ORDER BY {rowid}"),
            walk: format!(
                "SELECT {rowid} FROM {from} WHERE {rowid} >= ?1 ORDER BY {rowid} LIMIT 1 OFFSET ?2"
            ),
            any: format!("SELECT {rowid} FROM {from}"),
            all,
        })
    }
}

/// How the table is cut, for batches of so many rows, and for how many of the threads there is work.
fn cut(
    conn: &Connection,
    sql: &Sql,
    options: &ReadOptions,
    batch_rows: usize,
    threads: usize,
) -> Result<(Tickets, usize)> {
    let rows = rows_for(batch_rows);
    let mut any = conn.prepare(&sql.any)?;
    let mut any = any.bind_copies(())?;
    if !any.step()? {
        return Ok((Tickets::list(&[]), 1));
    }
    let portable = options.path == ReadPath::Portable;
    if let Some(dividers) = (!portable).then(|| any.stmt().split(rows)).flatten() {
        let tickets = Tickets::list(&dividers);
        let parts = tickets.count().unwrap_or(1);
        return Ok((tickets, threads.min(parts)));
    }
    // Where the first batch may be all, one thread will do.
    let batch = u64::try_from(batch_rows).unwrap_or(u64::MAX);
    let more = Walker::new(conn, &sql.walk).walk(i64::MIN, batch)?;
    Ok((
        Tickets::walk(rows),
        if more.is_some() { threads } else { 1 },
    ))
}

impl Crew {
    fn start(conns: Vec<Connection>, settled: &Settled, job: Job) -> Result<Self> {
        let mut this = Self {
            job: Arc::new(job),
            threads: Vec::with_capacity(conns.len()),
        };
        let mut failed = None;
        for (number, conn) in conns.into_iter().enumerate() {
            let job = this.job.clone();
            let settled = settled.copy()?;
            let body = move || worker::run(number, conn, &settled, &job);
            match thread::Builder::new().name("clib-scan".into()).spawn(body) {
                Ok(thread) => this.threads.push(thread),
                Err(error) => {
                    this.job.exchange.leave(number, None);
                    failed = Some(error);
                }
            }
        }
        match failed {
            Some(error) if this.threads.is_empty() => Err(Error::other(error)),
            // With as many as there can be.
            _ => Ok(this),
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.job.control.stop();
        self.job.exchange.stop();
        for thread in self.threads.drain(..) {
            // Its panic went to the exchange.
            let _ = thread.join();
        }
    }
}

impl Iterator for DetachedReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for DetachedReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl fmt::Debug for DetachedReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DetachedReader")
            .field("schema", &self.schema)
            .field("threads", &self.threads)
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
