//! Opening the library, once.

use std::env;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use libloading::Library;

use super::LoadError;
use crate::functions;

/// Names the library, over [`NAMES`].
const VARIABLE: &str = "CLIB_SQLITE_LIBRARY";

/// What SQLite is called where it is installed; the name with a version first, which needs no development package.
const NAMES: &[&str] = if cfg!(all(windows, target_arch = "x86")) {
    // The system's own, `winsqlite3.dll`, has functions that are called in another way there (`__stdcall`).
    &["sqlite3.dll"]
} else if cfg!(windows) {
    &["sqlite3.dll", "winsqlite3.dll"]
} else if cfg!(target_vendor = "apple") {
    &["libsqlite3.dylib", "/usr/lib/libsqlite3.dylib"]
} else if cfg!(target_os = "android") {
    &["libsqlite3.so", "libsqlite.so"]
} else {
    &["libsqlite3.so.0", "libsqlite3.so"]
};

struct Loaded {
    /// Never dropped, as it stands in a static: addresses of its functions are kept everywhere.
    library: Library,
    path: PathBuf,
}

/// Written once.
static LOADED: OnceLock<Loaded> = OnceLock::new();

/// Held while a library is opened, so that no second one is.
static LOADING: Mutex<()> = Mutex::new(());

/// The address of a function; null where the library lacks it, or there is none.
pub(crate) fn symbol(name: &str) -> *const () {
    let loaded = load().ok().and_then(|()| LOADED.get());
    loaded.map_or(std::ptr::null(), |loaded| find(&loaded.library, name))
}

/// [`symbol`], where the library is open.
#[cfg(feature = "extension")]
pub(crate) fn loaded_symbol(name: &str) -> *const () {
    let loaded = LOADED.get();
    loaded.map_or(std::ptr::null(), |loaded| find(&loaded.library, name))
}

pub(super) fn load() -> Result<(), LoadError> {
    if LOADED.get().is_some() {
        return Ok(());
    }
    let asked = env::var_os(VARIABLE).filter(|name| !name.is_empty() && !has_other_rights());
    let paths = match asked {
        Some(name) => vec![name.into()],
        None => NAMES.iter().map(PathBuf::from).collect(),
    };
    // SAFETY: by their names they are SQLite libraries; who sets the variable can make the program load anything.
    unsafe { keep(paths) }.map(|_| ())
}

/// # Safety
///
/// The file is a SQLite library.
pub(super) unsafe fn load_from(path: &Path) -> Result<(), LoadError> {
    // SAFETY: the caller's promise.
    let loaded = unsafe { keep(vec![path.to_owned()]) }?;
    if loaded.path == path {
        Ok(())
    } else {
        Err(LoadError::Loaded {
            path: loaded.path.clone(),
            asked: path.to_owned(),
        })
    }
}

/// The library that was opened, or else the first of these that can be.
///
/// # Safety
///
/// They are SQLite libraries.
unsafe fn keep(paths: Vec<PathBuf>) -> Result<&'static Loaded, LoadError> {
    let _guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = LOADED.get() {
        return Ok(loaded);
    }
    let mut tried = Vec::new();
    for path in paths {
        // SAFETY: the caller's promise.
        match unsafe { Library::new(&path) } {
            Ok(library) => {
                let loaded = Loaded { library, path };
                check(&loaded)?;
                return Ok(LOADED.get_or_init(|| loaded));
            }
            Err(error) => tried.push((path, error.to_string())),
        }
    }
    Err(LoadError::NotFound { tried })
}

/// Whether the library is one, has all that each has, and is not too old.
fn check(loaded: &Loaded) -> Result<(), LoadError> {
    let Loaded { library, path } = loaded;
    // First, as an old library lacks functions too.
    if let Some((number, text)) = version(library)
        && number < crate::MINIMUM_VERSION_NUMBER
    {
        return Err(LoadError::TooOld {
            path: path.clone(),
            found: text,
        });
    }
    let missing: Vec<_> = functions::needed()
        .filter(|name| find(library, name).is_null())
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(LoadError::Incomplete {
            path: path.clone(),
            missing,
        })
    }
}

/// The version of a library, unless it lacks the functions that say so.
#[expect(
    clippy::disallowed_methods,
    reason = "no function is called before its address is known; null is checked"
)]
fn version(library: &Library) -> Option<(c_int, String)> {
    let number = find(library, "sqlite3_libversion_number");
    let text = find(library, "sqlite3_libversion");
    if number.is_null() || text.is_null() {
        return None;
    }
    // SAFETY: not null, and of this signature.
    let number =
        unsafe { std::mem::transmute::<*const (), unsafe extern "C" fn() -> c_int>(number) };
    // SAFETY: as above.
    let text =
        unsafe { std::mem::transmute::<*const (), unsafe extern "C" fn() -> *const c_char>(text) };
    // SAFETY: takes no arguments.
    let number = unsafe { number() };
    // SAFETY: as above.
    let text = unsafe { text() };
    if text.is_null() {
        return Some((number, String::new()));
    }
    // SAFETY: not null; a static string that ends in NUL.
    let text = unsafe { CStr::from_ptr(text) };
    Some((number, text.to_string_lossy().into_owned()))
}

fn find(library: &Library, name: &str) -> *const () {
    // SAFETY: only the address is asked for; nothing is called or read through it here.
    let found = unsafe { library.get::<*const ()>(name.as_bytes()) };
    found.map_or(std::ptr::null(), |symbol| *symbol)
}

/// Whether the program runs with rights that who started it does not have, and so must not run that one's code.
fn has_other_rights() -> bool {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: any number may be asked for.
    return unsafe { libc::getauxval(libc::AT_SECURE) != 0 };
    #[cfg(any(
        target_vendor = "apple",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "netbsd",
        target_os = "openbsd"
    ))]
    // SAFETY: takes no arguments.
    return unsafe { libc::issetugid() != 0 };
    #[allow(unreachable_code, reason = "for other systems")]
    false
}
