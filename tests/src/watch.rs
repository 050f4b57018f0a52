//! Something that never ends is a failure too: it is said which seed it was, and the process ends.

use std::collections::HashMap;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// How long one reading or load takes at most; minutes under a slow checker.
const LONG: Duration = Duration::from_secs(300);

static RUNNING: Mutex<Option<HashMap<ThreadId, (Instant, String)>>> = Mutex::new(None);

/// While it lives, this thread is expected to come to an end.
#[derive(Debug)]
pub struct Watch(());

impl Watch {
    /// Begins, or begins again, for something that is named so when it hangs.
    #[must_use]
    pub fn new(name: String) -> Self {
        static WATCHING: Once = Once::new();
        WATCHING.call_once(|| {
            std::thread::spawn(|| {
                loop {
                    std::thread::sleep(Duration::from_secs(5));
                    look();
                }
            });
        });
        set(Some(name));
        Self(())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        set(None);
    }
}

fn set(name: Option<String>) {
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let running = running.get_or_insert_default();
    let thread = std::thread::current().id();
    match name {
        Some(name) => running.insert(thread, (Instant::now(), name)),
        None => running.remove(&thread),
    };
}

fn look() {
    let long = if crate::random::is_slow() {
        LONG * 20
    } else {
        LONG
    };
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    for (start, name) in running.iter().flat_map(HashMap::values) {
        if start.elapsed() > long {
            eprintln!("still not at its end after {long:?}: {name}");
            std::process::abort();
        }
    }
}
