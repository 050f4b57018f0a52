//! Random tables and keys are looked up alike by all paths.

use super::*;

/// Numbers that look random, the same for each seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 29);
        (x.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 33) % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn text(&mut self) -> String {
        let prefix = self.pick(&[
            "",
            "k",
            "K",
            "key-",
            "ключ",
            "a long beginning that many keys share, so that it is skipped, ",
        ]);
        let end = self.pick(&["", "", "", " ", "é", "\u{1}"]);
        match self.below(4) {
            0 => format!("{prefix}{end}"),
            1 => format!("{}{end}", self.below(30)),
            _ => format!("{prefix}{}{end}", self.below(300)),
        }
    }

    fn integer(&mut self) -> i64 {
        match self.below(8) {
            0 => self.pick(&[
                i64::MIN,
                i64::MAX,
                -1,
                0,
                1,
                (1 << 53) + 1,
                -(1 << 53) - 1,
                1 << 32,
                127,
                128,
                -129,
            ]),
            1 => self.below(1 << 40).cast_signed(),
            _ => self.below(400).cast_signed() - 50,
        }
    }

    fn real(&mut self) -> f64 {
        match self.below(4) {
            0 => self.pick(&[
                -0.0,
                0.5,
                1e300,
                f64::INFINITY,
                9_007_199_254_740_992.0,
                -1.0,
            ]),
            _ => self.below(100) as f64 / 2.0,
        }
    }

    /// A value as SQL.
    fn value(&mut self) -> String {
        match self.below(10) {
            0 => "NULL".to_owned(),
            1..=3 => self.integer().to_string(),
            4 => format!("{:?}", self.real()).replace("inf", "9e999"),
            5 => format!(
                "x'{}'",
                self.text().bytes().fold(String::new(), |mut hex, byte| {
                    let _ = write!(hex, "{byte:02x}");
                    hex
                })
            ),
            6 if self.below(20) == 0 => format!("printf('%.*c', {}, 'z')", self.below(3000)),
            _ => format!("'{}'", self.text()),
        }
    }

    fn keys(&mut self, count: usize) -> ArrayRef {
        let null = self.pick(&[0, 10]);
        let is_null = |this: &mut Self| null > 0 && this.below(null) == 0;
        match self.below(8) {
            0 | 1 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.integer()));
                Arc::new(keys.collect::<Int64Array>())
            }
            2 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.real()));
                Arc::new(keys.collect::<Float64Array>())
            }
            3 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text().into_bytes()));
                Arc::new(keys.collect::<BinaryArray>())
            }
            4 => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text()));
                Arc::new(keys.collect::<StringViewArray>())
            }
            _ => {
                let keys = (0..count).map(|_| (!is_null(self)).then(|| self.text()));
                Arc::new(keys.collect::<StringArray>())
            }
        }
    }
}

