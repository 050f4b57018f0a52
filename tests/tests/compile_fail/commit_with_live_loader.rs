//! A loader's savepoint is within the transaction, which cannot end before it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use clib::{Connection, LoadOptions, Result};

fn main() -> Result<()> {
    let mut conn = Connection::open_in_memory()?;
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Int64, true)]));
    let tx = conn.transaction()?;
    let loader = tx.loader("t", schema, &LoadOptions::new())?;
    tx.commit()?;
    loader.finish()?;
    Ok(())
}
