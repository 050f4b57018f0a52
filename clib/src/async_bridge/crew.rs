//! Threads that run a pool's work: as many as the pool has connections, started when they are needed.
//!
//! Who gives them a job holds a connection, or the right to open one. So there are never more jobs than threads, and none waits for
//! another; but for the pool's end, which is the last.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::task::lock;
use crate::callback::discard;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. Dropping it ends them when they have done what they were given; nobody waits for that.
pub(super) struct Crew {
    shared: Arc<Shared>,
    most: usize,
}

struct Shared {
    state: Mutex<State>,
    /// There is a job, or no more will come.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Crew {
    pub(super) fn new(most: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                changed: Condvar::new(),
            }),
            most,
        }
    }

    /// Runs a job on one of the threads. Where none can be started, it is dropped.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        let starts = {
            let mut state = lock(&self.shared.state);
            state.jobs.push_back(Box::new(job));
            let starts = state.idle < state.jobs.len() && state.threads < self.most;
            state.threads += usize::from(starts);
            starts
        };
        if !starts {
            self.shared.changed.notify_one();
            return;
        }
        let shared = Arc::clone(&self.shared);
        let body = move || shared.work();
        if thread::Builder::new()
            .name("clib-pool".into())
            .spawn(body)
            .is_err()
        {
            self.shared.not_started();
        }
    }
}

impl Shared {
    /// A thread could not be started.
    fn not_started(&self) {
        let abandoned = {
            let mut state = lock(&self.state);
            state.threads -= 1;
            if state.threads == 0 {
                std::mem::take(&mut state.jobs)
            } else {
                // Another thread comes to it.
                VecDeque::new()
            }
        };
        // One by one: of two destructors that panic, the second would end the program.
        abandoned.into_iter().for_each(discard);
    }

    fn work(&self) {
        loop {
            let job = {
                let mut state = lock(&self.state);
                loop {
                    if let Some(job) = state.jobs.pop_front() {
                        break job;
                    }
                    if state.closed {
                        state.threads -= 1;
                        return;
                    }
                    state.idle += 1;
                    state = self
                        .changed
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                    state.idle -= 1;
                }
            };
            // What could panic in it, other than what it has caught, are destructors of results that nobody wanted.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
                discard(payload);
            }
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        lock(&self.shared.state).closed = true;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abandoned_jobs_are_all_dropped_although_destructors_panic() {
        struct Bomb(Arc<Mutex<u32>>);
        impl Drop for Bomb {
            fn drop(&mut self) {
                *lock(&self.0) += 1;
                panic!("when dropped");
            }
        }
        let dropped = Arc::new(Mutex::new(0));
        let crew = Crew::new(1);
        {
            let mut state = lock(&crew.shared.state);
            state.threads = 1;
            for _ in 0..3 {
                let bomb = Bomb(Arc::clone(&dropped));
                state.jobs.push_back(Box::new(move || drop(bomb)));
            }
        }
        crew.shared.not_started();
        assert_eq!(*lock(&dropped), 3);
    }
}
