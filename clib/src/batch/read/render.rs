//! Numbers as text: as `CAST(value AS TEXT)` renders them, and where that loses digits, as older SQLites do beyond the
//! 15th, by the shortest form that is the same number.

use std::io::Write;

use crate::error::Result;
use crate::raw::{Db, Stmt};
use crate::types::ValueRef;

/// Which blobs are rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blobs {
    None,
    /// Those that are UTF-8.
    Utf8,
    All,
}

/// Renders values as text.
///
/// Integers are digits. How reals are rendered differs between versions of SQLite, so SQLite does it, and is checked.
pub(super) struct Renderer<'db> {
    db: &'db Db,
    cast: Option<Stmt<'db>>,
    buffer: Vec<u8>,
}

impl<'db> Renderer<'db> {
    pub(super) fn new(db: &'db Db) -> Self {
        Self {
            db,
            cast: None,
            buffer: Vec::new(),
        }
    }

    /// The value as text; `None` where it has none.
    pub(super) fn render<'a>(
        &'a mut self,
        value: ValueRef<'a>,
        blobs: Blobs,
    ) -> Result<Option<&'a [u8]>> {
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => {
                self.buffer.clear();
                // Writing to a vector cannot fail.
                let _ = write!(self.buffer, "{value}");
                Ok(Some(&self.buffer))
            }
            ValueRef::Real(real) => {
                self.buffer.clear();
                self.cast(value)?;
                if parse(&self.buffer) != Some(real) {
                    self.buffer.clear();
                    // As above.
                    let _ = write!(self.buffer, "{real:?}");
                }
                Ok(Some(&self.buffer))
            }
            ValueRef::Text(text) => Ok(Some(text)),
            ValueRef::Blob(blob) => Ok(match blobs {
                Blobs::None => None,
                Blobs::Utf8 => std::str::from_utf8(blob).is_ok().then_some(blob),
                Blobs::All => Some(blob),
            }),
        }
    }

    fn cast(&mut self, value: ValueRef<'_>) -> Result<()> {
        if self.cast.is_none() {
            self.cast = Stmt::prepare(self.db, "SELECT CAST(?1 AS TEXT)", 0)?.statement;
        }
        if let Some(cast) = &mut self.cast {
            let mut bound = cast.bind_borrowed();
            bound.bind(1, value)?;
            if bound.step()?
                && let ValueRef::Text(text) = bound.stmt().value(0)?
            {
                self.buffer.extend_from_slice(text);
            }
        }
        Ok(())
    }
}

fn parse(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
