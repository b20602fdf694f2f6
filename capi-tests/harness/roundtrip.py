"""200,000 real text lines from C through the .so into a broker, read back by another client."""

import os
import time

from . import brokers, compiled
from .base import ROOT, check, run, work

LINES = 200_000
TEXTS = "/usr/share/common-licenses"


def input_lines(count=LINES):
    """[(key or None, value)]: the lines of the machine's licence texts, numbered, over and over."""
    folder = TEXTS if os.path.isdir(TEXTS) else None
    paths = sorted(os.path.join(folder, n) for n in os.listdir(folder)) if folder else []
    paths = [p for p in paths if os.path.isfile(p) and not os.path.islink(p)]
    if not paths:  # a machine without them: this project's own sources
        for top, _, names in sorted(os.walk(os.path.join(ROOT, "src"))):
            paths += [os.path.join(top, n) for n in sorted(names)]
    text = []
    for path in paths:
        with open(path, "rb") as file:
            text += [line.rstrip(b"\r\n").replace(b"\t", b" ") for line in file.read().splitlines()]
    check(len(text) > 1000, f"only {len(text)} lines of text found")
    rows = []
    for n in range(count):
        words = text[n % len(text)].split()
        key = None if n % 10 == 9 or not words else words[0] + b"-%d" % (n % 977)
        # An empty line now and then stays an empty value.
        value = b"" if n % 1000 == 999 else b"%d %s" % (n, text[n % len(text)])
        rows.append((key, value))
    return rows


def write_input(rows, name):
    path = work(f"{name}.txt")
    with open(path, "wb") as file:
        for key, value in rows:
            file.write((b"-" if key is None else key) + b"\t" + value + b"\n")
    return path


def headers_of(n, value):
    """What produce_verify puts on line n, in kcat's spelling."""
    if n % 8 == 7:
        return b""
    text = b"n=%d" % n
    return text + b",length=%d" % len(value) if n % 3 == 0 else text


def read_reports(path):
    reports = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            n, partition, offset, error = line.rstrip("\n").split("\t")
            check(int(n) not in reports, f"line {n} is reported twice")
            reports[int(n)] = (int(partition), int(offset), error)
    return reports


def expected_row(rows, n):
    key, value = rows[n]
    return key, headers_of(n, value), value


# A broker may answer that it has a retried batch of an idempotent producer already, and not where.
OFFSET_UNKNOWN = -1


def check_exact(rows, reports, log):
    """Each message once, at the reported place, byte-identical, and in the order in which it was produced."""
    check(len(reports) == len(rows), f"{len(reports)} reports for {len(rows)} messages")
    expected = {}
    for n in range(len(rows)):
        partition, offset, error = reports[n]
        check(error == "NO_ERROR", f"line {n}: {error}")
        expected.setdefault(partition, []).append((offset, *expected_row(rows, n)))
    check(sorted(log) == sorted(expected), f"partitions {sorted(log)} in the log, {sorted(expected)} reported")
    for partition, wanted in expected.items():
        found = log[partition]
        check(len(found) == len(wanted), f"partition {partition}: {len(found)} read, {len(wanted)} produced")
        for number, (f, w) in enumerate(zip(found, wanted)):
            same = f == w or (w[0] == OFFSET_UNKNOWN and f[1:] == w[1:])
            check(same, f"partition {partition}, place {number}: read {f}, expected {w}")


def check_timestamps(reports, timestamps, began, ended):
    """As given where one was given (produce_verify: line n with n % 8 == 4), otherwise the time of producing."""
    lines = {(partition, offset): n for n, (partition, offset, _) in reports.items()}
    for partition, offset, time_ms in timestamps:
        n = lines[(partition, offset)]
        if n % 8 == 4:
            check(time_ms == 1700000000000 + n, f"line {n}: timestamp {time_ms}")
        else:
            check(began <= time_ms <= ended, f"line {n}: timestamp {time_ms}, produced from {began} to {ended}")


def produce(libraries, bootstrap, rows, name, options=(), topic="t"):
    """Runs produce_verify to its end; returns (its summary line, reports)."""
    data, report = write_input(rows, name), work(f"{name}.report")
    argv = [compiled.tool("produce_verify", libraries), bootstrap, topic, data, report, *options]
    _, out, _ = run(argv, 180, libraries.environment("ours"))
    return out.decode().splitlines()[-1], read_reports(report)


IDEMPOTENT = ["-X", "enable.idempotence=true"]
# Each message is to be there once: none is sent again, and none times out, because the machine is slow.
UNHURRIED = [*brokers.UNHURRIED, "-X", "message.timeout.ms=0"]


