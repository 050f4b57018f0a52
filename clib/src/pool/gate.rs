//! Who gets the next connection: the pool's waiting, apart from all that it is about.
//!
//! A gate lets at most `size` holders in at a time. Each comes with an item that one before has left, or with a vacancy: the right
//! to make one. Whoever cannot come in waits, first come, first served; what is given back goes straight to the first who waits,
//! so that nobody overtakes. Those who wait are woken through a [`Waker`], be it a task's or a thread's.
//!
//! There is one lock. Nothing is made, dropped or woken while it is held, and so it is never held while in C, nor while other code
//! runs that could come back here.
//!
//! The file is also compiled by a test that explores the interleavings of its threads, with another [`Mutex`]: see
//! `tests/tests/pool_model.rs`.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::sync::Mutex;

/// The gate.
///
/// # Invariants
///
/// - `held` counts the grants that were given and not given back. With `idle` they are at most `size`.
/// - Of those who wait, the first `granted` have their grant. Where one has none, `held` is `size`.
pub(crate) struct Gate<T>(Mutex<State<T>>);

struct State<T> {
    size: usize,
    /// The one that was used last is taken first.
    idle: Vec<T>,
    held: usize,
    waiting: VecDeque<Place<T>>,
    granted: usize,
    most_waiting: usize,
    next_ticket: u64,
    closed: bool,
    /// Who waits for the last holder to leave.
    draining: Vec<Waker>,
}

/// One who waits. Tickets ascend.
struct Place<T> {
    ticket: u64,
    waker: Option<Waker>,
    grant: Option<Grant<T>>,
}

/// What lets in. It must be given back: [`Gate::give_back`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Grant<T> {
    Item(T),
    /// An item may be made.
    Vacancy,
}

/// Why one is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    /// So many wait already.
    Full(usize),
}

/// How a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) held: usize,
    pub(crate) idle: usize,
    pub(crate) waiting: usize,
}

impl<T> State<T> {
    /// A grant, where one can be had at once.
    fn take(&mut self) -> Option<Grant<T>> {
        if self.idle.is_empty() && self.held >= self.size {
            return None;
        }
        self.held += 1;
        Some(self.idle.pop().map_or(Grant::Vacancy, Grant::Item))
    }

    /// Takes back a grant, with an item or without. Where an item is returned, it is to be dropped without the lock, and only then
    /// is the grant taken back, without it. Who is returned is to be woken, without the lock too.
    fn put(&mut self, item: Option<T>) -> (Option<T>, Vec<Waker>) {
        if self.closed {
            if item.is_some() {
                return (item, Vec::new());
            }
            self.held = self.held.saturating_sub(1);
            let woken = if self.held == 0 {
                std::mem::take(&mut self.draining)
            } else {
                Vec::new()
            };
            return (None, woken);
        }
        if let Some(place) = self.waiting.get_mut(self.granted) {
            place.grant = Some(item.map_or(Grant::Vacancy, Grant::Item));
            self.granted += 1;
            return (None, place.waker.take().into_iter().collect());
        }
        self.held = self.held.saturating_sub(1);
        self.idle.extend(item);
        (None, Vec::new())
    }

    /// Where in the queue a ticket is.
    fn find(&self, ticket: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&ticket, |place| place.ticket)
            .ok()
    }

    fn leave(&mut self, index: usize) -> Option<Place<T>> {
        let place = self.waiting.remove(index)?;
        if index < self.granted {
            self.granted -= 1;
        }
        Some(place)
    }
}

impl<T> Gate<T> {
    pub(crate) fn new(size: usize, most_waiting: usize) -> Self {
        Self(Mutex::new(State {
            size,
            idle: Vec::new(),
            held: 0,
            waiting: VecDeque::new(),
            granted: 0,
            most_waiting,
            next_ticket: 0,
            closed: false,
            draining: Vec::new(),
        }))
    }

