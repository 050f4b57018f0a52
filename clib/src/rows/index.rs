//! [`RowIndex`]: columns by number or name.

use crate::error::{Error, Result};
use crate::raw::Stmt;
use crate::statement::column_index;

/// A column of a row: a `usize`, counted from 0, or a name, of which ASCII case does not matter and the first one counts.
pub trait RowIndex: sealed::Sealed {
    #[doc(hidden)]
    fn index(&self, columns: Columns<'_>) -> Result<usize>;
}

/// The columns of the current row.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "nobody outside sees one")]
pub struct Columns<'a>(pub(super) &'a Stmt<'a>);

impl RowIndex for usize {
    #[inline]
    fn index(&self, columns: Columns<'_>) -> Result<usize> {
        // The row's own count: a statement that was prepared again can have more columns than at first.
        let count = columns.0.data_count();
        if *self < count {
            Ok(*self)
        } else {
            Err(Error::ColumnIndex {
                index: *self,
                count,
            })
        }
    }
}

impl RowIndex for str {
    fn index(&self, columns: Columns<'_>) -> Result<usize> {
        column_index(columns.0, self).ok_or_else(|| Error::ColumnName {
            name: self.to_owned(),
            columns: (0..columns.0.column_count())
                .filter_map(|column| columns.0.column_name(column))
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect(),
        })
    }
}

impl<I: RowIndex + ?Sized> RowIndex for &I {
    #[inline]
    fn index(&self, columns: Columns<'_>) -> Result<usize> {
        (**self).index(columns)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for str {}
    impl<I: Sealed + ?Sized> Sealed for &I {}
}
