//! `clib import`: a file becomes a table.

use std::time::Instant;

use arrow_array::Array;
use clib::{Code, Connection, Error, LoadMode, LoadOptions, OptionalExtension};

use crate::args::{Common, IfExists, Import};
use crate::command::say;
use crate::database::Database;
use crate::failure::{self, Failure, Result};
use crate::format::{self, Format, Named};
use crate::human;
use crate::interrupt::Interrupt;
use crate::source::{self, Batches, Source, TextOptions};

/// Imports, all or nothing.
pub(crate) fn run(import: &Import, common: &Common, interrupt: &Interrupt) -> Result<()> {
    let is_new = !import.db.try_exists().unwrap_or(true);
    load(import, common, interrupt).map_err(|failure| {
        if interrupt.is_set() {
            let db = failure::show(&import.db);
            Failure::Interrupted(if is_new {
                format!("interrupted: {db} was not made")
            } else {
                format!("interrupted: {db} is as it was")
            })
        } else {
            failure
        }
    })
}

fn load(import: &Import, common: &Common, interrupt: &Interrupt) -> Result<()> {
    let begun = Instant::now();
    let input = source::subject(&import.file);
    let (format, compression) = format::choose(&input, &import.file, import.format)?;
    let table = table_name(import, &input)?;
    let text = text_options(import, format, &input)?;
    if !import.key.is_empty() && import.if_exists != IfExists::Upsert {
        return Err(Failure::about(
            &input,
            "--key is for --if-exists upsert, and something else is asked for",
        ));
    }

    // What can be known to fail is said before a large file is read.
    let database = Database::write_or_create(&import.db, common, interrupt)?;
    match import.if_exists {
        IfExists::Fail => refuse_existing(&database, &table)?,
        IfExists::Upsert => require_table(&database, &table)?,
        IfExists::Append | IfExists::Replace => {}
    }
    let source = Source::open(&import.file, compression, interrupt, common.quiet)?;
    let size = source.size();
    let mut batches = source.batches(format, text)?;
    let loaded = transact(
        import,
        &database,
        &table,
        batches.as_mut(),
        &input,
        interrupt,
    )
    .inspect_err(|_| database.restore())?;
    batches.progress().finish();
    let columns = declared_columns(&database, &table)?;
    let subject = database.subject.clone();
    let database_size = database.finish()?;

    if !common.quiet {
        let elapsed = begun.elapsed();
        say(format_args!(
            "imported {input} into {subject}, table {table}"
        ))?;
        say(format_args!("  rows      {}", human::count(loaded.rows)))?;
        say(format_args!("  columns   {}", loaded.columns.len()))?;
        for line in column_lines(&loaded, &columns) {
            say(line)?;
        }
        say(format_args!(
            "  time      {} ({} rows per second)",
            human::duration(elapsed),
            human::count(human::per_second(loaded.rows, elapsed))
        ))?;
        say(format_args!(
            "  size      {} read, database {}",
            human::bytes(size),
            human::bytes(database_size)
        ))?;
        say(format_args!(
            "  calls     {} into SQLite",
            human::count(loaded.crossings)
        ))?;
    }
    Ok(())
}

/// What was loaded.
struct Loaded {
    /// Calls into SQLite.
    crossings: u64,
    rows: u64,
    columns: Vec<LoadedColumn>,
}

struct LoadedColumn {
    name: String,
    arrow_type: String,
    nulls: u64,
}

/// Loads in one transaction.
fn transact(
    import: &Import,
    database: &Database,
    table: &str,
    batches: &mut dyn Batches,
    input: &str,
    interrupt: &Interrupt,
) -> Result<Loaded> {
    database.begin()?;
    if import.if_exists == IfExists::Fail {
        // Asked again where nobody else can make it any more.
        refuse_existing(database, table)?;
    }
    let loaded = load_batches(import, database, table, batches, input, interrupt)?;
    database.commit()?;
    Ok(loaded)
}

fn load_batches(
    import: &Import,
    database: &Database,
    table: &str,
    batches: &mut dyn Batches,
    input: &str,
    interrupt: &Interrupt,
) -> Result<Loaded> {
    let mode = match import.if_exists {
        IfExists::Fail => LoadMode::Create,
        IfExists::Append => LoadMode::CreateOrAppend,
        IfExists::Replace => LoadMode::Replace,
        IfExists::Upsert => LoadMode::Upsert {
            key: import.key.clone(),
        },
    };
    let options = LoadOptions::new().mode(mode);
    let fail = |error| load_failed(database, input, error);
    let schema = batches.schema();
    let mut loaded = Loaded {
        crossings: 0,
        rows: 0,
        columns: schema
            .fields()
            .iter()
            .map(|field| LoadedColumn {
                name: field.name().clone(),
                arrow_type: field.data_type().to_string(),
                nulls: 0,
            })
            .collect(),
    };
    let mut loader = database
        .connection
        .loader(table, schema, &options)
        .map_err(fail)?;
    while let Some(batch) = batches.next()? {
        interrupt.check()?;
        loader.append(&batch).map_err(fail)?;
        loaded.rows += u64::try_from(batch.num_rows()).unwrap_or(u64::MAX);
        for (column, array) in loaded.columns.iter_mut().zip(batch.columns()) {
            column.nulls += u64::try_from(array.logical_null_count()).unwrap_or(u64::MAX);
        }
        batches.progress().rows(loaded.rows);
    }
    interrupt.check()?;
    loader.finish().map_err(fail)?;
    loaded.crossings = database.connection.crossings();
    Ok(loaded)
}

