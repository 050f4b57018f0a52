//! The paths that must not be told apart. A new one is a line in these tables.

use clib::{BatchReader, LoadOptions, LoadPath, ReadOptions, ReadPath};

/// A way of reading: its name, how it is asked for, and how a reader tells that it was taken.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// For messages.
    pub name: &'static str,
    /// Asks for it.
    pub ask: fn(ReadOptions) -> ReadOptions,
}

/// All ways of reading; the first one is the oracle.
pub const READING: &[Reading] = &[
    Reading {
        name: "portable",
        ask: |options| options.path(ReadPath::Portable),
    },
    Reading {
        name: "fill",
        ask: |options| options.path(ReadPath::Fill),
    },
    Reading {
        name: "auto",
        ask: |options| options,
    },
];

/// The path that a reader says it took.
#[must_use]
pub fn taken(reader: &BatchReader<'_>) -> &'static str {
    match reader.plan().path {
        ReadPath::Scan => "scan",
        ReadPath::Fill => "fill",
        _ => "portable",
    }
}

/// A way of loading.
#[derive(Clone, Copy, Debug)]
pub struct Loading {
    /// For messages.
    pub name: &'static str,
    /// Asks for it.
    pub ask: fn(LoadOptions) -> LoadOptions,
}

/// All ways of loading; the first one is the oracle.
pub const LOADING: &[Loading] = &[
    Loading {
        name: "portable",
        ask: |options| options.path(LoadPath::Portable),
    },
    Loading {
        name: "prepared",
        ask: |options| options.path(LoadPath::Prepared),
    },
    Loading {
        name: "auto",
        ask: |options| options,
    },
];
