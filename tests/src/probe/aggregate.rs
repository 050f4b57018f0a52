//! A batched aggregate gathers what the rows say.

use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Result as ClibResult};

use super::{Compared, lines, parts, shown};
use crate::action::Opened;
use crate::database::Database;
use crate::random::Random;

/// `SELECT gather(...) FROM ... WHERE ...`, perhaps by groups.
#[derive(Clone, Debug)]
pub(super) struct Aggregate {
    arguments: Vec<String>,
    table: String,
    condition: Option<String>,
    group: Option<String>,
}

/// All rows, as text, in any order.
struct Gather;

impl BatchAggregate for Gather {
    type State = Vec<String>;
    type Output = String;

    fn init(&self) -> Self::State {
        Vec::new()
    }

    fn update(&self, all: &mut Self::State, rows: &ArgumentBatch<'_>) -> ClibResult<()> {
        for row in 0..rows.rows() {
            let mut line = String::new();
            for argument in 0..rows.arguments() {
                line += &shown(rows.values(argument)?.get(row))?;
                line.push(',');
            }
            all.push(line);
        }
        Ok(())
    }

    fn finish(&self, mut all: Self::State) -> ClibResult<String> {
        all.sort();
        Ok(all.join("\n"))
    }
}

impl Aggregate {
    pub(super) fn random(random: &mut Random, database: &Database) -> Self {
        let table = &database.tables[random.below(database.tables.len())];
        let column = |random: &mut Random| table.columns[random.below(table.columns.len())].sql();
        Self {
            arguments: (0..1 + random.below(3)).map(|_| column(random)).collect(),
            table: table.sql.clone(),
            condition: random.percent(50).then(|| table.predicate(random)),
            group: random.percent(30).then(|| column(random)),
        }
    }

    fn from(&self) -> String {
        match &self.condition {
            Some(condition) => format!("FROM {} WHERE {condition}", self.table),
            None => format!("FROM {}", self.table),
        }
    }

    pub(super) fn check(&self, opened: &mut Opened) -> Result<Compared, String> {
        opened
            .conn
            .create_batch_aggregate(
                "gather",
                &vec![ArgumentType::Any; self.arguments.len()],
                Gather,
            )
            .map_err(|error| error.to_string())?;
        let (arguments, from) = (self.arguments.join(", "), self.from());
        let read = lines(&opened.conn, &format!("SELECT {arguments} {from}"));
        let group = match &self.group {
            Some(group) => format!(" GROUP BY {group}"),
            None => String::new(),
        };
        let gathered = (|| {
            let mut stmt = opened
                .conn
                .prepare(&format!("SELECT gather({arguments}) {from}{group}"))?;
            stmt.query_map((), |row| row.get::<_, String>(0))?
                .collect::<ClibResult<Vec<_>>>()
        })();
        match (read, gathered) {
            (Ok(mut read), Ok(gathered)) => {
                let mut all: Vec<_> = gathered.iter().flat_map(|text| text.lines()).collect();
                all.sort_unstable();
                read.sort();
                if read != all {
                    return Err(format!("read {read:?}, gathered {all:?}"));
                }
                Ok(Compared {
                    rows: read.len() as u64,
                    failed: false,
                })
            }
            (Err(_), Err(_)) => Ok(Compared {
                rows: 0,
                failed: true,
            }),
            (read, gathered) => Err(format!("read {read:?}, gathered {gathered:?}")),
        }
    }

    pub(super) fn smaller(&self) -> Vec<Self> {
        let mut smaller: Vec<_> = parts(&self.arguments)
            .into_iter()
            .map(|arguments| Self {
                arguments,
                ..self.clone()
            })
            .collect();
        for (condition, group) in [(None, self.group.clone()), (self.condition.clone(), None)] {
            if (&condition, &group) != (&self.condition, &self.group) {
                smaller.push(Self {
                    condition,
                    group,
                    ..self.clone()
                });
            }
        }
        smaller
    }
}