def into_mock(libraries, codec, options=()):
    rows = input_lines()
    timestamps = []
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])
    with service:
        began = int(time.time() * 1000)
        _, reports = produce(libraries, bootstrap, rows, f"mock-{codec}", [*UNHURRIED, "-X", f"compression.codec={codec}", *options])
        ended = int(time.time() * 1000)
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"), timestamps)
    check_exact(rows, reports, log)
    check_timestamps(reports, timestamps, began, ended)


def into_tansu(libraries, codec, options=()):
    # Debian's librdkafka cannot read this broker's ApiVersions answer; its kcat on the reference library can.
    rows = input_lines()
    with brokers.Tansu() as tansu:
        tansu.create("t", 8)
        _, reports = produce(libraries, tansu.address, rows, f"tansu-{codec}", [*UNHURRIED, "-X", f"compression.codec={codec}", *options])
        log = brokers.read_back(tansu.address, "t", libraries.environment("reference"))
    check_exact(rows, reports, log)


def into_reference_mock(libraries):
    """The reference's own mock cluster as the broker: an implementation of the broker side that is not ours."""
    rows = input_lines(50_000)
    with brokers.MockServer(libraries, 3, ["t:8"], which="reference") as server:
        _, reports = produce(libraries, server.bootstrap, rows, "refmock", [*UNHURRIED, "-X", "compression.codec=lz4"])
        log = brokers.read_back(server.bootstrap, "t", libraries.environment("system"))
    check_exact(rows, reports, log)


def kcat_produce(libraries, bootstrap, environment, codec):
    """Unmodified kcat on our library sends a file; another kcat on another library must read the same lines."""
    rows = [(key or b"none", value) for key, value in input_lines(20_000)]
    feed = b"".join(key + b"\t" + value + b"\n" for key, value in rows)
    path = work("kcat-input.txt")
    with open(path, "wb") as file:
        file.write(feed)
    base = brokers.kcat("-P", "-b", bootstrap, "-t", "t", "-K", r"\t", "-z", codec)
    # -l reads the file line by line; -H puts a header on every message; no -p: the partitioner chooses.
    _, _, err = run(base + ["-H", "by=kcat", "-l", path], 60, libraries.environment("ours"))
    check(b"ERROR" not in err, f"kcat -P: {err.decode('utf-8', 'replace')}")
    log = brokers.read_back(bootstrap, "t", environment)
    found = [row for partition in log.values() for row in partition]
    check(len(found) == len(rows), f"{len(found)} read, {len(rows)} produced")
    check({row[2] for row in found} == {b"by=kcat"}, f"headers {({row[2] for row in found})}")
    check(sorted((k, v) for _, k, _, v in found) == sorted(expected_kcat(rows)), "keys or values differ")
    # Per partition in the order of the file: the number that begins a value grows (empty values carry none).
    for partition, part in log.items():
        numbers = [int(v.split(b" ", 1)[0]) for _, _, _, v in part if v]
        check(numbers == sorted(numbers), f"partition {partition} is out of order")
        check([o for o, *_ in part] == list(range(part[0][0], part[0][0] + len(part))), "offsets have gaps")
    check(len(log) == 8, f"only partitions {sorted(log)} got messages")


def expected_kcat(rows):
    return [(key, value) for key, value in rows]


def kcat_to_mock(libraries):
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:8"])
    with service:
        kcat_produce(libraries, bootstrap, libraries.environment("system"), "lz4")


def kcat_to_tansu(libraries):
    with brokers.Tansu() as tansu:
        tansu.create("t", 8)
        kcat_produce(libraries, tansu.address, libraries.environment("reference"), "none")


TESTS = [
    ("roundtrip:mock:none", lambda libraries: into_mock(libraries, "none")),
    ("roundtrip:mock:lz4", lambda libraries: into_mock(libraries, "lz4")),
    ("roundtrip:mock:gzip", lambda libraries: into_mock(libraries, "gzip")),
    ("roundtrip:mock:snappy", lambda libraries: into_mock(libraries, "snappy")),
    ("roundtrip:mock:zstd", lambda libraries: into_mock(libraries, "zstd")),
    ("roundtrip:mock:idempotent", lambda libraries: into_mock(libraries, "lz4", IDEMPOTENT)),
    ("roundtrip:tansu:idempotent", lambda libraries: into_tansu(libraries, "lz4", IDEMPOTENT)),
    ("roundtrip:tansu:none", lambda libraries: into_tansu(libraries, "none")),
    ("roundtrip:tansu:lz4", lambda libraries: into_tansu(libraries, "lz4")),
    ("roundtrip:reference-mock", into_reference_mock),
    ("kcat:mock", kcat_to_mock),
    ("kcat:tansu", kcat_to_tansu),
]
