//! The client with its real threads and sockets against the mock cluster.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test crate: a failed unwrap is a failed test.

#[path = "client_mock/consuming.rs"]
mod consuming;
#[path = "client_mock/packing.rs"]
mod packing;
#[path = "client_mock/shares.rs"]
mod shares;
mod support;
#[path = "client_mock/versions.rs"]
mod versions;

use rdkafka::base::clock::{Clock, SystemClock, Time};
use rdkafka::base::error::ErrorCode;
use rdkafka::base::log::{Level, LogSink, Logger};
use rdkafka::client::events::{Event, EventQueue, Flow, Piece, Taken, Wait};
use rdkafka::client::metadata::{self, MetadataScope};
use rdkafka::client::{Client, Options, threads};
use rdkafka::compress::Codec;
use rdkafka::conf::{Settings, TopicSettings};
use rdkafka::mock::hook::Verdict;
use rdkafka::mock::server::{MockCluster, MockConfig};
use rdkafka::protocol::ApiKey;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use support::message;

/// For what is sure to happen: longer than any machine takes.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(300));

struct Stderr;

impl LogSink for Stderr {
    fn log(&self, level: Level, facility: &str, text: &str) {
        eprintln!("%{}|{facility}| {text}", level as u8);
    }
}

fn logger() -> Logger {
    Logger::new(6, 0, Box::new(Stderr))
}

/// A clock that stands all but still: no pause that the client makes, and no patience that it has, ends while
/// a test runs, however slow the machine is.
struct SlowClock(SystemClock);

const SLOWNESS: u32 = 10_000;

impl Clock for SlowClock {
    fn now(&self) -> Time {
        Time(self.0.now().0 / i64::from(SLOWNESS))
    }

    fn wall_ms(&self) -> i64 {
        self.0.wall_ms()
    }
}

fn slow_clock(options: &mut Options) {
    options.clock = Arc::new(SlowClock(SystemClock::new()));
}

fn start(bootstraps: &str, change: impl FnOnce(&mut Settings)) -> Arc<Client> {
    start_with(bootstraps, change, |_| {})
}

fn start_with(
    bootstraps: &str,
    change: impl FnOnce(&mut Settings),
    observe: impl FnOnce(&mut Options),
) -> Arc<Client> {
    support::start(logger(), bootstraps, change, observe)
}

#[derive(Default)]
struct Reports {
    seen: HashMap<usize, (ErrorCode, i64)>,
    errors: Vec<ErrorCode>,
}

impl Reports {
    fn take(&mut self, event: Event) -> Flow {
        match event {
            Event::Delivery(d) => {
                let r = d.report();
                let mut i = 0;
                for run in &r.runs {
                    for m in run.iter() {
                        let old = self.seen.insert(m.opaque(), (r.error, r.offset_at(i)));
                        assert!(old.is_none(), "message {} reported twice", m.opaque());
                        i += 1;
                    }
                }
            }
            Event::Error(e) => self.errors.push(e.code),
            _ => {}
        }
        Flow::Continue
    }
}

/// Takes events as they are until `take` says that it is enough, or the time is up.
fn each_event(
    client: &Client,
    queue: &EventQueue,
    timeout: Option<Duration>,
    take: &mut dyn FnMut(Event) -> bool,
) {
    let mut wait = Wait::new(timeout);
    while let Taken::Event(event) = client.take(queue, &mut wait, &mut |_| Piece::<()>::Whole) {
        if take(event) {
            return;
        }
    }
}

#[test]
fn everything_produced_is_delivered_once() {
    let mock = MockCluster::start(MockConfig::default(), logger()).unwrap();
    let client = start(mock.bootstraps(), |_| {});
    let topic = client.topic("t", None, None);
    let mut reports = Reports::default();
    const N: usize = 50_000;
    for i in 0..N {
        let value = format!("message {i}");
        client.produce(&topic, &message(value.as_bytes(), i), true).unwrap();
    }
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.len(), N);
    assert!(reports.seen.values().all(|(e, offset)| e.is_ok() && *offset >= 0));
    assert_eq!(client.outq_len(), 0);
    threads::stop(&client);
    assert_eq!(client.store_in_use(), 0);
}

#[test]
fn without_a_broker_messages_time_out() {
    times_out(false);
}

#[test]
fn a_thread_of_their_own_times_out_messages_without_a_leader() {
    times_out(true);
}

fn times_out(internal_broker: bool) {
    let quickly = |s: &mut Settings| {
        s.default_topic =
            TopicSettings { message_timeout: Some(Duration::from_millis(300)), ..Default::default() };
    };
    let client = start_with("127.0.0.1:1", quickly, |o| o.internal_broker = internal_broker);
    let topic = client.topic("t", None, None);
    for i in 0..100 {
        client.produce(&topic, &message(b"x", i), false).unwrap();
    }
    let mut reports = Reports::default();
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.len(), 100);
    assert!(reports.seen.values().all(|(e, _)| *e == ErrorCode::_MSG_TIMED_OUT));
    // The broker's thread may come to its first attempt later than the messages to their end.
    let down = |r: &Reports| r.errors.contains(&ErrorCode::_ALL_BROKERS_DOWN);
    if !down(&reports) {
        each_event(&client, client.main_queue(), PATIENCE, &mut |event| {
            reports.take(event);
            down(&reports)
        });
    }
    assert!(down(&reports), "{:?}", reports.errors);
    threads::stop(&client);
}

