//! `queue.buffering.max.broker.percent`: a broker that takes requests and answers none.

use super::{PATIENCE, Reports, logger, message, start};
use rdkafka::base::error::ErrorCode;
use rdkafka::client::{Client, NewMessage, purge, threads};
use rdkafka::conf::ProduceEngine;
use rdkafka::mock::cluster;
use rdkafka::mock::hook::Verdict;
use rdkafka::mock::server::{MockCluster, MockConfig};
use rdkafka::producer::partition::topic::{Refused, Topic};
use rdkafka::protocol::ApiKey;
use std::sync::Arc;
use std::time::Duration;

const SHARE: usize = 20;

/// Two brokers with a partition each, of which the second answers no Produce request.
fn cluster() -> MockCluster {
    let settings = cluster::Settings { brokers: 2, ..cluster::Settings::default() };
    let mock = MockCluster::start(MockConfig { settings, ..MockConfig::default() }, logger()).unwrap();
    mock.control(|c| {
        c.create_topic("t", 2, 2).unwrap();
        for p in 0..2 {
            c.set_leader("t", p, p + 1).unwrap();
        }
        c.set_hook(Some(Box::new(|r| {
            let is_silent = r.broker_id == 2 && r.api_key == ApiKey::Produce.0;
            if is_silent { Verdict::Drop } else { Verdict::Pass }
        })));
    });
    mock
}

fn produce(client: &Client, topic: &Topic, partition: i32, opaque: usize) -> Result<(), Refused> {
    client.produce(topic, &NewMessage { partition, ..message(b"value", opaque) }, false)
}

fn one_silent_broker(engine: ProduceEngine) {
    let mock = cluster();
    let client: Arc<Client> = start(mock.bootstraps(), |s| {
        s.engine.kind = engine;
        s.batching.linger = Duration::ZERO;
        s.queue.max_messages = Some(100);
        s.queue.max_broker_percent = 20;
    });
    let topic = client.topic("t", None, None);
    while !(0..2).all(|p| topic.is_available(p)) {
        std::thread::sleep(Duration::from_millis(5));
    }
    (0..SHARE).for_each(|i| produce(&client, &topic, 1, i).unwrap());
    let refused = produce(&client, &topic, 1, SHARE).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::_QUEUE_FULL);
    let share = if let Refused::Share(share) = refused { Some(share) } else { None }.unwrap();
    let (who, name) = client.whose(&share);
    assert!(name.is_some_and(|n| n.ends_with("/2") && who == format!("broker {n}")), "{who}");
    // The others have all the space that they need.
    let (mut reports, mut refusals) = (Reports::default(), 0);
    for i in 0..10 * SHARE {
        while produce(&client, &topic, 0, 1000 + i).is_err() {
            refusals += 1;
            assert!(refusals < 60_000, "what is delivered makes no space");
            let _ = client.flush(Some(Duration::from_millis(5)), &mut |e| reports.take(e));
        }
    }
    client.purge(purge::QUEUE | purge::INFLIGHT).unwrap();
    client.flush(PATIENCE, &mut |e| reports.take(e)).unwrap();
    let of_silent = (0..SHARE).map(|i| reports.seen[&i].0);
    assert!(of_silent.into_iter().all(|e| matches!(e, ErrorCode::_PURGE_QUEUE | ErrorCode::_PURGE_INFLIGHT)));
    assert_eq!(reports.seen.len(), 11 * SHARE);
    (0..SHARE).for_each(|i| produce(&client, &topic, 1, i).unwrap());
    threads::stop(&client);
}

#[test]
fn a_silent_broker_has_its_part_of_the_queue() {
    one_silent_broker(ProduceEngine::Legacy);
}

#[test]
fn a_silent_broker_has_its_part_of_the_queue_with_v2() {
    one_silent_broker(ProduceEngine::V2);
}
