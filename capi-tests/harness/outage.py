"""The broker dies in the middle of a run: with a restart nothing is lost, without one everything times out in time."""

import signal
import subprocess
import time

from . import brokers, compiled
from .base import Failed, check, communicate, tail, work
from .roundtrip import check_exact, expected_row, input_lines, read_reports, write_input

LINES = 200_000
# Spreads the run over about four seconds, so that the outage falls into its middle whatever the machine.
MARK = 60_000
RATE = ["--rate", "50000", "--mark", str(MARK)]
# One request at a time keeps the order over retries; without idempotence a retried batch may stand in the log twice.
IDEMPOTENT = ["-X", "enable.idempotence=true", "-X", "compression.codec=lz4"]
ORDERED = ["-X", "max.in.flight=1", "-X", "compression.codec=lz4"]


class Producing:
    """produce_verify in the background, on our library or the reference; `at_mark` returns when it has produced the marked line."""

    def __init__(self, libraries, bootstrap, rows, name, options, topic="t", which="ours"):
        self.report = work(f"{name}.report")
        argv = [compiled.tool("produce_verify", libraries), bootstrap, topic, write_input(rows, name), self.report]
        self.process = subprocess.Popen(
            argv + options,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=libraries.environment(which),
        )

    def at_mark(self):
        line = self.process.stdout.readline()
        if line != b"mark\n":
            raise Failed(f"produce_verify did not get to its mark: {line!r} {tail(self.process.communicate()[1])}")

    def finish(self, limit):
        """Returns (the values of its summary line, the reports)."""
        try:
            out, err = communicate(self.process, limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise Failed(f"produce_verify still ran after {limit} s") from None
        check(self.process.returncode == 0, f"produce_verify ended with {self.process.returncode}: {tail(err)}")
        summary = dict(word.split("=") for word in out.decode().splitlines()[-1].split())
        return summary, read_reports(self.report)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def check_nothing_lost(rows, reports, log):
    """Every message is reported delivered, once, and stands in the log at the reported place. What stands there a
    second time is a retried batch. The first occurrences are in the order of production."""
    check(len(reports) == len(rows), f"{len(reports)} reports for {len(rows)} messages")
    places = {partition: {row[0]: row[1:] for row in part} for partition, part in log.items()}
    for n, (partition, offset, error) in reports.items():
        check(error == "NO_ERROR", f"line {n}: {error}")
        found = places.get(partition, {}).get(offset)
        check(found == expected_row(rows, n), f"line {n} is not at {partition}/{offset}: {found}")
    known = {}
    for n in range(len(rows)):
        known.setdefault((reports[n][0], *expected_row(rows, n)), []).append(n)
    for partition, part in log.items():
        last = -1
        seen = set()
        for _, *row in part:
            lines = known.get((partition, *row))
            check(lines, f"partition {partition} holds a message that nobody produced: {row}")
            if len(lines) > 1 or lines[0] in seen:  # equal messages, or a retried one
                continue
            seen.add(lines[0])
            check(lines[0] > last, f"partition {partition}: line {lines[0]} after line {last}")
            last = lines[0]


def mock_goes_down(libraries):
    rows = input_lines(LINES)
    with brokers.MockServer(libraries, 3, ["t:8"]) as server:
        with Producing(libraries, server.bootstrap, rows, "outage-mock", RATE + ORDERED) as producing:
            producing.at_mark()
            for broker in (1, 2, 3):
                server.command(f"down {broker}")
            time.sleep(2)  # the outage itself
            for broker in (3, 1, 2):
                server.command(f"up {broker}")
            _, reports = producing.finish(120)
        log = brokers.read_back(server.bootstrap, "t", libraries.environment("system"))
    check_nothing_lost(rows, reports, log)


def idempotent_over_mock_outages(libraries):
    """Three brokers go and come back one after the other and all at once, with five requests in flight: everything stands in the
    log once, at the reported place, in order."""
    rows = input_lines(LINES)
    with brokers.MockServer(libraries, 3, ["t:8"]) as server:
        with Producing(libraries, server.bootstrap, rows, "outage-idempotent", RATE + IDEMPOTENT) as producing:
            producing.at_mark()
            for down in ((1,), (2, 3), (1, 2, 3)):
                for broker in down:
                    server.command(f"down {broker}")
                time.sleep(0.5)  # the outage itself
                for broker in down:
                    server.command(f"up {broker}")
            _, reports = producing.finish(120)
        log = brokers.read_back(server.bootstrap, "t", libraries.environment("system"))
    check_exact(rows, reports, log)


def mock_process_restarts(libraries):
    """The broker process is killed and another one, empty, takes its place: what the second holds of a partition is
    everything from some message on, in order, once. What comes before was acknowledged by the first."""
    rows = input_lines(LINES)
    port = brokers.free_port()
    service, bootstrap = brokers.mock_process(libraries, 1, ["t:8"], port)
    try:
        with Producing(libraries, bootstrap, rows, "outage-restart", RATE + ORDERED) as producing:
            producing.at_mark()
            service.kill()
            killed = int(time.time() * 1000) + 1
            time.sleep(1)
            service = brokers.mock_process(libraries, 1, ["t:8"], port)[0]
            _, reports = producing.finish(120)
        timestamps = []
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"), timestamps)
    finally:
        service.kill()
    check(len(reports) == len(rows), f"{len(reports)} reports for {len(rows)} messages")
    sent = {}
    for n in range(len(rows)):
        partition, _, error = reports[n]
        check(error == "NO_ERROR", f"line {n}: {error}")
        sent.setdefault(partition, []).append(n)
    time_of = {(partition, offset): time_ms for partition, offset, time_ms in timestamps}
    produced = {}  # line -> when it was produced, of the lines that are in the log
    missing = []
    for partition, lines in sent.items():
        found = [tuple(row[1:]) for row in log.get(partition, [])]
        check(0 < len(found) < len(lines), f"partition {partition}: {len(found)} of {len(lines)} after the restart")
        for n, row in zip(lines[-len(found) :], found):
            check(row == expected_row(rows, n), f"partition {partition}: {row} where line {n} belongs")
        for n, (offset, *_) in zip(lines[-len(found) :], log[partition]):
            if n % 8 != 4:  # those carry a timestamp of their own
                produced[n] = time_of[(partition, offset)]
        missing += lines[: -len(found)]
    # What was produced once the first process was dead must be here. A missing line is no younger than the kill unless
    # one that was produced before it already is.
    after_kill = min(n for n, time_ms in produced.items() if time_ms > killed)
    check(max(missing) < after_kill, f"line {max(missing)} is missing; line {after_kill} was produced after the kill")


def idempotent_over_tansu_outage(libraries):
    rows, reports, log = over_tansu_outage(libraries, "outage-tansu-idempotent", IDEMPOTENT)
    check_exact(rows, reports, log)


def tansu_goes_down(libraries):
    check_nothing_lost(*over_tansu_outage(libraries, "outage-tansu", ORDERED))


def over_tansu_outage(libraries, name, options):
    """Tansu's memory dies with its process, so what is killed is the relay before it: for the client the same."""
    rows = input_lines(LINES)
    port = brokers.free_port()
    with brokers.Tansu(advertised=port) as tansu, brokers.Relay(tansu.port, port) as relay:
        tansu.create("t", 8)
        relay.start()
        address = f"127.0.0.1:{port}"
        with Producing(libraries, address, rows, name, RATE + options) as producing:
            producing.at_mark()
            relay.kill()
            time.sleep(2)  # the outage itself
            relay.start()
            _, reports = producing.finish(120)
        log = brokers.read_back(address, "t", libraries.environment("reference"))
    return rows, reports, log


def mock_never_returns(libraries, how):
    """Killed: connections are refused. Stopped: they stay open and nothing is ever answered."""
    rows = input_lines(LINES)
    timeout_ms = 3000
    options = RATE + ["--expect", "timeout", "-X", f"message.timeout.ms={timeout_ms}"]
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])
    with service:
        with Producing(libraries, bootstrap, rows, f"outage-{how.name}", options) as producing:
            producing.at_mark()
            service.process.send_signal(how)
            summary, reports = producing.finish(60)
    delivered = sum(1 for _, _, error in reports.values() if error == "NO_ERROR")
    check(0 < delivered < len(rows), f"{delivered} delivered: the outage was not in the middle")
    check(delivered + int(summary["failed"]) == len(rows), f"{summary}")


PUNCTUAL = "asserts that messages time out in time and that destroy takes less than 5 s"
TESTS = [
    ("outage:mock", mock_goes_down),
    ("outage:mock-idempotent", idempotent_over_mock_outages),
    ("outage:tansu-idempotent", idempotent_over_tansu_outage),
    ("outage:mock-process", mock_process_restarts),
    ("outage:tansu", tansu_goes_down),
    ("outage:killed-for-good", lambda libraries: mock_never_returns(libraries, signal.SIGKILL), PUNCTUAL),
    ("outage:hangs-for-good", lambda libraries: mock_never_returns(libraries, signal.SIGSTOP), PUNCTUAL),
]