    fn with<R>(&self, f: impl FnOnce(&mut State<T>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits to be let in. Dropped before, it leaves the queue, and passes on what it was granted meanwhile.
    pub(crate) fn enter(&self) -> Enter<'_, T> {
        Enter {
            gate: self,
            ticket: None,
        }
    }

    /// Leaves, and gives back an item for the next one; without, somebody may make another.
    pub(crate) fn give_back(&self, item: Option<T>) {
        let (dropped, woken) = self.with(|state| state.put(item));
        if dropped.is_some() {
            let _leaves = Leaves(self);
            drop(dropped);
        }
        wake(woken);
    }

    /// Lets nobody in any more, and returns the items that nobody has. Those who wait are refused.
    pub(crate) fn close(&self) -> Vec<T> {
        let (idle, woken) = self.with(|state| {
            state.closed = true;
            let waiting = state.waiting.iter_mut();
            let woken: Vec<_> = waiting.filter_map(|place| place.waker.take()).collect();
            (std::mem::take(&mut state.idle), woken)
        });
        wake(woken);
        idle
    }

    /// Waits until all holders of a closed gate have left.
    pub(crate) fn drained(&self) -> Drained<'_, T> {
        Drained(self)
    }

    pub(crate) fn count(&self) -> Count {
        self.with(|state| Count {
            held: state.held,
            idle: state.idle.len(),
            waiting: state.waiting.len() - state.granted,
        })
    }
}

/// Wakes all, also where a waker, which is an executor's own code, panics: the first panic goes on when they are.
fn wake(woken: Vec<Waker>) {
    let mut panic = None;
    for waker in woken {
        // Unwind-safe because the panic goes on.
        let result = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        panic = panic.or(result.err());
    }
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// A holder who leaves a closed gate when this is dropped: when its item has been, also where that panics.
struct Leaves<'a, T>(&'a Gate<T>);

impl<T> Drop for Leaves<'_, T> {
    fn drop(&mut self) {
        self.0.give_back(None);
    }
}

/// [`Gate::enter`].
pub(crate) struct Enter<'a, T> {
    gate: &'a Gate<T>,
    /// Once in the queue.
    ticket: Option<u64>,
}

impl<T> Future for Enter<'_, T> {
    type Output = Result<Grant<T>, Refused>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut waker = Some(context.waker().clone());
        let ticket = self.ticket;
        let (result, ticket) = self.gate.with(|state| {
            let Some(ticket) = ticket else {
                if state.closed {
                    return (Poll::Ready(Err(Refused::Closed)), None);
                }
                // Not past those who wait.
                if state.waiting.len() == state.granted
                    && let Some(grant) = state.take()
                {
                    return (Poll::Ready(Ok(grant)), None);
                }
                if state.waiting.len() - state.granted >= state.most_waiting {
                    return (Poll::Ready(Err(Refused::Full(state.most_waiting))), None);
                }
                let ticket = state.next_ticket;
                state.next_ticket += 1;
                state.waiting.push_back(Place {
                    ticket,
                    waker: waker.take(),
                    grant: None,
                });
                return (Poll::Pending, Some(ticket));
            };
            let Some(index) = state.find(ticket) else {
                return (Poll::Ready(Err(Refused::Closed)), None);
            };
            if index < state.granted || state.closed {
                let place = state.leave(index);
                let grant = place.and_then(|place| place.grant);
                return (Poll::Ready(grant.ok_or(Refused::Closed)), None);
            }
            if let Some(place) = state.waiting.get_mut(index) {
                // The one before comes out, to be dropped without the lock.
                std::mem::swap(&mut place.waker, &mut waker);
            }
            (Poll::Pending, Some(ticket))
        });
        drop(waker);
        self.ticket = ticket;
        result
    }
}

impl<T> Enter<'_, T> {
    /// Leaves the queue, with what was granted meanwhile: it must be given back.
    pub(crate) fn leave(&mut self) -> Option<Grant<T>> {
        let ticket = self.ticket.take()?;
        let place = self
            .gate
            .with(|state| state.find(ticket).and_then(|index| state.leave(index)));
        place?.grant
    }
}

impl<T> Drop for Enter<'_, T> {
    fn drop(&mut self) {
        match self.leave() {
            None => {}
            Some(Grant::Vacancy) => self.gate.give_back(None),
            Some(Grant::Item(item)) => self.gate.give_back(Some(item)),
        }
    }
}

/// [`Gate::drained`].
pub(crate) struct Drained<'a, T>(&'a Gate<T>);

impl<T> Future for Drained<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut waker = Some(context.waker().clone());
        self.0.with(|state| {
            if state.closed && state.held == 0 {
                return Poll::Ready(());
            }
            let is_known = |known: &Waker| waker.as_ref().is_some_and(|new| known.will_wake(new));
            if !state.draining.iter().any(is_known) {
                state.draining.extend(waker.take());
            }
            Poll::Pending
        })
    }
}
