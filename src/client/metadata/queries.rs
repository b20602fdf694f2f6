//! Metadata for the application: a snapshot of the cluster on request.

use super::learning::apply;
use super::request::{decode, is_passing, log_failure, metadata_request, request_for};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::atomic::Ordering;
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::base::unwind;
use crate::broker::{ControlResult, Op};
use crate::client::Client;
use crate::client::main_loop::{Main, MainOp};
use crate::protocol::metadata::Response;
use std::time::Duration;

/// What the application asked for.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All topics of the cluster.
    All,
    /// These topics.
    Topics(Vec<String>),
}

/// What a broker said.
pub struct Snapshot {
    pub response: Box<Response>,
    pub broker_id: i32,
    pub broker_name: Arc<str>,
}

/// Where the asking thread waits.
struct Slot {
    progress: Mutex<Progress>,
    arrived: Condvar,
}

impl Slot {
    fn new() -> Arc<Self> {
        let progress = Mutex::new(Rank::Leaf, Progress::default());
        Arc::new(Self { progress, arrived: Condvar::new() })
    }
}

#[derive(Default)]
struct Progress {
    /// It has been with a broker at some time.
    sent: bool,
    answer: Option<Result<Snapshot, Error>>,
}

/// `asked`: a broker was there to be asked.
fn too_late(asked: bool) -> Error {
    let code = if asked { ErrorCode::_TIMED_OUT } else { ErrorCode::_TRANSPORT };
    Error::new(code, "Metadata request timed out")
}

/// A question of the application on its way.
pub struct AppQuery {
    scope: Scope,
    deadline: Time,
    /// It is not sent before this time, after an attempt that failed.
    not_before: Option<Time>,
    slot: Arc<Slot>,
    /// Whether the broker may create what it does not know (`allow.auto.create.topics`).
    may_create: bool,
}

/// What a broker answered to an application's question.
pub struct QueryReply {
    query: AppQuery,
    from: (i32, Arc<str>),
    asked_at: Time,
    result: Result<Box<Response>, Error>,
}

impl AppQuery {
    /// A question that nobody waits for: what it brings is learned as from any other response.
    pub(in crate::client) fn internal(scope: Scope, deadline: Time) -> Self {
        Self { scope, deadline, not_before: None, slot: Slot::new(), may_create: false }
    }

    pub(in crate::client) fn answer(self, result: Result<Snapshot, Error>) {
        self.slot.progress.lock().answer = Some(result);
        self.slot.arrived.notify_all();
    }
}

/// A question that somebody has put and does not wait for.
pub struct PendingMetadata(Arc<Slot>);

impl PendingMetadata {
    /// The answer, once it is there. One that comes later than the time given is of no use to anybody.
    pub fn take(&self) -> Option<Result<Snapshot, Error>> {
        self.0.progress.lock().answer.take()
    }
}

/// What the cluster has told of itself.
impl Client {
    /// Returns the id known before, if it was another.
    pub(crate) fn set_cluster_id(&self, id: &str) -> Option<String> {
        let mut known = self.cluster_id.lock();
        if known.as_deref() == Some(id) {
            return None;
        }
        known.replace(id.to_owned())
    }

    /// The cluster's id, once a broker has told it.
    #[must_use]
    pub fn cluster_id(&self) -> Option<String> {
        self.cluster_id.lock().clone()
    }

    pub(crate) fn set_controller_id(&self, id: i32) {
        self.controller_id.store(id, Ordering::Relaxed);
    }

    /// To be called when the ids of a Metadata response are set.
    pub(crate) fn note_cluster_known(&self) {
        self.cluster_known.store(true, Ordering::Release);
    }

    /// Whether a Metadata response has come: whoever waits for an id of the cluster need not wait any longer.
    #[must_use]
    pub fn is_cluster_known(&self) -> bool {
        self.cluster_known.load(Ordering::Acquire)
    }

