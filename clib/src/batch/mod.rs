//! Batches: see the module's parts.

mod column;
mod declared;
mod error;
mod indices;
mod load;
mod nested;
mod options;
mod read;
mod table_name;
mod text;

pub use error::{LoadError, MismatchError, UnsupportedError};
pub use load::Loader;
pub use options::{LoadMode, LoadOptions, LoadReport, OnMismatch, OnNan, ReadOptions, ReadReport};
pub use read::BatchReader;
pub use table_name::TableName;
