//! A picture of the client.

use crate::base::clock::Time;
use crate::broker::{BOOTSTRAP, BrokerHandle};
use crate::client::consumer::Consumer;
use crate::client::part::Ctx;
use crate::client::txn::state::TxnState;
use crate::producer::idempotence::producer_id::{ProducerId, ProducerIds};
use crate::protocol::ApiKey;
use crate::stats::snapshot::{Broker, Eos, Fatal, Snapshot, Topic};
use std::collections::HashMap;

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

/// The client as it is, `born` at that time. Windows start anew with each call.
pub(super) fn snapshot(ctx: &Ctx<'_>, born: Time) -> Snapshot {
    let (client, now) = (ctx.client, ctx.now);
    let settings = client.settings();
    let mut topics = ctx.topics.snapshots(now);
    if let Some(consumer) = client.consumer() {
        topics.iter_mut().for_each(|t| add_consumed(t, consumer));
    }
    let mut led: HashMap<i32, Vec<(usize, i32)>> = HashMap::new();
    for (at, t) in topics.iter().enumerate() {
        for p in t.partitions.iter().filter(|p| p.leader >= 0) {
            led.entry(p.leader).or_default().push((at, p.id));
        }
    }
    let brokers = ctx.brokers.with_addresses();
    Snapshot {
        name: client.name().to_owned(),
        is_consumer: client.consumer().is_some(),
        client_id: settings.client.id.clone(),
        ts: now.0,
        time: client.context().clock.wall_ms() / 1000,
        age: now.0.saturating_sub(born.0),
        replyq: client.main_queue().len(),
        msg_cnt: client.budget().messages(),
        msg_size: client.budget().bytes(),
        msg_max: settings.queue.max_messages.unwrap_or(0),
        msg_size_max: settings.queue.max_bytes,
        metadata_cache_cnt: ctx.topics.count_settled(),
        brokers: brokers.map(|(handle, address)| broker(handle, address, &mut led, now)).collect(),
        topics,
        eos: client.producer_ids().map(|ids| {
            let seen = client.transactions().and_then(|t| t.seen());
            eos(ids, seen.unwrap_or((TxnState::Init, born)), now)
        }),
        fatal: client.fatal_error().map(|e| Fatal {
            code: e.code.0,
            error: e.code.describe().into_owned(),
            reason: e.text,
            cnt: 1,
        }),
    }
}

/// Adds what a consumer keeps of a topic's partitions.
fn add_consumed(topic: &mut Topic, consumer: &Consumer) {
    for p in &mut topic.partitions {
        if let Some(partition) = consumer.partition(&topic.name, p.id) {
            let stored = consumer.stored_offset(&topic.name, p.id).map(|stored| stored.position);
            let committed = consumer.committed_offset(&topic.name, p.id);
            p.consumed = partition.snapshot(stored, committed, consumer.settings().read_committed);
        }
    }
}

/// `txn`: the state of the client's transactions and since when they are in it.
fn eos(ids: &ProducerIds, txn: (TxnState, Time), now: Time) -> Eos {
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
        txn_may_enq: txn.0 == TxnState::InTransaction,
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
    fn every_request_that_is_always_named_has_a_name() {
        assert!(ALWAYS_NAMED.iter().all(|api| api.name().is_some()));
    }
}
