//! Trying again where the database was busy: after pauses of random length, so that two that have collided do not do so again.

use std::thread;
use std::time::{Duration, Instant};

use super::SQLITE_WAITS;
use crate::connection::Connection;
use crate::error::{Code, Error, Result};

/// The longest of the first pauses, and of all.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(64);

/// How long is slept at most before it is looked whether the work was interrupted.
const SLICE: Duration = Duration::from_millis(5);

/// The attempts of one write.
pub(super) struct Retry {
    /// `None` where that is too far away to be told.
    until: Option<Instant>,
    longest: Duration,
}

impl Retry {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            until: Instant::now().checked_add(timeout),
            longest: SHORTEST,
        }
    }

    fn left(&self) -> Duration {
        self.until.map_or(Duration::MAX, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// How long SQLite waits for a lock in the next attempt.
    pub(super) fn patience(&self) -> Duration {
        self.left().min(SQLITE_WAITS)
    }

    /// Whether another attempt may end otherwise.
    pub(super) fn can_help(error: &Error) -> bool {
        error.code() == Some(Code::Busy) && error.stopped_by().is_none()
    }

    /// Pauses before the next attempt; the error, where there is no time for one, or the connection's deadline or interrupt.
    pub(super) fn pause(&mut self, conn: &Connection, error: Error) -> Result<()> {
        let left = self.left();
        if left.is_zero() {
            return Err(error);
        }
        let pause = self.longest.mul_f64(fastrand::f64()).min(left);
        self.longest = (self.longest * 2).min(LONGEST);
        let end = Instant::now() + pause;
        loop {
            conn.db().check_limits()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(SLICE));
        }
    }
}
