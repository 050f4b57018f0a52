//! Random databases: their settings, tables, and what happened to them.

use crate::action::{Action, Insert};
use crate::random::Random;
use crate::value::{Datum, Home, datum};

/// How large a database gets.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Tables at most.
    pub tables: usize,
    /// Steps in a table's history at most.
    pub steps: usize,
    /// Rows that are inserted in one step at most.
    pub rows: usize,
    /// How many times a table may be doubled.
    pub doublings: usize,
}

impl Size {
    /// For a test that runs many.
    pub const SMALL: Self = Self {
        tables: 3,
        steps: 8,
        rows: 60,
        doublings: 1,
    };

    /// For bulk.
    pub const LARGE: Self = Self {
        tables: 3,
        steps: 14,
        rows: 400,
        doublings: 6,
    };
}

/// A random database, as the steps that make it.
#[derive(Clone, Debug)]
pub struct Database {
    /// Whether it is in a file.
    pub in_file: bool,
    /// The steps.
    pub history: Vec<Action>,
    /// The tables at the end of them; a few may have been refused.
    pub tables: Vec<Table>,
    /// Views, by their names as SQL.
    pub views: Vec<String>,
}

/// A table of a random database.
#[derive(Clone, Debug)]
pub struct Table {
    /// The schema that it is in.
    pub schema: &'static str,
    /// Its name as SQL, with the schema.
    pub sql: String,
    /// Its name, without quotes.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether it is `WITHOUT ROWID`.
    pub without_rowid: bool,
    /// Whether it is `STRICT`.
    pub strict: bool,
    /// The column that is the rowid.
    pub alias: Option<usize>,
    /// How many values in a hundred are not what their column is for.
    pub wild: u32,
}

/// A column of a random table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name, without quotes.
    pub name: String,
    /// Its declared type.
    pub declared: &'static str,
    /// What it mostly holds.
    pub home: Home,
    /// Whether SQLite computes it.
    pub generated: bool,
}

impl Column {
    /// The name as SQL.
    #[must_use]
    pub fn sql(&self) -> String {
        quote(&self.name)
    }
}

impl Table {
    /// The names under which the rowid can be asked for.
    #[must_use]
    pub fn rowid_names(&self) -> Vec<&'static str> {
        let mut names = vec!["rowid", "_rowid_", "oid"];
        names.retain(|name| {
            !self.without_rowid
                && !self
                    .columns
                    .iter()
                    .any(|column| column.name.eq_ignore_ascii_case(name))
        });
        names
    }

    /// A value for one of its columns.
    ///
    /// After the greatest rowid SQLite chooses at random, which is not the same twice: it is never reached.
    pub fn value(&self, random: &mut Random, index: usize) -> Datum {
        match datum(random, self.columns[index].home, self.wild) {
            Datum::Integer(value) if self.alias == Some(index) => Datum::Integer(value >> 2),
            Datum::Real(_) | Datum::Text(_) if self.alias == Some(index) => Datum::Integer(5),
            value => value,
        }
    }

    /// A row for the columns that can be written.
    fn row(&self, random: &mut Random) -> Vec<Datum> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(_, column)| !column.generated)
            .map(|(index, _)| {
                if self.alias == Some(index) {
                    rowid(random)
                } else {
                    self.value(random, index)
                }
            })
            .collect()
    }

    fn writable(&self) -> Vec<String> {
        self.columns
            .iter()
            .filter(|column| !column.generated)
            .map(Column::sql)
            .collect()
    }

    /// Rows for the table; some may be refused.
    pub fn insert(&self, random: &mut Random, rows: usize) -> Insert {
        let mut columns = self.writable();
        let mut rows: Vec<_> = (0..rows).map(|_| self.row(random)).collect();
        if self.alias.is_none()
            && let Some(name) = self.rowid_names().first()
            && random.percent(15)
        {
            columns.push((*name).to_owned());
            for row in &mut rows {
                row.push(rowid(random));
            }
        }
        Insert {
            verb: random.pick(&[
                "INSERT INTO",
                "INSERT INTO",
                "INSERT OR IGNORE INTO",
                "INSERT OR REPLACE INTO",
            ]),
            table: self.sql.clone(),
            columns,
            rows,
        }
    }

    /// A statement that changes a column.
    pub fn update(&self, random: &mut Random) -> String {
        let mut plain: Vec<_> = (0..self.columns.len()).collect();
        plain.retain(|index| !self.columns[*index].generated);
        let index = random.pick(&plain);
        format!(
            "UPDATE OR IGNORE {} SET {} = {} WHERE {}",
            self.sql,
            self.columns[index].sql(),
            self.value(random, index),
            self.predicate(random)
        )
    }

    /// A condition on the table's rows.
    pub fn predicate(&self, random: &mut Random) -> String {
        if let Some(rowid) = self.rowid_names().first()
            && random.percent(50)
        {
            return match random.below(4) {
                0 => format!("{rowid} % 3 = 1"),
                1 => format!("{rowid} > {}", random.between(-20, 60)),
                2 => format!("{rowid} BETWEEN 5 AND {}", random.between(0, 200)),
                _ => format!("{rowid} < {}", random.between(-20, 60)),
            };
        }
        let column = &self.columns[random.below(self.columns.len())];
        let name = column.sql();
        match random.below(4) {
            0 => format!("{name} IS NULL"),
            1 => format!("typeof({name}) = 'text'"),
            2 => format!("length({name}) % 2 = 1"),
            _ => format!("{name} > {}", datum(random, column.home, 0)),
        }
    }
}

