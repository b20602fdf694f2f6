//! Metadata for the application: a snapshot of the cluster on request.

use super::Client;
use super::main_loop::{Main, MainOp, decode, metadata_request, request_for};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::{Arc, Condvar, Mutex, Rank};
use crate::broker::{Answer, Op};
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

/// Where the asking thread waits.
struct Slot {
    answer: Mutex<Option<Result<Box<Response>, Error>>>,
    arrived: Condvar,
}

/// A question of the application on its way.
pub struct AppQuery {
    scope: Scope,
    deadline: Time,
    slot: Arc<Slot>,
    /// It is with a broker.
    sent: bool,
}

/// What a broker answered to an application's question.
pub struct QueryReply {
    query: AppQuery,
    result: Result<Box<Response>, Error>,
}

impl AppQuery {
    pub(super) fn answer(self, result: Result<Box<Response>, Error>) {
        *self.slot.answer.lock() = Some(result);
        self.slot.arrived.notify_all();
    }
}

impl Client {
    /// Asks the cluster and waits for the answer.
    ///
    /// # Errors
    /// `_TRANSPORT` when no broker can be asked, `_TIMED_OUT` when none answers in time.
    pub fn metadata(&self, scope: Scope, timeout: Duration) -> Result<Box<Response>, Error> {
        let slot = Arc::new(Slot { answer: Mutex::new(Rank::Leaf, None), arrived: Condvar::new() });
        let start = self.now();
        let query = AppQuery { scope, deadline: start + timeout, slot: slot.clone(), sent: false };
        self.main.push(MainOp::Query(query));
        let mut answer = slot.answer.lock();
        loop {
            if let Some(a) = answer.take() {
                return a;
            }
            let left = timeout.saturating_sub(self.now().since(start));
            if left.is_zero() {
                return Err(Error::new(ErrorCode::_TRANSPORT, "Metadata request timed out"));
            }
            slot.arrived.wait_for(&mut answer, Some(left));
        }
    }
}

impl Main {
    /// Sends the questions that can be sent, as soon as a broker is up.
    pub(super) fn serve_queries(&mut self, now: Time) -> Deadline {
        let mut next = Deadline::NEVER;
        for query in std::mem::take(&mut self.queries) {
            if now >= query.deadline {
                let error = Error::new(ErrorCode::_TRANSPORT, "Metadata request timed out");
                query.answer(Err(error));
            } else if !query.sent {
                self.send_query(query, &mut next);
            } else {
                next = next.min(Deadline::at(query.deadline));
                self.queries.push(query);
            }
        }
        next
    }

    fn send_query(&mut self, mut query: AppQuery, next: &mut Deadline) {
        let handle = if self.any_up() { self.choose_broker(true) } else { None };
        let Some(handle) = handle.and_then(|at| self.started_handle(at)) else {
            // The main loop is looking for a connection.
            *next = next.min(Deadline::at(query.deadline));
            self.queries.push(query);
            return;
        };
        query.sent = true;
        let request = match &query.scope {
            Scope::All => request_for(&[], true, false),
            Scope::Topics(t) => request_for(t, false, self.client.settings().allow_auto_create_topics),
        };
        let upward = Arc::downgrade(&self.client);
        let reply = Box::new(move |result: Answer<'_>| {
            if let Some(c) = upward.upgrade() {
                c.main.push(MainOp::QueryReply(QueryReply { query, result: decode(result) }));
            }
        });
        handle.push(Op::Request(metadata_request(request, reply)));
    }

    pub(super) fn query_replied(&mut self, reply: QueryReply, now: Time) {
        let QueryReply { mut query, result } = reply;
        match result {
            Ok(r) => {
                // What the application learns, the client learns too; topics that are still open are asked for anyway.
                let _ = self.apply(&r, None, now);
                query.answer(Ok(r));
            }
            Err(_) if now < query.deadline => {
                query.sent = false;
                self.queries.push(query);
            }
            Err(e) => query.answer(Err(e)),
        }
    }
}
