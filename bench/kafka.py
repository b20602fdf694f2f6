"""`make bench-kafka`: what a node of Apache Kafka pays for its producers, and what these pay.

    kafka.py [--rounds N] [--rates LIST] [--partitions N] [--only REGEX] [--csv FILE] [--smoke]

Messages of 100 bytes at a steady rate to many partitions of one node, default linger time: the reference and ours in turn, medians. The
node has half of the cores and the producers the other half: on common ones, what the node's threads pay for waking each other hangs on
how much a producer leaves idle. CPU of the node is that of its whole process, from the first of these messages to the last report.
"""

import os
import re
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402
from harness import kafka  # noqa: E402

SECONDS = 10
# name, whose library, properties
CLIENTS = [
    ("librdkafka", "reference", []),
    ("legacy", "ours", []),
    ("v2", "ours", ["produce.engine=v2"]),
    ("librdkafka, idempotent", "reference", ["enable.idempotence=true"]),
    ("legacy, idempotent", "ours", ["enable.idempotence=true"]),
    ("v2, idempotent", "ours", ["enable.idempotence=true", "produce.engine=v2"]),
]
COLUMNS = ["broker us/msg", "client us/msg", "p50 ms", "p99 ms", "rate kept"]


def halves():
    """(prefix for the node, prefix for a producer)"""
    available = sorted(os.sched_getaffinity(0))
    middle = len(available) // 2
    if not middle:
        return [], []
    return [["taskset", "-c", ",".join(map(str, half))] for half in (available[:middle], available[middle:])]


class Node(kafka.Node):
    """A node as one would run it, with both compilers and the collector of its choice. Its topics are made by their first use."""

    def __init__(self, partitions):
        super().__init__("bench", java=[*halves()[0], "java", "-Xms1g", "-Xmx1g", "-cp", kafka.class_path()])
        with open(self.properties, "a", encoding="utf-8") as file:
            file.write(f"num.partitions={partitions}\n")


def once(node, binary, library, rate, seconds, partitions, properties):
    count = int(rate * seconds)
    argv = [*halves()[1], binary, node.address, "bench", str(count), "100", str(partitions)]
    argv += [f"rate={rate}", "latency=1", f"broker={node.service.process.pid}", *properties]
    environment = dict(os.environ, LD_LIBRARY_PATH=library)
    done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    said = bench.pairs(done.stdout)
    return {
        "broker us/msg": int(said["broker_cpu_ns"]) / count / 1e3,
        "client us/msg": int(said["cpu_ns"]) / count / 1e3,
        "p50 ms": int(said["p50_us"]) / 1e3,
        "p99 ms": int(said["p99_us"]) / 1e3,
        "rate kept": count / (int(said["wall_ns"]) / 1e9) / rate,
    }


def measure(options, libraries, clients, rates):
    """(rate, client) -> medians."""
    binary = bench.build("producer_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    seconds = SECONDS * options.scale
    results = {(rate, client[0]): [] for rate in rates for client in clients}
    with Node(options.partitions) as node:
        # Its code is compiled while it runs: a while of each client first.
        for _, library, properties in clients:
            once(node, binary, libraries[library], rates[0], seconds, options.partitions, properties)
        for _ in range(options.rounds):
            for rate, name in results:
                _, library, properties = next(c for c in clients if c[0] == name)
                measured = once(node, binary, libraries[library], rate, seconds, options.partitions, properties)
                results[rate, name].append(measured)
    return {key: {c: statistics.median(r[c] for r in rounds) for c in COLUMNS} for key, rounds in results.items()}


def table(medians, clients):
    print(f"{'messages/s':>10}  {'':24}" + "".join(f"{c:>24}" for c in COLUMNS))
    for (rate, name), found in medians.items():
        base = medians.get((rate, next(c[0] for c in clients if c[1] == "reference" and ("idem" in c[0]) == ("idem" in name))))
        cells = "".join(f"{found[c]:>16,.2f}{found[c] / base[c] if base[c] else 0:>8.2f}" for c in COLUMNS)
        print(f"{rate:>10,}  {name:24}{cells}")


def main():
    parser = bench.arguments()
    parser.add_argument("--rates", default="5000,10000,20000", help="messages per second (%(default)s)")
    parser.add_argument("--partitions", type=int, default=1000)
    options = parser.parse_args()
    rates = [int(rate) for rate in options.rates.split(",")]
    if options.smoke:
        options.rounds, options.scale, options.partitions, rates = 1, 0.1, 50, [2000]
    libraries = {"reference": options.reference or bench.downloads.reference_library(), "ours": options.lib}
    clients = [c for c in CLIENTS if c[1] == "reference" or re.search(options.only, c[0])]
    medians = measure(options, libraries, clients, rates)
    table(medians, clients)
    print(f"{options.partitions} partitions, {options.rounds} rounds of {SECONDS * options.scale:.0f} s, {len(os.sched_getaffinity(0))} cores; ratios to librdkafka")
    out = results.Results(options.csv, "kafka")
    for (rate, name), found in medians.items():
        client, _, mode = name.partition(", ")
        out.add(f"{rate} messages/s" + (f", {mode}" if mode else ""), client, found)


if __name__ == "__main__":
    main()
