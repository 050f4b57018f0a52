//! Why a command did not do what it was asked: always one line for a person.

use std::fmt;
use std::path::Path;

/// The result of everything in this program that can fail.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error, with the line that tells it.
    Message(String),
    /// Ctrl-C, with what became of the work.
    Interrupted(String),
    /// Nobody reads standard output any more (`| head`): not an error.
    ReaderGone,
}

impl Failure {
    /// An error that concerns `subject`: a file, a database, or `standard input`.
    pub(crate) fn about(subject: impl fmt::Display, what: impl fmt::Display) -> Self {
        Failure::Message(one_line(&format!("{subject}: {what}")))
    }

    /// An error with nothing to name before it.
    pub(crate) fn message(what: impl fmt::Display) -> Self {
        Failure::Message(one_line(&what.to_string()))
    }

    /// The same end, seen as the effect of Ctrl-C.
    pub(crate) fn into_interrupted(self) -> Self {
        match self {
            Failure::Message(_) => Failure::Interrupted("interrupted".to_owned()),
            other => other,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Message(message) | Failure::Interrupted(message) => f.write_str(message),
            Failure::ReaderGone => f.write_str("the reader of standard output went away"),
        }
    }
}

/// A path as messages show it.
pub(crate) fn show(path: &Path) -> String {
    path.display().to_string()
}

/// An operating-system error without Rust's `(os error 2)`, which says nothing to a person.
pub(crate) fn io(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

/// Values and SQL may hold line breaks; an error line may not.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if c.is_control() => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line() {
        let failure = Failure::about("a.csv", "value `x\ny\u{1b}[31m`");
        assert_eq!(failure.to_string(), "a.csv: value `x\\ny\\u{1b}[31m`");
    }

    #[test]
    fn system_errors_lose_their_number() {
        assert_eq!(
            io(&std::io::Error::from_raw_os_error(2)),
            "No such file or directory"
        );
        assert_eq!(io(&std::io::Error::other("odd")), "odd");
    }
}
