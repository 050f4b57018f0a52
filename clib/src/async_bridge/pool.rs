//! [`AsyncPool`]: a pool whose work is awaited.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Instant;

use super::crew::Crew;
use super::task::{Outcome, Stop, Task, contained, task};
use super::timer::Timer;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::pool::{Builder, Enter, Grant, Permit, Pool, Refused, Role};
use crate::transaction::Transaction;

/// A [`Pool`] whose work is awaited: threads of its own run it, one for each connection, and the task that awaits is never blocked.
///
/// It works on any executor. Cloning it gives another handle. It can be used beside the [`Pool`] that it was made of, which it shares.
///
/// When the last handle is dropped, the connections are closed, on one of the threads; dropping does not wait for that, as
/// [`close`](Self::close) does.
///
/// ```
/// use clib::async_bridge::AsyncPool;
///
/// # pollster::block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("shop.db");
/// let pool = AsyncPool::open(path).await?;
/// pool.write(|tx| tx.execute_batch("CREATE TABLE sale (amount INTEGER); INSERT INTO sale VALUES (1), (2)")).await?;
/// let total: i64 = pool
///     .read(|conn| conn.query_row("SELECT sum(amount) FROM sale", (), |row| row.get(0)))
///     .await?;
/// assert_eq!(total, 3);
/// pool.close().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Dropping a future
///
/// The work is interrupted: statements stop, waiting for locks ends, no other statement begins, and what was not committed is rolled
/// back. Then the connection goes back to the pool. All of that happens on the work's own thread, soon after; dropping waits for
/// nothing. What the closure does outside of SQLite goes on to its end. A [`write`](Self::write) has either committed
/// when it is reached, or writes nothing.
///
/// A panic in a closure goes on in the task that awaits. So does one of what runs around it, such as the destructors of a connection that
/// does not go back; a [`write`](AsyncPool::write) may have committed then, as with [`Pool::write`].
#[derive(Clone)]
pub struct AsyncPool(Arc<Parts>);

struct Parts {
    /// Until it is dropped.
    pool: Option<Pool>,
    crew: Crew,
    timer: Timer,
}

impl Drop for Parts {
    fn drop(&mut self) {
        // Closing a connection can move the WAL into the file, and who drops this may be the executor.
        let pool = self.pool.take();
        self.crew.run(move || drop(pool));
    }
}

/// Waits to be let in. Dropped before, it leaves what it was granted to one of the threads: it is closed where the pool is.
struct Entering<'a> {
    pool: &'a AsyncPool,
    role: Role,
    enter: Enter<'a, Connection>,
}

impl Future for Entering<'_> {
    type Output = std::result::Result<Grant<Connection>, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.enter).poll(context)
    }
}

impl Drop for Entering<'_> {
    fn drop(&mut self) {
        if let Some(grant) = self.enter.leave() {
            let permit = self.pool.pool().permit(self.role, grant);
            self.pool.0.crew.run(move || drop(permit));
        }
    }
}

