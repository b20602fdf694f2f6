//! What has to hold when a schedule is over and its client is gone.

use super::brokers::Brokers;
use super::history::History;
use super::oracle::{Expectations, Message, Oracle};
use super::plan::Plan;
use super::summary::Outcome;
use rdkafka::client::Client;
use std::time::Duration;

/// What a message may take beside its linger time when nothing goes wrong: to find out about the cluster,
/// connections, and many small batches one after the other.
const UNHURRIED: Duration = Duration::from_millis(100);

/// A client that is gone leaves nothing behind.
pub fn judge_leftovers(client: &Client, plan: &Plan, destroyed: bool, oracle: &mut Oracle) {
    // A client that is destroyed in the middle of its work reports nothing any more and counts nothing
    // either.
    if !destroyed && client.queued_messages() != 0 {
        oracle.violations.push(format!("{} messages are still counted", client.queued_messages()));
    }
    if client.store_in_use() != 0 {
        let left = format!("{} bytes of the message store are not released", client.store_in_use());
        oracle.violations.push(left);
    }
    if let Some(e) = client.fatal_error().filter(|_| !plan.has_liars()) {
        oracle.violations.push(format!("a fatal error: {:?} {}", e.code, e.text));
    }
}

/// What the plan lets one expect of so many messages.
pub fn expectations(plan: &Plan, messages: usize) -> Expectations {
    let no_trouble = !plan.trouble;
    // One request at a time, and perhaps one message in each: a millisecond for every one that may be ahead.
    let queue = if plan.settings.network.max_in_flight == 1 { messages as u64 } else { 0 };
    Expectations {
        no_duplicates: no_trouble || plan.settings.idempotence.enabled,
        ordered: no_trouble || plan.keeps_order(),
        all_delivered: no_trouble && !plan.habits.patient && plan.transactions.is_none(),
        within: (no_trouble && plan.transactions.is_none())
            .then(|| plan.settings.batching.linger + UNHURRIED + Duration::from_millis(queue)),
        no_headers: plan.has_old_brokers(),
    }
}

/// What became of every message, and what is in the logs.
pub fn outcome(oracle: &Oracle, brokers: &Brokers) -> Outcome {
    let fate = |m: &Message| m.fate.as_ref().map(|f| (f.error, f.partition));
    let values = |log: &History| log.records().map(|(_, r)| r.value.clone()).collect();
    Outcome {
        fates: oracle.messages.iter().map(fate).collect(),
        logs: brokers.histories().iter().map(|(at, log)| (*at, values(log))).collect(),
    }
}
