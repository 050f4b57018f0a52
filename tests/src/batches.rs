//! Random batches for a table.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, Float64Array, Int64Array, NullArray, RecordBatch, StringArray,
};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use crate::database::Table;
use crate::random::Random;
use crate::value::{Datum, Home, datum};

/// Columns for a load: names, types and what they hold.
#[derive(Clone, Debug)]
pub struct Shape {
    columns: Vec<(Field, Home)>,
    /// The column that is the table's rowid.
    alias: Option<usize>,
    /// Whether its values go upwards.
    ascending: bool,
    wild: u32,
    next: i64,
}

impl Shape {
    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        let fields: Vec<_> = self
            .columns
            .iter()
            .map(|(field, _)| field.clone())
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// Columns that a table has, in any order, mostly all that can be written.
    pub fn of_table(random: &mut Random, table: &Table) -> Self {
        let mut indexes: Vec<_> = (0..table.columns.len()).collect();
        if random.percent(97) {
            indexes.retain(|index| !table.columns[*index].generated);
        }
        if random.percent(30) {
            random.shuffle(&mut indexes);
            let most = indexes.len();
            indexes.truncate(1 + random.below(most));
        }
        let columns: Vec<_> = indexes
            .iter()
            .map(|index| {
                let column = &table.columns[*index];
                let data_type = data_type(random, column.home);
                let nullable = random.percent(95);
                (Field::new(&column.name, data_type, nullable), column.home)
            })
            .collect();
        Self {
            alias: indexes.iter().position(|index| table.alias == Some(*index)),
            ascending: random.percent(85),
            columns,
            wild: random.pick(&[0, 0, 0, table.wild]),
            next: random.between(1, 10_000),
        }
    }

    /// Columns of a table that is to be created.
    pub fn new(random: &mut Random) -> Self {
        let columns = (0..1 + random.below(6))
            .map(|index| {
                let home = random.pick(&[
                    Home::Integer,
                    Home::Real,
                    Home::Text,
                    Home::Blob,
                    Home::Date,
                    Home::Timestamp,
                    Home::Boolean,
                ]);
                let data_type = data_type(random, home);
                (
                    Field::new(format!("n{index}"), data_type, random.percent(90)),
                    home,
                )
            })
            .collect();
        Self {
            columns,
            alias: None,
            ascending: false,
            wild: random.pick(&[0, 0, 5]),
            next: 1,
        }
    }

    /// The next batch.
    pub fn batch(&mut self, random: &mut Random, rows: usize) -> RecordBatch {
        let before = if random.percent(20) {
            random.below(5)
        } else {
            0
        };
        let nulls = random.pick(&[0, 0, 10, 50]);
        let mut columns = Vec::new();
        for (index, (field, home)) in self.columns.iter().enumerate() {
            let values: Vec<_> = (0..before + rows)
                .map(|row| {
                    if self.alias == Some(index) && self.ascending {
                        return Datum::Integer(self.next + i64::try_from(row).unwrap());
                    }
                    if field.is_nullable() && random.percent(nulls) {
                        return Datum::Null;
                    }
                    match datum(random, *home, self.wild) {
                        // See `Table::value`.
                        Datum::Integer(value) if self.alias == Some(index) => {
                            Datum::Integer(value >> 2)
                        }
                        Datum::Real(_) if self.alias == Some(index) => Datum::Integer(5),
                        value => value,
                    }
                })
                .collect();
            let array = array(&values, field);
            // Rows that begin in the middle of buffers.
            columns.push(array.slice(before, rows));
        }
        self.next += i64::try_from(before + rows).unwrap();
        RecordBatch::try_new(self.schema(), columns).unwrap()
    }
}

fn data_type(random: &mut Random, home: Home) -> DataType {
    use DataType::*;
    let dictionary = || Dictionary(Box::new(Int16), Box::new(Utf8));
    let types = match home {
        Home::Integer => vec![Int64, Int64, Int64, Int32, UInt32, UInt64, Float64],
        Home::Small => vec![Int8, Int16, Int64, Float32],
        Home::Boolean => vec![Boolean, Int64, Int8],
        Home::Real => vec![Float64, Float64, Float64, Float32, Float16, Utf8],
        Home::Text => vec![Utf8, Utf8, Utf8, LargeUtf8, Utf8View, dictionary()],
        Home::Date => vec![Date32, Utf8, Date64],
        Home::Time => vec![Time64(TimeUnit::Microsecond), Utf8],
        Home::Timestamp => vec![
            Timestamp(TimeUnit::Millisecond, None),
            Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
            Utf8,
        ],
        Home::Decimal => vec![Decimal128(20, 2), Decimal64(10, 2), Utf8],
        Home::Blob => vec![Binary, Binary, LargeBinary, BinaryView],
        Home::Any => vec![Int64, Float64, Utf8, Binary, Null],
    };
    random.pick(&types)
}

/// The values as an array; NULL for what its type does not hold, or a value in place of NULL where there may be none.
fn array(values: &[Datum], field: &Field) -> ArrayRef {
    let fill = !field.is_nullable();
    let base: ArrayRef = match field.data_type() {
        DataType::Null => return Arc::new(NullArray::new(values.len())),
        DataType::Float64 | DataType::Float32 | DataType::Float16 => {
            let values = values.iter().map(|value| match value {
                Datum::Real(value) => Some(*value),
                #[expect(clippy::cast_precision_loss, reason = "any float will do")]
                Datum::Integer(value) => Some(*value as f64),
                Datum::Text(text) if text == "NaN" => Some(f64::NAN),
                _ => fill.then_some(0.5),
            });
            Arc::new(Float64Array::from_iter(values))
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let values = values.iter().map(|value| match value {
                Datum::Blob(bytes) | Datum::Raw(bytes) => Some(bytes.as_slice()),
                Datum::Text(text) => Some(text.as_bytes()),
                _ => fill.then_some(b"".as_slice()),
            });
            Arc::new(BinaryArray::from_iter(values))
        }
        data_type if data_type.is_integer() || *data_type == DataType::Boolean => {
            let values = values.iter().map(|value| match value {
                Datum::Integer(value) => Some(*value),
                _ => fill.then_some(1),
            });
            Arc::new(Int64Array::from_iter(values))
        }
        data_type => {
            let filler = match data_type {
                DataType::Decimal128(..) | DataType::Decimal64(..) => "0",
                DataType::Time64(_) => "00:00:00",
                _ => "2000-01-01",
            };
            let values = values.iter().map(|value| match value {
                Datum::Text(text) => Some(text.as_str()),
                _ => fill.then_some(filler),
            });
            Arc::new(StringArray::from_iter(values))
        }
    };
    let cast = |array: &ArrayRef| {
        // What does not fit becomes NULL.
        cast_with_options(array, field.data_type(), &CastOptions::default()).unwrap()
    };
    let array = cast(&base);
    if !fill || array.null_count() == 0 {
        return array;
    }
    // NULL where none may be: one value of the column everywhere.
    let one: ArrayRef = match base.data_type() {
        DataType::Int64 => Arc::new(Int64Array::from_value(1, values.len())),
        DataType::Float64 => Arc::new(Float64Array::from_value(0.5, values.len())),
        DataType::Binary => return array,
        _ => match field.data_type() {
            DataType::Decimal128(..) | DataType::Decimal64(..) => {
                Arc::new(StringArray::from(vec!["0"; values.len()]))
            }
            DataType::Time64(_) => Arc::new(StringArray::from(vec!["00:00:00"; values.len()])),
            _ => Arc::new(StringArray::from(vec!["2000-01-01"; values.len()])),
        },
    };
    cast(&one)
}
