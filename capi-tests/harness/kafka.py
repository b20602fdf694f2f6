"""Apache Kafka, one KRaft node or three, in folders of their own: the broker that everything is meant for.

Its jars come through Maven by artifact name into build/kafka. Without Java and Maven these tests fail and say so. `make check-kafka`
runs them at full length, `make check` a short form.
"""

import contextlib
import os
import shutil
import signal
import socket
import time
from collections import Counter

from . import brokers, compiled, engines
from .base import TESTS as TESTS_FOLDER
from .base import ROOT, Service, check, locked, patience, run, work
from .outage import Producing
from .roundtrip import check_exact, input_lines

VERSION = "4.4.0"
FOLDER = os.path.join(ROOT, "build", "kafka")
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-node</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
  </dependencies>
</project>
"""
# An identity like any other.
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qk"
START_S = 90
# Most of what a node costs in a test is its start. Without the second compiler, and with one thread for garbage, it is half of that.
JAVA = ("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# The rest of the configuration is Kafka's own. Some messages bear a time of years ago, and are to stay all the same.
CONFIGURATION = """process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{listeners}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
log.dirs={data}
log.retention.ms=-1
num.partitions=8
default.replication.factor={nodes}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""
LINES = int(os.environ.get("KAFKA_LINES", "100000"))
TRANSACTIONS = LINES // 1000
# Of a producer to topics that grow.
MESSAGES = max(LINES // 30, 6000)
RATE = 1000
# Through so many outages of two nodes, each so long, goes a producer of so many messages a second.
OUTAGES = 3 if LINES >= 1_000_000 else 1
STOPPED_S = 20
STOPPED_RATE = 100
STOPPED_TIMEOUT_S = 5


def class_path():
    """The jars, fetched unless they are there."""
    for program, package in (("javac", "default-jdk-headless"), ("mvn", "maven")):
        check(shutil.which(program), f"{program} is not installed (apt-get install {package})")
    jars = os.path.join(FOLDER, f"jars-{VERSION}")
    with locked("kafka-jars"):
        fetch(jars)
    return os.path.join(jars, "*")


def fetch(jars):
    if not os.path.exists(os.path.join(jars, f"kafka_2.13-{VERSION}.jar")):
        os.makedirs(FOLDER, exist_ok=True)
        pom = os.path.join(FOLDER, "pom.xml")
        with open(pom, "w", encoding="utf-8") as file:
            file.write(POM)
        argv = ["mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DincludeScope=runtime"]
        code, _, _ = run(argv + [f"-DoutputDirectory={jars}"], 600)
        check(code == 0, "Maven did not fetch Kafka")


def jvm(*options, also=""):
    """The command line of a JVM with Kafka's jars, and with the classes of the folder `also`. It has those of the jars from an archive,
    which halves what a start costs once more."""
    return [*JAVA, f"-XX:SharedArchiveFile={archive()}", *options, "-cp", ":".join(filter(None, (class_path(), also)))]


def archive():
    """The classes that a node loads until it answers, as a JVM writes them down that ends in order. One of another version makes
    nothing of the file."""
    jars = class_path()
    path = os.path.join(FOLDER, f"classes-{VERSION}.jsa")
    with locked("kafka-classes"):
        if not os.path.exists(path):
            new = f"{path}.{os.getpid()}"
            with Node("classes", java=[*JAVA, f"-XX:ArchiveClassesAtExit={new}", "-cp", jars]) as node:
                node.signal(signal.SIGTERM)
                node.service.process.wait(patience(START_S))
            check(os.path.exists(new), "the JVM wrote no archive of classes")
            os.replace(new, path)
    return path


class Listener:
    """One more address of a node, for connections of another kind."""

    def __init__(self, name, protocol, **properties):
        """`properties` hold for this listener, underscores in place of dots."""
        self.name, self.protocol = name, protocol
        self.port = brokers.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.properties = {key.replace("_", "."): value for key, value in properties.items()}

    def lines(self):
        return [f"listener.name.{self.name.lower()}.{key}={value}" for key, value in self.properties.items()]


def classes(*names):
    """The folder with the classes of the programs in capi-tests/clients; what is younger than its class is compiled."""
    folder = os.path.join(FOLDER, "clients")
    sources = [os.path.join(TESTS_FOLDER, "clients", f"{name}.java") for name in names]
    with locked("java-clients"):
        for name, source in zip(names, sources):
            compiled = os.path.join(folder, f"{name}.class")
            if not os.path.exists(compiled) or os.path.getmtime(compiled) < os.path.getmtime(source):
                run(["javac", "-d", folder, "-cp", class_path(), source], 120)
    return folder


class Node:
    """One broker that is its own controller. `kill` and `start` leave its data where they are."""

    def __init__(self, name, *features, number=1, controllers=None, listeners=(), format_options=(), java=None, properties=()):
        """`features`: levels that are not this version's own, as `name=level`; `controllers`: the ports of all nodes' controllers,
        by number, if there are more nodes than this one; `java`: another command line than `jvm()`; `properties`: lines of
        the configuration beside those of every node."""
        controllers = controllers or {number: brokers.free_port()}
        voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in controllers.items())
        self.port = brokers.free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.folder = os.path.join(FOLDER, f"{name}-{os.getpid()}")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.properties = os.path.join(self.folder, "server.properties")
        data = os.path.join(self.folder, "data")
        with open(self.properties, "w", encoding="utf-8") as file:
            ports = {"port": self.port, "controller": controllers[number]}
            ports["listeners"] = "".join(f",{other.name}://{other.address}" for other in listeners)
            ports["protocols"] = "".join(f",{other.name}:{other.protocol}" for other in listeners)
            file.write(CONFIGURATION.format(number=number, nodes=len(controllers), voters=voters, data=data, **ports))
            file.writelines(f"{line}\n" for other in listeners for line in other.lines())
            file.writelines(f"{line}\n" for line in properties)
        self.java = java or jvm()
        argv = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", self.properties]
        argv += [word for feature in features for word in ("--feature", feature)]
        argv += format_options
        code, out, err = run(self.java + argv, 60)
        check(code == 0, f"format: {out!r} {err!r}")
        self.service = None

    def start(self):
        self.launch()
        self.await_start()

    def launch(self):
        self.service = Service(self.java + ["kafka.Kafka", self.properties], brokers.log_path("kafka"))

    def await_start(self):
        self.service.wait_for(lambda _: self.answers(), START_S, "listening socket")

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.service.kill()

    def signal(self, number):
        self.service.process.send_signal(number)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.service.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster:
    """Nodes that are each other's controllers."""

    def __init__(self, name, count):
        controllers = {number: brokers.free_port() for number in range(1, count + 1)}
        self.nodes = [Node(f"{name}{n}", number=n, controllers=controllers) for n in controllers]
        self.address = ",".join(node.address for node in self.nodes)

    def create(self, topic, libraries):
        """Returns when the topic takes messages; one that is none of the test's is its first."""
        argv = brokers.kcat("-P", "-b", self.address, "-t", topic, "-X", "acks=all")
        run(argv, 60, libraries.environment("system"), stdin=b"the topic is there\n")

    def __enter__(self):
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_start()
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.__exit__()


