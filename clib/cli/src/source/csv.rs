//! CSV and TSV.
//!
//! Fields are split by the `csv` crate and typed here. Not by `arrow-csv`'s reader, which checks a
//! batch's bytes as UTF-8 after joining its fields, so that a character cut in two by a delimiter
//! passes and becomes two invalid strings; and which knows rows but not lines.

use std::io::Read;
use std::sync::Arc;

use ::csv::{ByteRecord, ErrorKind, ReaderBuilder, StringRecord};
use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};

use super::columns::Columns;
use super::infer::Guess;
use super::{BUFFER, Batches, Source, TextOptions};
use crate::failure::{Failure, Result};
use crate::human;
use crate::progress::Progress;

/// Finds the columns' types, by reading the input once, and opens it for its rows.
pub(crate) fn open(source: Source, options: TextOptions) -> Result<Box<dyn Batches>> {
    let progress = source.progress("scanning");
    let mut scan = Scan::start(&source, &options, &progress)?;
    let mut guesses = vec![Guess::default(); scan.names.len()];
    let limit = options.infer_rows.unwrap_or(u64::MAX);
    while scan.row < limit && scan.next(&source)? {
        for (guess, text) in guesses.iter_mut().zip(&scan.record) {
            if !options.is_null(text) {
                guess.see_any(text.as_bytes());
            }
        }
        if scan.row.is_multiple_of(8_192) {
            progress.rows(scan.row);
        }
    }
    progress.finish();
    let fields: Vec<Field> = scan
        .names
        .iter()
        .zip(&guesses)
        .map(|(name, guess)| Field::new(name, guess.data_type(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));

    let progress = source.progress("loading");
    let scan = Scan::start(&source, &options, &progress)?;
    Ok(Box::new(Rows {
        columns: Columns::new(Arc::clone(&schema)),
        schema,
        scan,
        source,
        options,
        progress,
    }))
}

impl TextOptions {
    /// Whether a field's text means NULL.
    pub(super) fn is_null(&self, text: &str) -> bool {
        self.nulls.iter().any(|null| null == text)
    }
}

/// The second reading.
struct Rows {
    schema: SchemaRef,
    columns: Columns,
    scan: Scan,
    source: Source,
    options: TextOptions,
    progress: Progress,
}

impl Batches for Rows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.scan.next(&self.source)? {
            for (index, text) in self.scan.record.iter().enumerate() {
                let value = (!self.options.is_null(text)).then_some(text);
                if !self.columns.append(index, value) {
                    return Err(self.misfit(index, text));
                }
            }
            if self.columns.end_row() {
                break;
            }
        }
        self.columns.take().map_err(|error| self.source.fail(error))
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

impl Rows {
    /// A value that a column typed by its first rows cannot hold.
    fn misfit(&self, index: usize, text: &str) -> Failure {
        let (name, data_type) = match self.schema.fields().get(index) {
            Some(field) => (field.name().as_str(), field.data_type().to_string()),
            None => ("?", "?".to_owned()),
        };
        self.scan.fail(
            &self.source,
            format!(
                "column `{name}`: `{}` does not fit {data_type}, the type of the first {} rows; \
                 leave --infer-rows out, or name a text that means NULL with --null",
                human::preview(text),
                human::count(self.options.infer_rows.unwrap_or(self.scan.row)),
            ),
        )
    }
}

/// A pass over the records.
struct Scan {
    reader: ::csv::Reader<Tail<Box<dyn Read>>>,
    names: Vec<String>,
    record: StringRecord,
    /// Data rows read so far; the one in `record` has this number, counted from 1.
    row: u64,
    /// Where in the text `record` begins, line breaks before it included.
    start: u64,
    /// A first row that is data, not header.
    first: Option<StringRecord>,
    delimiter: u8,
    header: bool,
}

impl Scan {
    fn start(source: &Source, options: &TextOptions, progress: &Progress) -> Result<Self> {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(options.delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Tail::new(source.text(progress)?));
        let mut scan = Scan {
            reader,
            names: Vec::new(),
            record: StringRecord::new(),
            row: 0,
            start: 0,
            first: None,
            delimiter: options.delimiter,
            header: options.header,
        };
        if !scan.read(source)? {
            return Err(source.fail("the file is empty: it has not even a header row"));
        }
        let first = std::mem::take(&mut scan.record);
        if options.header {
            scan.names = first.iter().map(str::to_owned).collect();
            if let Some((earlier, later)) = super::duplicate(&scan.names) {
                let name = first.get(later).unwrap_or_default();
                return Err(source.fail(format!(
                    "columns {} and {} have the same name `{name}` (SQLite does not tell upper from lower case)",
                    earlier + 1,
                    later + 1,
                )));
            }
        } else {
            scan.names = (1..=first.len()).map(|n| format!("column{n}")).collect();
            scan.first = Some(first);
        }
        Ok(scan)
    }

    /// Reads the next row into `record`; `false` at the end.
    fn next(&mut self, source: &Source) -> Result<bool> {
        if let Some(first) = self.first.take() {
            self.record = first;
            self.row = 1;
            return Ok(true);
        }
        self.row += 1;
        if !self.read(source)? {
            self.row -= 1;
            return Ok(false);
        }
        if self.record.len() != self.names.len() {
            return Err(self.fail(
                source,
                format!(
                    "{}, but {} {}",
                    human::plural(count(self.record.len()), "field", "fields"),
                    if self.header {
                        "the header has"
                    } else {
                        "row 1 has"
                    },
                    self.names.len()
                ),
            ));
        }
        Ok(true)
    }

    /// Reads one record, checks that it is UTF-8 and, if it is the last, that its quotes are closed.
    fn read(&mut self, source: &Source) -> Result<bool> {
        let mut bytes: ByteRecord = std::mem::take(&mut self.record).into_byte_record();
        self.start = self.reader.position().byte();
        let more = match self.reader.read_byte_record(&mut bytes) {
            Ok(more) => more,
            Err(error) => {
                return Err(match error.into_kind() {
                    ErrorKind::Io(error) => source.fail_io(&error),
                    other => source.fail(format!("{other:?}")),
                });
            }
        };
        if !more {
            return Ok(false);
        }
        match StringRecord::from_byte_record(bytes) {
            Ok(record) => self.record = record,
            Err(error) => {
                let field = error.utf8_error().field();
                let valid = error.utf8_error().valid_up_to();
                let record = error.into_byte_record();
                let byte = record.get(field).and_then(|text| text.get(valid).copied());
                return Err(self.fail(
                    source,
                    format!(
                        "column {}is not valid UTF-8: byte {} of the field is 0x{:02x}; convert the file to UTF-8",
                        match self.names.get(field) {
                            Some(name) => format!("`{name}` "),
                            None => format!("{} ", field + 1),
                        },
                        valid + 1,
                        byte.unwrap_or_default(),
                    ),
                ));
            }
        }
        if self.reader.get_ref().ended && self.ends_in_quotes(source)? {
            return Err(self.fail(
                source,
                "a quoted field is not closed before the end of the file",
            ));
        }
        Ok(true)
    }

    /// Whether the record read last, which the end of the input ended, lacks a closing quote.
    fn ends_in_quotes(&self, source: &Source) -> Result<bool> {
        if let Some(raw) = self.reader.get_ref().since(self.start) {
            return Ok(in_quotes(raw, self.delimiter));
        }
        // A record longer than the tail that was kept: read again.
        let mut text = source.text(&Progress::over_bytes(true, "", None))?;
        let mut rest = Vec::new();
        std::io::copy(&mut text.by_ref().take(self.start), &mut std::io::sink())
            .and_then(|_| text.read_to_end(&mut rest))
            .map_err(|error| source.fail_io(&error))?;
        Ok(in_quotes(&rest, self.delimiter))
    }

    /// An error in the current row, with its number and the line it begins on.
    fn fail(&self, source: &Source, what: impl std::fmt::Display) -> Failure {
        let place = if self.row == 0 {
            "header".to_owned()
        } else {
            format!("row {}", self.row)
        };
        match line_at(source, self.start) {
            Ok(line) => source.fail(format!("{place} (line {line}): {what}")),
            Err(_) => source.fail(format!("{place}: {what}")),
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The line of the first byte at or after `start` that is no line break, counted from 1.
///
/// The `csv` crate's own line numbers are one short after CRLF and do not count blank lines.
fn line_at(source: &Source, start: u64) -> Result<u64> {
    let progress = Progress::over_bytes(true, "", None);
    let mut text = std::io::BufReader::new(source.text(&progress)?);
    let mut line = 1;
    let mut position = 0;
    let mut byte = [0; 1];
    while let Ok(1) = text.read(&mut byte) {
        let [byte] = byte;
        if position >= start && byte != b'\n' && byte != b'\r' {
            break;
        }
        if byte == b'\n' {
            line += 1;
        }
        position += 1;
    }
    Ok(line)
}

/// Whether the end of `raw`, a record's bytes, lies inside a quoted field.
fn in_quotes(raw: &[u8], delimiter: u8) -> bool {
    enum At {
        Start,
        Plain,
        Quoted,
        QuoteInQuoted,
    }
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let mut at = At::Start;
    for &byte in raw {
        let ends = byte == delimiter || byte == b'\n' || byte == b'\r';
        at = match at {
            At::Start if byte == b'"' => At::Quoted,
            At::Quoted if byte == b'"' => At::QuoteInQuoted,
            At::Quoted => At::Quoted,
            At::QuoteInQuoted if byte == b'"' => At::Quoted,
            _ if ends => At::Start,
            _ => At::Plain,
        };
    }
    matches!(at, At::Quoted)
}

/// A reader that remembers the last bytes it gave.
struct Tail<R> {
    inner: R,
    kept: Vec<u8>,
    total: u64,
    /// Whether the input's end was seen, so that what is read from it now ends with it.
    ended: bool,
}

impl<R> Tail<R> {
    fn new(inner: R) -> Self {
        Tail {
            inner,
            kept: Vec::new(),
            total: 0,
            ended: false,
        }
    }

    /// The bytes from `position` on, if they are all kept.
    fn since(&self, position: u64) -> Option<&[u8]> {
        let length = usize::try_from(self.total.checked_sub(position)?).ok()?;
        let from = self.kept.len().checked_sub(length)?;
        self.kept.get(from..)
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let given = buffer.get(..length).unwrap_or_default();
        if length == 0 {
            self.ended = true;
        } else {
            if self.kept.len() + length > 2 * BUFFER {
                self.kept.drain(..self.kept.len().saturating_sub(BUFFER));
            }
            self.kept.extend_from_slice(given);
            self.total += count(length);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_quotes_are_found() {
        for (raw, open) in [
            (&b"a,b\n"[..], false),
            (b"a,\"b\"", false),
            (b"a,\"b", true),
            (b"a,\"b\n", true),
            (b"a,\"b\"\"", true),
            (b"a,\"b\"\"\"", false),
            (b"a\"b,c", false),
            (b"\xef\xbb\xbf\"a", true),
            (b"\"a\"x\"", false),
        ] {
            assert_eq!(in_quotes(raw, b','), open, "{raw:?}");
        }
    }

    #[test]
    fn the_tail_is_kept() {
        let mut tail = Tail::new(&b"abcdef"[..]);
        let mut buffer = [0; 4];
        assert_eq!(tail.read(&mut buffer).unwrap(), 4);
        assert_eq!(tail.read(&mut buffer).unwrap(), 2);
        assert_eq!(tail.read(&mut buffer).unwrap(), 0);
        assert_eq!(tail.since(1), Some(&b"bcdef"[..]));
        assert_eq!(tail.since(6), Some(&b""[..]));
        assert_eq!(tail.since(7), None);
    }
}
