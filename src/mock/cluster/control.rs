//! What a test does to the cluster from outside.

use crate::base::error::ErrorCode;
use crate::mock::api::api_versions::FEATURE_LEVELS;
use crate::mock::brokers::Broker;
use crate::mock::cluster::Cluster;
use crate::mock::errors::{Pushed, RecordErrors};
use crate::mock::groups::consumer::Places;
use crate::mock::hook::Hook;
use crate::mock::topic::Partition;
use crate::mock::tracking::TrackedRequest;
use crate::protocol::otlp::MetricsData;
use std::collections::BTreeMap;
use std::time::Duration;

type Outcome = Result<(), ErrorCode>;

impl Cluster {
    /// # Errors
    /// When it exists or cannot.
    pub fn create_topic(&mut self, name: &str, partitions: i32, replication: i32) -> Outcome {
        let brokers = self.brokers.eligible();
        self.catalogue.create(name, (partitions, replication), &brokers, self.settings.max_partitions)
    }

    /// # Errors
    /// When there is no such topic.
    pub fn delete_topic(&mut self, name: &str) -> Outcome {
        self.catalogue.delete(name)
    }

    /// Reports `error` for the topic in Metadata; the topic is created when it does not exist.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn set_topic_error(&mut self, name: &str, error: ErrorCode) -> Outcome {
        self.ensure_topic(name, self.settings.default_partitions)?;
        let topic = self.topic_mut(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        topic.error = error;
        Ok(())
    }

    fn ensure_topic(&mut self, name: &str, partitions: i32) -> Outcome {
        if self.catalogue.index_of(name).is_some() {
            return Ok(());
        }
        self.create_topic(name, partitions, self.settings.default_replication)
    }

    /// The partition; a topic that does not exist is created with just enough of them.
    fn ensure_partition(&mut self, topic: &str, partition: i32) -> Result<&mut Partition, ErrorCode> {
        let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PART;
        if partition < 0 {
            return Err(unknown);
        }
        self.ensure_topic(topic, partition.saturating_add(1))?;
        self.topic_mut(topic).and_then(|t| t.partition_mut(partition)).ok_or(unknown)
    }

    /// Moves the leadership; -1: nobody leads.
    ///
    /// # Errors
    /// When there is no such partition or broker.
    pub fn set_leader(&mut self, topic: &str, partition: i32, broker_id: i32) -> Outcome {
        self.ensure_partition(topic, partition)?;
        if broker_id != -1 && self.broker(broker_id).is_none() {
            return Err(ErrorCode::BROKER_NOT_AVAILABLE);
        }
        self.ensure_partition(topic, partition)?.set_leader(broker_id);
        self.changes += 1;
        Ok(())
    }

    /// Lets the next Metadata response claim this leader.
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn push_leader_response(&mut self, topic: &str, partition: i32, leader: i32, epoch: i32) -> Outcome {
        self.ensure_partition(topic, partition)?.leader_responses.push_back((leader, epoch));
        Ok(())
    }

    /// # Errors
    /// When there is no such partition or the offset is not in its log.
    pub fn delete_records(&mut self, topic: &str, partition: i32, before: i64) -> Outcome {
        self.catalogue.delete_records(topic, partition, before)
    }

