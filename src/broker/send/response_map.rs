//! Finds the batches of a request by what the response says about them.

use crate::producer::batch::Batch;
use std::collections::HashMap;

/// The batches of a request that has been answered. What a response does not mention stays here, and what it mentions twice or
/// without having been asked finds nothing.
pub(super) struct ResponseMap {
    batches: Vec<Option<Batch>>,
    /// How many are still here.
    left: usize,
    /// Where the next one is looked for first: brokers mostly answer in the order of the request.
    next: usize,
    /// Only made for a response in another order: topic, partition, place.
    index: Option<HashMap<(String, i32), usize>>,
}

impl ResponseMap {
    pub(super) fn new(batches: Vec<Batch>) -> Self {
        let left = batches.len();
        Self { batches: batches.into_iter().map(Some).collect(), left, next: 0, index: None }
    }

    pub(super) fn take(&mut self, topic: &str, partition: i32) -> Option<Batch> {
        let at = match self.batches.get(self.next) {
            Some(Some(b)) if b.partition.id() == partition && b.partition.topic().name == topic => self.next,
            _ => {
                let batches = &self.batches;
                let index = self.index.get_or_insert_with(|| index(batches));
                *index.get(&(topic.to_owned(), partition))?
            }
        };
        self.next = at + 1;
        let batch = self.batches.get_mut(at).and_then(Option::take);
        self.left -= usize::from(batch.is_some());
        batch
    }

    /// What the response did not mention.
    pub(super) fn rest(self) -> Vec<Batch> {
        if self.left == 0 {
            return Vec::new();
        }
        self.batches.into_iter().flatten().collect()
    }
}

fn index(batches: &[Option<Batch>]) -> HashMap<(String, i32), usize> {
    let place = |(at, b): (usize, &Option<Batch>)| {
        let p = &b.as_ref()?.partition;
        Some(((p.topic().name.clone(), p.id()), at))
    };
    batches.iter().enumerate().filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::Arc;
    use crate::conf::TopicSettings;
    use crate::producer::partition::Partition;
    use crate::producer::store::pool::ChunkPool;
    use crate::producer::topic::TopicShared;

    /// Batches of two topics, three partitions each.
    fn map() -> ResponseMap {
        let pool = Arc::new(ChunkPool::new(0));
        let topics = ["a", "b"].map(|n| TopicShared::new(n, TopicSettings::default(), None, 1));
        let partition = |t: &Arc<TopicShared>, id| Arc::new(Partition::new(t.clone(), id, pool.clone()));
        let all = topics.iter().flat_map(|t| (0..3).map(move |id| (t, id)));
        ResponseMap::new(all.map(|(t, id)| Batch::new(partition(t, id), Vec::new())).collect())
    }

    fn take_all(map: &mut ResponseMap, order: &[(&str, i32)]) -> Vec<bool> {
        let found = |map: &mut ResponseMap, topic: &str, id| {
            let b = map.take(topic, id);
            assert!(b.as_ref().is_none_or(|b| b.partition.topic().name == topic && b.partition.id() == id));
            b.is_some()
        };
        order.iter().map(|(t, id)| found(map, t, *id)).collect()
    }

    #[test]
    fn any_order_finds_every_batch_once() {
        let ordered = [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("b", 2)];
        let mut m = map();
        assert_eq!(take_all(&mut m, &ordered), [true; 6]);
        assert!(m.index.is_none(), "no index is made for a response in the order of the request");
        assert!(m.rest().is_empty());
        let mut shuffled = ordered;
        for seed in 0..50 {
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            let mut m = map();
            assert_eq!(take_all(&mut m, &shuffled), [true; 6], "seed {seed}");
            assert!(m.rest().is_empty());
        }
    }

    #[test]
    fn what_is_missing_stays_and_what_is_unknown_or_repeated_finds_nothing() {
        let mut m = map();
        let said = [("b", 1), ("b", 1), ("c", 0), ("a", 7), ("a", -1), ("a", 2), ("a", 2)];
        assert_eq!(take_all(&mut m, &said), [true, false, false, false, false, true, false]);
        let rest: Vec<_> =
            m.rest().iter().map(|b| (b.partition.topic().name.clone(), b.partition.id())).collect();
        let want = [("a", 0), ("a", 1), ("b", 0), ("b", 2)].map(|(t, id)| (t.to_owned(), id));
        assert_eq!(rest, want);
    }
}
