//! Statistics: the main thread makes a picture of the client every `statistics.interval.ms` and gives it to the application.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::broker::{BOOTSTRAP, BrokerHandle};
use crate::client::Event;
use crate::client::main_loop::Main;
use crate::client::txn::State as TransactionState;
use crate::conf::Settings;
use crate::producer::producer_id::{ProducerId, ProducerIds};
use crate::protocol::ApiKey;
use crate::stats::snapshot::{Broker, Eos, Fatal, Snapshot};
use std::collections::HashMap;
use std::time::Duration;

/// When the next picture is due.
pub(in crate::client) struct Emission {
    interval: Option<Duration>,
    born: Time,
    next: Time,
}

impl Emission {
    pub(in crate::client) fn new(settings: &Settings, now: Time) -> Self {
        let interval = settings.statistics_interval;
        Self { interval, born: now, next: now + interval.unwrap_or_default() }
    }

    fn is_due(&mut self, now: Time) -> bool {
        let Some(interval) = self.interval.filter(|_| now >= self.next) else { return false };
        self.next = self.next + interval;
        if self.next <= now {
            // Late by more than an interval: those that were missed are not made up for.
            self.next = now + interval;
        }
        true
    }

    fn deadline(&self) -> Deadline {
        if self.interval.is_some() { Deadline::at(self.next) } else { Deadline::NEVER }
    }
}

/// The requests that every producer's document names, sent or not.
const ALWAYS_NAMED: [ApiKey; 18] = [
    ApiKey::Produce,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::FindCoordinator,
    ApiKey::SaslHandshake,
    ApiKey::ApiVersions,
    ApiKey::InitProducerId,
    ApiKey::AddPartitionsToTxn,
    ApiKey::AddOffsetsToTxn,
    ApiKey::EndTxn,
    ApiKey::TxnOffsetCommit,
    ApiKey::SaslAuthenticate,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::DescribeTransactions,
    ApiKey::ListTransactions,
    ApiKey::GetTelemetrySubscriptions,
    ApiKey::PushTelemetry,
];

impl Main {
    /// Gives the application statistics if they are due. Returns when they will be.
    pub(in crate::client) fn emit_statistics(&mut self, now: Time) -> Deadline {
        if self.emission.is_due(now) {
            let snapshot = Box::new(self.snapshot(now));
            self.view.client.tell(Event::Stats(snapshot));
        }
        self.emission.deadline()
    }

    /// The client as it is. Windows start anew with each call.
    #[must_use]
    pub fn snapshot(&self, now: Time) -> Snapshot {
        let client = &self.view.client;
        let settings = client.settings();
        let topics = self.view.topics.snapshots(now);
        let mut led: HashMap<i32, Vec<(usize, i32)>> = HashMap::new();
        for (at, t) in topics.iter().enumerate() {
            for p in t.partitions.iter().filter(|p| p.leader >= 0) {
                led.entry(p.leader).or_default().push((at, p.id));
            }
        }
        Snapshot {
            name: client.name().to_owned(),
            client_id: settings.client.id.clone(),
            ts: now.0,
            time: client.common.clock.wall_ms() / 1000,
            age: now.0.saturating_sub(self.emission.born.0),
            replyq: client.events.len(),
            msg_cnt: client.budget.messages(),
            msg_size: client.budget.bytes(),
            msg_max: settings.queue.max_messages.unwrap_or(0),
            msg_size_max: settings.queue.max_bytes,
            metadata_cache_cnt: self.view.topics.count_settled(),
            brokers: self.broker_snapshots(&mut led, now),
            topics,
            eos: client.producer_ids().map(|ids| {
                eos(ids, self.transactions.seen.unwrap_or((TransactionState::Init, self.emission.born)), now)
            }),
            fatal: client.fatal_error().map(|e| Fatal {
                code: e.code.0,
                error: e.code.describe().into_owned(),
                reason: e.text,
                cnt: 1,
            }),
        }
    }
}

impl Main {
    fn broker_snapshots(&self, led: &mut HashMap<i32, Vec<(usize, i32)>>, now: Time) -> Vec<Broker> {
        self.view
            .brokers
            .with_addresses()
            .map(|(handle, address)| broker(handle, address, led, now))
            .collect()
    }
}

/// `txn`: the state of the client's transactions and since when they are in it.
fn eos(ids: &ProducerIds, txn: (TransactionState, Time), now: Time) -> Eos {
    let s = ids.snapshot();
    let none = ProducerId { id: -1, epoch: -1 };
    let current = s.current.unwrap_or(none);
    Eos {
        idemp_state: s.state.name(),
        idemp_state_number: s.state as i32,
        idemp_state_age: now.0.saturating_sub(s.since.0),
        txn_state: txn.0.name(),
        txn_state_number: txn.0 as i32,
        txn_state_age: now.0.saturating_sub(txn.1.0),
        txn_may_enq: txn.0 == TransactionState::InTransaction,
        producer_id: current.id,
        producer_epoch: current.epoch,
        epoch_cnt: i32::try_from(s.epochs).unwrap_or(i32::MAX),
    }
}

fn broker(
    handle: &BrokerHandle,
    node_name: String,
    led: &mut HashMap<i32, Vec<(usize, i32)>>,
    now: Time,
) -> Broker {
    let node_id = handle.node_id();
    let stats = handle.stats();
    let requests = ApiKey::ALL.iter().filter_map(|api| {
        let sent = stats.requests(api.0);
        let named = sent > 0 || ALWAYS_NAMED.contains(api);
        named.then(|| (api.short_name(), sent))
    });
    let mut out = Broker {
        name: handle.own_name().to_string(),
        node_id,
        node_name,
        source: match node_id {
            _ if handle.is_logical() => "logical",
            BOOTSTRAP => "configured",
            _ => "learned",
        },
        state: handle.state().name(),
        requests: requests.collect(),
        toppars: if handle.is_logical() { Vec::new() } else { led.remove(&node_id).unwrap_or_default() },
        ..Broker::default()
    };
    stats.take(now, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_due_every_interval_and_missed_ones_are_dropped() {
        let settings =
            Settings { statistics_interval: Some(Duration::from_micros(100)), ..Settings::default() };
        let mut e = Emission::new(&settings, Time(1_000));
        let due: Vec<i64> = (1_000..1_500).step_by(10).filter(|t| e.is_due(Time(*t))).collect();
        assert_eq!(due, [1_100, 1_200, 1_300, 1_400]);
        assert!(e.is_due(Time(1_530)), "late, but not by an interval");
        assert_eq!(e.deadline(), Deadline::at(Time(1_600)));
        assert!(e.is_due(Time(1_950)) && !e.is_due(Time(1_951)));
        assert_eq!(e.deadline(), Deadline::at(Time(2_050)));
        assert!(Emission::new(&Settings::default(), Time(0)).deadline().is_never());
    }

    #[test]
    fn every_request_that_is_always_named_has_a_name() {
        assert!(ALWAYS_NAMED.iter().all(|api| api.name().is_some()));
    }
}
