"""kafka-python on a cluster: `kafka_python.py BOOTSTRAP TOPIC COUNT plain|idempotent|transactional`.

Produces COUNT binary messages and reads them back with two consumers of one group, which share the partitions and hand
them over to each other. Ends with 0 when every message came back once, byte-identical.
"""

import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import RebalanceInProgressError


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
    one = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id="g",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed" if mode == "transactional" else "read_uncommitted",
    )
    # It may join before it knows the topic's partitions. It then joins a second time, and version 3.0.12 forgets that it
    # does when a poll() ends in the middle: such a consumer never gets a message, whatever the broker says.
    assert len(one.partitions_for_topic(topic)) == 8
    return one


def read(source, into, timeout_ms, most):
    for records in source.poll(timeout_ms=timeout_ms, max_records=most).values():
        into += [(r.partition, r.offset, r.key, r.value) for r in records]


def commit(source, into):
    """Commits what was read; a rebalance that is under way is completed first."""
    deadline = time.monotonic() + 600  # of a hang; a busy machine takes its time
    while True:
        try:
            return source.commit()
        except RebalanceInProgressError:
            assert time.monotonic() < deadline, "rebalancing without an end"
            read(source, into, 1000, 2000)


def take(source, into, enough):
    """Polls until `enough()`; what was read is committed."""
    deadline = time.monotonic() + 600  # of a hang; a busy machine takes its time
    while not enough():
        assert time.monotonic() < deadline, f"{len(into)} messages in time"
        read(source, into, 1000, 2000)
    commit(source, into)


class Reading(threading.Thread):
    """A consumer polled by a thread of its own: version 3.0.12 joins once more when its part in a rebalance ended between
    two polls, and two consumers polled in turn can keep each other rebalancing that way."""

    def __init__(self, source, into):
        super().__init__()
        self.source, self.into, self.over, self.failure = source, into, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                self.step()
        except Exception as failure:  # Whatever it is, the main thread raises it.
            self.failure = failure

    def step(self):
        read(self.source, self.into, 1000, 100)
        try:
            # Before a partition goes to the other one, its position should be known: it reads on from there.
            if self.source.assignment():
                self.source.commit()
        except RebalanceInProgressError:
            pass  # Too late: the other one reads again what was read here.

    def end(self):
        self.over.set()
        self.join()
        if self.failure:
            raise self.failure


def share(bootstrap, topic, count, mode):
    """One reads a part, a second joins and reads another, the first one leaves, the second one reads the rest."""
    found = []
    first = consumer(bootstrap, topic, mode)
    take(first, found, lambda: len(found) > count // 4)
    assert len(first.assignment()) == 8, first.assignment()
    second = consumer(bootstrap, topic, mode)
    both = [Reading(first, found), Reading(second, found)]
    deadline = time.monotonic() + 600  # of a hang; a busy machine takes its time
    while not (first.assignment() and second.assignment()) or first.assignment() & second.assignment():
        if time.monotonic() > deadline or not all(one.is_alive() for one in both):
            break
        time.sleep(0.02)
    for one in both:
        one.end()
    shares = first.assignment(), second.assignment()
    assert all(shares) and not shares[0] & shares[1] and len(shares[0] | shares[1]) == 8, shares
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
