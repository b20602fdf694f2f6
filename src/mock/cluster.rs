//! The mock cluster without sockets, threads, clocks or randomness: request bytes in, answer bytes out.
//!
//! The socket server ([`crate::mock::server`]) runs it in real time, the simulation in virtual time; the same
//! requests at the same times give the same answers. Everything that a client sends is untrusted here.

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::api::api_versions::ApiTable;
use crate::mock::api::{
    add_offsets_to_txn, add_partitions_to_txn, alter_configs, api_versions, consumer_group_heartbeat,
    create_partitions, create_topics, delete_topics, describe_cluster, describe_configs, describe_groups,
    end_txn, fetch, find_coordinator, heartbeat, init_producer_id, join_group, leave_group, list_groups,
    list_offsets, metadata, offset_commit, offset_fetch, offset_for_leader_epoch, produce, sync_group,
    telemetry, txn_offset_commit,
};
use crate::mock::auth::sasl::{self, Access};
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse};
use crate::mock::catalogue::Catalogue;
use crate::mock::configs::properties::{Effects, Values};
use crate::mock::configs::resources::{Change, ConfigView, Configs, Refused, Resource};
use crate::mock::groups::Groups;
use crate::mock::hook::{Hook, Overtaken, RequestInfo, Verdict};
use crate::mock::log::adoption::Adoption;
use crate::mock::parking::{Parked, Parking};
use crate::mock::producer_ids::ProducerIds;
use crate::mock::topic::{Partition, Topic};
use crate::mock::tracking::Tracking;
use crate::mock::transactions::{TransactionCoordinator, Transactions};
use crate::protocol::api_key::{self, ApiKey};
use crate::protocol::primitives::{Malformed, Reader};
use std::time::Duration;

pub use crate::mock::brokers::Broker;
pub use crate::mock::tracking::TrackedRequest;

/// Memory that a request of any length may take to be read and answered: enough for requests about 200,000
/// partitions.
const ALLOWED_ANYWAY: usize = 32 << 20;
/// What the answer to an element of a request takes, besides the element itself.
const PER_ELEMENT: usize = 128;

/// What a mock cluster is like.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Brokers 1 to this.
    pub brokers: i32,
    /// For topics that are created because a client asked for them.
    pub default_partitions: i32,
    pub default_replication: i32,
    pub auto_create_topics: bool,
    /// Of all topics together: neither a test's slip nor a client shall take all memory.
    pub max_partitions: usize,
    /// Largest record batch (`max.message.bytes`).
    pub max_message_bytes: usize,
    /// Batches get the broker's time (`message.timestamp.type=LogAppendTime`).
    pub log_append_time: bool,
    /// Memory for all logs together; the oldest batches go when it is exceeded.
    pub memory_limit: usize,
    /// How long the first rebalance of an empty group waits for more members.
    pub group_initial_rebalance_delay: Duration,
    /// The finalized level of `transaction.version`: from 2 on every transaction has an epoch of its own
    /// (KIP-890). 0: the feature is not used, as in librdkafka's mock.
    pub transaction_version: i16,
    /// A producer id has to begin with sequence number 0 in a partition that has no state of it. Kafka takes
    /// any.
    pub strict_sequences: bool,
    /// Transactions that take longer than their producer has allowed are aborted. librdkafka's mock lets them
    /// go on.
    pub transaction_timeouts: bool,
    /// For groups of the consumer protocol that have no `consumer.session.timeout.ms` and
    /// `consumer.heartbeat.interval.ms` of their own.
    pub consumer_session_timeout: Duration,
    pub consumer_heartbeat_interval: Duration,
    /// Who has to authenticate, and how.
    pub sasl: sasl::Settings,
}

