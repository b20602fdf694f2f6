//! Reading from brokers of every age: message sets before Fetch 4, record batches from then on.

use super::consuming::{Given, assigned, cluster, consumer, fill_with, messages, poll};
use rdkafka::client::Client;
use rdkafka::client::threads;
use rdkafka::compress::Codec;
use rdkafka::conf::TopicSettings;
use rdkafka::consumer::position::logical;
use rdkafka::mock::server::MockCluster;
use rdkafka::protocol::{ApiKey, fetch, list_offsets};
use std::sync::Arc;

/// What message sets can be compressed with: a partition each.
const CODECS: [Codec; 4] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4];
const COUNT: i64 = 100;

fn filled() -> MockCluster {
    let mock = cluster(4);
    for (codec, partition) in CODECS.into_iter().zip(0..) {
        fill_with(&mock, partition, COUNT as usize, |s| s.default_topic.compression = codec);
    }
    mock
}

fn speak_at_most(mock: &MockCluster, api: ApiKey, version: i16) {
    mock.control(|c| c.set_api_version(api.0, 0, version)).unwrap();
}

/// Reads all partitions from an offset to their ends.
fn read_from(mock: &MockCluster, offset: i64, most: usize) -> Vec<Given> {
    let client: Arc<Client> = consumer(mock, |s| s.partition_eof = false);
    let c = client.consumer().unwrap();
    let partitions = (0..4).map(|p| assigned(p, offset)).collect();
    assert!(c.assign(partitions, &TopicSettings::default()).is_ok());
    let mut given = poll(&client, most);
    // In the order of each partition, whichever came first.
    given.sort_by_key(|g| match g {
        Given::Message(partition, _) => *partition,
        Given::Error(..) => -1,
    });
    threads::stop(&client);
    given
}

fn expected(from: i64) -> Vec<Given> {
    (0..4).flat_map(|partition| messages(partition, from..COUNT)).collect()
}

#[test]
fn every_version_of_fetch_reads_the_same() {
    let mock = filled();
    for version in fetch::VERSIONS {
        speak_at_most(&mock, ApiKey::Fetch, version);
        // In the middle of a batch.
        assert_eq!(read_from(&mock, 55, 4 * 45), expected(55), "Fetch {version}");
    }
}

#[test]
fn every_version_of_list_offsets_finds_the_beginning() {
    let mock = filled();
    mock.control(|c| (0..4).for_each(|p| c.delete_records("t", p, 20).unwrap()));
    for version in list_offsets::VERSIONS {
        speak_at_most(&mock, ApiKey::ListOffsets, version);
        assert_eq!(read_from(&mock, logical::BEGINNING, 4 * 80), expected(20), "ListOffsets {version}");
    }
}
