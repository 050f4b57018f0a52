//! Tokens: what C is given where it keeps a pointer that it never frees.
//!
//! Functions and collations are registered with a destructor, so C owns their state. Hooks and handlers are not: C keeps the pointer
//! until it is told of another one, and this crate the state. So the pointer is no pointer but the number of a place in a table, and
//! of who has it ([`slots`]). While the [`Token`] lives, C's number leads to the state; when it is gone, and whoever has the place
//! then, to nothing, and the callback answers as one that has failed.
//!
//! One table serves the process. Looking up takes no lock, and making a token none that another thread holds for longer than it
//! takes to push a number.

mod slots;
mod sync;

use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use libc::c_void;

use self::slots::{LISTS, Slots};
use self::sync::{AtomicUsize, CHUNKS, Mutex};

static SLOTS: Slots = Slots {
    chunks: [const { OnceLock::new() }; CHUNKS],
    fresh: AtomicUsize::new(0),
    free: [const { Mutex::new(Vec::new()) }; LISTS],
};

/// What C's data leads to, as long as this lives.
pub(crate) struct Token(usize);

impl Token {
    /// One for `target`. In the unheard-of case that all places are taken, C's data leads to nothing.
    pub(crate) fn new(target: *const c_void) -> Self {
        Self(SLOTS.insert(target.cast_mut().cast()))
    }

    /// The data for C.
    pub(crate) fn data(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        SLOTS.remove(self.0);
    }
}

/// What the token was made for that C has as `data`; `None` where the token is gone, or there was none.
///
/// The pointer is good as long as the token lives.
#[inline]
pub(crate) fn resolve(data: *mut c_void) -> Option<NonNull<c_void>> {
    NonNull::new(SLOTS.get(data.addr()).cast())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(value: &i32) -> *const c_void {
        ptr::from_ref(value).cast()
    }

    #[test]
    fn a_token_leads_to_its_target_until_it_is_dropped() {
        let (a, b) = (1, 2);
        let token = Token::new(address(&a));
        let data = token.data();
        assert_eq!(resolve(data).unwrap().as_ptr().cast_const(), address(&a));
        drop(token);
        assert_eq!(resolve(data), None);
        // Whoever has the place now.
        let others: Vec<Token> = (0..1000).map(|_| Token::new(address(&b))).collect();
        assert_eq!(resolve(data), None);
        for other in &others {
            let found = resolve(other.data()).unwrap();
            assert_eq!(found.as_ptr().cast_const(), address(&b));
        }
    }

    #[test]
    fn what_was_never_a_token_leads_to_nothing() {
        assert_eq!(resolve(ptr::null_mut()), None);
        for bits in 0..usize::BITS {
            assert_eq!(resolve(ptr::without_provenance_mut(1 << bits)), None);
        }
        assert_eq!(resolve(ptr::without_provenance_mut(usize::MAX)), None);
    }
}
