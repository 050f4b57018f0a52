//! One column of a result: its type, how it was come by, and its builder.

use arrow_array::{ArrayRef, new_empty_array};
use arrow_schema::{DataType, Field, FieldRef};

use super::render::{Blobs, Renderer};
use crate::batch::column::{Builder, Built, Misfit, Mixed, plain};
use crate::batch::error::UnsupportedError;
use crate::batch::options::{OnMismatch, ReadOptions};
use crate::batch::{declared, nested};
use crate::error::{Error, Result};
use crate::raw::{Buffers, Memory, Target};
use crate::types::{ValueKind, ValueRef};

/// A column that is being read.
pub(super) struct ReadColumn {
    name: String,
    declared: Option<String>,
    /// The type, where the caller's schema or the declared type has decided.
    wanted: Option<FieldRef>,
    /// Whether the caller's schema decided, so that no policy may change the type.
    by_schema: bool,
    on_mismatch: OnMismatch,
    /// How many bytes a batch holds: no more is allocated before there are values.
    batch_bytes: usize,
    /// The field that is handed out; of type Null until it is settled.
    field: FieldRef,
    /// What is built, of which the field's type is another layout.
    plain: DataType,
    builder: Builder,
    /// What the kernel has read for a builder whose elements it cannot make: pushed when the batch ends.
    staged: Mixed,
    /// How many bytes of text or blobs the last batch had.
    last_bytes: usize,
    /// Whether numbers are rendered as text: by policy, in a text column or one that had to become one of bytes.
    renders: bool,
}

/// A value that does not fit, at a row of the current batch.
#[derive(Debug)]
pub(super) struct Offence {
    pub(super) row: usize,
    pub(super) misfit: Misfit,
    pub(super) found: ValueKind,
    pub(super) preview: Option<String>,
}

impl Offence {
    pub(super) fn new(row: usize, misfit: Misfit, value: ValueRef<'_>) -> Self {
        let preview = (value != ValueRef::Null).then(|| value.preview());
        Self {
            row,
            misfit,
            found: value.kind(),
            preview,
        }
    }
}

/// What became of a batch's values besides what they are.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// How many became NULL.
    pub(super) nulled: u64,
    /// The bytes of the text that numbers became.
    pub(super) rendered: usize,
}

/// A finished column and how many of its values became NULL, or the first value that does not fit.
pub(super) type Finish = Result<(ArrayRef, u64), Offence>;

impl ReadColumn {
    /// `field` is the caller's, where there is a schema.
    pub(super) fn new(
        name: String,
        declared: Option<String>,
        field: Option<FieldRef>,
        options: &ReadOptions,
    ) -> Result<Self> {
        let on_mismatch = options.on_mismatch;
        let by_schema = field.is_some();
        let wanted = field.or_else(|| {
            let data_type = declared::arrow_type(declared.as_deref(), options.logical_types)?;
            Some(Field::new(&name, data_type, true).into())
        });
        let changes = !by_schema && matches!(on_mismatch, OnMismatch::Text | OnMismatch::Widen);
        let mut this = Self {
            field: Field::new(&name, DataType::Null, true).into(),
            name,
            declared,
            wanted: wanted.clone(),
            by_schema,
            on_mismatch,
            batch_bytes: options.batch_bytes,
            plain: DataType::Null,
            builder: Builder::Mixed(Mixed::with_capacity(0)),
            staged: Mixed::with_capacity(0),
            last_bytes: 0,
            renders: false,
        };
        if let Some(field) = wanted {
            // Refused here even where the first batch is looked at before.
            this.settle(field)?;
            if changes {
                this.builder = Builder::Mixed(Mixed::with_capacity(0));
            }
        }
        Ok(this)
    }

    /// The same column, settled as this one is, for another reader.
    pub(super) fn fresh(&self) -> Result<Self> {
        let mut this = Self {
            name: self.name.clone(),
            declared: self.declared.clone(),
            wanted: self.wanted.clone(),
            by_schema: self.by_schema,
            on_mismatch: self.on_mismatch,
            batch_bytes: self.batch_bytes,
            field: self.field.clone(),
            plain: self.plain.clone(),
            builder: Builder::Mixed(Mixed::with_capacity(0)),
            staged: Mixed::with_capacity(0),
            last_bytes: self.last_bytes,
            renders: self.renders,
        };
        this.start(0, &mut Memory::default())?;
        Ok(this)
    }

