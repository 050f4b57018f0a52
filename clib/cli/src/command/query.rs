//! `clib query`: the rows of one statement, printed as SQLite holds them, each value with its own type.

use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use clib::{Row, ValueRef};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::args::{Common, Query, QueryFormat};
use crate::command::output_failed;
use crate::database::Database;
use crate::failure::{Failure, Result};
use crate::human;
use crate::interrupt::Interrupt;

/// How many bytes of a blob the formats for reading show.
const SHOWN_BYTES: usize = 32;

/// Runs the statement and prints its rows, or how many it changed.
pub(crate) fn run(query: &Query, common: &Common, interrupt: &Interrupt) -> Result<()> {
    let database = if query.write {
        Database::write(&query.db, common, interrupt)?
    } else {
        Database::read(&query.db, common, interrupt)?
    };
    let fail = |error| database.fail(error);
    let mut statement = database.connection.prepare(&query.sql).map_err(fail)?;
    if !query.write && !statement.is_readonly() {
        return Err(Failure::about(
            &database.subject,
            "the statement would change the database: --write permits it",
        ));
    }
    let names = statement.column_names();
    if names.is_empty() {
        let is_change = !statement.is_readonly();
        let changed = statement.execute(()).map_err(fail)?;
        if is_change && !common.quiet {
            eprintln!("{}", human::plural(changed, "row changed", "rows changed"));
        }
        return Ok(());
    }
    let mut printer = Printer::start(query.format, &names)?;
    let mut rows = statement.query(()).map_err(fail)?;
    let mut number = 0;
    while let Some(row) = rows.next().map_err(fail)? {
        interrupt.check()?;
        number += 1;
        printer
            .row(&row, &names)
            .map_err(|stop| stop.into_failure(&database.subject, number))?;
    }
    printer.finish()
}

/// Why a row could not be printed.
enum Stop {
    Output(io::Error),
    Value { column: String, why: String },
    Sqlite(clib::Error),
}

