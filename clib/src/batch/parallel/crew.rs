//! The connections that read: opened on the caller's file, with its settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::place::{Held, NotParallel, OrWhyNot, Place};
use crate::connection::{Connection, OpenFlags};
use crate::error::{Code, Result};

/// Opens connections like the caller's.
pub(super) struct Opener {
    path: PathBuf,
    flags: OpenFlags,
    settings: String,
    /// What bounds the caller's work bounds theirs.
    deadline: Option<Instant>,
    scopes: Vec<Arc<AtomicBool>>,
    /// How long the caller's connection waits for locks.
    pub(super) busy_timeout: Duration,
    /// How long is waited while opening.
    patience: Duration,
}

impl Opener {
    pub(super) fn new(caller: &Connection, place: &Place) -> Result<Self> {
        // A journal that a crash has left is rolled back by the first who reads, and that takes the right to write. The
        // file is not made anew where it is gone.
        let mut flags = OpenFlags::PRIVATE_CACHE
            | if place.read_only {
                OpenFlags::READ_ONLY
            } else {
                OpenFlags::READ_WRITE
            };
        let path = match uri(&place.file.path, &place.file.parameters) {
            Some(uri) => {
                flags |= OpenFlags::URI;
                PathBuf::from(uri)
            }
            None => place.file.path.clone(),
        };
        let busy_timeout = caller.db().busy_timeout().unwrap_or_default();
        Ok(Self {
            path,
            flags,
            settings: settings(caller, &place.schema_sql)?,
            deadline: caller.db().limits().earliest(),
            scopes: caller.db().limits().scopes(),
            busy_timeout,
            // A writer that waits for the caller to end its transaction keeps others out for as long as we wait.
            patience: match place.held {
                Held::Nothing => busy_timeout,
                Held::Statement | Held::Transaction => Duration::ZERO,
            },
        })
    }

    /// Opens one more. It has read the file's header: what is in it and its WAL shows only then.
    pub(super) fn open(&self) -> OrWhyNot<Connection> {
        let attempt = || {
            let conn = Connection::open_with_flags(&self.path, self.flags)?;
            conn.busy_timeout(self.patience)?;
            conn.set_deadline(self.deadline)?;
            for scope in &self.scopes {
                conn.db().open_scope(Arc::clone(scope))?;
            }
            conn.execute_batch(&self.settings)?;
            conn.execute_batch("SELECT 1 FROM main.sqlite_master LIMIT 1")?;
            Ok::<_, crate::Error>(conn)
        };
        attempt().map_err(|error| match error.code() {
            Some(Code::Busy) if self.patience.is_zero() => NotParallel::Reading,
            _ => NotParallel::CannotOpen,
        })
    }
}

/// What matters to a reader, as a script for the new connection. The size of its cache does not: each page is read once, so
/// SQLite's usual one will do, and many large ones would be much memory.
fn settings(caller: &Connection, schema: &str) -> Result<String> {
    let mut script = String::new();
    for (name, qualifier) in [
        ("trusted_schema", ""),
        ("cell_size_check", ""),
        ("mmap_size", schema),
    ] {
        let dot = if qualifier.is_empty() { "" } else { "." };
        let mut stmt = caller.prepare(&format!("PRAGMA {qualifier}{dot}{name}"))?;
        let mut rows = stmt.query(())?;
        // Without a row where the library or the VFS does not know it.
        if let Some(row) = rows.next()? {
            let value: i64 = row.get(0)?;
            script += &format!("PRAGMA {name} = {value};");
        }
    }
    Ok(script)
}

/// The URI of a file that was opened by one with parameters; `None` where its path will do.
fn uri(path: &Path, parameters: &[(Vec<u8>, Vec<u8>)]) -> Option<String> {
    // Whether the cache is shared, and how the file is opened, is said by flags.
    let mut parameters = parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_slice(), b"cache" | b"mode"))
        .peekable();
    parameters.peek()?;
    let bytes = path_bytes(path);
    let mut uri = String::from("file:");
    if !bytes.starts_with(b"/") {
        // A drive's letter.
        uri.push('/');
    }
    encode(&mut uri, &bytes);
    for (index, (name, value)) in parameters.enumerate() {
        uri.push(if index == 0 { '?' } else { '&' });
        encode(&mut uri, name);
        uri.push('=');
        encode(&mut uri, value);
    }
    Some(uri)
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_owned()
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> Vec<u8> {
    // As SQLite wants it in a URI.
    path.to_string_lossy().replace('\\', "/").into_bytes()
}

/// Percent-encodes what means something in a URI, and what is not ASCII.
fn encode(uri: &mut String, bytes: &[u8]) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b':' => {
                uri.push(char::from(*byte));
            }
            _ => *uri += &format!("%{byte:02x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn uris_keep_paths_and_parameters() {
        let parameter = |name: &str, value: &str| (name.into(), value.into());
        let path = Path::new("/a b/c%?#&é.db");
        assert_eq!(uri(path, &[]), None);
        assert_eq!(
            uri(
                path,
                &[parameter("mode", "ro"), parameter("cache", "shared")]
            ),
            None
        );
        assert_eq!(
            uri(
                path,
                &[
                    parameter("mode", "ro"),
                    parameter("immutable", "1"),
                    parameter("x", "a=b&c")
                ]
            )
            .as_deref(),
            Some("file:/a%20b/c%25%3f%23%26%c3%a9.db?immutable=1&x=a%3db%26c")
        );
    }
}
