use super::*;
use crate::base::signal::Signal;
use crate::conf::TopicSettings;
use crate::producer::partition::topic::TopicShared;
use crate::producer::partition::{AppendRules, Partition};
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{StoredMessage, Value};

/// Lets an engine send a message of each of 100 partitions. Returns how many partitions it sent, with how many of them
/// v2 keeps notes, and the bytes that were counted for v2's caps.
fn work(kind: ProduceEngine, multibatch: bool) -> (usize, usize, usize) {
    let linger = std::time::Duration::ZERO;
    let mut settings = Settings::default();
    settings.engine.kind = kind;
    settings.engine.multibatch = multibatch;
    settings.batching.linger = linger;
    settings.engine.v2.linger = linger;
    settings.engine.v2.batch_max_bytes = (kind == ProduceEngine::V2).then_some(1);
    let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
    let topic = TopicShared::new("t", TopicSettings::default(), None, 1);
    let pool = Arc::new(ChunkPool::new(0));
    let rules = AppendRules {
        flushing: false,
        count_bytes: kind == ProduceEngine::V2 && settings.engine.v2.watches_bytes(),
        batch_messages: settings.batching.num_messages,
        batch_bytes: settings.batching.size,
    };
    let message = StoredMessage {
        key: None,
        value: Value::Copy(b"value"),
        headers: None,
        timestamp_ms: 0,
        opaque: 0,
        enqueued: Time(1),
        retries: 0,
    };
    let mut partitions = Vec::new();
    for id in 0..100 {
        let p = Arc::new(Partition::new(topic.clone(), id, pool.clone()));
        p.set_owner(Some(ready.clone()));
        p.append(&message, &rules);
        partitions.push(p);
    }
    let counted = ready.bytes();
    let mut engine = Engine::new(kind, &settings);
    let mut announced = Vec::new();
    ready.take(&mut announced);
    let stats = EngineStats::new(true);
    let pass = Pass {
        now: Time(2),
        settings: &settings,
        room: 200,
        slots: usize::MAX,
        connection: 0,
        in_flight: 0,
        in_flight_since: None,
        format: ProduceFormat::newest(9),
        flushing: false,
        ready: &ready,
        stats: &stats,
        producer_ids: None,
        transaction: None,
    };
    let sent = engine.serve(&mut announced, &pass).requests.iter().map(Vec::len).sum();
    let noted = partitions.iter().filter(|p| p.lock_send().engine.v2.is_some()).count();
    (sent, noted, counted)
}

/// That it holds no state of v2 in the broker says the type.
#[test]
fn legacy_allocates_and_touches_nothing_of_v2() {
    assert_eq!(work(ProduceEngine::Legacy, false), (100, 0, 0));
    assert_eq!(work(ProduceEngine::Legacy, true), (100, 0, 0));
    let (sent, noted, counted) = work(ProduceEngine::V2, false);
    assert_eq!((sent, noted), (100, 100), "the same count, where there is something to count");
    assert!(counted > 0);
    assert_eq!(size_of::<Option<Box<v2::Notes>>>(), size_of::<usize>());
}

/// What an aborted transaction has queued is purged while its partition waits to join. In the next transaction the
/// partition has to ask again.
fn asks_again_after_an_abort(kind: ProduceEngine) {
    let linger = std::time::Duration::ZERO;
    let mut settings = Settings::default();
    settings.engine.kind = kind;
    settings.batching.linger = linger;
    settings.engine.v2.linger = linger;
    let signal = Arc::new(Signal::new().unwrap());
    let ready = Arc::new(ReadyList::new(signal.clone()));
    let gate = TransactionGate::new(signal);
    let ids = ProducerIds::new(true, false, Time(0));
    let topic = TopicShared::new("t", TopicSettings::default(), None, 1);
    let p = Arc::new(Partition::new(topic, 0, Arc::new(ChunkPool::new(0))));
    p.set_owner(Some(ready.clone()));
    let rules = AppendRules {
        flushing: false,
        count_bytes: false,
        batch_messages: settings.batching.num_messages,
        batch_bytes: settings.batching.size,
    };
    let stats = EngineStats::new(true);
    let mut engine = Engine::new(kind, &settings);
    for number in 1..=3 {
        gate.begin(number);
        p.append(
            &StoredMessage {
                key: None,
                value: Value::Copy(b"value"),
                headers: None,
                timestamp_ms: 0,
                opaque: 0,
                enqueued: Time(1),
                retries: 0,
            },
            &rules,
        );
        let mut announced = Vec::new();
        ready.take(&mut announced);
        let pass = Pass {
            now: Time(2),
            settings: &settings,
            room: 200,
            slots: usize::MAX,
            connection: 0,
            in_flight: 0,
            in_flight_since: None,
            format: ProduceFormat::newest(9),
            flushing: false,
            ready: &ready,
            stats: &stats,
            producer_ids: Some(&ids),
            transaction: Some(&gate),
        };
        assert!(engine.serve(&mut announced, &pass).requests.is_empty());
        let mut asking = Vec::new();
        gate.take_pending(&mut asking);
        assert_eq!(asking.len(), 1, "transaction {number}");
        gate.close();
        assert_eq!(p.purge(crate::base::error::ErrorCode::_PURGE_QUEUE).len(), 1);
        engine.note_leavers();
    }
}

#[test]
fn a_partition_of_an_aborted_transaction_joins_the_next_one() {
    asks_again_after_an_abort(ProduceEngine::Legacy);
    asks_again_after_an_abort(ProduceEngine::V2);
}
