//! Declared types: SQLite's affinity rules, the Arrow type that a declared type means, and the declared type that
//! [`load`](crate::Connection::load) gives a column it creates.
//!
//! SQLite keeps the words of a column's declared type and acts on its [affinity] alone. So a type that Arrow has and SQLite
//! has not is written as a declared type whose affinity leaves the stored values as they are, and whose words say the rest.
//!
//! [affinity]: https://sqlite.org/datatype3.html#determination_of_column_affinity

use arrow_schema::{DataType, Field, TimeUnit};

use super::table_name::quote;

/// The longest `BINARY(n)` that is read as `FixedSizeBinary`.
const MOST_FIXED: i32 = 65_536;

/// SQLite's column affinities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// The affinity of a declared type, by SQLite's own rules and in their order.
pub(super) fn affinity(declared: &str) -> Affinity {
    let upper = declared.to_ascii_uppercase();
    let has = |word: &str| upper.contains(word);
    if has("INT") {
        Affinity::Integer
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Affinity::Text
    } else if has("BLOB") || upper.trim().is_empty() {
        Affinity::Blob
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

/// The Arrow type of a column by its declared type; `None` where the values decide.
pub(super) fn arrow_type(declared: Option<&str>, logical: bool) -> Option<DataType> {
    let declared = declared?;
    match logical_type(declared) {
        Some(data_type) if logical => return Some(data_type),
        // The zone's name is part of what affinity looks at: `America/Montreal` has a REAL.
        Some(DataType::Timestamp(_, Some(_))) => return None,
        _ => {}
    }
    match affinity(declared) {
        Affinity::Integer => Some(DataType::Int64),
        Affinity::Text => Some(DataType::Utf8),
        Affinity::Real => Some(DataType::Float64),
        Affinity::Blob if !declared.trim().is_empty() => Some(DataType::Binary),
        Affinity::Blob | Affinity::Numeric => None,
    }
}

/// The Arrow type of a column whose values decide, when all of them are NULL.
///
/// A column that declares a type gets one that such a column usually holds; one that declares none has no type.
pub(super) fn type_without_values(declared: Option<&str>) -> DataType {
    let Some(declared) = declared.filter(|declared| !declared.trim().is_empty()) else {
        return DataType::Null;
    };
    match Words::parse(declared).map(|words| words.name) {
        Some(name) if name == "ANY" => DataType::Null,
        Some(name) if name == "JSON" => DataType::Utf8,
        Some(_) => match logical_type(declared) {
            Some(DataType::Boolean | DataType::Duration(_)) => DataType::Int64,
            Some(DataType::Binary | DataType::FixedSizeBinary(_)) => DataType::Binary,
            Some(data_type) if data_type.is_temporal() => DataType::Utf8,
            _ => DataType::Float64,
        },
        None => DataType::Float64,
    }
}

/// The Arrow type that the words of a declared type mean, where they mean more than their affinity.
fn logical_type(declared: &str) -> Option<DataType> {
    let words = Words::parse(declared)?;
    let name = words.name.as_str();
    let data_type = match (name, words.arguments.as_slice()) {
        ("BOOLEAN" | "BOOL", []) => DataType::Boolean,
        ("TINYINT", []) => DataType::Int8,
        ("SMALLINT", []) => DataType::Int16,
        ("INT32", []) => DataType::Int32,
        ("UTINYINT", []) => DataType::UInt8,
        ("USMALLINT", []) => DataType::UInt16,
        ("UINTEGER", []) => DataType::UInt32,
        ("UBIGINT", []) => DataType::UInt64,
        ("FLOAT2", []) => DataType::Float16,
        ("FLOAT4", []) => DataType::Float32,
        ("BINARY", &[length]) if length < 0 => return None,
        // A NULL takes the whole length: what a file declares must not decide how much memory that is.
        ("BINARY", &[length]) => match i32::try_from(length) {
            Ok(length) if length <= MOST_FIXED => DataType::FixedSizeBinary(length),
            _ => DataType::Binary,
        },
        ("BINARY" | "VARBINARY", [] | [_]) => DataType::Binary,
        ("JSON", []) => DataType::Utf8,
        ("DATE", []) => DataType::Date32,
        ("DATE64", []) => DataType::Date64,
        ("TIME" | "TIME WITHOUT TIME ZONE", arguments) => match unit(arguments)? {
            unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(unit),
            unit => DataType::Time64(unit),
        },
        ("TIMESTAMP" | "DATETIME" | "TIMESTAMP WITHOUT TIME ZONE", arguments) => {
            DataType::Timestamp(unit(arguments)?, None)
        }
        ("TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE", arguments) => {
            let zone = words.quoted.as_deref().unwrap_or("UTC");
            return Some(DataType::Timestamp(unit(arguments)?, Some(zone.into())));
        }
        ("DURATION", arguments) => DataType::Duration(unit(arguments)?),
        ("DECIMAL32 TEXT", arguments) => decimal(arguments, 9, DataType::Decimal32)?,
        ("DECIMAL64 TEXT", arguments) => decimal(arguments, 18, DataType::Decimal64)?,
        ("DECIMAL TEXT" | "DECIMAL" | "NUMERIC" | "DEC", arguments) => {
            decimal(arguments, 38, DataType::Decimal128)?
        }
        ("DECIMAL256 TEXT", arguments) => decimal(arguments, 76, DataType::Decimal256)?,
        _ => return None,
    };
    // A quoted word belongs to a zone alone; elsewhere it makes the type another one.
    words.quoted.is_none().then_some(data_type)
}

/// The unit that holds so many digits of a second; microseconds where the type does not say.
fn unit(arguments: &[i64]) -> Option<TimeUnit> {
    match arguments {
        [] => Some(TimeUnit::Microsecond),
        [0] => Some(TimeUnit::Second),
        [1..=3] => Some(TimeUnit::Millisecond),
        [4..=6] => Some(TimeUnit::Microsecond),
        [7..=9] => Some(TimeUnit::Nanosecond),
        _ => None,
    }
}

fn decimal(arguments: &[i64], most: u8, make: fn(u8, i8) -> DataType) -> Option<DataType> {
    let (precision, scale) = match *arguments {
        [precision] => (precision, 0),
        [precision, scale] => (precision, scale),
        _ => return None,
    };
    let precision = u8::try_from(precision)
        .ok()
        .filter(|p| (1..=most).contains(p))?;
    let scale = i8::try_from(scale)
        .ok()
        .filter(|s| s.unsigned_abs() <= most)?;
    // Arrow's own rule.
    (scale <= precision.cast_signed()).then(|| make(precision, scale))
}

/// A declared type in its parts: unquoted words in upper case with one space between, at most one quoted word after them,
/// and numbers in parentheses at the end.
struct Words {
    name: String,
    quoted: Option<String>,
    arguments: Vec<i64>,
}

impl Words {
    fn parse(declared: &str) -> Option<Self> {
        let mut name = String::new();
        let mut quoted = None;
        let mut rest = declared.trim();
        loop {
            rest = rest.trim_start();
            if let Some(inner) = rest.strip_prefix('"') {
                let (word, after) = unquote(inner)?;
                if quoted.replace(word).is_some() {
                    return None;
                }
                rest = after;
            } else if rest.is_empty() || rest.starts_with('(') {
                break;
            } else {
                if quoted.is_some() {
                    return None;
                }
                let end = rest
                    .find(|c: char| c.is_whitespace() || c == '(' || c == '"')
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(&word.to_ascii_uppercase());
                rest = after;
            }
        }
        let arguments = match rest.strip_prefix('(') {
            None => Vec::new(),
            Some(list) => list
                .strip_suffix(')')?
                .split(',')
                .map(|argument| argument.trim().parse().ok())
                .collect::<Option<_>>()?,
        };
        Some(Self {
            name,
            quoted,
            arguments,
        })
    }
}

/// The quoted word at the start of `text`, whose opening quote is already gone, and what follows it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        word.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                word.push('"');
                rest = more;
            }
            None => return Some((word, after)),
        }
    }
}