/// Tables with a key `k`, by what the key is.
const TABLES: &[&str] = &[
    "(k INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d)",
    "(a INTEGER, b TEXT, k INTEGER PRIMARY KEY AUTOINCREMENT, c REAL, d)",
    "(k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d)",
    "(k TEXT PRIMARY KEY, a INTEGER, b TEXT, c REAL, d)",
    "(a INTEGER, k TEXT COLLATE NOCASE UNIQUE, b TEXT, c REAL, d)",
    "(a INTEGER, k TEXT COLLATE RTRIM UNIQUE, b TEXT, c REAL, d)",
    "(a INTEGER, b TEXT, k UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k INTEGER UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k REAL UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, k NUMERIC UNIQUE, c REAL, d)",
    "(a INTEGER, b TEXT, c REAL, d, k BLOB UNIQUE)",
    "(a INTEGER, b TEXT, c REAL, d, k TEXT PRIMARY KEY) WITHOUT ROWID",
    "(a INTEGER, b TEXT, c REAL, d, k INTEGER PRIMARY KEY) WITHOUT ROWID",
    "(a INTEGER, b TEXT, c REAL, d, k PRIMARY KEY) WITHOUT ROWID",
    "(id INTEGER, k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d, PRIMARY KEY (id, d)) WITHOUT ROWID",
    "(k INTEGER PRIMARY KEY DESC, a INTEGER, b TEXT, c REAL, d)",
    "(k ANY UNIQUE, a ANY, b ANY, c ANY, d ANY) STRICT",
    "(k TEXT UNIQUE, a INTEGER, b TEXT, c REAL, d, e AS (a || b), f AS (a + 1) STORED)",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if slow() { 8 } else { 192 }))]

    #[test]
    fn paths_agree(seed: u64, shape in 0..TABLES.len(), rows in 0..400_usize, count in 0..300_usize) {
        if !clib_tests::understands(TABLES[shape]) {
            return Ok(());
        }
        let mut random = Random(seed);
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&format!("PRAGMA page_size = {}", random.pick(&[512, 1024, 4096]))).unwrap();
        if random.below(10) == 0 {
            conn.execute_batch("PRAGMA encoding = 'UTF-16le'").unwrap();
        }
        conn.execute_batch("CREATE TABLE start (a)").unwrap();
        let schema = random.pick(&["main", "main", "main", "temp", "other"]);
        if schema == "other" {
            conn.execute_batch("ATTACH ':memory:' AS other").unwrap();
        }
        conn.execute_batch(&format!("CREATE TABLE {schema}.t {}", TABLES[shape])).unwrap();
        if random.below(8) == 0 {
            conn.execute_batch(&format!("CREATE UNIQUE INDEX {schema}.more ON t(k DESC)")).unwrap();
        }
        conn.execute_batch("BEGIN").unwrap();
        for row in 0..rows {
            if row == rows / 2 && random.below(2) == 0 {
                let default = random.pick(&["7", "'seven'", "7.5", "NULL"]);
                conn.execute_batch(&format!("ALTER TABLE {schema}.t ADD COLUMN g ANY DEFAULT {default}")).unwrap();
            }
            let id = if TABLES[shape].starts_with("(id") { ("id, ", format!("{row}, ")) } else { ("", String::new()) };
            let values: Vec<_> = (0..4).map(|_| random.value()).collect();
            let key = random.value();
            let sql = format!("INSERT OR IGNORE INTO {schema}.t ({}k, a, b, c, d) VALUES ({}{key}, {})", id.0, id.1, values.join(", "));
            // A text is no integer primary key.
            let _ = conn.execute_batch(&sql);
        }
        conn.execute_batch(&format!("DELETE FROM {schema}.t WHERE abs(random()) % 10 = 0")).unwrap();
        if random.below(2) == 0 {
            // Undone already, where there was no rowid left.
            let _ = conn.execute_batch("COMMIT");
        }
        let keys = random.keys(count);
        let columns = random.pick(&[
            &[][..], &["a", "b", "c", "d"], &["d", "k"], &["k"], &["b", "k", "b"], &["c"],
        ]);
        let with_rowid: Vec<_> = columns.iter().copied().chain(["rowid"]).collect();
        let columns = if !columns.is_empty() && !TABLES[shape].contains("WITHOUT") && random.below(2) == 0 {
            &with_rowid
        } else {
            columns
        };
        let mut options = ReadOptions::new()
            .batch_rows(random.pick(&[1, 7, 100, 8192]))
            .batch_bytes(random.pick(&[100, 5000, 1 << 24]));
        options = options.on_mismatch(random.pick(&[OnMismatch::Error, OnMismatch::Null, OnMismatch::Null, OnMismatch::Text, OnMismatch::Widen]));
        let table = if random.below(2) == 0 { TableName::new("t") } else { TableName::in_schema(schema, "t") };
        let key = if random.below(20) == 0 && !TABLES[shape].contains("WITHOUT") { "rowid" } else { "k" };
        let outcome = agree(&conn, &table, key, &keys, columns, &options);
        if outcome.error.is_none() {
            prop_assert_eq!(found(&outcome).len(), count);
        }
    }
}
