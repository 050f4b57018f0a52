use clib::{ArgumentBatch, ArgumentType, BatchAggregate, Connection, Result};

struct Counts<'a>(&'a std::sync::atomic::AtomicUsize);

impl BatchAggregate for Counts<'_> {
    type State = ();
    type Output = i64;

    fn init(&self) {}

    fn update(&self, (): &mut (), rows: &ArgumentBatch<'_>) -> Result<()> {
        self.0.fetch_add(rows.rows(), std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    fn finish(&self, (): ()) -> Result<i64> {
        Ok(0)
    }
}

fn main() -> Result<()> {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let mut conn = Connection::open_in_memory()?;
    conn.create_batch_aggregate("counts", &[ArgumentType::Any], Counts(&count))
}
