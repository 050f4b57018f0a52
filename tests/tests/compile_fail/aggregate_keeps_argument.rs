use clib::{ArgumentBatch, BatchAggregate, Result};

struct Longest;

impl BatchAggregate for Longest {
    type State = Option<&'static str>;
    type Output = Option<&'static str>;

    fn init(&self) -> Self::State {
        None
    }

    fn update(&self, longest: &mut Self::State, rows: &ArgumentBatch<'_>) -> Result<()> {
        *longest = rows.texts(0)?.get(0);
        Ok(())
    }

    fn finish(&self, longest: Self::State) -> Result<Self::Output> {
        Ok(longest)
    }
}

fn main() {}
