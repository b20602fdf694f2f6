//! What a partition knows of transactions: which are open in it, and which were aborted.

use std::collections::{BTreeMap, VecDeque};

/// An aborted transaction: readers leave out the producer's records from the first offset up to the marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    pub producer_id: i64,
    pub first_offset: i64,
    /// Where the marker is.
    pub last_offset: i64,
}

#[derive(Debug, Default)]
pub struct TxnIndex {
    /// Producer id to the first offset of its transaction.
    open: BTreeMap<i64, i64>,
    /// By `last_offset`.
    aborted: VecDeque<Aborted>,
}

impl TxnIndex {
    /// A batch of a transaction was appended.
    pub fn appended(&mut self, producer_id: i64, base_offset: i64) {
        self.open.entry(producer_id).or_insert(base_offset);
    }

    /// A marker was appended. The aborted transactions that end before `log_start` are forgotten.
    pub fn ended(&mut self, producer_id: i64, commit: bool, marker_offset: i64, log_start: i64) {
        let first = self.open.remove(&producer_id);
        if let Some(first_offset) = first.filter(|_| !commit) {
            self.aborted.push_back(Aborted { producer_id, first_offset, last_offset: marker_offset });
        }
        while self.aborted.pop_front_if(|a| a.last_offset < log_start).is_some() {}
    }

    /// Whether a transaction of this producer is open.
    #[must_use]
    pub fn is_open(&self, producer_id: i64) -> bool {
        self.open.contains_key(&producer_id)
    }

    /// The offset up to which the outcome of all transactions is known.
    #[must_use]
    pub fn last_stable_offset(&self, end_offset: i64) -> i64 {
        self.open.values().copied().fold(end_offset, i64::min)
    }

    /// The aborted transactions that a reader of the offsets `from..to` has to know, by their first offset.
    #[must_use]
    pub fn aborted_in(&self, from: i64, to: i64) -> Vec<Aborted> {
        let mut found: Vec<Aborted> =
            self.aborted.iter().filter(|a| a.last_offset >= from && a.first_offset < to).copied().collect();
        found.sort_by_key(|a| a.first_offset);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_open_transaction_holds_readers_back() {
        let mut t = TxnIndex::default();
        assert_eq!(t.last_stable_offset(10), 10);
        t.appended(7, 2);
        t.appended(8, 4);
        t.appended(7, 5);
        assert_eq!(t.last_stable_offset(10), 2);
        t.ended(7, false, 10, 0);
        assert_eq!(t.last_stable_offset(11), 4);
        t.ended(8, true, 11, 0);
        assert_eq!(t.last_stable_offset(12), 12);
        let seven = Aborted { producer_id: 7, first_offset: 2, last_offset: 10 };
        assert_eq!(t.aborted_in(0, 12), [seven]);
        assert_eq!(t.aborted_in(10, 11), [seven]);
        assert!(t.aborted_in(0, 2).is_empty() && t.aborted_in(11, 12).is_empty());
        t.ended(9, false, 12, 11);
        assert!(t.aborted_in(0, 12).is_empty(), "forgotten with its records");
    }
}
