//! What waits for one thread, in its order.
//!
//! It is in order from the moment it is sent, whenever its sender is polled again. What nobody wants any more leaves the queue, so that
//! the queue is no longer than there are those who wait.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::task::lock;
use crate::callback::discard;

/// One end of a new queue, and the other.
pub(super) fn queue<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        state: Mutex::new(State {
            waiting: VecDeque::new(),
            next: 0,
            ended: false,
            closed: false,
        }),
        changed: Condvar::new(),
    });
    let sender = Sender(Arc::new(Last(Arc::clone(&shared))));
    (sender, Receiver(shared))
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// There is something, or nothing more will come.
    changed: Condvar,
}

struct State<T> {
    /// With tickets, which ascend.
    waiting: VecDeque<(u64, T)>,
    next: u64,
    /// Nothing more will come.
    ended: bool,
    /// Nothing is taken any more.
    closed: bool,
}

/// Who sends. Cloning it gives another handle.
pub(super) struct Sender<T>(Arc<Last<T>>);

/// Ends the queue with the last handle.
struct Last<T>(Arc<Shared<T>>);

/// Who receives. Dropping it closes the queue.
pub(super) struct Receiver<T>(Arc<Shared<T>>);

/// What was sent. Dropping it takes it back, where it was not received.
pub(super) struct Sent<T> {
    /// Until it is to stay.
    shared: Option<Arc<Shared<T>>>,
    ticket: u64,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Sender<T> {
    /// `None` where nothing is received any more.
    pub(super) fn send(&self, item: T) -> Option<Sent<T>> {
        let shared = &self.0.0;
        let (ticket, refused) = {
            let mut state = lock(&shared.state);
            if state.closed {
                (None, Some(item))
            } else {
                let ticket = state.next;
                state.next += 1;
                state.waiting.push_back((ticket, item));
                (Some(ticket), None)
            }
        };
        drop(refused);
        shared.changed.notify_one();
        ticket.map(|ticket| Sent {
            shared: Some(Arc::clone(shared)),
            ticket,
        })
    }
}

impl<T> Drop for Last<T> {
    fn drop(&mut self) {
        lock(&self.0.state).ended = true;
        self.0.changed.notify_one();
    }
}

impl<T> Receiver<T> {
    /// Waits for the next; `None` where no more will come.
    pub(super) fn receive(&self) -> Option<T> {
        let mut state = lock(&self.0.state);
        loop {
            if let Some((_, item)) = state.waiting.pop_front() {
                return Some(item);
            }
            if state.ended {
                return None;
            }
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = lock(&self.0.state);
            state.closed = true;
            std::mem::take(&mut state.waiting)
        };
        // One by one: of two destructors that panic, the second would end the program.
        waiting.into_iter().for_each(discard);
    }
}

impl<T> Sent<T> {
    /// It stays in the queue, whatever becomes of the sender.
    pub(super) fn stay(mut self) {
        self.shared = None;
    }
}

impl<T> Drop for Sent<T> {
    fn drop(&mut self) {
        let Some(shared) = &self.shared else { return };
        let unwanted = {
            let mut state = lock(&shared.state);
            let waiting = &mut state.waiting;
            let index = waiting.binary_search_by_key(&self.ticket, |(ticket, _)| *ticket);
            index.ok().and_then(|index| waiting.remove(index))
        };
        drop(unwanted);
    }
}
