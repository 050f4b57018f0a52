//! User code that C calls: how it is run, so that nothing unwinds into C and nothing of it is lost.
//!
//! All user code goes through [`contain`]: what it is given, what it returns and what it drops. A panic ends there, C gets an
//! error, and the payload is kept with the connection ([`Callbacks`]) until the call that led to C returns and resumes it. So
//! a panic in an aggregate comes out of the `next` or `query_row` that ran it. Between the two no further user code runs
//! except destructors. With `panic = "abort"` there is nothing to contain: the program ends where it panics.
//!
//! An error of user code takes the same way: C gets its message, and the caller the error itself.

pub(crate) mod aggregate;
mod column;
pub(crate) mod limits;

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::Error;

/// What a panic was called with.
type Payload = Box<dyn Any + Send>;

/// What became of user code on one connection, for the call that led to it.
///
/// Shared with the registered functions, which C owns. One thread at a time is here, as it is with the connection; the locks
/// are never waited for.
#[derive(Default)]
pub(crate) struct Callbacks {
    /// Whether there is a payload: all that is looked at where nothing went wrong.
    panicked: AtomicBool,
    payload: Mutex<Option<Payload>>,
    error: Mutex<Option<Error>>,
}

impl Callbacks {
    /// Whether a panic is on its way to the caller, so that no user code may run.
    pub(crate) fn has_panicked(&self) -> bool {
        self.panicked.load(Ordering::Relaxed)
    }

    /// Resumes a panic that was contained. Called when a call into C has returned; does nothing while already panicking.
    #[inline]
    pub(crate) fn resume(&self) {
        if self.has_panicked() {
            self.resume_now();
        }
    }

    #[cold]
    fn resume_now(&self) {
        if thread::panicking() {
            return;
        }
        self.panicked.store(false, Ordering::Relaxed);
        let payload = lock(&self.payload).take();
        if let Some(payload) = payload {
            resume_unwind(payload);
        }
    }

    /// Keeps an error of user code, whose message C is given.
    pub(crate) fn keep_error(&self, error: Error) {
        let before = lock(&self.error).replace(error);
        discard(before);
    }

    /// The error that C has just reported with that message, where it is one of user code.
    pub(crate) fn take_error(&self, message: &str) -> Option<Error> {
        let error = lock(&self.error).take()?;
        let text = error.to_string();
        // C's texts end at a NUL.
        if text.split('\0').next() == Some(message) {
            return Some(error);
        }
        // C dropped that one: of an aggregate that was ended early, for example.
        discard(error);
        None
    }

    /// Keeps the first panic; those after it happen in destructors.
    fn keep(&self, payload: Payload) {
        let mut place = lock(&self.payload);
        if place.is_none() {
            *place = Some(payload);
            self.panicked.store(true, Ordering::Relaxed);
        } else {
            drop(place);
            discard(payload);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops what may panic when dropped, and whose panic nobody is to see.
pub(crate) fn discard<T>(value: T) {
    /// As often as a payload's own destructor may panic, with another payload.
    const MOST: usize = 8;
    let mut payload = catch_unwind(AssertUnwindSafe(|| drop(value))).err();
    for _ in 0..MOST {
        match payload {
            None => return,
            Some(next) => payload = catch_unwind(AssertUnwindSafe(|| drop(next))).err(),
        }
    }
    mem::forget(payload);
}

/// Runs user code for C. Where it panics, the result is `failed`, and the panic is kept for the caller.
///
/// It is unwind-safe because the panic goes on: the caller sees it before anything that the user code left half done.
pub(crate) fn contain<R>(callbacks: &Callbacks, failed: R, f: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) => {
            callbacks.keep(payload);
            failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("when dropped");
        }
    }

    #[test]
    fn the_first_panic_is_resumed() {
        let callbacks = Callbacks::default();
        assert_eq!(contain(&callbacks, 0, || 1), 1);
        callbacks.resume();
        assert_eq!(contain(&callbacks, 0, || panic!("first")), 0);
        assert!(callbacks.has_panicked());
        contain(&callbacks, (), || panic!("second"));
        contain(&callbacks, (), || drop(Bomb));
        let payload = catch_unwind(AssertUnwindSafe(|| callbacks.resume())).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"first"));
        assert!(!callbacks.has_panicked());
        callbacks.resume();
    }

    #[test]
    fn payloads_that_panic_when_dropped_do_not_abort() {
        let callbacks = Callbacks::default();
        contain(&callbacks, (), || panic!("first"));
        contain(&callbacks, (), || std::panic::panic_any(Bomb));
        assert!(catch_unwind(AssertUnwindSafe(|| callbacks.resume())).is_err());
    }

    #[test]
    fn nothing_is_resumed_while_panicking() {
        struct Resumes<'a>(&'a Callbacks);
        impl Drop for Resumes<'_> {
            fn drop(&mut self) {
                self.0.resume();
            }
        }
        let callbacks = Callbacks::default();
        contain(&callbacks, (), || panic!("contained"));
        let payload = catch_unwind(AssertUnwindSafe(|| {
            let _resumes = Resumes(&callbacks);
            panic!("outer");
        }))
        .unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"outer"));
        assert!(callbacks.has_panicked());
    }

    #[test]
    fn an_error_is_taken_by_its_message() {
        let callbacks = Callbacks::default();
        callbacks.keep_error(Error::other("mine"));
        assert!(callbacks.take_error("another").is_none());
        assert!(callbacks.take_error("mine").is_none());
        callbacks.keep_error(Error::other("mine\0hidden"));
        assert!(callbacks.take_error("mine").is_some());
    }
}
