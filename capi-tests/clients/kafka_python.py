"""kafka-python on a cluster: `kafka_python.py BOOTSTRAP TOPIC COUNT plain|idempotent|transactional`.

Produces COUNT binary messages and reads them back with two consumers of one group, which share the partitions and hand
them over to each other. Ends with 0 when every message came back once, byte-identical.
"""

import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition


def messages(count):
    """Every byte value and every length from 0 to 299 is in them; each value is unique."""
    body = bytes(range(256)) * 2
    return [(b"k%d" % (n % 977) if n % 10 else None, b"%d:" % n + body[n % 256 :][: n % 300]) for n in range(count)]


def produce(bootstrap, topic, rows, mode):
    options = {"idempotent": {"enable_idempotence": True}, "transactional": {"transactional_id": "tx"}}.get(mode, {})
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, **options)
    if mode == "transactional":
        producer.init_transactions()
    sent = []
    for start in range(0, len(rows), 10_000):
        if mode == "transactional":
            producer.begin_transaction()
        sent += [producer.send(topic, key=key, value=value) for key, value in rows[start : start + 10_000]]
        if mode == "transactional":
            producer.commit_transaction()
    if mode == "transactional":
        producer.begin_transaction()
        producer.send(topic, value=b"not to be seen")
        producer.abort_transaction()
    producer.flush()
    places = [future.get(10) for future in sent]
    producer.close()
    return [(place.partition, place.offset) for place in places]


def consumer(bootstrap, topic, mode):
    return KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id="g",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed" if mode == "transactional" else "read_uncommitted",
    )


def take(source, into, enough):
    """Polls until `enough()`; what was read is committed."""
    deadline = time.monotonic() + 60
    while not enough():
        assert time.monotonic() < deadline, f"{len(into)} messages after a minute"
        for records in source.poll(timeout_ms=100, max_records=2000).values():
            into += [(r.partition, r.offset, r.key, r.value) for r in records]
    source.commit()


def share(bootstrap, topic, count, mode):
    """One reads a part, a second joins and reads another, the first one leaves, the second one reads the rest."""
    found = []
    first = consumer(bootstrap, topic, mode)
    take(first, found, lambda: len(found) > count // 4)
    assert len(first.assignment()) == 8, first.assignment()
    # Made only now: a member that has joined and is not polled would hold the group up, as on any broker.
    second = consumer(bootstrap, topic, mode)
    deadline = time.monotonic() + 60
    while not (first.assignment() and second.assignment()) or first.assignment() & second.assignment():
        assert time.monotonic() < deadline, f"{first.assignment()} and {second.assignment()}"
        for one in (second, first):
            for records in one.poll(timeout_ms=50, max_records=100).values():
                found += [(r.partition, r.offset, r.key, r.value) for r in records]
            # Before a partition goes to the other one, its position has to be known.
            if one.assignment():
                one.commit()
    assert len(first.assignment() | second.assignment()) == 8
    first.close()
    take(second, found, lambda: len(set(found)) >= count)
    end = second.end_offsets([TopicPartition(topic, p) for p in range(8)])
    assert {tp.partition: second.committed(tp) for tp in end} == {tp.partition: n for tp, n in end.items()}
    second.close()
    return found


def main():
    bootstrap, topic, count, mode = sys.argv[1].split(","), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    rows = messages(count)
    places = produce(bootstrap, topic, rows, mode)
    wanted = {(*place, *row) for place, row in zip(places, rows)}
    found = share(bootstrap, topic, count, mode)
    assert len(wanted) == count, "two messages in one place"
    # What was read but not committed before a rebalance may come a second time.
    assert set(found) == wanted, f"{len(set(found) - wanted)} were not produced, {len(wanted - set(found))} not read"
    print(f"{len(found)} read, {len(wanted)} produced")


if __name__ == "__main__":
    main()
