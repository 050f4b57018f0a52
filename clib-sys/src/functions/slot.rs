//! The place through which a function is called.

use core::sync::atomic::{AtomicPtr, Ordering};
use std::io::Write;

use super::compat;
use super::missing::MissingFunction;

/// The address that a call goes to. At first that of a look-up, which puts the function's here. Several threads may look it
/// up at the same time; all of them find the same.
pub(super) struct Slot(AtomicPtr<()>);

impl Slot {
    pub(super) const fn new(first: *const ()) -> Self {
        Self(AtomicPtr::new(first.cast_mut()))
    }

    /// Where to call. Acquired, so that a thread which sees an address sees the library that was loaded before it was known.
    #[inline(always)]
    pub(super) fn get(&self) -> *const () {
        self.0.load(Ordering::Acquire)
    }

    /// Keeps what was found. `own` is the function of the link mode.
    pub(super) fn fill(&self, name: &'static str, own: fn() -> *const ()) -> *const () {
        let address = found(name, own);
        self.0.store(address.cast_mut(), Ordering::Release);
        address
    }
}

/// The address of a function, or else of its stand-in. Where there is neither, the program ends: the function's result
/// could not say that it was not called.
pub(super) fn found(name: &'static str, own: fn() -> *const ()) -> *const () {
    if let Err(error) = crate::load() {
        end(name, &error);
    }
    let address = super::address(name, own);
    if !address.is_null() {
        return address;
    }
    match compat::stand_in(name) {
        Some(stand_in) => stand_in,
        None => end(name, &MissingFunction::new(name)),
    }
}

#[cold]
fn end(name: &str, why: &dyn std::fmt::Display) -> ! {
    // Not by a macro that a test's harness catches, and loses.
    let _ = writeln!(std::io::stderr(), "clib-sys: {name} was called: {why}");
    std::process::abort();
}
