//! [`Params`]: what is bound to a statement's parameters.

use crate::error::{Error, Result};
use crate::raw::Binder;
use crate::types::ToSql;

/// The parameters of one execution.
///
/// | form | binds |
/// |---|---|
/// | `()` | nothing |
/// | `(a, b, ...)`, up to 16 | by position, of different types |
/// | `[a, b, ...]`, `&[a, b]`, `&vec[..]` | by position, of one type |
/// | [`params!`](crate::params)`[a, b, ...]` | by position, of different types, any number |
/// | [`params_from_iter`]`(iterator)` | by position |
/// | [`named_params!`](crate::named_params)`{":a": a, ...}`, `[(":a", a), ...]` | by name, prefix included |
///
/// The number of positional ones must be the statement's. Names may be left out, and are NULL then; a name that the
/// statement does not have is an error.
///
/// ```
/// # use clib::{Connection, named_params, params};
/// # let conn = Connection::open_in_memory()?;
/// conn.execute("SELECT ?1, ?2", (1, "two"))?;
/// conn.execute("SELECT ?1, ?2", [1, 2])?;
/// conn.execute("SELECT ?1, ?2", params![1, "two"])?;
/// conn.execute("SELECT :a, :b", named_params! {":a": 1, ":b": "two"})?;
/// # Ok::<(), clib::Error>(())
/// ```
pub trait Params {
    /// Binds them all.
    ///
    /// # Errors
    ///
    /// Where their number or names are not the statement's, or a value cannot be bound.
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()>;
}

impl<P: Params + ?Sized> Params for &P {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        (**self).bind(binder)
    }
}

impl Params for () {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        count(binder, 0)
    }
}

impl<T: ToSql> Params for [T] {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        count(binder, self.len())?;
        (1..)
            .zip(self)
            .try_for_each(|(parameter, value)| binder.bind(parameter, value))
    }
}

impl<T: ToSql, const N: usize> Params for [T; N] {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        self.as_slice().bind(binder)
    }
}

impl<T: ToSql> Params for Vec<T> {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        self.as_slice().bind(binder)
    }
}

impl<N: AsRef<str>, T: ToSql> Params for [(N, T)] {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        for (name, value) in self {
            let name = name.as_ref();
            let parameter = binder
                .parameter_index(name)
                .ok_or_else(|| Error::ParameterName {
                    name: name.to_owned(),
                    parameters: (1..=binder.parameter_count())
                        .filter_map(|parameter| binder.parameter_name(parameter))
                        .map(str::to_owned)
                        .collect(),
                })?;
            binder.bind(parameter, value)?;
        }
        Ok(())
    }
}

impl<N: AsRef<str>, T: ToSql> Params for Vec<(N, T)> {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        self.as_slice().bind(binder)
    }
}

impl<N: AsRef<str>, T: ToSql, const COUNT: usize> Params for [(N, T); COUNT] {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        self.as_slice().bind(binder)
    }
}

macro_rules! tuples {
    ($($n:literal: $($t:ident $i:tt)+;)+) => {$(
        impl<$($t: ToSql),+> Params for ($($t,)+) {
            fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
                count(binder, $n)?;
                $(binder.bind($i + 1, &self.$i)?;)+
                Ok(())
            }
        }
    )+};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
    13: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
    14: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
    15: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
    16: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
}

/// Positional parameters are all there, and no more.
fn count(binder: &Binder<'_, '_>, given: usize) -> Result<()> {
    let expected = binder.parameter_count();
    if expected == given {
        Ok(())
    } else {
        Err(Error::ParameterCount {
            expected,
            given,
            sql: binder.sql().to_owned(),
        })
    }
}

/// Parameters by position from an iterator: [`params_from_iter`].
#[derive(Debug)]
pub struct ParamsFromIter<T>(Vec<T>);

/// Parameters by position, from an iterator.
///
/// ```
/// # use clib::{Connection, params_from_iter};
/// # let conn = Connection::open_in_memory()?;
/// let sum: i64 = conn.query_row("SELECT ?1 + ?2 + ?3", params_from_iter(1..=3), |row| row.get(0))?;
/// assert_eq!(sum, 6);
/// # Ok::<(), clib::Error>(())
/// ```
pub fn params_from_iter<I: IntoIterator<Item: ToSql>>(values: I) -> ParamsFromIter<I::Item> {
    ParamsFromIter(values.into_iter().collect())
}

impl<T: ToSql> Params for ParamsFromIter<T> {
    fn bind<'p>(&'p self, binder: &mut Binder<'_, 'p>) -> Result<()> {
        self.0.bind(binder)
    }
}

/// Parameters by position, of any number and of different types: `params![a, b, c]`.
#[macro_export]
macro_rules! params {
    () => {
        ()
    };
    ($($value:expr),+ $(,)?) => {
        &[$(&$value as &dyn $crate::ToSql),+] as &[&dyn $crate::ToSql]
    };
}

/// Parameters by name, prefix included: `named_params! {":a": a, "@b": b}`.
#[macro_export]
macro_rules! named_params {
    () => {
        &[] as &[(&str, &dyn $crate::ToSql)]
    };
    ($($name:literal: $value:expr),+ $(,)?) => {
        &[$(($name, &$value as &dyn $crate::ToSql)),+] as &[(&str, &dyn $crate::ToSql)]
    };
}
