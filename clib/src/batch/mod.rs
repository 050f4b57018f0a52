//! Batches: see the module's parts.

mod error;

pub use error::{LoadError, MismatchError, UnsupportedError};
