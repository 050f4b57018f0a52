use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Connection, Result};

struct Counts<'a>(&'a std::cell::Cell<usize>);

impl BatchAggregate for Counts<'_> {
    type State = ();
    type Output = i64;

    fn init(&self) {}

    fn update(&self, (): &mut (), rows: &ArgumentBatch<'_>) -> Result<()> {
        self.0.set(self.0.get() + rows.rows());
        Ok(())
    }

    fn finish(&self, (): ()) -> Result<i64> {
        Ok(0)
    }
}

fn main() -> Result<()> {
    let count = std::cell::Cell::new(0);
    let mut conn = Connection::open_in_memory()?;
    conn.create_batch_aggregate("counts", &[ArgumentType::Any], Counts(&count))
}
