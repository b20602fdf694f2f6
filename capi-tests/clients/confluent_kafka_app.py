"""An application of confluent-kafka-python: every part of its producer and of its admin client, and what they say.

usage: confluent_kafka_app.py BOOTSTRAP CONFIGURATION: prints what happened, the same on every librdkafka.
CONFIGURATION is JSON, for the producers.
"""

import asyncio
import json
import sys
from collections import Counter

import confluent_kafka
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic
from confluent_kafka.aio import AIOProducer

BOOTSTRAP, CONFIGURATION = sys.argv[1], json.loads(sys.argv[2])
MESSAGES = 20_000
# Telemetry writes log lines on brokers that offer it.
# What else is needed to connect: of all clients, whatever library they run on.
CONNECTION = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
COMMON = {"bootstrap.servers": BOOTSTRAP, "enable.metrics.push": False, **CONNECTION}


def producer(**options):
    names = {name.replace("_", "."): value for name, value in options.items() if name not in ("stats_cb", "error_cb")}
    calls = {name: value for name, value in options.items() if name in ("stats_cb", "error_cb")}
    return confluent_kafka.Producer({**COMMON, **CONFIGURATION, **names, **calls})


def told(error):
    return f"{error.name()} {error.str()} fatal={error.fatal()} retriable={error.retriable()} abort={error.txn_requires_abort()}"


def attempt(what, call):
    try:
        print(what, "->", call())
    except KafkaException as e:
        print(what, "->", told(e.args[0]))
    except BufferError as e:
        print(what, "-> full:", e)


def outcomes(what, futures, show=lambda result: result):
    for key in sorted(futures, key=str):
        attempt(f"{what} {key}", lambda key=key: show(futures[key].result(30)))


def administration():
    admin = AdminClient(COMMON)
    outcomes("create", admin.create_topics([NewTopic("t", 4, 1), NewTopic("u", 1, 1, config={"cleanup.policy": "compact"})]))
    outcomes("create again", admin.create_topics([NewTopic("t", 4, 1)]))
    outcomes("grow", admin.create_partitions([NewPartitions("u", 3)]))
    u = ConfigResource("topic", "u")
    change = ConfigResource("topic", "u", incremental_configs=[ConfigEntry("retention.ms", "5", incremental_operation=AlterConfigOpType.SET)])
    outcomes("change", admin.incremental_alter_configs([change]))
    outcomes("configuration", admin.describe_configs([u]), lambda found: sorted((c.name, c.value) for c in found.values()))
    cluster = admin.describe_cluster(include_authorized_operations=True).result(30)
    print("cluster", len(cluster.nodes), cluster.controller.id, sorted(o.name for o in cluster.authorized_operations))
    topics = admin.describe_topics(TopicCollection(["t", "nope"]))
    outcomes("describe", topics, lambda t: (t.name, t.is_internal, [(p.id, p.leader.id, len(p.replicas), len(p.isr)) for p in t.partitions]))
    outcomes("delete", admin.delete_topics(["u", "nope"]))
    metadata = admin.list_topics(timeout=600)
    print("topics", sorted((t.topic, len(t.partitions)) for t in metadata.topics.values()), len(metadata.brokers))


def producing():
    statistics, errors, reports = [], [], []
    p = producer(statistics_interval_ms=100, stats_cb=statistics.append, error_cb=errors.append, linger_ms=5)

    def on_delivery(error, message):
        reports.append((error, message.topic(), message.partition(), message.offset(), message.key(), message.value(), message.timestamp(), message.latency()))

    for n in range(MESSAGES):
        key = b"key %d" % (n % 50) if n % 3 else None
        while True:
            try:
                p.produce("t", b"value %d" % n, key, partition=n % 4, headers=[("n", b"%d" % n), ("none", None)], timestamp=1_700_000_000_000 + n, on_delivery=on_delivery)
                break
            except BufferError:
                p.poll(0.1)
        p.poll(0)
    print("flush", p.flush(60), "reports", len(reports), "errors", sum(r[0] is not None for r in reports))
    for partition in range(4):
        own = [r for r in reports if r[2] == partition]
        in_order = [r[3] for r in own] == list(range(len(own)))
        values = [r[5] for r in own] == [b"value %d" % n for n in range(partition, MESSAGES, 4)]
        print("partition", partition, len(own), in_order, values)
    first = reports[0] if reports[0][5] == b"value 0" else next(r for r in reports if r[5] == b"value 0")
    print("first", first[4], first[5], first[6], first[7] is not None)
    while not statistics:
        p.poll(0.1)
    document = json.loads(statistics[-1])
    print("statistics", document["type"], document["txmsgs"] <= MESSAGES, sorted(document["topics"]))
    attempt("unknown partition", lambda: p.produce("t", b"x", partition=99))
    attempt("too large", lambda: p.produce("t", b"x" * 2_000_000))
    print("purge", p.purge(), "client errors", [told(e) for e in errors])
    small = producer(queue_buffering_max_messages=2, linger_ms=60_000)
    for _ in range(2):
        small.produce("t", b"fits", partition=0, on_delivery=lambda error, _: print("purged:", told(error)))
    attempt("queue full", lambda: small.produce("t", b"does not"))
    small.purge()
    print("after purge", small.flush(10))
    refused = confluent_kafka.Producer({**COMMON, **CONFIGURATION, "bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 300, "log_level": 0, "error_cb": lambda e: None})
    refused.produce("t", b"x", partition=0, on_delivery=lambda error, _: print("nobody there:", told(error)))
    print("flushed", refused.flush(30))


def transactions():
    p = producer(transactional_id="app")
    attempt("too early", p.begin_transaction)
    attempt("init", lambda: p.init_transactions(30))
    for end in (p.commit_transaction, p.abort_transaction):
        attempt("begin", p.begin_transaction)
        p.produce("t", b"in a transaction", partition=0, on_delivery=lambda error, message: print("report", error and told(error), message.value()))
        attempt(end.__name__, lambda end=end: end(30))
        attempt("again", lambda end=end: end(30))
    twin = producer(transactional_id="app")
    twin.init_transactions(30)
    attempt("begin as the fenced one", p.begin_transaction)
    p.produce("t", b"too late", partition=0)
    try:
        p.commit_transaction(30)
    except KafkaException as e:
        # Which request finds out is a matter of the protocol (KIP-890), and with it the text.
        print("commit as the fenced one ->", e.args[0].name(), e.args[0].fatal())


async def asynchronously():
    p = AIOProducer({**COMMON, **CONFIGURATION})
    reports = [await p.produce("t", b"async %d" % n, partition=n % 4) for n in range(1000)]
    await p.flush()
    delivered = await asyncio.gather(*reports)
    print("asyncio", sorted(Counter(message.partition() for message in delivered).items()))
    await p.close()


def refusals():
    for wrong in ({"no.such.property": 1}, {"linger.ms": "x"}, {"acks": 7777}, {"enable.idempotence": True, "acks": 1}):
        attempt(f"configuration {wrong}", lambda wrong=wrong: confluent_kafka.Producer({**COMMON, **wrong}))


administration()
producing()
transactions()
asyncio.run(asynchronously())
refusals()
print("end")
