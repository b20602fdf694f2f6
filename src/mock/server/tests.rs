//! The mock cluster over real sockets.

use super::*;
use crate::mock::log::batch::testing::batch;
use crate::mock::testing::{open, request};
use crate::protocol::{ApiKey, ByTopic};
use crate::protocol::{api_versions, fetch, metadata, produce};
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

fn start(brokers: i32, rtt_ms: u64) -> MockCluster {
    let mut config = MockConfig { rtt: Duration::from_millis(rtt_ms), ..MockConfig::default() };
    config.settings.brokers = brokers;
    MockCluster::start(config, Logger::silent()).unwrap()
}

fn address(c: &MockCluster, broker: usize) -> &str {
    c.bootstraps().split(',').nth(broker).unwrap()
}

fn connect(c: &MockCluster, broker: usize) -> TcpStream {
    open_stream(address(c, broker))
}

/// What nobody answers is a hang, which ends after a time that no machine needs.
fn open_stream(address: impl ToSocketAddrs) -> TcpStream {
    let s = TcpStream::connect(address).unwrap();
    s.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    s
}

fn framed(api: ApiKey, version: i16, body: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let frame = request(api, version, body);
    [&(frame.len() as u32).to_be_bytes()[..], &frame].concat()
}

fn ask_versions() -> Vec<u8> {
    framed(ApiKey::ApiVersions, 3, |out| api_versions::Request::default().encode(3, out))
}

fn receive(s: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    s.read_exact(&mut bytes)?;
    let len = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    bytes.resize(4 + len, 0);
    s.read_exact(&mut bytes[4..])?;
    Ok(bytes)
}

