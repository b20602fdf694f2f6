//! The main thread's part of admin requests.

use super::call::{decode, unsupported, unusable};
use super::request::{AdminOp, AdminReply, AdminRequest};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::{Level, Logger};
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, Op};
use crate::client::instance::Client;
use crate::client::ops::MainOp;
use crate::client::part::{Ctx, Part};
use crate::client::queue::events::Results;
use crate::protocol::error_action::ErrorAction;
use std::time::Duration;

/// How long a request waits before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends an admin request. The outcome is an event in the request's queue.
pub fn send(client: &Client, request: AdminRequest) {
    client.post(MainOp::Admin(AdminOp::Send(request)));
}

/// A request that has not been answered for good.
struct OpenRequest {
    request: AdminRequest,
    number: u64,
    not_before: Time,
    sent: bool,
}

#[derive(Default)]
pub(in crate::client) struct Admin {
    waiting: Vec<OpenRequest>,
    /// Numbers the requests.
    number: u64,
}

impl Part for Admin {
    type Op = AdminOp;

    fn handle(&mut self, op: AdminOp, ctx: &mut Ctx<'_>) {
        match op {
            AdminOp::Send(request) => {
                self.number += 1;
                let waiting = OpenRequest { request, number: self.number, not_before: ctx.now, sent: false };
                self.waiting.push(waiting);
            }
            AdminOp::Answered(reply) => self.answered(reply, ctx),
        }
    }

    /// Sends what can be sent, and ends what took too long.
    fn serve(&mut self, ctx: &mut Ctx<'_>) -> Deadline {
        let mut next = Deadline::NEVER;
        for mut waiting in std::mem::take(&mut self.waiting) {
            if ctx.now >= waiting.request.deadline {
                waiting.request.finish_late(waiting.sent);
                continue;
            }
            if !waiting.sent && ctx.now >= waiting.not_before {
                waiting.try_to_send(ctx);
            }
            if !waiting.sent {
                next = next.min(Deadline::at(waiting.not_before));
            }
            next = next.min(Deadline::at(waiting.request.deadline));
            self.waiting.push(waiting);
        }
        next
    }

    fn end(&mut self) {
        for waiting in self.waiting.drain(..) {
            let code = ErrorCode::_DESTROY;
            let text = format!("Handle is terminating: {}", code.describe());
            waiting.request.finish(Error::new(code, text), Results::None);
        }
    }
}

impl Admin {
    fn answered(&mut self, reply: AdminReply, ctx: &mut Ctx<'_>) {
        // A request that was given up is not there any more.
        let Some(at) = self.waiting.iter().position(|w| w.number == reply.number) else { return };
        let mut waiting = self.waiting.swap_remove(at);
        if error_action(&waiting.request, &reply.result).retries() {
            ctx.planner.suspect_brokers();
            waiting.sent = false;
            waiting.not_before = ctx.now + PAUSE;
            self.waiting.push(waiting);
        } else {
            finish(waiting.request, reply.result, ctx.client.logger());
        }
    }
}

impl OpenRequest {
    fn try_to_send(&mut self, ctx: &mut Ctx<'_>) {
        let id = self.request.broker.unwrap_or_else(|| ctx.client.cluster().controller_id());
        match ctx.brokers.start(id) {
            Some(handle) => self.send(&handle, ctx.client),
            None => {
                // Only the cluster can tell who the controller is.
                ctx.planner.suspect_brokers();
                self.not_before = ctx.now + PAUSE;
            }
        }
    }

    fn send(&mut self, handle: &BrokerHandle, client: &Arc<Client>) {
        self.sent = true;
        let (number, api) = (self.number, self.request.call.api());
        let reply = client.reply_to_main(move |answer| {
            let result = answer.and_then(|(version, body)| decode(api, version, body));
            MainOp::Admin(AdminOp::Answered(AdminReply { number, result }))
        });
        handle.push(Op::Request(self.request.call.control_request(reply)));
    }
}

/// What an answer calls for: errors of single topics and resources are the application's business, but for
/// that of a broker which is not the controller any more.
fn error_action(request: &AdminRequest, result: &Result<Results, Error>) -> ErrorAction {
    use ErrorCode as E;
    match result {
        Ok(Results::Topics(topics))
            if request.broker.is_none() && topics.iter().any(|t| t.error.code == E::NOT_CONTROLLER) =>
        {
            ErrorAction::RETRY.and_refresh()
        }
        Ok(_) => ErrorAction::DONE,
        Err(e) => match e.code {
            E::_TRANSPORT | E::_RESOLVE | E::_DESTROY_BROKER => ErrorAction::RETRY.and_refresh(),
            _ => ErrorAction::FAIL,
        },
    }
}

/// Tells the application what its request came to.
fn finish(request: AdminRequest, result: Result<Results, Error>, logger: &Logger) {
    let (api, name) = (request.call.api(), request.call.name());
    match result.and_then(|results| request.call.in_order(results)) {
        Ok(results) => request.finish(Error::new(ErrorCode::NO_ERROR, ""), results),
        Err(e) if e.code == ErrorCode::_UNSUPPORTED_FEATURE => {
            request.finish(unsupported(api).unwrap_or(e), Results::None);
        }
        Err(e) if e.code == ErrorCode::_BAD_MSG => {
            let text = format_args!("{name} response cannot be used: {}", e.text);
            logger.log(Level::Error, "ADMIN", text);
            request.finish(unusable(name), Results::None);
        }
        Err(e) => request.finish(e, Results::None),
    }
}
