//! The pool's waiting, in every interleaving of a few threads: loom stands in for the lock and the threads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

/// What the gate stands on: loom's lock in the place of the system's.
mod sync {
    pub(crate) use loom::sync::Mutex;
}

#[path = "../../clib/src/pool/gate.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "the module itself, of which a model uses a part"
)]
mod gate;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use gate::{Gate, Grant, Refused};
use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

/// Explores a model. Where not all is asked for, with at most two switches between threads that nothing forces: enough for most
/// errors, and quick.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(if std::env::var_os("CLIB_TESTS_FULL").is_some() {
        4
    } else {
        2
    });
    builder.check(model);
}

/// Counts who is in at the same time.
struct Inside(AtomicUsize, usize);

impl Inside {
    fn new(most: usize) -> Self {
        Self(AtomicUsize::new(0), most)
    }

    fn visit(&self) {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        assert!(before < self.1, "more holders than there may be");
        thread::yield_now();
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn item(grant: Grant<u32>) -> u32 {
    match grant {
        Grant::Item(item) => item,
        Grant::Vacancy => 7,
    }
}

#[test]
fn all_come_in_one_at_a_time() {
    explore(|| {
        let gate = Arc::new(Gate::<u32>::new(1, 8));
        let inside = Arc::new(Inside::new(1));
        let visit = {
            let (gate, inside) = (gate.clone(), inside.clone());
            move || {
                let grant = block_on(gate.enter()).unwrap();
                inside.visit();
                gate.give_back(Some(item(grant)));
            }
        };
        let threads: Vec<_> = (0..2).map(|_| thread::spawn(visit.clone())).collect();
        visit();
        for thread in threads {
            thread.join().unwrap();
        }
        let count = gate.count();
        assert_eq!((count.held, count.idle, count.waiting), (0, 1, 0));
    });
}

#[test]
fn of_two_places_each_is_used_and_none_is_lost() {
    explore(|| {
        let gate = Arc::new(Gate::<u32>::new(2, 8));
        let inside = Arc::new(Inside::new(2));
        let visit = {
            let (gate, inside) = (gate.clone(), inside.clone());
            move |keeps: bool| {
                let grant = block_on(gate.enter()).unwrap();
                inside.visit();
                // One that is not kept leaves a vacancy.
                gate.give_back(keeps.then(|| item(grant)));
            }
        };
        let threads: Vec<_> = [true, false]
            .map(|keeps| {
                let visit = visit.clone();
                thread::spawn(move || visit(keeps))
            })
            .into();
        visit(true);
        for thread in threads {
            thread.join().unwrap();
        }
        let count = gate.count();
        assert_eq!((count.held, count.waiting), (0, 0));
        assert!(count.idle <= 2);
    });
}

/// Does nothing when woken.
struct Deaf;

impl Wake for Deaf {
    fn wake(self: Arc<Self>) {}
}

/// Asks once.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    let waker = Waker::from(Arc::new(Deaf));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

#[test]
fn one_who_gives_up_loses_nothing_that_it_was_granted() {
    explore(|| {
        let gate = Arc::new(Gate::<u32>::new(1, 8));
        let inside = Arc::new(Inside::new(1));
        let first = block_on(gate.enter()).unwrap();
        // This one waits, and goes away at any time: before, while or after it is granted.
        let quitter = {
            let gate = gate.clone();
            let inside = inside.clone();
            thread::spawn(move || {
                let mut enter = gate.enter();
                if let Poll::Ready(grant) = poll_once(&mut enter) {
                    inside.visit();
                    gate.give_back(Some(item(grant.unwrap())));
                }
                drop(enter);
            })
        };
        // This one must come in.
        let waiter = {
            let gate = gate.clone();
            let inside = inside.clone();
            thread::spawn(move || {
                let grant = block_on(gate.enter()).unwrap();
                inside.visit();
                gate.give_back(Some(item(grant)));
            })
        };
        gate.give_back(Some(item(first)));
        quitter.join().unwrap();
        waiter.join().unwrap();
        let count = gate.count();
        assert_eq!((count.held, count.idle, count.waiting), (0, 1, 0));
    });
}

#[test]
fn closing_refuses_who_waits_and_waits_for_who_is_in() {
    explore(|| {
        let gate = Arc::new(Gate::<u32>::new(1, 8));
        let inside = Arc::new(Inside::new(1));
        let user = {
            let gate = gate.clone();
            let inside = inside.clone();
            thread::spawn(move || match block_on(gate.enter()) {
                Ok(grant) => {
                    inside.visit();
                    gate.give_back(Some(item(grant)));
                    true
                }
                Err(refused) => {
                    assert_eq!(refused, Refused::Closed);
                    false
                }
            })
        };
        let other = {
            let gate = gate.clone();
            thread::spawn(move || match block_on(gate.enter()) {
                Ok(grant) => gate.give_back(Some(item(grant))),
                Err(refused) => assert_eq!(refused, Refused::Closed),
            })
        };
        let idle = gate.close();
        assert!(idle.len() <= 1);
        block_on(gate.drained());
        let count = gate.count();
        assert_eq!((count.held, count.idle), (0, 0));
        assert_eq!(block_on(gate.enter()), Err(Refused::Closed));
        user.join().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn no_more_wait_than_may() {
    explore(|| {
        let gate = Arc::new(Gate::<u32>::new(1, 1));
        let first = block_on(gate.enter()).unwrap();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let gate = gate.clone();
                thread::spawn(move || match block_on(gate.enter()) {
                    Ok(grant) => {
                        gate.give_back(Some(item(grant)));
                        1
                    }
                    Err(refused) => {
                        assert_eq!(refused, Refused::Full(1));
                        0
                    }
                })
            })
            .collect();
        gate.give_back(Some(item(first)));
        let entered: usize = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum();
        // The last one to come finds nobody, or one in the queue.
        assert!(entered >= 1);
        assert_eq!(gate.count().held, 0);
    });
}
