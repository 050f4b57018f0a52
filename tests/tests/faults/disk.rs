//! SQLite's default file system, with reads, writes and syncs that fail.
//!
//! A VFS over the default one. Its files are the default one's behind a header of ours; every method goes on to them.

use std::mem::size_of;
use std::ptr;
use std::sync::OnceLock;

use clib_sys as ffi;
use libc::{c_char, c_int, c_void};

use super::fault::Fault;

/// Reads, writes, syncs, truncations, openings and deletions of files.
pub(crate) static OPERATIONS: Fault = Fault::new();

/// The header of a file. The default VFS's file follows at [`HEADER`].
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
}

/// Where the real file begins: aligned for whatever it holds.
const HEADER: usize = 16;
const _: () = assert!(size_of::<File>() <= HEADER);

/// The default VFS's address.
static REAL: OnceLock<usize> = OnceLock::new();

fn real_vfs() -> *mut ffi::sqlite3_vfs {
    REAL.get().copied().unwrap_or_default() as *mut ffi::sqlite3_vfs
}

/// The file beneath one of ours.
///
/// # Safety
///
/// `file` is one of ours, so that `HEADER` bytes and the real file's size were allocated.
unsafe fn beneath(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: within the allocation, as the caller promises.
    let real = unsafe { file.cast::<u8>().add(HEADER) };
    real.cast()
}

/// A method that goes on to the real file's, if no fault strikes with code `$failure`.
macro_rules! method {
    ($name:ident, $method:ident, $failure:expr $(, $argument:ident: $type:ty)*) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> c_int {
            let failure: Option<c_int> = $failure;
            if let Some(code) = failure.filter(|_| OPERATIONS.strikes()) {
                return code;
            }
            // SAFETY: SQLite calls this with a file that `open` has made.
            let real = unsafe { beneath(file) };
            // SAFETY: an open file begins with a pointer to its methods.
            let methods = unsafe { (*real).pMethods };
            // SAFETY: an open file's methods live as long as its VFS.
            let Some(method) = (unsafe { (*methods).$method }) else {
                return ffi::SQLITE_IOERR;
            };
            // SAFETY: the real file's own method, with the arguments that SQLite gave.
            unsafe { method(real $(, $argument)*) }
        }
    };
}

method!(close, xClose, None);
method!(read, xRead, Some(ffi::SQLITE_IOERR_READ), to: *mut c_void, bytes: c_int, at: i64);
method!(write, xWrite, Some(ffi::SQLITE_IOERR_WRITE), from: *const c_void, bytes: c_int, at: i64);
method!(truncate, xTruncate, Some(ffi::SQLITE_IOERR_TRUNCATE), size: i64);
method!(file_size, xFileSize, None, size: *mut i64);
method!(lock, xLock, None, level: c_int);
method!(unlock, xUnlock, None, level: c_int);
method!(check_reserved, xCheckReservedLock, None, out: *mut c_int);
method!(control, xFileControl, None, verb: c_int, argument: *mut c_void);
method!(sector_size, xSectorSize, None);
method!(characteristics, xDeviceCharacteristics, None);
method!(shm_map, xShmMap, None, page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void);
method!(shm_lock, xShmLock, None, at: c_int, count: c_int, flags: c_int);
method!(shm_unmap, xShmUnmap, None, delete: c_int);

/// Nothing is written through: no test loses its power, and syncing takes long.
unsafe extern "C" fn sync(_file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    if OPERATIONS.strikes() {
        ffi::SQLITE_IOERR_FSYNC
    } else {
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite calls this with a file that `open` has made.
    let real = unsafe { beneath(file) };
    // SAFETY: an open file begins with a pointer to its methods.
    let methods = unsafe { (*real).pMethods };
    // SAFETY: an open file's methods live as long as its VFS.
    if let Some(barrier) = unsafe { (*methods).xShmBarrier } {
        // SAFETY: the real file's own method.
        unsafe { barrier(real) }
    }
}

/// Version 2: no memory mapping, whose reads nobody would count.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite allocated `szOsFile` bytes. No methods: not open.
    unsafe { (*file).pMethods = ptr::null() };
    if OPERATIONS.strikes() {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: the default VFS, which is never unregistered.
    let Some(open) = (unsafe { (*real_vfs()).xOpen }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    // SAFETY: SQLite allocated `szOsFile` bytes.
    let real = unsafe { beneath(file) };
    // SAFETY: the default VFS's own method, with room for a file of it.
    let code = unsafe { open(real_vfs(), name, real, flags, out) };
    // SAFETY: set by every `xOpen`, or zeroed by SQLite.
    if unsafe { !(*real).pMethods.is_null() } {
        // SAFETY: as above.
        unsafe { (*file).pMethods = &raw const METHODS };
    }
    code
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync: c_int,
) -> c_int {
    if OPERATIONS.strikes() {
        return ffi::SQLITE_IOERR_DELETE;
    }
    // SAFETY: the default VFS, which is never unregistered.
    let Some(delete) = (unsafe { (*real_vfs()).xDelete }) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    // SAFETY: the default VFS's own method.
    unsafe { delete(real_vfs(), name, sync) }
}

/// Makes this the VFS that connections are opened with.
pub(crate) fn install() {
    // SAFETY: null asks for the default one.
    let real = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    assert!(!real.is_null());
    assert!(REAL.set(real as usize).is_ok());
    // SAFETY: registered VFSes stay where they are. What is not replaced does not look at the VFS that it is called with.
    let mut vfs = unsafe { *real };
    vfs.szOsFile += c_int::try_from(HEADER).unwrap();
    vfs.zName = c"faults".as_ptr();
    vfs.pNext = ptr::null_mut();
    vfs.xOpen = Some(open);
    vfs.xDelete = Some(delete);
    let vfs = Box::leak(Box::new(vfs));
    // SAFETY: leaked, so it lives as long as it is registered.
    let code = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
    assert_eq!(code, ffi::SQLITE_OK);
}
