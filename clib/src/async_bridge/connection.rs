//! [`AsyncConnection`]: a connection with a thread of its own.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

use super::queue::{Receiver, Sender, queue};
use super::task::{Outcome, Stop, Work, contained, lost, task};
use crate::callback::discard;
use crate::connection::{Connection, InterruptHandle};
use crate::error::{Error, Result};

/// A connection with a thread of its own, on which all its work runs: one call after the other, in their order.
///
/// For what must stay on one thread: a database in memory, a transaction over several calls, user functions that use thread-locals.
/// Cloning it gives another handle. When the last one is dropped, the thread does what it was given, and closes the connection.
///
/// ```
/// use clib::async_bridge::AsyncConnection;
///
/// # pollster::block_on(async {
/// let conn = AsyncConnection::open(":memory:").await?;
/// conn.call(|conn| conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")).await?;
/// let sum: i64 = conn.call(|conn| conn.query_row("SELECT sum(a) FROM t", (), |row| row.get(0))).await?;
/// assert_eq!(sum, 3);
/// conn.close().await?;
/// # Ok::<(), clib::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct AsyncConnection {
    jobs: Sender<Message>,
    interrupt: InterruptHandle,
}

enum Message {
    Job(Job),
    Close(Work<()>),
}

/// Work that waits for its turn. Where that never comes, a destructor's panic is nobody's: others, who wait too, are still told.
struct Job(Option<Body>);

type Body = Box<dyn FnOnce(&mut Connection) + Send>;

impl Drop for Job {
    fn drop(&mut self) {
        discard(self.0.take());
    }
}

impl AsyncConnection {
    /// Opens a database as [`Connection::open`] does.
    ///
    /// # Errors
    ///
    /// As [`Connection::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        Self::open_with(move || Connection::open(path)).await
    }

    /// Opens a connection, as the closure does on the new thread: with other flags, settings, or user functions.
    ///
    /// # Errors
    ///
    /// Those of the closure, and where no thread can be started.
    pub async fn open_with(
        open: impl FnOnce() -> Result<Connection> + Send + 'static,
    ) -> Result<Self> {
        let (jobs, messages) = queue();
        let (opening, opened) = task(Stop::default());
        let body = move || {
            let conn = match catch_unwind(AssertUnwindSafe(open)) {
                Ok(Ok(conn)) => conn,
                Ok(Err(error)) => return opened.finish(Ok(Err(error))),
                Err(panic) => return opened.finish(Err(panic)),
            };
            opened.finish(Ok(Ok(conn.interrupt_handle())));
            work(conn, messages);
        };
        thread::Builder::new()
            .name("clib-connection".into())
            .spawn(body)
            .map_err(Error::other)?;
        Ok(Self {
            jobs,
            interrupt: opening.await?,
        })
    }

    /// Runs `f` on the connection's thread, after all that was called before. A call counts from when its future is first polled.
    ///
    /// Dropping the future before it is done interrupts the statements of `f` (and only those), or lets it not begin at all; a
    /// transaction that `f` has begun is rolled back. A panic in `f` does that too, and goes on in the task that awaits. A
    /// transaction that an earlier call has begun stays.
    ///
    /// One thing can reach later calls: where `f` leaks a statement in the middle of its rows (with [`std::mem::forget`]), and is
    /// itself interrupted, they are interrupted too.
    ///
    /// # Errors
    ///
    /// Those of `f`, and where the connection was closed.
    pub fn call<R, F>(&self, f: F) -> impl Future<Output = Result<R>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<R> + Send + 'static,
    {
        let this = self.clone();
        async move {
            let stop = Stop::default();
            let (task, work) = task(stop.clone());
            let job = move |conn: &mut Connection| {
                let outcome = run(conn, &stop, f);
                work.finish(outcome);
            };
            let sent = this.jobs.send(Message::Job(Job(Some(Box::new(job)))));
            drop(this);
            // Where this is dropped, so is what has not begun.
            let _sent = sent.ok_or_else(lost)?;
            task.await
        }
    }

    /// Closes the connection when all that was called before is done.
    ///
    /// # Errors
    ///
    /// As [`Connection::close`]; where it was closed before.
    pub async fn close(self) -> Result<()> {
        let (task, work) = task(Stop::default());
        let sent = self.jobs.send(Message::Close(work));
        sent.ok_or_else(lost)?.stay();
        task.await
    }

    /// A handle that stops what the connection runs, whichever call it is of.
    #[must_use]
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.interrupt.clone()
    }
}

/// Runs the work of one call.
fn run<R>(
    conn: &mut Connection,
    stop: &Stop,
    f: impl FnOnce(&mut Connection) -> Result<R>,
) -> Outcome<R> {
    let was_open = !conn.is_autocommit();
    let outcome = contained(|| stop.run(conn, f));
    if (stop.is_stopped() || outcome.is_err()) && !was_open && !conn.is_autocommit() {
        // Where it fails the transaction stays open, which the next call sees.
        let rolled_back = contained(|| Ok(conn.roll_back()));
        // The first panic wins.
        if let (Ok(_), Err(payload)) = (&outcome, rolled_back) {
            return Err(payload);
        }
    }
    outcome
}

/// The thread's work: until the last handle is gone, or one closes.
fn work(mut conn: Connection, messages: Receiver<Message>) {
    while let Some(message) = messages.receive() {
        match message {
            Message::Job(mut job) => {
                let Some(job) = job.0.take() else { continue };
                // What could panic in it, other than what it has caught, are destructors of results that nobody wanted.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| job(&mut conn))) {
                    discard(payload);
                }
            }
            Message::Close(work) => {
                // Nothing is called any more.
                drop(messages);
                let closed = catch_unwind(AssertUnwindSafe(|| {
                    conn.close().map_err(|(_, error)| error)
                }));
                return work.finish(closed);
            }
        }
    }
}

impl fmt::Debug for AsyncConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncConnection").finish_non_exhaustive()
    }
}
