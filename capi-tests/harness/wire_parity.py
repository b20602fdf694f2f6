"""What our library and the reference send for the same load: the same program on both, each against a mock cluster that writes
its requests down, decoded by wire.py and compared field by field. What may differ is in wire_differences.txt.

The order in which partitions have their turn is the reference's own affair: batches are compared partition by partition.
Batch boundaries are compared where they do not hang on timing: everything is produced before the client knows a broker."""

import json
import os
import time

from . import brokers, wire
from .base import Limit, check, of_the_run, run, work
from .differences import Differences
from .compiled import tool

DIFFERENCES = "wire_differences.txt"

# Options of the mock for brokers of an age.
OLD = {
    "0.8": ["--api", "Produce:0:0", "--api", "Fetch:0:0", "--api", "Metadata:0:0", "--fail", "ApiVersions:_TRANSPORT:1000000"],
    "0.9": ["--api", "Produce:0:1", "--api", "Fetch:0:1", "--api", "Metadata:0:0", "--fail", "ApiVersions:_TRANSPORT:1000000"],
    "0.10": ["--api", "Produce:0:2", "--api", "Fetch:0:3", "--api", "Metadata:0:2", "--api", "ApiVersions:0:0"],
    "0.11": ["--api", "Produce:0:3", "--api", "Fetch:0:5", "--api", "Metadata:0:4", "--api", "ApiVersions:0:1"],
    "2.0": ["--api", "Produce:0:6", "--api", "Fetch:0:8", "--api", "Metadata:0:6", "--api", "ApiVersions:0:2"],
    "2.1": ["--api", "Produce:0:7", "--api", "Fetch:0:10", "--api", "Metadata:0:7", "--api", "ApiVersions:0:2"],
    "2.4": ["--api", "Produce:0:8", "--api", "Fetch:0:11", "--api", "Metadata:0:9", "--api", "ApiVersions:0:3"],
    "2.8": ["--api", "Produce:0:9", "--api", "Fetch:0:12", "--api", "Metadata:0:11", "--api", "ApiVersions:0:3"],
    "3.9": ["--api", "Produce:0:11", "--api", "Metadata:0:12"],
}


class Scenario:
    def __init__(self, name, load, conf="", mock=(), brokers=1):
        self.name, self.load, self.mock, self.brokers = name, load.split(), list(mock), brokers
        self.conf = [word for setting in conf.split() for word in ("-X", setting)]


def scenarios():
    found = [Scenario("empty", "paced -m 3"), Scenario("empty:many", "queued -m 25000")]
    found.append(Scenario("0.10:snappy", "queued -m 200 -v", "compression.codec=snappy batch.size=5000", OLD["0.10"]))
    for age, mock in OLD.items():
        # Brokers that cannot be asked have to be told of.
        conf = f"api.version.request=false broker.version.fallback={age}.0" if age in ("0.8", "0.9") else ""
        conf = conf.replace("0.8.0", "0.8.2")
        for codec in ("none", "lz4"):
            found.append(
                Scenario(f"{age}:{codec}", "queued -m 200 -p 2 -v", f"{conf} compression.codec={codec} batch.size=5000", mock)
            )
    for acks in ("0", "1", "-1"):
        found.append(Scenario(f"acks={acks}", "paced -m 5", f"acks={acks} request.timeout.ms=4321 client.id=me"))
    for name, conf, load in [
        ("batch.num.messages", "batch.num.messages=7", "-m 100 -p 3"),
        ("batch.size", "batch.size=1000", "-m 100 -s 97"),
        ("batch.size:varied", "batch.size=3000", "-m 300 -v -p 2"),
        ("batch.size:small", "batch.size=1", "-m 10"),
        ("message.max.bytes", "message.max.bytes=1500", "-m 100 -s 333"),
        ("message.max.bytes:one", "message.max.bytes=1000", "-m 6 -s 940"),
        ("linger.ms=0", "linger.ms=0", "-m 500"),
        ("linger.ms=50", "linger.ms=50 batch.num.messages=20", "-m 100"),
        ("topics", "batch.size=2000", "-m 200 -p 3 -t 2"),
        ("large", "", "-m 12 -s 300000"),
        ("gzip", "compression.codec=gzip compression.level=6 batch.size=5000", "-m 200"),
        ("snappy", "compression.codec=snappy batch.size=5000", "-m 200"),
        ("lz4:noise", "compression.codec=lz4", "-m 2 -s 3"),
        ("no-api-version-request", "api.version.request=false", "-m 10"),
    ]:
        found.append(Scenario(name, "queued " + load, conf))
    for name, conf, load in [
        ("idempotence", "", "-m 50 -p 2 -v"),
        ("idempotence:lz4", "compression.codec=lz4 batch.size=3000", "-m 200 -p 2 -v"),
        ("idempotence:batches", "batch.num.messages=7", "-m 100 -p 3"),
    ]:
        found.append(Scenario(name, "queued " + load, "enable.idempotence=true " + conf))
    found.append(Scenario("brokers", "queued -m 100 -p 4 -t 2", brokers=3))
    # Brokers of old that can be asked, and say nothing of LZ4 or zstd.
    found.append(Scenario("no-lz4", "queued -m 50", "compression.codec=lz4", ["--api", "FindCoordinator:0:-1"]))
    found.append(Scenario("no-zstd", "queued -m 50", "compression.codec=zstd", OLD["2.0"]))
    return found


