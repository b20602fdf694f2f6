"""The memory that waiting messages take, and that it comes back."""

import subprocess

from . import brokers, programs
from .base import check, tail

COUNT = 1_000_000
QUEUED_LIMIT_MIB = 190  # the reference takes 290


def measure(libraries, which):
    """RSS in KiB at start, with COUNT messages of 100 bytes waiting for a broker, and after all were delivered."""
    service, bootstrap = brokers.mock_process(libraries, 1, ["t:8"])
    with service, brokers.Relay(int(bootstrap.rsplit(":", 1)[1])) as relay:
        argv = [programs.tool("memory", libraries), f"127.0.0.1:{relay.port}", "t", str(COUNT)]
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=libraries.environment(which),
            text=True,
        )
        try:
            values = {}
            for expected in ("start", "queued"):
                values.update([process.stdout.readline().split() or [expected, "0"]])
            relay.start()
            out, err = process.communicate("drain\n", timeout=150)
            values.update(line.split() for line in out.splitlines())
            check(process.returncode == 0, f"memory ended with {process.returncode}: {tail(err)}")
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
    return {name: int(kib) for name, kib in values.items()}


def million_messages(libraries):
    rss = measure(libraries, "ours")
    text = ", ".join(f"{name} {kib / 1024:.1f} MiB" for name, kib in rss.items())
    print(f"     {text}", flush=True)
    check(rss["queued"] / 1024 < QUEUED_LIMIT_MIB, f"queued messages take too much: {text}")
    check(rss["drained"] <= rss["start"] * 1.2, f"memory did not come back: {text}")


TESTS = [("memory:million-messages", million_messages)]
