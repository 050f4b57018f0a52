//! What `import` reads: a file or standard input, as batches.
//!
//! Text formats are read twice, once to find the narrowest type that holds each column and once to
//! build the batches, and the binary ones seek; so what can be read only once is copied to a
//! temporary file first.

mod columnar;
mod columns;
mod csv;
mod infer;
mod jsonl;
mod pipe;
mod value;

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::failure::{self, Failure, Result};
use crate::format::{self, Compression, Format};
use crate::interrupt::{Interrupt, Interruptible};
use crate::progress::Progress;

/// Large enough that a system call and a look at the interrupt flag do not count.
const BUFFER: usize = 256 * 1024;

/// The rows of a file.
pub(crate) trait Batches {
    /// The columns of every batch.
    fn schema(&self) -> SchemaRef;
    /// The next batch, `None` after the last.
    fn next(&mut self) -> Result<Option<RecordBatch>>;
    /// The progress line that reading moves.
    fn progress(&self) -> &Progress;
}

/// How text is to be understood.
#[derive(Debug)]
pub(crate) struct TextOptions {
    /// The field texts that mean NULL.
    pub(crate) nulls: Vec<String>,
    pub(crate) delimiter: u8,
    pub(crate) header: bool,
    /// How many rows decide the columns' types; all of them if `None`.
    pub(crate) infer_rows: Option<u64>,
}

/// An opened input that can be read from its beginning any number of times.
pub(crate) struct Source {
    subject: String,
    file: File,
    size: u64,
    compression: Compression,
    interrupt: Interrupt,
    quiet: bool,
}

impl Source {
    /// Opens a file, or copies standard input (and what else cannot be read twice) to a temporary
    /// file.
    pub(crate) fn open(
        path: &Path,
        compression: Compression,
        interrupt: &Interrupt,
        quiet: bool,
    ) -> Result<Self> {
        let standard = format::is_standard(path);
        let subject = subject(path);
        let fail = |error: io::Error| Failure::about(&subject, failure::io(&error));
        let (file, compression) = if standard {
            let mut file = pipe::spool(io::stdin(), &subject, interrupt, quiet)?;
            let mut start = [0; 4];
            let length = file.read(&mut start).map_err(fail)?;
            (
                file,
                Compression::sniff(start.get(..length).unwrap_or_default()),
            )
        } else {
            let kind = std::fs::metadata(path).map_err(fail)?;
            if kind.is_dir() {
                return Err(Failure::about(&subject, "is a directory"));
            }
            let file = File::open(path).map_err(fail)?;
            if kind.is_file() {
                (file, compression)
            } else {
                (pipe::spool(file, &subject, interrupt, quiet)?, compression)
            }
        };
        let size = file.metadata().map_err(fail)?.len();
        Ok(Source {
            subject,
            file,
            size,
            compression,
            interrupt: interrupt.clone(),
            quiet,
        })
    }

    /// The input's rows. For text this reads the whole input once.
    pub(crate) fn batches(self, format: Format, options: TextOptions) -> Result<Box<dyn Batches>> {
        match format {
            Format::Csv | Format::Tsv => csv::open(self, options),
            Format::Jsonl => jsonl::open(self, options),
            Format::Arrow | Format::Arrows => columnar::open_arrow(self),
            Format::Parquet => columnar::open_parquet(self),
        }
    }

    /// How many bytes the input has, compressed as it is.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// An error that concerns the whole input.
    fn fail(&self, what: impl Display) -> Failure {
        Failure::about(&self.subject, what)
    }

    /// An error of the operating system, or of the decompressor.
    fn fail_io(&self, error: &io::Error) -> Failure {
        let what = failure::io(error);
        match self.compression {
            Compression::None => self.fail(what),
            Compression::Gzip => self.fail(format!("cannot decompress (gzip): {what}")),
            Compression::Zstd => self.fail(format!("cannot decompress (zstd): {what}")),
        }
    }

    fn progress(&self, doing: &'static str) -> Progress {
        Progress::over_bytes(self.quiet, doing, Some(self.size))
    }

    /// The file, at its beginning.
    fn rewound(&self) -> Result<File> {
        let rewound = || {
            let mut file = self.file.try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        rewound().map_err(|error| self.fail_io(&error))
    }

    /// The file from its beginning, counted.
    fn raw(&self, progress: &Progress) -> Result<Counted> {
        Ok(Interruptible {
            inner: Counter {
                file: self.rewound()?,
                progress: progress.clone(),
            },
            interrupt: self.interrupt.clone(),
        })
    }

    /// The text from its beginning, decompressed.
    fn text(&self, progress: &Progress) -> Result<Box<dyn Read>> {
        let raw = BufReader::with_capacity(BUFFER, self.raw(progress)?);
        Ok(match self.compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(raw)),
            Compression::Zstd => {
                let decoder = zstd::Decoder::with_buffer(raw);
                Box::new(decoder.map_err(|error| self.fail_io(&error))?)
            }
        })
    }
}

/// How messages call a path.
pub(crate) fn subject(path: &Path) -> String {
    if format::is_standard(path) {
        "standard input".to_owned()
    } else {
        failure::show(path)
    }
}

/// A file that moves the progress line as it is read.
struct Counter {
    file: File,
    progress: Progress,
}

/// What the decoders read from.
type Counted = Interruptible<Counter>;

impl Read for Counter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        // usize is at most 64 bits wide on every platform Rust has.
        self.progress
            .advance(u64::try_from(length).unwrap_or(u64::MAX));
        Ok(length)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.file.seek(to)
    }
}

/// The first two columns whose names SQLite takes for one: it compares ASCII letters without case.
fn duplicate(names: &[String]) -> Option<(usize, usize)> {
    let mut seen = std::collections::HashMap::new();
    for (later, name) in names.iter().enumerate() {
        if let Some(earlier) = seen.insert(name.to_ascii_lowercase(), later) {
            return Some((earlier, later));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_sqlite_does() {
        let names = |list: &[&str]| list.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
        assert_eq!(duplicate(&names(&["a", "b", "A"])), Some((0, 2)));
        assert_eq!(duplicate(&names(&["é", "É"])), None);
    }
}
