//! The loop of the main thread: it takes what the thread is told, and lets each part do what is due.

use super::admin::{AdminReply, AdminRequest, Waiting};
use super::brokers::starting::BrokerHost;
use super::brokers::{Brokers, events, rebootstrap};
use super::housekeeping::Housekeeping;
use super::metadata::{AppQuery, QueryReply, Refresh, RefreshReply};
use super::offsets::{Book, OffsetsQuery, OffsetsReply};
use super::part::{ClusterView, Part};
use super::producer_id::ProducerIdReply;
use super::statistics::Emission;
use super::topics::leaderless::Leaderless;
use super::{Client, txn};
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::{Error, ErrorCode};
use crate::base::sync::Arc;
use crate::broker::{BrokerEvent, BrokerHandle};
use crate::net::Endpoint;
use crate::producer::topic::Topic;
use std::collections::VecDeque;

/// Something for the main thread to do.
pub enum MainOp {
    Broker(Arc<BrokerHandle>, BrokerEvent),
    TopicAdded(Arc<Topic>),
    /// Brokers added by the application.
    AddBrokers(Vec<Endpoint>),
    Refresh(RefreshReply),
    Query(AppQuery),
    QueryReply(QueryReply),
    Admin(AdminRequest),
    AdminReply(AdminReply),
    ProducerId(ProducerIdReply),
    Offsets(OffsetsQuery),
    OffsetsReply(OffsetsReply),
    /// The application has changed the state of its transaction.
    Transaction,
    TransactionReply(txn::Reply),
    /// A fatal error was raised: what is queued will never be sent. What is in flight gets its answer.
    Fatal,
    Terminate,
}

pub struct Main {
    pub(super) view: ClusterView,
    housekeeping: Housekeeping,
    /// Unless they have a thread of their own.
    leaderless: Option<Leaderless>,
    refresh: Refresh,
    /// When statistics are due.
    pub(super) emission: Emission,
    pub(super) queries: Vec<AppQuery>,
    pub(super) admins: Vec<Waiting>,
    /// Numbers the admin requests.
    pub(super) admin_number: u64,
    pub(super) offsets: Book,
    pub(super) transactions: txn::Manager,
    ops: VecDeque<MainOp>,
    terminated: bool,
}

impl Main {
    pub fn new(client: Arc<Client>, host: Box<dyn BrokerHost>, bootstrap: Vec<Endpoint>) -> Box<Self> {
        let mut main = Self::without_brokers(client, host);
        let now = main.now();
        main.transactions.open(&mut main.view.ctx(now));
        main.view.brokers.configure(bootstrap);
        main
    }

    /// On the heap, and in a function of its own: this runs on the application's thread, whose stack may be small.
    #[inline(never)]
    fn without_brokers(client: Arc<Client>, host: Box<dyn BrokerHost>) -> Box<Self> {
        let now = client.now();
        Box::new(Self {
            housekeeping: Housekeeping::new(now),
            leaderless: Some(Leaderless::new(client.clone())),
            refresh: Refresh,
            emission: Emission::new(client.settings(), now),
            queries: Vec::new(),
            admins: Vec::new(),
            admin_number: 0,
            offsets: Book::default(),
            transactions: txn::Manager::default(),
            ops: VecDeque::new(),
            terminated: false,
            view: ClusterView::new(&client, Brokers::new(client.clone(), host, now), now),
        })
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.view.client.now()
    }

    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.terminated
    }

    /// Partitions without a leader, for another thread to serve.
    pub(super) fn release_leaderless(&mut self) -> Option<Leaderless> {
        self.leaderless.take()
    }

    /// Does everything that is to be done now and says when to come again.
    pub fn serve(&mut self, now: Time) -> Deadline {
        let mut ops = std::mem::take(&mut self.ops);
        self.view.client.main.take(&mut ops);
        for op in ops.drain(..) {
            self.run(op, now);
            self.follow_rebootstrap(now);
        }
        self.ops = ops;
        if self.terminated {
            return Deadline::NEVER;
        }
        let mut next = self.housekeeping.serve(&mut self.view.ctx(now));
        if let Some(leaderless) = &mut self.leaderless {
            next = next.min(leaderless.serve(now));
        }
        next = next.min(self.serve_admins(now)).min(self.emit_statistics(now)).min(self.serve_offsets(now));
        next = next.min(self.serve_transactions(now)).min(self.serve_producer_id(now));
        next = next.min(self.refresh.serve(&mut self.view.ctx(now))).min(self.serve_queries(now));
        next = next.min(rebootstrap::end_round(&mut self.view.ctx(now)));
        self.follow_rebootstrap(now);
        self.view.topics.wake_owners();
        if self.leaderless.is_some() {
            self.view.client.leaderless.sleep_until(next);
        }
        next
    }

    /// Those who remember brokers have to find them again when the client has started over.
    fn follow_rebootstrap(&mut self, now: Time) {
        if self.view.brokers.take_started_over() {
            self.transactions.lose_coordinator(now);
        }
    }

    fn run(&mut self, op: MainOp, now: Time) {
        match op {
            MainOp::Broker(handle, event) => {
                self.transactions.broker_event(&handle, &event, now);
                events::handle(&mut self.view.ctx(now), &handle, event);
            }
            MainOp::TopicAdded(topic) => {
                self.view.planner.added(topic.name(), now);
                self.view.topics.add(topic, now);
            }
            MainOp::AddBrokers(endpoints) => {
                self.view.brokers.configure(endpoints);
                self.view.planner.suspect_brokers();
            }
            MainOp::Refresh(reply) => self.refresh.handle(reply, &mut self.view.ctx(now)),
            MainOp::Query(query) => self.queries.push(query),
            MainOp::QueryReply(reply) => self.query_replied(reply, now),
            MainOp::Admin(request) => self.add_admin(request, now),
            MainOp::AdminReply(reply) => self.admin_replied(reply, now),
            MainOp::ProducerId(reply) => self.producer_id_replied(reply, now),
            MainOp::Offsets(query) => self.add_offsets(query, now),
            MainOp::OffsetsReply(reply) => self.offsets_replied(reply, now),
            MainOp::Transaction => {}
            MainOp::TransactionReply(reply) => self.transaction_reply(reply, now),
            MainOp::Fatal => {
                // The flags are known ones.
                let _ = self.view.client.purge(super::purge::QUEUE | super::purge::NON_BLOCKING);
            }
            MainOp::Terminate => {
                self.terminated = true;
                self.end_admins();
                self.offsets.end();
                for q in self.queries.drain(..) {
                    q.answer(Err(Error::new(ErrorCode::_DESTROY, "client is terminating")));
                }
            }
        }
    }
}
