//! Memory for the columns of many batches.
//!
//! Memory that is new to a process is dear: the system clears it and hands it out in pages of 4 KiB, each at the first touch, which
//! was a third of the time of a scan whose batches are kept. So a reader that has handed out more than a little takes its memory
//! in [`Chunk`]s of 2 MiB, which Linux can give as one page, and lays columns end to end in them. A chunk is freed with the
//! last column in it; where a reader's batches are gone before the next one, it fills the same chunk again.

use std::alloc::Layout;
use std::panic::RefUnwindSafe;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use allocator_api2::alloc::{AllocError, Allocator, Global};
use allocator_api2::vec::Vec as VecIn;
use arrow_buffer::Buffer;

/// A vector that may lie in a chunk.
pub(crate) type Elements<T> = VecIn<T, Place>;

/// The size of a chunk, and its alignment: a huge page.
const CHUNK: usize = 2 << 20;

/// How many bytes of columns come from the allocator before there are chunks. Most results are smaller.
const SMALL: usize = CHUNK;

/// Columns smaller than this always come from the allocator.
const SMALLEST: usize = 4096;

/// Each column begins at a line of the processor's cache, which is more than any element's alignment asks for.
const ALIGN: usize = 64;

/// How many chunks a reader remembers, to fill them again.
const REMEMBERED: usize = 4;

/// Where a reader's columns go.
#[derive(Default)]
pub(crate) struct Memory {
    /// How many bytes were asked for, until it is known that they are many.
    asked: usize,
    /// The one that is being filled comes last.
    chunks: Vec<Arc<Chunk>>,
}

impl Memory {
    /// Says that the columns to come are another batch's.
    pub(crate) fn next_batch(&mut self) {
        if let Some(chunk) = self.chunks.last_mut().and_then(Arc::get_mut) {
            chunk.clear();
        }
    }

    /// A place for a column of so many bytes.
    pub(crate) fn place(&mut self, bytes: usize) -> Place {
        if self.asked < SMALL {
            self.asked = self.asked.saturating_add(bytes);
            return Place::default();
        }
        if bytes < SMALLEST {
            return Place::default();
        }
        Place(self.chunk(bytes))
    }

    /// A chunk with that much room.
    fn chunk(&mut self, bytes: usize) -> Option<Arc<Chunk>> {
        let bytes = bytes.checked_next_multiple_of(ALIGN)?;
        if let Some(chunk) = self.chunks.last()
            && chunk.room() >= bytes
        {
            return Some(chunk.clone());
        }
        let free = self
            .chunks
            .iter_mut()
            .position(|chunk| chunk.pages.size >= bytes && Arc::get_mut(chunk).is_some());
        let chunk = match free {
            Some(index) => {
                let mut chunk = self.chunks.remove(index);
                Arc::get_mut(&mut chunk)?.clear();
                chunk
            }
            None => Arc::new(Chunk::new(bytes)?),
        };
        if self.chunks.len() == REMEMBERED {
            self.chunks.remove(0);
        }
        self.chunks.push(chunk.clone());
        Some(chunk)
    }
}

/// Memory that is handed out from its beginning on, and taken back all at once.
///
/// # Invariants
///
/// What was handed out lies before `used`, each part once, and is used by holders of this value's `Arc` alone.
struct Chunk {
    pages: Pages,
    used: AtomicUsize,
}

impl Chunk {
    /// Memory for at least so many bytes; `None` where there is none.
    fn new(bytes: usize) -> Option<Self> {
        Some(Self {
            pages: Pages::new(bytes.checked_next_multiple_of(CHUNK)?)?,
            used: AtomicUsize::new(0),
        })
    }

    fn room(&self) -> usize {
        self.pages.size - self.used.load(Ordering::Relaxed)
    }

    /// Takes back what was handed out, which nobody has any more: the value would be shared otherwise.
    fn clear(&mut self) {
        *self.used.get_mut() = 0;
    }

    /// Hands out memory; `None` where there is too little.
    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        if layout.align() > ALIGN {
            return None;
        }
        let size = layout.size().checked_next_multiple_of(ALIGN)?;
        let end = |at: usize| at.checked_add(size).filter(|end| *end <= self.pages.size);
        let at = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, end)
            .ok()?;
        // SAFETY: `at` is within the pages.
        Some(unsafe { self.pages.start.add(at) })
    }

    fn contains(&self, pointer: *const u8) -> bool {
        let start = self.pages.start.addr().get();
        (start..start + self.pages.size).contains(&pointer.addr())
    }
}

