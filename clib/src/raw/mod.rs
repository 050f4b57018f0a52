//! Owners of SQLite's C objects, and every call to `clib-sys`. With `callback` the only home of `unsafe` in this crate.
//!
//! What is here is private to the crate and safe to call: a pointer from C never leaves this module except as a slice
//! whose lifetime the signature names. Three facts carry most of the `SAFETY` comments:
//!
//! - a [`Db`] or [`Stmt`] holds a live pointer from the moment it exists until its `Drop`;
//! - both are `!Sync`, and everything prepared on a `Db` borrows it, so C is entered by one thread at a time;
//! - what SQLite lends (column values, names) is returned with the lifetime of a `&Stmt`, and everything that ends the
//!   loan (step, reset, bind) takes `&mut Stmt`.

pub(crate) mod argument;
mod bound;
mod cache;
mod damage;
mod db;
mod extension;
mod failure;
#[cfg(feature = "arrow")]
mod file;
mod foreign;
mod interrupt;
#[cfg(feature = "arrow")]
pub(crate) mod kernel;
mod library;
mod limits;
#[cfg(feature = "arrow")]
mod memory;
pub(crate) mod pointer;
mod register;
#[cfg(feature = "arrow")]
mod snapshot;
#[cfg(feature = "arrow")]
mod split;
mod stmt;
pub(crate) mod token;

pub use bound::Binder;
pub(crate) use bound::Bound;
#[cfg(any(feature = "arrow", feature = "async"))]
pub(crate) use db::interrupted;
pub(crate) use db::{Db, Setting, c_string, out_of_memory, without_connection};
pub use extension::LoadExtensionGuard;
#[cfg(feature = "arrow")]
pub(crate) use file::{DatabaseFile, TransactionState};
pub use foreign::BorrowedConnection;
pub(crate) use interrupt::Interrupter;
#[cfg(feature = "arrow")]
pub(crate) use kernel::{
    Buffers, Compares, Execution, Fill, Input, Keyed, KeyedStatements, Keys, LoadStop, Nulls, Slot,
    SourceNan, SourceValidity, SourceValues, Sources, Start, Stop, Target, remove_input,
    string_array,
};
pub(crate) use library::{check as check_library, kernel_available, version, version_number};
pub use library::{load_library, require};
#[cfg(feature = "arrow")]
pub(crate) use memory::{Elements, Memory, Place, into_buffer};
#[cfg(feature = "arrow")]
pub(crate) use snapshot::Snapshot;
#[cfg(feature = "arrow")]
pub(crate) use stmt::Shape;
pub(crate) use stmt::{Script, Stmt};

/// The numbers of SQLite's result codes, for [`Code`](crate::Code) and [`ExtendedCode`](crate::ExtendedCode).
pub(crate) use clib_sys as ffi;
