//! What a caller can choose about reading and loading batches, and the reports of both.

use arrow_schema::SchemaRef;

/// How many rows a batch has where nothing else is asked: see [`ReadOptions::batch_rows`].
pub(super) const DEFAULT_BATCH_ROWS: usize = 8192;

/// How many bytes a batch has at most where nothing else is asked: see [`ReadOptions::batch_bytes`].
pub(super) const DEFAULT_BATCH_BYTES: usize = 16 << 20;

/// How rows are read into batches.
///
/// ```
/// use clib::{OnMismatch, ReadOptions};
///
/// let options = ReadOptions::new()
///     .batch_rows(65_536)
///     .logical_types(true)
///     .on_mismatch(OnMismatch::Null);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub(super) batch_rows: usize,
    pub(super) batch_bytes: usize,
    pub(super) schema: Option<SchemaRef>,
    pub(super) on_mismatch: OnMismatch,
    pub(super) logical_types: bool,
    pub(super) path: ReadPath,
}

impl ReadOptions {
    /// The defaults: 8,192 rows and 16 MiB per batch, types from the declared ones by SQLite's affinity rules, and an error
    /// for a value that does not fit.
    pub fn new() -> Self {
        Self {
            batch_rows: DEFAULT_BATCH_ROWS,
            batch_bytes: DEFAULT_BATCH_BYTES,
            schema: None,
            on_mismatch: OnMismatch::default(),
            logical_types: false,
            path: ReadPath::default(),
        }
    }

    /// How many rows a batch has at most; at least 1.
    ///
    /// The default, 8,192, is where a table of 10 columns is read fastest: `cargo run --release -p clib --example batch_rows`
    /// measured, as multiples of its time, 1.18 for 64 rows, 1.03 for 1,024, 1.01 for 4,096, 0.99 to 1.00 for 16,384, 1.02
    /// for 65,536 and 1.07 for 262,144 (more than the processor's caches hold).
    #[must_use]
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }

    /// How many bytes of values a batch holds, at most 1 GiB: a batch ends with the row that reaches this number, so it is
    /// exceeded by less than one row, and a batch has at least one row.
    #[must_use]
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        // Offsets of text and blobs are 32 bits wide, and the row that ends a batch can be large.
        self.batch_bytes = bytes.clamp(1, 1 << 30);
        self
    }

    /// The batches' schema. Columns are matched by position; their number and names (without regard to ASCII case) must be
    /// the result's. Its types win over the declared ones, and no policy changes them. NULL in a field that is not nullable
    /// is a mismatch.
    #[must_use]
    pub fn schema(mut self, schema: SchemaRef) -> Self {
        self.schema = Some(schema);
        self
    }

    /// What becomes of a value that its column's type cannot hold.
    #[must_use]
    pub fn on_mismatch(mut self, on_mismatch: OnMismatch) -> Self {
        self.on_mismatch = on_mismatch;
        self
    }

    /// Whether declared types such as `DATE`, `TIMESTAMP(3)`, `BOOLEAN` or `DECIMAL(10,2)` become the Arrow types of that
    /// meaning: the table in [`batch`](crate::batch#types). Off by default, as SQLite does not check what such columns hold.
    #[must_use]
    pub fn logical_types(mut self, logical_types: bool) -> Self {
        self.logical_types = logical_types;
        self
    }

    /// The fastest path that may be taken. What is read is the same on each; [`BatchReader::plan`](crate::BatchReader::plan) tells
    /// which one is taken, and why not a faster one.
    #[must_use]
    pub fn path(mut self, path: ReadPath) -> Self {
        self.path = path;
        self
    }
}

