"""aiokafka on a cluster: `aiokafka_client.py BOOTSTRAP TOPIC COUNT plain|idempotent|transactional`.

Configures the topic, gives it more partitions, produces COUNT binary messages and reads them back in a consumer group. Ends
with 0 when every message came back once, byte-identical, and in the transactional mode nothing of what was aborted.
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

PARTITIONS = 8


def messages(count):
    """Every byte value and every length from 0 to 299 is in them; each value is unique."""
    body = bytes(range(256)) * 2
    return [(b"k%d" % (n % 977) if n % 10 else None, b"%d:" % n + body[n % 256 :][: n % 300]) for n in range(count)]


async def administrate(bootstrap, topic):
    """A topic with properties of its own, with more partitions than it began with; what the cluster says about it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    configs = {"max.message.bytes": "1000000", "retention.ms": "3600000"}
    created = await admin.create_topics([NewTopic(topic, 2, 1, topic_configs=configs)])
    assert [error[1] for error in created.topic_errors] == [0], created
    grown = await admin.create_partitions({topic: NewPartitions(PARTITIONS)})
    assert [error[1] for error in grown.topic_errors] == [0], grown
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs={**configs, "retention.ms": "7200000"})
    altered = await admin.alter_configs([resource])
    assert altered[0].resources[0][0] == 0, altered
    described = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    values = {entry[0]: entry[1] for entry in described[0].resources[0][4]}
    assert values["max.message.bytes"] == "1000000" and values["retention.ms"] == "7200000", values
    assert values["cleanup.policy"] == "delete" and len(values) > 20, values
    await admin.close()


async def produce(bootstrap, topic, rows, mode):
    options = {"idempotent": {"enable_idempotence": True}, "transactional": {"transactional_id": "tx"}}.get(mode, {})
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, compression_type="gzip", **options)
    await producer.start()
    places = []

    async def send(part):
        futures = [await producer.send(topic, key=key, value=value) for key, value in part]
        found = await asyncio.gather(*futures)
        return [(place.partition, place.offset) for place in found]

    for start in range(0, len(rows), 10_000):
        part = rows[start : start + 10_000]
        if mode == "transactional":
            async with producer.transaction():
                places += await send(part)
        else:
            places += await send(part)
    if mode == "transactional":
        await producer.begin_transaction()
        await send([(None, b"not to be seen")] * 100)
        await producer.abort_transaction()
    await producer.stop()
    return places


async def consume(bootstrap, topic, count, mode):
    isolation = "read_committed" if mode == "transactional" else "read_uncommitted"
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id="g",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level=isolation,
    )
    await consumer.start()
    found = []
    while len(found) < count:
        batches = await asyncio.wait_for(consumer.getmany(timeout_ms=1000), 600)
        found += [(r.partition, r.offset, r.key, r.value) for part in batches.values() for r in part]
    # What is beyond the last message, if anything, would be there soon.
    late = await consumer.getmany(timeout_ms=500)
    assert not late, late
    await consumer.commit()
    end = await consumer.end_offsets(consumer.assignment())
    assert len(end) == PARTITIONS, end
    for partition, offset in end.items():
        committed = await consumer.committed(partition)
        assert mode == "transactional" or committed == offset, (partition, committed, offset)
    await consumer.stop()
    return found


async def main():
    bootstrap, topic, count, mode = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    rows = messages(count)
    await administrate(bootstrap, topic)
    places = await produce(bootstrap, topic, rows, mode)
    wanted = {(*place, *row) for place, row in zip(places, rows)}
    assert len(wanted) == count, "two messages in one place"
    found = await consume(bootstrap, topic, count, mode)
    assert len(found) == count, f"{len(found)} read, {count} produced"
    assert set(found) == wanted, f"{len(set(found) - wanted)} were not produced, {len(wanted - set(found))} not read"
    print(f"{len(found)} read, {len(wanted)} produced")


if __name__ == "__main__":
    asyncio.run(main())