    /// A partition forgets its idempotent producers, as Kafka does with those that have been idle for
    /// `producer.id.expiration.ms`. One with an open transaction it never forgets.
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn forget_producers(&mut self, topic: &str, partition: i32) -> Outcome {
        let p = self.topic_mut(topic).and_then(|t| t.partition_mut(partition));
        let p = p.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PART)?;
        let txns = &p.txns;
        p.producers.forget(|id| txns.is_open(id));
        Ok(())
    }

    /// The next requests of this API, to whichever broker, are answered with these errors, one each.
    /// `_TRANSPORT` closes the connection instead.
    pub fn push_request_errors(&mut self, api_key: i16, errors: &[ErrorCode]) {
        self.brokers
            .errors_mut()
            .push(api_key, errors.iter().map(|code| Pushed { code: *code, rtt: Duration::ZERO }));
    }

    pub fn clear_request_errors(&mut self, api_key: i16) {
        self.brokers.errors_mut().clear(api_key);
    }

    /// The same for one broker, each with a delay of its own.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn push_broker_errors(&mut self, broker_id: i32, api_key: i16, errors: &[Pushed]) -> Outcome {
        let broker = self.broker_mut(broker_id).ok_or(ErrorCode::_UNKNOWN_BROKER)?;
        broker.errors.push(api_key, errors.iter().copied());
        Ok(())
    }

    /// How many of them are left.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn broker_errors_left(&self, broker_id: i32, api_key: i16) -> Result<usize, ErrorCode> {
        let broker = self.broker(broker_id).ok_or(ErrorCode::_UNKNOWN_BROKER)?;
        Ok(broker.errors.len(api_key))
    }

    /// The same for one partition.
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn push_partition_errors(
        &mut self,
        topic: &str,
        partition: i32,
        api_key: i16,
        errors: &[ErrorCode],
    ) -> Outcome {
        let pushed = errors.iter().map(|code| Pushed { code: *code, rtt: Duration::ZERO });
        self.ensure_partition(topic, partition)?.errors.push(api_key, pushed);
        Ok(())
    }

    fn known_broker(&mut self, broker_id: i32) -> Result<&mut Broker, ErrorCode> {
        self.broker_mut(broker_id).ok_or(ErrorCode::BROKER_NOT_AVAILABLE)
    }

    /// The brokers that `broker_id` means: -1 is all of them.
    fn change_brokers(&mut self, broker_id: i32, mut change: impl FnMut(&mut Broker)) -> Outcome {
        if broker_id == -1 {
            self.brokers.iter_mut().for_each(change);
        } else {
            change(self.known_broker(broker_id)?);
        }
        self.changes += 1;
        Ok(())
    }

    /// Takes a broker (-1: all) up or down. Whoever owns the sockets has to follow.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn set_broker_up(&mut self, broker_id: i32, up: bool) -> Outcome {
        self.change_brokers(broker_id, |b| b.up = up)
    }

    /// # Errors
    /// When there is no such broker.
    pub fn set_rtt(&mut self, broker_id: i32, rtt: Duration) -> Outcome {
        self.change_brokers(broker_id, |b| b.rtt = rtt)
    }

    /// # Errors
    /// When there is no such broker.
    pub fn set_rack(&mut self, broker_id: i32, rack: Option<&str>) -> Outcome {
        self.change_brokers(broker_id, |b| b.rack = rack.map(str::to_owned))
    }

    /// What Metadata says about how to reach a broker.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn set_broker_address(&mut self, broker_id: i32, host: &str, port: u16) -> Outcome {
        let broker = self.known_broker(broker_id)?;
        host.clone_into(&mut broker.host);
        broker.port = port;
        self.changes += 1;
        Ok(())
    }

    /// Hides a broker from Metadata and moves its partitions to the others; it goes on answering.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn remove_from_metadata(&mut self, broker_id: i32) -> Outcome {
        self.change_brokers(broker_id, |b| b.in_metadata = false)?;
        self.reassign();
        Ok(())
    }

    /// Adds a broker, which gets its share of the partitions. Whoever owns the sockets has to follow.
    ///
    /// # Errors
    /// When there is one of that id, or there can be none.
    pub fn add_broker(&mut self, broker_id: i32) -> Outcome {
        if broker_id < 0 || self.broker(broker_id).is_some() {
            return Err(ErrorCode::_INVALID_ARG);
        }
        self.brokers.add(broker_id);
        self.reassign();
        Ok(())
    }

    /// Removes a broker for good and gives its partitions to the others.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn remove_broker(&mut self, broker_id: i32) -> Outcome {
        self.known_broker(broker_id)?;
        self.brokers.remove(broker_id);
        self.reassign();
        Ok(())
    }

    fn reassign(&mut self) {
        let brokers = self.brokers.eligible();
        self.catalogue.reassign(&brokers);
    }

    /// The replica that consumers are told to read from, which need not exist; -1: the leader.
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn set_follower(&mut self, topic: &str, partition: i32, broker_id: i32) -> Outcome {
        self.ensure_partition(topic, partition)?.set_follower(broker_id);
        self.changes += 1;
        Ok(())
    }

    /// Between which offsets the follower claims to have records; -1: what the leader says.
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn set_follower_watermarks(&mut self, topic: &str, partition: i32, lo: i64, hi: i64) -> Outcome {
        let p = self.ensure_partition(topic, partition)?;
        (p.follower_start, p.follower_end) = (lo, hi);
        self.changes += 1;
        Ok(())
    }

    /// Refuses the next batch for a partition because of some of its records (KIP-467).
    ///
    /// # Errors
    /// When there is no such partition.
    pub fn push_record_errors(&mut self, topic: &str, partition: i32, errors: RecordErrors) -> Outcome {
        self.ensure_partition(topic, partition)?.record_errors.push_back(errors);
        self.changes += 1;
        Ok(())
    }

    /// Names the coordinator of a group or a transactional id; the broker need not exist.
    pub fn set_coordinator(&mut self, key_type: i8, key: &str, broker_id: i32) {
        self.brokers.set_coordinator(key_type, key, broker_id);
    }

    /// What answers say about how long the client was held back. They are not held back.
    pub fn set_throttle_time(&mut self, throttle: Duration) {
        self.throttle = throttle;
    }

    /// Batches get the time at which they are appended.
    pub fn set_log_append_time(&mut self, on: bool) {
        self.settings.log_append_time = on;
    }

    /// How long the first rebalance of an empty group waits for more members.
    pub fn set_group_initial_rebalance_delay(&mut self, delay: Duration) {
        self.settings.group_initial_rebalance_delay = delay;
    }

    /// What groups of the consumer protocol hold their members to; `None`: as before.
    pub fn set_consumer_timeouts(&mut self, session: Option<Duration>, heartbeat_interval: Option<Duration>) {
        let settings = &mut self.settings;
        settings.consumer_session_timeout = session.unwrap_or(settings.consumer_session_timeout);
        settings.consumer_heartbeat_interval =
            heartbeat_interval.unwrap_or(settings.consumer_heartbeat_interval);
    }

    /// Finalizes a level of the feature `transaction.version`, 0 to 2.
    ///
    /// # Errors
    /// When there is no such level.
    pub fn set_transaction_version(&mut self, level: i16) -> Outcome {
        if !FEATURE_LEVELS.contains(&level) {
            return Err(ErrorCode::_INVALID_ARG);
        }
        self.settings.transaction_version = level;
        Ok(())
    }

    pub fn set_controller(&mut self, broker_id: i32) {
        self.brokers.set_controller(broker_id);
    }

    /// Announces only these versions of an API.
    ///
    /// # Errors
    /// When the key cannot be one.
    pub fn set_api_version(&mut self, api_key: i16, min: i16, max: i16) -> Outcome {
        if api_key < 0 || (max >= 0 && min > max) {
            return Err(ErrorCode::_INVALID_ARG);
        }
        self.apis.set(api_key, min, max);
        Ok(())
    }

    /// Remembers every request from now on; forgets those remembered before.
    pub fn start_request_tracking(&mut self) {
        self.tracking.start();
    }

    pub fn stop_request_tracking(&mut self) {
        self.tracking.stop();
    }

    #[must_use]
    pub fn tracked_requests(&self) -> &[TrackedRequest] {
        self.tracking.requests()
    }

    pub fn clear_tracked_requests(&mut self) {
        self.tracking.clear_requests();
    }

    /// The memory that all logs take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.catalogue.memory()
    }

    /// Lets a test say who is to get what, by member id, topic and partition; `None`: it is worked out again.
    /// Nothing happens when there is no such group.
    pub fn set_consumer_targets(
        &mut self,
        group_id: &str,
        targets: Option<BTreeMap<String, Vec<(String, i32)>>>,
    ) {
        let id_of = |name: &str| self.catalogue.topic(name).map(|t| t.id);
        let places = |wanted: Vec<(String, i32)>| -> Places {
            wanted.into_iter().filter_map(|(topic, partition)| Some((id_of(&topic)?, partition))).collect()
        };
        let targets: Option<BTreeMap<String, Places>> =
            targets.map(|targets| targets.into_iter().map(|(id, wanted)| (id, places(wanted))).collect());
        if let Some(group) = self.groups.get_mut(group_id).and_then(|g| g.consumers.as_mut()) {
            group.assign_manually(targets);
        }
    }

    /// Asks clients for the metrics with these prefixes: none at all for none, all of them for an empty one.
    pub fn set_requested_metrics(&mut self, metrics: Vec<String>) {
        self.telemetry.set_requested_metrics(metrics);
    }

    /// How often clients are to push.
    ///
    /// # Errors
    /// When it is zero or too long for the protocol.
    pub fn set_push_interval(&mut self, interval: Duration) -> Outcome {
        self.telemetry.set_push_interval(interval)
    }

    /// The metrics of the last push that has been taken.
    #[must_use]
    pub fn last_telemetry_push(&self) -> &MetricsData {
        self.telemetry.last_push()
    }

    /// How many pushes have been taken, and how many of them were a client's last.
    #[must_use]
    pub fn telemetry_pushes(&self) -> (usize, usize) {
        self.telemetry.pushes()
    }

    /// Lets a function see every request first and decide about it.
    pub fn set_hook(&mut self, hook: Option<Hook>) {
        self.hook = hook;
    }

    /// For so long after its end a transaction is still being completed, and its producer cannot begin the
    /// next one.
    pub fn set_transaction_completion_delay(&mut self, delay: Duration) {
        self.transactions.set_completion_delay(delay);
    }
}
