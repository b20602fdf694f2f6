//! The end of a round: what is done while no broker is up. One after the other is connected to, and after a
//! while the client starts over from the bootstrap servers (KIP-899). It does so too when a broker asks for
//! it (KIP-1102).

use crate::base::deadline::Deadline;
use crate::base::log::Level;
use crate::broker::Op;
use crate::client::part::Ctx;
use crate::client::topics::assignment;
use crate::conf::MetadataRecovery;

/// Ends a round: has brokers connect if something needs one and none is up.
pub(in crate::client) fn end_round(ctx: &mut Ctx<'_>) -> Deadline {
    let wanted = ctx.brokers.search.take_wanted();
    if ctx.brokers.any_up() {
        ctx.brokers.outage_since = None;
        ctx.brokers.search.reset(ctx.now);
        return Deadline::NEVER;
    }
    let next = check_outage(ctx, wanted);
    if wanted { next.min(ctx.brokers.connect_next(ctx.now)) } else { next }
}

/// No broker is up. Starts over when that has been so for the time that the configuration gives, and somebody
/// wants something. Returns when to look again.
fn check_outage(ctx: &mut Ctx<'_>, wanted: bool) -> Deadline {
    let settings = ctx.client.settings();
    let trigger = settings.metadata.rebootstrap_trigger;
    let rebootstraps = settings.metadata.recovery == MetadataRecovery::Rebootstrap;
    if !rebootstraps || !wanted || !ctx.brokers.known.has_named() {
        ctx.brokers.outage_since = None;
        return Deadline::NEVER;
    }
    let at = *ctx.brokers.outage_since.get_or_insert(ctx.now) + trigger;
    if ctx.now < at {
        return Deadline::at(at);
    }
    rebootstrap(ctx, "none of the brokers can be reached");
    Deadline::NEVER
}

/// Forgets the brokers that the cluster has named, and asks those of the configuration.
pub(in crate::client) fn rebootstrap(ctx: &mut Ctx<'_>, why: &str) {
    ctx.brokers.outage_since = None;
    ctx.client.logger().log(
        Level::Notice,
        "REBOOTSTRAP",
        format_args!("Starting over from the bootstrap servers: {why}"),
    );
    assignment::forget_leaders(ctx);
    ctx.client.forget_learned_brokers();
    for b in ctx.brokers.known.remove(|b| b.handle.node_id() >= 0) {
        b.handle.push(Op::Decommission);
    }
    ctx.brokers.started_over = true;
    ctx.brokers.add_bootstrap(ctx.brokers.bootstrap.clone());
    ctx.planner.suspect_brokers();
}

#[cfg(test)]
mod tests;
