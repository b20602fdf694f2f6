"""Clients that are not ours on the mock cluster: each produces and reads back 50,000 messages byte-identically."""

import os
import queue
import subprocess
import sys
import threading
import time

from . import brokers, compiled, downloads, roundtrip
from .base import ROOT, Failed, check, patience, run, work

MESSAGES = 50_000


def lines():
    """[(key, value)] as kcat can say them: no empty keys, no empty values, no tabs or line ends in them."""
    return [(key or b"none", value) for key, value in roundtrip.input_lines(MESSAGES) if value]


def kcat_produces(libraries, bootstrap, rows, options):
    path = roundtrip.write_input(rows, "kcat")
    argv = brokers.kcat("-P", "-b", bootstrap, "-t", "t", "-K", r"\t", "-l", path, *options)
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
        _, out, _ = run(brokers.kcat("-L", "-b", bootstrap), 20, libraries.environment("system"))
        check(b" 3 brokers:" in out and b'topic "t" with 8 partitions:' in out, out.decode())


def kcat_in_a_group(libraries):
    """A consumer group of Debian's kcat reads everything once; who comes after it in the same group starts at the end."""
    rows = lines()
    environment = libraries.environment("system")
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])

    def consume(group, *options):
        argv = brokers.kcat("-b", bootstrap, "-G", group, "-q", "-f", r"%k\t%s\n", *options)
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
        run([sys.executable, "-u", script, bootstrap, "t", str(MESSAGES), mode], 120, environment, cwd=work())


def asynchronous_python_client(libraries, mode):
    """aiokafka, another client without librdkafka: administration, produce, consumer group; see clients/aiokafka_client.py."""
    environment = libraries.environment("system", {"PYTHONPATH": downloads.aiokafka()})
    service, bootstrap = brokers.mock_process(libraries, 3, [])
    with service:
        script = os.path.join(ROOT, "capi-tests", "clients", "aiokafka_client.py")
        run([sys.executable, "-u", script, bootstrap, "t", str(MESSAGES), mode], 120, environment, cwd=work())


def reference_idempotent(libraries):
    """The reference's librdkafka with idempotence, over errors and a lost connection."""
    rows = roundtrip.input_lines(MESSAGES)
    failures = ["Produce:NOT_LEADER_FOR_PARTITION:3", "Produce:_TRANSPORT:2", "Produce:REQUEST_TIMED_OUT:2"]
    options = [word for failure in failures for word in ("--fail", failure)]
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"], options=options)
    with service:
        data, report = roundtrip.write_input(rows, "idempotent"), work("idempotent.report")
        argv = [compiled.tool("produce_verify", libraries), bootstrap, "t", data, report]
        argv += ["-X", "enable.idempotence=true", "-X", "retry.backoff.ms=20"]
        run(argv, 120, libraries.environment("reference"))
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"))
    roundtrip.check_exact(rows, roundtrip.read_reports(report), log)


class Members:
    """capi-tests/group_members.c on the reference: members of a group of the newer protocol."""

    def __init__(self, libraries, bootstrap, topic, count):
        argv = [compiled.tool("group_members", libraries), bootstrap, "g", topic, str(count)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=libraries.environment("reference"), text=True
        )
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("")

    def until(self, what):
        """Reads on until `what` is true of ({member id: partitions} in order, messages read)."""
        limit = patience(30)
        deadline, line = time.monotonic() + limit, ""
        while time.monotonic() < deadline:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            check(line, "group_members has ended")
            *members, _, count = line.split()
            shares = dict(member.split("=") for member in members)
            shares = {member: [int(p) for p in parts.split(",") if p] for member, parts in shares.items()}
            if what(shares, int(count)):
                return shares
        raise Failed(f"not within {limit:.0f} s; last: {line}")

    def leave(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=patience(20))
        self.reader.join()
        rest = list(self.lines.queue)
        check(rest[-2:] == ["left\n", ""] and code == 0, f"did not leave: {rest}")


def consumer_protocol(libraries):
    """Members of the reference's (`group.protocol=consumer`) share a topic, move where a test wants them, lose one that
    has died, and read every message once."""
    rows = lines()
    half = len(rows) // 2
    environment = libraries.environment("system")
    with brokers.MockServer(libraries, 3, ["t:8", "other:3"]) as server:
        server.command("timeouts 3000 200")
        members = Members(libraries, server.bootstrap, "t", 2)
        everything = list(range(8))
        # Partitions move only while all that was read is committed: a group reads again what was read and not yet committed.
        shared = members.until(lambda shares, read: sorted(map(len, shares.values())) == [4, 4] and read == 0)
        kcat_produces(libraries, server.bootstrap, rows[:half], [])
        members.until(lambda shares, read: read == half)
        check(sorted(sum(shared.values(), [])) == everything, f"{shared}")
        one, two = shared
        server.command(f"assign g t {one}=7 {two}=0,1,2,3,4,5,6")
        members.until(lambda shares, read: shares == {one: [7], two: everything[:7]})
        server.command(f"assign g t {one}= {two}=0,1,2,3,4,5,6,7")
        members.until(lambda shares, read: shares == {one: [], two: everything})
        kcat_produces(libraries, server.bootstrap, rows[half:], [])
        members.until(lambda shares, read: read == len(rows))
        server.command("assign g t")
        members.until(lambda shares, read: sorted(map(len, shares.values())) == [4, 4])
        third = Members(libraries, server.bootstrap, "^[t].*", 1)
        third.until(lambda shares, read: [len(parts) for parts in shares.values()] == [2])
        members.process.kill()
        members.process.wait()
        third.until(lambda shares, read: list(shares.values()) == [everything])
        third.leave()
        alone = Members(libraries, server.bootstrap, "t", 1)
        alone.until(lambda shares, read: list(shares.values()) == [everything] and read == 0)
        alone.leave()
        log = brokers.read_back(server.bootstrap, "t", environment)
        same(rows, [(key, value) for part in log.values() for _, key, _, value in part])


TESTS = [
    ("clients:reference:consumer-protocol", consumer_protocol),
    ("clients:kcat", lambda libraries: kcat_reads_partitions(libraries, ["-z", "zstd"])),
    (
        "clients:kcat:idempotent",
        lambda libraries: kcat_reads_partitions(libraries, ["-X", "enable.idempotence=true", "-z", "gzip"]),
    ),
    ("clients:kcat:group", kcat_in_a_group),
    ("clients:kafka-python", lambda libraries: python_client(libraries, "plain")),
    ("clients:kafka-python:idempotent", lambda libraries: python_client(libraries, "idempotent")),
    ("clients:kafka-python:transactional", lambda libraries: python_client(libraries, "transactional")),
    ("clients:aiokafka", lambda libraries: asynchronous_python_client(libraries, "plain")),
    ("clients:aiokafka:idempotent", lambda libraries: asynchronous_python_client(libraries, "idempotent")),
    ("clients:aiokafka:transactional", lambda libraries: asynchronous_python_client(libraries, "transactional")),
    ("clients:reference:idempotent", reference_idempotent),
]
