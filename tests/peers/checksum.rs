//! The checksum of columns of values, the same in every program of the benchmark, so that what each of them read can be
//! compared. It depends on each value, on the order of the rows and of the columns, and on nothing else. Its parts are sums,
//! so that any language can make them fast.

/// The checksum of one column.
///
/// Row `n`, counted from 0, weighs `2 n + 1`, and so does the `n`th word of eight bytes of all its texts, one behind the
/// other, the last one filled up with zeros. All sums wrap at 64 bits.
#[derive(Debug, Default)]
pub struct Column {
    rows: u64,
    nulls: u64,
    /// Of integers, the bits of reals, the lengths of texts.
    values: u64,
    words: u64,
    word_count: u64,
    pending: u64,
    pending_bytes: u32,
}

impl Column {
    /// Adds a NULL.
    pub fn null(&mut self) {
        let weight = self.weight();
        self.nulls = self.nulls.wrapping_add(weight);
    }

    /// Adds an integer.
    pub fn integer(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.value(value as u64),
            None => self.null(),
        }
    }

    /// Adds a real.
    pub fn real(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.value(value.to_bits()),
            None => self.null(),
        }
    }

    /// Adds a text.
    pub fn text(&mut self, value: Option<&str>) {
        let Some(value) = value else {
            return self.null();
        };
        self.value(value.len() as u64);
        for byte in value.bytes() {
            self.pending |= u64::from(byte) << (8 * self.pending_bytes);
            self.pending_bytes += 1;
            if self.pending_bytes == 8 {
                self.word();
            }
        }
    }

    fn value(&mut self, value: u64) {
        let weight = self.weight();
        self.values = self.values.wrapping_add(value.wrapping_mul(weight));
    }

    fn weight(&mut self) -> u64 {
        self.rows += 1;
        2 * self.rows - 1
    }

    fn word(&mut self) {
        let weight = 2 * self.word_count + 1;
        self.words = self.words.wrapping_add(self.pending.wrapping_mul(weight));
        self.word_count += 1;
        (self.pending, self.pending_bytes) = (0, 0);
    }
}

/// Of all columns together, in hexadecimal.
pub fn finish(columns: impl IntoIterator<Item = Column>) -> String {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for mut column in columns {
        if column.pending_bytes > 0 {
            column.word();
        }
        for part in [column.nulls, column.values, column.words] {
            sum = (sum ^ part)
                .wrapping_mul(0x0000_0100_0000_01b3)
                .rotate_left(23);
        }
    }
    format!("{sum:016x}")
}
