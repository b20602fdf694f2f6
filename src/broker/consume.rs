//! What of a broker is for consuming: which partitions are fetched from it, one request at a time, and what
//! its answers bring. It puts requests on a [`Connection`]; whether there is one is not its business.

use super::connection::Connection;
use super::connection::request::{Purpose, Request, plain_frame};
use super::context::{BrokerContext, BrokerEvent, LeaderHint};
use super::handle::BrokerHandle;
use super::observe::Observer;
use super::session::versions::Versions;
use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::base::log::Level;
use crate::base::sync::Arc;
use crate::consumer::fetch::error_actions::{FetchAction, fetch_action};
use crate::consumer::fetch::fetcher::{Fetcher, RequestedPartition};
use crate::consumer::fetch::outcome::{Answerer, FetchOutcome, News, answered};
use crate::consumer::fetch::receive::{Parts, Receiver};
use crate::consumer::fetch::request::{Matcher, request, versions};
use crate::consumer::partition::Partition;
use crate::consumer::records::Pool;
use crate::net::Endpoint;
use crate::protocol::ApiKey;
use crate::protocol::fetch::{NodeEndpoint, Response, ResponsePartition, Topic};
use crate::protocol::header::read_response_header_rest;
use crate::protocol::primitives::{Malformed, Reader};
use std::collections::HashSet;

/// So much memory for records is kept ready. More than that is given back as soon as it is not in use.
const MOST_KEPT: usize = 32 << 20;

pub struct Consume {
    context: Arc<BrokerContext>,
    handle: Arc<BrokerHandle>,
    observer: Observer,
    fetcher: Fetcher,
    pool: Arc<Pool>,
    /// A request is in flight. Brokers answer one after the other, so a second one would only wait there.
    is_asking: bool,
    not_before: Time,
}

impl Consume {
    pub fn new(context: &Arc<BrokerContext>, handle: &Arc<BrokerHandle>, observer: &Observer) -> Self {
        Self {
            context: context.clone(),
            handle: handle.clone(),
            observer: observer.clone(),
            fetcher: if observer.wants_fetch_list() { Fetcher::listing() } else { Fetcher::default() },
            pool: Pool::new(MOST_KEPT),
            is_asking: false,
            not_before: Time::default(),
        }
    }

    /// The partition may have something to be fetched from here.
    pub fn add(&mut self, partition: Arc<Partition>) {
        self.fetcher.add(partition);
    }

    /// Whether partitions are fetched from here.
    pub fn wants_connection(&self) -> bool {
        !self.fetcher.is_empty()
    }

    pub fn clear(&mut self) {
        self.fetcher.clear();
    }

    /// Puts a request on the connection, if there is something to ask and nothing is in flight. Returns
    /// when to come again.
    pub fn ask(&mut self, broker: &Versions, connection: &mut Connection, now: Time) -> Deadline {
        let Some(settings) = self.context.settings.consumer.as_ref().filter(|_| !self.is_asking) else {
            return Deadline::NEVER;
        };
        if now < self.not_before {
            return Deadline::at(self.not_before);
        }
        let space = (self.handle.signal(), settings.queue_backoff);
        let (asked, next) = self.fetcher.choose(self.handle.node_id(), space, now);
        for change in self.fetcher.take_changes() {
            self.observer.log_list(&change, settings.queue_backoff);
        }
        if asked.is_empty() {
            return next;
        }
        let Some(version) = broker.pick(ApiKey::Fetch, &versions(&asked)) else {
            self.not_before = now + settings.error_backoff;
            self.observer.log(Level::Error, "FETCH", format_args!("No viable FetchRequest version"));
            return Deadline::at(self.not_before);
        };
        self.observer.log_fetch(&asked, self.fetcher.len());
        let request = request(&asked, version, settings);
        let id = connection.next_correlation_id();
        let api = (ApiKey::Fetch, version);
        let client_id = &self.context.settings.client.id;
        let frame = plain_frame(api, id, client_id, |out| request.encode(version, out));
        let patience = self.context.settings.network.socket_timeout + settings.fetch_wait;
        let deadline = Deadline::at(now + patience);
        let purpose = Purpose::Fetch(asked, Some(Box::new(Receiver::new(version, self.pool.clone()))));
        connection.push(Request::new(api, id, purpose, frame, deadline, now));
        self.is_asking = true;
        Deadline::NEVER
    }

    /// Nothing comes of a request.
    pub fn failed(&mut self, now: Time) {
        self.is_asking = false;
        let backoff = self.context.settings.consumer.as_ref().map(|s| s.error_backoff);
        self.not_before = now + backoff.unwrap_or_default();
    }

    /// The connection is gone. Followers are not waited for.
    pub fn disconnected(&mut self) {
        for partition in self.fetcher.give_up_following(self.handle.node_id()) {
            self.context.listener.event(&self.handle, BrokerEvent::Inspect(partition));
        }
    }

