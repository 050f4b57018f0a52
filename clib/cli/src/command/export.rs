//! `clib export`: a table, a view or a query becomes a file.

use std::path::Path;
use std::time::Instant;

use arrow_schema::Schema;
use clib::{BatchReader, Connection, OptionalExtension, ReadOptions, Statement};

use crate::args::{Common, Export, OnMismatch, Types};
use crate::command::say;
use crate::database::Database;
use crate::failure::{self, Failure, Result};
use crate::format::{self, Format};
use crate::human;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::target::{BatchWriter, Target, TextOptions, WriteError};

/// Ends a batch of long rows early. Writers and later readers hold a few batches at a time, and the allocator keeps more of
/// large ones than of small ones.
const BATCH_BYTES: usize = 4 << 20;

/// Exports; a file that is there is replaced when everything went well, and stays as it was otherwise.
pub(crate) fn run(export: &Export, common: &Common, interrupt: &Interrupt) -> Result<()> {
    write(export, common, interrupt).map_err(|failure| {
        if interrupt.is_set() {
            Failure::Interrupted(if format::is_standard(&export.file) {
                "interrupted".to_owned()
            } else {
                let file = failure::show(&export.file);
                format!("interrupted: {file} was not written")
            })
        } else {
            failure
        }
    })
}

