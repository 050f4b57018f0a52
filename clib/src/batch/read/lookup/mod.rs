//! Looking up many keys.

mod key;
mod keys;

use std::fmt;

use arrow_array::{Array, BooleanArray, RecordBatch, RecordBatchReader};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{ArrowError, SchemaRef};

use self::key::{Key, Target};
use super::render::Renderer;
use super::{BatchReader, ReadPlan};
use crate::batch::error::LookupError;
use crate::batch::load::Unfit;
use crate::batch::options::{ReadOptions, ReadPath, ReadReport};
use crate::batch::table_name::{TableName, quote};
use crate::connection::Connection;
use crate::error::Result;
use crate::raw::{Execution, Keyed, KeyedStatements};
use crate::statement::Statement;

/// For fewer keys than that, preparing to walk the trees costs more than is won.
const LEAST_KEYS: usize = 64;

/// How many times a batch's bytes may be held of records that are found and not handed out yet.
const HELD_BATCHES: usize = 4;

/// The rows of many keys, batch by batch, in the order of the keys: what [`Connection::lookup`] gives.
///
/// Each key has one row. That of a key which is absent, or NULL, is all NULL; [`found`](Self::found) tells it from others. Through
/// the [`RecordBatchReader`] alone the key's own column tells, if it is among those that are read: it is NULL for absent keys only.
///
/// All keys are looked up in one snapshot of the database: what other connections write meanwhile is not seen. What this
/// connection writes between two batches is, for the keys that follow. A read transaction is open until the last batch was handed
/// out, or the lookup is dropped.
pub struct Lookup<'conn> {
    reader: BatchReader<'conn>,
    found: BooleanArray,
}

impl Connection {
    /// Looks up many keys, and gives their rows in batches, in the order of the keys.
    ///
    /// `key_column` is a table's rowid (`rowid`, or its `INTEGER PRIMARY KEY`), or a column that a primary key, a `UNIQUE` constraint
    /// or a unique index has alone. `keys` is any array that could be loaded into it; keys may be there twice, and in any order.
    /// Each is compared as `WHERE key_column = ?` compares it, with the column's affinity and collation; NaN is taken for NULL.
    /// `columns` are those that are wanted, in that order; none stands for all.
    ///
    /// ```
    /// use arrow_array::{Int64Array, cast::AsArray, types::Int64Type};
    /// use clib::{Connection, ReadOptions};
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch(
    ///     "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT UNIQUE, people INTEGER);
    ///      INSERT INTO city VALUES (1, 'Oslo', 717710), (2, 'Bergen', 291940), (3, 'Hamar', NULL)",
    /// )?;
    /// let ids = Int64Array::from(vec![3, 1, 99]);
    /// let mut lookup = conn.lookup("city", "id", &ids, &["name", "people"], &ReadOptions::new())?;
    /// let batch = lookup.next_batch()?.unwrap();
    /// let people = batch.column(1).as_primitive::<Int64Type>();
    /// assert_eq!(people.iter().collect::<Vec<_>>(), [None, Some(717_710), None]);
    /// assert_eq!(lookup.found().iter().collect::<Vec<_>>(), [Some(true), Some(true), Some(false)]);
    /// # Ok::<(), clib::Error>(())
    /// ```
    ///
    /// # How it is done
    ///
    /// Where the kernel is linked, keys are sorted, up to 262,144 at a time, so that index and table are walked once, in order, and
    /// each page is read once. On a table of 1,000,000 rows that is larger than the page cache, 1,000,000 random keys are found
    /// some 6 times faster than by a loop in C. Up to four times [`ReadOptions::batch_bytes`] of records are held besides the
    /// batch, and about 50 bytes for each of those keys. Fewer than 64 keys, keys of another type than the column's values, and
    /// columns that are computed are looked up one by one: [`Lookup::plan`] says so.
    ///
    /// # Errors
    ///
    /// [`Error::Lookup`](crate::Error::Lookup) where there is no such table or column, where the column is not a unique key, and for a
    /// key that has no form in SQLite; otherwise as [`Statement::query_batches`]. The row that errors name is the key's
    /// position, from 1. An absent key is an error ([`Error::Mismatch`](crate::Error::Mismatch)) where the schema that is asked for has a
    /// field that is not nullable.
    #[doc(alias = "sqlite3_bind_int64")]
    #[doc(alias = "sqlite3_step")]
    pub fn lookup(
        &self,
        table: impl Into<TableName>,
        key_column: &str,
        keys: &dyn Array,
        columns: &[&str],
        options: &ReadOptions,
    ) -> Result<Lookup<'_>> {
        let table = table.into();
        let fault = |key: Option<usize>, reason: String| {
            crate::Error::from(LookupError {
                table: table.to_string(),
                column: key_column.to_owned(),
                key: key.map(|key| key as u64 + 1),
                reason,
            })
        };
        let target = match Target::find(self, &table, key_column, columns)? {
            Ok(target) => target,
            Err(reason) => return Err(fault(None, reason)),
        };
        let keys = match keys::keys(keys)? {
            Ok(keys) => keys,
            Err((row, Unfit(reason))) => return Err(fault(row, reason)),
        };
        let execution = Execution::of_keys(Keyed::new(
            target.statements(self)?,
            keys,
            match options.path {
                ReadPath::Scan => 0,
                _ => LEAST_KEYS,
            },
            options.batch_bytes.saturating_mul(HELD_BATCHES),
        ));
        let renderer = Renderer::new(self.db());
        let reader =
            BatchReader::new(execution, renderer, Some(table.to_string()), false, options)?;
        Ok(Lookup {
            reader,
            found: BooleanArray::new(BooleanBuffer::new_unset(0), None),
        })
    }
}

