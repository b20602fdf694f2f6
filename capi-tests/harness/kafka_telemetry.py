"""What a broker of Apache Kafka gets of a client's metrics (KIP-714), read by a plug-in of the broker with Kafka's own classes.

The same program on both libraries, one after the other, on one node: clients/Collector.java writes down what each pushes."""

import difflib
import time
from collections import Counter

from . import compiled, engines, kafka
from .base import Limit, check, run, work

MESSAGES = 500
# Milliseconds between two pushes where there are to be several, and where only the last one is to come.
HASTY, PATIENT = 400, 3_600_000
# What each client is asked for, by its `client.id`: its name here, and the library's behind a dot.
SUBSCRIPTIONS = {
    "everything": ["metrics=*", f"interval.ms={PATIENT}", "match=client_id=^(producer|transactional|consumer)[.].*"],
    "several": [
        "metrics=org.apache.kafka.producer.connection.,org.apache.kafka.producer.request.latency.avg,org.apache.kafka.consumer.poll",
        f"interval.ms={HASTY}",
        "match=client_id=^several-.*",
    ],
    # Of 2.16 of librdkafka alone.
    "versions": [
        "metrics=org.apache.kafka.producer.connection.creation.total",
        f"interval.ms={PATIENT}",
        "match=client_id=^version[.].*,client_software_name=^librdkafka$,client_software_version=^2[.]16[.]0$",
    ],
}
LABELS = ["client.rack=the rack", "group.id=the group", "group.instance.id=the instance"]
# client id, role, pushes before the last one, configuration
CLIENTS = [
    ("producer", "producer", 0, ["client.rack=the rack"]),
    ("transactional", "producer", 0, ["transactional.id=the transactions"]),
    ("consumer", "consumer", 0, [*LABELS, "enable.auto.commit=false"]),
    ("several-producer", "producer", 4, []),
    ("several-consumer", "consumer", 4, ["enable.auto.commit=false", "group.id=the other group"]),
    ("version", "producer", 0, []),
    ("unasked", "producer", 0, []),
]
ASKED = {name for name, *_ in CLIENTS} - {"unasked"}
# Metrics whose values hang on nothing that differs from run to run.
EXACT = ("throttle", "rebalance", "assigned")


class Push:
    """One push as the broker's plug-in has read it."""

    def __init__(self, client, terminating, content_type, instance):
        self.client, self.terminating, self.content_type, self.instance = client, terminating == "true", content_type, instance
        self.labels, self.scopes, self.points, self.own, self.errors = [], [], [], [], []

    def add(self, kind, words):
        if kind == "point":
            # What an engine of ours has beside the reference.
            (self.own if words[0].startswith("librdkafka.rust.") else self.points).append(Point(*words))
        else:
            {"label": self.labels, "scope": self.scopes, "error": self.errors}[kind].append(tuple(words))


class Point:
    def __init__(self, name, description, unit, kind, type_, attributes, value, start, time):
        self.name, self.description, self.unit, self.kind, self.type = name, description, unit, kind, type_
        self.attributes, self.value = attributes, float(value)
        self.start, self.time = int(start), int(time)

    def key(self):
        return self.name, self.attributes

    def kept(self):
        """What is the same each time."""
        return f"{self.name}: {self.description} {self.unit}{self.kind} {self.type} [{self.attributes}]"


def pushes(path):
    """What is there of whole ones."""
    found, last = [], None
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for line in text[: text.rfind("\nend\n") + 4].splitlines():
        kind, *words = line.split("\t")
        if kind == "push":
            last = Push(*words)
        elif kind == "end":
            found.append(last)
        else:
            last.add(kind, words)
    return found


def run_client(libraries, which, node, path, client):
    name, role, count, configuration = client
    own = f"{name}.{which}"
    argv = [compiled.tool("kafka_telemetry", libraries), node.address, role, "t", str(MESSAGES), str(count)]
    out = run(argv + [f"client.id={own}", *configuration], 120, libraries.environment(which))[1].decode()
    # The end of a client waits for the answer to its last push, but for a second at the most.
    limit = Limit(20)
    while True:
        found = [push for push in pushes(path) if push.client == own]
        if name not in ASKED or found and (count or found[-1].terminating) or limit.is_over():
            break
        time.sleep(0.05)
    for push in found:
        push.scopes = [(scope.replace(own, name), version) for scope, version in push.scopes]
    return out, found


