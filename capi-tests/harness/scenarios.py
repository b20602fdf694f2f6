"""Whole runs on a mock cluster of several brokers: messages of every shape to many partitions and topics, through outages
and reconnects, read back with the reference's consumer, which compares every byte (scenario.c).

They are the scenarios by which multi-partition engines are judged (0203, 0205, 0206 and 0207 of the fork), and assert what
those leave open: one report per message, its offset, order, and no duplicate.
"""

import subprocess
import time

from . import brokers, compiled
from .base import Failed, check, communicate, patience, run, tail, work

# Seven shapes by turns: with and without key, headers and value, with empty and NULL header values.
ALL_SHAPES = "KH,K,H,,KHE,KHN,KHV"
KEYED_SHAPES = "KH,KZ,KHE,KHN,KHV"
LARGE_BATCHES = [
    "compression.codec=lz4",
    "message.max.bytes=100000000",
    "batch.num.messages=100000",
    "queue.buffering.max.messages=1000000",
    "queue.buffering.max.kbytes=100000",
    "acks=-1",
    # What the scenarios rest on: with more requests on the way a retry may overtake, and be there twice.
    "max.in.flight=1",
]


class Scenario:
    """scenario.c producing in the background."""

    def __init__(self, libraries, bootstrap, topics, partitions, count, shapes):
        self.libraries, self.bootstrap, self.count = libraries, bootstrap, count
        self.tool = compiled.tool("scenario", libraries)
        self.report = work("scenario.report")
        self.size = [str(topics), str(partitions), str(count)]
        self.shapes = shapes
        self.process = None

    def produce(self, rate, options, marks=()):
        argv = [self.tool, "produce", self.bootstrap, self.report, *self.size, str(rate), self.shapes]
        for mark in marks:
            argv += ["--mark", str(mark)]
        self.process = subprocess.Popen(
            argv + options,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.libraries.environment("ours"),
            text=True,
        )

    def await_line(self, word):
        line = self.process.stdout.readline()
        if line != word + "\n":
            raise Failed(f"scenario: {line!r} instead of {word}: {tail(self.process.communicate()[1])}")

    def finish(self, limit=120):
        try:
            _, err = communicate(self.process, limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"scenario still ran after {limit} s") from None
        check(self.process.returncode == 0, f"scenario ended with {self.process.returncode}: {tail(err)}")

    def verify(self):
        """With the reference's consumer: whoever reads is not who wrote."""
        argv = [self.tool, "verify", self.bootstrap, self.report, *self.size, self.shapes]
        run(argv, 150, self.libraries.environment("reference"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def correctness(libraries, topics, count, shapes, options=()):
    """0205 and 0207: a thousand partitions of each topic, neighbouring messages in different topics."""
    names = [f"t{t}:1000" for t in range(topics)]
    with brokers.MockServer(libraries, 3, names) as server:
        with Scenario(libraries, server.bootstrap, topics, 1000, count, shapes) as scenario:
            scenario.produce(8_000, LARGE_BATCHES + ["linger.ms=500", *options])
            scenario.finish()
            requests = server.produce_requests()
            check(requests > 0, "no ProduceRequest was counted")
            scenario.verify()
    print(f"     {count} messages in {requests} requests", flush=True)
    return requests


def many_partitions(libraries):
    correctness(libraries, 1, 20_000, ALL_SHAPES)


def many_partitions_idempotent(libraries):
    correctness(libraries, 1, 20_000, ALL_SHAPES, ["enable.idempotence=true", "max.in.flight=5"])


def many_topics(libraries):
    correctness(libraries, 3, 60_000, KEYED_SHAPES)


def leader_goes_down(libraries):
    """0206: all partitions have one leader, which is away while the middle half of the messages is produced."""
    count, rate = 10_000, 2_000
    with brokers.MockServer(libraries, 3, ["t0:64"]) as server:
        for partition in range(64):
            server.command(f"leader 1 {partition}")
        with Scenario(libraries, server.bootstrap, 1, 64, count, "KH") as scenario:
            options = LARGE_BATCHES + ["linger.ms=50", "message.timeout.ms=180000"]
            scenario.produce(rate, options, [count // 4, 3 * count // 4])
            scenario.await_line("mark")
            server.command("down 1")
            server.produce_requests()  # counts from here on
            scenario.await_line("mark")
            strays = server.produce_requests()
            check(strays == 0, f"{strays} ProduceRequests went to brokers that lead nothing")
            server.command("up 1")
            scenario.finish()
            check(server.produce_requests(1) > 0, "no ProduceRequest after the outage")
            scenario.verify()


def broker_reconnects(libraries):
    """0203: one of six brokers leads the only partition and is away for ten seconds; messages of one request each flow on."""
    rate, outage = 50, 10
    count = int(rate * (0.15 + outage + 0.2))
    with brokers.MockServer(libraries, 6, ["t0:1"]) as server:
        server.command("leader 3 0")
        with Scenario(libraries, server.bootstrap, 1, 1, count, "KH") as scenario:
            options = ["enable.sparse.connections=true", "linger.ms=0", "batch.num.messages=1", "max.in.flight=1"]
            options += ["reconnect.backoff.ms=100", "reconnect.backoff.max.ms=500", "message.timeout.ms=120000"]
            scenario.produce(rate, options, [7])
            scenario.await_line("mark")
            server.command("down 3")
            server.produce_requests()
            time.sleep(outage)  # the outage itself
            server.command("up 3")
            limit = patience(5)  # ten times the longest back-off; how long all that waits takes then is the machine's affair
            deadline = time.monotonic() + limit
            while server.produce_requests(3) == 0:
                check(time.monotonic() < deadline, f"no ProduceRequest within {limit:.0f} s after the broker came back")
                time.sleep(0.1)
            scenario.finish()
            scenario.verify()


TESTS = [
    ("scenario:many-partitions", many_partitions),
    ("scenario:many-partitions:idempotent", many_partitions_idempotent),
    ("scenario:many-topics", many_topics),
    ("scenario:leader-goes-down", leader_goes_down),
    ("scenario:broker-reconnects", broker_reconnects),
]
