//! A piece of work on a connection that a future waits for: [`Task`] on the one side, [`Work`] on the other.
//!
//! Dropping the task interrupts the work, which then ends soon, and cleans up on its own thread.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::raw::{Interrupter, interrupted};

/// The work's end: what it returned, or its panic.
pub(super) type Outcome<R> = thread::Result<Result<R>>;

/// What stops the work of one task, wherever it runs.
#[derive(Clone, Default)]
pub(super) struct Stop {
    flag: Arc<AtomicBool>,
    /// The connection that the work is on, while it is.
    connection: Arc<Mutex<Option<Interrupter>>>,
}

impl Stop {
    pub(super) fn stop(&self) {
        // Before the lock: work that begins now sees it.
        self.flag.store(true, Ordering::Release);
        let connection = lock(&self.connection).clone();
        if let Some(interrupter) = connection {
            interrupter.interrupt_scope(&self.flag);
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Runs `f`, which can be stopped meanwhile; what is stopped already does not begin. A panic is part of the result.
    pub(super) fn run<R>(
        &self,
        conn: &mut Connection,
        f: impl FnOnce(&mut Connection) -> Result<R>,
    ) -> Outcome<R> {
        if let Err(error) = conn.begin_scope(&self.flag) {
            return Ok(Err(error));
        }
        let interrupter = conn.db().interrupter().clone();
        *lock(&self.connection) = Some(interrupter);
        let outcome = if self.is_stopped() {
            Ok(Err(interrupted()))
        } else {
            // Unwind-safe because the panic goes on, and the connection is rolled back or given up.
            catch_unwind(AssertUnwindSafe(|| f(conn)))
        };
        *lock(&self.connection) = None;
        conn.end_scope(&self.flag);
        outcome
    }
}

/// All of a job: what panics around the work, such as hooks and destructors, goes on in the task too.
pub(super) fn contained<R>(job: impl FnOnce() -> Outcome<R>) -> Outcome<R> {
    // Unwind-safe because the panic goes on.
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(Err)
}

struct State<R> {
    outcome: Option<Outcome<R>>,
    waker: Option<Waker>,
}

/// The side that waits.
pub(super) struct Task<R> {
    state: Arc<Mutex<State<R>>>,
    stop: Stop,
    is_done: bool,
}

/// The side that works. Dropped without [`finish`](Self::finish), it finishes with an error.
pub(super) struct Work<R> {
    state: Arc<Mutex<State<R>>>,
    is_done: bool,
}

/// Both sides of a new task.
pub(super) fn task<R>(stop: Stop) -> (Task<R>, Work<R>) {
    let state = Arc::new(Mutex::new(State {
        outcome: None,
        waker: None,
    }));
    let work = Work {
        state: Arc::clone(&state),
        is_done: false,
    };
    let task = Task {
        state,
        stop,
        is_done: false,
    };
    (task, work)
}

impl<R> Work<R> {
    pub(super) fn finish(mut self, outcome: Outcome<R>) {
        self.set(outcome);
    }

    fn set(&mut self, outcome: Outcome<R>) {
        self.is_done = true;
        let waker = {
            let mut state = lock(&self.state);
            state.outcome = Some(outcome);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> Drop for Work<R> {
    fn drop(&mut self) {
        if !self.is_done {
            self.set(Ok(Err(lost())));
        }
    }
}

impl<R> Future for Task<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<R>> {
        // Cloned, and the one before dropped, without the lock.
        let waker = context.waker().clone();
        let (outcome, _before) = {
            let mut state = lock(&self.state);
            match state.outcome.take() {
                Some(outcome) => (Some(outcome), None),
                None => (None, state.waker.replace(waker)),
            }
        };
        match outcome {
            None => Poll::Pending,
            Some(outcome) => {
                self.is_done = true;
                match outcome {
                    Ok(result) => Poll::Ready(result),
                    Err(panic) => resume_unwind(panic),
                }
            }
        }
    }
}

impl<R> Drop for Task<R> {
    fn drop(&mut self) {
        if !self.is_done {
            // Nobody is to be woken: what waits with the work may be dropped next, on this thread.
            let waker = lock(&self.state).waker.take();
            self.stop.stop();
            drop(waker);
        }
    }
}

/// The error where the work was dropped before it was done.
pub(super) fn lost() -> Error {
    Error::other(
        "the work was not done: its connection was closed, or no thread could be started for it",
    )
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
