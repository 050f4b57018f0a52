//! The execution of a statement for many keys, one after the other or by the kernel.

use std::ptr::{self, NonNull};

use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use clib_sys::kernel as ffi;
use libc::c_int;

use crate::error::Result;
use crate::raw::pointer;
use crate::raw::stmt::Stmt;
use crate::types::ValueRef;

/// Keys of one storage class, or NULL.
///
/// # Invariants
///
/// There are as many bits in `nulls` as keys.
pub(crate) struct Keys {
    values: Values,
    nulls: Option<NullBuffer>,
}

/// # Invariants
///
/// The last offset is within the data.
enum Values {
    Integers(ScalarBuffer<i64>),
    Reals(ScalarBuffer<f64>),
    Texts(OffsetBuffer<i32>, Buffer),
    Blobs(OffsetBuffer<i32>, Buffer),
}

impl Keys {
    /// Without the right number of null bits there are none.
    fn new(values: Values, nulls: Option<NullBuffer>) -> Self {
        let this = Self {
            values,
            nulls: None,
        };
        let count = this.len();
        Self {
            nulls: nulls.filter(|nulls| nulls.len() == count && nulls.null_count() > 0),
            ..this
        }
    }

    pub(crate) fn integers(values: ScalarBuffer<i64>, nulls: Option<NullBuffer>) -> Self {
        Self::new(Values::Integers(values), nulls)
    }

    pub(crate) fn reals(values: ScalarBuffer<f64>, nulls: Option<NullBuffer>) -> Self {
        Self::new(Values::Reals(values), nulls)
    }

    /// Texts or blobs; `None` where an offset is beyond the data.
    pub(crate) fn bytes(
        text: bool,
        offsets: OffsetBuffer<i32>,
        data: Buffer,
        nulls: Option<NullBuffer>,
    ) -> Option<Self> {
        let last = usize::try_from(offsets.last()).ok()?;
        (last <= data.len()).then(|| {
            let values = if text {
                Values::Texts(offsets, data)
            } else {
                Values::Blobs(offsets, data)
            };
            Self::new(values, nulls)
        })
    }

    pub(crate) fn len(&self) -> usize {
        match &self.values {
            Values::Integers(values) => values.len(),
            Values::Reals(values) => values.len(),
            // By Arrow's invariant there is one offset at least.
            Values::Texts(offsets, _) | Values::Blobs(offsets, _) => offsets.len() - 1,
        }
    }

    /// The key at a position; `None` behind the last one.
    fn get(&self, at: usize) -> Option<ValueRef<'_>> {
        if at >= self.len() {
            return None;
        }
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(at)) {
            return Some(ValueRef::Null);
        }
        let bytes = |offsets: &OffsetBuffer<i32>, data: &'_ Buffer| -> Option<(usize, usize)> {
            let end = usize::try_from(*offsets.get(at + 1)?).ok()?;
            let start = usize::try_from(*offsets.get(at)?).ok()?;
            (end <= data.len()).then_some((start, end))
        };
        Some(match &self.values {
            Values::Integers(values) => ValueRef::Integer(*values.get(at)?),
            Values::Reals(values) => ValueRef::Real(*values.get(at)?),
            Values::Texts(offsets, data) => {
                let (start, end) = bytes(offsets, data)?;
                ValueRef::Text(data.get(start..end)?)
            }
            Values::Blobs(offsets, data) => {
                let (start, end) = bytes(offsets, data)?;
                ValueRef::Blob(data.get(start..end)?)
            }
        })
    }

    /// What the kernel gets to see: pointers that are valid for as long as `self` is.
    fn describe(&self) -> ffi::clib_keys {
        let (values, data, kind) = match &self.values {
            Values::Integers(values) => (
                values.inner().as_ptr(),
                ptr::null(),
                ffi::CLIB_CLASS_INTEGER,
            ),
            Values::Reals(values) => (values.inner().as_ptr(), ptr::null(), ffi::CLIB_CLASS_REAL),
            Values::Texts(offsets, data) => (
                offsets.inner().inner().as_ptr(),
                data.as_ptr(),
                ffi::CLIB_CLASS_TEXT,
            ),
            Values::Blobs(offsets, data) => (
                offsets.inner().inner().as_ptr(),
                data.as_ptr(),
                ffi::CLIB_CLASS_BLOB,
            ),
        };
        let long = |size: usize| i64::try_from(size).unwrap_or(0);
        ffi::clib_keys {
            values: values.cast(),
            data,
            validity: self
                .nulls
                .as_ref()
                .map_or(ptr::null(), |nulls| nulls.validity().as_ptr()),
            validity_offset: self.nulls.as_ref().map_or(0, |nulls| long(nulls.offset())),
            count: long(self.len()),
            kind,
        }
    }
}