/// The declared type of a column that holds this Arrow type, empty for none; or why SQLite cannot hold it.
pub(super) fn declare(data_type: &DataType) -> Result<String, String> {
    check(data_type)?;
    let declared = match data_type {
        DataType::Null => "",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INT32",
        DataType::Int64 => "INTEGER",
        DataType::UInt8 => "UTINYINT",
        DataType::UInt16 => "USMALLINT",
        DataType::UInt32 => "UINTEGER",
        DataType::UInt64 => "UBIGINT",
        DataType::Float16 => "FLOAT2",
        DataType::Float32 => "FLOAT4",
        DataType::Float64 => "REAL",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "TEXT",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BLOB",
        DataType::FixedSizeBinary(length) => return Ok(format!("BINARY({length})")),
        DataType::Date32 => "DATE",
        DataType::Date64 => "DATE64",
        DataType::Time32(unit) | DataType::Time64(unit) => {
            return Ok(format!("TIME({})", digits(*unit)));
        }
        DataType::Timestamp(unit, None) => return Ok(format!("TIMESTAMP({})", digits(*unit))),
        DataType::Timestamp(unit, Some(zone)) if &**zone == "UTC" => {
            return Ok(format!("TIMESTAMPTZ({})", digits(*unit)));
        }
        DataType::Timestamp(unit, Some(zone)) => {
            return Ok(format!("TIMESTAMPTZ {}({})", quote(zone), digits(*unit)));
        }
        DataType::Duration(unit) => return Ok(format!("DURATION({})", digits(*unit))),
        DataType::Decimal32(precision, scale) => {
            return Ok(format!("DECIMAL32 TEXT({precision},{scale})"));
        }
        DataType::Decimal64(precision, scale) => {
            return Ok(format!("DECIMAL64 TEXT({precision},{scale})"));
        }
        DataType::Decimal128(precision, scale) => {
            return Ok(format!("DECIMAL TEXT({precision},{scale})"));
        }
        DataType::Decimal256(precision, scale) => {
            return Ok(format!("DECIMAL256 TEXT({precision},{scale})"));
        }
        DataType::Dictionary(_, value) => return declare(value),
        DataType::RunEndEncoded(_, values) => return declare(values.data_type()),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(_, _)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Struct(_)
        | DataType::Map(_, _) => {
            check_nested(data_type)?;
            "JSON"
        }
        DataType::Interval(_) => {
            return Err(
                "has no form in SQLite that keeps months, days and time apart: cast it to Duration or Utf8"
                    .to_owned(),
            );
        }
        DataType::Union(_, _) => {
            return Err(
                "would lose which variant a value is: give each variant a column, or cast it to Utf8".to_owned(),
            );
        }
    };
    Ok(declared.to_owned())
}