/// Memory from the system, large pages where it can.
///
/// # Invariants
///
/// `start` is the beginning of `size` bytes that are this value's, aligned to [`CHUNK`].
struct Pages {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: the memory is no thread's, and is not touched through this type.
unsafe impl Send for Pages {}
// SAFETY: as above.
unsafe impl Sync for Pages {}

/// Straight from the system: an allocator that gets so large blocks back keeps some, and where they are aligned leaves holes.
#[cfg(any(target_os = "linux", target_os = "android"))]
impl Pages {
    /// `size` is a multiple of [`CHUNK`].
    fn new(size: usize) -> Option<Self> {
        let mapped = size.checked_add(CHUNK)?;
        // SAFETY: asks for new memory, at no place in particular.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                mapped,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        let start = NonNull::new(start.cast::<u8>())?;
        let before = start.addr().get().next_multiple_of(CHUNK) - start.addr().get();
        // SAFETY: less than what was mapped more than asked for.
        let aligned = unsafe { start.add(before) };
        // SAFETY: within what was mapped, of which what is before `aligned` and from here on is not wanted.
        let end = unsafe { aligned.add(size) };
        for (start, length) in [(start, before), (end, CHUNK - before)] {
            if length > 0 {
                // SAFETY: ours, of whole pages, and nobody has seen it.
                unsafe { libc::munmap(start.as_ptr().cast(), length) };
            }
        }
        // SAFETY: ours, of whole pages. The advice changes no contents, and what the answer is nothing but the time.
        unsafe { libc::madvise(aligned.as_ptr().cast(), size, libc::MADV_HUGEPAGE) };
        Some(Self {
            start: aligned,
            size,
        })
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, by the type invariant, and used no more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Pages {
    /// `size` is a multiple of [`CHUNK`].
    fn new(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size, CHUNK).ok()?;
        // SAFETY: the size is not zero: nobody asks for nothing.
        let start = NonNull::new(unsafe { std::alloc::alloc(layout) })?;
        Some(Self { start, size })
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Drop for Pages {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::from_size_align(self.size, CHUNK) {
            // SAFETY: allocated by `new` with this layout, by the type invariant, and used no more.
            unsafe { std::alloc::dealloc(self.start.as_ptr(), layout) };
        }
    }
}

/// The allocator of [`Elements`]: a chunk as long as that has room, otherwise the program's allocator.
#[derive(Clone, Default)]
pub(crate) struct Place(Option<Arc<Chunk>>);

impl Place {
    /// Whether memory is a chunk's, rather than the program's allocator's.
    fn holds(&self, pointer: *const u8) -> bool {
        self.0.as_ref().is_some_and(|chunk| chunk.contains(pointer))
    }
}

// SAFETY: a block is a part of the chunk that nobody else gets as long as this value or a clone of it lives (`clear` needs the only
// `Arc`), or the global allocator's. Which of the two is told by its address, as a chunk's memory is never the global allocator's
// to give.
unsafe impl Allocator for Place {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        match self.0.as_ref().and_then(|chunk| chunk.take(layout)) {
            Some(start) => Ok(NonNull::slice_from_raw_parts(start, layout.size())),
            None => Global.allocate(layout),
        }
    }

    #[inline]
    unsafe fn deallocate(&self, pointer: NonNull<u8>, layout: Layout) {
        if !self.holds(pointer.as_ptr()) {
            // SAFETY: the caller's block, with its layout, and not the chunk's: so the global allocator's.
            unsafe { Global.deallocate(pointer, layout) };
        }
    }

    unsafe fn grow(
        &self,
        pointer: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if !self.holds(pointer.as_ptr()) {
            // SAFETY: the caller's block, with its layout, and the global allocator's; the new one is larger, as the caller says.
            return unsafe { Global.grow(pointer, old, new) };
        }
        let grown = self.allocate(new)?;
        // SAFETY: both are blocks of at least the old size, and the new one is nobody else's.
        unsafe {
            std::ptr::copy_nonoverlapping(pointer.as_ptr(), grown.cast().as_ptr(), old.size());
        };
        Ok(grown)
    }
}

/// A vector that a buffer keeps alive, and nothing else is done with.
struct Owner<T>(#[expect(dead_code, reason = "kept for its memory")] Elements<T>);

impl<T> RefUnwindSafe for Owner<T> {}

/// A vector's elements as Arrow has them, without a copy.
pub(crate) fn into_buffer<T>(elements: Elements<T>) -> Buffer
where
    T: arrow_buffer::ArrowNativeType,
{
    let start = elements.as_ptr().cast::<u8>().cast_mut();
    if elements.allocator().holds(start)
        && let Some(start) = NonNull::new(start)
    {
        let length = size_of_val(elements.as_slice());
        // SAFETY: the vector is the owner, which keeps its memory, in one place, until it is dropped; all its elements are
        // initialised, and are plain numbers.
        return unsafe { Buffer::from_custom_allocation(start, length, Arc::new(Owner(elements))) };
    }
    let (start, length, capacity, _) = elements.into_raw_parts_with_alloc();
    // SAFETY: not the chunk's, so the global allocator's, with this length and capacity.
    Buffer::from_vec(unsafe { Vec::from_raw_parts(start, length, capacity) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A memory that has handed out what is small.
    fn large() -> Memory {
        let mut memory = Memory::default();
        assert!(memory.place(SMALL).0.is_none());
        memory
    }

    fn filled(memory: &mut Memory, length: usize) -> Elements<i64> {
        let mut elements = Elements::with_capacity_in(length, memory.place(8 * length));
        elements.extend(0..i64::try_from(length).unwrap());
        elements
    }

    #[test]
    fn columns_of_one_chunk_live_as_long_as_they_are_used() {
        let mut memory = large();
        let first = into_buffer(filled(&mut memory, 1000));
        let second = into_buffer(filled(&mut memory, 1000));
        assert_eq!(memory.chunks.len(), 1);
        assert_eq!(second.as_ptr().addr() - first.as_ptr().addr(), 8000);
        drop(memory);
        drop(second);
        assert_eq!(first.typed_data::<i64>().iter().sum::<i64>(), 499_500);
    }

    #[test]
    fn a_chunk_that_nobody_uses_is_filled_again() {
        let mut memory = large();
        let first = into_buffer(filled(&mut memory, 1000));
        memory.next_batch();
        let second = into_buffer(filled(&mut memory, 1000));
        assert_ne!(first.as_ptr(), second.as_ptr());
        let start = first.as_ptr();
        drop((first, second));
        memory.next_batch();
        assert_eq!(into_buffer(filled(&mut memory, 1000)).as_ptr(), start);
        // Nor is another one needed where several were.
        for _ in 0..if crate::is_slow() { 2 } else { 20 } {
            let kept: Vec<_> = (0..3)
                .map(|_| into_buffer(filled(&mut memory, 200_000)))
                .collect();
            assert!(kept.iter().all(|buffer| buffer.len() == 1_600_000));
        }
        assert!(memory.chunks.len() <= REMEMBERED);
    }

    #[test]
    fn vectors_grow_out_of_their_chunk() {
        let mut memory = large();
        let mut elements = filled(&mut memory, 100_000);
        assert!(elements.allocator().holds(elements.as_ptr().cast()));
        elements.extend(100_000..1_000_000);
        let buffer = into_buffer(elements);
        assert!(buffer.typed_data::<i64>().iter().copied().eq(0..1_000_000));
        // Larger than a chunk is.
        let buffer = into_buffer(filled(&mut memory, 1_000_000));
        assert!(buffer.typed_data::<i64>().iter().copied().eq(0..1_000_000));
    }

    #[test]
    fn small_and_empty_ones_are_the_allocators() {
        let mut memory = Memory::default();
        let buffer = into_buffer(filled(&mut memory, 10));
        // As Arrow's own are: they can become a vector again.
        assert_eq!(buffer.into_vec::<i64>().unwrap().len(), 10);
        assert!(into_buffer(filled(&mut memory, 0)).is_empty());
        let mut memory = large();
        assert!(into_buffer(filled(&mut memory, 0)).is_empty());
        assert!(memory.chunks.is_empty());
    }

    #[test]
    fn chunks_go_from_thread_to_thread() {
        let mut memory = large();
        let buffers: Vec<_> = (0..8)
            .map(|_| into_buffer(filled(&mut memory, 1000)))
            .collect();
        let threads: Vec<_> = buffers
            .into_iter()
            .map(|buffer| {
                std::thread::spawn(move || buffer.typed_data::<i64>().iter().sum::<i64>())
            })
            .collect();
        drop(memory);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 499_500);
        }
    }
}