impl Settings {
    /// Whether every transaction has an epoch of its own.
    pub(super) fn transactions_have_epochs(&self) -> bool {
        const FIRST_WITH_EPOCHS: i16 = 2;
        self.transaction_version >= FIRST_WITH_EPOCHS
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brokers: 3,
            default_partitions: 4,
            default_replication: 3,
            auto_create_topics: true,
            max_partitions: 400_000,
            max_message_bytes: 1_048_588,
            log_append_time: false,
            memory_limit: 1 << 30,
            group_initial_rebalance_delay: Duration::from_secs(3),
            transaction_version: 0,
            strict_sequences: false,
            transaction_timeouts: true,
            consumer_session_timeout: Duration::from_secs(30),
            consumer_heartbeat_interval: Duration::from_secs(3),
            sasl: sasl::Settings::default(),
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The whole answer with its length in front. `None`: there is no answer (or not yet, see `parked`).
    pub bytes: Option<Vec<u8>>,
    /// How long after the request the answer arrives.
    pub delay: Duration,
    /// The connection ends after the bytes, if any.
    pub close: bool,
    /// The answer comes later, from [`Cluster::resume`], under this number.
    pub parked: Option<u64>,
}

impl Reply {
    pub(super) fn closing() -> Self {
        Self { close: true, ..Self::default() }
    }
}

pub struct Cluster {
    pub(super) settings: Settings,
    pub(super) id: String,
    pub(super) brokers: Brokers,
    pub(super) catalogue: Catalogue,
    pub(super) apis: ApiTable,
    pub(super) transactions: Transactions,
    pub(super) sasl: sasl::Sessions,
    pub(super) telemetry: telemetry::Telemetry,
    /// What answers tell clients about how long they were held back.
    pub(super) throttle: Duration,
    pub(super) producer_ids: ProducerIds,
    /// Counts Produce requests, see [`Partition::named_in`].
    pub(super) produce_requests: u64,
    pub(super) groups: Groups,
    pub(super) configs: Configs,
    pub(super) tracking: Tracking,
    pub(super) hook: Option<Hook>,
    pub(super) overtaken: Overtaken,
    pub(super) adoption: Adoption,
    pub(super) parking: Parking,
    /// Numbers the requests.
    next_serial: u64,
    /// Counts what a parked request could be waiting for, apart from what the parts count themselves.
    pub(super) changes: u64,
}

impl Cluster {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let brokers = Brokers::new(settings.brokers);
        Self {
            sasl: sasl::Sessions::new(settings.sasl.clone()),
            settings,
            id: "mockCluster".to_owned(),
            brokers,
            catalogue: Catalogue::default(),
            apis: ApiTable::new(),
            transactions: Transactions::default(),
            telemetry: telemetry::Telemetry::default(),
            throttle: Duration::ZERO,
            producer_ids: ProducerIds::default(),
            produce_requests: 0,
            groups: Groups::default(),
            configs: Configs::default(),
            tracking: Tracking::default(),
            hook: None,
            overtaken: Overtaken::default(),
            adoption: Adoption::default(),
            parking: Parking::default(),
            next_serial: 0,
            changes: 0,
        }
    }

    /// Memory for a request of this length that has been used before, or an empty piece.
    pub fn take_memory(&mut self, len: usize) -> Vec<u8> {
        self.catalogue.take_memory(len)
    }

    /// [`Self::handle`] for the first `len` bytes of `memory`, which a log may keep.
    pub fn handle_in_memory(
        &mut self,
        (broker_id, conn_id): (i32, u64),
        memory: Vec<u8>,
        len: usize,
        (now, wall_ms): (Time, i64),
    ) -> Reply {
        let frame = memory.get(..len).unwrap_or_default();
        self.adoption = Adoption::of(frame, memory.capacity());
        let reply = self.handle(broker_id, conn_id, frame, now, wall_ms);
        let rest = std::mem::take(&mut self.adoption).finish(memory, &mut self.catalogue);
        self.catalogue.give_memory(rest);
        reply
    }