/// The declared type in a `STRICT` table, which knows only SQLite's storage classes.
pub(super) fn declare_strict(data_type: &DataType) -> Result<&'static str, String> {
    let declared = declare(data_type)?;
    Ok(match declared.as_str() {
        "" => "ANY",
        "JSON" => "TEXT",
        "BOOLEAN" => "INTEGER",
        _ => match arrow_type(Some(&declared), true) {
            Some(DataType::Binary | DataType::FixedSizeBinary(_)) => "BLOB",
            Some(DataType::Duration(_)) => "INTEGER",
            Some(data_type) if data_type.is_temporal() => "TEXT",
            _ => match affinity(&declared) {
                Affinity::Integer => "INTEGER",
                Affinity::Real => "REAL",
                Affinity::Text => "TEXT",
                Affinity::Blob => "BLOB",
                Affinity::Numeric => "ANY",
            },
        },
    })
}

/// Whether Arrow has arrays of this type, and of those inside; or why not. `DataType` can say more than there is.
fn check(data_type: &DataType) -> Result<(), String> {
    let decimal = |precision: u8, scale: i8, most: u8| {
        // Arrow's own rule, and no scale beyond what a declared type says.
        if (1..=most).contains(&precision)
            && scale.unsigned_abs() <= most
            && scale <= precision.cast_signed()
        {
            Ok(())
        } else {
            Err(format!(
                "needs a precision of 1 to {most}, and a scale of -{most} to at most the precision"
            ))
        }
    };
    match data_type {
        DataType::FixedSizeBinary(size) | DataType::FixedSizeList(_, size) if *size < 0 => {
            return Err("has a negative size".to_owned());
        }
        DataType::Time32(TimeUnit::Microsecond | TimeUnit::Nanosecond) => {
            return Err("must be in seconds or milliseconds: ask for Time64".to_owned());
        }
        DataType::Time64(TimeUnit::Second | TimeUnit::Millisecond) => {
            return Err("must be in microseconds or nanoseconds: ask for Time32".to_owned());
        }
        DataType::Decimal32(precision, scale) => decimal(*precision, *scale, 9)?,
        DataType::Decimal64(precision, scale) => decimal(*precision, *scale, 18)?,
        DataType::Decimal128(precision, scale) => decimal(*precision, *scale, 38)?,
        DataType::Decimal256(precision, scale) => decimal(*precision, *scale, 76)?,
        DataType::Dictionary(key, _) if !key.is_integer() => {
            return Err(format!("needs keys that are integers, and {key} is none"));
        }
        DataType::RunEndEncoded(ends, _)
            if !matches!(
                ends.data_type(),
                DataType::Int16 | DataType::Int32 | DataType::Int64
            ) =>
        {
            return Err(format!(
                "needs run ends of Int16, Int32 or Int64, and not {}",
                ends.data_type()
            ));
        }
        DataType::Map(entries, _) if !matches!(entries.data_type(), DataType::Struct(fields) if fields.len() == 2) =>
        {
            return Err("needs entries of a key and a value".to_owned());
        }
        _ => {}
    }
    let inside = |field: &Field| {
        let data_type = field.data_type();
        check(data_type).map_err(|reason| {
            format!(
                "holds a field `{}` of type {data_type}, which {reason}",
                field.name()
            )
        })
    };
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _)
        | DataType::RunEndEncoded(_, field) => inside(field),
        DataType::Dictionary(_, value) => check(value),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| inside(field)),
        _ => Ok(()),
    }
}

