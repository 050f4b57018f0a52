//! The table that the benchmark reads and loads, and its checksum: the same for every peer, so that what each one read or
//! wrote can be compared.
//!
//! Ten columns: 4 integer, 2 real, 4 text; `d`, `f` and `j` hold a NULL in every tenth row on average.

/// The columns of the table, as vectors.
#[derive(Debug, Default, PartialEq)]
pub struct Columns {
    /// 1, 2, 3, ...
    pub a: Vec<Option<i64>>,
    /// 0 to 999.
    pub b: Vec<Option<i64>>,
    /// All of `i64`.
    pub c: Vec<Option<i64>>,
    /// 0 to 99,999, or NULL.
    pub d: Vec<Option<i64>>,
    /// 0 to 1.
    pub e: Vec<Option<f64>>,
    /// -1,000 to 1,000 in hundredths, or NULL.
    pub f: Vec<Option<f64>>,
    /// Two letters.
    pub g: Vec<Option<String>>,
    /// Six characters.
    pub h: Vec<Option<String>>,
    /// Some 30 characters, some of them not ASCII.
    pub i: Vec<Option<String>>,
    /// 0 to 15 characters, or NULL.
    pub j: Vec<Option<String>>,
}

/// The table's columns, as declared.
pub const CREATE: &str = "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e REAL, f REAL, g TEXT, h TEXT, i TEXT, j TEXT)";

/// Makes the first `rows` rows; the same ones every time.
pub fn generate(rows: usize) -> Columns {
    let mut random = Random(42);
    let mut columns = Columns::default();
    for row in 0..rows {
        columns.a.push(Some(row as i64 + 1));
        columns.b.push(Some(random.below(1_000) as i64));
        columns.c.push(Some(random.next() as i64));
        columns
            .d
            .push(random.or_null(|random| random.below(100_000) as i64));
        columns
            .e
            .push(Some((random.next() >> 11) as f64 / (1_u64 << 53) as f64));
        columns
            .f
            .push(random.or_null(|random| (random.below(200_001) as f64 - 100_000.0) / 100.0));
        columns.g.push(Some(random.letters(2)));
        columns
            .h
            .push(Some(format!("N{:05}", random.below(100_000))));
        columns.i.push(Some(format!(
            "Zürich, {} {}",
            random.letters(9),
            random.below(100_000_000_000)
        )));
        columns.j.push(random.or_null(|random| {
            let length = random.below(16) as usize;
            random.letters(length)
        }));
    }
    columns
}

/// SplitMix64: small, and good enough for test data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn or_null<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(10) != 0).then(|| make(self))
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}

/// A checksum of values in order, column by column.
#[derive(Debug)]
pub struct Checksum(u64);

impl Checksum {
    /// One of nothing.
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds an integer.
    pub fn integer(&mut self, value: Option<i64>) {
        self.add(value.map_or(1, |value| value as u64 ^ 2));
    }

    /// Adds a real.
    pub fn real(&mut self, value: Option<f64>) {
        self.add(value.map_or(3, |value| value.to_bits() ^ 4));
    }

    /// Adds a text.
    pub fn text(&mut self, value: Option<&str>) {
        self.add(value.map_or(5, |value| value.len() as u64 ^ 6));
        for chunk in value.unwrap_or_default().as_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.add(u64::from_le_bytes(bytes));
        }
    }

    fn add(&mut self, value: u64) {
        self.0 = (self.0 ^ value)
            .wrapping_mul(0x0000_0100_0000_01b3)
            .rotate_left(23);
    }

    /// In hexadecimal.
    pub fn finish(self) -> String {
        format!("{:016x}", self.0)
    }
}

/// The line that a benchmark program prints, for `cargo xtask bench`.
pub fn report(rows: usize, elapsed: std::time::Duration, checksum: &str) -> String {
    format!(
        "{{\"rows\": {rows}, \"ns\": {}, \"checksum\": \"{checksum}\", \"peak_kib\": {}}}",
        elapsed.as_nanos(),
        peak_kib()
    )
}

/// The most memory that this process had, in KiB; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix("kB")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
