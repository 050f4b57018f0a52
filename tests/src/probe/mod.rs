//! What reads and writes besides plain reading and loading: by several threads, by keys, from table inputs and in batched aggregates.
//! Each says what SQLite says in a simpler way.

mod aggregate;
mod input;
mod lookup;
mod parallel;

use clib::{Connection, Error, Result as ClibResult, Value, ValueRef};

use crate::action::{Action, Opened, script};
use crate::database::{Size, database};
use crate::random::Random;
use crate::read::Tally;
use crate::shrink;
use crate::watch::Watch;

use self::aggregate::Aggregate;
use self::input::Input;
use self::lookup::Keys;
use self::parallel::Parallel;

/// One thing that is looked at.
#[derive(Clone, Debug)]
enum Probe {
    Parallel(Parallel),
    Keys(Keys),
    Input(Input),
    Aggregate(Aggregate),
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Compared {
    rows: u64,
    failed: bool,
}

impl Probe {
    fn name(&self) -> &'static str {
        match self {
            Self::Parallel(_) => "threads",
            Self::Keys(_) => "keys",
            Self::Input(_) => "a table input",
            Self::Aggregate(_) => "an aggregate",
        }
    }

    fn check(&self, opened: &mut Opened) -> Result<Compared, String> {
        match self {
            Self::Parallel(probe) => probe.check(opened),
            Self::Keys(probe) => probe.check(opened),
            Self::Input(probe) => probe.check(opened),
            Self::Aggregate(probe) => probe.check(opened),
        }
    }

    /// The same with less, in some ways.
    fn smaller(&self) -> Vec<Self> {
        match self {
            Self::Parallel(probe) => probe.smaller().into_iter().map(Self::Parallel).collect(),
            Self::Keys(probe) => probe.smaller().into_iter().map(Self::Keys).collect(),
            Self::Input(probe) => probe.smaller().into_iter().map(Self::Input).collect(),
            Self::Aggregate(probe) => probe.smaller().into_iter().map(Self::Aggregate).collect(),
        }
    }
}

/// A database and a probe: what a failure is shrunk to.
#[derive(Clone, Debug)]
struct Case {
    in_file: bool,
    history: Vec<Action>,
    probe: Probe,
}

impl Case {
    fn check(&self) -> Result<Compared, String> {
        let mut opened = Opened::new(self.in_file);
        opened.take_all(&self.history);
        self.probe.check(&mut opened)
    }

    fn report(mut self, seed: u64, difference: String) -> String {
        let mut last = difference;
        let mut fails = |case: &Self| match case.check() {
            Ok(_) => false,
            Err(difference) => {
                last = difference;
                true
            }
        };
        shrink::steps(&mut self, |case| &mut case.history, &mut fails);
        let mut tries = 200;
        while tries > 0 {
            let next = self.probe.smaller().into_iter().find_map(|probe| {
                tries -= 1;
                let case = Self {
                    probe,
                    ..self.clone()
                };
                (tries >= 0 && fails(&case)).then_some(case)
            });
            match next {
                Some(case) => self = case,
                None => break,
            }
        }
        let _ = fails;
        format!(
            "seed {seed}, by {}: {last}\n-- in a file: {}\n{}\n-- {:#?}",
            self.probe.name(),
            self.in_file,
            script(&self.history),
            self.probe
        )
    }
}

/// Makes a random database and looks at it in these ways.
///
/// # Errors
///
/// The report of the first difference.
pub fn check(seed: u64, size: Size) -> Result<Tally, String> {
    let mut random = Random::new(seed);
    let database = database(&mut random, size);
    let mut tally = Tally {
        databases: 1,
        ..Tally::default()
    };
    let mut opened = Opened::new(database.in_file);
    opened.take_all(&database.history);
    for number in 0..12 {
        let probe = match number % 4 {
            0 => Probe::Parallel(Parallel::random(&mut random, &database)),
            1 => Probe::Keys(Keys::random(&mut random, &database, &opened.conn)),
            2 => Probe::Input(Input::random(&mut random, &database, size)),
            _ => Probe::Aggregate(Aggregate::random(&mut random, &database)),
        };
        let _watch = Watch::new(format!("seed {seed}, {probe:?}"));
        match probe.check(&mut opened) {
            Ok(compared) => {
                tally.comparisons += 1;
                tally.rows += compared.rows;
                tally.errors += u64::from(compared.failed);
                *tally.taken.entry(probe.name()).or_default() += 1;
            }
            Err(difference) => {
                let case = Case {
                    in_file: database.in_file,
                    history: database.history,
                    probe,
                };
                return Err(case.report(seed, difference));
            }
        }
    }
    Ok(tally)
}

/// All rows of a query, each as a line.
fn lines(conn: &Connection, sql: &str) -> ClibResult<Vec<String>> {
    let mut stmt = conn.prepare(sql)?;
    let width = stmt.column_count();
    stmt.query_map((), |row| {
        let mut line = String::new();
        for index in 0..width {
            line += &shown(row.get_ref(index)?)?;
            line.push(',');
        }
        Ok(line)
    })?
    .collect()
}

/// A value such that different ones look different.
fn shown(value: ValueRef<'_>) -> ClibResult<String> {
    Ok(match value {
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => format!("'{}'", text.escape_debug()),
            Err(_) => format!("{text:?}"),
        },
        value => format!("{:?}", Value::try_from(value).map_err(Error::other)?),
    })
}

/// Halves of a list, and the list without one of few.
fn parts<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    let half = all.len() / 2;
    let mut parts = Vec::new();
    if half > 0 {
        parts.push(all[..half].to_vec());
        parts.push(all[half..].to_vec());
    }
    if (2..=8).contains(&all.len()) {
        for index in 0..all.len() {
            let mut fewer = all.to_vec();
            fewer.remove(index);
            parts.push(fewer);
        }
    }
    parts
}