/// How rows are come by, from the fastest way to the slowest. A way that cannot be taken gives way to the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadPath {
    /// The fastest that can be taken.
    #[default]
    Auto,
    /// Records are decoded from the pages of a table or index, without the virtual machine: for a `SELECT` of plain columns
    /// from one table, with comparisons of columns with constants as its conditions. Needs the kernel (link mode `vendored`).
    Scan,
    /// The statement is stepped, and its result registers are copied into columns, many rows in a call. Needs the kernel.
    Fill,
    /// Each value is fetched by a call of SQLite's public interface.
    Portable,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of a value that its column's Arrow type cannot hold, such as a text in an integer column.
///
/// `Text` and `Widen` look at the first batch before it is handed out; batches have one schema, so after that a misfit that
/// the settled type cannot hold is an error, whose message names the ways out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMismatch {
    /// Reading ends with an error that names the column, the row and the value. The rows before it in the same batch are
    /// not handed out.
    #[default]
    Error,
    /// The value becomes NULL, and [`ReadReport::nulled`] counts it. In a field that is not nullable it is an error, and in a
    /// column that has the type `Null` because the first batch had no value of it.
    Null,
    /// The column becomes text, each value as `CAST(value AS TEXT)` renders it, but with all digits. So does one whose type
    /// the first batch decides, and has no value of.
    Text,
    /// The column takes the narrowest of integer, real, text and blob that holds all of the first batch without loss; text
    /// where the first batch decides and has no value.
    Widen,
}

/// What a [`BatchReader`](crate::BatchReader) has handed out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadReport {
    /// Rows in all batches.
    pub rows: u64,
    /// Batches.
    pub batches: u64,
    /// Values that did not fit and became NULL, under [`OnMismatch::Null`].
    pub nulled: u64,
    /// Calls into C, the execution's first step included.
    pub crossings: u64,
}

impl ReadReport {
    /// What was done since an earlier report of the same reader.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            rows: self.rows - earlier.rows,
            batches: self.batches - earlier.batches,
            nulled: self.nulled - earlier.nulled,
            crossings: self.crossings - earlier.crossings,
        }
    }

    /// Adds what another reader has done.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.batches += other.batches;
        self.nulled += other.nulled;
        self.crossings += other.crossings;
    }
}

/// How batches are loaded into a table.
///
/// ```
/// use clib::{LoadMode, LoadOptions, OnNan};
///
/// let options = LoadOptions::new()
///     .mode(LoadMode::Replace)
///     .on_nan(OnNan::Null);
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
pub struct LoadOptions {
    pub(super) mode: LoadMode,
    pub(super) on_nan: OnNan,
    pub(super) strict: bool,
    pub(super) path: LoadPath,
}

impl LoadOptions {
    /// The defaults: append to a table that exists, refuse NaN, and take the fastest path.
    pub fn new() -> Self {
        Self {
            mode: LoadMode::default(),
            on_nan: OnNan::default(),
            strict: false,
            path: LoadPath::default(),
        }
    }

    /// What becomes of the table that is there, or is not.
    #[must_use]
    pub fn mode(mut self, mode: LoadMode) -> Self {
        self.mode = mode;
        self
    }

    /// What becomes of NaN, which SQLite does not have.
    #[must_use]
    pub fn on_nan(mut self, on_nan: OnNan) -> Self {
        self.on_nan = on_nan;
        self
    }

