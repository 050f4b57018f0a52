//! Table input: rows that C reads as a table, for as long as SQLite needs them.

use std::ffi::{CStr, CString};
use std::sync::Arc;

use clib_sys::kernel as ffi;
use libc::{c_int, c_void};

use super::source::Sources;
use crate::callback::{Callbacks, contain};
use crate::error::Result;
use crate::raw::db::{self, Db};

/// With what values a column's are compared as they are, given its declared type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compares {
    None,
    Numbers,
    Texts,
    Blobs,
}

/// Rows of type `T` that are ready to be registered.
///
/// # Invariants
///
/// - `raw` and `pieces` point into the vectors beside them and into what `rows` owns, none of which changes while `raw` is there.
/// - `rows` comes from a box, and is freed by `Drop` alone.
#[repr(C)]
pub(crate) struct Input<T> {
    /// First, where C looks for it.
    raw: ffi::clib_input,
    declaration: CString,
    sources: Vec<Vec<ffi::clib_source>>,
    pieces: Vec<ffi::clib_piece>,
    orders: Vec<ffi::clib_order>,
    starts: Vec<i64>,
    callbacks: Arc<Callbacks>,
    rows: *mut T,
}

impl<T> Drop for Input<T> {
    fn drop(&mut self) {
        // SAFETY: from a box, by the type invariant, and used no more.
        drop(unsafe { Box::from_raw(self.rows) });
    }
}

impl<T: Send + 'static> Input<T> {
    /// Describes rows, and finds out how each column is ordered. `None` where the description contradicts itself, or is not one of
    /// as many columns as `compares` has.
    pub(crate) fn new(
        db: &Db,
        declaration: CString,
        compares: &[Compares],
        rows: T,
        describe: impl FnOnce(&T) -> Option<Vec<Sources<'_>>>,
    ) -> Option<Box<Self>> {
        let rows = Box::into_raw(Box::new(rows));
        let mut input = Box::new(Self {
            raw: ffi::clib_input {
                declaration: declaration.as_ptr(),
                pieces: std::ptr::null(),
                orders: std::ptr::null_mut(),
                starts: std::ptr::null(),
                piece_count: 0,
                column_count: c_int::try_from(compares.len()).ok()?,
            },
            declaration,
            sources: Vec::new(),
            pieces: Vec::new(),
            orders: compares.iter().map(|compares| order(*compares)).collect(),
            starts: vec![0],
            callbacks: Arc::clone(db.callbacks()),
            rows,
        });
        // SAFETY: from a box, and from here on nobody has more than a shared reference to it until it is freed.
        let described = describe(unsafe { &*rows })?;
        let mut total = 0_i64;
        for piece in described {
            if piece.len() != compares.len() {
                return None;
            }
            let length = i64::try_from(piece.rows()).ok()?;
            total = total.checked_add(length)?;
            let sources = piece.describe();
            input.pieces.push(ffi::clib_piece {
                columns: sources.as_ptr(),
                rows: length,
            });
            input.sources.push(sources);
            input.starts.push(total);
        }
        if input.pieces.is_empty() {
            return None;
        }
        input.raw.piece_count = c_int::try_from(input.pieces.len()).ok()?;
        input.raw.pieces = input.pieces.as_ptr();
        input.raw.orders = input.orders.as_mut_ptr();
        input.raw.starts = input.starts.as_ptr();
        debug_assert_eq!(input.raw.declaration, input.declaration.as_ptr());
        // SAFETY: all that is described is there, by the type invariant, and checked by `Sources`.
        unsafe { ffi::clib_input_order(&raw mut input.raw) };
        Some(input)
    }

    /// Makes the rows a table of that name; `false` where a module has it. From here on they are SQLite's.
    pub(crate) fn register(self: Box<Self>, db: &Db, name: &CStr) -> Result<bool> {
        db.callbacks().check_use()?;
        db.finalize_retired();
        let input = Box::into_raw(self);
        // SAFETY: `db` is open; the name is NUL-terminated; the input is a box that begins with what C knows of it, and is freed by
        // its destructor, once.
        let code = unsafe {
            ffi::clib_input_register(
                db.to_lead(),
                name.as_ptr(),
                input.cast(),
                Some(destroy::<T>),
            )
        };
        if code != ffi::CLIB_TAKEN {
            db.check(code, None)?;
        }
        db.callbacks().resume();
        Ok(code != ffi::CLIB_TAKEN)
    }
}

/// Takes a table input away. Statements that run on it keep its rows to their end.
pub(crate) fn remove(db: &Db, name: &CStr) -> Result<()> {
    if db.callbacks().forbids_use() {
        // Dropped by a hook, say: taken away by the next who uses the connection.
        db.retire_input(name);
        return Ok(());
    }
    // SAFETY: `db` is open, and the name is NUL-terminated.
    let code = unsafe { ffi::clib_input_remove(db.to_lead(), name.as_ptr()) };
    db.callbacks().resume();
    if code == clib_sys::SQLITE_OK {
        Ok(())
    } else {
        Err(db::without_connection(code))
    }
}

/// The destructor that C is given. The rows can be memory of the caller's own, whose release is user code.
unsafe extern "C" fn destroy<T>(input: *mut c_void) {
    // SAFETY: the box that was registered with this destructor, which is called once.
    let input = unsafe { Box::from_raw(input.cast::<Input<T>>()) };
    let callbacks = Arc::clone(&input.callbacks);
    contain(&callbacks, (), || drop(input));
}

fn order(compares: Compares) -> ffi::clib_order {
    let compares = match compares {
        Compares::None => ffi::CLIB_COMPARES_NONE,
        Compares::Numbers => ffi::CLIB_COMPARES_NUMBERS,
        Compares::Texts => ffi::CLIB_COMPARES_TEXTS,
        Compares::Blobs => ffi::CLIB_COMPARES_BLOBS,
    };
    ffi::clib_order {
        order: 0,
        compares: u8::try_from(compares).unwrap_or(0),
        values: 0,
    }
}
