//! Who holds the lock that a connection waited for in vain.

use std::path::Path;

/// The process that holds a lock on the database file (or, in WAL mode, on its shared memory), such as
/// `process 4711 (python3)`. Looks at the system's table of locks; never opens the file, because closing it again would
/// release this process's own locks on it (that is how POSIX advisory locks work).
#[cfg(target_os = "linux")]
pub(crate) fn lock_holder(database: &Path) -> Option<String> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let mut shared_memory = database.as_os_str().to_owned();
    shared_memory.push("-shm");
    let in_wal = inode(Path::new(&shared_memory)).and_then(|inode| holder(&locks, inode, "WRITE"));
    let process = match (in_wal, inode(database)) {
        (Some(process), _) => process,
        // A writer holds a write lock; a reader that keeps a writer from committing holds a read lock.
        (None, Some(inode)) => {
            holder(&locks, inode, "WRITE").or_else(|| holder(&locks, inode, "READ"))?
        }
        (None, None) => return None,
    };
    if process == std::process::id() {
        return Some("this process".to_owned());
    }
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    Some(format!("process {process} ({})", name.trim()))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn lock_holder(_database: &Path) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn inode(path: &Path) -> Option<u64> {
    use std::os::linux::fs::MetadataExt;
    std::fs::metadata(path)
        .ok()
        .map(|metadata| metadata.st_ino())
}

/// The first process with a lock of that kind, from lines such as
/// `1: POSIX  ADVISORY  WRITE 4711 fe:00:131074 1073741824 1073742335`.
#[cfg(target_os = "linux")]
fn holder(locks: &str, inode: u64, kind: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let _posix = fields.next()?;
        let _advisory = fields.next()?;
        let this_kind = fields.next()?;
        let process = fields.next()?.parse().ok()?;
        let this_inode: u64 = fields.next()?.rsplit(':').next()?.parse().ok()?;
        (this_kind == kind && this_inode == inode).then_some(process)
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_locks_is_read() {
        let locks = "1: POSIX  ADVISORY  READ  12 fe:00:77 1073741826 1073742335\n\
                     2: -> POSIX  ADVISORY  WRITE 13 fe:00:78 0 EOF\n\
                     3: POSIX  ADVISORY  WRITE 14 fe:00:77 1073741825 1073741825\n";
        assert_eq!(holder(locks, 77, "WRITE"), Some(14));
        assert_eq!(holder(locks, 77, "READ"), Some(12));
        assert_eq!(
            holder(locks, 78, "WRITE"),
            None,
            "a waiting process holds nothing"
        );
    }
}
