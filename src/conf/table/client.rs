//! Properties of the client, its connections, logging and callbacks.

use super::missing::{REGEX, UNUSED};
use crate::conf::property::{Check, Choice, Kind, Property, global};

pub(super) const CLIENT: &[Property] = &[
    global(
        "builtin.features",
        Kind::Flags {
            choices: &[
                Choice::new("gzip", 1),
                Choice::new("snappy", 2),
                Choice::with_tls("ssl", 4),
                Choice::new("sasl", 8),
                Choice::not_built("regex", 16, REGEX),
                Choice::new("lz4", 32),
                Choice::new("sasl_gssapi", 64),
                Choice::new("sasl_plain", 128),
                Choice::new("sasl_scram", 256),
                Choice::new("plugins", 512),
                Choice::new("zstd", 1024),
                Choice::new("sasl_oauthbearer", 2048),
                Choice::with_oidc("http", 4096),
                Choice::with_oidc("oidc", 8192),
            ],
            default: 0xffff,
        },
        "Features compiled into this library; setting it to a list of features fails if one \
         of them is missing.",
    ),
    global(
        "client.id",
        Kind::text(Some("rdkafka")),
        "Name under which this client appears in broker logs, metrics and quotas.",
    ),
    global(
        "client.software.name",
        Kind::text(Some("librdkafka")),
        "Client software name sent in ApiVersions requests; meant for language bindings. \
         Characters other than `a-zA-Z0-9.-` are replaced.",
    )
    .hidden(),
    global(
        "client.software.version",
        Kind::text(None),
        "Client software version sent in ApiVersions requests; meant for language bindings. \
         Characters other than `a-zA-Z0-9.-` are replaced.",
    )
    .hidden(),
    global(
        "metadata.broker.list",
        Kind::text(None),
        "Comma-separated `host` or `host:port` list of brokers to make first contact with.",
    )
    .high(),
    global("bootstrap.servers", Kind::Alias("metadata.broker.list"), "").high(),
    global(
        "message.max.bytes",
        Kind::int(1000, 1_000_000_000, 1_000_000),
        "Largest Kafka protocol request that will be built; a single message has to fit into \
         it, uncompressed, with its framing.",
    )
    .medium(),
    global(
        "message.copy.max.bytes",
        Kind::int(0, 1_000_000_000, 65_535),
        "Longest value that is copied into the request instead of being sent from where it is.",
    )
    .without_effect("the limit is 4 KiB here: longer values are sent from where they are"),
    global(
        "receive.message.max.bytes",
        Kind::int(1000, i32::MAX, 100_000_000),
        "Largest response accepted from a broker; protects against running out of memory on \
         corrupt lengths.",
    )
    .medium(),
    global(
        "max.in.flight.requests.per.connection",
        Kind::int(1, 1_000_000, 1_000_000),
        "Requests that may be awaiting a response on one broker connection; any value above 1 \
         can reorder messages when a request is retried, unless the producer is idempotent.",
    ),
    global("max.in.flight", Kind::Alias("max.in.flight.requests.per.connection"), ""),
    global(
        "metadata.recovery.strategy",
        Kind::Choice { choices: &[Choice::new("none", 0), Choice::new("rebootstrap", 1)], default: 1 },
        "What to do when none of the known brokers can be reached: carry on trying, or start \
         over from the bootstrap servers.",
    ),
    global(
        "metadata.recovery.rebootstrap.trigger.ms",
        Kind::int(0, i32::MAX, 300_000),
        "Time without any usable broker connection after which \
         `metadata.recovery.strategy=rebootstrap` starts over.",
    ),
    global("metadata.request.timeout.ms", Kind::int(10, 900_000, 10), "Unused.")
        .deprecated()
        .hidden()
        .without_effect(UNUSED),
    global(
        "topic.metadata.refresh.interval.ms",
        Kind::int(-1, 3_600_000, 300_000),
        "Period of the metadata refresh that discovers new brokers, topics and partitions; -1 \
         turns it off.",
    ),
    global(
        "metadata.max.age.ms",
        Kind::int(1, 86_400_000, 900_000),
        "Age at which what is known of a topic is not trusted any more and asked for again; three times \
         `topic.metadata.refresh.interval.ms` unless set.",
    ),
    global(
        "topic.metadata.refresh.fast.interval.ms",
        Kind::int(1, 60_000, 100),
        "First retry interval of metadata requests while a leader is unknown, grown \
         exponentially up to `retry.backoff.max.ms`; `retry.backoff.ms` unless set.",
    ),
    global("topic.metadata.refresh.fast.cnt", Kind::int(0, 1000, 10), "Unused.")
        .deprecated()
        .without_effect(UNUSED),
    global(
        "topic.metadata.refresh.sparse",
        Kind::Bool(true),
        "Request metadata for the topics in use only; otherwise the periodic refresh asks for all topics of the \
         cluster.",
    ),
    global(
        "topic.metadata.propagation.max.ms",
        Kind::int(0, 3_600_000, 30_000),
        "Grace period during which a topic that the cluster does not know yet is not reported \
         as unknown, counted from its first use.",
    ),
    global(
        "topic.blacklist",
        Kind::Patterns,
        "Comma-separated POSIX extended regular expressions. A topic whose name one of them matches, even in part, \
         is taken to be missing from metadata: messages to it time out.",
    ),
    global(
        "debug",
        Kind::Flags {
            choices: &[
                Choice::new("generic", 1),
                Choice::new("broker", 2),
                Choice::new("topic", 4),
                Choice::new("metadata", 8),
                Choice::new("feature", 16),
                Choice::new("queue", 32),
                Choice::new("msg", 64),
                Choice::new("protocol", 128),
                Choice::new("cgrp", 256),
                Choice::new("security", 512),
                Choice::new("fetch", 1024),
                Choice::new("interceptor", 2048),
                Choice::new("plugin", 4096),
                Choice::new("consumer", 8192),
                Choice::new("admin", 16_384),
                Choice::new("eos", 32_768),
                Choice::new("mock", 65_536),
                Choice::new("assignor", 131_072),
                Choice::new("conf", 262_144),
                Choice::new("telemetry", 524_288),
                Choice::new("all", 1_048_575),
                Choice::new("batchcol", 1_048_576),
            ],
            default: 0,
        },
        "Comma-separated debug contexts to log; a leading `-` removes a context again. A \
         producer is best served by `broker,topic,msg`.",
    )
    .medium(),
    global(
        "socket.timeout.ms",
        Kind::int(10, 300_000, 60_000),
        "How long a request may wait for its response; Produce requests use \
         `request.timeout.ms` on the broker side in addition.",
    ),
    global("socket.blocking.max.ms", Kind::int(1, 60_000, 1000), "Unused.")
        .deprecated()
        .without_effect(UNUSED),
    global(
        "socket.send.buffer.bytes",
        Kind::int(0, 100_000_000, 0),
        "Socket send buffer size; 0 leaves it to the operating system.",
    ),
    global(
        "socket.receive.buffer.bytes",
        Kind::int(0, 100_000_000, 0),
        "Socket receive buffer size; 0 leaves it to the operating system.",
    ),
    global("socket.keepalive.enable", Kind::Bool(false), "Turn on TCP keep-alive probes."),
    global("socket.nagle.disable", Kind::Bool(true), "Turn off Nagle's algorithm (sets TCP_NODELAY)."),
    global(
        "socket.max.fails",
        Kind::int(0, 1_000_000, 1),
        "Close a broker connection after this many request timeouts in a row; 0 never does.",
    ),
    global(
        "broker.address.ttl",
        Kind::int(0, 86_400_000, 1000),
        "How long the addresses that a broker's host name resolved to are used before the \
         name is resolved again, in milliseconds.",
    ),
    global(
        "broker.address.family",
        Kind::Choice {
            choices: &[Choice::new("any", 0), Choice::new("v4", 2), Choice::new("v6", 10)],
            default: 0,
        },
        "Address family of the addresses to connect to.",
    ),
    global(
        "socket.connection.setup.timeout.ms",
        Kind::int(1000, i32::MAX, 30_000),
        "Time that a connection may take from connect() to the end of TLS and SASL \
         negotiation before it is closed and retried.",
    )
    .medium(),
    global(
        "connections.max.idle.ms",
        Kind::int(0, i32::MAX, 0),
        "Close connections that have been idle for this long; 0 keeps them open. Just under \
         four minutes for Azure bootstrap servers unless set.",
    )
    .medium(),
    global(
        "client.io.threads",
        Kind::int(0, 64, 0),
        "Threads that serve the brokers of all instances in this process that set this, instead of one thread for \
         each broker: for many instances, or many brokers, of which each has little to do. The largest number that an \
         instance sets counts; the threads end with the last of those instances. Callbacks that run on \
         a broker's thread (logs, interceptors, sockets, certificates) run on these, and hold up other instances \
         while they take. 0: each broker has a thread of its own.",
    ),
    global(
        "enable.sparse.connections",
        Kind::Bool(true),
        "Connect to a broker only when there is something to say to it.",
    )
    .medium()
    .hidden(),
    global(
        "reconnect.backoff.jitter.ms",
        Kind::int(0, 3_600_000, 0),
        "Unused; see `reconnect.backoff.ms` and `reconnect.backoff.max.ms`.",
    )
    .deprecated()
    .without_effect(UNUSED),
    global(
        "reconnect.backoff.ms",
        Kind::int(0, 3_600_000, 100),
        "First delay before reconnecting to a broker, doubled with every failure up to \
         `reconnect.backoff.max.ms` and varied by -25% to +50%; 0 reconnects at once.",
    )
    .medium(),
    global(
        "reconnect.backoff.max.ms",
        Kind::int(0, 3_600_000, 10_000),
        "Longest delay before reconnecting to a broker.",
    )
    .medium(),
    global(
        "statistics.interval.ms",
        Kind::int(0, 86_400_000, 0),
        "Interval at which statistics are emitted to the statistics callback or event; 0 \
         turns them off.",
    )
    .high(),
    global(
        "statistics.sink",
        Kind::Text { default: None, check: Check::UnixSocket, trim: true },
        "Where statistics go beside the callback or event, every `statistics.interval.ms`, which has to be set: \
         `unix:PATH`, a Unix stream socket on which another program listens, such as `rdkafka-top`. Each document is \
         a line. What that program does not take in time is dropped; the client never waits for it.",
    ),
    global(
        "enabled_events",
        Kind::int(0, i32::MAX, 0),
        "Event types to enable; set with rd_kafka_conf_set_events().",
    ),
    global("error_cb", Kind::Pointer, "Error callback; set with rd_kafka_conf_set_error_cb()."),
    global("throttle_cb", Kind::Pointer, "Throttle callback; set with rd_kafka_conf_set_throttle_cb()."),
    global("stats_cb", Kind::Pointer, "Statistics callback; set with rd_kafka_conf_set_stats_cb()."),
    global(
        "stats_cb_typed",
        Kind::Pointer,
        "Callback for statistics as structs; set with rd_kafka_conf_set_stats_cb_typed().",
    ),
    global("log_cb", Kind::Pointer, "Log callback; set with rd_kafka_conf_set_log_cb()."),
    global(
        "log_level",
        Kind::int(0, 7, 6),
        "Most detailed syslog(3) level to log; 7 whenever `debug` is set.",
    ),
    global(
        "log.queue",
        Kind::Bool(false),
        "Put log lines on a queue, to be served by polling, instead of calling the log \
         callback from internal threads; needs rd_kafka_set_log_queue().",
    ),
    global(
        "log.thread.name",
        Kind::Bool(true),
        "Prefix log lines with the name of the thread that wrote them.",
    ),
    global("enable.random.seed", Kind::Bool(true), "Seed the C library's rand() with srand().")
        .without_effect("no random number here comes from rand()"),
    global(
        "log.connection.close",
        Kind::Bool(true),
        "Log connections that brokers close; turning it off is useful where brokers reap idle \
         connections eagerly.",
    ),
    global(
        "background_event_cb",
        Kind::Pointer,
        "Callback that serves events on a thread of its own; set with \
         rd_kafka_conf_set_background_event_cb().",
    ),
    global(
        "socket_cb",
        Kind::Pointer,
        "Callback that creates sockets; set with rd_kafka_conf_set_socket_cb().",
    ),
    global(
        "connect_cb",
        Kind::Pointer,
        "Callback that connects sockets; set with rd_kafka_conf_set_connect_cb().",
    ),
    global(
        "closesocket_cb",
        Kind::Pointer,
        "Callback that closes sockets; set with rd_kafka_conf_set_closesocket_cb().",
    ),
    global("open_cb", Kind::Pointer, "Callback that opens files; set with rd_kafka_conf_set_open_cb()."),
    global(
        "resolve_cb",
        Kind::Pointer,
        "Callback that resolves host names; set with rd_kafka_conf_set_resolve_cb().",
    ),
    global(
        "opaque",
        Kind::Pointer,
        "Application pointer handed to all callbacks; set with rd_kafka_conf_set_opaque().",
    ),
    global(
        "default_topic_conf",
        Kind::Pointer,
        "Configuration of topics created without one; set with \
         rd_kafka_conf_set_default_topic_conf().",
    ),
    global(
        "internal.termination.signal",
        Kind::int(0, 128, 0),
        "Signal that interrupts blocking system calls when the instance is destroyed.",
    )
    .without_effect("the threads here need no signal to notice that"),
    global(
        "api.version.request",
        Kind::Bool(true),
        "Ask brokers which protocol versions they speak; only brokers older than 0.10.0 \
         cannot answer.",
    )
    .high()
    .deprecated(),
    global(
        "api.version.request.timeout.ms",
        Kind::int(1, 300_000, 10_000),
        "How long an ApiVersions request may wait for its response.",
    ),
    global(
        "api.version.fallback.ms",
        Kind::int(0, 604_800_000, 0),
        "How long `broker.version.fallback` is assumed after a failed ApiVersions request.",
    )
    .medium()
    .deprecated(),
    global(
        "broker.version.fallback",
        Kind::checked_text("0.10.0", Check::BrokerVersion),
        "Broker version assumed when the broker cannot be asked: 0.9.0, 0.8.2, 0.8.1, 0.8.0, \
         or anything newer to ask after all.",
    )
    .medium()
    .deprecated(),
    global(
        "allow.auto.create.topics",
        Kind::Bool(false),
        "Let metadata requests create unknown topics where the broker allows it; producers \
         turn this on unless it is set.",
    ),
];