    /// Handles one request, without its length field, that arrived at `broker_id` over connection `conn_id`.
    pub fn handle(&mut self, broker_id: i32, conn_id: u64, frame: &[u8], now: Time, wall_ms: i64) -> Reply {
        self.next_serial += 1;
        self.transaction_coordinator().serve(now, wall_ms);
        if let Some(answer) = self.sasl.raw_token(conn_id, frame, (now, wall_ms)) {
            return answer.map_or_else(Reply::closing, |bytes| Reply {
                bytes: Some(bytes),
                delay: self.brokers.rtt(broker_id),
                ..Reply::default()
            });
        }
        let Some(mut call) = Call::parse(broker_id, conn_id, self.next_serial, frame, (now, wall_ms)) else {
            self.tracking.violation(|| format!("conn {conn_id}: malformed request header"));
            return Reply::closing();
        };
        self.tracking.request(TrackedRequest { broker_id, api_key: call.api_key, time: now });
        let reply = self.handle_through_hook(&mut call, frame);
        self.overtaken.attach_to(reply, conn_id)
    }

    /// Does with a request what the hook says.
    fn handle_through_hook(&mut self, call: &mut Call<'_>, frame: &[u8]) -> Reply {
        let verdict = self.hook.as_mut().map_or(Verdict::Pass, |hook| {
            hook(&RequestInfo {
                broker_id: call.broker_id,
                conn_id: call.conn_id,
                api_key: call.api_key,
                api_version: call.version,
                correlation_id: call.correlation_id,
                now: call.now,
                frame,
            })
        });
        match verdict {
            Verdict::Pass => self.dispatch(call, frame),
            Verdict::Drop => Reply::default(),
            Verdict::Close => Reply::closing(),
            Verdict::CloseAfterHandling => {
                let delay = self.dispatch(call, frame).delay;
                Reply { delay, ..Reply::closing() }
            }
            Verdict::Swallow => {
                let reply = self.dispatch(call, frame);
                if let Some(ticket) = reply.parked {
                    self.parking.forget(ticket);
                }
                Reply { bytes: None, parked: None, ..reply }
            }
            Verdict::Delay(d) => {
                let mut reply = self.dispatch(call, frame);
                reply.delay = reply.delay.saturating_add(d);
                reply
            }
            Verdict::Overtaken(behind) => {
                let reply = self.dispatch(call, frame);
                self.overtaken.hold(reply, call.conn_id, behind)
            }
            Verdict::Truncate(n) => {
                let mut reply = self.dispatch(call, frame);
                if let Some(bytes) = &mut reply.bytes {
                    bytes.truncate(n);
                    reply.close = true;
                }
                reply
            }
            Verdict::Answer(bytes) => {
                Reply { bytes: Some(bytes), delay: self.brokers.rtt(call.broker_id), ..Reply::default() }
            }
        }
    }

    fn dispatch(&mut self, call: &mut Call<'_>, frame: &[u8]) -> Reply {
        if call.api_key != ApiKey::ApiVersions.0 && !self.apis.supports(call.api_key, call.version) {
            self.tracking.violation(|| {
                format!("conn {}: API {} version {} not supported", call.conn_id, call.api_key, call.version)
            });
            return Reply::closing();
        }
        match self.sasl.access(call) {
            Access::Granted => {}
            Access::Expired => return Reply::closing(),
            Access::Denied => {
                self.tracking.violation(|| {
                    format!("conn {}: API {} before authentication", call.conn_id, call.api_key)
                });
                return Reply::closing();
            }
        }
        let pushed = self.brokers.next_error(call.broker_id, call.api_key);
        call.error = pushed.code;
        let delay = self.brokers.rtt(call.broker_id).saturating_add(pushed.rtt);
        if call.error == ErrorCode::_TRANSPORT {
            return Reply::closing();
        }
        let reply = match self.answer(call) {
            Ok(HandlerResponse::Bytes(bytes)) => Reply { bytes: Some(bytes), ..Reply::default() },
            Ok(HandlerResponse::Nothing { close }) => Reply { close, ..Reply::default() },
            Ok(HandlerResponse::Wait { until }) => {
                Reply { parked: Some(self.parking.park(call, frame, until, delay)), ..Reply::default() }
            }
            Err(malformed) => {
                self.tracking.violation(|| {
                    format!("conn {}: API {} v{}: {malformed}", call.conn_id, call.api_key, call.version)
                });
                return Reply::closing();
            }
        };
        Reply { delay, ..reply }
    }

