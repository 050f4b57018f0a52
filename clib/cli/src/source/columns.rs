//! Builds batches out of texts, once the columns' types are settled.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
};
use arrow_array::types::{
    ArrowTimestampType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, SchemaRef, TimeUnit};

use super::value;

/// How many rows a batch from text holds at most. The loader takes batches of any size; a few
/// thousand rows are enough that the work per batch does not count.
const BATCH_ROWS: usize = 8_192;
/// How many bytes of text end a batch early, so that long texts do not pile up in memory.
const BATCH_BYTES: usize = 8 << 20;

/// The columns of one batch in the making.
pub(crate) struct Columns {
    schema: SchemaRef,
    builders: Vec<Column>,
    rows: usize,
    bytes: usize,
}

impl Columns {
    /// Columns of the types that [`Guess`](super::infer::Guess) gives; no others.
    pub(crate) fn new(schema: SchemaRef) -> Self {
        let builders = schema
            .fields()
            .iter()
            .map(|field| Column::new(field.data_type()))
            .collect();
        Columns {
            schema,
            builders,
            rows: 0,
            bytes: 0,
        }
    }

    /// Adds one value to a column; `false` if it does not fit the column's type.
    ///
    /// Each row must add one value to each column, and then say [`Columns::end_row`].
    pub(crate) fn append(&mut self, column: usize, value: Option<&str>) -> bool {
        let Some(column) = self.builders.get_mut(column) else {
            return false;
        };
        match value {
            Some(text) => {
                self.bytes += text.len();
                column.append(text)
            }
            None => {
                column.append_null();
                true
            }
        }
    }

    /// Ends a row; says whether the batch has grown large enough.
    pub(crate) fn end_row(&mut self) -> bool {
        self.rows += 1;
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// Takes the batch out, if it has any row.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.rows = 0;
        self.bytes = 0;
        let arrays = self.builders.iter_mut().map(Column::finish).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some)
    }
}

enum Column {
    Integer(Int64Builder),
    Double(Float64Builder),
    Boolean(BooleanBuilder),
    Date(Date32Builder),
    Moment {
        values: Int64Builder,
        unit: TimeUnit,
        utc: bool,
    },
    Text(StringBuilder),
}

impl Column {
    fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Int64 => Column::Integer(Int64Builder::new()),
            DataType::Float64 => Column::Double(Float64Builder::new()),
            DataType::Boolean => Column::Boolean(BooleanBuilder::new()),
            DataType::Date32 => Column::Date(Date32Builder::new()),
            DataType::Timestamp(unit, zone) => Column::Moment {
                values: Int64Builder::new(),
                unit: *unit,
                utc: zone.is_some(),
            },
            _ => Column::Text(StringBuilder::new()),
        }
    }

    fn append(&mut self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Column::Integer(values) => push(value::integer(bytes), |v| values.append_value(v)),
            Column::Double(values) => push(value::double(bytes), |(v, _)| values.append_value(v)),
            Column::Boolean(values) => push(value::boolean(bytes), |v| values.append_value(v)),
            Column::Date(values) => push(value::date(bytes), |v| values.append_value(v)),
            Column::Moment { values, unit, utc } => {
                let moment = value::moment(bytes)
                    .filter(|moment| moment.utc == *utc)
                    .and_then(|moment| moment.in_unit(*unit));
                push(moment, |v| values.append_value(v))
            }
            Column::Text(values) => {
                values.append_value(text);
                true
            }
        }
    }

    fn append_null(&mut self) {
        match self {
            Column::Integer(values) | Column::Moment { values, .. } => values.append_null(),
            Column::Double(values) => values.append_null(),
            Column::Boolean(values) => values.append_null(),
            Column::Date(values) => values.append_null(),
            Column::Text(values) => values.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Integer(values) => Arc::new(values.finish()),
            Column::Double(values) => Arc::new(values.finish()),
            Column::Boolean(values) => Arc::new(values.finish()),
            Column::Date(values) => Arc::new(values.finish()),
            Column::Moment { values, unit, utc } => moments(&values.finish(), *unit, *utc),
            Column::Text(values) => Arc::new(values.finish()),
        }
    }
}

fn push<T>(value: Option<T>, append: impl FnOnce(T)) -> bool {
    match value {
        Some(value) => {
            append(value);
            true
        }
        None => false,
    }
}

/// The same numbers as timestamps; nothing is copied.
fn moments(values: &Int64Array, unit: TimeUnit, utc: bool) -> ArrayRef {
    match unit {
        TimeUnit::Second => stamped::<TimestampSecondType>(values, utc),
        TimeUnit::Millisecond => stamped::<TimestampMillisecondType>(values, utc),
        TimeUnit::Microsecond => stamped::<TimestampMicrosecondType>(values, utc),
        TimeUnit::Nanosecond => stamped::<TimestampNanosecondType>(values, utc),
    }
}

fn stamped<T: ArrowTimestampType>(values: &Int64Array, utc: bool) -> ArrayRef {
    let zone: Option<Arc<str>> = utc.then(|| "UTC".into());
    Arc::new(values.reinterpret_cast::<T>().with_timezone_opt(zone))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_schema::{Field, Schema};

    use super::*;

    fn one(data_type: DataType) -> Columns {
        Columns::new(Arc::new(Schema::new(vec![Field::new(
            "x", data_type, true,
        )])))
    }

    #[test]
    fn values_nulls_and_misfits() {
        let mut columns = one(DataType::Int64);
        assert!(columns.append(0, Some("7")));
        assert!(!columns.end_row());
        assert!(columns.append(0, None));
        assert!(!columns.end_row());
        assert!(!columns.append(0, Some("x")));
        let batch = columns.take().unwrap().unwrap();
        assert_eq!(batch.num_rows(), 2);
        assert_eq!(batch.column(0).null_count(), 1);
        assert!(columns.take().unwrap().is_none());
    }

    #[test]
    fn moments_take_their_columns_unit_and_zone() {
        let utc = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let mut columns = one(utc.clone());
        assert!(columns.append(0, Some("1970-01-01T00:00:01.5Z")));
        columns.end_row();
        let batch = columns.take().unwrap().unwrap();
        assert_eq!(batch.column(0).data_type(), &utc);
        assert_eq!(
            batch
                .column(0)
                .as_primitive::<TimestampMillisecondType>()
                .value(0),
            1_500
        );
        assert!(!one(utc).append(0, Some("1970-01-01T00:00:01.5")));
    }

    #[test]
    fn batches_end_by_rows_and_by_bytes() {
        let mut columns = one(DataType::Utf8);
        for _ in 1..BATCH_ROWS {
            columns.append(0, Some("x"));
            assert!(!columns.end_row());
        }
        columns.append(0, Some("x"));
        assert!(columns.end_row());
        let mut columns = one(DataType::Utf8);
        columns.append(0, Some(&"x".repeat(BATCH_BYTES)));
        assert!(columns.end_row());
    }
}
