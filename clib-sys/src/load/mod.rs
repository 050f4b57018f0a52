//! The library that is opened at run time, in link mode `dlopen`. In the others it is there when the program starts.

mod error;
#[cfg(link_mode = "dlopen")]
mod library;

use std::path::Path;

pub use error::LoadError;
#[cfg(all(link_mode = "dlopen", feature = "extension"))]
pub(crate) use library::loaded_symbol;
#[cfg(link_mode = "dlopen")]
pub(crate) use library::symbol;

/// Makes sure that there is a library: in link mode `dlopen` it is opened, if none was before. The first function that is called
/// does so too, but can only end the program where there is none.
///
/// It is the one that the environment variable `CLIB_SQLITE_LIBRARY` names, if it is set (and the program does not run with
/// another user's rights), or else the first one that the system finds under SQLite's usual names. There is one for the process,
/// and it is never unloaded.
///
/// # Errors
///
/// Where none can be opened, or what was found is too old or lacks a function that every SQLite has. It can be called again.
pub fn load() -> Result<(), LoadError> {
    #[cfg(feature = "extension")]
    if crate::is_hosted() {
        return Ok(());
    }
    #[cfg(link_mode = "dlopen")]
    library::load()?;
    #[cfg(feature = "extension")]
    crate::host::settle();
    Ok(())
}

/// As [`load`], with a library of the caller's choice, a path or a name that the system searches for. Only before the first use.
///
/// # Errors
///
/// As [`load`]; [`LoadError::Loaded`] where another library was opened before, [`LoadError::Linked`] in other link modes, and
/// [`LoadError::Hosted`] in an extension.
///
/// # Safety
///
/// The file is a SQLite library, whose functions are what SQLite's documentation says; loading it runs its initialisers.
pub unsafe fn load_from(path: impl AsRef<Path>) -> Result<(), LoadError> {
    let path = path.as_ref();
    #[cfg(feature = "extension")]
    if crate::is_hosted() {
        return Err(LoadError::Hosted {
            path: path.to_owned(),
        });
    }
    #[cfg(link_mode = "dlopen")]
    // SAFETY: the caller's promise.
    return unsafe { library::load_from(path) };
    #[cfg(not(link_mode = "dlopen"))]
    Err(LoadError::Linked {
        path: path.to_owned(),
    })
}