/// An error of the load: the input's where a row is at fault, else the database's.
fn load_failed(database: &Database, input: &str, error: Error) -> Failure {
    match error {
        Error::Load(load) => {
            // A full disk is not the fault of the row that met it.
            let is_of_row = match load.source.as_ref().and_then(|source| source.code()) {
                None => true,
                Some(code) => matches!(code, Code::Constraint | Code::Mismatch | Code::TooBig),
            };
            match (load.row, load.column, load.source) {
                (_, _, Some(source)) if !is_of_row => database.fail(*source),
                (Some(row), Some(column), _) => Failure::about(
                    input,
                    format!("row {row}: column `{column}`: {}", load.reason),
                ),
                (Some(row), None, _) => {
                    Failure::about(input, format!("row {row}: {}", load.reason))
                }
                (None, Some(column), _) => Failure::about(
                    &database.subject,
                    format!("table `{}`: column `{column}`: {}", load.table, load.reason),
                ),
                (None, None, _) => Failure::about(
                    &database.subject,
                    format!("table `{}`: {}", load.table, load.reason),
                ),
            }
        }
        Error::Unsupported(_) => Failure::about(input, error),
        _ => database.fail(error),
    }
}

fn table_name(import: &Import, input: &str) -> Result<String> {
    if let Some(table) = &import.table {
        return Ok(table.clone());
    }
    if format::is_standard(&import.file) {
        return Err(Failure::about(
            input,
            "has no name to call the table by: give --table",
        ));
    }
    Ok(Named::of(&import.file).stem)
}

fn text_options(import: &Import, format: Format, input: &str) -> Result<TextOptions> {
    let is_csv = matches!(format, Format::Csv | Format::Tsv);
    let refuse = |option: &str, formats: &str| {
        Err(Failure::about(
            input,
            format!("{option} is for {formats}, and the format is not that"),
        ))
    };
    if !is_csv && import.delimiter.is_some() {
        return refuse("--delimiter", "CSV");
    }
    if !is_csv && import.no_header {
        return refuse("--no-header", "CSV");
    }
    if !format.is_text() && !import.null.is_empty() {
        return refuse("--null", "CSV and JSON lines");
    }
    if !format.is_text() && import.infer_rows.is_some() {
        return refuse("--infer-rows", "CSV and JSON lines");
    }
    let mut nulls = import.null.clone();
    if nulls.is_empty() && is_csv {
        nulls.push(String::new());
    }
    Ok(TextOptions {
        nulls,
        delimiter: import.delimiter.unwrap_or(match format {
            Format::Tsv => b'\t',
            _ => b',',
        }),
        header: !import.no_header,
        infer_rows: import.infer_rows,
    })
}

fn refuse_existing(database: &Database, table: &str) -> Result<()> {
    let kind = object_kind(&database.connection, table).map_err(|error| database.fail(error))?;
    match kind {
        None => Ok(()),
        Some(kind) => Err(Failure::about(
            &database.subject,
            format!(
                "there is a {kind} `{table}` already: --if-exists append adds the rows, \
                 --if-exists replace puts them in its place, --if-exists upsert updates those whose key is there, \
                 --table gives another name"
            ),
        )),
    }
}

/// A key is part of a table's definition, which a file does not have.
fn require_table(database: &Database, table: &str) -> Result<()> {
    match object_kind(&database.connection, table).map_err(|error| database.fail(error))? {
        Some(_) => Ok(()),
        None => Err(Failure::about(
            &database.subject,
            format!(
                "there is no table `{table}` whose rows could be updated: create it with a primary key or UNIQUE columns first"
            ),
        )),
    }
}

/// Whether the name is that of a table or a view.
fn object_kind(connection: &Connection, name: &str) -> clib::Result<Option<String>> {
    connection
        .query_row(
            "SELECT type FROM sqlite_schema WHERE type IN ('table', 'view') AND lower(name) = lower(?1)",
            (name,),
            |row| row.get(0),
        )
        .optional()
}

/// The columns' declared types, by lower-case name.
fn declared_columns(database: &Database, table: &str) -> Result<Vec<(String, String)>> {
    let declared = || {
        let mut statement = database
            .connection
            .prepare("SELECT name, type FROM pragma_table_info(?1)")?;
        let mut rows = statement.query((table,))?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            columns.push((name.to_ascii_lowercase(), row.get(1)?));
        }
        Ok(columns)
    };
    declared().map_err(|error| database.fail(error))
}

/// One line per column: its name, its type here and in the file, and how many values are missing.
fn column_lines(loaded: &Loaded, declared: &[(String, String)]) -> Vec<String> {
    let declared: Vec<&str> = loaded
        .columns
        .iter()
        .map(|column| {
            let name = column.name.to_ascii_lowercase();
            declared
                .iter()
                .find(|(declared, _)| *declared == name)
                .map_or("", |(_, declared_type)| declared_type.as_str())
        })
        .collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
    let names = width(&mut loaded.columns.iter().map(|c| c.name.chars().count()));
    let types = width(&mut declared.iter().map(|text| text.chars().count()));
    let arrow = width(&mut loaded.columns.iter().map(|c| c.arrow_type.chars().count()));
    loaded
        .columns
        .iter()
        .zip(declared)
        .map(|(column, declared)| {
            let nulls = match column.nulls {
                0 => String::new(),
                nulls => format!("  {} NULL", human::count(nulls)),
            };
            format!(
                "    {:names$}  {declared:types$}  {:arrow$}{nulls}",
                column.name, column.arrow_type
            )
            .trim_end()
            .to_owned()
        })
        .collect()
}
