//! A table of pointers that are found by number, and each number found for one owner alone.
//!
//! A slot has a pointer and a generation, which is odd while the slot is in use, and goes up by one each time it is taken or given
//! back. A number is that of a slot, and the generation in which it was taken; looking it up is a load of the pointer and one of the
//! generation. A slot whose generations are used up is not used again. So a number that was given back is never found again.
//!
//! Chunks of slots are made as they are needed and never freed: a number that C has kept can be looked up for ever. Slots that
//! were given back wait in one of several lists: the thread's own, as a rule, so that threads do not meet.

use std::array;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{OnceLock, PoisonError};

use super::sync::{AtomicPtr, AtomicUsize, CHUNK, CHUNKS, Mutex, thread_number};

/// How many bits of a number are those of the slot; the others are the generation's.
const INDEX_BITS: u32 = (CHUNKS * CHUNK).ilog2();
const GENERATION_BITS: u32 = usize::BITS - INDEX_BITS;
pub(super) const LISTS: usize = 16;

/// Empty at first.
pub(super) struct Slots {
    pub(super) chunks: [OnceLock<Box<[Slot; CHUNK]>>; CHUNKS],
    /// The first slot that nobody has had.
    pub(super) fresh: AtomicUsize,
    /// Slots that were given back.
    pub(super) free: [Mutex<Vec<usize>>; LISTS],
}

#[derive(Default)]
pub(super) struct Slot {
    generation: AtomicUsize,
    /// Null while the slot is free.
    target: AtomicPtr<()>,
}

impl Slots {
    /// Takes a slot: its number. 0, which leads to nothing, where all are taken.
    pub(super) fn insert(&self, target: *mut ()) -> usize {
        let index = match self.take_free() {
            Some(index) => index,
            None => self.fresh.fetch_add(1, Ordering::Relaxed),
        };
        let Some(slot) = self.make(index) else {
            // Nobody counts that far again.
            self.fresh.fetch_sub(1, Ordering::Relaxed);
            return 0;
        };
        // Nobody else has the slot; the list's lock, or being the first, has ordered what was done to it.
        let generation = slot.generation.load(Ordering::Relaxed) + 1;
        slot.target.store(target, Ordering::Release);
        slot.generation.store(generation, Ordering::Release);
        generation << INDEX_BITS | index
    }

    /// What the number was taken for; null where it was given back. Where that happens meanwhile, one of the two.
    #[inline]
    pub(super) fn get(&self, number: usize) -> *mut () {
        let Some(slot) = self.slot(number) else {
            return ptr::null_mut();
        };
        // In this order: whoever sees the pointer of the next owner sees, after that, that the generation is over.
        let target = slot.target.load(Ordering::Acquire);
        if slot.generation.load(Ordering::Relaxed) == number >> INDEX_BITS {
            target
        } else {
            ptr::null_mut()
        }
    }

    /// Gives the slot back. Nothing where the number leads nowhere.
    pub(super) fn remove(&self, number: usize) {
        let generation = number >> INDEX_BITS;
        let Some(slot) = self.slot(number) else {
            return;
        };
        // Somebody else has it now, or nobody.
        if generation & 1 == 0 || slot.generation.load(Ordering::Relaxed) != generation {
            return;
        }
        slot.generation.store(generation + 1, Ordering::Relaxed);
        slot.target.store(ptr::null_mut(), Ordering::Release);
        if generation + 1 < 1 << GENERATION_BITS {
            self.give_back(number % (1 << INDEX_BITS));
        }
    }

    #[inline]
    fn slot(&self, number: usize) -> Option<&Slot> {
        let index = number % (1 << INDEX_BITS);
        self.chunks.get(index / CHUNK)?.get()?.get(index % CHUNK)
    }

    /// The slot, which is made where it is not there; `None` where there cannot be so many.
    fn make(&self, index: usize) -> Option<&Slot> {
        let chunk = self.chunks.get(index / CHUNK)?;
        let slots = chunk.get_or_init(|| Box::new(array::from_fn(|_| Slot::default())));
        slots.get(index % CHUNK)
    }

    /// A slot that was given back: the thread's, or where it has none, another one's who is not there just now.
    fn take_free(&self) -> Option<usize> {
        let own = thread_number();
        let list = self.free.get(own % LISTS)?;
        let free = list.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.or_else(|| {
            (1..LISTS).find_map(|next| {
                let list = self.free.get((own + next) % LISTS)?;
                list.try_lock().ok()?.pop()
            })
        })
    }

    fn give_back(&self, index: usize) {
        if let Some(list) = self.free.get(thread_number() % LISTS) {
            list.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(index);
        }
    }
}
