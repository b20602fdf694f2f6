//! Topic properties.

use super::missing::UNUSED;
use crate::conf::property::{Check, Choice, Kind, Property, topic};

pub(super) const TOPIC: &[Property] = &[
    topic(
        "request.required.acks",
        Kind::Int { min: -1, max: 1000, default: -1, names: &[Choice::new("all", -1)] },
        "Replicas that have to acknowledge a message: 0 for none, -1 or `all` for all in-sync \
         replicas, any other number for the leader alone on today's brokers.",
    )
    .producer()
    .high(),
    topic("acks", Kind::Alias("request.required.acks"), "").producer().high(),
    topic(
        "request.timeout.ms",
        Kind::int(1, 900_000, 30_000),
        "How long a broker may wait for the acknowledgements that `acks` asks for.",
    )
    .producer()
    .medium(),
    topic(
        "message.timeout.ms",
        Kind::int(0, i32::MAX, 300_000),
        "Time from produce() within which a message is delivered or fails, retries included; \
         0 is for ever.",
    )
    .producer()
    .high(),
    topic("delivery.timeout.ms", Kind::Alias("message.timeout.ms"), "").producer().high(),
    topic(
        "queuing.strategy",
        Kind::Choice { choices: &[Choice::new("fifo", 0), Choice::new("lifo", 1)], default: 0 },
        "Order in which a partition's messages leave the producer queue.",
    )
    .producer()
    .deprecated()
    .experimental(),
    topic("produce.offset.report", Kind::Bool(false), "Unused: delivery reports always carry the offset.")
        .producer()
        .deprecated()
        .without_effect(UNUSED),
    topic(
        "partitioner",
        Kind::checked_text("consistent_random", Check::Partitioner),
        "How a message without an explicit partition gets one: `random`; `consistent`, \
         `murmur2` and `fnv1a` by the CRC32, Java-compatible Murmur2 or FNV-1a hash of the \
         key; the `_random` variants treat messages without a key as `random` \
         (`consistent_random` those with an empty key, too).",
    )
    .producer()
    .high(),
    topic(
        "partitioner_cb",
        Kind::Pointer,
        "Custom partitioner; set with rd_kafka_topic_conf_set_partitioner_cb().",
    )
    .producer(),
    topic(
        "msg_order_cmp",
        Kind::Pointer,
        "Message order comparator; set with rd_kafka_topic_conf_set_msg_order_cmp().",
    )
    .producer()
    .deprecated()
    .experimental()
    .without_effect("messages leave in the order that `queuing.strategy` gives them"),
    topic(
        "opaque",
        Kind::Pointer,
        "Application pointer of the topic; set with rd_kafka_topic_conf_set_opaque().",
    ),
    topic(
        "compression.codec",
        Kind::Choice {
            choices: &[
                Choice::new("none", 0),
                Choice::new("gzip", 1),
                Choice::new("snappy", 2),
                Choice::new("lz4", 3),
                Choice::new("zstd", 4),
                Choice::new("inherit", 5),
            ],
            default: 5,
        },
        "Compression codec of the topic's record batches; `inherit` takes that of the client.",
    )
    .producer()
    .high(),
    topic("compression.type", Kind::Alias("compression.codec"), "").producer().high(),
    topic(
        "compression.level",
        Kind::int(-1, 12, -1),
        "Compression level: 0 to 9 for gzip, 0 to 12 for lz4, 0 for snappy; -1 is the codec's \
         default.",
    )
    .producer()
    .medium(),
    topic("auto.commit.enable", Kind::Bool(true), "Commit offsets of the simple consumer in the background.")
        .consumer()
        .deprecated(),
    topic("enable.auto.commit", Kind::Alias("auto.commit.enable"), "").consumer(),
    topic(
        "auto.commit.interval.ms",
        Kind::int(10, 86_400_000, 60_000),
        "Interval between offset commits of the simple consumer.",
    )
    .consumer()
    .high(),
    topic(
        "auto.offset.reset",
        Kind::Choice {
            choices: &[
                Choice::new("smallest", -2),
                Choice::new("earliest", -2),
                Choice::new("beginning", -2),
                Choice::new("largest", -1),
                Choice::new("latest", -1),
                Choice::new("end", -1),
                Choice::new("error", -1001),
            ],
            default: -1,
        },
        "Where to begin when there is no offset, or it is out of range.",
    )
    .consumer()
    .high(),
    topic("offset.store.path", Kind::text(Some(".")), "File or directory for offsets kept in files.")
        .consumer()
        .deprecated(),
    topic(
        "offset.store.sync.interval.ms",
        Kind::int(-1, 86_400_000, -1),
        "Interval between fsync() calls of offset files; -1 never, 0 after each write.",
    )
    .consumer()
    .deprecated(),
    topic(
        "offset.store.method",
        Kind::Choice { choices: &[Choice::new("file", 1), Choice::new("broker", 2)], default: 2 },
        "Where the simple consumer's offsets are kept.",
    )
    .consumer()
    .deprecated(),
    topic(
        "consume.callback.max.messages",
        Kind::int(0, 1_000_000, 0),
        "Most messages that one consume callback call dispatches; 0 sets no limit.",
    )
    .consumer(),
];