/// The name as SQL.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Mostly the next one; negative, sparse and skewed ones too.
fn rowid(random: &mut Random) -> Datum {
    match random.below(12) {
        0 => Datum::Integer(random.between(-100, 100)),
        1 => Datum::Integer(random.bits().cast_signed() >> (2 + random.below(61))),
        _ => Datum::Null,
    }
}

const TYPES: [(&str, Home); 33] = [
    ("", Home::Any),
    ("", Home::Integer),
    ("INTEGER", Home::Integer),
    ("INT", Home::Integer),
    ("BIGINT", Home::Integer),
    ("TINYINT", Home::Small),
    ("INT32", Home::Small),
    ("UINTEGER", Home::Small),
    ("REAL", Home::Real),
    ("DOUBLE PRECISION", Home::Real),
    ("FLOAT", Home::Real),
    ("FLOAT4", Home::Small),
    ("TEXT", Home::Text),
    ("VARCHAR(10)", Home::Text),
    ("CLOB", Home::Text),
    ("TEXT", Home::Any),
    ("BLOB", Home::Blob),
    ("BLOB", Home::Any),
    ("BINARY(4)", Home::Blob),
    ("NUMERIC", Home::Real),
    ("NUMERIC", Home::Integer),
    ("NUMERIC", Home::Any),
    ("DECIMAL(10,2)", Home::Decimal),
    ("DECIMAL TEXT(20,5)", Home::Decimal),
    ("BOOLEAN", Home::Boolean),
    ("DATE", Home::Date),
    ("DATE64", Home::Date),
    ("TIME(6)", Home::Time),
    ("TIMESTAMP", Home::Timestamp),
    ("TIMESTAMP(3)", Home::Timestamp),
    ("TIMESTAMPTZ", Home::Timestamp),
    ("DURATION(3)", Home::Integer),
    ("JSON", Home::Text),
];

const STRICT_TYPES: [(&str, Home); 8] = [
    ("INTEGER", Home::Integer),
    ("INT", Home::Integer),
    ("REAL", Home::Real),
    ("REAL", Home::Integer),
    ("TEXT", Home::Text),
    ("BLOB", Home::Blob),
    ("ANY", Home::Any),
    ("ANY", Home::Integer),
];

const COLLATIONS: [&str; 4] = ["", "", " COLLATE NOCASE", " COLLATE RTRIM"];

/// A random database.
#[must_use]
pub fn database(random: &mut Random, size: Size) -> Database {
    let in_file = random.percent(50);
    let mut history = vec![
        Action::Sql(format!(
            "PRAGMA page_size = {}",
            random.pick(&[512, 512, 1024, 1024, 2048, 4096, 4096, 8192, 16_384, 65_536])
        )),
        Action::Sql(format!(
            "PRAGMA encoding = '{}'",
            random.pick(&[
                "UTF-8", "UTF-8", "UTF-8", "UTF-8", "UTF-8", "UTF-16le", "UTF-16be"
            ])
        )),
        Action::Sql(format!("PRAGMA auto_vacuum = {}", random.below(3))),
    ];
    if random.percent(30) {
        history.push(Action::Sql("PRAGMA cache_size = 10".to_owned()));
    }
    if in_file && random.percent(40) {
        history.push(Action::Sql("PRAGMA journal_mode = WAL".to_owned()));
    }
    // The encoding is settled before another database is attached, which must have it too.
    history.push(Action::Sql("CREATE TABLE settled (a)".to_owned()));
    let mut schemas = vec!["main", "main", "main", "temp"];
    if random.percent(30) {
        history.push(Action::Attach("aux"));
        schemas.push("aux");
    }
    let mut database = Database {
        in_file,
        history,
        tables: Vec::new(),
        views: Vec::new(),
    };
    for number in 0..=random.below(size.tables) {
        let schema = random.pick(&schemas);
        let table = table(random, schema, &format!("t{number}"), &mut database.history);
        database.tables.push(table);
        if random.percent(90) {
            let rows = 1 + random.below(size.rows);
            let insert = database.tables[number].insert(random, rows);
            database.history.push(Action::Insert(insert));
        }
        let mut open = Vec::new();
        let mut doublings = size.doublings;
        for _ in 0..random.below(size.steps) {
            step(random, &mut database, size, &mut doublings, &mut open);
        }
        for end in open.into_iter().rev() {
            database.history.push(Action::Sql(end));
        }
        if random.percent(30) {
            let table = &database.tables[number];
            let view = format!("{schema}.v{number}");
            database.history.push(Action::Sql(format!(
                "CREATE VIEW {view} AS SELECT {} FROM {}",
                random.pick(&["*", "*, 1 AS one", "count(*) AS n"]),
                table.sql
            )));
            database.views.push(view);
        }
    }
    database
}

