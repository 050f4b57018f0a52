//! Arrow and Parquet, which come as batches.

use std::io::{BufReader, Read, Seek};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{BUFFER, Batches, Source};
use crate::failure::Result;
use crate::progress::Progress;

/// What an Arrow IPC file begins with; a stream begins with a message's length.
const FILE_MAGIC: &[u8; 6] = b"ARROW1";
/// Rows per batch read from Parquet; Arrow's batches are as they were written.
const BATCH_ROWS: usize = 8_192;

/// Opens an Arrow IPC file or stream, whichever it is.
pub(crate) fn open_arrow(source: Source) -> Result<Box<dyn Batches>> {
    let progress = source.progress("loading");
    let mut input = BufReader::with_capacity(BUFFER, source.raw(&progress)?);
    let mut start = [0; FILE_MAGIC.len()];
    // Shorter than the magic is no Arrow at all, which the reader of streams says best.
    let is_file = input.read_exact(&mut start).is_ok() && start == *FILE_MAGIC;
    input.rewind().map_err(|error| source.fail_io(&error))?;
    let reader: Box<dyn RecordBatchReader> = if is_file {
        Box::new(FileReader::try_new(input, None).map_err(|error| source.fail(error))?)
    } else {
        Box::new(StreamReader::try_new(input, None).map_err(|error| source.fail(error))?)
    };
    Ok(Box::new(Columnar {
        reader,
        source,
        progress,
        counts_rows: false,
    }))
}

/// Opens a Parquet file.
pub(crate) fn open_parquet(source: Source) -> Result<Box<dyn Batches>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(source.rewound()?)
        .map_err(|error| source.fail(error))?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).ok();
    let reader = builder
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| source.fail(error))?;
    let progress = Progress::over_rows(source.quiet, "loading", rows);
    Ok(Box::new(Columnar {
        reader: Box::new(reader),
        source,
        progress,
        counts_rows: true,
    }))
}

struct Columnar {
    reader: Box<dyn RecordBatchReader>,
    source: Source,
    progress: Progress,
    /// Whether the progress line counts rows and not bytes.
    counts_rows: bool,
}

impl Batches for Columnar {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(batch) = self.reader.next() else {
            return Ok(None);
        };
        let batch = batch.map_err(|error| self.source.fail(error))?;
        if self.counts_rows {
            self.progress
                .advance(u64::try_from(batch.num_rows()).unwrap_or(u64::MAX));
        }
        Ok(Some(batch))
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}
