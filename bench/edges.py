"""Producers at the edges: `bench/edges.py [--only REGEX] [--rounds N] [--smoke]`, after `make lib`. Each against the reference, medians.

    down     100,000 messages in 1,000 partitions wait for brokers that are gone: the share of a core that waiting takes (goal: 2 %)
    topics   10,000 topics with one message each: CPU per message in relation to one topic with as many partitions (goal: 2 times),
             and the Metadata requests (goal: 3)
    slow     one of five brokers takes 10 s to answer: what the other four take of what they take without it, with a share of the
             queue for each broker and without (goal: 0.9)
    instances  20 producers on 300 brokers, each of which has little to do: CPU per message and threads, with threads that they have
             in common (client.io.threads; goals: no more CPU than without, at most 8 threads beside those and one for each producer)
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

VARIANTS = {
    "legacy": [],
    "multibatch": ["multibatch=true"],
    "v2": ["produce.engine=v2"],
    "idempotent": ["enable.idempotence=true"],
    "v2 idempotent": ["produce.engine=v2", "enable.idempotence=true"],
}
# For five brokers: a fifth of the queue for each.
SHARES = {f"{name}, 20 % each": [*VARIANTS[name], "queue.buffering.max.broker.percent=20"] for name in ("legacy", "v2")}
SHARED_THREADS = 2
SHARED = {f"{name}, {SHARED_THREADS} threads": [*VARIANTS[name], f"client.io.threads={SHARED_THREADS}"] for name in ("legacy", "v2")}
METADATA = "0003"


class Cluster:
    """The mock cluster in a process of its own."""

    def __init__(self, options, *arguments):
        argv = [os.path.join(options.target, "release", "rdkafka-mock"), "--control", "--memory", "256", *arguments]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bootstrap = self.process.stdout.readline().strip().split("=", 1)[1]

    def tell(self, *commands):
        for command in commands:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
            if (said := self.process.stdout.readline().strip()) != "ok":
                raise SystemExit(f"{command}: {said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)


def produce(library, cluster, commands, scenario, *arguments):
    """Runs the producer; what it says. The cluster is told `commands` when the producer knows the topic."""
    argv = [os.path.join(bench.OUT, "edges_bench"), scenario, cluster.bootstrap, *map(str, arguments)]
    environment = dict(os.environ, LD_LIBRARY_PATH=library)
    with subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        try:
            if scenario in ("down", "slow") and client.stdout.readline() == "ready\n":
                cluster.tell(*commands)
            said, complaints = client.communicate("go\n", timeout=600)
        finally:
            client.kill()
    if client.returncode:
        raise SystemExit(f"{' '.join(argv)}\n{complaints}")
    return bench.pairs(said.splitlines()[-1])


def variants(options, more):
    yield bench.REFERENCE, bench.downloads.reference_library(), []
    for name, properties in (more | VARIANTS).items():
        yield name, options.lib, properties
        if options.smoke:
            return


def medians(options, measure, more=None):
    """(name, median of the rounds), the reference first. `measure` takes library and properties; rounds are interleaved."""
    results = {}
    for _ in range(options.rounds):
        for name, library, properties in variants(options, more or {}):
            results.setdefault(name, []).append(measure(library, properties))
    return [(name, [statistics.median(column) for column in zip(*rows)]) for name, rows in results.items()]


def down(options, out):
    brokers, partitions = 3, 1000
    messages, seconds = (10_000, 1) if options.smoke else (100_000, 10)

    def measure(library, properties):
        with Cluster(options, "--brokers", str(brokers), "--topic", f"bench:{partitions}") as cluster:
            gone = [f"down {i + 1}" for i in range(brokers)]
            said = produce(library, cluster, gone, "down", partitions, messages, seconds, "message.timeout.ms=600000", *properties)
        if int(said["waiting"]) < messages:
            raise SystemExit(f"down: only {said['waiting']} messages wait")
        return (100 * float(said["cpu"]),)

    for name, (share,) in medians(options, measure):
        out.add("brokers gone", name, {"% of a core": share})
        print(f"down    {name:14} {share:6.2f} % of a core" + goal(name, share <= 2), flush=True)


def topics(options, out):
    count = 500 if options.smoke else 10_000

    def once(library, properties, topics_, partitions):
        with tempfile.TemporaryDirectory() as folder:
            record, names = os.path.join(folder, "requests"), []
            for i in range(topics_):
                names += ["--topic", f"bench{i}:{partitions}"]
            with Cluster(options, "--record", record, *names) as cluster:
                said = produce(library, cluster, [], "topics", topics_, partitions, *properties)
            with open(record, encoding="ascii") as file:
                asked = sum(line.split()[-1].startswith(METADATA) for line in file)
        if int(said["delivered"]) != count:
            raise SystemExit(f"topics: {said}")
        return float(said["cpu_ns"]), asked

    def measure(library, properties):
        (many, asked), (one, _) = once(library, properties, count, 1), once(library, properties, 1, count)
        return many, one, asked

    for name, (many, one, asked) in medians(options, measure):
        out.add(f"{count} topics", name, {"cpu ns/msg": many, "cpu ns/msg, one topic": one, "Metadata requests": asked})
        print(f"topics  {name:14} {many:8,.0f} ns a message, one topic {one:8,.0f}, {many / one:5.2f} times, {asked:.0f} Metadata requests"
              + goal(name, many <= 2 * one and asked <= 3), flush=True)  # fmt: skip


def slow(options, out):
    partitions, seconds = 50, 1 if options.smoke else 8

    def once(library, properties, rate, *commands):
        with Cluster(options, "--brokers", "5", "--topic", f"bench:{partitions}", "--replication", "1") as cluster:
            said = produce(library, cluster, commands, "slow", partitions, rate, seconds, *properties)
        return float(said["others"])

    for rate in (10_000, 0):

        def measure(library, properties, rate=rate):
            alone, beside = once(library, properties, rate), once(library, properties, rate, "rtt 5 10000")
            return alone, beside

        for name, (alone, beside) in medians(options, measure, SHARES):
            pace = f"{rate}/s" if rate else "full speed"
            out.add(f"one slow broker of five, {pace}", name, {"msgs/s of the others": beside, "msgs/s without it": alone})
            print(f"slow    {name:14} {pace}: the other four {alone:9,.0f} messages/s, beside the slow one "
                  f"{beside:9,.0f}, {beside / max(alone, 1):.2f}" + goal(name, beside >= 0.9 * alone), flush=True)  # fmt: skip


def instances(options, out):
    brokers, count, rate, seconds = (5, 3, 1000, 1) if options.smoke else (300, 20, 20_000, 5)

    def measure(library, properties):
        with Cluster(options, "--brokers", str(brokers), "--topic", f"bench:{brokers}", "--replication", "1") as cluster:
            said = produce(library, cluster, [], "instances", count, brokers, rate, seconds, *properties)
        # A short run may have tests beside it, and is not asked to keep the pace.
        if int(said["failed"]) or int(said["delivered"]) < rate * seconds * (0.1 if options.smoke else 0.9):
            raise SystemExit(f"instances: {said}")
        return float(said["cpu_ns"]), int(said["threads"])

    results_ = dict(medians(options, measure, SHARED))
    for name, (cpu, threads) in results_.items():
        own = results_.get(name.split(",")[0], (cpu,))[0]
        reached = name not in SHARED or cpu <= own * 1.02 and threads <= count + SHARED_THREADS + 8
        out.add(f"{count} producers on {brokers} brokers", name, {"cpu ns/msg": cpu, "threads": threads})
        print(f"instances {name:18} {cpu:8,.0f} ns a message, {threads:5.0f} threads" + goal(name, reached), flush=True)


def goal(name, reached):
    return "" if name == bench.REFERENCE or reached else "   goal MISSED"


def main():
    parser = bench.arguments()
    parser.set_defaults(rounds=3)
    options = parser.parse_args()
    if options.smoke:
        options.rounds = 1
    bench.build("edges_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    out = results.Results(options.csv, "edges")
    for run in (down, topics, slow, instances):
        if re.search(options.only, run.__name__):
            run(options, out)


if __name__ == "__main__":
    main()