/// The execution of `SELECT columns FROM table WHERE key = ?1` for many keys. Each has a row; where it is absent, the row's values
/// are NULL.
pub(crate) struct Keyed<'a> {
    /// Before the statements: it looks at them when it is freed.
    lookup: Option<Lookup>,
    point: Stmt<'a>,
    table: Option<Stmt<'a>>,
    index: Option<Stmt<'a>>,
    /// In the middle of its execution, so that all keys are looked up in one snapshot.
    guard: Option<Stmt<'a>>,
    keys: Keys,
    /// The position of the next key.
    next: usize,
    /// One bit for each row of the batch that is being filled: whether its key is there.
    found: Vec<u8>,
    /// How many of the bits are set up, where keys are looked up one after the other.
    rows: usize,
    /// How many keys are worth walking the trees for.
    least: usize,
    max_bytes: i64,
}

/// What the kernel knows of a lookup.
///
/// # Invariants
///
/// - The pointer is live and ours to free.
/// - The statements it was made for are the [`Keyed`]'s: live, and not reset or stepped from outside since.
struct Lookup(NonNull<ffi::clib_lookup>);

impl Drop for Lookup {
    fn drop(&mut self) {
        // SAFETY: live and ours, by the type invariant, and used no more; the statements are live, as `Keyed` drops them later.
        unsafe { ffi::clib_lookup_free(self.0.as_ptr()) };
    }
}

/// The statements of a lookup: see `clib_lookup_new`.
pub(crate) struct KeyedStatements<'a> {
    pub(crate) point: Stmt<'a>,
    pub(crate) table: Option<Stmt<'a>>,
    pub(crate) index: Option<Stmt<'a>>,
    /// Stepped to a row.
    pub(crate) guard: Option<Stmt<'a>>,
    /// Whether the key is in an index.
    pub(crate) indexed: bool,
}