/// A table, and the step that creates it.
fn table(
    random: &mut Random,
    schema: &'static str,
    name: &str,
    history: &mut Vec<Action>,
) -> Table {
    let strict = random.percent(15);
    let without_rowid = random.percent(20);
    let types: &[_] = if strict { &STRICT_TYPES } else { &TYPES };
    let mut columns: Vec<Column> = Vec::new();
    let mut definitions: Vec<String> = Vec::new();
    // Sometimes more than the header of a record tells in a byte, or than SQLite looks at without a cache.
    let count = if random.percent(4) {
        60 + random.below(140)
    } else {
        1 + random.below(8)
    };
    let mut alias = (!without_rowid && random.percent(40)).then(|| random.below(count));
    for index in 0..count {
        let name = match random.below(40) {
            0 => format!("sp ace{index}"),
            1 => format!("quo\"te{index}"),
            2 if index == 0 => "rowid".to_owned(),
            3 => format!("Ä{index}"),
            _ => format!("c{index}"),
        };
        if alias == Some(index) {
            definitions.push(format!(
                "{} INTEGER PRIMARY KEY{}",
                quote(&name),
                random.pick(&["", "", " AUTOINCREMENT", " NOT NULL"])
            ));
            columns.push(Column {
                name,
                declared: "INTEGER",
                home: Home::Integer,
                generated: false,
            });
            continue;
        }
        let (declared, home) = random.pick(types);
        let mut definition = format!("{} {declared}", quote(&name));
        let plain: Vec<_> = columns.iter().filter(|column| !column.generated).collect();
        let generated = !plain.is_empty() && random.percent(12);
        if generated {
            let of = plain[random.below(plain.len())].sql();
            definition += &format!(
                " GENERATED ALWAYS AS ({}) {}",
                expression(random, &of),
                random.pick(&["VIRTUAL", "STORED"])
            );
        } else {
            if random.percent(12) {
                definition += " NOT NULL";
            }
            if random.percent(10) {
                definition += &format!(" DEFAULT {}", default(random, home));
            }
            if !without_rowid && random.percent(4) {
                definition += " UNIQUE";
            }
            if random.percent(5) {
                let name = quote(&name);
                definition += &match random.below(3) {
                    0 => format!(" CHECK (typeof({name}) <> 'blob')"),
                    1 => format!(" CHECK ({name} IS NULL OR length({name}) < 12)"),
                    _ => format!(" CHECK ({name} > -100)"),
                };
            }
        }
        definition += random.pick(&COLLATIONS);
        definitions.push(definition);
        columns.push(Column {
            name,
            declared,
            home,
            generated,
        });
    }
    let plain: Vec<_> = columns
        .iter()
        .filter(|column| !column.generated)
        .map(Column::sql)
        .collect();
    if without_rowid {
        let mut key = plain;
        random.shuffle(&mut key);
        key.truncate(1 + random.below(2));
        definitions.push(format!("PRIMARY KEY ({})", key.join(", ")));
    } else if alias.is_none() && random.percent(10) {
        let key = &plain[random.below(plain.len())];
        definitions.push(format!("PRIMARY KEY ({key} DESC)"));
        // As a constraint of the table it is the rowid in spite of DESC.
        alias = columns
            .iter()
            .position(|column| column.sql() == *key && column.declared == "INTEGER");
    }
    let mut options = Vec::new();
    if strict {
        options.push("STRICT");
    }
    if without_rowid {
        options.push("WITHOUT ROWID");
    }
    let sql = format!("{schema}.{}", quote(name));
    history.push(Action::Sql(format!(
        "CREATE TABLE {sql} ({}) {}",
        definitions.join(", "),
        options.join(", ")
    )));
    Table {
        schema,
        sql,
        name: name.to_owned(),
        columns,
        without_rowid,
        strict,
        alias,
        wild: random.pick(&[0, 0, 0, 2, 10, 50]),
    }
}