def judge(scenario, found):
    """`found`: [(item, reference, ours)]."""
    differences = Differences(DIFFERENCES)
    bad = []
    for item, reference, ours in found:
        if reference != ours and not differences.allow(scenario, item):
            bad.append(f"{item}\n  reference {short(reference)}\n  ours      {short(ours)}")
    with open(used_by(scenario), "w", encoding="ascii") as file:
        json.dump(sorted(differences.used), file)
    check(not bad, f"{len(bad)} of {len(found)} items differ without a reason:\n" + "\n".join(bad[:20]))


def short(value, length=600):
    text = str(value)
    return text if len(text) <= length else text[:length] + f"... ({len(text)})"


def used_by(scenario):
    """The file of the numbers of the lines that a scenario needed in this run of the suite."""
    folder = of_the_run("wire")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, scenario.replace(":", "_"))


def record(libraries, scenario, which):
    """The requests of one run as they arrived: [(broker, connection, api, version, correlation, fields)]."""
    path = work(f"{scenario.name.replace(':', '_')}-{which}.rec")
    options = ["--record", path, *scenario.mock]
    service, bootstrap = brokers.mock_process(libraries, scenario.brokers, ["t0:4", "t1:4"], options=options)
    with service:
        # Whether a client that ends soon comes to ask about metrics hangs on timing; `telemetry_diff` has these requests.
        conf = [*scenario.conf, "-X", "enable.metrics.push=false"]
        argv = [tool("wire_load", libraries), bootstrap.split(",")[0], *scenario.load, *conf]
        run(argv, 40, libraries.environment(which))
        if "acks=0" in scenario.conf:
            # The client was done when its last request had been written, whether it had been read or not.
            await_produced(path, int(scenario.load[-1]))
    requests = []
    with open(path, encoding="ascii") as file:
        for line in file:
            broker, connection, frame = line.split()
            try:
                requests.append((int(broker), int(connection), *wire.decode(bytes.fromhex(frame))))
            except (ValueError, IndexError, KeyError) as problem:
                raise AssertionError(f"{which}: {problem}: {frame[:200]}") from problem
    return requests


def await_produced(path, count):
    """Until so many ProduceRequests have been recorded."""
    clock = Limit(30)
    while True:
        with open(path, encoding="ascii") as file:
            seen = sum(line.endswith("\n") and line.split()[2].startswith("0000") for line in file)
        if seen >= count:
            return
        check(not clock.is_over(), f"{seen} of {count} ProduceRequests have come")
        time.sleep(0.02)


def items(requests):
    """What is compared, by name. Which of its connections a client uses for what but Produce, how often it asks the same, and
    whether it asks for the brokers alone before the application names a topic hangs on timing; so values of Produce and
    Metadata are sets over all requests."""
    found, partitions, topics = {}, {}, set()
    for broker, connection, api, version, _, fields in requests:
        fields = dict(fields)
        if api == "Metadata":
            if not fields["topics"]:
                continue
            topics.update(fields.pop("topics"))
        elif api == "Produce":
            for topic, partition, batch in fields.pop("batches"):
                partitions.setdefault((topic, partition), []).append(batch)
        elif api == "ApiVersions":
            continue
        for name, value in [("version", version), *fields.items()]:
            found.setdefault(f"{api}.{name}", set()).add(value)
    found["Metadata.topics"] = sorted(topics)
    first = list(dict.fromkeys(r[2] for r in requests))
    found["order"] = [api for api in first if api in ("ApiVersions", "Metadata", "Produce")]
    connections = {}
    for broker, connection, *request in requests:
        connections.setdefault((broker, connection), []).append(request)
    found.update(handshakes(connections))
    for place, batches in partitions.items():
        for name in sorted({name for b in batches for name in b}):
            found[f"{place[0]}[{place[1]}].{name}"] = [b.get(name) for b in batches]
    return found


def handshakes(connections):
    """What stands at the beginning of each connection of a broker, and its correlation ids."""
    found, numbers = {}, {}
    for broker, connection in sorted(connections):
        number = numbers[broker] = numbers.get(broker, -1) + 1
        requests, prefix = connections[broker, connection], f"broker{broker}.connection{number}."
        ids = [correlation for _, _, correlation, _ in requests]
        found[prefix + "first_correlation_id"] = ids[0]
        found[prefix + "correlation_ids_count_up"] = ids == list(range(ids[0], ids[0] + len(ids)))
        asked = [(version, fields) for api, version, _, fields in requests if api == "ApiVersions"]
        found[prefix + "begins"] = [api for api, *_ in requests[: len(asked)]]
        for n, (version, fields) in enumerate(asked, 1):
            for name, value in [("version", version), *fields.items()]:
                found[f"{prefix}ApiVersions{n}.{name}"] = value
    for broker, number in numbers.items():
        found[f"broker{broker}.connections"] = number + 1
    return found


def compare(libraries, scenario):
    reference, ours = (items(record(libraries, scenario, which)) for which in ("reference", "ours"))
    names = list(reference) + [n for n in ours if n not in reference]
    judge(scenario.name, [(n, reference.get(n, "-"), ours.get(n, "-")) for n in names])


def every_reason_is_needed(libraries):
    """The lines of wire_differences.txt that nothing needs; scenarios that have not run yet are run."""
    used = set()
    for scenario in scenarios():
        if not os.path.exists(used_by(scenario.name)):
            compare(libraries, scenario)
        with open(used_by(scenario.name), encoding="ascii") as file:
            used.update(json.load(file))
    Differences(DIFFERENCES).check_all_used(used)


TESTS = [(f"wire:{s.name}", lambda libraries, s=s: compare(libraries, s)) for s in scenarios()]
# After the others, since it reads what they found.
TESTS.append(("wire:every-reason-is-needed", every_reason_is_needed, "", "wire:.*"))
