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
//! Features add the types of other crates:
//!
//! | feature | Rust | written as | read from |
//! |---|---|---|---|
//! | `chrono` | `NaiveDate`, `NaiveTime`, `NaiveDateTime` | TEXT, as below | TEXT |
//! | | `DateTime<Tz>` of any `Tz` | TEXT, in UTC | TEXT, as `DateTime<Utc>` or `DateTime<FixedOffset>` |
//! | `jiff` | `civil::Date`, `civil::Time`, `civil::DateTime` | TEXT, as below | TEXT |
//! | | `Timestamp` | TEXT, in UTC | TEXT |
//! | `time` | `Date`, `Time`, `PrimitiveDateTime` | TEXT, as below | TEXT |
//! | | `UtcDateTime`, `OffsetDateTime` | TEXT, in UTC | TEXT |
//! | `rust_decimal` | `Decimal` | TEXT, all digits | TEXT, INTEGER, REAL (its shortest decimal form); never rounded |
//! | `serde_json` | `Value` | TEXT; `null` is the text `null` | TEXT, INTEGER, REAL, NULL |
//! | `url` | `Url` | TEXT | TEXT |
//! | `uuid` | `Uuid` | BLOB of 16 bytes | BLOB of 16 bytes, TEXT |
//!
//! # Dates and times
//!
//! They are written as [SQLite's own functions](https://sqlite.org/lang_datefunc.html) read them, and so that text sorts as
//! time does: `2024-02-29`, `23:59:59.123`, `2024-02-29 23:59:59.123`, and for an instant the date and time in UTC with
//! `+00:00` behind. (Not `Z`, which sorts behind digits: half a second past would come before the full second.) Fractions
//! have 0, 3, 6 or 9 digits, the fewest that hold the value.
//!
//! Reading also takes a `T` between date and time, a time without seconds, and any number of digits up to nanoseconds.
//! An instant may end in `Z` or any offset, and is UTC without one, as in SQLite; the types without a place refuse an
//! offset rather than lose it. Years before 0 and after 9999 and leap seconds are errors: SQLite has none. So are numbers,
//! because a unix time and a Julian day look the same; SQL says what is meant: `datetime(column, 'unixepoch')`.

mod from_sql;
mod std_types;
mod to_sql;
mod value;

#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod calendar;
#[cfg(test)]
#[cfg(any(
    feature = "chrono",
    feature = "jiff",
    feature = "rust_decimal",
    feature = "serde_json",
    feature = "time",
    feature = "url",
    feature = "uuid"
))]
mod testing;

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
#[cfg(feature = "arrow")]
pub(crate) use std_types::exact_real;
pub use to_sql::{ToSql, ToSqlError, ToSqlOutput};
pub use value::{Value, ValueKind, ValueRef};