#[test]
fn the_first_message_costs_one_connection_and_one_question() {
    assert_eq!(asked_for_first_message(true), ["ApiVersions", "Metadata", "Produce"]);
}

#[test]
fn a_broker_may_be_given_a_connection_beside_that_to_the_bootstrap_address() {
    assert_eq!(asked_for_first_message(false), ["ApiVersions", "Metadata", "ApiVersions", "Produce"]);
}

fn asked_for_first_message(reuse_bootstrap_connection: bool) -> Vec<&'static str> {
    let config = MockConfig {
        settings: rdkafka::mock::cluster::Settings { brokers: 1, ..Default::default() },
        rtt: Duration::from_millis(20),
        ..MockConfig::default()
    };
    let mock = MockCluster::start(config, logger()).unwrap();
    mock.control(|c| c.start_request_tracking());
    // Metrics are asked about beside the first message, sooner or later than it.
    let at_once = |s: &mut Settings| {
        s.batching.linger = Duration::ZERO;
        s.telemetry.push = false;
    };
    // The first question waits a moment for a topic, and an answer that is late is asked for elsewhere.
    let client = start_with(mock.bootstraps(), at_once, |o| {
        slow_clock(o);
        o.reuse_bootstrap_connection = reuse_bootstrap_connection;
    });
    let topic = client.topic("t", None, None);
    client.produce(&topic, &message(b"first", 1), false).unwrap();
    let mut reports = Reports::default();
    client.flush(PATIENCE.map(|p| p / SLOWNESS), &mut |e| reports.take(e)).unwrap();
    let asked = mock
        .control(|c| c.tracked_requests().iter().map(|r| ApiKey(r.api_key).name().unwrap_or("?")).collect());
    threads::stop(&client);
    asked
}

/// A mock cluster of Kafka 0.9: it ends the connection when it is asked for its versions.
fn cluster_of_0_9() -> MockCluster {
    let mock = MockCluster::start(MockConfig::default(), logger()).unwrap();
    mock.control(|c| {
        c.create_topic("t", 4, 1).unwrap();
        c.push_request_errors(ApiKey::ApiVersions.0, &[ErrorCode::_TRANSPORT; 1000]);
        c.set_api_version(ApiKey::Produce.0, 0, 1).unwrap();
        c.set_api_version(ApiKey::Metadata.0, 0, 0).unwrap();
    });
    mock
}

fn produce_to_0_9(change: impl FnOnce(&mut Settings)) {
    let mock = cluster_of_0_9();
    let client = start(mock.bootstraps(), |s| {
        s.versions.broker_fallback = "0.9.0.1".into();
        s.default_topic.compression = Codec::Lz4;
        s.network.reconnect_backoff = Duration::from_millis(1);
        change(s);
    });
    let topic = client.topic("t", None, None);
    let mut reports = Reports::default();
    for i in 0..1_000 {
        client.produce(&topic, &message(format!("message {i}").as_bytes(), i), true).unwrap();
    }
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.len(), 1_000);
    assert!(reports.seen.values().all(|(e, offset)| e.is_ok() && *offset >= 0));
    threads::stop(&client);
    mock.control(|c| assert!(c.violations().is_empty(), "{:?}", c.violations()));
}

#[test]
fn a_broker_that_ends_the_connection_when_asked_for_versions_is_taken_for_an_old_one() {
    produce_to_0_9(|s| s.versions.fallback_period = Duration::from_secs(60));
}

#[test]
fn a_broker_that_is_not_asked_for_versions_is_taken_for_an_old_one() {
    produce_to_0_9(|s| s.versions.request = false);
}

#[test]
fn messages_wait_for_a_broker_that_takes_no_produce_requests_of_ours() {
    let mock = MockCluster::start(MockConfig::default(), logger()).unwrap();
    mock.control(|c| c.set_api_version(ApiKey::Produce.0, -1, -1).unwrap());
    let client =
        start(mock.bootstraps(), |s| s.default_topic.message_timeout = Some(Duration::from_millis(300)));
    let topic = client.topic("t", None, None);
    let mut reports = Reports::default();
    client.produce(&topic, &message(b"x", 1), true).unwrap();
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.get(&1), Some(&(ErrorCode::_MSG_TIMED_OUT, -1001)));
    threads::stop(&client);
}

/// What cannot be read will be no better next time; it was once asked for again without a pause.
#[test]
fn metadata_that_cannot_be_read_is_not_asked_for_again() {
    let settings = rdkafka::mock::cluster::Settings { brokers: 3, ..Default::default() };
    let mock = MockCluster::start(MockConfig { settings, ..MockConfig::default() }, logger()).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    mock.control(|c| {
        c.set_hook(Some(Box::new(move |request| {
            if request.api_key != ApiKey::Metadata.0 {
                return Verdict::Pass;
            }
            count.fetch_add(1, Ordering::Relaxed);
            let id = request.correlation_id.to_be_bytes();
            Verdict::Answer([&8u32.to_be_bytes()[..], &id, &[0xff; 4]].concat())
        })));
    });
    // Nobody else asks: there is no topic, and the client asks on its own behalf a moment later.
    let client = start_with(mock.bootstraps(), |_| {}, slow_clock);
    let error = metadata::get(&client, MetadataScope::All, PATIENCE.unwrap() / SLOWNESS).err().unwrap();
    assert_eq!(error.code, ErrorCode::_BAD_MSG);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    threads::stop(&client);
}