    pub(super) fn field(&self) -> &FieldRef {
        &self.field
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes a row takes besides the bytes of its text or blob.
    pub(super) fn width(&self) -> usize {
        let width = self.plain.primitive_width().unwrap_or(match &self.plain {
            DataType::Null => 0,
            DataType::Boolean => 1,
            DataType::FixedSizeBinary(length) => usize::try_from(*length).unwrap_or(0),
            _ => 4,
        });
        match &self.builder {
            // It becomes a column of the type that is wanted.
            Builder::Mixed(_) => width.max(16),
            _ => width,
        }
    }

    /// Makes the builder for a batch of about that many rows.
    pub(super) fn start(&mut self, rows: usize, memory: &mut Memory) -> Result<()> {
        let most = |width: usize| self.batch_bytes / width.max(1);
        // A little more than last time, as growing costs a copy.
        let bytes = self.last_bytes + self.last_bytes / 8;
        let builder = Builder::new(
            &self.plain,
            rows.min(most(self.width())),
            bytes.min(most(1)),
            memory,
        );
        self.builder = builder.map_err(|reason| self.unsupported(reason))?;
        Ok(())
    }

    /// Where the kernel appends values: with room for so many rows in all.
    pub(super) fn target(&mut self, rows: usize) -> Target<'_> {
        let not_null = !self.field.is_nullable();
        match self.builder.buffers(rows) {
            Some(buffers) => Target {
                not_null: not_null && !matches!(buffers, Buffers::Mixed(..)),
                renders: self.renders,
                buffers,
            },
            None => Target {
                buffers: self.staged.buffers(rows),
                not_null: false,
                renders: false,
            },
        }
    }

    /// Makes room for so many bytes of text or blobs in all.
    pub(super) fn reserve_bytes(&mut self, bytes: usize) {
        if self.staged.len() > 0 || self.builder.buffers(0).is_none() {
            self.staged.reserve_bytes(bytes);
        } else {
            self.builder.reserve_bytes(bytes);
        }
    }

    /// Pushes what the kernel has read for a builder whose elements it cannot make. The first value that does not fit ends it.
    pub(super) fn push_staged(
        &mut self,
        renderer: &mut Renderer<'_>,
        tally: &mut Tally,
    ) -> Result<Option<Offence>> {
        let staged = std::mem::replace(&mut self.staged, Mixed::with_capacity(0));
        for (row, value) in staged.values().enumerate() {
            match self.push(value, renderer, tally) {
                Ok(()) => {}
                Err(Rejected::Error(error)) => return Err(error),
                Err(Rejected::Misfit(misfit)) => {
                    return Ok(Some(Offence::new(row, misfit, value)));
                }
            }
        }
        Ok(None)
    }

    /// Forgets the values from a row on of which the type is not settled yet: they must not have a say.
    pub(super) fn truncate_unsettled(&mut self, rows: usize) {
        if let Builder::Mixed(mixed) = &mut self.builder {
            mixed.truncate(rows);
        }
    }

    /// Appends a value of the current row.
    #[inline(always)] // For what `Builder::push` says.
    pub(super) fn push(
        &mut self,
        value: ValueRef<'_>,
        renderer: &mut Renderer<'_>,
        tally: &mut Tally,
    ) -> Result<(), Rejected> {
        if matches!(value, ValueRef::Null)
            && !self.field.is_nullable()
            && !matches!(self.builder, Builder::Mixed(_))
        {
            return Err(Rejected::Misfit(Misfit::Null));
        }
        match self.builder.push(value) {
            Ok(()) => Ok(()),
            Err(misfit) => self.push_misfit(value, misfit, renderer, tally),
        }
    }

    #[cold]
    fn push_misfit(
        &mut self,
        value: ValueRef<'_>,
        misfit: Misfit,
        renderer: &mut Renderer<'_>,
        tally: &mut Tally,
    ) -> Result<(), Rejected> {
        if self.renders && misfit == Misfit::Kind {
            let blobs = match (&self.plain, self.on_mismatch) {
                (DataType::Binary, _) => Blobs::All,
                (_, OnMismatch::Text) => Blobs::Utf8,
                _ => Blobs::None,
            };
            if let Some(bytes) = renderer.render(value, blobs).map_err(Rejected::Error)? {
                // The bytes of a text or blob were seen before.
                if value.as_bytes().is_none() {
                    tally.rendered += bytes.len();
                }
                return self.builder.push_bytes(bytes).map_err(Rejected::Misfit);
            }
        }
        if self.on_mismatch == OnMismatch::Null
            && self.field.is_nullable()
            && misfit != Misfit::TooLong
            && (self.plain != DataType::Null || self.by_schema)
        {
            tally.nulled += 1;
            self.builder.push_null();
            return Ok(());
        }
        Err(Rejected::Misfit(misfit))
    }

