//! Producer properties of the client as a whole.

use crate::conf::property::{Choice, Kind, Property, global};

pub(super) const PRODUCER: &[Property] = &[
    global(
        "transactional.id",
        Kind::text(None),
        "Identity of a transactional producer across restarts; turns transactions and idempotence on.",
    )
    .producer()
    .high(),
    global(
        "transaction.timeout.ms",
        Kind::int(1000, i32::MAX, 60_000),
        "Time after which the transaction coordinator aborts a transaction that has not ended.",
    )
    .producer()
    .medium(),
    global(
        "enable.idempotence",
        Kind::Bool(false),
        "Write each message exactly once and in order; limits `max.in.flight` to 5 and needs \
         `acks=all`, `retries` above 0 and `queuing.strategy=fifo`.",
    )
    .producer()
    .high(),
    global(
        "enable.gapless.guarantee",
        Kind::Bool(false),
        "Fail the idempotent producer as a whole when a message in the middle of a \
         partition's sequence cannot be delivered.",
    )
    .producer()
    .experimental(),
    global(
        "queue.buffering.max.messages",
        Kind::int(0, i32::MAX, 100_000),
        "Most messages in the producer queue, over all topics and partitions; 0 sets no limit.",
    )
    .producer()
    .high(),
    global(
        "queue.buffering.max.kbytes",
        Kind::int(1, i32::MAX, 1_048_576),
        "Most KiB of messages in the producer queue, over all topics and partitions.",
    )
    .producer()
    .high(),
    global(
        "queue.buffering.max.broker.percent",
        Kind::int(1, 100, 100),
        "How much of `queue.buffering.max.messages` and `queue.buffering.max.kbytes` the messages for the partitions of \
         one broker may take, in per cent. When a broker is slow or down, messages for it are refused \
         (`RD_KAFKA_RESP_ERR__QUEUE_FULL`, or a call with `RD_KAFKA_MSG_F_BLOCK` waits) while others still find \
         space; a line of the log (`BROKERFULL`) and the text of rd_kafka_produceva() name it. Partitions \
         that have lost their leader have such a part in common. A few threads that produce at the same time may \
         take a message each beyond the limit. With 100 nothing is counted.",
    )
    .producer(),
    global(
        "queue.buffering.max.ms",
        Kind::Double { min: 0.0, max: 900_000.0, default: 5.0 },
        "How long a message waits for more messages of its partition before its batch is \
         sent, in milliseconds (fractions allowed).",
    )
    .producer()
    .high(),
    global("linger.ms", Kind::Alias("queue.buffering.max.ms"), "").producer().high(),
    global(
        "message.send.max.retries",
        Kind::int(0, i32::MAX, i32::MAX),
        "How many times a failed message is sent again; retrying can reorder messages unless \
         `enable.idempotence` is on.",
    )
    .producer()
    .high(),
    global("retries", Kind::Alias("message.send.max.retries"), "").producer().high(),
    global(
        "retry.backoff.ms",
        Kind::int(1, 300_000, 100),
        "First delay before a request is retried, doubled with every retry up to \
         `retry.backoff.max.ms`.",
    )
    .medium(),
    global("retry.backoff.max.ms", Kind::int(1, 300_000, 1000), "Longest delay before a request is retried.")
        .medium(),
    global(
        "queue.buffering.backpressure.threshold",
        Kind::int(1, 1_000_000, 1),
        "Unsent requests per broker connection above which messages accumulate instead of \
         being batched.",
    )
    .producer(),
    global(
        "compression.codec",
        Kind::Choice {
            choices: &[
                Choice::new("none", 0),
                Choice::new("gzip", 1),
                Choice::new("snappy", 2),
                Choice::new("lz4", 3),
                Choice::new("zstd", 4),
            ],
            default: 0,
        },
        "Compression codec of record batches; topics may choose their own.",
    )
    .producer()
    .medium(),
    global("compression.type", Kind::Alias("compression.codec"), "").producer().medium(),
    global(
        "compression.threads",
        Kind::int(-1, 64, -1),
        "How many threads of the instance may help its brokers' threads to compress batches. They share requests of \
         several large batches, of one partition too, whose order and contents stay the same; they are started when \
         there is such work for the first time. No more of them work than the process has processors beside the \
         brokers' threads that compress at the time, so there are none on a single one. -1: at most three.",
    )
    .producer(),
    global("batch.num.messages", Kind::int(1, 1_000_000, 10_000), "Most messages in one batch.")
        .producer()
        .medium(),
    global(
        "batch.size",
        Kind::int(1, i32::MAX, 1_000_000),
        "Most bytes in one batch, before compression; a batch always holds at least one message.",
    )
    .producer()
    .medium(),
    global(
        "delivery.report.only.error",
        Kind::Bool(false),
        "Give delivery reports for failed messages only.",
    )
    .producer(),
    global(
        "dr_cb",
        Kind::Pointer,
        "Delivery report callback in its oldest form; set with rd_kafka_conf_set_dr_cb().",
    )
    .producer(),
    global("dr_msg_cb", Kind::Pointer, "Delivery report callback; set with rd_kafka_conf_set_dr_msg_cb().")
        .producer(),
    global(
        "sticky.partitioning.linger.ms",
        Kind::int(0, 900_000, 10),
        "How long messages without a key stay with one partition before another is chosen at \
         random; 0 chooses for each message. Twice `linger.ms` unless set.",
    )
    .producer(),
    global(
        "client.dns.lookup",
        Kind::Choice {
            choices: &[
                Choice::new("use_all_dns_ips", 0),
                Choice::new("resolve_canonical_bootstrap_servers_only", 1),
            ],
            default: 0,
        },
        "Use all addresses of a name, or expand bootstrap names to the canonical names of \
         their addresses first.",
    ),
    global(
        "enable.metrics.push",
        Kind::Bool(true),
        "Push metrics of this client to brokers that ask for them (KIP-714).",
    ),
];
