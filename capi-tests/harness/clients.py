"""Clients that are not ours on the mock cluster: each produces and reads back 50,000 messages byte-identically."""

import os
import sys

from . import brokers, downloads, programs, roundtrip
from .base import OUT, ROOT, check, run

MESSAGES = 50_000


def lines():
    """[(key, value)] as kcat can say them: no empty keys, no empty values, no tabs or line ends in them."""
    return [(key or b"none", value) for key, value in roundtrip.input_lines(MESSAGES) if value]


def kcat_produces(libraries, bootstrap, rows, options):
    path = roundtrip.write_input(rows, f"kcat-{os.getpid()}")
    argv = [brokers.kcat(), "-P", "-b", bootstrap, "-t", "t", "-K", r"\t", "-l", path, *options]
    run(argv, 60, libraries.environment("system"))


def same(rows, found):
    check(len(found) == len(rows), f"{len(found)} read, {len(rows)} produced")
    check(sorted(found) == sorted(rows), "keys or values differ")


def kcat_reads_partitions(libraries, options):
    rows = lines()
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])
    with service:
        kcat_produces(libraries, bootstrap, rows, options)
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"))
        same(rows, [(key, value) for part in log.values() for _, key, _, value in part])
        # Partition by partition in the order of the file.
        number = {value: n for n, (_, value) in enumerate(rows)}
        for partition, part in log.items():
            order = [number[value] for *_, value in part]
            check(order == sorted(order), f"partition {partition} is out of order")
        _, out, _ = run([brokers.kcat(), "-L", "-b", bootstrap], 20, libraries.environment("system"))
        check(b" 3 brokers:" in out and b'topic "t" with 8 partitions:' in out, out.decode())


def kcat_in_a_group(libraries):
    """A consumer group of Debian's kcat reads everything once; who comes after it in the same group starts at the end."""
    rows = lines()
    environment = libraries.environment("system")
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])

    def consume(group, *options):
        argv = [brokers.kcat(), "-b", bootstrap, "-G", group, "-q", "-f", r"%k\t%s\n", *options]
        argv += ["-X", "auto.offset.reset=earliest", "t"]
        _, out, _ = run(argv, 60, environment)
        return [tuple(line.split(b"\t", 1)) for line in out.splitlines()]

    with service:
        kcat_produces(libraries, bootstrap, rows, [])
        same(rows, consume("g", "-c", str(len(rows))))
        check(consume("g", "-e") == [], "the group's offsets were not kept")
        same(rows, consume("h", "-e"))


def python_client(libraries, mode):
    """kafka-python, a client without librdkafka, produces and consumes in a group; see clients/kafka_python.py."""
    environment = libraries.environment("system", {"PYTHONPATH": downloads.kafka_python()})
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])
    with service:
        script = os.path.join(ROOT, "capi-tests", "clients", "kafka_python.py")
        run([sys.executable, "-u", script, bootstrap, "t", str(MESSAGES), mode], 120, environment, cwd=OUT)


def reference_idempotent(libraries):
    """The reference's librdkafka with idempotence, over errors and a lost connection."""
    rows = roundtrip.input_lines(MESSAGES)
    failures = ["Produce:NOT_LEADER_FOR_PARTITION:3", "Produce:_TRANSPORT:2", "Produce:REQUEST_TIMED_OUT:2"]
    options = [word for failure in failures for word in ("--fail", failure)]
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"], options=options)
    with service:
        data, report = roundtrip.write_input(rows, "idempotent"), os.path.join(OUT, "idempotent.report")
        argv = [programs.tool("produce_verify", libraries), bootstrap, "t", data, report]
        argv += ["-X", "enable.idempotence=true", "-X", "retry.backoff.ms=20"]
        run(argv, 120, libraries.environment("reference"))
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"))
    roundtrip.check_exact(rows, roundtrip.read_reports(report), log)


TESTS = [
    ("clients:kcat", lambda libraries: kcat_reads_partitions(libraries, ["-z", "zstd"])),
    (
        "clients:kcat:idempotent",
        lambda libraries: kcat_reads_partitions(libraries, ["-X", "enable.idempotence=true", "-z", "gzip"]),
    ),
    ("clients:kcat:group", kcat_in_a_group),
    ("clients:kafka-python", lambda libraries: python_client(libraries, "plain")),
    ("clients:kafka-python:idempotent", lambda libraries: python_client(libraries, "idempotent")),
    ("clients:kafka-python:transactional", lambda libraries: python_client(libraries, "transactional")),
    ("clients:reference:idempotent", reference_idempotent),
]
