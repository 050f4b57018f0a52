//! [`BatchStream`]: the batches of a query, awaited one by one.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use futures_core::Stream;

use super::pool::AsyncPool;
use super::task::{Outcome, Stop, lock, lost};
use crate::batch::ReadOptions;
use crate::connection::Connection;
use crate::error::Result;
use crate::pool::Role;
use crate::statement::Params;

/// How many batches are read ahead.
const AHEAD: usize = 2;

/// The batches of a query: made by [`AsyncPool::query_batches`].
///
/// A thread of the pool reads them, at most two ahead of the consumer: then it waits until one is taken. It holds a reader, and with
/// it one state of the database, until the last batch is read or the stream is dropped. That, too, only asks it to stop, and does
/// not wait.
pub struct BatchStream {
    schema: SchemaRef,
    channel: Arc<Channel>,
    stop: Stop,
}

struct Channel {
    state: Mutex<State>,
    /// There is room, or nobody wants batches any more.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    schema: Option<SchemaRef>,
    batches: VecDeque<RecordBatch>,
    /// How reading has ended.
    end: Option<Outcome<()>>,
    is_dropped: bool,
    waker: Option<Waker>,
}

impl Channel {
    /// Changes what there is, and wakes the consumer.
    fn update(&self, f: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = lock(&self.state);
            f(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Looks whether there is what `f` looks for, and has the consumer woken where not.
    fn poll<T>(
        &self,
        context: &mut Context<'_>,
        f: impl FnOnce(&mut State) -> Option<T>,
    ) -> Poll<T> {
        let waker = context.waker().clone();
        let (value, _before) = {
            let mut state = lock(&self.state);
            match f(&mut state) {
                Some(value) => (Some(value), None),
                None => (None, state.waker.replace(waker)),
            }
        };
        value.map_or(Poll::Pending, Poll::Ready)
    }

    fn begin(&self, schema: SchemaRef) {
        self.update(|state| state.schema = Some(schema));
    }

    fn poll_schema(&self, context: &mut Context<'_>) -> Poll<Result<SchemaRef>> {
        let found = self.poll(context, |state| {
            if let Some(schema) = &state.schema {
                return Some(Ok(Ok(schema.clone())));
            }
            let end = state.end.take()?;
            Some(end.map(|result| result.and_then(|()| Err(lost()))))
        });
        match found {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(schema)) => Poll::Ready(schema),
            Poll::Ready(Err(panic)) => resume_unwind(panic),
        }
    }

    /// Hands over a batch when there is room; `false` where nobody wants it.
    fn send(&self, batch: RecordBatch) -> bool {
        {
            let mut state = lock(&self.state);
            while state.batches.len() >= AHEAD && !state.is_dropped {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            if state.is_dropped {
                return false;
            }
        }
        // There is one who sends, so there still is room.
        self.update(|state| state.batches.push_back(batch));
        true
    }
}

impl AsyncPool {
    /// Runs a query with a reader, and gives its rows in batches, as
    /// [`Statement::query_batches`](crate::Statement::query_batches) does. It is awaited until the first batch has settled the schema.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::Pin;
    ///
    /// use clib::ReadOptions;
    /// use clib::async_bridge::AsyncPool;
    /// use futures_core::Stream;
    ///
    /// # pollster::block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("numbers.db");
    /// let pool = AsyncPool::open(path).await?;
    /// pool.write(|tx| tx.execute_batch("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2), (3)")).await?;
    /// let mut batches = pool.query_batches("SELECT a FROM t WHERE a > ?1", [1], ReadOptions::new()).await?;
    /// assert_eq!(batches.schema().field(0).name(), "a");
    /// // With the crate `futures`: batches.next().await
    /// while let Some(batch) = poll_fn(|context| Pin::new(&mut batches).poll_next(context)).await {
    ///     assert_eq!(batch?.num_rows(), 2);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pool::get`](crate::Pool::get) and `query_batches`; the stream's items are the others.
    pub fn query_batches<P>(
        &self,
        sql: impl Into<String>,
        params: P,
        options: ReadOptions,
    ) -> impl Future<Output = Result<BatchStream>> + Send
    where
        P: Params + Send + 'static,
    {
        let pool = self.clone();
        let sql = sql.into();
        async move {
            let permit = pool.permit(Role::Reader, None).await?;
            let channel = Arc::new(Channel {
                state: Mutex::default(),
                changed: Condvar::new(),
            });
            // From here on dropping it stops the reading.
            let mut stream = BatchStream {
                schema: Arc::new(Schema::empty()),
                channel: Arc::clone(&channel),
                stop: Stop::default(),
            };
            let end = End(Some(Arc::clone(&channel)));
            let read = move |conn: &mut Connection| {
                let mut stmt = conn.prepare(&sql)?;
                let mut reader = stmt.query_batches(params, &options)?;
                channel.begin(reader.schema());
                while let Some(batch) = reader.next_batch()? {
                    if !channel.send(batch) {
                        break;
                    }
                }
                reader.close()
            };
            pool.run(permit, stream.stop.clone(), read, move |outcome| {
                end.set(outcome);
            });
            stream.schema = poll_fn(|context| stream.channel.poll_schema(context)).await?;
            Ok(stream)
        }
    }
}

/// Ends the channel, whatever becomes of the work.
struct End(Option<Arc<Channel>>);

impl End {
    fn set(mut self, outcome: Outcome<()>) {
        if let Some(channel) = self.0.take() {
            channel.update(|state| state.end = Some(outcome));
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(channel) = self.0.take() {
            channel.update(|state| state.end = Some(Ok(Err(lost()))));
        }
    }
}

impl BatchStream {
    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Stream for BatchStream {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.channel.poll(context, |state| {
            if let Some(batch) = state.batches.pop_front() {
                return Some(Ok(Ok(Some(batch))));
            }
            // After its end, or its error, the stream stays ended.
            let end = state.end.take()?;
            state.end = Some(Ok(Ok(())));
            Some(end.map(|result| result.map(|()| None)))
        });
        match next {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(item)) => {
                self.channel.changed.notify_one();
                Poll::Ready(item.transpose())
            }
            Poll::Ready(Err(panic)) => resume_unwind(panic),
        }
    }
}

impl Drop for BatchStream {
    fn drop(&mut self) {
        let unwanted = {
            let mut state = lock(&self.channel.state);
            state.is_dropped = true;
            std::mem::take(&mut state.batches)
        };
        self.channel.changed.notify_one();
        self.stop.stop();
        drop(unwanted);
    }
}

impl fmt::Debug for BatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchStream")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
