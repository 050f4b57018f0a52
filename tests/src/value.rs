//! Random values: of every storage class, and at the edges of every form that a record has for them.

use std::fmt;

use clib::ValueRef;

use crate::random::Random;

/// A value to be stored or compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// `NULL`.
    Null,
    /// An integer.
    Integer(i64),
    /// A real.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes that are called a text, by `CAST(X'..' AS TEXT)`: what need not be UTF-8, or UTF-16.
    Raw(Vec<u8>),
    /// A blob.
    Blob(Vec<u8>),
}

impl Datum {
    /// The value as a parameter. [`placeholder`](Self::placeholder) makes a text of raw bytes again.
    #[must_use]
    pub fn as_param(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Raw(bytes) | Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }

    /// How parameter `number` stands in SQL.
    #[must_use]
    pub fn placeholder(&self, number: usize) -> String {
        match self {
            Self::Raw(_) => format!("CAST(?{number} AS TEXT)"),
            _ => format!("?{number}"),
        }
    }
}

impl fmt::Display for Datum {
    /// As SQL; -0.0, infinities and texts with a NUL inside are what SQL makes of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Integer(i64::MIN) => f.write_str("(-9223372036854775807 - 1)"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) if value.is_infinite() => {
                f.write_str(if *value > 0.0 { "9e999" } else { "-9e999" })
            }
            Self::Real(value) => write!(f, "{value:?}"),
            Self::Text(text) if !text.contains('\0') => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Text(text) => write!(f, "CAST({} AS TEXT)", hex(text.as_bytes())),
            Self::Raw(bytes) => write!(f, "CAST({} AS TEXT)", hex(bytes)),
            Self::Blob(bytes) => f.write_str(&hex(bytes)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("X'{digits}'")
}

/// What a column mostly holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Integers of all sizes.
    Integer,
    /// Integers of one byte.
    Small,
    /// 0 and 1.
    Boolean,
    /// Reals, also those that are integers.
    Real,
    /// Texts.
    Text,
    /// Texts that are dates.
    Date,
    /// Texts that are times of day.
    Time,
    /// Texts that are dates with a time.
    Timestamp,
    /// Texts that are decimals.
    Decimal,
    /// Blobs.
    Blob,
    /// Anything.
    Any,
}

/// Where the sizes of integers in records end, and where doubles cease to hold all of them.
const INTEGERS: [i64; 33] = [
    0,
    1,
    -1,
    2,
    127,
    128,
    -128,
    -129,
    32_767,
    32_768,
    -32_768,
    -32_769,
    8_388_607,
    8_388_608,
    -8_388_608,
    -8_388_609,
    2_147_483_647,
    2_147_483_648,
    -2_147_483_648,
    -2_147_483_649,
    4_294_967_295,
    140_737_488_355_327,
    140_737_488_355_328,
    -140_737_488_355_328,
    -140_737_488_355_329,
    9_007_199_254_740_991,
    9_007_199_254_740_992,
    9_007_199_254_740_993,
    -9_007_199_254_740_993,
    i64::MAX,
    i64::MAX - 1,
    i64::MIN,
    i64::MIN + 1,
];

const REALS: [f64; 26] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    0.1,
    -2.5,
    127.0,
    128.0,
    32_768.0,
    1e15,
    1e16,
    140_737_488_355_328.0,
    9_007_199_254_740_992.0,
    9_007_199_254_740_994.0,
    9.223_372_036_854_775e18,
    9.3e18,
    -9.223_372_036_854_776e18,
    1e300,
    f64::MIN_POSITIVE,
    5e-324,
    -2.2e-310,
    f64::MAX,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1.000_000_000_000_000_2,
];

const TEXTS: [&str; 26] = [
    "",
    "a",
    "B",
    "b",
    "b  ",
    "abc",
    "Zürich",
    "日本語",
    "🦀🦀",
    "\0",
    "nul\0inside",
    "0",
    "12",
    "-7",
    "1e3",
    "0x1F",
    " 5 ",
    "5 apples",
    "9223372036854775808",
    "0.1",
    "-0",
    "NaN",
    "Inf",
    "it's",
    "\u{feff}bom",
    "[1, 2]",
];

const DATES: [&str; 9] = [
    "2024-02-29",
    "1970-01-01",
    "0000-01-01",
    "9999-12-31",
    "2023-02-30",
    "10000-01-01",
    "-001-01-01",
    "2024-2-9",
    "1969-12-31",
];

const TIMES: [&str; 8] = [
    "00:00:00",
    "23:59:59.999999",
    "12:34",
    "24:00:00",
    "12:34:56.7",
    "1:2:3",
    "12:34:56.1234567",
    "12:34:60",
];