impl AsyncPool {
    /// Opens a pool with the defaults of [`Builder`], on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(Pool::builder(), path).await
    }

    /// Opens a pool, on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub async fn open_with(builder: Builder, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let (task, work) = task(Stop::default());
        thread::Builder::new()
            .name("clib-open".into())
            .spawn(move || work.finish(contained(|| Ok(builder.open(path).map(Self::from)))))
            .map_err(Error::other)?;
        task.await
    }

    /// The pool, for work that may block.
    #[must_use]
    #[expect(clippy::expect_used, reason = "there from the beginning until drop")]
    pub fn pool(&self) -> &Pool {
        self.0.pool.as_ref().expect("a pool until it is dropped")
    }

    /// As [`Pool::read`]. Nothing happens before the result is awaited.
    ///
    /// # Errors
    ///
    /// As [`Pool::read`].
    pub fn read<R, F>(&self, f: F) -> impl Future<Output = Result<R>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<R> + Send + 'static,
    {
        self.clone().work(Role::Reader, None, f)
    }

    /// As [`Pool::read_until`].
    ///
    /// # Errors
    ///
    /// As [`Pool::read_until`].
    pub fn read_until<R, F>(
        &self,
        deadline: Instant,
        f: F,
    ) -> impl Future<Output = Result<R>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<R> + Send + 'static,
    {
        self.clone().work(Role::Reader, Some(deadline), f)
    }

    /// As [`Pool::write`]. Nothing happens before the result is awaited.
    ///
    /// # Errors
    ///
    /// As [`Pool::write`].
    pub fn write<R, F>(&self, f: F) -> impl Future<Output = Result<R>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<R> + Send + 'static,
    {
        let this = self.clone();
        self.clone().work(Role::Writer, None, move |conn| {
            this.pool().write_on(conn, f)
        })
    }

    /// As [`Pool::write_until`].
    ///
    /// # Errors
    ///
    /// As [`Pool::write_until`].
    pub fn write_until<R, F>(
        &self,
        deadline: Instant,
        f: F,
    ) -> impl Future<Output = Result<R>> + Send + use<R, F>
    where
        R: Send + 'static,
        F: FnMut(&mut Transaction<'_>) -> Result<R> + Send + 'static,
    {
        let this = self.clone();
        self.clone()
            .work(Role::Writer, Some(deadline), move |conn| {
                this.pool().write_on(conn, f)
            })
    }

    /// As [`Pool::close`].
    ///
    /// # Errors
    ///
    /// As [`Pool::close`].
    pub async fn close(&self) -> Result<()> {
        // Closing a connection can move the WAL into the file.
        let pool = self.pool().clone();
        let (task, work) = task(Stop::default());
        thread::Builder::new()
            .name("clib-close".into())
            .spawn(move || work.finish(contained(|| Ok(pool.close()))))
            .map_err(Error::other)?;
        task.await
    }

    /// Waits for the right to use a connection.
    pub(super) async fn permit(&self, role: Role, deadline: Option<Instant>) -> Result<Permit> {
        let pool = self.pool();
        let until = pool.wait_until(deadline);
        let entering = Entering {
            pool: self,
            role,
            enter: pool.gate(role).enter(),
        };
        let enter = self.0.timer.timeout(until, entering);
        pool.admit(role, deadline, enter.await?)
    }

    /// Starts work with a connection, which has gone back when the task is done.
    fn start<R: Send + 'static>(
        &self,
        permit: Permit,
        deadline: Option<Instant>,
        stop: Stop,
        f: impl FnOnce(&mut Connection) -> Result<R> + Send + 'static,
    ) -> Task<R> {
        let (task, work) = task(stop.clone());
        self.0
            .crew
            .run(move || work.finish(run(permit, deadline, &stop, f)));
        task
    }

    /// Runs work with a connection, and then, when it has gone back, `end`.
    #[cfg(feature = "arrow")]
    pub(super) fn run<R>(
        &self,
        permit: Permit,
        stop: Stop,
        f: impl FnOnce(&mut Connection) -> Result<R> + Send + 'static,
        end: impl FnOnce(Outcome<R>) + Send + 'static,
    ) {
        self.0.crew.run(move || end(run(permit, None, &stop, f)));
    }

    async fn work<R, F>(self, role: Role, deadline: Option<Instant>, f: F) -> Result<R>
    where
        R: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<R> + Send + 'static,
    {
        let permit = self.permit(role, deadline).await?;
        self.start(permit, deadline, Stop::default(), f).await
    }
}

/// Runs work on this thread, and gives the connection back.
fn run<R>(
    permit: Permit,
    deadline: Option<Instant>,
    stop: &Stop,
    f: impl FnOnce(&mut Connection) -> Result<R>,
) -> Outcome<R> {
    contained(|| {
        if stop.is_stopped() {
            return Ok(Err(crate::raw::interrupted()));
        }
        let mut conn = match permit.connect(deadline) {
            Ok(conn) => conn,
            Err(error) => return Ok(Err(error)),
        };
        let outcome = stop.run(&mut conn, f);
        if outcome.is_err() {
            conn.discard();
        }
        outcome
    })
}

impl From<Pool> for AsyncPool {
    fn from(pool: Pool) -> Self {
        let threads = pool.most_connections();
        Self(Arc::new(Parts {
            pool: Some(pool),
            crew: Crew::new(threads),
            timer: Timer::new(),
        }))
    }
}

impl fmt::Debug for AsyncPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncPool").field(self.pool()).finish()
    }
}
