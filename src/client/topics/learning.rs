//! What a Metadata response says of a topic.

use super::assignment::{assign_leader, assign_leaders};
use crate::base::error::ErrorCode;
use crate::base::line::Line;
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::client::part::Ctx;
use crate::cluster::topics::TopicNews;
use crate::producer::partition::topic::{Topic, TopicState};
use crate::protocol::metadata as wire;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Takes note of what a response says of a topic. Returns whether the topic is settled, so that it need not
/// be asked for again.
pub(in crate::client) fn learn_topic(ctx: &mut Ctx<'_>, name: &str, t: &wire::Topic) -> bool {
    ctx.topics.leaders.learn(t, ctx.now);
    let Some(topic) = ctx.topics.get(name) else { return true };
    ctx.topics.heard += 1;
    let Some(known) = ctx.topics.cluster_topic(name) else { return true };
    match known.learn(t, ctx.client.settings().metadata.propagation_max, ctx.now) {
        TopicNews::Exists { partitions, made_anew } => {
            learn_partitions(ctx, &topic, t, partitions, made_anew)
        }
        TopicNews::NotExists(code) => {
            settle_topic(ctx, &topic, TopicState::NotExists(code), 0);
            true
        }
        TopicNews::Refused(code) => {
            settle_topic(ctx, &topic, TopicState::Error(code), 0);
            true
        }
        TopicNews::Open => {
            topic.shared().lookup.failed(ErrorCode(t.error_code.into()));
            false
        }
    }
}

/// Takes note of the partitions of a topic that exists. Returns whether it is settled: one that was not known
/// before and has an error is asked for again until the error is gone.
///
/// Kafka never takes partitions from a topic. A response that names fewer than are known comes from a node
/// that has just started, unless the topic was made anew, so that the others stay as they are, as in
/// librdkafka.
fn learn_partitions(
    ctx: &mut Ctx<'_>,
    topic: &Arc<Topic>,
    t: &wire::Topic,
    believed: Option<usize>,
    made_anew: bool,
) -> bool {
    let known = topic.table().partitions.len();
    let count = match believed {
        Some(named) if made_anew => named,
        Some(named) => named.max(known),
        None => known,
    };
    settle_topic(ctx, topic, TopicState::Exists, count);
    if believed.is_some() {
        warn_of_unknown_partitions(ctx, topic.name(), t, count);
    }
    if made_anew {
        topic.table().partitions.iter().for_each(|p| p.topic_recreated());
        if let Some(known) = ctx.topics.cluster_topic(topic.name()) {
            known.begin_anew();
        }
    }
    assign_leaders(ctx, topic, t) && believed.is_some()
}

/// Sets a topic's state and its number of partitions.
pub(in crate::client) fn settle_topic(
    ctx: &mut Ctx<'_>,
    topic: &Arc<Topic>,
    state: TopicState,
    count: usize,
) {
    match state {
        TopicState::Exists => topic.shared().lookup.found(),
        _ => topic.shared().lookup.begin(ctx.now),
    }
    let before = topic.table().partitions.len();
    let update = topic.apply(state, count, &ctx.client.append_rules());
    if let Some(known) = ctx.topics.cluster_topic(topic.name()) {
        known.resize(topic.table().partitions.len());
    }
    log_partition_count(ctx, topic, before);
    for p in update.absent {
        assign_leader(ctx, &p, -1, p.leader_epoch());
    }
    for (p, code) in update.failed {
        ctx.client.deliver(p.retire(code));
        let used = p.lock_send().sequencer.pid();
        if let Some((ids, used)) = ctx.client.producer_ids().zip(used) {
            ids.abandon(used, ctx.client.now());
        }
        // What comes back to it fails here: its leader may leave the cluster meanwhile.
        assign_leader(ctx, &p, -1, p.leader_epoch());
    }
}

/// Logs that a topic has another number of partitions than before. That it becomes known is no news.
fn log_partition_count(ctx: &Ctx<'_>, topic: &Topic, before: usize) {
    let count = topic.table().partitions.len();
    if before == 0 || before == count {
        return;
    }
    let name = topic.name();
    let id = ctx.topics.known.get(name).map_or_else(String::new, |t| STANDARD_NO_PAD.encode(t.cluster.id()));
    ctx.client.logger().log_line(Level::Notice, "PARTCNT", || {
        let text = format!("Topic {name} (id {id}) partition count changed from {before} to {count}");
        Line::new(text).of_topic(name)
    });
}

/// Logs a broker's mistake, once for a topic however many numbers are beyond its count of partitions.
fn warn_of_unknown_partitions(ctx: &Ctx<'_>, topic: &str, t: &wire::Topic, count: usize) {
    let is_unknown = |p: &&wire::Partition| usize::try_from(p.partition).map_or(true, |id| id >= count);
    let mut unknown = t.partitions.iter().filter(is_unknown);
    let Some(wire::Partition { partition, leader_id, .. }) = unknown.next() else { return };
    let others = match unknown.count() {
        0 => String::new(),
        n => format!(", and {n} like it"),
    };
    ctx.client.logger().log_line(Level::Warning, "BROKER", || {
        let text = format!(
            "{topic} [{partition}] is unknown (partition_cnt {count}): ignoring leader ({leader_id}) update{others}"
        );
        Line::new(text).of_partition(topic, *partition)
    });
}
