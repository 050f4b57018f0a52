//! Batches, written in each format.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowTimestampType, Float32Type, Float64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_json::LineDelimitedWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as ParquetCompression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::Encoder;
use crate::failure::{Failure, Result};
use crate::format::Format;

/// A row group is kept in memory until it is whole: it ends at whichever comes first.
const ROW_GROUP_ROWS: usize = 128 * 1024;
const ROW_GROUP_BYTES: usize = 16 << 20;

/// How text is to be written.
#[derive(Debug)]
pub(crate) struct TextOptions {
    /// What CSV has for NULL.
    pub(crate) null: String,
    pub(crate) delimiter: u8,
}

/// The writer of one format.
pub(crate) enum BatchWriter {
    Csv(Box<arrow_csv::Writer<Encoder>>),
    Jsonl(Box<LineDelimitedWriter<Encoder>>),
    Arrow(Box<FileWriter<Encoder>>),
    Arrows(Box<StreamWriter<Encoder>>),
    Parquet(Box<ArrowWriter<Encoder>>),
}

/// What a writer says when it fails; the target knows more of input and output errors.
pub(crate) enum WriteError {
    Arrow(ArrowError),
    Parquet(ParquetError),
    /// A value that the format has no way to write.
    Value(Failure),
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WriteError::Arrow(error) => error.fmt(f),
            WriteError::Parquet(error) => error.fmt(f),
            WriteError::Value(failure) => failure.fmt(f),
        }
    }
}

impl From<ArrowError> for WriteError {
    fn from(error: ArrowError) -> Self {
        WriteError::Arrow(error)
    }
}

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        WriteError::Parquet(error)
    }
}

impl BatchWriter {
    /// Begins the output; what comes before the rows is written even if there are none.
    pub(crate) fn start(
        format: Format,
        schema: &SchemaRef,
        encoder: Encoder,
        options: &TextOptions,
    ) -> Result<Self, WriteError> {
        let mut writer = match format {
            Format::Csv | Format::Tsv => {
                let builder = arrow_csv::WriterBuilder::new()
                    .with_delimiter(options.delimiter)
                    .with_null(options.null.clone());
                BatchWriter::Csv(Box::new(builder.build(encoder)))
            }
            Format::Jsonl => {
                // Explicit, because a column of NULLs alone would be lost.
                let builder = arrow_json::WriterBuilder::new().with_explicit_nulls(true);
                BatchWriter::Jsonl(Box::new(builder.build(encoder)))
            }
            Format::Arrow => {
                BatchWriter::Arrow(Box::new(FileWriter::try_new(encoder, schema.as_ref())?))
            }
            Format::Arrows => {
                BatchWriter::Arrows(Box::new(StreamWriter::try_new(encoder, schema.as_ref())?))
            }
            Format::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(ParquetCompression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
                    .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
                    .build();
                let schema = Arc::clone(schema);
                BatchWriter::Parquet(Box::new(ArrowWriter::try_new(
                    encoder,
                    schema,
                    Some(properties),
                )?))
            }
        };
        if matches!(writer, BatchWriter::Csv(_)) {
            // The header.
            writer.write(&RecordBatch::new_empty(Arc::clone(schema)), 0)?;
        }
        Ok(writer)
    }

    /// Writes a batch that `rows_before` rows came before.
    pub(crate) fn write(
        &mut self,
        batch: &RecordBatch,
        rows_before: u64,
    ) -> Result<(), WriteError> {
        match self {
            BatchWriter::Csv(writer) => writer.write(&in_utc(batch)?)?,
            BatchWriter::Jsonl(writer) => {
                if let Some(failure) = not_in_json(batch, rows_before) {
                    return Err(WriteError::Value(failure));
                }
                writer.write(&in_utc(batch)?)?;
            }
            BatchWriter::Arrow(writer) => writer.write(batch)?,
            BatchWriter::Arrows(writer) => writer.write(batch)?,
            BatchWriter::Parquet(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Writes what comes after the rows, and gives the output back.
    pub(crate) fn finish(self) -> Result<Encoder, WriteError> {
        Ok(match self {
            BatchWriter::Csv(writer) => writer.into_inner(),
            BatchWriter::Jsonl(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            BatchWriter::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()?
            }
            BatchWriter::Arrows(mut writer) => {
                writer.finish()?;
                writer.into_inner()?
            }
            BatchWriter::Parquet(writer) => writer.into_inner()?,
        })
    }
}

/// JSON has no infinity and no NaN; `arrow-json` would write null.
fn not_in_json(batch: &RecordBatch, rows_before: u64) -> Option<Failure> {
    batch
        .schema_ref()
        .fields()
        .iter()
        .zip(batch.columns())
        .find_map(|(field, column)| {
            let (row, value) = match column.data_type() {
                DataType::Float64 => column
                    .as_primitive::<Float64Type>()
                    .iter()
                    .enumerate()
                    .find_map(|(row, value)| Some((row, value.filter(|v| !v.is_finite())?)))?,
                DataType::Float32 => column
                    .as_primitive::<Float32Type>()
                    .iter()
                    .enumerate()
                    .find_map(|(row, value)| {
                        Some((row, f64::from(value.filter(|v| !v.is_finite())?)))
                    })?,
                _ => return None,
            };
            let row = u64::try_from(row).unwrap_or_default() + rows_before + 1;
            Some(Failure::message(format!(
                "row {row}, column `{}`: JSON has no way to write {value}; \
                 use another format, or CAST the column AS TEXT",
                field.name()
            )))
        })
}

/// The same moments in UTC, for text: Arrow knows offsets without a table of zones, but no names.
fn in_utc(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<Arc<Field>> = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        match field.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                let column = match unit {
                    TimeUnit::Second => utc::<TimestampSecondType>(column),
                    TimeUnit::Millisecond => utc::<TimestampMillisecondType>(column),
                    TimeUnit::Microsecond => utc::<TimestampMicrosecondType>(column),
                    TimeUnit::Nanosecond => utc::<TimestampNanosecondType>(column),
                };
                let data_type = column.data_type().clone();
                fields.push(Arc::new(field.as_ref().clone().with_data_type(data_type)));
                columns.push(column);
            }
            _ => {
                fields.push(Arc::clone(field));
                columns.push(Arc::clone(column));
            }
        }
    }
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

fn utc<T: ArrowTimestampType>(column: &ArrayRef) -> ArrayRef {
    let column = column.as_primitive::<T>().clone();
    Arc::new(column.with_timezone("+00:00"))
}
