//! SQLite's allocator, with allocations that fail and a count of those that were not given back.
//!
//! It is put in place by `SQLITE_CONFIG_MALLOC` before SQLite is used, so this has a process of its own.

use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use clib_sys as ffi;
use libc::{c_int, c_void};

use super::fault::Fault;

/// Allocations, reallocations included.
pub(crate) static ALLOCATIONS: Fault = Fault::new();

static OUTSTANDING: AtomicI64 = AtomicI64::new(0);

/// How many allocations were not given back yet.
pub(crate) fn outstanding() -> i64 {
    OUTSTANDING.load(Ordering::SeqCst)
}

/// The allocator beneath.
struct Real {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    realloc: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
}

static REAL: OnceLock<Real> = OnceLock::new();

unsafe extern "C" fn malloc(size: c_int) -> *mut c_void {
    if ALLOCATIONS.strikes() {
        return ptr::null_mut();
    }
    let Some(real) = REAL.get() else {
        return ptr::null_mut();
    };
    // SAFETY: SQLite's own allocator, called as SQLite calls this.
    let memory = unsafe { (real.malloc)(size) };
    if !memory.is_null() {
        OUTSTANDING.fetch_add(1, Ordering::SeqCst);
    }
    memory
}

unsafe extern "C" fn free(memory: *mut c_void) {
    let Some(real) = REAL.get() else { return };
    if !memory.is_null() {
        OUTSTANDING.fetch_sub(1, Ordering::SeqCst);
    }
    // SAFETY: `memory` came from `malloc` or `realloc`, and so from the allocator beneath.
    unsafe { (real.free)(memory) }
}

unsafe extern "C" fn realloc(memory: *mut c_void, size: c_int) -> *mut c_void {
    if ALLOCATIONS.strikes() {
        return ptr::null_mut();
    }
    let Some(real) = REAL.get() else {
        return ptr::null_mut();
    };
    // SAFETY: as for `free`; SQLite never passes null.
    unsafe { (real.realloc)(memory, size) }
}

/// Puts the allocator in place; lookaside memory, which hides allocations from it, is turned off.
pub(crate) fn install() {
    let mut methods = ffi::sqlite3_mem_methods {
        xMalloc: None,
        xFree: None,
        xRealloc: None,
        xSize: None,
        xRoundup: None,
        xInit: None,
        xShutdown: None,
        pAppData: ptr::null_mut(),
    };
    // SAFETY: SQLite is not initialised yet, and this verb takes a place for the methods.
    let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, &raw mut methods) };
    assert_eq!(code, ffi::SQLITE_OK);
    let real = Real {
        malloc: methods.xMalloc.unwrap(),
        free: methods.xFree.unwrap(),
        realloc: methods.xRealloc.unwrap(),
    };
    assert!(REAL.set(real).is_ok());
    methods.xMalloc = Some(malloc);
    methods.xFree = Some(free);
    methods.xRealloc = Some(realloc);
    // SAFETY: as above; the methods are copied.
    let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw mut methods) };
    assert_eq!(code, ffi::SQLITE_OK);
    let none: c_int = 0;
    // SAFETY: as above; this verb takes two numbers.
    let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_LOOKASIDE, none, none) };
    assert_eq!(code, ffi::SQLITE_OK);
}
