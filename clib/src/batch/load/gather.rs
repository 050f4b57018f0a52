//! Batches that are loaded together.
//!
//! Entries of an index that are inserted in order go page by page, and those of one batch alone would touch nearly every page of a
//! large index. So where the kernel sorts entries, [`Connection::load`](crate::Connection::load) takes some batches from its reader before it
//! loads them, as one.

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;

use super::Loader;
use crate::error::Result;

/// How many bytes of batches are gathered. As many again are needed for them as one, and for the entries.
const GATHERED_BYTES: usize = 64 << 20;

/// Batches that wait.
#[derive(Default)]
pub(super) struct Gathered {
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl Loader<'_> {
    /// Loads a batch, now or with those that come after it.
    pub(super) fn gather(&mut self, gathered: &mut Gathered, batch: RecordBatch) -> Result<()> {
        let bytes = batch.get_array_memory_size();
        if bytes >= GATHERED_BYTES || !self.insert.gathers() {
            self.append_gathered(gathered)?;
            return self.append_rows(&batch);
        }
        gathered.bytes = gathered.bytes.saturating_add(bytes);
        gathered.batches.push(batch);
        if gathered.bytes >= GATHERED_BYTES {
            self.append_gathered(gathered)?;
        }
        Ok(())
    }

    /// Loads the batches that wait.
    pub(super) fn append_gathered(&mut self, gathered: &mut Gathered) -> Result<()> {
        let Gathered { batches, .. } = std::mem::take(gathered);
        if batches.len() > 1
            && batches.iter().all(|batch| self.check_schema(batch).is_ok())
            // Dictionaries together can have too many values for their keys.
            && let Ok(batch) = concat_batches(&self.schema, &batches)
        {
            self.append_rows(&batch)?;
            self.report.batches += batches.len() as u64 - 1;
            return Ok(());
        }
        batches.iter().try_for_each(|batch| self.append_rows(batch))
    }
}
