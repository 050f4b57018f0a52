//! [`LoadError`].

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// Why there is no library.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// None could be opened.
    NotFound {
        /// What was tried, in order, and what the system said.
        tried: Vec<(PathBuf, String)>,
    },
    /// The library is older than [`MINIMUM_VERSION`](crate::MINIMUM_VERSION).
    TooOld {
        /// The library.
        path: PathBuf,
        /// Its version.
        found: String,
    },
    /// The library lacks functions that every SQLite has: it is none, or was compiled with an option `SQLITE_OMIT_*` that takes them
    /// out.
    Incomplete {
        /// The library.
        path: PathBuf,
        /// The functions.
        missing: Vec<&'static str>,
    },
    /// Another library was opened before.
    Loaded {
        /// That one.
        path: PathBuf,
        /// The one asked for.
        asked: PathBuf,
    },
    /// The library is linked: none is opened.
    Linked {
        /// The one asked for.
        path: PathBuf,
    },
    /// The library is that of a host, which has loaded this code as an extension: none is opened.
    Hosted {
        /// The one asked for.
        path: PathBuf,
    },
    /// An extension's entry point was called without a table of functions.
    NoHost,
    /// The SQLite that loads an extension is older than [`MINIMUM_VERSION`](crate::MINIMUM_VERSION).
    HostTooOld {
        /// Its version, as `sqlite3_libversion_number` says it.
        found: i32,
    },
    /// The SQLite that loads an extension lacks functions that every SQLite has, unless it was compiled without them.
    HostIncomplete {
        /// The functions.
        missing: Vec<&'static str>,
    },
    /// An extension's entry point was called by one SQLite, and its functions are those of another one.
    InUse,
    /// An extension's code cannot be kept in memory.
    NotKept(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { tried } => {
                f.write_str("no SQLite library could be opened; tried, in order:")?;
                for (number, (path, why)) in tried.iter().enumerate() {
                    let separator = if number == 0 { "" } else { ";" };
                    write!(f, "{separator} `{}` ({why})", path.display())?;
                }
                f.write_str(
                    ". Install one (Debian: libsqlite3-0), name its file in CLIB_SQLITE_LIBRARY, or load it from its path \
                     before the first use",
                )
            }
            Self::TooOld { path, found } => write!(
                f,
                "the SQLite in `{}` is {found}, and at least {} is needed",
                path.display(),
                crate::MINIMUM_VERSION
            ),
            Self::Incomplete { path, missing } => write!(
                f,
                "`{}` is no complete SQLite library: it lacks {}. Is it SQLite, and compiled with no option SQLITE_OMIT_* that takes \
                 them out?",
                path.display(),
                first(missing)
            ),
            Self::Loaded { path, asked } => write!(
                f,
                "SQLite was loaded from `{}` before, and cannot be loaded from `{}` too: choose before the first use",
                path.display(),
                asked.display()
            ),
            Self::Linked { path } => write!(
                f,
                "SQLite is linked (link mode `{}`), and cannot be loaded from `{}`: that is for link mode `dlopen`",
                crate::LINK_MODE,
                path.display()
            ),
            Self::Hosted { path } => write!(
                f,
                "this is an extension, which calls the SQLite that has loaded it: none can be loaded from `{}`",
                path.display()
            ),
            Self::NoHost => f.write_str(
                "the extension was given no table of SQLite's functions, as by a SQLite that was compiled with \
                 SQLITE_OMIT_LOAD_EXTENSION",
            ),
            Self::HostTooOld { found } => write!(
                f,
                "the SQLite that loads the extension is {}.{}.{}, and at least {} is needed",
                found / 1_000_000,
                found / 1_000 % 1_000,
                found % 1_000,
                crate::MINIMUM_VERSION
            ),
            Self::HostIncomplete { missing } => write!(
                f,
                "the SQLite that loads the extension was compiled without what it needs: {}",
                first(missing)
            ),
            Self::InUse => f.write_str(
                "the extension is in use by another SQLite of this process, and can be loaded by one: load a copy of its \
                 file",
            ),
            Self::NotKept(why) => write!(
                f,
                "the extension cannot be kept in memory, where what it registers needs it: {why}"
            ),
        }
    }
}

/// The first few of the functions.
fn first(functions: &[&str]) -> String {
    functions.get(..5).unwrap_or(functions).join(", ")
}

impl Error for LoadError {}
