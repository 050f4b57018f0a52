//! SQLite's values, and the conversions between them and Rust's types.
//!
//! A SQLite value has one of [five storage classes](https://sqlite.org/datatype3.html), [`ValueKind`], whatever the type
//! of its column was declared as. [`ValueRef`] borrows one, [`Value`] owns one.
//!
//! Conversions lose nothing silently: an integer that the Rust type cannot hold, a REAL where an integer is asked for, a
//! text that is not UTF-8 are errors. What is read and written as what:
//!
//! | Rust | written as | read from |
//! |---|---|---|
//! | `i8` ... `i64`, `isize`, `u8` ... `u64`, `usize`, `i128`, `u128` and their `NonZero` forms | INTEGER; an error beyond `i64` | INTEGER in range |
//! | `f32`, `f64` | REAL; NaN becomes NULL, as SQLite has none | REAL; INTEGER that is exact as `f64` (`f32`: nearest) |
//! | `bool` | INTEGER 0 or 1 | INTEGER, true where not 0 |
//! | `&str`, `String`, `Box<str>`, `Rc<str>`, `Arc<str>`, `Cow<str>` | TEXT | TEXT in UTF-8 |
//! | `&[u8]`, `[u8; N]`, `Vec<u8>`, `Box<[u8]>`, `Rc<[u8]>`, `Arc<[u8]>`, `Cow<[u8]>` | BLOB | BLOB (`[u8; N]`: of that length) |
//! | `Option<T>` | NULL or as `T` | NULL or as `T` |
//! | `()` | | NULL |
//! | [`Value`], [`ValueRef`] | as they are | as they are |
//!
//! Features add the types of other crates; see their modules in the source, or the table in the README.

mod from_sql;
mod std_types;
mod to_sql;
mod value;

#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "serde_json")]
mod serde_json;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "url")]
mod url;
#[cfg(feature = "uuid")]
mod uuid;

pub use from_sql::{FromSql, FromSqlError, FromSqlOwned};
pub use to_sql::{ToSql, ToSqlError, ToSqlOutput};
pub use value::{Value, ValueKind, ValueRef};