fn ends(s: &mut TcpStream) -> bool {
    match s.read(&mut [0]) {
        Ok(n) => n == 0,
        Err(e) => e.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn answers_come_in_order_however_requests_are_cut() {
    let c = start(2, 0);
    let mut s = connect(&c, 1);
    let many: Vec<u8> = (0..20).flat_map(|_| ask_versions()).collect();
    s.set_nodelay(true).unwrap();
    for piece in many.chunks(7) {
        s.write_all(piece).unwrap();
    }
    let ask_metadata = framed(ApiKey::Metadata, 1, |out| metadata::Request::default().encode(1, out));
    s.write_all(&ask_metadata).unwrap();
    for _ in 0..20 {
        open(ApiKey::ApiVersions, 3, &receive(&mut s).unwrap(), |r| {
            api_versions::Response::decode(3, r).unwrap()
        });
    }
    let told =
        open(ApiKey::Metadata, 1, &receive(&mut s).unwrap(), |r| metadata::Response::decode(1, r).unwrap());
    let listed: Vec<String> = told.brokers.iter().map(|b| format!("{}:{}", b.host, b.port)).collect();
    assert_eq!(listed.join(","), c.bootstraps());
}

#[test]
fn a_round_trip_takes_its_time_but_requests_overlap() {
    let c = start(1, 60);
    let clock = SystemClock::new();
    c.control(|c| c.start_request_tracking());
    let mut s = connect(&c, 0);
    let sent = clock.now();
    s.write_all(&ask_versions().repeat(10)).unwrap();
    for _ in 0..10 {
        receive(&mut s).unwrap();
        assert!(clock.now().since(sent) >= Duration::from_millis(60));
        // One after the other would be that only one is there when its answer comes.
        assert_eq!(c.control(|c| c.tracked_requests().len()), 10);
    }
}

#[test]
fn a_broker_goes_down_and_comes_back_at_the_same_address() {
    let c = start(2, 0);
    let mut s = connect(&c, 0);
    for _ in 0..3 {
        c.control(|c| c.set_broker_up(1, false)).unwrap();
        assert!(ends(&mut s));
        assert!(TcpStream::connect(address(&c, 0)).is_err());
        connect(&c, 1);
        c.control(|c| c.set_broker_up(1, true)).unwrap();
        s = connect(&c, 0);
        s.write_all(&ask_versions()).unwrap();
        receive(&mut s).unwrap();
    }
}

#[test]
fn brokers_are_added_and_removed() {
    let c = start(1, 0);
    c.control(|c| c.add_broker(0)).unwrap();
    assert_eq!(c.control(|c| c.add_broker(0)), Err(ErrorCode::_INVALID_ARG));
    let port = c.control(|c| c.broker(0).unwrap().port);
    let mut s = open_stream(("127.0.0.1", port));
    s.write_all(&ask_versions()).unwrap();
    receive(&mut s).unwrap();
    c.control(|c| c.remove_broker(0)).unwrap();
    assert!(ends(&mut s));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(c.control(|c| c.remove_broker(0)), Err(ErrorCode::BROKER_NOT_AVAILABLE));
}

#[test]
fn hostile_lengths_end_the_connection() {
    let c = start(1, 0);
    for length in [-1i32, i32::MIN, i32::MAX, (100 << 20) + 1, 0, 3] {
        let mut s = connect(&c, 0);
        s.write_all(&length.to_be_bytes()).unwrap();
        s.write_all(&[0; 3]).unwrap();
        assert!(ends(&mut s), "{length}");
    }
    let mut s = connect(&c, 0);
    s.write_all(&ask_versions()).unwrap();
    receive(&mut s).unwrap();
}

#[test]
fn large_requests_arrive_whole_however_they_are_cut() {
    let c = start(1, 0);
    c.control(|c| c.create_topic("t", 1, 1)).unwrap();
    let mut rng = fastrand::Rng::with_seed(7);
    let (mut stream, mut sent, mut versions) = (Vec::new(), Vec::new(), 0);
    for _ in 0..60 {
        // Around the length from which on requests get memory of their own, and far beyond it.
        let size = [1, 65_300, 65_400, 65_536, 70_000, 300_000, 900_000][rng.usize(..7)] + rng.usize(..60);
        let value: String = std::iter::repeat_with(|| rng.alphanumeric()).take(size).collect();
        let records = batch(&[&value], 1);
        let partitions = vec![produce::RequestPartition { partition: 0, records: Some(&records) }];
        let topics = vec![ByTopic::new("t", partitions)];
        let r = produce::Request { acks: 1, topics, ..produce::Request::default() };
        stream.extend(framed(ApiKey::Produce, 9, |out| r.encode(9, out)));
        sent.push(records);
        if rng.bool() {
            stream.extend(ask_versions());
            versions += 1;
        }
    }
    let mut s = connect(&c, 0);
    let mut writer = s.try_clone().unwrap();
    let thread = std::thread::spawn(move || {
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let most = [1, 100, 70_000, 1 << 20][rng.usize(..4)];
            let (now, later) = rest.split_at(rng.usize(1..=most).min(rest.len()));
            writer.write_all(now).unwrap();
            rest = later;
        }
    });
    for _ in 0..60 + versions {
        receive(&mut s).unwrap();
    }
    thread.join().unwrap();
    c.control(|c| {
        let stored: Vec<&[u8]> = c.partition("t", 0).unwrap().log.batches().collect();
        assert_eq!(stored.len(), sent.len());
        assert!(stored.iter().zip(&sent).all(|(a, b)| a[16..] == b[16..]));
        assert!(c.violations().is_empty());
    });
}

#[test]
fn a_long_poll_waits_and_holds_up_only_its_connection() {
    let c = start(1, 0);
    c.control(|c| c.create_topic("t", 1, 1)).unwrap();
    let partition = fetch::RequestPartition { partition_max_bytes: 1000, ..Default::default() };
    let topics = vec![fetch::Topic::named("t", vec![partition])];
    let poll = fetch::Request { topics, max_wait_ms: 100, min_bytes: 1, ..Default::default() };
    let clock = SystemClock::new();
    let (mut slow, mut other) = (connect(&c, 0), connect(&c, 0));
    let sent = clock.now();
    slow.write_all(&framed(ApiKey::Fetch, 11, |out| poll.encode(11, out))).unwrap();
    slow.write_all(&ask_versions()).unwrap();
    other.write_all(&ask_versions()).unwrap();
    receive(&mut other).unwrap();
    open(ApiKey::Fetch, 11, &receive(&mut slow).unwrap(), |r| {
        fetch::Response::decode(11, r).map(|_| ()).unwrap()
    });
    assert!(clock.now().since(sent) >= Duration::from_millis(100));
    receive(&mut slow).unwrap();
}

#[test]
fn a_client_that_is_not_there_any_more_does_no_harm() {
    let c = start(1, 30);
    for _ in 0..20 {
        let mut s = connect(&c, 0);
        s.write_all(&ask_versions()).unwrap();
    }
    let mut s = connect(&c, 0);
    s.write_all(&ask_versions()).unwrap();
    receive(&mut s).unwrap();
}

#[test]
fn many_small_requests_for_large_answers_are_answered_one_after_the_other() {
    const ASKED: usize = 300;
    let c = start(1, 0);
    c.control(|c| c.create_topic("wide", 2000, 1)).unwrap();
    let mut s = connect(&c, 0);
    let ask = framed(ApiKey::Metadata, 1, |out| {
        metadata::Request { topics: None, ..Default::default() }.encode(1, out);
    });
    s.write_all(&ask.repeat(ASKED)).unwrap();
    let one = receive(&mut s).unwrap().len();
    assert!(one * ASKED > 10 << 20, "more than may be held in a test: {one}");
    for _ in 1..ASKED {
        assert_eq!(receive(&mut s).unwrap().len(), one);
    }
}