    /// The column of the current batch. Settles the type, if it is not.
    pub(super) fn finish(&mut self, renderer: &mut Renderer<'_>) -> Result<Finish> {
        if let Builder::Mixed(mixed) = &mut self.builder {
            let mixed = std::mem::replace(mixed, Mixed::with_capacity(0));
            return self.settle_by_values(&mixed, renderer);
        }
        self.finish_settled()
    }

    /// Ends the builder. Its type is settled.
    fn finish_settled(&mut self) -> Result<Finish> {
        self.last_bytes = self.builder.byte_count();
        let built = self.builder.finish(&self.field, &self.plain)?;
        let mut nulled = 0;
        let built = match built {
            Built::Bad { rows, column }
                if self.on_mismatch == OnMismatch::Null && self.field.is_nullable() =>
            {
                nulled = rows.len() as u64;
                Built::Bad { rows, column }.without_bad(&self.field, self.plain.is_nested())?
            }
            built => built,
        };
        match built {
            Built::Array(array) if array.data_type() == self.field.data_type() => {
                Ok(Ok((array, nulled)))
            }
            Built::Array(array) => {
                let array = arrow_cast::cast(&array, self.field.data_type()).map_err(|error| {
                    self.unsupported(format!(
                        "cannot hold a batch's values ({error}): ask for wider keys, or for the value type"
                    ))
                })?;
                Ok(Ok((array, nulled)))
            }
            Built::Bad { column, rows } => {
                let first = rows.into_iter().next();
                let (row, misfit) = first.unwrap_or((0, Misfit::Utf8));
                Ok(Err(Offence::new(
                    row,
                    misfit,
                    ValueRef::Text(column.get(row).unwrap_or_default()),
                )))
            }
        }
    }

    /// Settles the type by the first batch's values, under the policy, and builds its column.
    fn settle_by_values(&mut self, mixed: &Mixed, renderer: &mut Renderer<'_>) -> Result<Finish> {
        let declared = self.declared.clone();
        let first = match (&self.wanted, self.on_mismatch) {
            (Some(field), _) => field.clone(),
            // Values that come later are held, of whatever type.
            (None, OnMismatch::Text | OnMismatch::Widen) if mixed.is_null() => {
                self.named(DataType::Utf8)
            }
            (None, _) => self.named(mixed.first_type(declared.as_deref())),
        };
        self.settle(first)?;
        let attempt = self.replay(mixed, renderer)?;
        let changed = match (&attempt, self.on_mismatch) {
            (Ok(_), _) => return self.settled(attempt),
            (Err(_), OnMismatch::Text) => DataType::Utf8,
            (Err(_), OnMismatch::Widen) => mixed.narrowest_type(declared.as_deref()),
            (Err(_), OnMismatch::Error | OnMismatch::Null) => return Ok(attempt),
        };
        self.settle(self.named(changed))?;
        self.renders = true;
        let attempt = self.replay(mixed, renderer)?;
        self.settled(attempt)
    }

    /// From here on text columns take numbers, where the policy says so.
    fn settled(&mut self, finish: Finish) -> Result<Finish> {
        self.renders = self.renders_numbers();
        Ok(finish)
    }

    /// Builds the settled type's column from the values.
    fn replay(&mut self, mixed: &Mixed, renderer: &mut Renderer<'_>) -> Result<Finish> {
        self.start(mixed.len(), &mut Memory::default())?;
        let mut tally = Tally::default();
        for (row, value) in mixed.values().enumerate() {
            match self.push(value, renderer, &mut tally) {
                Ok(()) => {}
                Err(Rejected::Error(error)) => return Err(error),
                Err(Rejected::Misfit(misfit)) => {
                    let offence = Offence::new(row, misfit, value);
                    // A text before it may be no UTF-8, which shows at the end.
                    return Ok(Err(match self.finish_settled()? {
                        Err(earlier) if earlier.row < offence.row => earlier,
                        _ => offence,
                    }));
                }
            }
        }
        Ok(self
            .finish_settled()?
            .map(|(array, more)| (array, tally.nulled + more)))
    }

    /// Settles the type, or says that it cannot be read.
    fn settle(&mut self, field: FieldRef) -> Result<()> {
        self.plain = plain(field.data_type());
        self.field = field;
        let data_type = self.field.data_type();
        declared::declare(data_type).map_err(|reason| self.unsupported(reason))?;
        if self.plain.is_nested() {
            nested::check(&self.field).map_err(|reason| self.unsupported(reason))?;
        }
        if *data_type != self.plain
            // Of dictionaries, the first says more than there is.
            && (!arrow_cast::can_cast_types(&self.plain, data_type)
                || arrow_cast::cast(&new_empty_array(&self.plain), data_type).is_err())
        {
            return Err(self.unsupported(format!(
                "cannot be made of {0}: ask for the value type, {0}, and convert it",
                self.plain
            )));
        }
        self.renders = self.renders_numbers();
        self.start(0, &mut Memory::default())
    }