def growing(count):
    """Partitions are added and topics made while an idempotent producer runs, and every node is killed once. What is reported
    delivered is there, once, at the reported place, in order."""

    def test(libraries):
        path = work("growing.report")
        argv = [compiled.tool("growing", libraries), None, str(MESSAGES), str(RATE), str(count), path]
        with Cluster("growing", count) as cluster:
            argv[1] = cluster.address
            with Service(argv, brokers.log_path("growing"), libraries.environment("ours")) as producing:
                for node in cluster.nodes:
                    # What the producer does meanwhile takes no part in it: it goes on until it has produced everything.
                    time.sleep(MESSAGES / RATE / (count + 1))
                    node.kill()
                    node.start()
                producing.wait_for(lambda _: producing.process.poll() == 0, 300, "end of the producer")
            check_growing(path, cluster, libraries)

    return test


def check_growing(path, cluster, libraries):
    reported = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            topic, partition, offset, number, error = line.split()
            check(error == "NO_ERROR", f"message {number}: {error}")
            reported.setdefault(topic, {}).setdefault(int(partition), {})[int(offset)] = int(number)
    total = sum(len(places) for topic in reported.values() for places in topic.values())
    check(total == MESSAGES, f"{total} places reported for {MESSAGES} messages")
    lost = []
    for topic, partitions in reported.items():
        log = brokers.read_back(cluster.address, topic, libraries.environment("system"))
        for partition, places in partitions.items():
            numbers = {row[0]: int(row[3]) for row in log.get(partition, [])}
            lost += [(topic, partition, offset, n) for offset, n in places.items() if numbers.get(offset) != n]
            found = [n for _, n in sorted(numbers.items())]
            check(len(set(found)) == len(found), f"{topic} [{partition}]: something is there twice: {found}")
            check(sorted(found) == found, f"{topic} [{partition}]: not in order: {found}")
    check(not lost, f"{len(lost)} messages reported delivered are not there: {lost[:5]}")


