//! How many ProduceRequests the v2 engine needs, and what its limits do to that (the scenarios of
//! `ENGINE-TESTS.md` 0201).

use super::{PATIENCE, Reports, logger, message, start};
use rdkafka::client::{Client, NewMessage};
use rdkafka::conf::{ProduceEngine, Settings};
use rdkafka::mock::cluster;
use rdkafka::mock::server::{MockCluster, MockConfig};
use rdkafka::protocol::ApiKey;
use std::sync::Arc;
use std::time::Duration;

fn cluster(partitions: i32) -> MockCluster {
    let config = MockConfig {
        settings: cluster::Settings { brokers: 1, ..cluster::Settings::default() },
        ..MockConfig::default()
    };
    let mock = MockCluster::start(config, logger()).unwrap();
    mock.control(|c| {
        c.create_topic("t", partitions, 1).unwrap();
        c.start_request_tracking();
    });
    mock
}

fn v2(mock: &MockCluster, change: impl FnOnce(&mut Settings)) -> Arc<Client> {
    start(mock.bootstraps(), |s| {
        s.engine.kind = ProduceEngine::V2;
        change(s);
    })
}

/// Produces `each` messages of `size` bytes to each of these partitions, flushes, and sees that all are
/// delivered. Returns the number of ProduceRequests. Messages linger until the flush, so that the number does
/// not depend on how fast they are produced.
fn requests(partitions: i32, each: usize, size: usize, change: impl FnOnce(&mut Settings)) -> usize {
    let mock = cluster(partitions);
    let client = v2(&mock, |s| {
        s.engine.v2.linger = Duration::from_secs(60);
        change(s);
    });
    let topic = client.topic("t", None, None);
    // What waits for a leader comes to it bit by bit.
    while !(0..partitions).all(|p| topic.is_available(p)) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let value = vec![b'v'; size];
    let mut opaque = 0;
    for _ in 0..each {
        for partition in 0..partitions {
            let m = NewMessage { partition, ..message(&value, opaque) };
            client.produce(&topic, &m, false).unwrap();
            opaque += 1;
        }
    }
    let mut reports = Reports::default();
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    assert_eq!(reports.seen.len(), opaque);
    assert!(reports.seen.values().all(|(e, offset)| e.is_ok() && *offset >= 0));
    rdkafka::client::threads::stop(&client);
    assert_eq!(client.store_in_use(), 0);
    mock.control(|c| c.tracked_requests().iter().filter(|r| r.api_key == ApiKey::Produce.0).count())
}

#[test]
fn a_thousand_partitions_with_a_message_each_are_a_few_requests() {
    let n = requests(1000, 1, 100, |_| {});
    assert!((1..=3).contains(&n), "{n} requests");
}

#[test]
fn a_request_has_one_batch_of_a_partition() {
    let n = requests(1, 5, 100, |s| {
        s.batching.num_messages = 2;
        s.batching.size = 10_000;
        s.engine.v2.max_partitions = Some(10);
    });
    assert_eq!(n, 3);
}

#[test]
fn a_batch_ends_at_batch_size() {
    let n = requests(1, 5, 100, |s| {
        s.batching.size = 200;
        s.batching.num_messages = 1000;
        s.engine.v2.max_partitions = Some(10);
    });
    assert_eq!(n, 5);
}

#[test]
fn a_request_ends_at_message_max_bytes() {
    let n = requests(4, 1, 800, |s| {
        s.batching.message_max_bytes = 1200;
        s.engine.v2.max_partitions = Some(10);
    });
    assert_eq!(n, 4);
    let n = requests(4, 1, 800, |s| {
        s.batching.message_max_bytes = 2000;
    });
    assert_eq!(n, 2);
}

#[test]
fn a_request_has_no_more_than_max_partitions() {
    let n = requests(5, 1, 50, |s| {
        s.engine.v2.max_partitions = Some(2);
    });
    assert_eq!(n, 3);
    let n = requests(5, 1, 50, |s| s.engine.v2.max_partitions_per_topic = Some(1));
    assert_eq!(n, 5);
}

#[test]
fn one_partition_at_a_time_and_two_messages_a_batch() {
    let n = requests(3, 3, 50, |s| {
        s.engine.v2.max_partitions = Some(1);
        s.batching.num_messages = 2;
    });
    assert_eq!(n, 6);
}