    /// Whether a table that is created is a [`STRICT`](https://sqlite.org/stricttables.html) one. Such tables know the types
    /// `INTEGER`, `REAL`, `TEXT`, `BLOB` and `ANY` alone, so columns read back as those.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// The fastest path that may be taken; where it cannot be, the next slower one is. What is loaded is the same by each.
    #[must_use]
    pub fn path(mut self, path: LoadPath) -> Self {
        self.path = path;
        self
    }
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of the table that is there, or is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadMode {
    /// The table must exist. Columns are matched by name, without regard to ASCII case; those that the batches lack get their
    /// defaults.
    #[default]
    Append,
    /// The table must not exist, and is created from the batches' schema.
    Create,
    /// The table is created where it does not exist.
    CreateOrAppend,
    /// The table is created from the batches' schema in place of one that exists, whose keys, constraints, defaults, indexes
    /// and triggers go with it. The old one stays where the load fails, and can be read while the load runs. In the end no
    /// statement of the connection may be in the middle of its execution. A table that another one refers to by an enforced
    /// foreign key is not replaced: rows there would be deleted or changed with it.
    Replace,
    /// The table must exist. A row whose key is there already updates it, in the columns that the batches have; others are
    /// inserted. Of rows with one key, the last one stays. A row whose other constraints fail is an error, which names it.
    ///
    /// Each row is a statement of its own, as SQLite looks at foreign keys when a statement ends. What updates many rows by more than
    /// their key is SQL over a [table input](crate::Connection::table_input).
    ///
    /// ```
    /// use arrow_array::{ArrayRef, Int64Array, RecordBatch, RecordBatchIterator};
    /// use clib::{Connection, LoadMode, LoadOptions};
    /// use std::sync::Arc;
    ///
    /// let conn = Connection::open_in_memory()?;
    /// conn.execute_batch("CREATE TABLE stock (item INTEGER PRIMARY KEY, count INTEGER); INSERT INTO stock VALUES (1, 10), (2, 20)")?;
    /// let items: ArrayRef = Arc::new(Int64Array::from(vec![2, 3]));
    /// let counts: ArrayRef = Arc::new(Int64Array::from(vec![25, 35]));
    /// let batch = RecordBatch::try_from_iter([("item", items), ("count", counts)]).unwrap();
    /// let batches = RecordBatchIterator::new([Ok(batch.clone())], batch.schema());
    /// let upsert = LoadOptions::new().mode(LoadMode::Upsert { key: vec![] });
    /// conn.load("stock", batches, &upsert)?;
    /// let all: String = conn.query_row("SELECT group_concat(item || '=' || count) FROM stock", (), |row| row.get(0))?;
    /// assert_eq!(all, "1=10,2=25,3=35");
    /// # Ok::<(), clib::Error>(())
    /// ```
    #[doc(alias = "ON CONFLICT")]
    Upsert {
        /// The columns of a `PRIMARY KEY` or `UNIQUE` constraint; empty for the primary key.
        key: Vec<String>,
    },
}

/// What becomes of NaN in a float column. SQLite would store it as NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnNan {
    /// The load fails, naming column and row.
    #[default]
    Error,
    /// NaN becomes NULL, and [`LoadReport::nans`] counts it.
    Null,
    /// NaN becomes the text `NaN`, which reads back as NaN.
    Text,
}

/// How rows get into a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoadPath {
    /// The fastest one that can be taken.
    #[default]
    Auto,
    /// The batch kernel makes records of the columns, and writes them to the table behind its last row; entries of indexes are
    /// sorted before they are inserted. For tables with rowids, without triggers, foreign keys to check, CHECKs and generated
    /// columns, and columns that need no conversion from number to text; and where no hook, trace or session is to see each row.
    /// Memory for entries of indexes is bounded: at most about 256 MiB.
    Direct,
    /// The batch kernel executes a prepared statement, for many rows in one call.
    Prepared,
    /// A prepared statement is executed over SQLite's public interface, as in all link modes but the vendored one.
    Portable,
}

/// What a load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadReport {
    /// Rows of all batches. Under [`LoadMode::Upsert`] some of them updated rows, or changed nothing.
    pub rows: u64,
    /// Batches.
    pub batches: u64,
    /// Whether the table was created.
    pub created: bool,
    /// NaNs that became NULL or text, as [`OnNan`] says.
    pub nans: u64,
    /// The path that was taken: of several, the slowest. [`LoadPath::Auto`] where no batch had rows.
    pub path: LoadPath,
    /// Why it was not a faster one; `None` where there is none, or none was allowed.
    pub plan: Option<&'static str>,
    /// Calls into C.
    pub crossings: u64,
}