impl Target {
    /// The statements, in the snapshot that the first of them begins.
    fn statements<'conn>(&self, conn: &'conn Connection) -> Result<KeyedStatements<'conn>> {
        // The schema is always there; an authorizer may say otherwise.
        let mut guard = conn
            .prepare(&format!("SELECT 1 FROM {}", self.master()))
            .ok()
            .map(Statement::into_raw);
        if let Some(guard) = &mut guard {
            guard.step()?;
        }
        let from = format!("FROM {} AS k", self.table());
        let columns = self.columns();
        let key = format!("k.{}", quote(&self.key_column));
        let point = conn.prepare(&format!("SELECT {columns} {from} WHERE {key} = ?1"))?;
        // Faster ways, which need not be there.
        let optional = |sql: &str| conn.prepare(sql).ok().map(Statement::into_raw);
        let table = optional(&format!("SELECT {columns} {from} NOT INDEXED"));
        let index = match &self.key {
            Key::Rowid => None,
            Key::Index(index) => {
                optional(&format!("SELECT {key} {from} INDEXED BY {}", quote(index)))
            }
        };
        Ok(KeyedStatements {
            point: point.into_raw(),
            table,
            index,
            guard,
            indexed: self.key != Key::Rowid,
        })
    }
}

impl Lookup<'_> {
    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    /// What was handed out so far.
    #[must_use]
    pub fn report(&self) -> ReadReport {
        self.reader.report()
    }

    /// How the rows are come by: [`ReadPath::Scan`] where the trees are walked, else [`ReadPath::Fill`] or
    /// [`ReadPath::Portable`], and why.
    #[must_use]
    pub fn plan(&self) -> &ReadPlan {
        self.reader.plan()
    }

    /// The next batch, which has at least one row; `None` after the last one.
    ///
    /// # Errors
    ///
    /// SQLite's, and [`Error::Mismatch`](crate::Error::Mismatch) for a value that does not fit its column.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let batch = self.reader.next_batch()?;
        let rows = batch.as_ref().map_or(0, RecordBatch::num_rows);
        self.found = BooleanArray::new(self.reader.execution.take_found(rows), None);
        Ok(batch)
    }

    /// For each row of the batch that was handed out last, whether its key is there. It has no NULLs.
    #[must_use]
    pub fn found(&self) -> &BooleanArray {
        &self.found
    }
}

impl Iterator for Lookup<'_> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().map_err(ArrowError::from).transpose()
    }
}

impl RecordBatchReader for Lookup<'_> {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }
}

impl fmt::Debug for Lookup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}
