//! The table behind C's tokens, in every interleaving of a few threads: loom stands in for its atomics and locks.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

/// What the table stands on: loom's in the place of the system's.
mod sync {
    pub(super) use loom::sync::Mutex;
    pub(super) use loom::sync::atomic::{AtomicPtr, AtomicUsize};

    /// Few, so that a model has a second chunk.
    pub(super) const CHUNK: usize = 2;
    pub(super) const CHUNKS: usize = 4;

    loom::thread_local!(static NUMBER: std::cell::Cell<usize> = std::cell::Cell::new(0));

    pub(super) fn thread_number() -> usize {
        NUMBER.with(std::cell::Cell::get)
    }

    /// Gives the thread a list of its own.
    pub(super) fn be(number: usize) {
        NUMBER.with(|own| own.set(number));
    }
}

#[path = "../../clib/src/raw/token/slots.rs"]
mod slots;

use std::ptr;
use std::sync::{Arc, OnceLock};

use loom::thread;

use self::slots::Slots;
use self::sync::{AtomicUsize, Mutex};

fn slots() -> Arc<Slots> {
    Arc::new(Slots {
        chunks: [const { OnceLock::new() }; _],
        fresh: AtomicUsize::new(0),
        free: std::array::from_fn(|_| Mutex::new(Vec::new())),
    })
}

/// Something to point at: never looked at.
fn target(number: usize) -> *mut () {
    ptr::without_provenance_mut(number)
}

/// Explores a model. Where not all is asked for, with at most two switches between threads that nothing forces.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(if std::env::var_os("CLIB_TESTS_FULL").is_some() {
        4
    } else {
        2
    });
    builder.check(model);
}

/// Threads that take, look up and give back: each finds its own, and nobody what was given back.
#[test]
fn each_finds_its_own() {
    explore(|| {
        let slots = slots();
        let stale = slots.insert(target(99));
        slots.remove(stale);
        let threads: Vec<_> = (1..=2)
            .map(|number| {
                let slots = Arc::clone(&slots);
                thread::spawn(move || {
                    sync::be(number);
                    let token = slots.insert(target(number));
                    assert_eq!(slots.get(token), target(number));
                    assert_eq!(slots.get(stale), ptr::null_mut());
                    slots.remove(token);
                    assert_eq!(slots.get(token), ptr::null_mut());
                    let next = slots.insert(target(number + 10));
                    assert_eq!(slots.get(token), ptr::null_mut());
                    // Of one who does not own it: nothing.
                    slots.remove(token);
                    assert_eq!(slots.get(next), target(number + 10));
                    next
                })
            })
            .collect();
        let tokens: Vec<usize> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        for (number, token) in (1..).zip(tokens) {
            assert_eq!(slots.get(token), target(number + 10));
        }
        assert_eq!(slots.get(stale), ptr::null_mut());
    });
}

/// One looks up while another one gives back, and takes the slot again: what is found is the one or nothing, never the next one's.
#[test]
fn the_next_owner_s_is_not_found() {
    explore(|| {
        let slots = slots();
        let token = slots.insert(target(1));
        let looks = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || {
                let found = slots.get(token);
                assert!(found == target(1) || found.is_null());
            })
        };
        slots.remove(token);
        let next = slots.insert(target(2));
        assert_eq!(slots.get(next), target(2));
        looks.join().unwrap();
        assert_eq!(slots.get(token), ptr::null_mut());
    });
}

/// A slot that one thread gives back is another one's to take, also where both are at it.
#[test]
fn slots_are_used_again() {
    explore(|| {
        let slots = slots();
        let first = slots.insert(target(1));
        let gives = {
            let slots = Arc::clone(&slots);
            thread::spawn(move || {
                sync::be(1);
                slots.remove(first);
            })
        };
        let second = slots.insert(target(2));
        gives.join().unwrap();
        let third = slots.insert(target(3));
        assert_eq!(slots.get(second), target(2));
        assert_eq!(slots.get(third), target(3));
        // Two slots: whoever came later has found the one that was free.
        let places = [second, third].map(|token| token % (sync::CHUNK * sync::CHUNKS));
        assert!(places.iter().all(|place| *place < 2));
        assert_ne!(places[0], places[1]);
    });
}
