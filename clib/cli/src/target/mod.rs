//! What `export` writes to: a file that appears whole or not at all, or standard output.

mod writer;

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::write::GzEncoder;
use tempfile::TempPath;

pub(crate) use self::writer::{BatchWriter, TextOptions, WriteError};
use crate::database;
use crate::failure::{self, Failure, Result};
use crate::format::{self, Compression};

const BUFFER: usize = 256 * 1024;

/// Where the bytes go, and what became of them.
pub(crate) struct Target {
    subject: String,
    place: Place,
    /// The error that a write ended with: the formats' writers keep only its text, or less.
    broken: Arc<Mutex<Option<io::Error>>>,
}

enum Place {
    /// Standard output, or what is no regular file (`/dev/null`, a named pipe).
    Direct,
    /// A temporary file, and the name it gets at the end.
    File { part: TempPath, path: PathBuf },
}

impl Target {
    /// Opens the target; a file that is there stays as it is until [`Target::finish`].
    pub(crate) fn create(path: &Path, compression: Compression) -> Result<(Self, Encoder)> {
        let broken = Arc::new(Mutex::new(None));
        let standard = format::is_standard(path);
        let subject = if standard {
            "standard output".to_owned()
        } else {
            failure::show(path)
        };
        let fail = |error: io::Error| {
            Failure::about(&subject, format!("cannot write: {}", failure::io(&error)))
        };
        let (place, raw) = if standard {
            (Place::Direct, Raw::Standard(io::stdout()))
        } else {
            // A symbolic link stays one: what it points to is replaced.
            let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            match std::fs::metadata(&path) {
                Ok(there) if there.is_dir() => {
                    return Err(Failure::about(&subject, "is a directory"));
                }
                Ok(there) if !there.is_file() => {
                    let file = OpenOptions::new().write(true).open(&path).map_err(fail)?;
                    (Place::Direct, Raw::File(file))
                }
                there => {
                    let (file, part) = database::part_beside(&path).map_err(fail)?.into_parts();
                    if let Ok(there) = there {
                        // Best effort: not every file system has permissions.
                        let _ = file.set_permissions(there.permissions());
                    }
                    (Place::File { part, path }, Raw::File(file))
                }
            }
        };
        let sink = BufWriter::with_capacity(
            BUFFER,
            Sink {
                raw,
                broken: Arc::clone(&broken),
            },
        );
        let encoder = match compression {
            Compression::None => Encoder::Plain(sink),
            Compression::Gzip => {
                Encoder::Gzip(GzEncoder::new(sink, flate2::Compression::default()))
            }
            Compression::Zstd => Encoder::Zstd(
                zstd::Encoder::new(sink, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(fail)?,
            ),
        };
        let target = Target {
            subject,
            place,
            broken,
        };
        Ok((target, encoder))
    }

    /// Whether the rows go to standard output (or a device), so that nothing else should.
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self.place, Place::Direct)
    }

    /// Ends the output: whatever is buffered is written, and a file gets its name. Gives its size.
    pub(crate) fn finish(self, encoder: Encoder) -> Result<Option<u64>> {
        let raw = encoder.finish().map_err(|error| self.fail(error))?;
        let Target { subject, place, .. } = self;
        let (Place::File { part, path }, Raw::File(file)) = (place, raw) else {
            return Ok(None);
        };
        let fail = |error: io::Error| Failure::about(&subject, failure::io(&error));
        file.sync_all().map_err(fail)?;
        let size = file.metadata().map_err(fail)?.len();
        drop(file);
        part.persist(&path).map_err(|error| fail(error.error))?;
        Ok(Some(size))
    }

    /// Why writing failed; `seen` is what the format's writer says, for want of better.
    pub(crate) fn fail(&self, seen: impl Display) -> Failure {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        match &*broken {
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe && self.is_direct() => {
                Failure::ReaderGone
            }
            Some(error) => Failure::about(&self.subject, failure::io(error)),
            None => Failure::about(&self.subject, seen),
        }
    }
}

/// The file, and the compression around the format.
pub(crate) enum Encoder {
    Plain(BufWriter<Sink>),
    Gzip(GzEncoder<BufWriter<Sink>>),
    Zstd(zstd::Encoder<'static, BufWriter<Sink>>),
}

impl Encoder {
    fn finish(self) -> io::Result<Raw> {
        let mut buffered = match self {
            Encoder::Plain(sink) => sink,
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Zstd(encoder) => encoder.finish()?,
        };
        buffered.flush()?;
        let sink = buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(sink.raw)
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Encoder::Plain(inner) => inner.write(bytes),
            Encoder::Gzip(inner) => inner.write(bytes),
            Encoder::Zstd(inner) => inner.write(bytes),
        }
    }

    /// Not passed on where it would cost compression: [`Encoder::finish`] flushes.
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Encoder::Plain(inner) => inner.flush(),
            Encoder::Gzip(_) | Encoder::Zstd(_) => Ok(()),
        }
    }
}

/// Writes, and remembers the error.
pub(crate) struct Sink {
    raw: Raw,
    broken: Arc<Mutex<Option<io::Error>>>,
}

enum Raw {
    Standard(io::Stdout),
    File(File),
}

impl Sink {
    fn remember<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                let copy = match error.raw_os_error() {
                    Some(number) => io::Error::from_raw_os_error(number),
                    None => io::Error::new(error.kind(), error.to_string()),
                };
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(copy);
            }
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &mut self.raw {
            Raw::Standard(output) => output.write(bytes),
            Raw::File(file) => file.write(bytes),
        };
        self.remember(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.raw {
            Raw::Standard(output) => output.flush(),
            Raw::File(file) => file.flush(),
        };
        self.remember(result)
    }
}