/// An expression that a generated column or an index may have.
pub fn expression(random: &mut Random, of: &str) -> String {
    match random.below(8) {
        0 => format!("{of} || 'x'"),
        1 => format!("length({of})"),
        // Fails for the least integer, when it is read.
        2 => format!("abs({of})"),
        3 => format!("{of} + 1"),
        4 => format!("typeof({of})"),
        5 => format!("coalesce({of}, 7)"),
        6 => format!("CAST({of} AS TEXT)"),
        _ => of.to_owned(),
    }
}

fn default(random: &mut Random, home: Home) -> String {
    let wild = if random.percent(30) { 50 } else { 0 };
    loop {
        match datum(random, home, wild) {
            // SQL that is no plain literal is not allowed for columns that are added.
            Datum::Raw(_) | Datum::Integer(i64::MIN) => {}
            Datum::Text(text) if text.contains('\0') => {}
            value => return value.to_string(),
        }
    }
}

/// Something that happens to the last table.
fn step(
    random: &mut Random,
    database: &mut Database,
    size: Size,
    doublings: &mut usize,
    open: &mut Vec<String>,
) {
    let number = database.tables.len() - 1;
    let history = &mut database.history;
    let table = &mut database.tables[number];
    let mut sql = |sql: String| history.push(Action::Sql(sql));
    match random.below(20) {
        0..=7 => {
            let rows = 1 + random.below(size.rows);
            let insert = table.insert(random, rows);
            history.push(Action::Insert(insert));
        }
        8 => sql(format!(
            "DELETE FROM {} WHERE {}",
            table.sql,
            table.predicate(random)
        )),
        9 | 10 => {
            let update = table.update(random);
            sql(update);
        }
        11 => {
            if open.is_empty() {
                sql("VACUUM".to_owned());
            }
        }
        12 | 13 => {
            let name = format!("s{}", open.len());
            sql(format!("SAVEPOINT {name}"));
            // Which ends are left for later, so that steps go between.
            if random.percent(50) {
                // The columns that are added within are gone after it.
                let rows = 1 + random.below(size.rows);
                let insert = table.insert(random, rows);
                history.push(Action::Insert(insert));
                history.push(Action::Sql(format!("ROLLBACK TO {name}; RELEASE {name}")));
            } else {
                open.push(format!("RELEASE {name}"));
            }
        }
        14 | 15 => {
            let types: &[_] = if table.strict { &STRICT_TYPES } else { &TYPES };
            let (declared, home) = random.pick(types);
            let name = format!("added{}", table.columns.len());
            let plain: Vec<_> = table.columns.iter().filter(|c| !c.generated).collect();
            let of = plain[random.below(plain.len())].sql();
            let (rest, generated) = match random.below(6) {
                0 => (String::new(), false),
                // NULL is no default for a column that is not NULL.
                1 if home != Home::Any => (
                    format!(" NOT NULL DEFAULT {}", datum(random, home, 0)),
                    false,
                ),
                2 if !table.strict => (format!(" AS ({}) VIRTUAL", expression(random, &of)), true),
                _ if table.strict && home != Home::Any => {
                    (format!(" DEFAULT {}", datum(random, home, 0)), false)
                }
                _ => (format!(" DEFAULT {}", default(random, home)), false),
            };
            sql(format!(
                "ALTER TABLE {} ADD COLUMN {name} {declared}{rest}{}",
                table.sql,
                random.pick(&COLLATIONS)
            ));
            table.columns.push(Column {
                name,
                declared,
                home,
                generated,
            });
        }
        16 | 17 => {
            let column = table.columns[random.below(table.columns.len())].sql();
            let indexed = if random.percent(30) {
                expression(random, &column)
            } else {
                column.clone()
            };
            let partial = if random.percent(25) {
                format!(" WHERE {column} IS NOT NULL")
            } else {
                String::new()
            };
            let name = format!("i{number}_{}", history.len());
            history.push(Action::Sql(format!(
                "CREATE {}INDEX {}.{name} ON {} ({indexed}{}{}){partial}",
                random.pick(&["", "", "UNIQUE "]),
                table.schema,
                quote(&table.name),
                random.pick(&COLLATIONS),
                random.pick(&["", " DESC"]),
            )));
        }
        18 => sql(random
            .pick(&["ANALYZE", "REINDEX", "PRAGMA incremental_vacuum(3)"])
            .to_owned()),
        _ => {
            if *doublings > 0 {
                let times = 1 + random.below(*doublings);
                *doublings -= times;
                let columns: Vec<_> = table
                    .columns
                    .iter()
                    .enumerate()
                    .filter(|(index, column)| !column.generated && table.alias != Some(*index))
                    .map(|(_, column)| column.sql())
                    .collect();
                if !columns.is_empty() {
                    let columns = columns.join(", ");
                    for _ in 0..times {
                        sql(format!(
                            "INSERT OR IGNORE INTO {0} ({columns}) SELECT {columns} FROM {0}",
                            table.sql
                        ));
                    }
                }
            }
        }
    }
}
