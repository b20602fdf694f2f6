//! Admin requests of the application: sent to the controller, or to the broker that was asked for, and answered by an event.

use super::Event;
use super::event_queue::EventQueue;
use super::main_loop::{Main, MainOp};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::{Answer, BrokerHandle, ControlRequest, Op};
use crate::protocol::api::ApiKey;
use crate::protocol::primitives::Reader;
use crate::protocol::{create_topics, delete_topics};
use std::time::Duration;

/// How long a request waits before it is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// What is asked for.
#[derive(Clone, Debug)]
pub enum AdminCall {
    CreateTopics(create_topics::Request),
    DeleteTopics { topics: Vec<String>, timeout_ms: i32 },
}

/// The outcome for one topic.
#[derive(Clone, Debug)]
pub struct TopicResult {
    pub name: String,
    pub error: Error,
}

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
pub(super) struct Waiting {
    request: AdminRequest,
    number: u64,
    not_before: Time,
    sent: bool,
}

/// What a broker answered.
pub struct AdminReply {
    number: u64,
    result: Result<Vec<TopicResult>, Error>,
}

impl AdminRequest {
    fn finish(self, error: Error, mut topics: Vec<TopicResult>) {
        for t in topics.iter_mut().filter(|t| self.hide_slow && t.error.code == ErrorCode::REQUEST_TIMED_OUT)
        {
            t.error = Error::new(ErrorCode::NO_ERROR, "");
        }
        self.queue.push(Event::Outcome { kind: self.kind, error, opaque: self.opaque, topics });
    }

    fn late(self, sent: bool) {
        let what = match self.broker {
            _ if sent => "response from broker",
            Some(_) => "broker",
            None => "controller",
        };
        let text = format!("Failed while waiting for {what}: Local: Timed out");
        self.finish(Error::new(ErrorCode::_TIMED_OUT, text), Vec::new());
    }
}

fn topic_result(name: &str, code: i16, text: Option<&String>) -> TopicResult {
    let code = ErrorCode(i32::from(code));
    let text = text.cloned().unwrap_or_else(|| code.text().unwrap_or_default().to_owned());
    TopicResult { name: name.to_owned(), error: Error::new(code, text) }
}

/// The outcome for each topic, as the response tells it.
fn decode(api: ApiKey, result: Answer<'_>) -> Result<Vec<TopicResult>, Error> {
    let (version, body) = result?;
    let mut reader = Reader::new(body);
    let topics = if api == ApiKey::CreateTopics {
        create_topics::Response::decode(version, &mut reader).map(|r| {
            r.topics.iter().map(|t| topic_result(&t.name, t.error_code, t.error_message.as_ref())).collect()
        })
    } else {
        delete_topics::Response::decode(version, &mut reader).map(|r| {
            let named = |t: &delete_topics::ResponseTopic| {
                topic_result(t.name.as_deref().unwrap_or_default(), t.error_code, t.error_message.as_ref())
            };
            r.topics.iter().map(named).collect()
        })
    };
    topics.map_err(|e| {
        Error::new(
            ErrorCode::_BAD_MSG,
            format!("{} response protocol parse failure: {e}", api.name().unwrap_or("Admin")),
        )
    })
}

/// The request in the versions that brokers speak.
fn control_request(call: &AdminCall, reply: crate::broker::Reply) -> ControlRequest {
    match call.clone() {
        AdminCall::CreateTopics(request) => ControlRequest {
            api: ApiKey::CreateTopics,
            versions: create_topics::VERSIONS,
            encode: Box::new(move |version, out| request.encode(version, out)),
            reply,
        },
        AdminCall::DeleteTopics { topics, timeout_ms } => {
            let named = |n: &String| delete_topics::RequestTopic { name: Some(n.clone()), topic_id: [0; 16] };
            let request = delete_topics::Request {
                topics: topics.iter().map(named).collect(),
                topic_names: topics,
                timeout_ms,
            };
            ControlRequest {
                api: ApiKey::DeleteTopics,
                versions: delete_topics::VERSIONS,
                encode: Box::new(move |version, out| request.encode(version, out)),
                reply,
            }
        }
    }
}

impl super::Client {
    /// Sends an admin request. The outcome is an event in its queue.
    pub fn admin(&self, request: AdminRequest) {
        self.main.push(MainOp::Admin(request));
    }
}

impl Main {
    pub(super) fn add_admin(&mut self, request: AdminRequest, now: Time) {
        self.admin_number += 1;
        let number = self.admin_number;
        self.admins.push(Waiting { request, number, not_before: now, sent: false });
    }

    /// Sends what can be sent, and ends what took too long.
    pub(super) fn serve_admins(&mut self, now: Time) -> Deadline {
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
                        self.suspect_brokers();
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
        let id = request.broker.unwrap_or_else(|| self.client.controller_id());
        let at = self.brokers.iter().position(|b| id >= 0 && b.handle.node_id() == id)?;
        self.started_handle(at)
    }

    fn send_admin(&mut self, waiting: &mut Waiting, handle: &Arc<BrokerHandle>) {
        waiting.sent = true;
        let number = waiting.number;
        let upward = Arc::downgrade(&self.client);
        let api = match waiting.request.call {
            AdminCall::CreateTopics(_) => ApiKey::CreateTopics,
            AdminCall::DeleteTopics { .. } => ApiKey::DeleteTopics,
        };
        let reply = Box::new(move |result: Answer<'_>| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::AdminReply(AdminReply { number, result: decode(api, result) }));
            }
        });
        handle.push(Op::Request(control_request(&waiting.request.call, reply)));
    }

    pub(super) fn admin_replied(&mut self, reply: AdminReply, now: Time) {
        // A request that was given up is not there any more.
        let Some(at) = self.admins.iter().position(|w| w.number == reply.number) else { return };
        let mut waiting = self.admins.swap_remove(at);
        let again = match &reply.result {
            Ok(topics) => {
                waiting.request.broker.is_none()
                    && topics.iter().any(|t| t.error.code == ErrorCode::NOT_CONTROLLER)
            }
            Err(e) => {
                matches!(e.code, ErrorCode::_TRANSPORT | ErrorCode::_RESOLVE | ErrorCode::_DESTROY_BROKER)
            }
        };
        if again {
            self.suspect_brokers();
            waiting.sent = false;
            waiting.not_before = now + PAUSE;
            self.admins.push(waiting);
            return;
        }
        match reply.result {
            Ok(topics) => waiting.request.finish(Error::new(ErrorCode::NO_ERROR, ""), topics),
            Err(e) => waiting.request.finish(e, Vec::new()),
        }
    }

    pub(super) fn end_admins(&mut self) {
        for waiting in self.admins.drain(..) {
            let error = Error::new(ErrorCode::_DESTROY, "client is terminating");
            waiting.request.finish(error, Vec::new());
        }
    }
}
