"""Brokers beside the test: our mock cluster as a process, Tansu, a relay that can die; and reading back with kcat."""

import fcntl
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time

from .base import Failed, Service, check, patience, run, tail, work
from . import compiled, downloads


# Where tests of this machine say which ports they have, whatever checkout they run in.
LEASES = os.path.join(tempfile.gettempdir(), f"capi-tests-ports-{os.getuid()}")
# Open files whose locks say that a port is this process's, until it ends.
_ports = []


def free_port(count=1):
    """The first of `count` ports in a row that no other test has or can get while this process lives. They lie outside of the
    range from which the system takes its own: a client that tries to reach a broker that is down would sooner or later be given
    that very port for its own end, and connect to itself."""
    for _ in range(1000):
        first = random.randrange(20000, 32000 - count)
        leases = [lease(port) for port in range(first, first + count)]
        if all(leases):
            _ports.extend(leases)
            return first
        for file in filter(None, leases):
            file.close()
    raise Failed("no free port")


def lease(port):
    """The locked file of a port that nobody uses, or None."""
    os.makedirs(LEASES, exist_ok=True)
    file = open(os.path.join(LEASES, str(port)), "w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
        return file
    except OSError:
        file.close()
        return None


def log_path(name):
    return work("log", f"{name}-{time.monotonic_ns()}.log")


def mock_process(libraries, brokers=3, topics=("t:8",), port=0, options=()):
    """target/release/rdkafka-mock. Returns (service, bootstrap servers). With --control it takes `command`s."""
    binary = os.path.join(libraries.target, "release", "rdkafka-mock")
    check(os.path.exists(binary), f"{binary} is not built")
    argv = [binary, "--brokers", str(brokers), "--port", str(port), *options]
    for topic in topics:
        argv += ["--topic", topic]
    stdin = subprocess.PIPE if "--control" in options else subprocess.DEVNULL
    service = Service(argv, log_path("rdkafka-mock"), stdin=stdin)
    return service, service.wait_for(bootstrap_of, 10, "bootstrap.servers line")


def answers(service):
    return [line for line in service.output().splitlines() if line == "ok" or line.startswith("error: ")]


def command(service, text):
    """Has rdkafka-mock do something, and returns when it is done."""
    count = len(answers(service))
    service.process.stdin.write(text.encode() + b"\n")
    service.process.stdin.flush()
    answer = service.wait_for(lambda _: answers(service)[count:], 20, f"answer to {text!r}")
    check(answer == ["ok"], f"rdkafka-mock: {text}: {answer}")


def bootstrap_of(output):
    for line in output.splitlines():
        if line.startswith("bootstrap.servers="):
            return line.split("=", 1)[1].strip()
    return None


class MockServer:
    """capi-tests/mock_server.c: the mock cluster behind the C API, as a process that takes commands."""

    def __init__(self, libraries, brokers=3, topics=("t:8",), which="ours"):
        argv = [compiled.tool("mock_server", libraries), str(brokers), *topics]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=libraries.environment(which), text=True
        )
        self.bootstrap = bootstrap_of(self.process.stdout.readline())
        check(self.bootstrap, "mock_server printed no bootstrap.servers")

    def command(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        check(answer.endswith(": NO_ERROR\n"), f"mock_server: {text}: {answer}")

    def produce_requests(self, broker=0):
        """How many came to this broker (0: to any) since this was asked last."""
        self.process.stdin.write(f"requests {broker}\n")
        self.process.stdin.flush()
        word, _, number = self.process.stdout.readline().partition(" ")
        check(word == "requests", f"mock_server: requests: {word}")
        return int(number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(patience(10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failed("mock_server did not end within 10 s of the end of its input") from None


class Tansu:
    """A Tansu broker with memory storage. `advertised` is the port that it sends clients to."""

    def __init__(self, advertised=None):
        self.binary = downloads.tansu()
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        argv = [self.binary, "broker", "--storage-engine", "memory://tansu/"]
        argv += ["--listener-url", f"tcp://{self.address}"]
        argv += ["--advertised-listener-url", f"tcp://127.0.0.1:{advertised or self.port}"]
        self.service = Service(argv, log_path("tansu"))
        self.service.wait_for(lambda output: self.answers(), 20, "listening socket")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def create(self, topic, partitions):
        argv = [self.binary, "topic", "create", "--broker", f"tcp://{self.address}"]
        run(argv + ["--partitions", str(partitions), topic], 20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.kill()


class Relay:
    """Forwards a port to a broker as a process of its own. Killing it is, for a client, the death of the broker:
    established connections break, new ones are refused. What the broker stored stays."""

    def __init__(self, target, port=None):
        self.port = port or free_port()
        self.target = target
        self.service = None

    def start(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "relay.py")
        argv = ["python3", "-u", script, str(self.port), str(self.target)]
        self.service = Service(argv, log_path("relay"))
        self.service.wait_for(lambda output: "ready" in output, 10, "listening socket")

    def kill(self):
        self.service.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.service:
            self.service.kill()


# What a slow machine does not answer sooner is no hang: a request that is given up is sent again, and what is in it stands in
# the log twice.
UNHURRIED = ["-X", "socket.timeout.ms=300000"]


def kcat(*argv):
    """The command line of a kcat that is patient with a slow machine: its own limit for metadata is 5 s."""
    path = shutil.which("kcat") or shutil.which("kafkacat")
    check(path, "kcat is not installed (apt-get install kcat)")
    return [path, "-m", "300", *UNHURRIED, *argv]


def read_back(bootstrap, topic, environment, timestamps=None):
    """Everything in the topic by kcat: {partition: [(offset, key or None, headers, value), ...]}, texts as bytes.

    With `timestamps` a list, the timestamp of every message is appended to it as (partition, offset, milliseconds)."""
    path = log_path("readback")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    argv = kcat("-C", "-b", bootstrap, "-t", topic, "-e", "-q", "-o", "beginning")
    argv += ["-f", r"%p\t%o\t%T\t%K\t%k\t%h\t%s\n", "-X", "check.crcs=true"]
    with open(path, "wb") as out:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=environment, timeout=patience(120), check=False
        )
    check(done.returncode == 0, f"kcat -C ended with {done.returncode}: {tail(done.stderr)}")
    log = {}
    with open(path, "rb") as file:
        for line in file:
            partition, offset, time_ms, key_length, key, headers, value = line[:-1].split(b"\t", 6)
            row = (int(offset), None if key_length == b"-1" else key, headers, value)
            log.setdefault(int(partition), []).append(row)
            if timestamps is not None:
                timestamps.append((int(partition), int(offset), int(time_ms)))
    os.remove(path)
    return log
