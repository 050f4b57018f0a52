//! Which format a file is in, told by its name or by `--format`.

use std::path::Path;

use clap::ValueEnum;

use crate::failure::{Failure, Result};

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values with a header row
    Csv,
    /// Tab-separated values with a header row
    Tsv,
    /// One JSON object per line
    #[value(alias = "ndjson")]
    Jsonl,
    /// Arrow IPC file (also called Feather); a stream is recognised when reading
    #[value(alias = "feather", alias = "ipc")]
    Arrow,
    /// Arrow IPC stream
    Arrows,
    /// Parquet
    Parquet,
}

impl Format {
    /// Whether the format is lines of text, which `.gz` and `.zst` may wrap.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Format::Csv | Format::Tsv | Format::Jsonl)
    }

    fn from_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "tsv" | "tab" => Some(Format::Tsv),
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "arrow" | "feather" | "ipc" => Some(Format::Arrow),
            "arrows" => Some(Format::Arrows),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// What is wrapped around a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    fn from_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "gz" => Some(Compression::Gzip),
            "zst" => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// Recognises compressed bytes. No text begins like this: neither is valid UTF-8.
    pub(crate) fn sniff(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// What a file's name says: `flights.csv.gz` is table `flights`, format CSV, compressed with gzip.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) stem: String,
    pub(crate) format: Option<Format>,
    pub(crate) compression: Compression,
}

impl Named {
    pub(crate) fn of(path: &Path) -> Self {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let (name, compression) = match split_ending(&name) {
            Some((rest, ending)) => match Compression::from_ending(ending) {
                Some(compression) => (rest.to_owned(), compression),
                None => (name, Compression::None),
            },
            None => (name, Compression::None),
        };
        let (stem, format) = match split_ending(&name) {
            Some((rest, ending)) => (rest.to_owned(), Format::from_ending(ending)),
            None => (name, None),
        };
        Named {
            stem,
            format,
            compression,
        }
    }
}

/// Splits `a.b.csv` into `a.b` and `csv`; a name that is all ending (`.csv`) has none.
fn split_ending(name: &str) -> Option<(&str, &str)> {
    match name.rsplit_once('.') {
        Some((rest, ending)) if !rest.is_empty() => Some((rest, ending)),
        _ => None,
    }
}

/// Whether a path on the command line stands for standard input or output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The format and compression of a file: `--format` first, then its name.
///
/// `subject` is how messages call the file. Standard input and output have no name to go by.
pub(crate) fn choose(
    subject: &str,
    path: &Path,
    asked: Option<Format>,
) -> Result<(Format, Compression)> {
    if is_standard(path) {
        let format = asked.ok_or_else(|| {
            Failure::about(
                subject,
                "has no name to tell its format by: give --format csv|tsv|jsonl|arrow|arrows|parquet",
            )
        })?;
        return Ok((format, Compression::None));
    }
    let named = Named::of(path);
    let format = asked.or(named.format).ok_or_else(|| {
        Failure::about(
            subject,
            "the name tells no format (.csv .tsv .jsonl .ndjson .arrow .arrows .feather .ipc .parquet, \
             text also with .gz or .zst): give --format",
        )
    })?;
    if named.compression != Compression::None && !format.is_text() {
        let name = if format == Format::Parquet {
            "Parquet"
        } else {
            "Arrow"
        };
        return Err(Failure::about(
            subject,
            format!(
                "{name} inside .gz or .zst is not supported: it compresses its own columns and is read \
                 at any place; use the file without the outer compression"
            ),
        ));
    }
    Ok((format, named.compression))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> (String, Option<Format>, Compression) {
        let named = Named::of(Path::new(name));
        (named.stem, named.format, named.compression)
    }

    #[test]
    fn names_tell_format_compression_and_table() {
        use Compression::{Gzip, None as Plain, Zstd};
        let of = |s: &str, f, c| (s.to_owned(), f, c);
        assert_eq!(
            named("dir/flights.csv.gz"),
            of("flights", Some(Format::Csv), Gzip)
        );
        assert_eq!(named("a.b.JSONL"), of("a.b", Some(Format::Jsonl), Plain));
        assert_eq!(named("x.ndjson.zst"), of("x", Some(Format::Jsonl), Zstd));
        assert_eq!(named("x.feather"), of("x", Some(Format::Arrow), Plain));
        assert_eq!(named("x.arrows"), of("x", Some(Format::Arrows), Plain));
        assert_eq!(named("x.parquet"), of("x", Some(Format::Parquet), Plain));
        assert_eq!(named("x.tsv"), of("x", Some(Format::Tsv), Plain));
        assert_eq!(named(".csv"), of(".csv", None, Plain));
        assert_eq!(named("plain"), of("plain", None, Plain));
        assert_eq!(named("x.gz"), of("x", None, Gzip));
    }

    #[test]
    fn outer_compression_is_for_text() {
        let failure = choose("p.parquet.gz", Path::new("p.parquet.gz"), None).unwrap_err();
        assert!(
            failure
                .to_string()
                .starts_with("p.parquet.gz: Parquet inside .gz"),
            "{failure}"
        );
        assert!(choose("p.csv.gz", Path::new("p.csv.gz"), None).is_ok());
    }

    #[test]
    fn unknown_names_need_a_format() {
        assert!(choose("x", Path::new("x.dat"), None).is_err());
        assert_eq!(
            choose("x", Path::new("x.dat.zst"), Some(Format::Csv)).unwrap(),
            (Format::Csv, Compression::Zstd)
        );
        let failure = choose("standard input", Path::new("-"), None).unwrap_err();
        assert!(failure.to_string().contains("give --format"), "{failure}");
    }

    #[test]
    fn compressed_bytes_are_recognised() {
        assert_eq!(Compression::sniff(b"\x1f\x8b\x08"), Compression::Gzip);
        assert_eq!(Compression::sniff(b"\x28\xb5\x2f\xfd"), Compression::Zstd);
        assert_eq!(Compression::sniff(b"a,b"), Compression::None);
        assert_eq!(Compression::sniff(b""), Compression::None);
    }
}