    /// Takes in an answer.
    pub fn answered(
        &mut self,
        asked: &[RequestedPartition],
        version: i16,
        receiver: Option<Box<Receiver>>,
        now: Time,
    ) {
        self.is_asking = false;
        self.pool.trim();
        let Some(parts) = receiver.map(|receiver| receiver.finish()) else { return };
        if let Err(e) = self.take_in(asked, version, parts, now) {
            self.failed(now);
            self.observer.log(Level::Error, "PROTOERR", format_args!("malformed Fetch response: {e}"));
        }
    }

    fn take_in(
        &self,
        asked: &[RequestedPartition],
        version: i16,
        parts: Parts,
        now: Time,
    ) -> Result<(), Malformed> {
        let Some(settings) = &self.context.settings.consumer else { return Ok(()) };
        let mut reader = Reader::new(&parts.frame);
        read_response_header_rest(ApiKey::Fetch, version, &mut reader)?;
        self.observer.throttled_by(ApiKey::Fetch, version, reader.rest());
        let response = Response::decode(version, &mut reader)?;
        let by = Answerer { broker_id: self.handle.node_id(), settings, pool: &self.pool, now };
        if response.error_code != 0 {
            let failed =
                ResponsePartition { error_code: response.error_code, ..ResponsePartition::default() };
            asked.iter().for_each(|a| self.settle(a, answered(a, &failed, Vec::new(), by)));
            return Ok(());
        }
        let mut matcher = Matcher::new(asked);
        let mut count = 0;
        let mut shares = parts.records.into_iter();
        for topic in &response.topics {
            for p in &topic.partitions {
                let records = p.records.and_then(|_| shares.next()).unwrap_or_default();
                let Some(a) = matcher.find(version, &topic.name, &topic.id, p.partition) else { continue };
                count += 1;
                self.observer.log_answer(a, p, records.len());
                self.settle(a, answered(a, p, records, by));
                self.follow_hint(a, p, &response.node_endpoints);
            }
        }
        if count < asked.len() {
            rest_unanswered(asked, &response.topics, version, by);
        }
        Ok(())
    }

    fn settle(&self, a: &RequestedPartition, outcome: FetchOutcome) {
        let FetchOutcome { news, errands, error, reset } = outcome;
        if let Some(text) = reset {
            self.context.logger.log(Level::Warning, "OFFSET", format_args!("{text}"));
        }
        if error != ErrorCode::NO_ERROR {
            let backoff = self.context.settings.consumer.as_ref().map(|s| s.error_backoff);
            self.observer.log_fetch_error(a, error, backoff.unwrap_or_default());
        }
        for item in &news {
            if let News::Fetched(fetched) = item {
                self.observer.log_messages(fetched);
            }
        }
        let listener = &self.context.listener;
        if !news.is_empty() {
            listener.fetched(news);
        }
        if errands.refresh {
            let topic = a.partition.topic().clone();
            listener.event(&self.handle, BrokerEvent::RefreshTopic { topic, error });
        }
        if errands.inspect {
            listener.event(&self.handle, BrokerEvent::Inspect(a.partition.clone()));
        }
    }

    /// The broker may name the leader that it is no longer (KIP-951).
    fn follow_hint(&self, a: &RequestedPartition, p: &ResponsePartition<'_>, nodes: &[NodeEndpoint]) {
        let leader = &p.current_leader;
        let code = ErrorCode(p.error_code.into());
        if leader.leader_id < 0 || fetch_action(code) != FetchAction::Refresh {
            return;
        }
        let node = nodes.iter().find(|n| n.node_id == leader.leader_id);
        let hint = LeaderHint {
            topic: a.partition.topic().to_string(),
            topic_id: a.wanted.topic_id,
            partition: a.partition.number(),
            leader: leader.leader_id,
            leader_epoch: leader.leader_epoch,
            endpoint: node.map(|n| Endpoint::advertised(&n.host, n.port)),
        };
        self.context.listener.event(&self.handle, BrokerEvent::LeaderHint(hint));
    }
}

/// Partitions that the broker has not answered for are not asked for again at once.
fn rest_unanswered(
    asked: &[RequestedPartition],
    topics: &[Topic<ResponsePartition<'_>>],
    version: i16,
    by: Answerer<'_>,
) {
    let mut matcher = Matcher::new(asked);
    let mut answered = HashSet::new();
    for topic in topics {
        for p in &topic.partitions {
            let found = matcher.find(version, &topic.name, &topic.id, p.partition);
            answered.extend(found.map(std::ptr::from_ref));
        }
    }
    for a in asked.iter().filter(|a| !answered.contains(&std::ptr::from_ref(*a))) {
        a.partition.track().rest_until(by.now + by.settings.error_backoff);
    }
}
