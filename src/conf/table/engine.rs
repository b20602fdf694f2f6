//! Properties of the producer engines: our own, and those of the fork that the v2 engine comes from.

use crate::conf::property::{Choice, Kind, Property, global};

const fn v2(name: &'static str, kind: Kind, description: &'static str) -> Property {
    global(name, kind, description).producer().v2_only()
}

const fn float(min: f64, max: f64, default: f64) -> Kind {
    Kind::Double { min, max, default }
}

pub(super) const ENGINE: &[Property] = &[
    global(
        "produce.engine",
        Kind::Choice {
            choices: &[Choice::new("legacy", 0), Choice::new("v2", 1), Choice::new("v1", 0)],
            default: 0,
        },
        "Producer engine: `legacy` sends one partition per request, `v2` packs many; `v1` is \
         another spelling of `legacy`. Unless set, the environment variable \
         RDKAFKA_PRODUCE_ENGINE decides.",
    )
    .producer()
    .medium(),
    global(
        "multibatch",
        Kind::Bool(false),
        "Combine the finished batches of several partitions into one request (legacy engine, \
         not with idempotence).",
    )
    .producer(),
    v2(
        "produce.request.max.bytes",
        Kind::int(0, 104_857_600, 0),
        "Most bytes in one Produce request, which may hold more than `message.max.bytes` then: that limits each \
         record batch. No less than `message.max.bytes`, which is what 0 stands for; brokers refuse more than \
         their `socket.request.max.bytes` (100 MiB).",
    ),
    v2(
        "produce.request.max.partitions",
        Kind::int(0, 10_000_000, 0),
        "Most partitions in one Produce request; 0 sets no limit but that of the request's size.",
    ),
    v2(
        "produce.request.max.partitions.per.topic",
        Kind::int(0, 10_000_000, 0),
        "Most partitions of one topic in one Produce request; 0 sets no limit.",
    ),
    v2(
        "produce.request.max.segments.per.partition",
        Kind::int(1, 1000, 1),
        "Most segments of one partition in one Produce request. Segments of a partition are parts of its one \
         record batch, so that a partition with a long queue may fill unused request space.",
    ),
    v2(
        "produce.request.overfill.percent",
        Kind::int(0, 100, 0),
        "How far a request may grow beyond its limit in bytes to take in small partitions that are ready, in \
         percent; the broker's own limits are kept.",
    ),
    v2(
        "produce.request.latency.bias",
        float(0.0, 1.0, 0.5),
        "What decides which partitions go first when not all fit into a request: 0 the size of their queues \
         (throughput), 1 the age of their messages (latency).",
    ),
    v2(
        "produce.request.policy",
        Kind::Choice {
            choices: &[
                Choice::new("round_robin", 0),
                Choice::new("pressure", 1),
                Choice::new("drr", 2),
                Choice::new("age", 3),
            ],
            default: 0,
        },
        "How partitions are chosen when not all fit into a request: in turn, by pressure (size and time \
         since the last turn), by deficit round robin, or by a score of size and age.",
    ),
    v2(
        "broker.linger.ms",
        float(0.0, 900_000.0, 5.0),
        "How long messages wait for more messages to the same broker before a request is sent, in \
         milliseconds (fractions allowed). If only `linger.ms` is set, that counts.",
    ),
    v2(
        "broker.batch.max.bytes",
        Kind::int(-1, i32::MAX, -1),
        "Bytes ready for a broker, over all partitions, at which a request is sent before \
         `broker.linger.ms` is over; -1 sets no limit in bytes.",
    ),
    v2(
        "broker.batch.max.partitions",
        Kind::int(-1, 10_000_000, -1),
        "Partitions ready for a broker at which a request is sent before `broker.linger.ms` is over; -1 does \
         not count partitions.",
    ),
    v2(
        "adaptive.batching.enable",
        Kind::Bool(false),
        "Adjust linger and request size to congestion, which is measured by round-trip times and by how long \
         messages wait.",
    ),
    v2(
        "adaptive.alpha",
        float(0.0, 1.0, 0.1),
        "Congestion below which adaptive batching shortens linger and shrinks requests.",
    ),
    v2(
        "adaptive.beta",
        float(0.0, 1.0, 0.3),
        "Congestion above which adaptive batching lengthens linger and enlarges requests; must be above `adaptive.alpha`.",
    ),
    v2(
        "adaptive.linger.min.ms",
        float(0.0, 60_000.0, 5.0),
        "Shortest linger time that adaptive batching chooses, in milliseconds.",
    ),
    v2(
        "adaptive.linger.max.ms",
        float(0.0, 60_000.0, 500.0),
        "Longest linger time that adaptive batching chooses, in milliseconds.",
    ),
    v2(
        "adaptive.batch.min.bytes",
        Kind::int(0, i32::MAX, 16_384),
        "Smallest number of bytes at which adaptive batching has a request sent.",
    ),
    v2(
        "adaptive.batch.max.bytes",
        Kind::int(0, i32::MAX, 10_485_760),
        "Largest number of bytes at which adaptive batching has a request sent.",
    ),
    v2(
        "adaptive.adjustment.interval.ms",
        float(10.0, 10_000.0, 100.0),
        "How often adaptive batching measures congestion, in milliseconds.",
    ),
    v2(
        "adaptive.window",
        Kind::Choice { choices: &[Choice::new("retries", 0), Choice::new("rtt", 1)], default: 0 },
        "What makes adaptive batching put fewer partitions into a request: `retries`, many batches that have to \
         be sent again, or `rtt`, that or round trips far above their usual time. `rtt` is for comparison: it \
         makes more requests of the same messages while the broker is slow.",
    ),
];
