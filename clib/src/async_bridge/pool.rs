//! [`AsyncPool`]: a pool whose work is awaited.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::crew::Crew;
use super::task::{Outcome, Stop, Task, task};
use super::timer::Timer;
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::pool::{Builder, Permit, Pool, Role};
use crate::transaction::Transaction;

/// A [`Pool`] whose work is awaited: threads of its own run it, one for each connection, and the task that awaits is never blocked.
///
/// It works on any executor. Cloning it gives another handle. It can be used beside the [`Pool`] that it was made of, which it shares.
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
/// A panic in a closure goes on in the task that awaits.
#[derive(Clone)]
pub struct AsyncPool(Arc<Parts>);

struct Parts {
    pool: Pool,
    crew: Crew,
    timer: Timer,
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
            .spawn(move || work.finish(Ok(builder.open(path))))
            .map_err(Error::other)?;
        Ok(Self::from(task.await?))
    }

    /// The pool, for work that may block.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0.pool
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
        let pool = self.0.pool.clone();
        self.clone()
            .work(Role::Writer, None, move |conn| pool.write_on(conn, f))
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
        let pool = self.0.pool.clone();
        self.clone()
            .work(Role::Writer, Some(deadline), move |conn| {
                pool.write_on(conn, f)
            })
    }

    /// As [`Pool::close`].
    ///
    /// # Errors
    ///
    /// As [`Pool::close`].
    pub async fn close(&self) -> Result<()> {
        // Closing a connection can move the WAL into the file.
        let pool = self.0.pool.clone();
        let (task, work) = task(Stop::default());
        thread::Builder::new()
            .name("clib-close".into())
            .spawn(move || work.finish(Ok(pool.close())))
            .map_err(Error::other)?;
        task.await
    }

    /// Waits for the right to use a connection.
    pub(super) async fn permit(&self, role: Role, deadline: Option<Instant>) -> Result<Permit> {
        let pool = &self.0.pool;
        let until = pool.wait_until(deadline);
        let enter = self.0.timer.timeout(until, pool.gate(role).enter());
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
}

impl From<Pool> for AsyncPool {
    fn from(pool: Pool) -> Self {
        let threads = pool.most_connections();
        Self(Arc::new(Parts {
            pool,
            crew: Crew::new(threads),
            timer: Timer::new(),
        }))
    }
}

impl fmt::Debug for AsyncPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncPool").field(&self.0.pool).finish()
    }
}