def idempotent_over_a_restart(libraries):
    """The broker is killed in the middle and comes back: what was sent to it and never answered is sent again, and stands in
    the log once."""
    rows = input_lines(LINES)
    options = ["-X", "enable.idempotence=true", "-X", "compression.codec=lz4", "-X", "message.timeout.ms=0"]
    options += ["--rate", str(LINES // 4), "--mark", str(LINES // 3)]
    with Node("restart") as node:
        with Producing(libraries, node.address, rows, "kafka-idempotent", options) as producing:
            producing.at_mark()
            node.kill()
            node.start()
            _, reports = producing.finish(240)
        log = brokers.read_back(node.address, "t", libraries.environment("system"))
    check_exact(rows, reports, log)


def stopped_replicas(libraries):
    """Two of three nodes stop for a while, with acks=all and messages that time out meanwhile: no more of them fail than with the
    reference, and no more stand in the log twice. It sends to the same nodes at the same time."""
    came_to = {"ours": Counter(), "reference": Counter()}
    with Cluster("stopped", 3) as cluster:
        for number in range(OUTAGES):
            stopped = [cluster.nodes[number % 3], cluster.nodes[(number + 1) % 3]]
            for which, found in through_an_outage(libraries, cluster, stopped, number).items():
                print(f"outage {number}: {which}: {dict(found)}")
                came_to[which] += found
    ours, reference = came_to["ours"], came_to["reference"]
    check(ours["copies"] <= reference["copies"], f"{ours['copies']} copies, {reference['copies']} by the reference")
    # How many fail depends on which nodes lead the topic, and on when leaders are elected after the outage: chance decides a single
    # comparison (1,717 to 1,578 on one occasion, 1,807 to 1,926 on another), so that only several outages are compared. The reference
    # looks for messages whose time is over now and then: some are delivered until then, and are no merit.
    # In any case only those may fail that were produced during an outage, or so shortly before that their time ended in it.
    at_most = STOPPED_RATE * (STOPPED_S + STOPPED_TIMEOUT_S) * OUTAGES
    check(ours["failures"] <= at_most, f"{ours['failures']} failures, {at_most} at most")
    if OUTAGES > 1:
        failures = reference["failures"] + reference["overdue"] + STOPPED_RATE * OUTAGES
        check(ours["failures"] <= failures, f"{ours['failures']} failures, {failures} by the reference")


def through_an_outage(libraries, cluster, stopped, number):
    rows = [(b"%d" % n, b"%d" % n) for n in range(STOPPED_RATE * (STOPPED_S + 10))]
    options = ["--rate", str(STOPPED_RATE), "--mark", str(STOPPED_RATE * 3), "--expect", "timeout", "--late", "60"]
    options += ["-X", f"message.timeout.ms={STOPPED_TIMEOUT_S * 1000}", "-X", "acks=all"]
    found = {}
    with contextlib.ExitStack() as stack:
        producers = {}
        for which in ("ours", "reference"):
            topic = f"{which}-{number}"
            cluster.create(topic, libraries)
            producer = Producing(libraries, cluster.address, rows, topic, options, topic, which)
            producers[which] = stack.enter_context(producer)
        for producer in producers.values():
            producer.at_mark()
        for signal_number, seconds in ((signal.SIGSTOP, STOPPED_S), (signal.SIGCONT, 0)):
            for node in stopped:
                node.signal(signal_number)
            time.sleep(seconds)
        for which, producer in producers.items():
            topic = f"{which}-{number}"
            summary, reports = producer.finish(120)
            log = brokers.read_back(cluster.address, topic, libraries.environment("system"))
            values = Counter(row[3] for part in log.values() for row in part)
            lost = [n for n, report in reports.items() if report[2] == "NO_ERROR" and not values[b"%d" % n]]
            check(not lost, f"{topic}: reported delivered and not there: {lost[:5]}")
            copies = sum(n - 1 for n in values.values())
            found[which] = Counter(copies=copies, failures=int(summary["failed"]), overdue=int(summary["overdue"]))
    return found


def transactions(level):
    """Transactions by twins that fence each other, with this `transaction.version`; the reference reads what was committed, each
    message in its place and once."""

    def test(libraries):
        with Node("transactions", f"transaction.version={level}") as node:
            committed_transactions(libraries, node.address, node.address, TRANSACTIONS, level)

    return test


def committed_transactions(libraries, address, read_at, count, level=2):
    twins, reader = compiled.tool("fenced_twins", libraries), compiled.tool("reference_on_mock", libraries)
    out = run([twins, address, str(count), str(level)], 240, libraries.environment("ours"))[1].decode().split()
    said = dict(zip(out[::2], out[1::2]))
    argv = ["stdbuf", "-oL", reader, read_at, "transactions", said["committed"]]
    theirs = dict(libraries.environment("reference"), ONLY="committed")
    out = run(argv, 120, theirs)[1].decode()
    check(f"{said['committed']} messages of 2." in out, f"unexpected answer: {out!r}")
    check(f"offset {said['offset']}\n" in out, f"{out!r}, expected offset {said['offset']}")


# Idempotent producers are the same with `multibatch`.
TESTS = [
    ("kafka:growing", growing(1)),
    ("kafka:growing@v2", engines.on(growing(1), "v2")),
    ("kafka:growing:3", growing(3)),
    ("kafka:growing:3@v2", engines.on(growing(3), "v2")),
    ("kafka:idempotent", idempotent_over_a_restart),
    ("kafka:idempotent@v2", engines.on(idempotent_over_a_restart, "v2")),
    ("kafka:stopped", stopped_replicas),
    ("kafka:transactions", transactions(2)),
    # As clusters are that were updated from before KIP-890.
    ("kafka:transactions:1", transactions(1)),
    ("kafka:transactions:0", transactions(0)),
    ("kafka:transactions@v2", engines.on(transactions(2), "v2")),
    ("kafka:transactions:1@v2", engines.on(transactions(1), "v2")),
    ("kafka:transactions:0@v2", engines.on(transactions(0), "v2")),
]
