//! The mock cluster without sockets, threads, clocks or randomness: request bytes in, answer bytes out.
//!
//! The socket server ([`crate::mock::server`]) runs it in real time, the simulation in virtual time; the same
//! requests at the same times give the same answers. Everything that a client sends is untrusted here.

mod control;
mod routing;

use crate::base::clock::Time;
use crate::base::deadline::Deadline;
use crate::base::error::ErrorCode;
use crate::mock::api::api_versions::ApiTable;
use crate::mock::api::telemetry::Telemetry;
use crate::mock::auth::sasl::{self, Access};
use crate::mock::brokers::Brokers;
use crate::mock::call::{Call, HandlerResponse};
use crate::mock::catalogue::Catalogue;
#[cfg(test)]
use crate::mock::configs::resources::ConfigView;
use crate::mock::configs::resources::Configs;
use crate::mock::groups::Groups;
use crate::mock::hook::{Hook, Overtaken, RequestInfo, Verdict};
use crate::mock::log::adoption::Adoption;
use crate::mock::parking::{Parked, Parking};
use crate::mock::producer_ids::ProducerIds;
use crate::mock::topic::{Partition, Topic};
use crate::mock::tracking::Tracking;
use crate::mock::transactions::{TransactionCoordinator, Transactions};
use crate::protocol::api_key::ApiKey;
use std::time::Duration;

pub use crate::mock::brokers::Broker;
pub use crate::mock::call::Reply;
pub use crate::mock::settings::Settings;
pub use crate::mock::tracking::TrackedRequest;

pub struct Cluster {
    settings: Settings,
    id: String,
    brokers: Brokers,
    catalogue: Catalogue,
    apis: ApiTable,
    transactions: Transactions,
    sasl: sasl::Sessions,
    telemetry: Telemetry,
    /// What answers tell clients about how long they were held back.
    throttle: Duration,
    producer_ids: ProducerIds,
    groups: Groups,
    configs: Configs,
    tracking: Tracking,
    hook: Option<Hook>,
    overtaken: Overtaken,
    adoption: Adoption,
    parking: Parking,
    /// Numbers the requests.
    next_serial: u64,
    /// Counts what a parked request could be waiting for, apart from what the parts count themselves.
    changes: u64,
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
            telemetry: Telemetry::default(),
            throttle: Duration::ZERO,
            producer_ids: ProducerIds::default(),
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
        call.throttle_ms = self.throttle_ms();
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

    /// Answers parked requests for which data has come or whose time is up: connection, ticket, reply.
    pub fn resume(&mut self, now: Time, wall_ms: i64, into: &mut Vec<(u64, u64, Reply)>) {
        self.groups.serve(now);
        self.transaction_coordinator().serve(now, wall_ms);
        for p in self.parking.take_due(self.changes(), now) {
            let call = Call::parse(p.broker_id, p.conn_id, p.ticket, &p.frame, (now, wall_ms));
            let answer = call.map(|mut call| {
                call.throttle_ms = self.throttle_ms();
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
        let parts = self.catalogue.changes() + self.groups.changes() + self.transactions.changes();
        self.changes + self.configs.changes() + parts
    }

    /// The coordinator of transactions, with what it works on.
    fn transaction_coordinator(&mut self) -> TransactionCoordinator<'_> {
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
    fn throttle_ms(&self) -> i32 {
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

    /// What it calls itself.
    pub fn set_id(&mut self, id: String) {
        self.id = id;
    }

    pub fn brokers(&self) -> impl Iterator<Item = &Broker> {
        self.brokers.iter()
    }

    pub fn brokers_mut(&mut self) -> impl Iterator<Item = &mut Broker> {
        self.brokers.iter_mut()
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

/// What the unit tests of the parts look at and change.
#[cfg(test)]
impl Cluster {
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    pub fn groups_mut(&mut self) -> &mut Groups {
        &mut self.groups
    }

    pub fn producer_ids_mut(&mut self) -> &mut ProducerIds {
        &mut self.producer_ids
    }

    pub fn transactions_mut(&mut self) -> &mut Transactions {
        &mut self.transactions
    }

    pub fn all_brokers(&self) -> &Brokers {
        &self.brokers
    }

    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub fn config_view(&self) -> ConfigView<'_> {
        let Self { configs, settings, brokers, catalogue, .. } = self;
        ConfigView { configs, settings, brokers, catalogue }
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
