//! Who holds the lock that a connection could not have.

use std::path::Path;

/// What could not be done because of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// Reading, or beginning to write: a writer is in the way.
    Begin,
    /// Committing what was written, in rollback-journal mode: readers are in the way.
    Commit,
}

/// The process that holds a lock on the database file (or, in WAL mode, on its shared memory), such as
/// `process 4711 (python3)`. Looks at the system's table of locks; never opens the file, because closing it again would
/// release this process's own locks on it (that is how POSIX advisory locks work).
#[cfg(target_os = "linux")]
pub(crate) fn lock_holder(database: &Path, blocked: Blocked) -> Option<String> {
    // The table is read in pieces, and while others lock and unlock, a line can slip from one piece to one already read.
    const ATTEMPTS: usize = 3;
    let mut shared_memory = database.as_os_str().to_owned();
    shared_memory.push("-shm");
    let shared_memory = file_id(Path::new(&shared_memory));
    let database = file_id(database);
    let this = std::process::id();
    let process = (0..ATTEMPTS).find_map(|_| {
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        holder(&locks, database, shared_memory, blocked, this)
    })?;
    if process == this {
        return Some("this process".to_owned());
    }
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    Some(format!("process {process} ({})", name.trim()))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn lock_holder(_database: &Path, _blocked: Blocked) -> Option<String> {
    None
}

#[cfg(target_os = "linux")]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::linux::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    let device = metadata.st_dev();
    Some(FileId {
        device: (libc::major(device), libc::minor(device)),
        inode: metadata.st_ino(),
    })
}

/// A file, as the table of locks names it.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId {
    /// Major and minor number. On some file systems (btrfs, overlays) the table has other ones than the file's state, and
    /// then no holder is found, which is better than a wrong one.
    device: (u32, u32),
    inode: u64,
}

#[cfg(target_os = "linux")]
impl FileId {
    /// From `fe:00:131074`: hexadecimal numbers, and the inode in decimal.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let mut device = || u32::from_str_radix(parts.next()?, 16).ok();
        Some(Self {
            device: (device()?, device()?),
            inode: parts.next()?.parse().ok()?,
        })
    }
}

/// The process in the way, of those that hold locks on the database's file or its shared memory.
///
/// The system counts locks per process. So this process is named only where no other is: it may hold locks of the very
/// connection that asks, or of another one.
#[cfg(target_os = "linux")]
fn holder(
    locks: &str,
    database: Option<FileId>,
    shared_memory: Option<FileId>,
    blocked: Blocked,
    this: u32,
) -> Option<u32> {
    let find = |file: Option<FileId>, kind| {
        let mut holders = holders(locks, file?, kind).peekable();
        let first = holders.peek().copied();
        holders.find(|process| *process != this).or(first)
    };
    // A writer holds a write lock: in WAL mode on the shared memory, else on the file.
    let writer = || find(shared_memory, "WRITE").or_else(|| find(database, "WRITE"));
    let reader = || find(database, "READ");
    match blocked {
        Blocked::Begin => writer().or_else(reader),
        // This process is the writer.
        Blocked::Commit => reader(),
    }
}

/// The processes with a lock of that kind, from lines such as
/// `1: POSIX  ADVISORY  WRITE 4711 fe:00:131074 1073741824 1073742335`.
#[cfg(target_os = "linux")]
fn holders<'a>(locks: &'a str, file: FileId, kind: &'a str) -> impl Iterator<Item = u32> + 'a {
    locks.lines().filter_map(move |line| {
        let mut fields = line.split_whitespace().skip(1);
        let _posix = fields.next()?;
        let _advisory = fields.next()?;
        let this_kind = fields.next()?;
        let process = fields.next()?.parse().ok()?;
        let this_file = FileId::parse(fields.next()?)?;
        (this_kind == kind && this_file == file).then_some(process)
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const DATABASE: FileId = FileId {
        device: (0xfe, 0),
        inode: 77,
    };
    const SHARED_MEMORY: FileId = FileId {
        inode: 78,
        ..DATABASE
    };
    const THIS: u32 = 10;

    fn in_the_way(locks: &str, blocked: Blocked) -> Option<u32> {
        holder(locks, Some(DATABASE), Some(SHARED_MEMORY), blocked, THIS)
    }

    #[test]
    fn the_table_of_locks_is_read() {
        let locks = "1: POSIX  ADVISORY  READ  12 fe:00:77 1073741826 1073742335\n\
                     2: -> POSIX  ADVISORY  WRITE 13 fe:00:78 0 EOF\n\
                     3: OFDLCK ADVISORY  WRITE -1 fe:00:77 1073741825 1073741825\n\
                     4: POSIX  ADVISORY  WRITE 14 fe:00:77 1073741825 1073741825\n";
        let all = |file, kind| holders(locks, file, kind).collect::<Vec<_>>();
        assert_eq!(all(DATABASE, "WRITE"), [14]);
        assert_eq!(all(DATABASE, "READ"), [12]);
        assert!(
            all(SHARED_MEMORY, "WRITE").is_empty(),
            "a waiting process holds nothing"
        );
        let elsewhere = FileId {
            device: (0xfe, 1),
            ..DATABASE
        };
        assert!(all(elsewhere, "WRITE").is_empty(), "another device");
        assert_eq!(in_the_way(locks, Blocked::Begin), Some(14));
        assert_eq!(in_the_way(locks, Blocked::Commit), Some(12));
    }

    #[test]
    fn a_writer_is_found_before_readers() {
        let wal = "1: POSIX  ADVISORY  READ  12 fe:00:77 1073741826 1073742335\n\
                   2: POSIX  ADVISORY  WRITE 13 fe:00:78 120 120\n";
        assert_eq!(in_the_way(wal, Blocked::Begin), Some(13));
        let readers = "1: POSIX  ADVISORY  READ  12 fe:00:77 1073741826 1073742335\n";
        assert_eq!(in_the_way(readers, Blocked::Begin), Some(12));
        assert_eq!(in_the_way("", Blocked::Begin), None);
    }

    #[test]
    fn this_process_is_named_last() {
        let committing = "1: POSIX  ADVISORY  WRITE 10 fe:00:77 1073741824 1073741825\n\
                          2: POSIX  ADVISORY  READ  10 fe:00:77 1073741826 1073742335\n\
                          3: POSIX  ADVISORY  READ  12 fe:00:77 1073741826 1073742335\n";
        assert_eq!(in_the_way(committing, Blocked::Commit), Some(12));
        // Another connection of this process writes.
        assert_eq!(in_the_way(committing, Blocked::Begin), Some(10));
    }
}
