use super::*;
use crate::base::clock::{Clock, SystemClock};
use crate::base::signal::Signal;
use crate::base::sync::mpsc;
use crate::conf::TopicSettings;

const RULES: AppendRules =
    AppendRules { flushing: false, count_bytes: false, batch_messages: 1, batch_bytes: 1 };

fn new_topic(ready: &Arc<ReadyList>) -> Arc<Topic> {
    let shared = TopicShared::new("t", TopicSettings::default(), 1);
    Topic::new(shared, None, Arc::new(ChunkPool::new(0)), ready.clone(), Duration::ZERO)
}

#[test]
fn partitions_are_paused_before_there_are_any() {
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let topic = new_topic(&ready);
    for (partition, paused) in [(0, true), (1, true), (1, false), (2, true), (-1, true)] {
        topic.set_paused(partition, paused);
    }
    let are_paused =
        || -> Vec<bool> { topic.table().partitions.iter().map(|p| p.lock_send().is_paused()).collect() };
    topic.apply(TopicState::Exists, 2, &RULES);
    assert_eq!(are_paused(), [true, false]);
    topic.apply(TopicState::Exists, 3, &RULES);
    assert_eq!(are_paused(), [true, false, true], "one that is added later, too");
    topic.apply(TopicState::Exists, 1, &RULES);
    topic.set_paused(2, false);
    topic.apply(TopicState::Exists, 3, &RULES);
    assert_eq!(are_paused(), [true, false, false], "one that was away for a while");
    // The list has the partitions that it was told of, and they have the list.
    ready.clear();
}

/// Messages that wait for their partitions would be missed if they got them between two steps of a purge.
#[test]
fn no_message_gets_its_partition_while_a_purge_is_under_way() {
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let topic = new_topic(&ready);
    topic.apply(TopicState::Exists, 1, &RULES);
    let (held, is_held) = mpsc::channel();
    let (let_go, may_go) = mpsc::channel::<()>();
    std::thread::scope(|threads| {
        let partition = topic.table().partitions[0].clone();
        threads.spawn(move || {
            let _guard = partition.lock_send();
            held.send(()).unwrap();
            // Until the other end is dropped, by a panic too.
            let _ = may_go.recv();
        });
        is_held.recv().unwrap();
        threads.spawn(|| topic.purge(ErrorCode::_PURGE_QUEUE));
        let clock = SystemClock::default();
        let give_up = clock.now() + Duration::from_secs(60);
        while !topic.waiting.is_locked() {
            assert!(clock.now() < give_up, "a new table may come in between");
            std::thread::yield_now();
        }
        drop(let_go);
    });
    ready.clear();
}
