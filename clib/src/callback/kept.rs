//! Errors of user code, until the call that led to it returns.

use crate::error::Error;

/// What C has been told of an error.
pub(crate) enum Report {
    /// Its message, up to the first NUL, where C's texts end.
    Message(String),
    /// This extended result code, without a message of its own.
    Code(i32),
    /// Nothing: the next failure of the same call is this one.
    Nothing,
}

impl Report {
    /// Whether it is what C has reported.
    pub(super) fn is(&self, code: i32, message: &str) -> bool {
        match self {
            Self::Message(text) => text.split('\0').next() == Some(message),
            Self::Code(ours) => *ours == code,
            Self::Nothing => true,
        }
    }
}

/// Errors in the order in which they came, each with its level.
///
/// C reports one of those that a statement's callbacks end with, as a rule the first: that of an aggregate, and not what other
/// aggregates say when they are ended because of it.
#[derive(Default)]
pub(super) struct KeptErrors(Vec<(u32, Error, Report)>);

/// How many errors are kept. C goes on after few of them.
const MOST: usize = 16;

impl KeptErrors {
    /// Gives the error back where there are too many.
    pub(super) fn keep(&mut self, level: u32, error: Error, report: Report) -> Option<Error> {
        if self.0.len() >= MOST {
            return Some(error);
        }
        self.0.push((level, error, report));
        None
    }

    /// Takes out what belongs to the level, or to one below it.
    pub(super) fn take(&mut self, level: u32) -> Vec<(Error, Report)> {
        let mut taken = Vec::new();
        let mut left = Vec::new();
        for (of, error, report) in self.0.drain(..) {
            if of >= level {
                taken.push((error, report));
            } else {
                left.push((of, error, report));
            }
        }
        self.0 = left;
        taken
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
