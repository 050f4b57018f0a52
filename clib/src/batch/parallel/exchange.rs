//! Where threads leave what they have made, and the reader takes it: bounded, in order or as it comes.
//!
//! Work is cut into tasks, numbered in the table's order. A thread begins one task after the other, pushes its items, and
//! ends it. There is one lock, taken once per item (a batch of thousands of rows) and never while anything is made.
//!
//! In order, items wait in a slot for each task, and are taken from the first. Tasks begin in order, so the first one is
//! always somebody's; that one may push an item though the space is used up by later ones. So it never waits for ever.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a panic leaves.
pub(super) type Panic = Box<dyn Any + Send>;

/// The number of a task.
pub(super) type Task = u64;

/// The meeting place of threads and reader. `T` are items, `E` what a task can fail with.
pub(super) struct Exchange<T, E> {
    ordered: bool,
    /// How many items may wait.
    space: usize,
    state: Mutex<State<T, E>>,
    /// Signalled where there is something for the reader.
    for_reader: Condvar,
    /// Signalled where there is space for an item.
    for_threads: Condvar,
}

struct State<T, E> {
    /// In order: those of the tasks that were begun and not taken to the end. Else the only one.
    slots: VecDeque<Slot<T, E>>,
    /// In order: the task of the first slot.
    first: Task,
    /// The next task to be begun.
    next: Task,
    /// Items in all slots.
    waiting: usize,
    /// What each thread is at.
    threads: Vec<Thread>,
    /// The first task that has failed: none after it is wanted.
    failed: Option<Task>,
    /// Whether there are no more tasks.
    exhausted: bool,
    /// Whether the reader wants nothing more.
    stopped: bool,
    panic: Option<Panic>,
}

struct Slot<T, E> {
    items: VecDeque<T>,
    error: Option<E>,
    done: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thread {
    Idle,
    At(Task),
    Gone,
}

/// What the reader gets.
pub(super) enum Next<T, E> {
    Item(T),
    Error(E),
    /// A thread panicked.
    Panic(Panic),
    /// Everything was taken.
    End,
    /// The threads are gone and have left work undone; nothing that they do should lead here.
    Lost,
}

impl<T, E> Slot<T, E> {
    fn new() -> Self {
        Self {
            items: VecDeque::new(),
            error: None,
            done: false,
        }
    }
}

impl<T, E> State<T, E> {
    fn slot(&mut self, task: Task, ordered: bool) -> Option<&mut Slot<T, E>> {
        let index = if ordered {
            usize::try_from(task.checked_sub(self.first)?).ok()?
        } else {
            0
        };
        self.slots.get_mut(index)
    }

    /// Whether nothing of that task is wanted any more.
    fn is_unwanted(&self, task: Task) -> bool {
        self.stopped || self.failed.is_some_and(|failed| failed <= task)
    }