fn write(export: &Export, common: &Common, interrupt: &Interrupt) -> Result<()> {
    let begun = Instant::now();
    let output = if format::is_standard(&export.file) {
        "standard output".to_owned()
    } else {
        failure::show(&export.file)
    };
    let (format, compression) = format::choose(&output, &export.file, export.format)?;
    let text = text_options(export, format, &output)?;
    refuse_same_file(&export.db, &export.file)?;
    let database = Database::read(&export.db, common, interrupt)?;
    let fail = |error| database.fail(error);

    let options = ReadOptions::new()
        .batch_bytes(BATCH_BYTES)
        .logical_types(export.types == Types::Declared)
        .on_mismatch(match export.on_mismatch {
            OnMismatch::Error => clib::OnMismatch::Error,
            OnMismatch::Null => clib::OnMismatch::Null,
            OnMismatch::Text => clib::OnMismatch::Text,
            OnMismatch::Widen => clib::OnMismatch::Widen,
        });
    let shows_progress = Progress::is_shown(common.quiet);
    let mut statement: Statement<'_>;
    let (mut reader, total): (BatchReader<'_>, Option<u64>) =
        match stored_name(&database.connection, &export.what).map_err(fail)? {
            Some(table) => {
                let total = if shows_progress {
                    Some(count(&database.connection, &table).map_err(fail)?)
                } else {
                    None
                };
                let reader = database.connection.read_table(table, &options);
                (reader.map_err(fail)?, total)
            }
            None => {
                statement = select(&database, &export.what)?;
                let reader = statement.query_batches((), &options);
                (reader.map_err(fail)?, None)
            }
        };
    let schema = reader.schema();
    refuse_duplicates(&database, &schema)?;

    let (target, encoder) = Target::create(&export.file, compression)?;
    let write_failed = |error: WriteError| match error {
        WriteError::Value(failure) => Failure::about(&output, failure),
        error => target.fail(error),
    };
    let progress = Progress::over_rows(common.quiet, "exporting", total);
    let mut writer = BatchWriter::start(format, &schema, encoder, &text).map_err(write_failed)?;
    let mut rows = 0;
    while let Some(batch) = reader.next_batch().map_err(fail)? {
        interrupt.check()?;
        writer.write(&batch, rows).map_err(write_failed)?;
        let count = u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        rows += count;
        progress.advance(count);
        progress.rows(rows);
    }
    interrupt.check()?;
    let encoder = writer.finish().map_err(write_failed)?;
    let is_direct = target.is_direct();
    let size = target.finish(encoder)?;
    progress.finish();

    let nulled = reader.report().nulled;
    if nulled > 0 {
        eprintln!(
            "clib: {}: {} did not fit and became NULL, as --on-mismatch null asked",
            database.subject,
            human::plural(nulled, "value", "values")
        );
    }
    if !common.quiet && !is_direct {
        let elapsed = begun.elapsed();
        say(format_args!(
            "exported {} of {} to {output}: {}, {}, {} ({} rows per second, {} into SQLite)",
            human::plural(rows, "row", "rows"),
            database.subject,
            human::plural(
                u64::try_from(schema.fields().len()).unwrap_or(u64::MAX),
                "column",
                "columns"
            ),
            human::bytes(size.unwrap_or_default()),
            human::duration(elapsed),
            human::count(human::per_second(rows, elapsed)),
            human::plural(reader.report().crossings, "call", "calls")
        ))?;
    }
    Ok(())
}

fn text_options(export: &Export, format: Format, output: &str) -> Result<TextOptions> {
    let is_csv = matches!(format, Format::Csv | Format::Tsv);
    for (given, option) in [
        (export.null.is_some(), "--null"),
        (export.delimiter.is_some(), "--delimiter"),
    ] {
        if given && !is_csv {
            return Err(Failure::about(
                output,
                format!("{option} is for CSV, and the format is not that"),
            ));
        }
    }
    Ok(TextOptions {
        null: export.null.clone().unwrap_or_default(),
        delimiter: export.delimiter.unwrap_or(match format {
            Format::Tsv => b'\t',
            _ => b',',
        }),
    })
}

/// The file would take the database's place.
fn refuse_same_file(database: &Path, file: &Path) -> Result<()> {
    match (database.canonicalize(), file.canonicalize()) {
        (Ok(database), Ok(file)) if database == file => Err(Failure::about(
            failure::show(&file),
            "is the database itself: export to another file",
        )),
        _ => Ok(()),
    }
}

/// The name of the table or view as the schema has it, if there is one.
fn stored_name(connection: &Connection, name: &str) -> clib::Result<Option<String>> {
    connection
        .query_row(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND lower(name) = lower(?1)",
            (name,),
            |row| row.get(0),
        )
        .optional()
}

fn count(connection: &Connection, table: &str) -> clib::Result<u64> {
    let sql = format!("SELECT count(*) FROM {}", human::identifier(table));
    connection.query_row(&sql, (), |row| row.get(0))
}

/// What is no table must be a query.
fn select<'db>(database: &'db Database, sql: &str) -> Result<Statement<'db>> {
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::about(
            &database.subject,
            format!(
                "`{}` is no table or view ({}), and no query either: {why}",
                human::preview(sql),
                tables(&database.connection).unwrap_or_default(),
            ),
        )
    };
    let statement = database
        .connection
        .prepare(sql)
        .map_err(|error| refuse(&error))?;
    if !statement.is_readonly() {
        return Err(refuse(&"it would change the database"));
    }
    if statement.column_count() == 0 {
        return Err(refuse(&"it returns no columns"));
    }
    Ok(statement)
}

/// What there is to export, for a message.
fn tables(connection: &Connection) -> clib::Result<String> {
    const SHOWN: usize = 8;
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema \
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let mut rows = statement.query(())?;
    let mut names: Vec<String> = Vec::new();
    while let Some(row) = rows.next()? {
        if names.len() == SHOWN {
            names.push("...".to_owned());
            break;
        }
        names.push(format!("`{}`", row.get::<_, String>(0)?));
    }
    Ok(if names.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    })
}

/// Two columns of one name could not be told apart in the file.
fn refuse_duplicates(database: &Database, schema: &Schema) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for field in schema.fields() {
        if !seen.insert(field.name()) {
            return Err(Failure::about(
                &database.subject,
                format!(
                    "two columns of the query are named `{}`: give one another name with AS",
                    field.name()
                ),
            ));
        }
    }
    Ok(())
}
