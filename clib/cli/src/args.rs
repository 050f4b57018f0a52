//! The command line, as clap reads it.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::format::Format;

/// Moves data in and out of SQLite files: CSV, JSON lines, Arrow and Parquet.
#[derive(Debug, Parser)]
#[command(name = "clib", version, long_version = LONG_VERSION.as_str())]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Print no summary and no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// How long to wait for a lock that another process holds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Import(Import),
    Export(Export),
    Query(Query),
    Info(Info),
}

/// Load a file into a table, all of it or nothing
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file to read; `-` is standard input
    pub(crate) file: PathBuf,
    /// The database; made if it is not there
    pub(crate) db: PathBuf,
    /// The table [default: the file's name without its endings]
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// What to do if the table is there
    #[arg(long, value_name = "WHAT", default_value = "fail")]
    pub(crate) if_exists: IfExists,
    /// A column that tells rows apart, for `--if-exists upsert`; may be repeated [default: the primary key]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Vec<String>,
    /// The file's format [default: by its name]
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// A field that means NULL, exactly; may be repeated [default for CSV: the empty field]
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Vec<String>,
    /// The character between CSV fields [default: `,`, and a tab for .tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The CSV file's first row is data; columns are named column1, column2, ...
    #[arg(long)]
    pub(crate) no_header: bool,
    /// Choose column types of CSV and JSON lines from the first N rows, not from all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) infer_rows: Option<u64>,
}

/// Write a table, a view or a query's rows to a file
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The database
    pub(crate) db: PathBuf,
    /// A table or view, or a SELECT
    #[arg(value_name = "TABLE-OR-SELECT")]
    pub(crate) what: String,
    /// The file to write; `-` is standard output
    pub(crate) file: PathBuf,
    /// The file's format [default: by its name]
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// How a NULL is written in CSV [default: the empty field]
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Option<String>,
    /// The character between CSV fields [default: `,`, and a tab for .tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// Where column types come from
    #[arg(long, value_name = "FROM", default_value = "declared")]
    pub(crate) types: Types,
    /// What to do with a value that does not fit its column's type
    #[arg(long, value_name = "WHAT", default_value = "error")]
    pub(crate) on_mismatch: OnMismatch,
}

/// Print the rows of one SQL statement
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The database
    pub(crate) db: PathBuf,
    /// The statement
    pub(crate) sql: String,
    /// How rows are printed; `table` and `markdown` hold all rows in memory, to align them
    #[arg(long, default_value = "table")]
    pub(crate) format: QueryFormat,
    /// Let the statement change the database, which must be there
    #[arg(long)]
    pub(crate) write: bool,
}

/// Say what a database holds
#[derive(Debug, Args)]
pub(crate) struct Info {
    /// The database
    pub(crate) db: PathBuf,
}

/// What `import` does with a table that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfExists {
    /// Stop with an error
    Fail,
    /// Add the rows, matching columns by name
    Append,
    /// Put the new rows in its place; the old ones stay if anything fails
    Replace,
    /// Update the rows whose key is there, and add the others; the table must be there
    Upsert,
}

/// Where `export` takes column types from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Types {
    /// SQLite's storage only: integers, reals, text and blobs
    Affinity,
    /// The declared types, with dates, times, decimals and the rest as `import` declares them
    Declared,
}

/// What `export` does with a value that does not fit its column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnMismatch {
    /// Stop with an error naming the row
    Error,
    /// Write NULL
    Null,
    /// Make the column text
    Text,
    /// Make the column as wide as its first rows need
    Widen,
}

/// How `query` prints rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// Aligned, for reading; blobs as X'..', the long ones cut
    Table,
    /// Every byte as it is; NULL is the empty field, a blob its hexadecimal digits
    Csv,
    /// One object per row; integers exact, a blob its hexadecimal digits
    Jsonl,
    /// A table for a Markdown document
    Markdown,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    // SQLite counts milliseconds in an `int`.
    if !(0.0..=2_000_000.0).contains(&seconds) {
        return Err("must be between 0 and 2000000 seconds".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [b'"' | b'\n' | b'\r'] => Err("cannot be a quote or a line break".to_owned()),
        [byte] if byte.is_ascii() => Ok(*byte),
        br"\t" => Ok(b'\t'),
        _ => Err("must be one ASCII character, or \\t for a tab".to_owned()),
    }
}

/// Also says which SQLite does the work.
static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{} (SQLite {}, {})",
        env!("CARGO_PKG_VERSION"),
        clib::version(),
        clib::LINK_MODE
    )
});

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn delimiters() {
        assert_eq!(delimiter(";"), Ok(b';'));
        assert_eq!(delimiter("\\t"), Ok(b'\t'));
        assert!(delimiter("ab").is_err());
        assert!(delimiter("é").is_err());
        assert!(delimiter("\"").is_err());
    }

    #[test]
    fn timeouts() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert!(seconds("-1").is_err());
        assert!(seconds("NaN").is_err());
        assert!(seconds("1e30").is_err());
    }
}
