//! What brokers answer, as the client decodes it: the first byte says which kind, the second which version,
//! the rest is the body. Guided by coverage; `fuzz/` mutates sound answers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rdkafka::protocol::record_batch::{batches, validate};
use rdkafka::protocol::*;

type Decoder = (std::ops::RangeInclusive<i16>, fn(i16, &[u8]));

macro_rules! decoders {
    ($($api:ident),*) => {
        [$(($api::VERSIONS, |version, body| {
            let _ = $api::Response::decode(version, &mut Reader::new(body));
        })),*]
    };
}

const RESPONSES: &[Decoder] = &decoders!(
    add_offsets_to_txn, add_partitions_to_txn, alter_configs, api_versions, create_partitions, create_topics,
    delete_topics, describe_cluster, describe_configs, end_txn, find_coordinator, get_telemetry_subscriptions,
    incremental_alter_configs, init_producer_id, list_offsets, metadata, produce, push_telemetry,
    sasl_authenticate, sasl_handshake, txn_offset_commit
);

fuzz_target!(|data: &[u8]| {
    let [kind, version, body @ ..] = data else { return };
    match RESPONSES.get(usize::from(*kind)) {
        Some((versions, decode)) => {
            let count = versions.end() - versions.start() + 1;
            decode(versions.start() + i16::from(*version) % count, body);
        }
        None => {
            let _ = validate(body);
            batches(body).take(100).for_each(drop);
        }
    }
});
