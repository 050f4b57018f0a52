//! The checksum of batches.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::checksum::{Column, finish};

/// The checksum of batches that come one after the other.
#[derive(Default)]
pub struct Sum(Vec<Column>);

impl Sum {
    pub fn of(batches: &[RecordBatch]) -> String {
        let mut sum = Self::default();
        batches.iter().for_each(|batch| sum.add(batch));
        sum.finish()
    }

    pub fn add(&mut self, batch: &RecordBatch) {
        self.0.resize_with(batch.num_columns(), Column::default);
        for (sum, array) in self.0.iter_mut().zip(batch.columns()) {
            add(sum, array);
        }
    }

    pub fn finish(self) -> String {
        finish(self.0)
    }
}

fn add(sum: &mut Column, array: &dyn Array) {
    match array.data_type() {
        DataType::Int64 => array
            .as_primitive::<Int64Type>()
            .iter()
            .for_each(|v| sum.integer(v)),
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .iter()
            .for_each(|v| sum.real(v)),
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(|v| sum.text(v)),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(|v| sum.text(v)),
        DataType::Utf8View => array.as_string_view().iter().for_each(|v| sum.text(v)),
        other => panic!("unexpected type {other}"),
    }
}
