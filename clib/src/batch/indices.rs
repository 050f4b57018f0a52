//! Which value of its dictionary or runs a row has, and other views of an array's numbers.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{AnyDictionaryArray, Array, ArrayRef, Int64Array, RunArray};
use arrow_schema::{ArrowError, DataType};

/// For each row the index of its value. What stands there for a row that is NULL is within bounds, if there are values.
pub(super) fn of_dictionary(array: &dyn AnyDictionaryArray) -> Vec<usize> {
    if array.values().is_empty() {
        return vec![0; array.len()];
    }
    array.normalized_keys()
}

/// For each row the index of its value.
pub(super) fn of_runs(array: &dyn Array) -> Result<Vec<usize>, ArrowError> {
    fn physical<R: RunEndIndexType>(array: &RunArray<R>) -> Vec<usize> {
        (0..array.len())
            .map(|row| array.get_physical_index(row))
            .collect()
    }
    match array.data_type() {
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => Ok(physical(array.as_run::<Int16Type>())),
            DataType::Int32 => Ok(physical(array.as_run::<Int32Type>())),
            _ => Ok(physical(array.as_run::<Int64Type>())),
        },
        other => Err(ArrowError::InvalidArgumentError(format!(
            "{other} is not run-end encoded"
        ))),
    }
}

/// The numbers of a type that stores 64-bit integers, such as a timestamp.
pub(super) fn as_i64(array: &dyn Array) -> Result<Int64Array, ArrowError> {
    let data = array
        .to_data()
        .into_builder()
        .data_type(DataType::Int64)
        .build()?;
    Ok(Int64Array::from(data))
}

/// The values of runs, one for each run.
pub(super) fn run_values(array: &dyn Array) -> Result<ArrayRef, ArrowError> {
    match array.data_type() {
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => Ok(array.as_run::<Int16Type>().values().clone()),
            DataType::Int32 => Ok(array.as_run::<Int32Type>().values().clone()),
            _ => Ok(array.as_run::<Int64Type>().values().clone()),
        },
        other => Err(ArrowError::InvalidArgumentError(format!(
            "{other} is not run-end encoded"
        ))),
    }
}