const TIMESTAMPS: [&str; 9] = [
    "2024-02-29 12:34:56.789",
    "1970-01-01T00:00:00",
    "2024-02-29",
    "2024-02-29 12:34:56Z",
    "2024-02-29 12:34:56+01:00",
    "9999-12-31 23:59:59.999999",
    "0000-01-01 00:00:00",
    "2262-04-12 00:00:00",
    "2024-02-29 25:00:00",
];

const DECIMALS: [&str; 9] = [
    "0",
    "1.50",
    "-12345678.90",
    "0.005",
    "99999999999999999999.99999",
    "1e2",
    ".5",
    "12.",
    "--1",
];

/// Not UTF-8, at the start, in the middle and cut at the end; long ones, so that words of eight bytes are looked at.
const RAW: [&[u8]; 12] = [
    b"\xFF",
    b"\xC3",
    b"a\xA4b",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xC0\x80",
    b"0123456789abcdef\xFF",
    b"0123456789abcde\xE2\x82",
    b"0123456\x80 0123456789abcdef0123456789abcdef",
    b"\x00\xD8",
    b"\xD8\x00\x00",
    b"odd",
];

/// A value that a column of that kind mostly holds; `wild` times in a hundred one of any other, a quarter of them NULL.
pub fn datum(random: &mut Random, home: Home, wild: u32) -> Datum {
    if random.percent(wild) {
        return any(random, wild);
    }
    match home {
        Home::Integer => integer(random),
        Home::Small => Datum::Integer(random.between(-128, 127)),
        Home::Boolean => Datum::Integer(random.between(0, 1)),
        Home::Real => real(random),
        Home::Text => text(random),
        Home::Date => Datum::Text(
            random
                .pick(&DATES[..if wild > 0 { 9 } else { 4 }])
                .to_owned(),
        ),
        Home::Time => Datum::Text(
            random
                .pick(&TIMES[..if wild > 0 { 8 } else { 3 }])
                .to_owned(),
        ),
        Home::Timestamp => Datum::Text(
            random
                .pick(&TIMESTAMPS[..if wild > 0 { 9 } else { 3 }])
                .to_owned(),
        ),
        Home::Decimal => Datum::Text(
            random
                .pick(&DECIMALS[..if wild > 0 { 9 } else { 3 }])
                .to_owned(),
        ),
        Home::Blob => blob(random),
        Home::Any => any(random, wild),
    }
}

/// A value of any class; texts that are not UTF-8 only where something wild is wanted.
fn any(random: &mut Random, wild: u32) -> Datum {
    match random.below(8) {
        0 | 1 => Datum::Null,
        2 => integer(random),
        3 => real(random),
        4 => text(random),
        5 if wild > 0 => Datum::Raw(random.pick(&RAW).to_owned()),
        6 => Datum::Text(match random.below(4) {
            0 => random.pick(&DATES).to_owned(),
            1 => random.pick(&TIMES).to_owned(),
            2 => random.pick(&TIMESTAMPS).to_owned(),
            _ => random.pick(&DECIMALS).to_owned(),
        }),
        _ => blob(random),
    }
}

fn integer(random: &mut Random) -> Datum {
    Datum::Integer(match random.below(4) {
        0 => random.pick(&INTEGERS),
        1 => {
            let bits = random.below(64);
            (random.bits() >> bits).cast_signed()
        }
        _ => random.between(-1_000, 1_000),
    })
}

fn real(random: &mut Random) -> Datum {
    let value = match random.below(4) {
        0 => random.pick(&REALS),
        1 => f64::from_bits(random.bits()),
        2 => f64::from(i32::try_from(random.between(-100_000, 100_000)).unwrap()),
        _ => f64::from(i32::try_from(random.between(-100_000, 100_000)).unwrap()) / 128.0,
    };
    // NaN is NULL for SQLite.
    Datum::Real(if value.is_nan() { 1.5 } else { value })
}

/// How long something is: mostly short, sometimes more than a page of some size holds.
fn length(random: &mut Random) -> usize {
    match random.below(40) {
        0 => random.below(700),
        1 => random.below(5_000),
        2 if random.percent(5) => random.below(150_000),
        _ => random.below(24),
    }
}

fn text(random: &mut Random) -> Datum {
    if random.percent(40) {
        return Datum::Text(random.pick(&TEXTS).to_owned());
    }
    let length = length(random);
    let ascii = random.percent(70);
    let mut text = String::with_capacity(length);
    while text.len() < length {
        if ascii || random.percent(80) {
            text.push(char::from(u8::try_from(random.between(32, 126)).unwrap()));
        } else {
            text.push(random.pick(&['ä', 'ß', '€', '漢', '🦀', '\u{10FFFF}', '\u{FFFD}']));
        }
    }
    Datum::Text(text)
}

fn blob(random: &mut Random) -> Datum {
    let length = length(random);
    Datum::Blob(random.bytes(length))
}
