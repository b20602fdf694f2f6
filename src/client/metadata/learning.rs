//! What the client learns from a Metadata response, whoever has asked for it.

use crate::base::by_name::Names;
use crate::base::log::{Level, debug};
use crate::client::part::Ctx;
use crate::client::topics::learning::learn_topic;
use crate::cluster::planner::Question;
use crate::net::Endpoint;
use crate::protocol::metadata::Response;

/// Applies a response. Returns the topics that are not settled.
pub(in crate::client) fn apply(
    ctx: &mut Ctx<'_>,
    r: &Response,
    from: &str,
    question: Option<&Question>,
) -> Vec<String> {
    learn_cluster(ctx, r, from);
    for b in r.brokers.iter().filter(|b| b.node_id >= 0) {
        ctx.brokers.learn_address(b.node_id, Endpoint::advertised(&b.host, b.port));
    }
    let lost = ctx.brokers.set_named(&r.brokers);
    if !lost.is_empty() {
        ctx.topics.suspect_leaders(|leader| lost.contains(&leader), ctx.planner);
    }
    let mut open = Vec::new();
    let mut unmentioned: Names<&str> =
        question.map_or(&[][..], |q| &q.topics).iter().map(String::as_str).collect();
    for t in &r.topics {
        let Some(name) = t.name.as_deref() else { continue };
        if ctx.client.settings().metadata.topic_blacklist.matches(name) {
            ctx.client.logger().debug(debug::TOPIC | debug::METADATA, "BLACKLIST", || {
                format!("{from}: Ignoring blacklisted topic \"{name}\" in metadata")
            });
            continue;
        }
        unmentioned.remove(name);
        if !learn_topic(ctx, name, t) {
            open.push(name.to_owned());
        }
    }
    // What was asked for and not mentioned stays open.
    let still_used = unmentioned.into_iter().filter(|name| ctx.topics.contains(name));
    open.extend(still_used.map(str::to_owned));
    ctx.brokers.dismiss_departed();
    open
}

fn learn_cluster(ctx: &Ctx<'_>, r: &Response, from: &str) {
    let replaced = ctx.client.cluster().set(r.cluster_id.as_deref(), r.controller_id);
    if let (Some(id), Some(old)) = (&r.cluster_id, replaced) {
        ctx.client.logger().log(
            Level::Warning,
            "CLUSTERID",
            format_args!(
                "Broker {from} reports different ClusterId \"{id}\" than previously known \"{old}\": \
                 a client must not be simultaneously connected to multiple clusters"
            ),
        );
    }
}