    /// The controller's broker id, -1 while it is not known.
    #[must_use]
    pub fn controller_id(&self) -> i32 {
        self.controller_id.load(Ordering::Relaxed)
    }
}

impl Client {
    /// Asks the cluster without waiting for the answer.
    pub fn ask_metadata(&self, scope: Scope, timeout: Duration) -> PendingMetadata {
        let slot = Slot::new();
        let query = AppQuery {
            scope,
            deadline: self.now() + timeout,
            not_before: None,
            slot: slot.clone(),
            may_create: self.settings().metadata.allow_auto_create_topics,
        };
        self.main.push(MainOp::Query(query));
        PendingMetadata(slot)
    }

    /// Asks the cluster and waits for the answer.
    ///
    /// # Errors
    /// `_TRANSPORT` when no broker can be asked, `_TIMED_OUT` when none answers in time.
    pub fn metadata(&self, scope: Scope, timeout: Duration) -> Result<Snapshot, Error> {
        let start = self.now();
        let PendingMetadata(slot) = self.ask_metadata(scope, timeout);
        let mut progress = slot.progress.lock();
        loop {
            if let Some(a) = progress.answer.take() {
                return a;
            }
            let left = timeout.saturating_sub(self.now().since(start));
            if left.is_zero() || unwind::is_pending() {
                let sent = progress.sent;
                drop(progress);
                return Err(too_late(sent || self.brokers.read().iter().any(|b| b.is_up())));
            }
            slot.arrived.wait_for(&mut progress, Some(left));
        }
    }
}

impl Main {
    /// Sends the questions that can be sent, as soon as a broker is up.
    pub(in crate::client) fn serve_queries(&mut self, now: Time) -> Deadline {
        let mut next = Deadline::NEVER;
        for query in std::mem::take(&mut self.queries) {
            if now >= query.deadline {
                let error = too_late(query.slot.progress.lock().sent || self.view.brokers.any_up());
                query.answer(Err(error));
            } else {
                next = next.min(self.send_query(query, now));
            }
        }
        next
    }

    fn send_query(&mut self, query: AppQuery, now: Time) -> Deadline {
        let handle = match self.view.brokers.broker_to_ask(query.not_before.unwrap_or(now), now) {
            Ok(handle) => handle,
            Err(next) => {
                let next = next.min(Deadline::at(query.deadline));
                self.queries.push(query);
                return next;
            }
        };
        query.slot.progress.lock().sent = true;
        let (from, asked_at) = ((handle.node_id(), handle.name()), self.view.client.now());
        let request = match &query.scope {
            Scope::All => request_for(&[], true, false),
            Scope::Topics(t) => request_for(t, false, query.may_create),
        };
        let upward = Arc::downgrade(&self.view.client);
        let reply = Box::new(move |result: ControlResult<'_>| {
            if let Some(c) = upward.upgrade() {
                let result = decode(result);
                c.main.push(MainOp::QueryReply(QueryReply { query, from, asked_at, result }));
            }
        });
        handle.push(Op::Request(metadata_request(request, reply)));
        Deadline::NEVER
    }

    pub(in crate::client) fn query_replied(&mut self, reply: QueryReply, now: Time) {
        let QueryReply { mut query, from, asked_at, result } = reply;
        match result {
            Ok(r) => {
                // What the application learns, the client learns too; topics that are still open are asked for anyway.
                let _ = apply(&mut self.view.ctx(now), &r, &from.1, None);
                query.answer(Ok(Snapshot { response: r, broker_id: from.0, broker_name: from.1 }));
            }
            Err(e) if is_passing(e.code) && now < query.deadline => {
                query.not_before = Some(now + self.view.client.settings().retry.backoff);
                self.queries.push(query);
            }
            Err(e) => {
                let took = now.since(asked_at);
                log_failure(self.view.client.logger(), &e, &from.1, "application requested", took);
                query.answer(Err(e));
            }
        }
    }
}
