//! What a partition has ever stored, in that order, and where its broker lost the state of producers: what
//! schedules are judged by, also when records or whole topics are deleted on the way.

use super::logs::Record;
use super::oracle::id_of;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub enum Entry {
    Batch(Vec<Record>),
    /// From here on the broker knows nothing of producers that have no open transaction.
    StateLost,
}

#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    /// Up to here the present log has been taken in.
    end: i64,
}

/// The index of an entry, and that of the record in it.
pub type Place = (usize, usize);

impl History {
    /// Takes in what the partition's log has by now.
    pub fn extend(&mut self, batches: impl IntoIterator<Item = Vec<Record>>) {
        for records in batches {
            let Some(last) = records.last().map(|r| r.offset) else { continue };
            if last >= self.end {
                self.end = last + 1;
                self.entries.push(Entry::Batch(records));
            }
        }
    }

    pub fn lose_state(&mut self) {
        self.entries.push(Entry::StateLost);
    }

    /// The topic begins anew: with another log, and without any state.
    pub fn begin_anew(&mut self) {
        self.end = 0;
        self.lose_state();
    }

    /// All records with their places.
    pub fn records(&self) -> impl Iterator<Item = (Place, &Record)> {
        self.entries.iter().enumerate().flat_map(|(e, entry)| {
            let records = if let Entry::Batch(records) = entry { &records[..] } else { &[] };
            records.iter().enumerate().map(move |(r, record)| ((e, r), record))
        })
    }

    /// Where each message is, by offset, in the order in which it was stored there.
    pub fn places(&self) -> BTreeMap<usize, Vec<(i64, Place)>> {
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, r) in self.records().filter(|(_, r)| !r.marker) {
            if let Some(id) = r.value.as_deref().and_then(id_of) {
                all.entry(id).or_default().push((r.offset, at));
            }
        }
        all
    }

    /// Whether the state was lost after one place was written and before the other was.
    pub fn lost_state_between(&self, first: Place, second: Place) -> bool {
        self.entries[first.0..second.0].iter().any(|e| matches!(e, Entry::StateLost))
    }

    /// How many batches were written between the last loss of state before `first`, and `second`; `None`
    /// without a loss.
    pub fn batches_since_loss(&self, first: Place, second: Place) -> Option<usize> {
        let lost = self.entries[..first.0].iter().rposition(|e| matches!(e, Entry::StateLost))?;
        Some(self.entries[lost..second.0].iter().filter(|e| matches!(e, Entry::Batch(_))).count())
    }
}
