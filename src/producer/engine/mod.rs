//! The engine seam: which partitions go into which request now, and when to ask again.
//!
//! An engine decides about scheduling and packing and nothing else. It does not encode records, does not judge errors and
//! does not own messages: those exist once, in the modules beside this one, for all engines.

mod combine;
mod legacy;
mod look;
mod timers;
mod v2;

use super::batch::Batch;
use super::format::ProduceFormat;
use super::producer_id::ProducerIds;
use super::ready::{Announcement, ReadyList};
use super::report::Report;
use super::transaction::TransactionGate;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::conf::{ProduceEngine, Settings};
use crate::stats::engine::EngineStats;

pub use legacy::Legacy;
pub use v2::{Feedback, V2};

/// What an engine keeps with a partition, under the partition's send lock.
#[derive(Default)]
pub struct PartitionState {
    legacy: legacy::LegacyPartition,
    v2: Option<Box<v2::Notes>>,
}

impl PartitionState {
    /// The broker has refused a batch of several segments: those up to this message are tried one by one. `too_large`: so
    /// many segments were too many.
    pub fn note_divided(&mut self, last_msgid: u64, too_large: Option<usize>) {
        self.v2().note_divided(last_msgid, too_large);
    }

    fn v2(&mut self) -> &mut v2::Notes {
        self.v2.get_or_insert_default()
    }

    /// Forgets everything: the partition goes to another owner.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// What one look at the partitions may do.
pub struct Pass<'a> {
    pub now: Time,
    pub settings: &'a Settings,
    /// Requests that may be built; 0 while nothing can be sent (messages still expire then).
    pub room: usize,
    /// Requests that `max.in.flight` leaves free.
    pub slots: usize,
    /// The form in which the broker takes messages.
    pub format: ProduceFormat,
    /// The number of the broker's connection, another one each time that it connects.
    pub connection: u64,
    /// Requests that are out.
    pub in_flight: usize,
    /// When the oldest of them was sent.
    pub in_flight_since: Option<Time>,
    /// Somebody waits in flush(): linger times do not count.
    pub flushing: bool,
    /// The list by which this engine's owner is told of work.
    pub ready: &'a Arc<ReadyList>,
    /// Where an engine counts what is its own; see [`crate::stats`].
    pub stats: &'a EngineStats,
    /// Of an idempotent producer.
    pub producer_ids: Option<&'a ProducerIds>,
    /// Of a transactional producer.
    pub transaction: Option<&'a TransactionGate>,
}

/// What came of a look.
#[derive(Default)]
pub struct Output {
    /// Each inner list is one ProduceRequest.
    pub requests: Vec<Vec<Batch>>,
    /// Messages whose time is up.
    pub reports: Vec<Report>,
    /// When to look again, if nothing happens before.
    pub next: Deadline,
}

/// The engine of one broker.
pub enum Engine {
    Legacy(Legacy),
    V2(Box<V2>),
}

impl Engine {
    #[must_use]
    pub fn new(kind: ProduceEngine, settings: &Settings) -> Self {
        match kind {
            ProduceEngine::Legacy => Self::Legacy(Legacy::default()),
            ProduceEngine::V2 => Self::V2(Box::new(V2::new(settings))),
        }
    }

    /// Looks at the partitions that were announced, whose time has come, or that wait for room.
    pub fn serve(&mut self, announced: &mut Vec<Announcement>, pass: &Pass<'_>) -> Output {
        match self {
            Self::Legacy(l) => l.serve(announced, pass),
            Self::V2(v) => v.serve(announced, pass),
        }
    }

    /// Whether there are messages that could leave now if there were room: a reason to have a connection.
    #[must_use]
    pub fn wants_room(&self) -> bool {
        match self {
            Self::Legacy(l) => l.wants_room(),
            Self::V2(v) => v.wants_room(),
        }
    }

    /// Partitions of this owner went to another one, or lost messages, without the engine having a part in it.
    pub fn note_leavers(&mut self) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_leavers(),
        }
    }

    /// A request was answered.
    pub fn note_response(&mut self, f: &Feedback) {
        match self {
            Self::Legacy(_) => {}
            Self::V2(v) => v.note_response(f),
        }
    }

    /// The largest request that may be written, in bytes.
    #[must_use]
    pub fn largest_request(&self, s: &Settings) -> usize {
        match self {
            Self::Legacy(_) => s.message_max_bytes,
            Self::V2(_) => v2::largest_request(s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::signal::Signal;
    use crate::conf::TopicSettings;
    use crate::producer::partition::{AppendRules, Partition};
    use crate::producer::store::pool::ChunkPool;
    use crate::producer::store::{StoredMessage, Value};
    use crate::producer::topic::TopicShared;

    /// Lets an engine send a message of each of 100 partitions. Returns how many partitions it sent, with how many of them
    /// v2 keeps notes, and the bytes that were counted for v2's caps.
    fn work(kind: ProduceEngine, multibatch: bool) -> (usize, usize, usize) {
        let linger = std::time::Duration::ZERO;
        let mut settings = Settings { produce_engine: kind, multibatch, linger, ..Settings::default() };
        settings.v2.linger = linger;
        settings.v2.batch_max_bytes = (kind == ProduceEngine::V2).then_some(1);
        let ready = Arc::new(ReadyList::new(Arc::new(Signal::new().unwrap())));
        let topic = TopicShared::new("t", TopicSettings::default(), None, 1);
        let pool = Arc::new(ChunkPool::new(0));
        let rules = AppendRules {
            flushing: false,
            count_bytes: kind == ProduceEngine::V2 && settings.v2.watches_bytes(),
            batch_messages: settings.batch_num_messages,
            batch_bytes: settings.batch_size,
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
        let mut settings = Settings { produce_engine: kind, linger, ..Settings::default() };
        settings.v2.linger = linger;
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
            batch_messages: settings.batch_num_messages,
            batch_bytes: settings.batch_size,
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
}