/// Whether every type inside a nested one has a form in JSON that reads back equal; or why not.
pub(super) fn check_nested(data_type: &DataType) -> Result<(), String> {
    let fields: Vec<&Field> = match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _) => {
            check_keys(data_type)?;
            vec![field]
        }
        DataType::RunEndEncoded(_, values) => vec![values],
        DataType::Dictionary(_, value) => return check_nested(value),
        DataType::Struct(fields) => {
            let mut names: Vec<_> = fields.iter().map(|field| field.name()).collect();
            names.sort_unstable();
            if let Some((name, _)) = names
                .iter()
                .zip(names.iter().skip(1))
                .find(|(name, next)| name == next)
            {
                return Err(format!(
                    "holds two fields named `{name}`, of which JSON keeps one: rename one"
                ));
            }
            fields.iter().map(AsRef::as_ref).collect()
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => {
            return Err(
                "holds binary values, which JSON has not: cast them to text, or give them a column"
                    .to_owned(),
            );
        }
        DataType::Interval(_) | DataType::Union(_, _) => {
            return Err(format!(
                "holds {data_type} values, which have no form in JSON: cast them"
            ));
        }
        _ => return Ok(()),
    };
    fields
        .into_iter()
        .try_for_each(|field| check_nested(field.data_type()))
}

/// A map's keys become the names of a JSON object's members.
fn check_keys(data_type: &DataType) -> Result<(), String> {
    let DataType::Map(entries, _) = data_type else {
        return Ok(());
    };
    match entries.data_type() {
        DataType::Struct(fields)
            if fields.first().is_some_and(|key| {
                matches!(
                    key.data_type(),
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
                )
            }) =>
        {
            Ok(())
        }
        _ => {
            Err("holds a map whose keys are not text, as JSON's are: cast them to Utf8".to_owned())
        }
    }
}

