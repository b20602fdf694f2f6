//! What follows from the news that brokers have for the main thread.

use crate::base::error::{Error, ErrorCode};
use crate::base::line::Line;
use crate::base::log::debug;
use crate::base::sync::Arc;
use crate::broker::{BrokerEvent, BrokerHandle};
use crate::client::part::Ctx;
use crate::client::queue::events::Event;
use crate::client::topics::{assignment, learning};
use crate::producer::partition::topic::TopicState;

/// Takes news from a broker.
pub(in crate::client) fn handle(ctx: &mut Ctx<'_>, handle: &Arc<BrokerHandle>, event: BrokerEvent) {
    match event {
        // Whether the cluster can be reached does not depend on a logical broker.
        BrokerEvent::Up if handle.is_logical() => {}
        BrokerEvent::Down { error, report, .. } if handle.is_logical() => {
            if report {
                ctx.client.tell(Event::Error(error));
            }
        }
        BrokerEvent::Up => {
            ctx.brokers.mark_up(handle);
            ctx.planner.broker_up(ctx.now);
        }
        BrokerEvent::Down { planned: true, .. } => ctx.topics.suspect_leader(handle.node_id(), ctx.planner),
        BrokerEvent::Down { error, report, .. } => down(ctx, handle, error, report),
        BrokerEvent::Refresh { topic, error } => look_up_leaders(ctx, &topic.name, error),
        BrokerEvent::RefreshTopic { topic, error } => look_up_leaders(ctx, &topic, error),
        // The main loop hands it on.
        BrokerEvent::Inspect(_) => {}
        BrokerEvent::TopicError { topic, error } => {
            if let Some(topic) = ctx.topics.get(&topic.name) {
                learning::settle_topic(ctx, &topic, TopicState::Error(error), 0);
            }
        }
        // Looked at after every event.
        BrokerEvent::ProducerId => {}
        BrokerEvent::Blocking(task) => ctx.brokers.run_blocking(task),
        BrokerEvent::Ended => ctx.client.remove_broker_handle(handle),
        BrokerEvent::LeaderHint(hint) => assignment::follow_hint(ctx, hint),
        BrokerEvent::Throttled { throttle_ms } => {
            let event = Event::Throttle {
                broker_name: ctx.brokers.address_of(handle),
                broker_id: handle.node_id(),
                throttle_ms,
            };
            ctx.client.tell_throttle(event);
        }
    }
}

/// The leaders of a topic are not those that are known.
fn look_up_leaders(ctx: &mut Ctx<'_>, topic: &str, error: ErrorCode) {
    ctx.client.logger().debug(debug::METADATA, "METADATA", || {
        let text = format!("{topic}: leader lookup because of {}", error.describe());
        Line::new(text).of_topic(topic).of_error(error)
    });
    if ctx.topics.contains(topic) {
        ctx.planner.suspect(topic);
    }
}

fn down(ctx: &mut Ctx<'_>, handle: &Arc<BrokerHandle>, error: Error, report: bool) {
    ctx.brokers.mark_down(handle, ctx.now);
    if report {
        ctx.client.tell(Event::Error(error));
    }
    if let Some(error) = ctx.brokers.all_down() {
        ctx.client.tell_error(error);
    }
    ctx.topics.suspect_leader(handle.node_id(), ctx.planner);
}
