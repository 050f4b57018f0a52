//! [`SqliteError`]: what SQLite reported.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Code, ExtendedCode};

/// What SQLite reported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SqliteError {
    /// The primary result code.
    pub code: Code,
    /// The extended result code.
    pub extended_code: ExtendedCode,
    /// SQLite's message.
    pub message: String,
    /// The statement, where one was being prepared or run.
    pub sql: Option<String>,
    /// Where in `sql` the error is, in bytes, where SQLite knows it (from 3.38 on).
    pub offset: Option<usize>,
    /// The database's file, where the error concerns it; `None` where it may concern an attached one.
    pub path: Option<PathBuf>,
    /// The operating system's error number, where it reported one.
    pub errno: Option<i32>,
    /// For [`Code::Busy`]: how long the connection lets SQLite wait for a lock. SQLite does not wait where it knows that it
    /// would be in vain; where this crate knows it too, it is `None`, and `hint` says what helps.
    pub busy_timeout: Option<Duration>,
    /// For [`Code::Busy`]: who held the lock when the error was made, such as `process 4711 (python3)`; on Linux only, and
    /// only where the system tells.
    pub locked_by: Option<String>,
    /// For [`Code::Corrupt`]: which page is damaged, where that was found. SQLite does not say, so the b-trees that the statement
    /// uses are looked at again, up to some hundred thousand pages; only where SQLite is vendored.
    pub damage: Option<Damage>,
    /// What stopped the work, where that is why it failed: with [`Code::Interrupt`], or with [`Code::Busy`] where it waited for a
    /// lock.
    pub stopped_by: Option<StoppedBy>,
    /// What to do about it, where that can be said.
    pub hint: Option<&'static str>,
}

/// A damaged page of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The schema's name: `main`, `temp`, or the one that the database was attached under.
    pub schema: String,
    /// The page's number, from 1.
    pub page: u32,
    /// What is wrong with it: for whoever looks into the file.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, page, what } = self;
        write!(f, "page {page} of schema `{schema}`: {what}")
    }
}

/// What stopped a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoppedBy {
    /// An interrupt, such as [`InterruptHandle::interrupt`](crate::InterruptHandle::interrupt).
    Interrupt,
    /// A deadline: of the statement, the transaction or the connection.
    Deadline,
    /// The progress handler: [`Connection::progress_handler`](crate::Connection::progress_handler).
    ProgressHandler,
}

impl fmt::Display for StoppedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "interrupted",
            Self::Deadline => "the deadline has passed",
            Self::ProgressHandler => "stopped by the progress handler",
        })
    }
}

impl SqliteError {
    /// Notes what stopped the work.
    pub(crate) fn stop(&mut self, why: StoppedBy) {
        self.stopped_by = Some(why);
        // SQLite has one word for all of them.
        if self.code == Code::Interrupt {
            self.message = why.to_string();
        }
    }
}

impl std::error::Error for SqliteError {}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message can quote names, and texts of RAISE, that have line breaks.
        f.write_str(&on_one_line(&self.message))?;
        match self.extended_code.name() {
            Some(name) => write!(f, " ({name})")?,
            None => write!(f, " ({})", self.code)?,
        }
        if let Some(path) = &self.path {
            write!(f, ": {}", path.display())?;
        }
        if let Some(errno) = self.errno {
            write!(f, ": {}", std::io::Error::from_raw_os_error(errno))?;
        }
        if let Some(damage) = &self.damage {
            write!(f, ": {damage}")?;
        }
        if self.code == Code::Busy {
            let mut separator = ": ";
            if let Some(timeout) = self.busy_timeout {
                write!(f, "{separator}busy timeout {} s", timeout.as_secs_f64())?;
                separator = ", ";
            }
            if let Some(holder) = &self.locked_by {
                write!(f, "{separator}locked by {holder}")?;
                separator = ", ";
            }
            if let Some(why) = self.stopped_by {
                write!(f, "{separator}{why} while it waited")?;
            }
        }
        if let Some(sql) = &self.sql {
            match self.offset {
                Some(offset) => write!(f, " at byte {offset} of `{}`", excerpt(sql, offset))?,
                None => write!(f, " in `{}`", excerpt(sql, 0))?,
            }
        }
        if let Some(hint) = self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

/// The part of the SQL that shows the error, on one line: all of a short statement, else some 60 characters around `at`.
pub(super) fn excerpt(sql: &str, at: usize) -> String {
    const WHOLE: usize = 120;
    const BEFORE: usize = 20;
    const AFTER: usize = 60;
    let (from, to) = if sql.len() <= WHOLE {
        (0, sql.len())
    } else {
        (
            char_boundary(sql, at.saturating_sub(BEFORE)),
            char_boundary(sql, at.saturating_add(AFTER)),
        )
    };
    let part = sql.get(from..to).unwrap_or(sql);
    let line = on_one_line(part);
    let before = if from > 0 { "..." } else { "" };
    let after = if to < sql.len() { "..." } else { "" };
    format!("{before}{line}{after}")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The nearest boundary of a character at or before `at`.
fn char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(sql: &str, offset: Option<usize>) -> SqliteError {
        SqliteError {
            code: Code::Error,
            extended_code: ExtendedCode::from(1),
            message: "no such table: t".to_owned(),
            sql: Some(sql.to_owned()),
            offset,
            path: None,
            errno: None,
            busy_timeout: None,
            locked_by: None,
            damage: None,
            stopped_by: None,
            hint: None,
        }
    }

    #[test]
    fn one_line() {
        assert_eq!(
            error("SELECT *\n  FROM t", Some(16)).to_string(),
            "no such table: t (SQLITE_ERROR) at byte 16 of `SELECT * FROM t`"
        );
    }

    #[test]
    fn long_sql_is_cut_around_the_error() {
        let sql = format!("SELECT {} FROM t", "é, ".repeat(100));
        let at = sql.find(" FROM").unwrap();
        let message = error(&sql, Some(at)).to_string();
        assert!(message.ends_with("é, FROM t`"), "{message}");
        assert!(message.contains("`..."), "{message}");
        assert!(message.len() < 160, "{message}");
    }
}
