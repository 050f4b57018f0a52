//! Batches: rows of a statement or table as Arrow [`RecordBatch`]es, and batches as rows of a table.
//!
//! - [`Statement::query_batches`] and [`Connection::read_table`] give a [`BatchReader`], which is an Arrow
//!   [`RecordBatchReader`] too; [`ReadOptions`] says how large batches are and what becomes of values that do not fit.
//! - [`Connection::read_table_parallel`] reads a table by several threads, all of which see one state of the database, and
//!   gives a [`ParallelReader`].
//! - [`Connection::lookup`] gives the rows of many keys, in the order of the keys.
//! - [`Connection::load`] takes any [`RecordBatchReader`], [`Connection::loader`] one batch after the other; [`LoadOptions`]
//!   says into what kind of table. A load is all or nothing.
//! - [`Connection::table_input`] makes batches a table in SQL without copying them, for joins and `UPDATE ... FROM`.
//!
//! ```
//! use arrow_array::{ArrayRef, Float64Array, RecordBatch, RecordBatchIterator, StringArray};
//! use clib::{Connection, LoadMode, LoadOptions, ReadOptions};
//! use std::sync::Arc;
//!
//! let batch = RecordBatch::try_from_iter([
//!     ("city", Arc::new(StringArray::from(vec!["Zürich", "Oslo"])) as ArrayRef),
//!     ("celsius", Arc::new(Float64Array::from(vec![21.5, 14.0])) as ArrayRef),
//! ]).unwrap();
//! let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
//!
//! let conn = Connection::open_in_memory()?;
//! conn.load("weather", batches, &LoadOptions::new().mode(LoadMode::Create))?;
//! let mut stmt = conn.prepare("SELECT city, celsius FROM weather WHERE celsius > ?1")?;
//! let mut reader = stmt.query_batches([20], &ReadOptions::new())?;
//! assert_eq!(reader.next_batch()?.unwrap().num_rows(), 1);
//! # Ok::<(), clib::Error>(())
//! ```
//!
//! # Types
//!
//! SQLite gives each value a storage class, and a column's [affinity] only changes what can be changed without loss. A
//! column's Arrow type is decided by, in this order:
//!
//! 1. the caller's schema ([`ReadOptions::schema`]), which may ask for any type in the table below;
//! 2. the declared type. Its affinity makes it `Int64`, `Float64`, `Utf8`, or `Binary` where `BLOB` is declared; with
//!    [`ReadOptions::logical_types`] the table below applies, read from right to left;
//! 3. the first batch, for expressions and for columns of NUMERIC affinity, without a declared type, or declared with a zone
//!    in quotes (whose name is no type): the type of the first value that is not NULL, or `Float64` where integers and reals
//!    are mixed. Where all are NULL it is what
//!    the declared type suggests: `Utf8` for `DATE`, `Int64` for `BOOLEAN`, `Float64` for other NUMERIC ones. Where nothing
//!    is declared it is `Null`, and a value in a later batch is an error, under [`OnMismatch::Null`] too. Under
//!    [`OnMismatch::Text`] and [`OnMismatch::Widen`] it is always `Utf8`, which holds what comes later.
//!
//! | Arrow | declared by a load | stored as |
//! |---|---|---|
//! | `Boolean` | `BOOLEAN` (read also: `BOOL`) | 0 or 1 |
//! | `Int8`, `Int16`, `Int32`, `Int64` | `TINYINT`, `SMALLINT`, `INT32`, `INTEGER` | integer |
//! | `UInt8`, `UInt16`, `UInt32`, `UInt64` | `UTINYINT`, `USMALLINT`, `UINTEGER`, `UBIGINT` | integer; an error beyond `i64` |
//! | `Float16`, `Float32`, `Float64` | `FLOAT2`, `FLOAT4`, `REAL` | real; NaN as [`OnNan`] says; -0 as 0, which is what REAL affinity makes of it |
//! | `Utf8`, `LargeUtf8`, `Utf8View` | `TEXT` | text; read as `Utf8` |
//! | `Binary`, `LargeBinary`, `BinaryView` | `BLOB` (read also: `BINARY`, `VARBINARY`) | blob; read as `Binary` |
//! | `FixedSizeBinary(n)` | `BINARY(n)` | blob; read as `Binary` where `n` is more than 65,536, as each NULL takes `n` bytes |
//! | `Date32`, `Date64` | `DATE`, `DATE64` | text `YYYY-MM-DD`; an error beyond the years 0 to 9999, and for a `Date64` with a time |
//! | `Time32`, `Time64` | `TIME(d)` | text `HH:MM:SS`, and `.` with `d` digits; an error where it is not within a day |
//! | `Timestamp` | `TIMESTAMP(d)` (read also: `DATETIME`) | text `YYYY-MM-DD HH:MM:SS`, and `.` with `d` digits; years as for dates |
//! | `Timestamp` with a zone | `TIMESTAMPTZ(d)` for `UTC`, else `TIMESTAMPTZ "zone"(d)` (read also: `TIMESTAMP WITH TIME ZONE`) | the same in UTC, and `Z` |
//! | `Duration` | `DURATION(d)` | integer, in its unit |
//! | `Decimal32`, `Decimal64`, `Decimal128`, `Decimal256` | `DECIMAL32 TEXT(p,s)`, `DECIMAL64 TEXT(p,s)`, `DECIMAL TEXT(p,s)`, `DECIMAL256 TEXT(p,s)` (read also: `DECIMAL(p,s)`, `NUMERIC(p,s)`) | text with `s` digits after the point: NUMERIC affinity would round to 15 digits |
//! | `Null` | nothing | NULL |
//! | `Dictionary`, `RunEndEncoded` | as their values | as their values; read as them |
//! | `List`, `LargeList`, `FixedSizeList`, `ListView`, `LargeListView`, `Struct`, `Map` | `JSON` | JSON text; read as `Utf8`, or as what the caller's schema asks for |
//! | `Interval` | refused | months, days and time have no common form |
//! | `Union` | refused | which variant a value is would be lost |
//!
//! `d` is 0, 3, 6 or 9 for seconds, milliseconds, microseconds and nanoseconds, and 6 where nothing is declared. `INT`,
//! `BIGINT` and all other names follow SQLite's affinity rules: SQLite's `INT` holds 64 bits. Layouts (the large and view
//! types, dictionaries, runs) and widths that a plain table cannot tell are read where the caller's schema asks for them.
//!
//! Reading accepts what others write: `T` instead of the space, a date without a time, a time without seconds, more or fewer
//! digits of a second as long as none is lost, and for types with a zone an offset such as `+01:00`; without one the text is
//! in UTC, as in SQLite's own functions. Decimals are also read from integers, and from reals by their shortest digits.
//!
//! **JSON** is written and read by `arrow-json`: lists as arrays, structs and maps as objects, dates and times as above,
//! decimals as numbers with all their digits. What JSON has not is refused and never a silent `null`: binary values and maps
//! without text keys by their type; NaN, infinities, and dates or times out of range when they are met. Reading refuses
//! numbers that do not fit, members that the type does not have, and nesting deeper than 1,000 levels. In a float, a number
//! written as an integer must be exact; one with a fraction or an exponent is the nearest float, and refused where that is
//! infinite, or 0 and the number is not. Of two members with one name the last one counts, except in a map.
//!
//! # Mismatches
//!
//! A value that its column's type cannot hold exactly is a mismatch, and [`OnMismatch`] says what becomes of it. Nothing is
//! lost silently: an integer beyond 2^53 does not become a `Float64`, nor 0.1 a `Float32`; a text that is not UTF-8, or a
//! blob, is no `Utf8`. The error names the column, the row, the rowid where a table is read, and the value.
//! One text is no mismatch in a column of floats: `NaN`, which is what [`OnNan::Text`] writes, is read as NaN, whoever wrote it.
//!
//! # Memory
//!
//! A reader holds one batch; a load, a batch of the caller's and what is written of it as text. [`ReadOptions::batch_rows`]
//! and [`ReadOptions::batch_bytes`] bound a batch, so a table larger than memory can be read and loaded.
//!
//! [affinity]: https://sqlite.org/datatype3.html#type_affinity
//! [`RecordBatch`]: arrow_array::RecordBatch
//! [`RecordBatchReader`]: arrow_array::RecordBatchReader
//! [`Connection::load`]: crate::Connection::load
//! [`Connection::loader`]: crate::Connection::loader
//! [`Connection::lookup`]: crate::Connection::lookup
//! [`Connection::read_table`]: crate::Connection::read_table
//! [`Connection::read_table_parallel`]: crate::Connection::read_table_parallel
//! [`Connection::table_input`]: crate::Connection::table_input
//! [`Statement::query_batches`]: crate::Statement::query_batches

mod column;
mod declared;
mod error;
mod indices;
mod input;
mod load;
mod nested;
mod options;
mod parallel;
mod read;
mod table_name;
mod text;

pub use error::{LoadError, LookupError, MismatchError, UnsupportedError};
pub use input::{InputValues, TableInput};
pub use load::Loader;
pub use options::{
    LoadMode, LoadOptions, LoadPath, LoadReport, OnMismatch, OnNan, ReadOptions, ReadPath,
    ReadReport,
};
pub use parallel::{DetachedReader, NotParallel, ParallelOptions, ParallelReader};
pub use read::{BatchReader, Lookup, ReadPlan};
pub use table_name::TableName;
