//! Batches that helpers compress: what is sent, and in which order, is as without them.

use super::rig::{Rig, Setting};
use rdkafka::conf::{Codec, TopicSettings};
use rdkafka::producer::idempotence::producer_id::ProducerId;
use rdkafka::producer::wire::side_by_side::{BatchCompressor, Helpers, Round};
use std::sync::{Arc, Mutex};

/// A helper that does all the work as soon as it is asked, with a compressor of its own. It keeps how many
/// threads were wanted each time.
#[derive(Default)]
struct Eager(Mutex<Vec<usize>>);

impl Helpers for Eager {
    fn most(&self) -> usize {
        2
    }

    fn count(&self, _: bool) {}

    fn join(&self, round: &Arc<Round>, n: usize) {
        self.0.lock().unwrap().push(n);
        round.work(&mut BatchCompressor::default());
    }

    fn end(&self) {}
}

/// Batches of 200 kB that compress to half, for a hot partition and another one. Returns what is written.
fn written(setting: Setting, idempotent: bool, codec: Codec, helpers: Option<Arc<Eager>>) -> Vec<u8> {
    let mut rig = Rig::new(setting, |s| {
        s.idempotence.enabled = idempotent;
        s.network.max_in_flight = 5;
        s.batching.size = 200_000;
        s.batching.message_max_bytes = 200_000;
    });
    if let Some(ids) = &rig.common.producer_ids {
        ids.asked(rig.now());
        assert!(ids.assigned(ProducerId { id: 7, epoch: 0 }, rig.now()));
    }
    if let Some(helpers) = helpers {
        rig.common.set_helpers(helpers);
    }
    let partitions = rig.topic("t", 2, TopicSettings { compression: codec, ..TopicSettings::default() });
    for i in 0..1_500 {
        let p = if i % 5 == 0 { &partitions[1] } else { &partitions[0] };
        if i % 2 == 0 {
            rig.produce_sized(p, 1_000)
        } else {
            rig.produce_text(p, 1_000)
        };
    }
    let mut all = Vec::new();
    loop {
        rig.serve();
        let more = rig.wire().written.clone();
        if more.is_empty() {
            break;
        }
        all.extend(more);
        rig.requests().iter().for_each(|r| rig.accept(r));
    }
    rig.all_delivered();
    // In the order in which they were produced, in each partition.
    let told = rig.told();
    let hot: Vec<usize> = told.order.iter().copied().filter(|n| n % 5 > 0).collect();
    assert!(hot.is_sorted(), "{setting:?}");
    all
}

#[test]
fn helpers_change_nothing_of_what_is_sent() {
    for setting in Setting::ALL {
        for idempotent in [false, true] {
            for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
                let helpers = Arc::new(Eager::default());
                let with = written(setting, idempotent, codec, Some(helpers.clone()));
                let without = written(setting, idempotent, codec, None);
                assert!(with == without, "{setting:?}, idempotent: {idempotent}, {codec:?}");
                let asked = !helpers.0.lock().unwrap().is_empty();
                assert!(asked, "{setting:?}, idempotent: {idempotent}, {codec:?}");
            }
        }
    }
}

#[test]
fn helpers_are_not_asked_without_compression() {
    for setting in Setting::ALL {
        let helpers = Arc::new(Eager::default());
        written(setting, false, Codec::None, Some(helpers.clone()));
        assert!(helpers.0.lock().unwrap().is_empty());
    }
}

#[test]
fn two_large_requests_are_made_at_a_time_for_each_thread() {
    for setting in [Setting::Legacy, Setting::V2] {
        let mut rig = Rig::new(setting, |s| {
            s.batching.size = 200_000;
            s.batching.message_max_bytes = 200_000;
        });
        let helpers = Arc::new(Eager::default());
        rig.common.set_helpers(helpers.clone());
        let lz4 = TopicSettings { compression: Codec::Lz4, ..TopicSettings::default() };
        let hot = rig.topic("t", 1, lz4).remove(0);
        for _ in 0..4_500 {
            rig.produce_sized(&hot, 1_000);
        }
        let requests = rig.accept_all().len();
        // How large they are is seen when the first of them have been made, eight at a time.
        let wanted = std::mem::take(&mut *helpers.0.lock().unwrap());
        assert_eq!(wanted.get(..3), Some(&[7, 5, 5][..]), "{setting:?}: {wanted:?} for {requests} requests");
        rig.all_delivered();
    }
}
