//! Whole requests into a mock cluster, several in a row: each is one byte of length, and that many bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rdkafka::base::clock::Time;
use rdkafka::mock::cluster::{Cluster, Settings};
use std::time::Duration;

fuzz_target!(|data: &[u8]| {
    let settings = Settings {
        brokers: 1,
        group_initial_rebalance_delay: Duration::ZERO,
        memory_limit: 1 << 20,
        max_partitions: 200,
        ..Settings::default()
    };
    let mut cluster = Cluster::new(settings);
    let _ = cluster.create_topic("t", 2, 1);
    let (mut rest, mut now) = (data, 0);
    while let [length, bytes @ ..] = rest {
        let (request, after) = bytes.split_at(usize::from(*length).min(bytes.len()));
        now += 1_000_000;
        if cluster.handle(1, 1, request, Time(now), now / 1000).close {
            cluster.disconnected(1);
        }
        cluster.resume(Time(now), now / 1000, &mut Vec::new());
        rest = after;
    }
});