    fn answer(&mut self, call: &Call<'_>) -> Result<HandlerResponse, Malformed> {
        let allowance = call.body.len().saturating_mul(2).saturating_add(ALLOWED_ANYWAY);
        let mut body = Reader::with_allowance(call.body, allowance, PER_ELEMENT);
        let answer = match ApiKey(call.api_key) {
            ApiKey::Produce => produce::handle(self, call, &mut body),
            ApiKey::Fetch => fetch::handle(self, call, &mut body),
            ApiKey::ListOffsets => list_offsets::handle(self, call, &mut body),
            ApiKey::Metadata => metadata::handle(self, call, &mut body),
            ApiKey::ApiVersions => api_versions::handle(self, call, &mut body),
            ApiKey::FindCoordinator => find_coordinator::handle(self, call, &mut body),
            ApiKey::OffsetCommit => offset_commit::handle(self, call, &mut body),
            ApiKey::OffsetFetch => offset_fetch::handle(self, call, &mut body),
            ApiKey::OffsetForLeaderEpoch => offset_for_leader_epoch::handle(self, call, &mut body),
            ApiKey::JoinGroup => join_group::handle(self, call, &mut body),
            ApiKey::SyncGroup => sync_group::handle(self, call, &mut body),
            ApiKey::Heartbeat => heartbeat::handle(self, call, &mut body),
            ApiKey::LeaveGroup => leave_group::handle(self, call, &mut body),
            ApiKey::ConsumerGroupHeartbeat => consumer_group_heartbeat::handle(self, call, &mut body),
            ApiKey::ListGroups => list_groups::handle(self, call, &mut body),
            ApiKey::DescribeGroups => describe_groups::handle(self, call, &mut body),
            ApiKey::InitProducerId => init_producer_id::handle(self, call, &mut body),
            ApiKey::AddPartitionsToTxn => add_partitions_to_txn::handle(self, call, &mut body),
            ApiKey::AddOffsetsToTxn => add_offsets_to_txn::handle(self, call, &mut body),
            ApiKey::EndTxn => end_txn::handle(self, call, &mut body),
            ApiKey::TxnOffsetCommit => txn_offset_commit::handle(self, call, &mut body),
            ApiKey::SaslHandshake => sasl::handshake(self, call, &mut body),
            ApiKey::SaslAuthenticate => sasl::authenticate(self, call, &mut body),
            ApiKey::GetTelemetrySubscriptions => telemetry::subscriptions(self, call, &mut body),
            ApiKey::PushTelemetry => telemetry::push(self, call, &mut body),
            ApiKey::CreateTopics => create_topics::handle(self, call, &mut body),
            ApiKey::DeleteTopics => delete_topics::handle(self, call, &mut body),
            ApiKey::CreatePartitions => create_partitions::handle(self, call, &mut body),
            ApiKey::DescribeConfigs => describe_configs::handle(self, call, &mut body),
            ApiKey::AlterConfigs => alter_configs::handle(self, call, &mut body),
            ApiKey::IncrementalAlterConfigs => alter_configs::handle_incremental(self, call, &mut body),
            ApiKey::DescribeCluster => describe_cluster::handle(self, call, &mut body),
            _ => Err(Malformed("request: API not implemented")),
        }?;
        // A body in a version of ApiVersions that is not known here cannot be read. librdkafka (2.15.1) asks
        // for all topics with three bytes too many in flexible versions of Metadata; Kafka itself never looks
        // behind the fields.
        let may_go_on = match ApiKey(call.api_key) {
            ApiKey::ApiVersions => true,
            ApiKey::Metadata => api_key::flexible(ApiKey::Metadata, call.version),
            _ => false,
        };
        if body.is_empty() || may_go_on {
            Ok(answer)
        } else {
            Err(Malformed("request: more bytes than it has fields"))
        }
    }

