//! A clock for futures: they wait for something, and not for ever, whichever runtime polls them.
//!
//! One thread sleeps until the next alarm. It is started by the first wait, and there is nothing in it but wakers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use super::task::lock;
use crate::callback::discard;
use crate::error::{Error, Result};

/// When, and which of those at the same time.
type Alarm = (Instant, u64);

/// The clock. Dropping it ends its thread.
pub(super) struct Timer(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    alarms: BTreeMap<Alarm, Waker>,
    next: u64,
    is_running: bool,
    closed: bool,
}

impl Timer {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        }))
    }

    /// Waits for `future` until then; `None` where it takes longer.
    pub(super) fn timeout<F: Future + Unpin>(
        &self,
        until: Option<Instant>,
        future: F,
    ) -> Timeout<'_, F> {
        Timeout {
            timer: self,
            until,
            future,
            alarm: None,
        }
    }

    /// Sets an alarm, in the place of the one before.
    fn set(&self, at: Instant, before: Option<Alarm>, waker: Waker) -> Result<Alarm> {
        let (alarm, starts, _replaced) = {
            let mut state = lock(&self.0.state);
            let alarm = before.unwrap_or_else(|| {
                state.next += 1;
                (at, state.next)
            });
            let replaced = state.alarms.insert(alarm, waker);
            let starts = !std::mem::replace(&mut state.is_running, true);
            (alarm, starts, replaced)
        };
        if starts {
            let shared = Arc::clone(&self.0);
            let body = move || shared.run();
            if let Err(error) = thread::Builder::new().name("clib-timer".into()).spawn(body) {
                self.not_started(alarm);
                return Err(Error::other(error));
            }
        } else {
            self.0.changed.notify_one();
        }
        Ok(alarm)
    }

    /// Its thread could not be started. Others, who set their alarms meanwhile, try themselves.
    fn not_started(&self, ours: Alarm) {
        let mut alarms = {
            let mut state = lock(&self.0.state);
            state.is_running = false;
            std::mem::take(&mut state.alarms)
        };
        discard(alarms.remove(&ours));
        alarms.into_values().for_each(wake);
    }

    fn clear(&self, alarm: Alarm) {
        let waker = lock(&self.0.state).alarms.remove(&alarm);
        drop(waker);
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        lock(&self.0.state).closed = true;
        self.0.changed.notify_one();
    }
}

impl Shared {
    fn run(&self) {
        let mut state = lock(&self.state);
        while !state.closed {
            let now = Instant::now();
            let first = state.alarms.first_key_value().map(|(alarm, _)| *alarm);
            state = match first {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some((at, _)) if at > now => {
                    let woken = self.changed.wait_timeout(state, at - now);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                Some(alarm) => {
                    let waker = state.alarms.remove(&alarm);
                    drop(state);
                    waker.into_iter().for_each(wake);
                    lock(&self.state)
                }
            };
        }
    }
}

/// A waker is an executor's own code; others still wait.
fn wake(waker: Waker) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        discard(payload);
    }
}

/// [`Timer::timeout`].
pub(super) struct Timeout<'a, F> {
    timer: &'a Timer,
    until: Option<Instant>,
    future: F,
    alarm: Option<Alarm>,
}

impl<F: Future + Unpin> Future for Timeout<'_, F> {
    type Output = Result<Option<F::Output>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(value) = Pin::new(&mut self.future).poll(context) {
            return Poll::Ready(Ok(Some(value)));
        }
        let Some(until) = self.until else {
            return Poll::Pending;
        };
        if Instant::now() >= until {
            return Poll::Ready(Ok(None));
        }
        match self.timer.set(until, self.alarm, context.waker().clone()) {
            Ok(alarm) => {
                self.alarm = Some(alarm);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<F> Drop for Timeout<'_, F> {
    fn drop(&mut self) {
        if let Some(alarm) = self.alarm {
            self.timer.clear(alarm);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    #[test]
    fn where_no_thread_starts_the_others_are_woken() {
        struct Counts(AtomicUsize);
        impl Wake for Counts {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
                panic!("all the same");
            }
        }
        let woken = Arc::new(Counts(AtomicUsize::new(0)));
        let timer = Timer::new();
        let at = Instant::now() + Duration::from_secs(3600);
        {
            let mut state = lock(&timer.0.state);
            state.is_running = true;
            for number in 0..3 {
                let waker = Waker::from(Arc::clone(&woken));
                state.alarms.insert((at, number), waker);
            }
        }
        timer.not_started((at, 0));
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
        let state = lock(&timer.0.state);
        assert!(state.alarms.is_empty() && !state.is_running);
    }
}
