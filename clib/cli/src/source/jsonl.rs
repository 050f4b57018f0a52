//! JSON lines: one object per line, a column for every key.
//!
//! Values are taken as they are written, not by way of a double, so that no digit of a number is
//! lost; this is why `arrow-json`, which infers `Float64` for large integers, is not used to read.
//! A column of one kind has its type; dates and timestamps are strings that are nothing else; what
//! is mixed or nested is kept as text, nested values as the JSON they were.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::Columns;
use super::infer::Guess;
use super::{BUFFER, Batches, Source, TextOptions};
use crate::failure::{Failure, Result};
use crate::human;
use crate::progress::Progress;

/// Finds the columns and their types, by reading the input once, and opens it for its rows.
pub(crate) fn open(source: Source, options: TextOptions) -> Result<Box<dyn Batches>> {
    let progress = source.progress("scanning");
    let mut lines = Lines::start(&source, &progress)?;
    let mut keys = Keys::default();
    let mut guesses: Vec<Guess> = Vec::new();
    let mut filled: Vec<u64> = Vec::new();
    let limit = options.infer_rows.unwrap_or(u64::MAX);
    while lines.row < limit && lines.next(&source)? {
        for (key, value) in lines.members(&source)? {
            let index = keys.number(&key);
            if index == guesses.len() {
                guesses.push(Guess::default());
                filled.push(0);
            }
            if let Some(last) = filled.get_mut(index)
                && std::mem::replace(last, lines.row) == lines.row
            {
                return Err(lines.fail(&source, format!("the key `{key}` is there twice")));
            }
            if let Some(guess) = guesses.get_mut(index) {
                see(guess, value, &options).map_err(|what| lines.fail(&source, what))?;
            }
        }
        if lines.row.is_multiple_of(8_192) {
            progress.rows(lines.row);
        }
    }
    progress.finish();
    if let Some((earlier, later)) = super::duplicate(&keys.names) {
        let name = |index: usize| keys.names.get(index).map_or("", String::as_str);
        return Err(source.fail(format!(
            "the keys `{}` and `{}` would be one column (SQLite does not tell upper from lower case)",
            name(earlier),
            name(later)
        )));
    }
    if keys.names.is_empty() {
        return Err(source.fail(if lines.row == 0 {
            "the file is empty: without a row there are no columns"
        } else {
            "no row has a key: there are no columns"
        }));
    }
    let fields: Vec<Field> = keys
        .names
        .iter()
        .zip(&guesses)
        .map(|(name, guess)| Field::new(name, guess.data_type(), true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let progress = source.progress("loading");
    let lines = Lines::start(&source, &progress)?;
    Ok(Box::new(Rows {
        columns: Columns::new(Arc::clone(&schema)),
        schema,
        keys,
        lines,
        source,
        options,
        progress,
    }))
}

/// The second reading.
struct Rows {
    schema: SchemaRef,
    columns: Columns,
    keys: Keys,
    lines: Lines,
    source: Source,
    options: TextOptions,
    progress: Progress,
}

impl Batches for Rows {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.lines.next(&self.source)? {
            let mut values: Vec<Option<Cow<'_, str>>> = vec![None; self.keys.names.len()];
            for (key, value) in self.lines.members(&self.source)? {
                let slot = self.keys.find(&key).and_then(|index| values.get_mut(index));
                let Some(slot) = slot else {
                    return Err(self.lines.fail(
                        &self.source,
                        format!(
                            "the key `{key}` is not in the first {} rows, which chose the columns; \
                             leave --infer-rows out",
                            human::count(self.options.infer_rows.unwrap_or_default())
                        ),
                    ));
                };
                if slot.is_some() {
                    return Err(self
                        .lines
                        .fail(&self.source, format!("the key `{key}` is there twice")));
                }
                *slot = text(value, &self.options)
                    .map_err(|what| self.lines.fail(&self.source, what))?;
            }
            for (index, value) in values.iter().enumerate() {
                if !self.columns.append(index, value.as_deref()) {
                    return Err(misfit(
                        &self.lines,
                        &self.source,
                        &self.schema,
                        index,
                        value.as_deref().unwrap_or_default(),
                    ));
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

/// A value that a column typed by its first rows cannot hold.
fn misfit(lines: &Lines, source: &Source, schema: &Schema, index: usize, text: &str) -> Failure {
    let (name, data_type) = match schema.fields().get(index) {
        Some(field) => (field.name().as_str(), field.data_type().to_string()),
        None => ("?", "?".to_owned()),
    };
    lines.fail(
        source,
        format!(
            "column `{name}`: `{}` does not fit {data_type}, the type of the first rows; \
             leave --infer-rows out",
            human::preview(text)
        ),
    )
}

/// Tells a guess of one value.
fn see(guess: &mut Guess, value: &RawValue, options: &TextOptions) -> Result<(), String> {
    match kind(value) {
        Kind::Null => {}
        Kind::Boolean => guess.see_boolean(),
        Kind::Number => guess.see_number(value.get().as_bytes()),
        Kind::String => {
            if let Some(text) = text(value, options)? {
                guess.see_string(text.as_bytes());
            }
        }
        Kind::Nested => guess.see_text(),
    }
    Ok(())
}

/// A value's text: what a string says, and of everything else the JSON itself.
fn text<'a>(value: &'a RawValue, options: &TextOptions) -> Result<Option<Cow<'a, str>>, String> {
    let raw = value.get();
    match kind(value) {
        Kind::Null => Ok(None),
        Kind::String => {
            let plain = raw
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .filter(|inner| !inner.contains('\\'));
            let text = match plain {
                Some(plain) => Cow::Borrowed(plain),
                None => Cow::Owned(serde_json::from_str::<String>(raw).map_err(reason)?),
            };
            Ok((!options.is_null(&text)).then_some(text))
        }
        _ => Ok(Some(Cow::Borrowed(raw))),
    }
}

enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Nested,
}

/// Valid JSON tells its kind by its first byte.
fn kind(value: &RawValue) -> Kind {
    match value.get().as_bytes().first() {
        None | Some(b'n') => Kind::Null,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'"') => Kind::String,
        Some(b'{' | b'[') => Kind::Nested,
        Some(_) => Kind::Number,
    }
}

/// The columns' names, in the order in which they first came.
#[derive(Default)]
struct Keys {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Keys {
    fn find(&self, key: &str) -> Option<usize> {
        self.numbers.get(key).copied()
    }

    fn number(&mut self, key: &str) -> usize {
        if let Some(number) = self.find(key) {
            return number;
        }
        let number = self.names.len();
        self.names.push(key.to_owned());
        self.numbers.insert(key.to_owned(), number);
        number
    }
}

/// A pass over the lines; blank ones are skipped.
struct Lines {
    text: BufReader<Box<dyn Read>>,
    buffer: Vec<u8>,
    /// Rows read so far; the one in `buffer` has this number, counted from 1.
    row: u64,
    /// And this is its line.
    line: u64,
}

impl Lines {
    fn start(source: &Source, progress: &Progress) -> Result<Self> {
        Ok(Lines {
            text: BufReader::with_capacity(BUFFER, source.text(progress)?),
            buffer: Vec::new(),
            row: 0,
            line: 0,
        })
    }

    fn next(&mut self, source: &Source) -> Result<bool> {
        loop {
            self.buffer.clear();
            let length = self
                .text
                .read_until(b'\n', &mut self.buffer)
                .map_err(|error| source.fail_io(&error))?;
            if length == 0 {
                return Ok(false);
            }
            self.line += 1;
            if self.line == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.buffer.drain(..3);
            }
            if !self.buffer.trim_ascii().is_empty() {
                self.row += 1;
                return Ok(true);
            }
        }
    }

    /// The keys and values of the current line's object.
    fn members(&self, source: &Source) -> Result<Vec<(Cow<'_, str>, &RawValue)>> {
        let text = std::str::from_utf8(&self.buffer).map_err(|error| {
            let at = error.valid_up_to();
            let byte = self.buffer.get(at).copied().unwrap_or_default();
            self.fail(
                source,
                format!(
                    "not valid UTF-8: byte {} of the line is 0x{byte:02x}; convert the file to UTF-8",
                    at + 1
                ),
            )
        })?;
        serde_json::from_str::<Members<'_>>(text)
            .map(|members| members.0)
            .map_err(|error| self.fail(source, reason(error)))
    }

    fn fail(&self, source: &Source, what: impl fmt::Display) -> Failure {
        source.fail(format!("row {} (line {}): {what}", self.row, self.line))
    }
}

/// serde_json's message, in which the line is always 1: only the column is worth telling.
#[expect(clippy::needless_pass_by_value, reason = "shape of map_err")]
fn reason(error: serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{what} at column {}", error.column()),
        None => text,
    }
}

/// An object's members in their order, values unparsed.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object (one per line)")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Vec<(String, String)> {
        serde_json::from_str::<Members<'_>>(text)
            .unwrap()
            .0
            .into_iter()
            .map(|(key, value)| (key.into_owned(), value.get().to_owned()))
            .collect()
    }

    #[test]
    fn members_keep_order_duplicates_and_digits() {
        assert_eq!(
            members(r#"{"b": 1.50, "a\n": [1, 2], "b": "x"}"#),
            [("b", "1.50"), ("a\n", "[1, 2]"), ("b", "\"x\"")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn messages_have_no_line_of_their_own() {
        let error = serde_json::from_str::<Members<'_>>("[1]")
            .map(|_| ())
            .unwrap_err();
        assert_eq!(
            reason(error),
            "invalid type: sequence, expected an object (one per line) at column 0"
        );
    }
}