impl Stop {
    fn into_failure(self, database: &str, row: u64) -> Failure {
        match self {
            Stop::Output(error) => output_failed(&error),
            Stop::Value { column, why } => {
                Failure::about(database, format!("row {row}, column `{column}`: {why}"))
            }
            Stop::Sqlite(error) => crate::database::about(database, error),
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Output(error)
    }
}

impl From<::csv::Error> for Stop {
    fn from(error: ::csv::Error) -> Self {
        Stop::Output(csv_io(error))
    }
}

impl From<clib::Error> for Stop {
    fn from(error: clib::Error) -> Self {
        Stop::Sqlite(error)
    }
}

/// The rows on their way to standard output.
enum Printer {
    /// Kept until the end, because the widest value gives a column its width.
    Aligned {
        table: Box<Table>,
        is_markdown: bool,
    },
    Csv(Box<::csv::Writer<StdoutLock<'static>>>),
    Jsonl(BufWriter<StdoutLock<'static>>),
}

impl Printer {
    fn start(format: QueryFormat, names: &[String]) -> Result<Self> {
        let output = io::stdout().lock();
        Ok(match format {
            QueryFormat::Table => {
                let mut table = Table::new();
                table
                    .load_style(presets::UTF8_FULL_CONDENSED)
                    .set_header(names.iter().map(|name| visible(name)));
                // Only a terminal has a width to fit into.
                table.set_content_arrangement(if io::stdout().is_terminal() {
                    ContentArrangement::Dynamic
                } else {
                    ContentArrangement::Disabled
                });
                Printer::Aligned {
                    table: Box::new(table),
                    is_markdown: false,
                }
            }
            QueryFormat::Markdown => {
                let mut table = Table::new();
                table
                    .load_style(presets::ASCII_MARKDOWN)
                    .set_content_arrangement(ContentArrangement::Disabled)
                    .set_header(names.iter().map(|name| markdown(&visible(name))));
                Printer::Aligned {
                    table: Box::new(table),
                    is_markdown: true,
                }
            }
            QueryFormat::Csv => {
                let mut writer = ::csv::Writer::from_writer(output);
                writer
                    .write_record(names)
                    .map_err(|error| output_failed(&csv_io(error)))?;
                Printer::Csv(Box::new(writer))
            }
            QueryFormat::Jsonl => {
                let mut seen = HashSet::new();
                if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
                    return Err(Failure::message(format!(
                        "two columns are named `{name}`, which a JSON object cannot have: \
                         give one another name with AS"
                    )));
                }
                Printer::Jsonl(BufWriter::new(output))
            }
        })
    }

    fn row(&mut self, row: &Row<'_>, names: &[String]) -> Result<(), Stop> {
        match self {
            Printer::Aligned { table, is_markdown } => {
                let mut cells = Vec::with_capacity(names.len());
                for index in 0..names.len() {
                    let value = row.get_ref(index)?;
                    let mut text = readable(value);
                    if *is_markdown {
                        text = markdown(&text);
                    }
                    let cell = Cell::new(text);
                    cells.push(match value {
                        ValueRef::Integer(_) | ValueRef::Real(_) => {
                            cell.set_alignment(CellAlignment::Right)
                        }
                        _ => cell,
                    });
                }
                table.add_row(cells);
            }
            Printer::Csv(writer) => {
                for index in 0..names.len() {
                    match row.get_ref(index)? {
                        ValueRef::Null => writer.write_field("")?,
                        ValueRef::Integer(value) => writer.write_field(value.to_string())?,
                        ValueRef::Real(value) => writer.write_field(real(value))?,
                        ValueRef::Text(bytes) => writer.write_field(bytes)?,
                        ValueRef::Blob(bytes) => writer.write_field(hexadecimal(bytes))?,
                    }
                }
                writer.write_record(None::<&[u8]>)?;
            }
            Printer::Jsonl(output) => {
                let mut line = String::from("{");
                for (index, name) in names.iter().enumerate() {
                    if index > 0 {
                        line.push(',');
                    }
                    line.push_str(&json_string(name));
                    line.push(':');
                    line.push_str(&json(row.get_ref(index)?).map_err(|why| Stop::Value {
                        column: name.clone(),
                        why,
                    })?);
                }
                line.push_str("}\n");
                output.write_all(line.as_bytes())?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        let written = match self {
            Printer::Aligned { table, .. } => writeln!(io::stdout(), "{table}"),
            Printer::Csv(mut writer) => writer.flush(),
            Printer::Jsonl(mut output) => output.flush(),
        };
        written.map_err(|error| output_failed(&error))
    }
}

/// The error of the output behind the CSV writer's; its own conversion loses the kind.
fn csv_io(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A value for the eye.
fn readable(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => real(value),
        ValueRef::Text(bytes) => visible(&String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => match bytes.get(..SHOWN_BYTES) {
            Some(start) if bytes.len() > SHOWN_BYTES => {
                format!("X'{}...' ({} bytes)", hexadecimal(start), bytes.len())
            }
            _ => format!("X'{}'", hexadecimal(bytes)),
        },
    }
}

/// Control characters as the signs that stand for them: data must not command the terminal. Line breaks stay.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' => c,
            '\u{7f}' => '\u{2421}',
            c if c < ' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// The shortest text that reads back as the same double; a real shows that it is one.
fn real(value: f64) -> String {
    format!("{value:?}")
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// A cell of a Markdown table is one line, and a bar ends it.
fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('\n', "<br>")
}

fn json(value: ValueRef<'_>) -> Result<String, String> {
    match value {
        ValueRef::Null => Ok("null".to_owned()),
        ValueRef::Integer(value) => Ok(value.to_string()),
        ValueRef::Real(value) if !value.is_finite() => Err(format!(
            "JSON has no way to write {value}: CAST it AS TEXT, or use another format"
        )),
        ValueRef::Real(value) => Ok(real(value)),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(json_string(text)),
            Err(_) => Err("the text is not valid UTF-8, as JSON must be: \
                 CAST it AS BLOB, or use --format csv"
                .to_owned()),
        },
        ValueRef::Blob(bytes) => Ok(json_string(&hexadecimal(bytes))),
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_for_the_eye() {
        assert_eq!(readable(ValueRef::Null), "NULL");
        assert_eq!(readable(ValueRef::Integer(i64::MIN)), i64::MIN.to_string());
        assert_eq!(readable(ValueRef::Real(1.0)), "1.0");
        assert_eq!(readable(ValueRef::Blob(&[0, 255])), "X'00ff'");
        assert_eq!(
            readable(ValueRef::Blob(&[1; 33])),
            format!("X'{}...' (33 bytes)", "01".repeat(32))
        );
        assert_eq!(readable(ValueRef::Text(b"a\xff")), "a\u{fffd}");
        assert_eq!(readable(ValueRef::Text(b"\x1b[31m\t\r\n")), "␛[31m␉␍\n");
    }

    #[test]
    fn values_as_json() {
        assert_eq!(
            json(ValueRef::Integer(i64::MAX)).unwrap(),
            "9223372036854775807"
        );
        assert_eq!(json(ValueRef::Text(b"a\"\n")).unwrap(), "\"a\\\"\\n\"");
        assert_eq!(json(ValueRef::Blob(b"\x01\xab")).unwrap(), "\"01ab\"");
        assert_eq!(json(ValueRef::Real(1e300)).unwrap(), "1e300");
        assert!(json(ValueRef::Real(f64::INFINITY)).is_err());
        assert!(json(ValueRef::Text(b"\xff")).is_err());
    }

    #[test]
    fn markdown_cells_are_one_line() {
        assert_eq!(markdown("a|b\nc\\"), "a\\|b<br>c\\\\");
    }
}
