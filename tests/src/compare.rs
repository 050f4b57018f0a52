//! Whether two batches are the same: not equal, but the same bytes in the same buffers.

use arrow_array::{Array, RecordBatch};
use arrow_data::ArrayData;
use arrow_schema::DataType;

/// How a batch differs from the one that is expected.
///
/// # Errors
///
/// The difference.
pub fn same_batch(expected: &RecordBatch, found: &RecordBatch) -> Result<(), String> {
    if expected.schema() != found.schema() {
        return Err(format!(
            "schemas {:?} and {:?}",
            expected.schema(),
            found.schema()
        ));
    }
    if expected.num_rows() != found.num_rows() {
        return Err(format!(
            "{} rows and {}",
            expected.num_rows(),
            found.num_rows()
        ));
    }
    for (index, (expected, found)) in expected.columns().iter().zip(found.columns()).enumerate() {
        if expected != found {
            let row =
                (0..expected.len()).find(|row| expected.slice(*row, 1) != found.slice(*row, 1));
            let row = row.unwrap_or(0);
            return Err(format!(
                "column {index}, row {row}: {:?} and {:?}",
                expected.slice(row, 1),
                found.slice(row, 1)
            ));
        }
        same_data(&expected.to_data(), &found.to_data())
            .map_err(|difference| format!("column {index}: {difference}"))?;
    }
    Ok(())
}

/// Two arrays that are equal may still differ in what is under a NULL, or in whether there is a bitmap without NULLs.
fn same_data(expected: &ArrayData, found: &ArrayData) -> Result<(), String> {
    let facts = |data: &ArrayData| {
        (
            data.len(),
            data.offset(),
            data.null_count(),
            data.nulls().is_some(),
            data.buffers().len(),
        )
    };
    if facts(expected) != facts(found) {
        return Err(format!(
            "(length, offset, NULLs, bitmap, buffers): {:?} and {:?}",
            facts(expected),
            facts(found)
        ));
    }
    // The last byte of bits may hold anything behind the last row.
    if *expected.data_type() != DataType::Boolean {
        let pairs = expected.buffers().iter().zip(found.buffers());
        for (number, (expected, found)) in pairs.enumerate() {
            if expected.as_slice() != found.as_slice() {
                let at = expected.iter().zip(found.iter()).position(|(a, b)| a != b);
                return Err(format!(
                    "buffer {number} of {} and {} bytes differs{}",
                    expected.len(),
                    found.len(),
                    at.map(|at| format!(" at byte {at}")).unwrap_or_default()
                ));
            }
        }
    }
    for (expected, found) in expected.child_data().iter().zip(found.child_data()) {
        same_data(expected, found)?;
    }
    Ok(())
}
