use super::*;
use crate::base::clock::Time;
use crate::base::error::ErrorCode;
use crate::base::signal::Signal;
use crate::base::sync::Arc;
use crate::conf::TopicSettings;
use crate::producer::format::ProduceFormat;
use crate::producer::idempotence::producer_id::ProducerIds;
use crate::producer::partition::transaction::TransactionGate;
use crate::producer::partition::{AppendRules, Partition, ReadyList, TopicShared};
use crate::producer::store::pool::ChunkPool;
use crate::producer::store::{StoredMessage, Value};
use crate::stats::engine::EngineStats;

/// An engine and the list on which its partitions announce themselves. Nothing lingers.
struct Bench {
    settings: Settings,
    engine: Engine,
    ready: Arc<ReadyList>,
    stats: EngineStats,
    topic: Arc<TopicShared>,
}

impl Bench {
    fn new(kind: ProduceEngine, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.engine.kind = kind;
        settings.batching.linger = std::time::Duration::ZERO;
        settings.engine.v2.linger = settings.batching.linger;
        change(&mut settings);
        Self {
            engine: Engine::new(kind, &settings),
            ready: Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap()))),
            stats: EngineStats::new(true),
            topic: TopicShared::new("t", TopicSettings::default(), 1),
            settings,
        }
    }

    fn partition(&self, id: i32) -> Arc<Partition> {
        let p = Arc::new(Partition::new(self.topic.clone(), id, Arc::new(ChunkPool::new(0))));
        p.set_owner(Some(self.ready.clone()));
        p
    }

    fn append(&self, p: &Arc<Partition>) {
        let rules = AppendRules {
            flushing: false,
            count_bytes: self.settings.engine.kind == ProduceEngine::V2
                && self.settings.engine.v2.watches_bytes(),
            batch_messages: self.settings.batching.num_messages,
            batch_bytes: self.settings.batching.size,
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
        p.append(&message, &rules);
    }

    fn serve(&mut self, ids: Option<&ProducerIds>, gate: Option<&TransactionGate>) -> Output {
        let mut announced = Vec::new();
        self.ready.take(&mut announced);
        let ctx = ServeContext {
            now: Time(2),
            settings: &self.settings,
            max_requests: 200,
            free_in_flight: usize::MAX,
            connection: 0,
            in_flight: 0,
            in_flight_since: None,
            format: ProduceFormat::newest(9),
            flushing: false,
            ready: &self.ready,
            stats: &self.stats,
            producer_ids: ids,
            transaction: gate,
        };
        self.engine.serve(&mut announced, &ctx)
    }
}

/// Lets an engine send a message of each of 100 partitions. Returns how many partitions it sent, with how
/// many of them v2 keeps notes, and the bytes that were counted for v2's caps.
fn work(kind: ProduceEngine, multibatch: bool) -> (usize, usize, usize) {
    let mut bench = Bench::new(kind, |s| {
        s.engine.multibatch = multibatch;
        s.engine.v2.batch_max_bytes = (kind == ProduceEngine::V2).then_some(1);
    });
    let partitions: Vec<_> = (0..100).map(|id| bench.partition(id)).collect();
    partitions.iter().for_each(|p| bench.append(p));
    let counted = bench.ready.bytes();
    let sent = bench.serve(None, None).requests.iter().map(Vec::len).sum();
    let noted = partitions.iter().filter(|p| p.lock_send().engine.has_v2()).count();
    (sent, noted, counted)
}

/// The broker's side needs no test: `Engine` is an enum, so `legacy` has no state of v2 there.
#[test]
fn legacy_allocates_and_touches_nothing_of_v2() {
    assert_eq!(work(ProduceEngine::Legacy, false), (100, 0, 0));
    assert_eq!(work(ProduceEngine::Legacy, true), (100, 0, 0));
    let (sent, noted, counted) = work(ProduceEngine::V2, false);
    assert_eq!((sent, noted), (100, 100), "the same count, where there is something to count");
    assert!(counted > 0);
}

/// What an aborted transaction has queued is purged while its partition waits to join. In the next
/// transaction the partition has to ask again.
fn asks_again_after_an_abort(kind: ProduceEngine) {
    let mut bench = Bench::new(kind, |_| {});
    let gate = TransactionGate::new(bench.ready.signal().clone());
    let ids = ProducerIds::new(true, false, Time(0));
    let p = bench.partition(0);
    for number in 1..=3 {
        gate.begin(number);
        bench.append(&p);
        assert!(bench.serve(Some(&ids), Some(&gate)).requests.is_empty());
        let mut asking = Vec::new();
        gate.take_pending(&mut asking);
        assert_eq!(asking.len(), 1, "transaction {number}");
        gate.close();
        assert_eq!(p.purge(ErrorCode::_PURGE_QUEUE).len(), 1);
        bench.engine.partitions_left();
    }
}

#[test]
fn a_partition_of_an_aborted_transaction_joins_the_next_one() {
    asks_again_after_an_abort(ProduceEngine::Legacy);
    asks_again_after_an_abort(ProduceEngine::V2);
}

/// What a message says that has waited for the coordinator of its transaction.
#[test]
fn a_message_tells_that_its_partition_has_not_joined_the_transaction() {
    for kind in [ProduceEngine::Legacy, ProduceEngine::V2] {
        let mut bench = Bench::new(kind, |_| {});
        let timeout = Some(std::time::Duration::from_micros(1));
        let settings = TopicSettings { message_timeout: timeout, ..TopicSettings::default() };
        bench.topic = TopicShared::new("t", settings, 1);
        let gate = TransactionGate::new(bench.ready.signal().clone());
        gate.begin(1);
        let p = bench.partition(0);
        for known in [None, Some("the broker is down")] {
            bench.append(&p);
            let timed_out = bench.serve(None, Some(&gate)).timed_out.pop().unwrap();
            let why = known.unwrap_or("the coordinator has not added the partition to the transaction");
            let report = timed_out.explain(|_| known.map(Into::into));
            assert_eq!(report.cause(), Some(format!("Local: Message timed out: {why}").as_str()));
        }
    }
}
