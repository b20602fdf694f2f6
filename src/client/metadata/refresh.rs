//! The client's own questions to the cluster: put when the planner says so, and learned from.

use super::learning::apply;
use super::query::RefreshReply;
use super::request::{decode, log_failure, metadata_request, request_for};
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::debug;
use crate::broker::Op;
use crate::client::brokers::rebootstrap::rebootstrap;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::cluster::planner::Question;
use crate::conf::MetadataRecovery;

/// It keeps nothing of its own: what is to be asked is the planner's business.
pub(in crate::client) struct Refresh;

impl Part for Refresh {
    type Op = RefreshReply;

    fn handle(&mut self, reply: RefreshReply, ctx: &mut Ctx<'_>) {
        let RefreshReply { question, broker, result } = reply;
        let settings = ctx.client.settings();
        ctx.brokers.answered(&broker);
        match result {
            Ok(r) if ErrorCode(i32::from(r.error_code)) == ErrorCode::REBOOTSTRAP_REQUIRED => {
                ctx.planner.failed(&question, ctx.now, settings);
                if settings.metadata.recovery == MetadataRecovery::Rebootstrap {
                    rebootstrap(ctx, "a broker has asked for it");
                }
            }
            Ok(response) => {
                let open = apply(ctx, &response, &broker.name(), Some(&question));
                ctx.planner.answered(&question, &open, ctx.now, settings);
            }
            Err(e) => {
                let took = ctx.now.since(question.asked_at);
                log_failure(ctx.client.logger(), &e, &broker.name(), question.reason(), took);
                ctx.planner.failed(&question, ctx.now, settings);
            }
        }
    }

    /// Puts the next question if a broker is up. Nothing is asked before that, so that the question then
    /// holds all that is wanted: the first message costs one Metadata request, not two.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let mut all = || ctx.topics.names().map(str::to_owned).collect();
        ctx.planner.tick(ctx.now, ctx.client.settings(), &mut all);
        if !ctx.planner.has_work() {
            return ctx.planner.next();
        }
        if !ctx.brokers.need_broker() {
            return Deadline::NEVER;
        }
        if let Some(question) = ctx.planner.ask(ctx.now, ctx.client.settings(), &mut all) {
            send_question(question, ctx);
        }
        ctx.planner.next()
    }
}

fn send_question(question: Question, ctx: &mut Ctx<'_>) {
    let settings = ctx.client.settings();
    let Some(broker) = ctx.brokers.idle_broker() else {
        return ctx.planner.failed(&question, ctx.now, settings);
    };
    ctx.client.logger().debug(debug::METADATA, "METADATA", || {
        format!("Requesting metadata for {} topic(s) from {}", question.topics.len(), broker.name())
    });
    let request = request_for(&question.topics, question.all, settings.metadata.allow_auto_create_topics);
    let asked = broker.clone();
    let reply = ctx.client.reply_to_main(move |answer| {
        MainOp::Refresh(RefreshReply { question, broker: asked, result: decode(answer) })
    });
    broker.push(Op::Request(metadata_request(request, reply)));
}
