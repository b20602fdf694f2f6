//! Which transactional batches were aborted.

use std::collections::VecDeque;

/// A transaction that was aborted, as a Fetch response lists it: the batches of the producer from
/// `first_offset` on, up to its next ABORT marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Aborted {
    pub producer_id: i64,
    pub first_offset: i64,
}

/// The aborted transactions that are still ahead or open.
#[derive(Debug)]
pub(super) struct AbortedTransactions {
    /// By producer id, and then by offset.
    list: VecDeque<Aborted>,
}

impl AbortedTransactions {
    pub(super) fn new(list: &[Aborted]) -> Self {
        let mut list = list.to_vec();
        list.sort_unstable();
        Self { list: list.into() }
    }

    fn position(&self, producer_id: i64) -> Option<usize> {
        let at = self.list.partition_point(|a| a.producer_id < producer_id);
        self.list.get(at).is_some_and(|a| a.producer_id == producer_id).then_some(at)
    }

    /// Whether a transactional batch of this producer belongs to an aborted transaction.
    pub(super) fn contains(&self, producer_id: i64, base_offset: i64) -> bool {
        let first = self.position(producer_id).and_then(|at| self.list.get(at));
        first.is_some_and(|a| a.first_offset <= base_offset)
    }

    /// The log has an ABORT marker of this producer: its transaction ends there.
    pub(super) fn end(&mut self, producer_id: i64, offset: i64) {
        if let Some(at) = self.position(producer_id)
            && self.list.get(at).is_some_and(|a| a.first_offset <= offset)
        {
            self.list.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_lasts_from_its_first_offset_to_its_marker() {
        let of = |producer_id, first_offset| Aborted { producer_id, first_offset };
        let mut aborted = AbortedTransactions::new(&[of(2, 30), of(1, 10), of(1, 50)]);
        assert!(!aborted.contains(1, 9) && aborted.contains(1, 10) && aborted.contains(1, 20));
        assert!(!aborted.contains(2, 20) && !aborted.contains(3, 20));
        // A marker of somebody else, and one of an earlier transaction that was not listed.
        aborted.end(3, 40);
        aborted.end(2, 25);
        assert!(aborted.contains(2, 31));
        aborted.end(1, 40);
        assert!(!aborted.contains(1, 45) && aborted.contains(1, 50));
    }
}