    fn all_gone(&self) -> bool {
        self.threads.iter().all(|thread| *thread == Thread::Gone)
    }
}

impl<T, E> Exchange<T, E> {
    /// For so many threads, numbered from 0, and so many waiting items.
    pub(super) fn new(ordered: bool, space: usize, threads: usize) -> Self {
        let mut slots = VecDeque::new();
        if !ordered {
            slots.push_back(Slot::new());
        }
        Self {
            ordered,
            space: space.max(1),
            state: Mutex::new(State {
                slots,
                first: 0,
                next: 0,
                waiting: 0,
                threads: vec![Thread::Idle; threads],
                failed: None,
                exhausted: false,
                stopped: false,
                panic: None,
            }),
            for_reader: Condvar::new(),
            for_threads: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the next task; `None` where none is wanted. Tasks are begun in their order: the caller sees to that.
    pub(super) fn begin(&self, thread: usize) -> Option<Task> {
        let mut state = self.state();
        let task = state.next;
        if state.is_unwanted(task) || state.exhausted {
            return None;
        }
        state.next += 1;
        if let Some(thread) = state.threads.get_mut(thread) {
            *thread = Thread::At(task);
        }
        if self.ordered {
            state.slots.push_back(Slot::new());
        }
        Some(task)
    }

    /// Says that the task begun last is the last one.
    pub(super) fn exhaust(&self) {
        self.state().exhausted = true;
        self.for_reader.notify_all();
    }

    /// Leaves an item, when there is space. `false` where it is not wanted any more.
    pub(super) fn push(&self, task: Task, item: T) -> bool {
        let mut state = self.state();
        loop {
            if state.is_unwanted(task) {
                return false;
            }
            let is_next = self.ordered
                && task == state.first
                && state
                    .slots
                    .front()
                    .is_some_and(|slot| slot.items.is_empty());
            if state.waiting < self.space || is_next {
                break;
            }
            state = self
                .for_threads
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(slot) = state.slot(task, self.ordered) {
            slot.items.push_back(item);
            state.waiting += 1;
        }
        drop(state);
        self.for_reader.notify_one();
        true
    }

    /// The task is done.
    pub(super) fn finish(&self, thread: usize, task: Task) {
        let mut state = self.state();
        if self.ordered
            && let Some(slot) = state.slot(task, true)
        {
            slot.done = true;
        }
        if let Some(thread) = state.threads.get_mut(thread) {
            *thread = Thread::Idle;
        }
        drop(state);
        self.for_reader.notify_one();
    }

    /// The task has failed. Gives the threads whose work is not wanted any more: in order, those at later tasks; else all
    /// others.
    pub(super) fn fail(&self, thread: usize, task: Task, error: E) -> Vec<usize> {
        let mut state = self.state();
        // In order, an earlier task may have failed since; else the first that comes counts.
        let counts = !state.is_unwanted(task);
        if counts {
            state.failed = Some(if self.ordered { task } else { 0 });
            if let Some(slot) = state.slot(task, self.ordered) {
                slot.error = Some(error);
            }
        }
        if let Some(thread) = state.threads.get_mut(thread) {
            *thread = Thread::Idle;
        }
        let unwanted = state
            .threads
            .iter()
            .enumerate()
            .filter(|(_, other)| matches!(other, Thread::At(at) if !self.ordered || *at > task))
            .map(|(index, _)| index)
            .collect();
        drop(state);
        self.for_threads.notify_all();
        self.for_reader.notify_one();
        unwanted
    }

    /// The thread has ended, or could not be started.
    pub(super) fn leave(&self, thread: usize, panic: Option<Panic>) {
        let mut state = self.state();
        if let Some(thread) = state.threads.get_mut(thread) {
            *thread = Thread::Gone;
        }
        let is_first = panic.is_some() && state.panic.is_none();
        let more = if is_first {
            state.stopped = true;
            std::mem::replace(&mut state.panic, panic)
        } else {
            panic
        };
        drop(state);
        // A payload can run code when it is dropped: not under the lock.
        discard(more);
        self.for_threads.notify_all();
        self.for_reader.notify_one();
    }

    /// The reader wants nothing more: whoever waits for space is woken, and everything that waits is dropped.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.stopped = true;
        let slots = std::mem::take(&mut state.slots);
        state.waiting = 0;
        let panic = state.panic.take();
        drop(state);
        drop(slots);
        discard(panic);
        self.for_threads.notify_all();
        self.for_reader.notify_one();
    }

    /// The next item, as soon as there is one.
    pub(super) fn next(&self) -> Next<T, E> {
        let mut state = self.state();
        loop {
            if let Some(panic) = state.panic.take() {
                return Next::Panic(panic);
            }
            if let Some(next) = self.ready(&mut state) {
                drop(state);
                self.for_threads.notify_all();
                return next;
            }
            state = self
                .for_reader
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn ready(&self, state: &mut State<T, E>) -> Option<Next<T, E>> {
        let mut moved_on = false;
        while let Some(slot) = state.slots.front_mut() {
            if !self.ordered
                && let Some(error) = slot.error.take()
            {
                return Some(Next::Error(error));
            }
            if let Some(item) = slot.items.pop_front() {
                state.waiting = state.waiting.saturating_sub(1);
                return Some(Next::Item(item));
            }
            if let Some(error) = slot.error.take() {
                return Some(Next::Error(error));
            }
            if !slot.done {
                break;
            }
            state.slots.pop_front();
            state.first += 1;
            moved_on = true;
        }
        if moved_on {
            // The task that is first now may push.
            self.for_threads.notify_all();
        }
        let nothing_begun = if self.ordered {
            state.slots.is_empty()
        } else {
            !state
                .threads
                .iter()
                .any(|thread| matches!(thread, Thread::At(_)))
        };
        if state.exhausted && nothing_begun {
            return Some(Next::End);
        }
        state.all_gone().then_some(Next::Lost)
    }
}

/// Drops what a panic left. Its destructor is somebody else's code, and may panic too; then it is leaked, for one more try
/// could panic once more.
fn discard(panic: Option<Panic>) {
    if let Some(panic) = panic
        && let Err(another) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(panic)))
    {
        std::mem::forget(another);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Threads that make `items` items for each of `tasks` tasks, and what the reader gets.
    fn run(ordered: bool, space: usize, threads: usize, tasks: u64, items: u64) -> Vec<(u64, u64)> {
        let exchange = Exchange::<_, ()>::new(ordered, space, threads);
        let begun = Mutex::new(0);
        let mut got = Vec::new();
        thread::scope(|scope| {
            for thread in 0..threads {
                let (exchange, begun) = (&exchange, &begun);
                scope.spawn(move || {
                    loop {
                        let mut begun = begun.lock().unwrap();
                        if *begun == tasks {
                            exchange.exhaust();
                            break;
                        }
                        let Some(task) = exchange.begin(thread) else {
                            break;
                        };
                        *begun += 1;
                        drop(begun);
                        for item in 0..items {
                            assert!(exchange.push(task, (task, item)));
                        }
                        exchange.finish(thread, task);
                    }
                    exchange.leave(thread, None);
                });
            }
            loop {
                match exchange.next() {
                    Next::Item(item) => got.push(item),
                    Next::End => break,
                    _ => panic!(),
                }
            }
        });
        got
    }

    #[test]
    fn everything_comes_in_order_or_not() {
        for (threads, space, tasks, items) in [
            (1, 1, 5, 3),
            (4, 1, 20, 3),
            (3, 7, 40, 2),
            (8, 2, 3, 50),
            (2, 4, 30, 0),
            (2, 4, 0, 0),
        ] {
            let expected: Vec<_> = (0..tasks)
                .flat_map(|task| (0..items).map(move |item| (task, item)))
                .collect();
            assert_eq!(run(true, space, threads, tasks, items), expected);
            let mut any = run(false, space, threads, tasks, items);
            any.sort_unstable();
            assert_eq!(any, expected);
        }
    }

    #[test]
    fn what_waits_is_bounded() {
        for ordered in [true, false] {
            let exchange = Exchange::<_, ()>::new(ordered, 3, 2);
            let pushed = AtomicUsize::new(0);
            let begun = Mutex::new(());
            let begun = &begun;
            thread::scope(|scope| {
                for thread in 0..2 {
                    let (exchange, pushed) = (&exchange, &pushed);
                    scope.spawn(move || {
                        let guard = begun.lock().unwrap();
                        let task = exchange.begin(thread).unwrap();
                        drop(guard);
                        while exchange.push(task, 0) {
                            pushed.fetch_add(1, Ordering::Relaxed);
                        }
                        exchange.leave(thread, None);
                    });
                }
                thread::sleep(Duration::from_millis(50));
                // The space, and one of the first task's.
                assert!(pushed.load(Ordering::Relaxed) <= 4);
                exchange.stop();
            });
        }
    }

    #[test]
    fn an_error_comes_at_its_place() {
        let exchange = Exchange::new(true, 10, 3);
        let tasks: Vec<_> = (0..3).filter_map(|thread| exchange.begin(thread)).collect();
        assert_eq!(tasks, [0, 1, 2]);
        assert!(exchange.push(2, "late"));
        assert_eq!(exchange.fail(1, 1, "one"), [2]);
        // What comes later is not wanted, what comes earlier is; and no more is begun.
        assert!(!exchange.push(2, "later"));
        assert!(exchange.begin(1).is_none());
        assert!(exchange.push(0, "first"));
        // A later error does not count, an earlier one does.
        assert!(exchange.fail(2, 2, "two").is_empty());
        assert!(matches!(exchange.next(), Next::Item("first")));
        exchange.finish(0, 0);
        assert!(matches!(exchange.next(), Next::Error("one")));
    }

    #[test]
    fn an_earlier_error_counts() {
        let exchange = Exchange::<(), _>::new(true, 10, 2);
        exchange.begin(0);
        exchange.begin(1);
        exchange.fail(1, 1, "one");
        exchange.fail(0, 0, "zero");
        assert!(matches!(exchange.next(), Next::Error("zero")));
    }

    #[test]
    fn as_they_come_the_first_error_stops_all() {
        let exchange = Exchange::new(false, 10, 2);
        exchange.begin(0);
        exchange.begin(1);
        assert!(exchange.push(0, ()));
        assert_eq!(exchange.fail(1, 1, "one"), [0]);
        assert!(!exchange.push(0, ()));
        assert!(matches!(exchange.next(), Next::Error("one")));
    }

    #[test]
    fn a_panic_reaches_the_reader() {
        let exchange = Exchange::<(), ()>::new(true, 1, 2);
        thread::scope(|scope| {
            let exchange = &exchange;
            scope.spawn(move || {
                exchange.begin(0);
                let panic = std::panic::catch_unwind(|| panic!("on purpose")).unwrap_err();
                exchange.leave(0, Some(panic));
            });
            let Next::Panic(panic) = exchange.next() else {
                panic!()
            };
            assert_eq!(panic.downcast_ref(), Some(&"on purpose"));
        });
        // The other thread is told to end.
        assert!(exchange.begin(1).is_none());
    }

    #[test]
    fn threads_that_vanish_are_noticed() {
        let exchange = Exchange::<(), ()>::new(true, 1, 1);
        exchange.begin(0);
        exchange.leave(0, None);
        assert!(matches!(exchange.next(), Next::Lost));
    }
}