    /// Answers parked requests for which data has come or whose time is up: connection, ticket, reply.
    pub fn resume(&mut self, now: Time, wall_ms: i64, into: &mut Vec<(u64, u64, Reply)>) {
        self.groups.serve(now);
        self.transaction_coordinator().serve(now, wall_ms);
        for p in self.parking.take_due(self.changes(), now) {
            let call = Call::parse(p.broker_id, p.conn_id, p.ticket, &p.frame, (now, wall_ms));
            let answer = call.map(|mut call| {
                call.resumed = true;
                call.last_chance = p.until <= now;
                self.answer(&call)
            });
            let reply = match answer {
                Some(Ok(HandlerResponse::Wait { until })) => {
                    // What it waited for has been put off; otherwise its time stays what it was.
                    let until = if p.until <= now { until } else { p.until };
                    self.parking.park_again(Parked { until, ..p });
                    continue;
                }
                Some(Ok(HandlerResponse::Bytes(bytes))) => {
                    Reply { bytes: Some(bytes), delay: p.delay, ..Reply::default() }
                }
                Some(Ok(HandlerResponse::Nothing { close })) => Reply { close, ..Reply::default() },
                Some(Err(_)) | None => Reply::closing(),
            };
            into.push((p.conn_id, p.ticket, self.overtaken.attach_to(reply, p.conn_id)));
        }
    }

