"""A broker that means harm (hostile_broker/) and clients of it (hostile_client.c): for every response that a client reads, each
number at its extremes, lists doubled and turned round, half an answer, none, one byte at a time, resets, TLS and HTTP, and clusters
of a size that no one has. No client dies, all messages are reported, memory and CPU time are bounded, destroy is quick.

`make check` runs this as it is; `make hostile` three times over, with HOSTILE_ROUNDS.
"""

import concurrent.futures
import os
import shutil
import subprocess
import tempfile

from . import compiled
from .base import OUT, check, run

ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "1"))
# So many clients at a time: most of them wait.
SIDE_BY_SIDE = 8
LIMIT_S = 400

ADMIN = ("CreateTopics", "DeleteTopics", "CreatePartitions", "DescribeConfigs", "AlterConfigs", "IncrementalAlterConfigs")
TRANSACTIONAL = ("FindCoordinator", "InitProducerId", "TxnOffsetCommit", "EndTxn", "Produce")
# Since KIP-890 nobody asks these.
OLD_TRANSACTIONAL = ("AddPartitionsToTxn", "AddOffsetsToTxn")

ORDINARY_KIB = 24 << 10
ORDINARY_CPU_MS = 1500
# Metadata, and the memory in KiB that it may cost: some of what a broker or a partition takes, or some times what was sent.
# Refused: nothing but a few times the response itself is taken.
# What is kept of 100,000 partitions is 75 to 80 MiB. While their metadata is read it takes 14 MiB more, and three responses may be
# there at once: that of the refresh, of the question for a topic, and of the application's call. How many are is up to the machine.
SHAPES = {
    "brokers-10000": 40 << 10,
    "brokers-10001": ORDINARY_KIB,
    "brokers-20000": ORDINARY_KIB,
    "brokers-40000": ORDINARY_KIB,
    "brokers-1000000": 96 << 10,
    "leaders-200": ORDINARY_KIB,
    "partitions-100000": 124 << 10,
    "partitions-100001": 40 << 10,
    "partitions-1000000": 160 << 10,
    "leaderless-100000": 124 << 10,
    "gap-2147483647": ORDINARY_KIB,
    "gap-99999": ORDINARY_KIB,
    "same-partition-1000": ORDINARY_KIB,
    "replicas-10000": ORDINARY_KIB,
    "replicas-1000000": 40 << 10,
    "broker-id-2147483647": ORDINARY_KIB,
    "port-70000": ORDINARY_KIB,
    "port-0": ORDINARY_KIB,
    "topics-100000": 96 << 10,
}
LARGE_CPU_MS = 3000


class Broker:
    """The broker as a process, and the clients that are set on it."""

    def __init__(self, libraries, *options):
        self.libraries = libraries
        self.folder = tempfile.mkdtemp(prefix="hostile-", dir=OUT)
        self.client = compiled.tool("hostile_client", libraries)
        binary = os.path.join(libraries.target, "release", "hostile-broker")
        self.process = subprocess.Popen([binary, self.folder, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addresses = {}
        for line in self.process.stdout:
            name, _, address = line.strip().partition("=")
            if name == "ready":
                break
            self.addresses[name] = address
        check("bootstrap.servers" in self.addresses, "the hostile broker has not started")

    def set_on(self, mode, client_id, at="bootstrap.servers", conf="", memory=ORDINARY_KIB, cpu_ms=ORDINARY_CPU_MS):
        """Runs one client; returns what went wrong."""
        tried = os.path.join(self.folder, client_id.replace("/", "_"))
        done = "-" if client_id == "door" else tried
        conf = ",".join(c for c in (self.libraries.test_conf, conf) if c)
        environment = self.libraries.on(conf).environment("ours")
        argv = [self.client, self.addresses[at], mode, client_id, done, str(memory), str(cpu_ms)]
        code, out, err = run(argv, LIMIT_S, environment, ok=None)
        name = f"{mode} {client_id if at == 'bootstrap.servers' else at}"
        if code != 0:
            return f"{name}: {code} {out.decode().strip()} {err.decode().strip()[-500:]}"
        if client_id.startswith("attack/"):
            with open(tried, encoding="ascii") as file:
                # At the least: the ways to cut and to break off an answer.
                if int(file.read()) < 40:
                    return f"{name}: the broker has tried next to nothing"
        return None

    def set_all_on(self, clients):
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            problems = [p for p in pool.map(lambda c: self.set_on(**c), clients) if p]
        check(self.process.poll() is None, "the hostile broker itself has ended")
        check(not problems, "\n".join(problems))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


def attacked(modes, engine_matters_only):
    """One client for each kind of response."""
    rows = []
    for number in range(ROUNDS):
        for mode, apis in modes.items():
            if mode in ("admin", "offsets") and engine_matters_only:
                continue
            rows += [{"mode": mode, "client_id": f"attack/{api}/{mode}{number}"} for api in apis]
    return rows


def attacks(libraries):
    modes = {
        "transactional": TRANSACTIONAL,
        "idempotent": ("InitProducerId", "Produce"),
        "plain": ("Produce", "Metadata", "ApiVersions"),
        "offsets": ("ListOffsets",),
        "admin": ADMIN,
    }
    with Broker(libraries) as broker:
        broker.set_all_on(attacked(modes, libraries.test_conf))


def attacks_on_old_versions(libraries):
    modes = {
        "transactional": TRANSACTIONAL + OLD_TRANSACTIONAL,
        "plain": ("Produce", "Metadata", "ApiVersions"),
        "offsets": ("ListOffsets",),
        "admin": ADMIN,
    }
    with Broker(libraries, "--old") as broker:
        broker.set_all_on(attacked(modes, libraries.test_conf))


def doors(libraries):
    """Where there should be a broker, there is something else."""
    places = ("closes", "resets", "silent", "tls", "http")
    with Broker(libraries) as broker:
        broker.set_all_on([{"mode": mode, "client_id": "door", "at": at} for at in places for mode in ("plain", "transactional")])


def shapes(libraries):
    # The largest takes more than the 300 ms that requests have otherwise.
    seldom = "socket.timeout.ms=20000,reconnect.backoff.ms=100,reconnect.backoff.max.ms=1000,topic.metadata.refresh.interval.ms=300,topic.metadata.refresh.fast.interval.ms=100,retry.backoff.ms=100,retry.backoff.max.ms=1000"
    with Broker(libraries) as broker:
        broker.set_all_on(
            {"mode": "patient", "client_id": f"shape/{shape}", "conf": seldom, "memory": memory, "cpu_ms": LARGE_CPU_MS}
            for shape, memory in SHAPES.items()
        )


TESTS = [
    ("hostile:attacks", attacks),
    ("hostile:attacks-old", attacks_on_old_versions),
    ("hostile:doors", doors),
    ("hostile:shapes", shapes),
]
