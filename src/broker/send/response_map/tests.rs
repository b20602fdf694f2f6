use super::*;
use crate::base::sync::Arc;
use crate::conf::TopicSettings;
use crate::producer::partition::Partition;
use crate::producer::partition::TopicShared;
use crate::producer::store::pool::ChunkPool;

/// Batches of two topics, three partitions each.
fn map() -> ResponseMap {
    let pool = Arc::new(ChunkPool::new(0));
    let topics = ["a", "b"].map(|n| TopicShared::new(n, TopicSettings::default(), 1));
    let partition = |t: &Arc<TopicShared>, id| Arc::new(Partition::new(t.clone(), id, pool.clone()));
    let all = topics.iter().flat_map(|t| (0..3).map(move |id| (t, id)));
    ResponseMap::new(all.map(|(t, id)| Batch::new(partition(t, id), Vec::new())).collect())
}

fn take_all(map: &mut ResponseMap, order: &[(&str, i32)]) -> Vec<bool> {
    let found = |map: &mut ResponseMap, topic: &str, id| {
        let b = map.take(topic, id);
        assert!(b.as_ref().is_none_or(|b| *b.partition.topic().name == *topic && b.partition.id() == id));
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
        m.rest().iter().map(|b| (b.partition.topic().name.to_string(), b.partition.id())).collect();
    let want = [("a", 0), ("a", 1), ("b", 0), ("b", 2)].map(|(t, id)| (t.to_owned(), id));
    assert_eq!(rest, want);
}
