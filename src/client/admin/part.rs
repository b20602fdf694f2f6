//! Admin requests of the application: sent to the controller, or to the broker that was asked for, and answered by an event.

use super::call::{decode, unsupported, unusable};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::broker::{BrokerHandle, ControlResult, Op};
use crate::client::Event;
use crate::client::main_loop::{Main, MainOp};
use crate::client::queue::event_queue::EventQueue;
use crate::client::queue::events::Results;
use std::time::Duration;

pub use super::call::{AdminCall, ResourceResult, TopicResult};

/// How long a request waits before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// A request on its way.
pub struct AdminRequest {
    pub call: AdminCall,
    /// Type of the event that tells the outcome.
    pub kind: i32,
    /// The application's own.
    pub opaque: usize,
    pub queue: Arc<EventQueue>,
    pub deadline: Time,
    /// A broker that is still at it when the request ends has done what is asked for.
    pub hide_slow: bool,
    /// The broker to ask in place of the controller.
    pub broker: Option<i32>,
}

/// A request as the main thread keeps it.
pub(in crate::client) struct Waiting {
    request: AdminRequest,
    number: u64,
    not_before: Time,
    sent: bool,
}

/// What a broker answered.
pub struct AdminReply {
    number: u64,
    result: Result<Results, Error>,
}

impl AdminRequest {
    fn finish(self, error: Error, mut results: Results) {
        if let Results::Topics(topics) = &mut results
            && self.hide_slow
        {
            for t in topics.iter_mut().filter(|t| t.error.code == ErrorCode::REQUEST_TIMED_OUT) {
                t.error = Error::new(ErrorCode::NO_ERROR, "");
            }
        }
        self.queue.push(Event::Outcome { kind: self.kind, error, opaque: self.opaque, results });
    }

    fn late(self, sent: bool) {
        let what = match self.broker {
            _ if sent => "response from broker",
            Some(_) => "broker",
            None => "controller",
        };
        let text = format!("Failed while waiting for {what}: Local: Timed out");
        self.finish(Error::new(ErrorCode::_TIMED_OUT, text), Results::None);
    }
}

impl crate::client::Client {
    /// Sends an admin request. The outcome is an event in its queue.
    pub fn admin(&self, request: AdminRequest) {
        self.main.push(MainOp::Admin(request));
    }
}

impl Main {
    pub(in crate::client) fn add_admin(&mut self, request: AdminRequest, now: Time) {
        self.admin_number += 1;
        let number = self.admin_number;
        self.admins.push(Waiting { request, number, not_before: now, sent: false });
    }

    /// Sends what can be sent, and ends what took too long.
    pub(in crate::client) fn serve_admins(&mut self, now: Time) -> Deadline {
        let mut next = Deadline::NEVER;
        for mut waiting in std::mem::take(&mut self.admins) {
            if now >= waiting.request.deadline {
                waiting.request.late(waiting.sent);
                continue;
            }
            if !waiting.sent && now >= waiting.not_before {
                match self.admin_target(&waiting.request) {
                    Some(handle) => self.send_admin(&mut waiting, &handle),
                    None => {
                        // Only the cluster can tell who the controller is.
                        self.view.planner.suspect_brokers();
                        waiting.not_before = now + PAUSE;
                    }
                }
            }
            if !waiting.sent {
                next = next.min(Deadline::at(waiting.not_before));
            }
            next = next.min(Deadline::at(waiting.request.deadline));
            self.admins.push(waiting);
        }
        next
    }

    fn admin_target(&mut self, request: &AdminRequest) -> Option<Arc<BrokerHandle>> {
        let id = request.broker.unwrap_or_else(|| self.view.client.controller_id());
        self.view.brokers.start(id)
    }

    fn send_admin(&mut self, waiting: &mut Waiting, handle: &Arc<BrokerHandle>) {
        waiting.sent = true;
        let number = waiting.number;
        let upward = Arc::downgrade(&self.view.client);
        let api = waiting.request.call.api();
        let reply = Box::new(move |result: ControlResult<'_>| {
            if let Some(c) = upward.upgrade() {
                let result = result.and_then(|(version, body)| decode(api, version, body));
                c.main.push(MainOp::AdminReply(AdminReply { number, result }));
            }
        });
        handle.push(Op::Request(waiting.request.call.control_request(reply)));
    }

    pub(in crate::client) fn admin_replied(&mut self, reply: AdminReply, now: Time) {
        // A request that was given up is not there any more.
        let Some(at) = self.admins.iter().position(|w| w.number == reply.number) else { return };
        let mut waiting = self.admins.swap_remove(at);
        let again = match &reply.result {
            Ok(Results::Topics(topics)) => {
                waiting.request.broker.is_none()
                    && topics.iter().any(|t| t.error.code == ErrorCode::NOT_CONTROLLER)
            }
            Ok(_) => false,
            Err(e) => {
                matches!(e.code, ErrorCode::_TRANSPORT | ErrorCode::_RESOLVE | ErrorCode::_DESTROY_BROKER)
            }
        };
        if again {
            self.view.planner.suspect_brokers();
            waiting.sent = false;
            waiting.not_before = now + PAUSE;
            self.admins.push(waiting);
            return;
        }
        let request = waiting.request;
        let (api, name) = (request.call.api(), request.call.name());
        match reply.result.and_then(|results| request.call.in_order(results)) {
            Ok(results) => request.finish(Error::new(ErrorCode::NO_ERROR, ""), results),
            Err(e) if e.code == ErrorCode::_UNSUPPORTED_FEATURE => {
                request.finish(unsupported(api).unwrap_or(e), Results::None);
            }
            Err(e) if e.code == ErrorCode::_BAD_MSG => {
                self.view.client.logger().log(
                    Level::Error,
                    "ADMIN",
                    format_args!("{name} response cannot be used: {}", e.text),
                );
                request.finish(unusable(name), Results::None);
            }
            Err(e) => request.finish(e, Results::None),
        }
    }

    pub(in crate::client) fn end_admins(&mut self) {
        for waiting in self.admins.drain(..) {
            let code = ErrorCode::_DESTROY;
            let text = format!("Handle is terminating: {}", code.describe());
            waiting.request.finish(Error::new(code, text), Results::None);
        }
    }
}
