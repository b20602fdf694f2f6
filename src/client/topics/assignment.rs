//! Leaders of partitions: each partition is handed to the broker that leads it, and without one to the
//! leaderless ones.

use crate::base::line::Line;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{LeaderHint, Op};
use crate::client::part::Ctx;
use crate::producer::partition::Partition;
use crate::producer::partition::topic::Topic;
use crate::protocol::metadata as wire;

/// Hands each partition to its leader. Returns whether all have one, also those that the response does not
/// name.
pub(super) fn assign_leaders(ctx: &mut Ctx<'_>, topic: &Arc<Topic>, t: &wire::Topic) -> bool {
    let table = topic.table();
    let mut all = true;
    for part in &t.partitions {
        let Some(p) = usize::try_from(part.partition).ok().and_then(|i| table.partitions.get(i)) else {
            continue;
        };
        let known = ctx.topics.cluster_topic(topic.name());
        if !known.is_some_and(|known| known.believes(part, ctx.now)) {
            all = false;
            continue;
        }
        // A leader that is none of the brokers named in the same answer cannot be one for long.
        let leader = if ctx.brokers.is_named(part.leader_id) { part.leader_id } else { -1 };
        all &= assign_leader(ctx, p, leader, part.leader_epoch);
    }
    all && table.partitions.iter().all(|p| p.is_available())
}

/// Hands a partition to the broker of this id, -1 for none. Returns whether it has a leader now.
pub(in crate::client) fn assign_leader(
    ctx: &mut Ctx<'_>,
    p: &Arc<Partition>,
    leader: i32,
    epoch: i32,
) -> bool {
    p.set_leader_epoch(epoch);
    ctx.topics.heard += 1;
    // A broker that cannot be started at present is no leader: the messages wait here, where they can time
    // out.
    let owner = ctx.brokers.start(leader).map(|handle| handle.ready().clone());
    let has_leader = owner.is_some();
    let name = &p.topic().name;
    if let Some(known) = ctx.topics.cluster_topic(name) {
        known.set_leader(p.id(), if has_leader { leader } else { -1 }, epoch);
    }
    let owner = owner.unwrap_or_else(|| ctx.client.leaderless().clone());
    p.set_available(has_leader);
    p.note_leader(has_leader, ctx.now);
    if !p.is_owned_by(&owner) {
        let old = ctx.brokers.handle(p.leader()).filter(|h| p.is_owned_by(h.ready())).cloned();
        ctx.client.logger().debug(debug::METADATA, "BRKDELGT", || {
            Line::new(format!("{name} [{}]: leader is broker {leader}", p.id())).of_partition(name, p.id())
        });
        p.set_leader(if has_leader { leader } else { -1 });
        if p.set_owner(Some(owner.clone())) {
            ctx.topics.queue_wakeup(owner);
        }
        if let Some(old) = old {
            old.push(Op::Leave(p.clone()));
        }
    }
    has_leader
}

/// Follows a leader that a response has named (KIP-951).
pub(in crate::client) fn follow_hint(ctx: &mut Ctx<'_>, hint: LeaderHint) {
    let known = ctx.topics.cluster_topic(&hint.topic);
    let is_news = known.is_some_and(|known| {
        known.may_be(&hint.topic_id) && known.is_news(hint.partition, hint.leader_epoch)
    });
    if !is_news {
        return;
    }
    let Some(topic) = ctx.topics.get(&hint.topic) else { return };
    let table = topic.table();
    let Some(p) = usize::try_from(hint.partition).ok().and_then(|i| table.partitions.get(i)) else {
        return;
    };
    if let Some(e) = hint.endpoint {
        ctx.brokers.learn_address(hint.leader, e);
    }
    if ctx.brokers.handle(hint.leader).is_some() {
        let now = ctx.client.now();
        if let Some(known) = ctx.topics.cluster_topic(&hint.topic) {
            known.set_hinted(hint.partition, now);
        }
        if !assign_leader(ctx, p, hint.leader, hint.leader_epoch) {
            ctx.planner.suspect(&hint.topic);
        }
    }
    ctx.brokers.dismiss_departed();
}

/// What was known of leaders does not count any more, not even against older news. Has them looked for.
pub(in crate::client) fn forget_leaders(ctx: &mut Ctx<'_>) {
    ctx.topics.known.values_mut().for_each(|t| t.cluster.forget_leaders());
    let tables: Vec<_> = ctx.topics.known.values().map(|t| t.producing.table()).collect();
    for p in tables.iter().flat_map(|t| &t.partitions) {
        assign_leader(ctx, p, -1, -1);
    }
    ctx.topics.names().for_each(|name| ctx.planner.suspect(name));
}

#[cfg(test)]
mod tests;
