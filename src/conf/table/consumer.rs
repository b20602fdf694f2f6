//! Consumer properties: accepted everywhere, ignored by a producer.

use crate::conf::property::{Choice, Kind, Property, global};

pub(super) const CONSUMER: &[Property] = &[
    global("group.id", Kind::text(None), "Consumer group to join.").consumer().high(),
    global("group.instance.id", Kind::text(None), "Identity of a static consumer group member.")
        .consumer()
        .medium(),
    global(
        "partition.assignment.strategy",
        Kind::text(Some("range,roundrobin")),
        "Partition assignors of the classic group protocol, in order of preference.",
    )
    .consumer()
    .medium(),
    global(
        "session.timeout.ms",
        Kind::int(1, 3_600_000, 45_000),
        "Time without heartbeats after which a consumer group member is removed.",
    )
    .consumer()
    .high(),
    global(
        "heartbeat.interval.ms",
        Kind::int(1, 3_600_000, 3000),
        "Interval between consumer group heartbeats.",
    )
    .consumer(),
    global(
        "group.protocol.type",
        Kind::raw_text(Some("consumer")),
        "Protocol type of the classic group protocol.",
    )
    .consumer(),
    global(
        "group.protocol",
        Kind::Choice { choices: &[Choice::new("classic", 0), Choice::new("consumer", 1)], default: 0 },
        "Consumer group protocol.",
    )
    .consumer()
    .high(),
    global(
        "group.remote.assignor",
        Kind::text(None),
        "Server-side partition assignor of the consumer group protocol.",
    )
    .consumer()
    .medium(),
    global(
        "coordinator.query.interval.ms",
        Kind::int(1, 3_600_000, 600_000),
        "Interval at which the group coordinator is looked up again.",
    )
    .consumer(),
    global(
        "max.poll.interval.ms",
        Kind::int(1, 86_400_000, 300_000),
        "Longest time between two polls before a consumer is considered stuck.",
    )
    .consumer()
    .high(),
    global("enable.auto.commit", Kind::Bool(true), "Commit consumer offsets in the background.")
        .consumer()
        .high(),
    global(
        "auto.commit.interval.ms",
        Kind::int(0, 86_400_000, 5000),
        "Interval between offset commits in the background; 0 turns them off.",
    )
    .consumer()
    .medium(),
    global(
        "enable.auto.offset.store",
        Kind::Bool(true),
        "Store the offset of each message that the application has been given.",
    )
    .consumer()
    .high(),
    global(
        "queued.min.messages",
        Kind::int(1, 10_000_000, 100_000),
        "Messages per partition that a consumer tries to hold ready.",
    )
    .consumer()
    .medium(),
    global(
        "queued.max.messages.kbytes",
        Kind::int(1, 2_097_151, 65_536),
        "Most KiB of messages that a consumer holds ready.",
    )
    .consumer()
    .medium(),
    global(
        "fetch.wait.max.ms",
        Kind::int(0, 300_000, 500),
        "How long a broker may wait to fill a Fetch response up to `fetch.min.bytes`.",
    )
    .consumer(),
    global(
        "fetch.queue.backoff.ms",
        Kind::int(0, 300_000, 1000),
        "How long fetching pauses once the consumer queue is full.",
    )
    .consumer()
    .medium(),
    global(
        "fetch.message.max.bytes",
        Kind::int(1, 1_000_000_000, 1_048_576),
        "First size of a partition's Fetch buffer; grown for larger messages.",
    )
    .consumer()
    .medium(),
    global("max.partition.fetch.bytes", Kind::Alias("fetch.message.max.bytes"), "").consumer().medium(),
    global(
        "fetch.max.bytes",
        Kind::int(0, 2_147_483_135, 52_428_800),
        "Most bytes in one Fetch response; at least `message.max.bytes`.",
    )
    .consumer()
    .medium(),
    global(
        "fetch.min.bytes",
        Kind::int(0, i32::MAX, 1),
        "Bytes that a broker waits for before it answers a Fetch request.",
    )
    .consumer(),
    global("fetch.error.backoff.ms", Kind::int(0, 300_000, 500), "How long fetching pauses after an error.")
        .consumer()
        .medium(),
    global(
        "offset.store.method",
        Kind::Choice {
            choices: &[Choice::new("none", 0), Choice::new("file", 1), Choice::new("broker", 2)],
            default: 2,
        },
        "Where consumer offsets are committed.",
    )
    .consumer()
    .deprecated(),
    global(
        "isolation.level",
        Kind::Choice {
            choices: &[Choice::new("read_uncommitted", 0), Choice::new("read_committed", 1)],
            default: 1,
        },
        "Whether a consumer sees messages of open and aborted transactions.",
    )
    .consumer()
    .high(),
    global("consume_cb", Kind::Pointer, "Message consume callback; set with rd_kafka_conf_set_consume_cb().")
        .consumer(),
    global("rebalance_cb", Kind::Pointer, "Rebalance callback; set with rd_kafka_conf_set_rebalance_cb().")
        .consumer(),
    global(
        "offset_commit_cb",
        Kind::Pointer,
        "Offset commit callback; set with rd_kafka_conf_set_offset_commit_cb().",
    )
    .consumer(),
    global(
        "enable.partition.eof",
        Kind::Bool(false),
        "Emit an event whenever a consumer reaches the end of a partition.",
    )
    .consumer(),
    global("check.crcs", Kind::Bool(false), "Verify the CRC of consumed messages.").consumer().medium(),
    // The reference counts it among the properties of both sides, though producers do not use it.
    global(
        "client.rack",
        Kind::raw_text(Some("")),
        "Rack or zone of this client, which a consumer tells brokers.",
    ),
    global(
        "max.poll.records",
        Kind::int(1, i32::MAX, 500),
        "Most records that one share consumer poll returns.",
    )
    .consumer(),
    global(
        "share.acknowledgement.mode",
        Kind::text(Some("implicit")),
        "Whether share consumers acknowledge records implicitly or explicitly.",
    )
    .consumer()
    .medium(),
];
