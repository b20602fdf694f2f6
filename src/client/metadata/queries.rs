//! Questions about the cluster that the application has put, and those that other parts need answered.

use super::learning::apply;
use super::query::{AppQuery, MetadataAnswer, MetadataScope, QueryOp, QueryReply};
use super::request::{decode, error_action, log_failure, metadata_request, request_for};
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::broker::Op;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};

#[derive(Default)]
pub(in crate::client) struct Queries {
    /// Those that are not with a broker.
    waiting: Vec<AppQuery>,
}

impl Part for Queries {
    type Op = QueryOp;

    fn handle(&mut self, op: QueryOp, ctx: &mut Ctx<'_>) {
        match op {
            QueryOp::Ask(query) => self.waiting.push(query),
            QueryOp::Answered(reply) => self.answered(reply, ctx),
        }
    }

    /// Sends the questions that can be sent, as soon as a broker is up.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        for (topics, until) in ctx.topics.leaders().take_questions() {
            self.waiting.push(AppQuery::internal(MetadataScope::Topics(topics), until));
        }
        let mut next = Deadline::NEVER;
        for query in std::mem::take(&mut self.waiting) {
            if ctx.now >= query.deadline {
                query.answer_late(ctx.brokers.any_up());
            } else {
                next = next.min(self.send(query, ctx));
            }
        }
        next
    }

    fn end(&mut self) {
        for query in self.waiting.drain(..) {
            query.answer(Err(Error::new(ErrorCode::_DESTROY, "client is terminating")));
        }
    }
}

impl Queries {
    fn send(&mut self, query: AppQuery, ctx: &mut Ctx<'_>) -> Deadline {
        let handle = match ctx.brokers.broker_to_ask(query.not_before.unwrap_or(ctx.now), ctx.now) {
            Ok(handle) => handle,
            Err(next) => {
                let next = next.min(Deadline::at(query.deadline));
                self.waiting.push(query);
                return next;
            }
        };
        query.set_sent();
        let (from, asked_at) = ((handle.node_id(), handle.name()), ctx.client.now());
        let request = match &query.scope {
            MetadataScope::All => request_for(&[], true, false),
            MetadataScope::Topics(t) => request_for(t, false, query.may_create),
        };
        let reply = ctx.client.reply_to_main(move |answer| {
            let reply = QueryReply { query, from, asked_at, result: decode(answer) };
            MainOp::Query(QueryOp::Answered(reply))
        });
        handle.push(Op::Request(metadata_request(request, reply)));
        Deadline::NEVER
    }

    fn answered(&mut self, reply: QueryReply, ctx: &mut Ctx<'_>) {
        let QueryReply { mut query, from, asked_at, result } = reply;
        match result {
            Ok(r) => {
                // What the application learns, the client learns too; topics that are still open are asked
                // for anyway.
                let _ = apply(ctx, &r, &from.1, None);
                query.answer(Ok(MetadataAnswer { response: r, broker_id: from.0, broker_name: from.1 }));
            }
            Err(e) if error_action(e.code).retries() && ctx.now < query.deadline => {
                query.not_before = Some(ctx.now + ctx.client.settings().retry.backoff);
                self.waiting.push(query);
            }
            Err(e) => {
                let took = ctx.now.since(asked_at);
                log_failure(ctx.client.logger(), &e, &from.1, "application requested", took);
                query.answer(Err(e));
            }
        }
    }
}
