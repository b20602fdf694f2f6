//! The loop of the main thread: it takes what the thread is told, and lets each part do what is due.

use super::admin::Admin;
use super::brokers::starting::BrokerHost;
use super::brokers::{Brokers, events, rebootstrap};
use super::consumer::{Fetching, Stores};
use super::group::GroupOffsets;
use super::housekeeping::Housekeeping;
use super::instance::{Client, purge};
use super::metadata::{Queries, Refresh};
use super::offsets::PendingOffsets;
use super::ops::MainOp;
use super::part::{ClusterView, Part};
use super::producer_id::ProducerIdClient;
use super::relogin::Relogin;
use super::statistics::Statistics;
use super::telemetry::Telemetry;
use super::tokens;
use super::topics::leaderless::Leaderless;
use super::txn::TxnManager;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::sync::Arc;
use crate::net::Endpoint;
use crate::stats::snapshot::Snapshot;
use std::collections::VecDeque;

pub struct Main {
    view: ClusterView,
    housekeeping: Housekeeping,
    /// Partitions without a leader, unless they have a thread of their own.
    leaderless: Option<Leaderless>,
    admin: Admin,
    statistics: Statistics,
    telemetry: Telemetry,
    offsets: PendingOffsets,
    fetching: Fetching,
    group: GroupOffsets,
    stores: Stores,
    transactions: TxnManager,
    producer_id: ProducerIdClient,
    refresh: Refresh,
    relogin: Relogin,
    queries: Queries,
    ops: VecDeque<MainOp>,
    terminated: bool,
}

impl Main {
    pub fn new(client: Arc<Client>, host: Box<dyn BrokerHost>, bootstrap: Vec<Endpoint>) -> Box<Self> {
        let mut main = Self::without_brokers(client, host);
        let now = main.now();
        main.transactions.open(&mut main.view.ctx(now));
        main.group.open(&mut main.view.ctx(now));
        main.view.brokers.configure(bootstrap);
        main
    }

    /// On the heap, and in a function of its own: this runs on the application's thread, whose stack may be
    /// small.
    #[inline(never)]
    fn without_brokers(client: Arc<Client>, host: Box<dyn BrokerHost>) -> Box<Self> {
        let now = client.now();
        Box::new(Self {
            housekeeping: Housekeeping::new(now),
            leaderless: Some(Leaderless::new(client.clone())),
            admin: Admin::default(),
            statistics: Statistics::new(client.settings(), now),
            telemetry: Telemetry::default(),
            offsets: PendingOffsets::default(),
            fetching: Fetching::default(),
            group: GroupOffsets::default(),
            stores: Stores::default(),
            transactions: TxnManager::default(),
            producer_id: ProducerIdClient,
            refresh: Refresh,
            relogin: Relogin::new(now),
            queries: Queries::default(),
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
        self.view.client.take_ops(&mut ops);
        for op in ops.drain(..) {
            self.run(op, now);
            self.follow_rebootstrap(now);
        }
        self.ops = ops;
        if self.terminated {
            return Deadline::NEVER;
        }
        let next = self.serve_parts(now);
        self.view.topics.wake_owners();
        if self.leaderless.is_some() {
            self.view.client.leaderless().sleep_until(next);
        }
        next
    }

    /// Lets each part do what is due. Those that ask for brokers come before the end of the round, which has
    /// brokers connect if need be.
    fn serve_parts(&mut self, now: Time) -> Deadline {
        let ctx = &mut self.view.ctx(now);
        let mut next = self.housekeeping.serve(ctx);
        if let Some(leaderless) = &mut self.leaderless {
            next = next.min(leaderless.serve(now));
        }
        next = next.min(self.admin.serve(ctx)).min(self.statistics.serve(ctx)).min(self.offsets.serve(ctx));
        next = next.min(self.transactions.serve(ctx)).min(self.producer_id.serve(ctx));
        next = next.min(self.refresh.serve(ctx)).min(self.queries.serve(ctx));
        next = next.min(self.fetching.serve(ctx)).min(self.group.serve(ctx)).min(self.stores.serve(ctx));
        next = next.min(tokens::serve(ctx)).min(self.relogin.serve(ctx)).min(self.telemetry.serve(ctx));
        next = next.min(rebootstrap::end_round(ctx));
        self.follow_rebootstrap(now);
        next
    }

    /// Those who remember brokers have to find them again when the client has started over.
    fn follow_rebootstrap(&mut self, now: Time) {
        if self.view.brokers.take_started_over() {
            self.transactions.follow_rebootstrap(now);
            self.group.follow_rebootstrap(now);
        }
    }

    fn run(&mut self, op: MainOp, now: Time) {
        let ctx = &mut self.view.ctx(now);
        match op {
            MainOp::Broker(handle, event) => {
                self.transactions.follow_broker(&handle, &event, now);
                self.group.follow_broker(&handle, &event, now);
                self.telemetry.follow_broker(&handle, &event, ctx);
                events::handle(ctx, &handle, event);
            }
            MainOp::AddBrokers(endpoints) => {
                ctx.brokers.configure(endpoints);
                ctx.planner.suspect_brokers();
            }
            MainOp::TopicAdded(topic) => {
                ctx.planner.added(topic.shared().name.clone(), now);
                ctx.topics.add(topic, now);
            }
            MainOp::Refresh(reply) => self.refresh.handle(reply, ctx),
            MainOp::Query(op) => self.queries.handle(op, ctx),
            MainOp::Admin(op) => self.admin.handle(op, ctx),
            MainOp::Consumer(op) => self.fetching.handle(op, ctx),
            MainOp::Group(op) => self.group.handle(op, ctx),
            MainOp::StoreOpened => self.stores.handle((), ctx),
            MainOp::Offsets(op) => self.offsets.handle(op, ctx),
            MainOp::ProducerId(reply) => self.producer_id.handle(reply, ctx),
            MainOp::Transaction(op) => self.transactions.handle(op, ctx),
            MainOp::Telemetry(op) => self.telemetry.handle(op, ctx),
            MainOp::Fatal => {
                // The flags are known ones.
                let _ = ctx.client.purge(purge::QUEUE | purge::NON_BLOCKING);
            }
            MainOp::Terminate => {
                self.terminated = true;
                self.admin.end();
                self.offsets.end();
                self.queries.end();
                self.telemetry.end();
                self.group.give_up(ctx);
            }
        }
    }

    /// The client as statistics show it. Windows start anew with each call.
    #[must_use]
    pub fn snapshot(&mut self, now: Time) -> Snapshot {
        self.statistics.snapshot(&self.view.ctx(now))
    }
}