fn digits(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::{Fields, IntervalUnit, UnionFields, UnionMode};
    use std::sync::Arc;

    const UNITS: [TimeUnit; 4] = [
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
    ];

    /// Every type whose declared type means it and nothing else.
    fn exact() -> Vec<DataType> {
        use DataType::*;
        let mut types = vec![
            Boolean,
            Int8,
            Int16,
            Int32,
            Int64,
            UInt8,
            UInt16,
            UInt32,
            UInt64,
            Float16,
            Float32,
            Float64,
            Utf8,
            Binary,
            FixedSizeBinary(0),
            FixedSizeBinary(16),
            FixedSizeBinary(65_536),
            Date32,
            Date64,
            Time32(TimeUnit::Second),
            Time32(TimeUnit::Millisecond),
            Time64(TimeUnit::Microsecond),
            Time64(TimeUnit::Nanosecond),
            Decimal32(9, 2),
            Decimal64(18, 18),
            Decimal128(38, 10),
            Decimal128(5, -3),
            Decimal128(1, 0),
            Decimal256(76, 38),
        ];
        for unit in UNITS {
            types.push(Timestamp(unit, None));
            types.push(Duration(unit));
            for zone in ["UTC", "Europe/Berlin", "+01:00", "+00:00", "odd \" zone)("] {
                types.push(Timestamp(unit, Some(zone.into())));
            }
        }
        types
    }

    #[test]
    fn declared_types_read_back() {
        for data_type in exact() {
            let declared = declare(&data_type).unwrap();
            assert_eq!(
                arrow_type(Some(&declared), true),
                Some(data_type),
                "{declared}"
            );
        }
    }

    #[test]
    fn layouts_read_back_as_their_plain_type() {
        use DataType::*;
        let item = Arc::new(Field::new_list_field(Int64, true));
        let ends = Arc::new(Field::new("run_ends", Int32, false));
        for (data_type, plain) in [
            (LargeUtf8, Utf8),
            (Utf8View, Utf8),
            (LargeBinary, Binary),
            (BinaryView, Binary),
            (Dictionary(Box::new(Int8), Box::new(Date32)), Date32),
            (RunEndEncoded(ends, item.clone()), Int64),
            (FixedSizeBinary(65_537), Binary),
            (FixedSizeBinary(i32::MAX), Binary),
            (List(item.clone()), Utf8),
            (LargeList(item.clone()), Utf8),
            (ListView(item.clone()), Utf8),
            (LargeListView(item.clone()), Utf8),
            (FixedSizeList(item.clone(), 3), Utf8),
            (Struct(Fields::from(vec![item.clone()])), Utf8),
        ] {
            let declared = declare(&data_type).unwrap();
            assert_eq!(arrow_type(Some(&declared), true), Some(plain), "{declared}");
        }
    }

    #[test]
    fn what_has_no_form_is_refused() {
        use DataType::*;
        for unit in [
            IntervalUnit::YearMonth,
            IntervalUnit::DayTime,
            IntervalUnit::MonthDayNano,
        ] {
            assert!(
                declare(&Interval(unit))
                    .unwrap_err()
                    .contains("cast it to Duration")
            );
        }
        assert!(declare(&Union(UnionFields::empty(), UnionMode::Sparse)).is_err());
        for inner in [
            Binary,
            LargeBinary,
            BinaryView,
            FixedSizeBinary(2),
            Interval(IntervalUnit::DayTime),
        ] {
            let list = List(Arc::new(Field::new_list_field(inner, true)));
            let nested = Struct(Fields::from(vec![Field::new("a", list, true)]));
            assert!(declare(&nested).is_err());
        }
    }

    #[test]
    fn what_arrow_has_no_arrays_of_is_refused() {
        use DataType::*;
        let item = Arc::new(Field::new_list_field(Int64, true));
        let ends = |data_type| Arc::new(Field::new("run_ends", data_type, false));
        for data_type in [
            FixedSizeBinary(-1),
            FixedSizeList(item.clone(), -1),
            Time32(TimeUnit::Microsecond),
            Time32(TimeUnit::Nanosecond),
            Time64(TimeUnit::Second),
            Time64(TimeUnit::Millisecond),
            Decimal32(10, 0),
            Decimal64(19, 0),
            Decimal128(0, 0),
            Decimal128(39, 0),
            Decimal128(5, 6),
            Decimal128(5, -128),
            Decimal256(77, 0),
            Decimal256(255, 127),
            Dictionary(Box::new(Utf8), Box::new(Utf8)),
            Dictionary(Box::new(Int8), Box::new(Time32(TimeUnit::Nanosecond))),
            RunEndEncoded(ends(UInt32), item.clone()),
            RunEndEncoded(ends(Utf8), item.clone()),
            Map(item.clone(), false),
        ] {
            assert!(declare(&data_type).is_err(), "{data_type}");
            let list = List(Arc::new(Field::new_list_field(data_type.clone(), true)));
            let nested = Struct(Fields::from(vec![Field::new("a", list, true)]));
            assert!(declare(&nested).is_err(), "{nested}");
        }
        let list = List(Arc::new(Field::new("i", FixedSizeList(item, -1), true)));
        let reason = declare(&list).unwrap_err();
        assert!(
            reason.starts_with("holds a field `i` of type FixedSizeList("),
            "{reason}"
        );
        assert!(reason.ends_with("which has a negative size"), "{reason}");
    }

    /// No declared type may make SQLite change what is stored: text must not go to a column that turns digits into numbers.
    #[test]
    fn affinities_keep_what_is_stored() {
        for data_type in exact() {
            let declared = declare(&data_type).unwrap();
            let expected = match data_type {
                DataType::Float16 | DataType::Float32 | DataType::Float64 => vec![Affinity::Real],
                DataType::Utf8 => vec![Affinity::Text],
                DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..) => {
                    vec![Affinity::Text]
                }
                DataType::Binary => vec![Affinity::Blob],
                // Neither a blob nor a text that is not a number is changed by these.
                _ => vec![Affinity::Integer, Affinity::Numeric],
            };
            assert!(expected.contains(&affinity(&declared)), "{declared}");
        }
    }

    #[test]
    fn affinity_follows_sqlite() {
        for (declared, expected) in [
            ("INT", Affinity::Integer),
            ("UNSIGNED BIG INT", Affinity::Integer),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("NATIVE CHARACTER(70)", Affinity::Text),
            ("clob", Affinity::Text),
            ("BLOB", Affinity::Blob),
            ("", Affinity::Blob),
            ("double precision", Affinity::Real),
            ("STRING", Affinity::Numeric),
            ("DECIMAL(10,5)", Affinity::Numeric),
        ] {
            assert_eq!(affinity(declared), expected, "{declared}");
        }
    }

    #[test]
    fn foreign_spellings_are_understood() {
        use DataType::*;
        for (declared, expected) in [
            ("bool", Some(Boolean)),
            ("int", Some(Int64)),
            ("BIGINT", Some(Int64)),
            ("VARCHAR(255)", Some(Utf8)),
            ("double", Some(Float64)),
            ("datetime", Some(Timestamp(TimeUnit::Microsecond, None))),
            ("DATETIME(2)", Some(Timestamp(TimeUnit::Millisecond, None))),
            (
                "timestamp  with time zone",
                Some(Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
            ),
            ("decimal( 10 , 2 )", Some(Decimal128(10, 2))),
            ("NUMERIC(5)", Some(Decimal128(5, 0))),
            ("BINARY(2000000000)", Some(Binary)),
            ("BINARY(9223372036854775807)", Some(Binary)),
            ("BINARY(-1)", None),
            ("NUMERIC", None),
            ("DECIMAL(99,2)", None),
            ("DECIMAL(2,9)", None),
            ("TIME(10)", None),
            ("DATE \"x\"", None),
            ("ANY", None),
            ("", None),
        ] {
            assert_eq!(arrow_type(Some(declared), true), expected, "{declared}");
        }
        assert_eq!(arrow_type(None, true), None);
        assert_eq!(arrow_type(Some("DATE"), false), None);
        for zone in ["America/Montreal", "Context", "Pint", "blob"] {
            let declared = declare(&Timestamp(TimeUnit::Second, Some(zone.into()))).unwrap();
            assert_eq!(arrow_type(Some(&declared), false), None);
        }
    }

    #[test]
    fn odd_words_do_not_panic() {
        for declared in [
            "(",
            ")",
            "\"",
            "\"\"",
            "A(",
            "A(1",
            "A(1))",
            "A(,)",
            "\"a\" \"b\"",
            "\"a\" b",
            "é(1)",
            "A(99999999999999999999)",
        ] {
            arrow_type(Some(declared), true);
            type_without_values(Some(declared));
        }
    }

    #[test]
    fn strict_tables_get_storage_classes() {
        for data_type in exact() {
            let declared = declare_strict(&data_type).unwrap();
            assert!(
                ["INTEGER", "REAL", "TEXT", "BLOB"].contains(&declared),
                "{data_type} {declared}"
            );
        }
        assert_eq!(declare_strict(&DataType::Null).unwrap(), "ANY");
    }
}
