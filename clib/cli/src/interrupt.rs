//! Ctrl-C: a flag that work looks at between batches, and a stop to what SQLite is doing.

use std::io::{self, Read};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clib::{Connection, InterruptHandle};

use crate::failure::{Failure, Result};

/// Whether the user wants the program to stop; clones share one answer.
#[derive(Clone)]
pub(crate) struct Interrupt {
    shared: Arc<Shared>,
}

struct Shared {
    set: AtomicBool,
    /// Whether the work has stopped because of it.
    noticed: AtomicBool,
    running: Mutex<Option<InterruptHandle>>,
}

impl Interrupt {
    /// Takes over Ctrl-C (and SIGTERM and SIGHUP). A second one ends the program at once: what
    /// SQLite left unfinished is rolled back when the database is next opened.
    pub(crate) fn install() -> Result<Self> {
        let interrupt = Interrupt::new();
        let handler = interrupt.clone();
        ctrlc::set_handler(move || {
            if handler.shared.set.swap(true, Ordering::SeqCst) {
                process::exit(i32::from(crate::INTERRUPTED));
            }
            let handler = handler.clone();
            // On a thread of its own, so that a second Ctrl-C is heard.
            thread::spawn(move || handler.interrupt_until_noticed());
        })
        .map_err(|error| Failure::message(format!("cannot watch for Ctrl-C: {error}")))?;
        Ok(interrupt)
    }

    fn new() -> Self {
        Interrupt {
            shared: Arc::new(Shared {
                set: AtomicBool::new(false),
                noticed: AtomicBool::new(false),
                running: Mutex::new(None),
            }),
        }
    }

    /// Interrupts SQLite again and again: an interrupt that comes just before a statement starts has no effect on it.
    fn interrupt_until_noticed(&self) {
        const PAUSE: Duration = Duration::from_millis(50);
        while !self.shared.noticed.load(Ordering::SeqCst) {
            if let Some(running) = &*self.running() {
                running.interrupt();
            }
            thread::sleep(PAUSE);
        }
    }

    /// The work has stopped: what tidies up is not to be interrupted.
    pub(crate) fn notice(&self) {
        self.shared.noticed.store(true, Ordering::SeqCst);
    }

    /// From now on Ctrl-C also stops what `connection` is doing.
    pub(crate) fn stops(&self, connection: &Connection) {
        *self.running() = Some(connection.interrupt_handle());
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_set(&self) -> bool {
        self.shared.set.load(Ordering::SeqCst)
    }

    /// Fails if Ctrl-C was pressed; to be asked between pieces of work.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_set() {
            self.notice();
            Err(Failure::Interrupted("interrupted".to_owned()))
        } else {
            Ok(())
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<InterruptHandle>> {
        self.shared
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader that ends with an error once Ctrl-C was pressed.
pub(crate) struct Interruptible<R> {
    pub(crate) inner: R,
    pub(crate) interrupt: Interrupt,
}

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_set() {
            // Not `ErrorKind::Interrupted`, which readers answer by trying again.
            return Err(io::Error::other("interrupted"));
        }
        self.inner.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_flag_ends_reading_and_work() {
        let interrupt = Interrupt::new();
        let mut reader = Interruptible {
            inner: &b"abc"[..],
            interrupt: interrupt.clone(),
        };
        let mut buffer = [0; 2];
        assert_eq!(reader.read(&mut buffer).unwrap(), 2);
        assert!(interrupt.check().is_ok());
        interrupt.shared.set.store(true, Ordering::SeqCst);
        assert!(reader.read(&mut buffer).is_err());
        assert!(matches!(interrupt.check(), Err(Failure::Interrupted(_))));
    }
}