    fn renders_numbers(&self) -> bool {
        match self.on_mismatch {
            OnMismatch::Text => self.plain == DataType::Utf8,
            OnMismatch::Widen => {
                self.plain == DataType::Utf8
                    || (self.plain == DataType::Binary && !self.by_schema && self.renders)
            }
            OnMismatch::Error | OnMismatch::Null => false,
        }
    }

    fn named(&self, data_type: DataType) -> FieldRef {
        Field::new(&self.name, data_type, true).into()
    }

    fn unsupported(&self, reason: String) -> Error {
        UnsupportedError {
            column: self.name.clone(),
            data_type: self.field.data_type().clone(),
            reason,
        }
        .into()
    }

    /// Why a value does not fit, and the ways out.
    pub(super) fn hint(&self, misfit: &Misfit, settled_before: bool) -> String {
        let why = match misfit {
            Misfit::Kind => None,
            Misfit::Null => Some("the schema's field is not nullable".to_owned()),
            Misfit::Inexact => Some("it would not be the same number in that type".to_owned()),
            Misfit::Range => Some("it is out of the type's range".to_owned()),
            Misfit::Form(form) => Some(format!("it is not of the form {form}")),
            Misfit::Json(reason) => Some(format!("it is not JSON of that type: {reason}")),
            Misfit::Utf8 => Some("it is not UTF-8".to_owned()),
            Misfit::Length(length) => Some(format!("it does not have {length} bytes")),
            Misfit::TooLong => {
                Some("text of more than 2 GiB does not go into one batch".to_owned())
            }
        };
        let out = self.ways_out(misfit, settled_before);
        match why {
            Some(why) => format!("{why}; {out}"),
            None => out.to_owned(),
        }
    }

    /// What to do about a value that does not fit; nothing that was done already, or would not help.
    fn ways_out(&self, misfit: &Misfit, settled_before: bool) -> String {
        match misfit {
            Misfit::Null => return "make it nullable".to_owned(),
            Misfit::TooLong => return "lower ReadOptions::batch_bytes".to_owned(),
            _ => {}
        }
        let utf8 = *misfit == Misfit::Utf8;
        let looks_ahead = matches!(self.on_mismatch, OnMismatch::Text | OnMismatch::Widen);
        // Settled as such because there was no value.
        let no_value = self.plain == DataType::Null && !self.by_schema;
        let mut ways = Vec::new();
        if self.by_schema && !utf8 {
            ways.push("ask for another type in ReadOptions::schema");
        }
        if self.field.is_nullable() && self.on_mismatch != OnMismatch::Null && !no_value {
            ways.push(match self.on_mismatch {
                _ if self.by_schema || settled_before => "choose OnMismatch::Null",
                OnMismatch::Text if utf8 => "choose OnMismatch::Null or Widen",
                OnMismatch::Text => "choose OnMismatch::Widen",
                OnMismatch::Error if utf8 => "choose OnMismatch::Null or Widen",
                OnMismatch::Error => "choose OnMismatch::Null, Text or Widen",
                OnMismatch::Null | OnMismatch::Widen => "choose OnMismatch::Null",
            });
        }
        if !self.by_schema && !utf8 {
            ways.push("give the column's type in ReadOptions::schema");
        }
        if !self.by_schema && settled_before {
            ways.push(match self.on_mismatch {
                _ if no_value => "raise ReadOptions::batch_rows",
                OnMismatch::Widen => "raise ReadOptions::batch_rows",
                OnMismatch::Text if !utf8 => "raise ReadOptions::batch_rows",
                _ if utf8 => "raise ReadOptions::batch_rows under OnMismatch::Widen",
                _ => "raise ReadOptions::batch_rows under OnMismatch::Text or Widen",
            });
        }
        if utf8 {
            ways.push("read CAST(column AS BLOB)");
        }
        let mut out = String::new();
        if !self.by_schema && settled_before && (looks_ahead || no_value) {
            out.push_str("the type was settled by the first batch: ");
        }
        let last = ways.len().saturating_sub(1);
        for (index, way) in ways.into_iter().enumerate() {
            match index {
                0 => {}
                _ if index == last => out.push_str(", or "),
                _ => out.push_str(", "),
            }
            out.push_str(way);
        }
        out
    }
}

/// Why a value was not appended.
pub(super) enum Rejected {
    Misfit(Misfit),
    Error(Error),
}
