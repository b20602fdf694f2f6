"""The memory that waiting messages take, and that it comes back."""

import subprocess

from . import brokers, compiled
from .base import check, communicate, run, tail

COUNT = 1_000_000
QUEUED_LIMIT_MIB = 190  # the reference takes 290


def measure(libraries, warm, which="ours"):
    """RSS in KiB by phase (memory.c). With `warm` messages delivered first, code and threads are in the measure of the
    start and the messages wait in partitions whose leader has gone; with none, no broker was ever seen."""
    port = brokers.free_port()
    argv = [compiled.tool("memory", libraries), f"127.0.0.1:{port}", "t", str(COUNT), str(warm)]
    service = brokers.mock_process(libraries, 1, ["t:8"], port)[0] if warm else None
    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=libraries.environment(which),
        text=True,
    )
    values = {}

    def phase(name):
        word, _, kib = process.stdout.readline().partition(" ")
        if word != name:
            check(False, f"memory ended before '{name}': {tail(process.communicate()[1])}")
        values[name] = int(kib)

    def go_on():
        process.stdin.write("go on\n")
        process.stdin.flush()

    try:
        phase("warm")
        if service:
            service.kill()
        go_on()
        phase("start")
        phase("queued")
        service = brokers.mock_process(libraries, 1, ["t:8"], port)[0]
        go_on()
        phase("drained")
        _, err = communicate(process, 20)
        check(process.returncode == 0, f"memory ended with {process.returncode}: {tail(err)}")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        if service:
            service.kill()
    text = ", ".join(f"{name} {kib / 1024:.1f} MiB" for name, kib in values.items())
    print(f"     {text}", flush=True)
    return values, text


def leader_gone(libraries):
    rss, text = measure(libraries, 50_000)
    check(rss["queued"] / 1024 < QUEUED_LIMIT_MIB, f"queued messages take too much: {text}")
    check(rss["drained"] <= rss["start"] * 1.2, f"memory did not come back: {text}")


def no_broker_ever(libraries):
    rss, text = measure(libraries, 0)
    check(rss["queued"] / 1024 < QUEUED_LIMIT_MIB, f"queued messages take too much: {text}")


# Shapes of backlogs: topics, partitions of each, messages in each partition, their size, and what may be queued at the
# most, in bytes a message (librdkafka 2.16.0 takes 289 for 100 bytes, and 3.2 KB for 3,000).
WIDE = {
    "250-topics": (250, 4, 20, 3000, 4000),
    "10000-partitions": (1, 10_000, 1, 100, 400),
    "10000-partitions-deep": (1, 10_000, 30, 100, 289),
}
# What stays beside the start: allocators of the process keep some of what came in small pieces.
WIDE_SLACK_KIB = 8 << 10

# A client without partitions, its threads and the C library's included.
OWN_KIB = 1 << 10

# A partition that has had a message, at the most (librdkafka 2.16.0: 2.2).
IDLE_PARTITION_KIB = 2


def wide(libraries, topics, partitions, messages, size, bytes_each):
    """Memory of a backlog in many partitions, and that it comes back, round after round."""
    port = brokers.free_port()
    argv = [compiled.tool("memory_wide", libraries), f"127.0.0.1:{port}"]
    argv += [str(n) for n in (topics, partitions, messages, size, 3)]
    service = brokers.mock_process(libraries, 1, [f"w{t}:{partitions}" for t in range(topics)], port)[0]
    try:
        code, out, err = run(argv, 120, libraries.environment("ours"), ok=None)
    finally:
        service.kill()
    check(code == 0, f"memory_wide ended with {code}: {tail(err)}")
    rows = [(name, int(kib)) for name, kib in (line.split() for line in out.decode().splitlines())]
    text = ", ".join(f"{name} {kib / 1024:.1f} MiB" for name, kib in rows)
    print(f"     {text}", flush=True)
    (_, own), (_, start), *rounds = rows
    count = topics * partitions * messages
    idle = OWN_KIB + topics * partitions * IDLE_PARTITION_KIB
    check(own <= idle, f"partitions without messages take {own} KiB: {text}")
    check(len(rounds) == 6, f"not three rounds: {text}")
    for name, kib in rounds:
        allowed = WIDE_SLACK_KIB if name == "drained" else WIDE_SLACK_KIB + count * bytes_each // 1024
        check(kib <= start + allowed, f"{name}: {kib} KiB, from {start}: {text}")


MEASURES = "measures the memory of a process while it works and when it is idle again"
TESTS = [("memory:leader-gone", leader_gone, MEASURES), ("memory:no-broker-ever", no_broker_ever, MEASURES)]
TESTS += [(f"memory:wide-{name}", lambda libraries, shape=shape: wide(libraries, *shape)) for name, shape in WIDE.items()]
