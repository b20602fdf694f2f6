"""The memory that waiting messages take, and that it comes back."""

import subprocess

from . import brokers, programs
from .base import check, tail

COUNT = 1_000_000
QUEUED_LIMIT_MIB = 190  # the reference takes 290


def measure(libraries, warm, which="ours"):
    """RSS in KiB by phase (memory.c). With `warm` messages delivered first, code and threads are in the measure of the
    start and the messages wait in partitions whose leader has gone; with none, no broker was ever seen."""
    port = brokers.free_port()
    argv = [programs.tool("memory", libraries), f"127.0.0.1:{port}", "t", str(COUNT), str(warm)]
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
        _, err = process.communicate(timeout=20)
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


TESTS = [("memory:leader-gone", leader_gone), ("memory:no-broker-ever", no_broker_ever)]