    /// When [`Self::resume`] has to be called at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Deadline {
        self.parking.deadline().min(self.groups.deadline()).min(self.transactions.next_deadline())
    }

    /// Whether [`Self::resume`] has something to look at because data or leaders have changed.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.parking.has_news(self.changes())
    }

    /// Counts what a parked request could be waiting for.
    fn changes(&self) -> u64 {
        self.changes + self.catalogue.changes() + self.groups.changes() + self.transactions.changes()
    }

    /// Everything that can be configured, to be read.
    pub(super) fn config_view(&self) -> ConfigView<'_> {
        ConfigView {
            configs: &self.configs,
            settings: &self.settings,
            brokers: &self.brokers,
            catalogue: &self.catalogue,
        }
    }

    /// Changes what is configured, unless the changes are only to be validated. `afresh`: what is not among
    /// them goes back to its default.
    ///
    /// # Errors
    /// When a change cannot be made. Nothing has changed then.
    pub(super) fn alter(
        &mut self,
        resource: &Resource,
        changes: &[Change<'_>],
        afresh: bool,
        validate_only: bool,
    ) -> Result<(), Refused> {
        let values = self.config_view().altered(resource, changes, afresh)?;
        if !validate_only {
            self.configure(resource, values);
        }
        Ok(())
    }

    pub(super) fn configure(&mut self, resource: &Resource, values: Values) {
        let effects = Effects::of(&values, resource.scope());
        match resource {
            Resource::Topic(index) => {
                if let Some(topic) = self.catalogue.topic_at_mut(*index) {
                    (topic.configs, topic.effects) = (values, effects);
                }
            }
            Resource::Broker(id) => {
                if let Some(broker) = self.brokers.get_mut(*id) {
                    (broker.configs, broker.effects) = (values, effects);
                }
            }
            Resource::AllBrokers => self.configs.set_for_all_brokers(values, effects),
            Resource::Group(name) => self.configs.set_for_group(name, values),
        }
        self.changes += 1;
    }

    /// The coordinator of transactions, with what it works on.
    pub(super) fn transaction_coordinator(&mut self) -> TransactionCoordinator<'_> {
        TransactionCoordinator {
            transactions: &mut self.transactions,
            settings: &self.settings,
            brokers: &self.brokers,
            producer_ids: &mut self.producer_ids,
            catalogue: &mut self.catalogue,
            groups: &mut self.groups,
        }
    }

    /// The throttle time as answers carry it.
    pub(super) fn throttle_ms(&self) -> i32 {
        i32::try_from(self.throttle.as_millis()).unwrap_or(i32::MAX)
    }

    /// Forgets what waits for a connection that is gone.
    pub fn disconnected(&mut self, conn_id: u64) {
        self.parking.disconnected(conn_id);
        self.groups.disconnected(conn_id);
        self.sasl.disconnected(conn_id);
        self.overtaken.disconnected(conn_id);
    }

    /// What clients have sent that a correct client never sends.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        self.tracking.violations()
    }

    /// The violations since the last call, for the log.
    pub fn take_unlogged(&mut self) -> Vec<String> {
        self.tracking.take_unlogged()
    }

    #[must_use]
    pub fn broker(&self, id: i32) -> Option<&Broker> {
        self.brokers.get(id)
    }

    pub fn broker_mut(&mut self, id: i32) -> Option<&mut Broker> {
        self.brokers.get_mut(id)
    }

    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.catalogue.topic(name)
    }

    pub fn topic_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.catalogue.topic_mut(name)
    }

    #[must_use]
    pub fn partition(&self, topic: &str, partition: i32) -> Option<&Partition> {
        self.catalogue.partition(topic, partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing::{cluster, request};
    use crate::protocol::metadata;

    fn ask(c: &mut Cluster) -> Reply {
        let r = metadata::Request::default();
        c.handle(1, 9, &request(ApiKey::Metadata, 9, |out| r.encode(9, out)), Time(50), 0)
    }

    #[test]
    fn round_trip_time_and_tracking() {
        let mut c = cluster(2);
        c.set_rtt(-1, Duration::from_millis(7)).unwrap();
        assert_eq!(c.set_rtt(3, Duration::ZERO), Err(ErrorCode::BROKER_NOT_AVAILABLE));
        assert!(c.tracked_requests().is_empty());
        c.start_request_tracking();
        assert_eq!(ask(&mut c).delay, Duration::from_millis(7));
        let seen = TrackedRequest { broker_id: 1, api_key: 3, time: Time(50) };
        assert_eq!(c.tracked_requests(), [seen]);
        c.clear_tracked_requests();
        assert!(c.tracked_requests().is_empty());
    }

    #[test]
    fn nonsense_ends_the_connection() {
        let mut c = cluster(1);
        for frame in [&b""[..], b"\0", &[0; 7], &[0x7f; 40], &request(ApiKey::Heartbeat, 0, |_| {})] {
            assert_eq!(c.handle(1, 1, frame, Time(0), 0), Reply::closing());
        }
        assert_eq!(c.violations().len(), 5);
    }

    #[test]
    fn arbitrary_bytes_after_a_good_header_never_do_harm() {
        let mut rng = fastrand::Rng::with_seed(4711);
        let mut c = cluster(1);
        c.create_topic("t", 2, 1).unwrap();
        for round in 0..20_000 {
            let api = ApiKey([0, 1, 2, 3, 10, 18, 22][rng.usize(..7)]);
            let len = rng.usize(..60);
            let frame = request(api, rng.i16(0..14), |out| {
                // Small numbers look like lengths and counts.
                out.extend((0..len).map(|_| if rng.bool() { rng.u8(..4) } else { rng.u8(..) }));
            });
            let reply = c.handle(1, round, &frame, Time(0), 0);
            assert!(reply.bytes.is_none_or(|b| b.len() < 1 << 20));
            c.disconnected(round);
        }
    }
}