impl<'a> Keyed<'a> {
    /// The trees are walked for so many keys at least; about `max_bytes` of records are held then.
    pub(crate) fn new(
        statements: KeyedStatements<'a>,
        keys: Keys,
        least: usize,
        max_bytes: usize,
    ) -> Self {
        let usable = !statements.indexed || statements.index.is_some();
        Self {
            lookup: None,
            point: statements.point,
            table: statements.table.filter(|_| usable),
            index: statements.index,
            guard: statements.guard,
            keys,
            next: 0,
            found: Vec::new(),
            rows: 0,
            least,
            max_bytes: i64::try_from(max_bytes).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn stmt(&self) -> &Stmt<'_> {
        &self.point
    }

    /// Looks up the next key: whether there is one. Where it is absent, the statement has no row, and so its values are NULL.
    pub(super) fn step(&mut self) -> Result<bool> {
        self.lookup = None;
        let Some(key) = self.keys.get(self.next) else {
            return Ok(false);
        };
        self.next += 1;
        let found = match key {
            ValueRef::Null => {
                self.point.reset();
                false
            }
            key => {
                self.point.rebind(1, key)?;
                self.point.step()?
            }
        };
        if self.found.len() * 8 <= self.rows {
            self.found.push(0);
        }
        if let Some(last) = self.found.last_mut()
            && found
        {
            *last |= 1 << (self.rows % 8);
        }
        self.rows += 1;
        Ok(true)
    }

    /// Ends the execution of all statements, and gives back what was lent to them.
    pub(super) fn reset(&mut self) {
        self.lookup = None;
        self.point.end_loan();
        for stmt in [&mut self.table, &mut self.index, &mut self.guard]
            .into_iter()
            .flatten()
        {
            stmt.reset();
        }
    }

    /// Which of the rows of the batch that was filled last have a key that is there.
    pub(super) fn take_found(&mut self, rows: usize) -> BooleanBuffer {
        self.rows = 0;
        let mut found = std::mem::take(&mut self.found);
        found.resize(rows.div_ceil(8), 0);
        BooleanBuffer::new(Buffer::from_vec(found), 0, rows)
    }

    /// Gives all keys to the kernel, from the first one on. Returns why the trees are not walked; `None` where they are.
    pub(super) fn fuse(&mut self, scan: bool) -> Result<Option<String>> {
        self.reset_point();
        let few = self.keys.len() < self.least;
        let mut table = ptr::null_mut();
        let mut index = ptr::null_mut();
        if scan && !few {
            // What goes wrong here, goes wrong when the point statement runs.
            let at_row = |stmt: &mut Option<Stmt<'_>>| match stmt {
                Some(stmt) => match stmt.step() {
                    Ok(true) => stmt.as_ptr(),
                    _ => ptr::null_mut(),
                },
                None => ptr::null_mut(),
            };
            table = at_row(&mut self.table);
            if !table.is_null() && self.index.is_some() {
                index = at_row(&mut self.index);
                if index.is_null() {
                    table = ptr::null_mut();
                }
            }
        }
        let mut lookup = ptr::null_mut();
        let kind = self.keys.describe().kind;
        // SAFETY: the statements are live by `Stmt`'s invariant, and stand where the kernel wants them to; `lookup` is writable.
        let code = unsafe {
            ffi::clib_lookup_new(
                self.point.as_ptr(),
                table,
                index,
                kind,
                self.max_bytes,
                &raw mut lookup,
            )
        };
        let Some(lookup) = NonNull::new(lookup) else {
            return Err(self.point.failure(code));
        };
        self.lookup = Some(Lookup(lookup));
        // With its end.
        self.point.db().cross(2);
        if few && scan {
            return Ok(Some("the keys are few".to_owned()));
        }
        // SAFETY: live, by the type invariant.
        let obstacle = unsafe { ffi::clib_lookup_obstacle(lookup.as_ptr()) };
        // SAFETY: null or a static NUL-terminated string.
        Ok(unsafe { pointer::string(obstacle) })
    }

    /// Forgets the key that was looked up.
    fn reset_point(&mut self) {
        self.lookup = None;
        self.point.end_loan();
        self.point.make_ready();
        self.next = 0;
        self.rows = 0;
        self.found.clear();
    }

    pub(super) fn is_fused(&self) -> bool {
        self.lookup.is_some()
    }

    /// Fills the batch, whose columns are described: the kernel's code.
    ///
    /// # Safety
    ///
    /// The batch's columns are as many as it says, and each describes memory that may be written to.
    pub(super) unsafe fn read(&mut self, batch: &mut ffi::clib_batch) -> c_int {
        let Some(lookup) = &self.lookup else {
            return clib_sys::SQLITE_MISUSE;
        };
        // There are no more rows than keys.
        let rows = usize::try_from(batch.max_rows)
            .unwrap_or(0)
            .min(self.keys.len());
        self.found.resize(rows.div_ceil(8), 0);
        let keys = self.keys.describe();
        self.point.lend();
        // SAFETY: the lookup is live and its statements are, by its invariant; the keys live as long as `self`, and are the same for
        // each call, so that the statement's loan of one is over when `reset` or the statement's `Drop` ends it; `found` has a
        // bit for each row; the batch is what the caller promises.
        unsafe {
            ffi::clib_lookup_read(
                lookup.0.as_ptr(),
                &raw const keys,
                batch,
                self.found.as_mut_ptr(),
            )
        }
    }
}