def collector(libraries):
    path = work("collected")
    open(path, "w", encoding="ascii").close()
    java = kafka.jvm(f"-Dcollector.file={path}", also=kafka.classes("Collector", "Subscribe"))
    return path, kafka.Node("telemetry", java=java, properties=["metric.reporters=Collector"])


def telemetry(libraries):
    path, node = collector(libraries)
    with node:
        words = [word for name, settings in SUBSCRIPTIONS.items() for word in (name, *settings)]
        run([*node.java, "Subscribe", node.address, *words], 120)
        for client in CLIENTS:
            theirs, ours = (run_client(libraries, which, node, path, client) for which in ("reference", "ours"))
            compare(client, theirs, ours)
            if client[0] == "producer":
                own = {point.name for push in ours[1] for point in push.own}
                check(len(own) == (9 if "v2" in libraries.test_conf else 0), f"of the engine: {sorted(own)}")


def compare(client, theirs, ours):
    name, _, count, _ = client
    (said, expected), (said_too, found) = theirs, ours
    check(said == said_too == "", f"{name}: {said!r} and {said_too!r}")
    for whose, pushed in (("the reference", expected), ("ours", found)):
        check_course(f"{name}, {whose}", pushed, count, name in ASKED)
    same(name, "labels and scopes", *(shown_once(shown_once(p.labels + p.scopes) for p in each) for each in (expected, found)))
    same(name, "metrics", *(shown_once(point.kept() for p in each for point in p.points) for each in (expected, found)))
    same(name, "what each metric came to", *(signs(each) for each in (expected, found)))


def check_course(whose, pushed, count, asked):
    """The pushes of one client, one after the other."""
    check(not [e for p in pushed for e in p.errors], f"{whose}: {[p.errors for p in pushed]}")
    marked = [p.terminating for p in pushed]
    # A client that ends while a push is under way sends no other one.
    course = len(pushed) >= count and not any(marked[:-1]) if count else marked == [True] * asked
    check(course, f"{whose}: last pushes among all: {marked}")
    check(len({(p.instance, p.content_type) for p in pushed}) <= 1, f"{whose}: it changes its id")
    since = None
    for push in pushed:
        keys = [point.key() for point in push.points]
        check(keys and len(set(keys)) == len(keys), f"{whose}: a point twice, or none: {keys}")
        times = {(point.start, point.time) for point in push.points}
        check(len(times) == 1, f"{whose}: points of several times: {times}")
        start, end = times.pop()
        check(start < end and since in (None, start), f"{whose}: from {start} to {end} after {since}")
        since = end
        values = {point.key(): point.value for point in push.points}
        for (metric, attributes), value in values.items():
            if metric.endswith(".avg"):
                most = values.get((metric[:-3] + "max", attributes), value)
                check(0 <= value <= most, f"{whose}: {metric} is {value}, at the most {most}")


def shown_once(things):
    return sorted(set(map(str, things)))


def signs(pushed):
    """Of each metric, over all pushes: the value where it hangs on nothing that differs from run to run, or whether there is one. When
    a connection is made hangs on how soon brokers answer, and counting begins with the first answer. While its coordinator loads, a
    transactional producer of the reference's has made more than ten connections to a slow node; ours makes one."""
    sums = Counter()
    for push in pushed:
        for point in push.points:
            if "connection" in point.name:
                is_ours = push.client.endswith(".ours")
                check(point.value >= 0 and not (is_ours and point.value >= 10), f"{point.name} of {push.client} is {point.value}")
            else:
                sums[point.key()] += point.value
    return [f"{key}: {n if any(word in key[0] for word in EXACT) else n > 0}" for key, n in sorted(sums.items())]


def same(name, what, expected, found):
    difference = list(difflib.unified_diff(list(map(str, expected)), list(map(str, found)), "the reference", "ours", lineterm="", n=0))
    check(not difference, "\n".join([f"{name}: {what}", *difference]))


TESTS = [
    ("kafka:telemetry", telemetry),
    ("kafka:telemetry@multibatch", engines.on(telemetry, "multibatch")),
    ("kafka:telemetry@v2", engines.on(telemetry, "v2")),
]
