"""The command line of `rdkafka-mock`, as its --help describes it."""

import os
import re
import signal
import socket
import subprocess
import time

from . import brokers
from .base import Failed, check, patience, run

# What it has to know; more may be there.
WANTED = ["--brokers", "--port", "--topic", "--rtt", "--fail", "--sasl", "--tls", "--memory", "--help"]
FLAGS = ["--help", "--debug", "--log-append-time", "--no-auto-create", "--strict-sequences", "--sasl-oauthbearer", "--tls-1.2", "--control"]
WRONG = [
    ["--tls", "x", "--tls-cert", "y"],
    ["--tls-key", "x"],
    ["--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"],
    ["--tls-client-ca", "/nonexistent"],
    ["--what"],
    ["--brokers"],
    ["--brokers", "0"],
    ["--brokers", "many"],
    ["--topic", "t"],
    ["--topic", "t:0"],
    ["--topic", "not valid:1"],
    ["--fail", "Produce:NOT_LEADER_FOR_PARTITION"],
    ["--fail", "Produce:NO_SUCH_ERROR:1"],
    ["--fail", "Brew:REQUEST_TIMED_OUT:1"],
    ["--sasl", "somebody"],
    ["--port", "65536"],
]


def program(libraries, *arguments):
    binary = os.path.join(libraries.target, "release", "rdkafka-mock")
    return subprocess.run([binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=patience(20))


def command_line(libraries):
    told = program(libraries, "--help")
    known = re.findall(r"^  (--[a-z0-9.-]+)", told.stdout, re.M)
    check(told.returncode == 0 and not told.stderr, f"--help: {told}")
    check(set(WANTED) <= set(known), f"--help leaves out {set(WANTED) - set(known)}")
    for arguments in WRONG:
        done = program(libraries, *arguments)
        check(done.returncode == 2 and not done.stdout, f"{arguments}: {done}")
        check(done.stderr.startswith("rdkafka-mock: ") and done.stderr.count("\n") == 1, f"{arguments}: {done.stderr!r}")
    for option in known:
        if option not in FLAGS:
            done = program(libraries, option)
            check(f"{option} needs a value" in done.stderr, f"{option} is announced and not known: {done.stderr!r}")


def options_take_effect(libraries):
    environment = libraries.environment("system")
    port = brokers.free_port(2)
    options = ["--rtt", "150", "--no-auto-create", "--fail", "Metadata:_TRANSPORT:1"]
    service, bootstrap = brokers.mock_process(libraries, 2, ["a.b:3", "c:1"], port=port, options=options)
    with service:
        check(bootstrap == f"127.0.0.1:{port},127.0.0.1:{port + 1}", bootstrap)
        began = time.monotonic()
        out = run(brokers.kcat("-L", "-b", bootstrap), 20, environment)[1].decode()
        # Versions and metadata, one after the other.
        check(time.monotonic() - began >= 0.3, "no round-trip time")
        check(" 2 brokers:" in out and " 2 topics:" in out, out)
        check('"a.b" with 3 partitions' in out and '"c" with 1 partitions' in out, out)
        out = run(brokers.kcat("-L", "-t", "on-demand", "-b", bootstrap), 20, environment)[1].decode()
        check("Unknown topic" in out, out)
        service.process.send_signal(signal.SIGINT)
        check(service.process.wait(patience(5)) == 0, "SIGINT")


def is_reached(bootstrap):
    host, port = bootstrap.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def control(libraries):
    """Commands on standard input."""
    environment = libraries.environment("system")
    service, bootstrap = brokers.mock_process(libraries, 1, ["a:3"], options=["--control"])
    with service:
        brokers.command(service, "down 1")
        check(not is_reached(bootstrap), "a broker that is down is reached")
        brokers.command(service, "up 1")
        check(is_reached(bootstrap), "a broker that is up again is not reached")
        brokers.command(service, "rtt 1 150")
        began = time.monotonic()
        run(brokers.kcat("-L", "-b", bootstrap), 20, environment)
        check(time.monotonic() - began >= 0.3, "no round-trip time")
        brokers.command(service, "rtt 1 0")
        brokers.command(service, "fail Produce:MSG_SIZE_TOO_LARGE:1")
        argv = brokers.kcat("-P", "-t", "a", "-b", bootstrap)
        said = subprocess.run(argv, input=b"x", env=environment, capture_output=True, timeout=patience(20), check=False).stderr
        check(b"Message size too large" in said, f"no error: {said}")
        for wrong in ("down 7", "down", "up x", "fail Brew:1:1", "tls", "dance"):
            try:
                brokers.command(service, wrong)
            except Failed as why:
                check("error: " in str(why), str(why))
            else:
                check(False, f"{wrong!r} is taken")


TESTS = [("mock:command-line", command_line), ("mock:options", options_take_effect), ("mock:control", control)]
