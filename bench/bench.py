"""`make bench`: our library and a reference, interleaved, against a sink that acknowledges at once.

    bench.py [--rounds N] [--scale F] [--only REGEX] [--engines LIST] [--reference DIR] [--csv FILE] [--smoke] [-X name=value]...

Every figure is the median of its rounds; a ratio is ours divided by the reference. Each scenario has a row for each engine. CPU is that of the producing process
alone. The sink runs as a process of its own, on a core of its own where there are at least three.
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OUT = os.path.join(ROOT, "build", "bench")
sys.path[:0] = [HERE, os.path.join(ROOT, "capi-tests")]

import results  # noqa: E402
from harness import downloads  # noqa: E402

# name, messages, bytes each, partitions, brokers, properties
SCENARIOS = [
    ("100 B, 1 partition", 1_000_000, 100, 1, 1, []),
    ("100 B, 10 partitions", 1_000_000, 100, 10, 1, []),
    ("100 B, 100 partitions", 1_000_000, 100, 100, 1, []),
    ("100 B, 1000 partitions", 1_000_000, 100, 1000, 1, []),
    ("100 B, 10000 partitions", 400_000, 100, 10_000, 1, []),
    ("100 B, 100 partitions, lz4", 1_000_000, 100, 100, 1, ["compression.codec=lz4"]),
    ("1 KiB, 1 partition", 400_000, 1024, 1, 1, []),
    ("1 KiB, 10 partitions", 400_000, 1024, 10, 1, []),
    ("1 KiB, 1000 partitions", 400_000, 1024, 1000, 1, []),
    # One partition, whose batches more than one thread compresses where there is more than one core.
    ("1 KiB text, 1 part., lz4", 400_000, 1024, 1, 1, ["text=1", "compression.codec=lz4"]),
    ("1 KiB text, 1 part., snappy", 400_000, 1024, 1, 1, ["text=1", "compression.codec=snappy"]),
    ("1 KiB text, 1 part., zstd", 300_000, 1024, 1, 1, ["text=1", "compression.codec=zstd"]),
    ("1 KiB text, 1 part., gzip", 100_000, 1024, 1, 1, ["text=1", "compression.codec=gzip"]),
    # At the same pace for both, the numbers of requests can be compared.
    ("200,000/s, 100 partitions", 400_000, 100, 100, 1, ["rate=200000"]),
    ("100,000/s, 10 partitions", 300_000, 100, 10, 1, ["rate=100000", "linger.ms=500"]),
    ("100,000/s, 10000 partitions", 300_000, 100, 10_000, 1, ["rate=100000", "linger.ms=500"]),
    ("50,000/s, 1000 partitions", 100_000, 1024, 1000, 3, ["rate=50000"]),
    ("20,000/s, 10 partitions", 40_000, 100, 10, 1, ["rate=20000"]),
]


ENGINES = {"legacy": [], "multibatch": ["multibatch=true"], "v2": ["produce.engine=v2"]}
COLUMNS = ["msgs/s", "cpu ns/msg", "requests", "rss MiB", "switches"]
# In tables of results.
REFERENCE = "librdkafka"


def build(name, *flags):
    source, binary = os.path.join(HERE, name + ".c"), os.path.join(OUT, name)
    os.makedirs(OUT, exist_ok=True)
    fresh = f"{binary}.{os.getpid()}"
    argv = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", fresh]
    subprocess.run(argv + list(flags), check=True)
    os.replace(fresh, binary)  # another run may be using the one before
    return binary


def cores():
    """(prefix for the sink, prefix for the producer): apart from each other where there are cores enough."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 3:
        return [], []
    last = str(available[-1])
    return ["taskset", "-c", last], ["taskset", "-c", ",".join(map(str, available[:-1]))]


def pairs(line):
    return dict(word.split("=", 1) for word in line.split())


def once(binaries, library, scenario, extra):
    _, count, size, partitions, brokers, properties = scenario
    sink_cores, producer_cores = cores()
    argv = [binaries["sink"], "--brokers", str(brokers), "--partitions", str(partitions)]
    sink = subprocess.Popen(sink_cores + argv, stdout=subprocess.PIPE, text=True)
    try:
        bootstrap = sink.stdout.readline().strip().split("=", 1)[1]
        argv = [binaries["producer_bench"], bootstrap, "bench", str(count), str(size), str(partitions)]
        environment = dict(os.environ, LD_LIBRARY_PATH=library)
        done = subprocess.run(
            producer_cores + argv + properties + extra,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=300,
            check=True,
        )
        sink.send_signal(signal.SIGTERM)
        seen = pairs(sink.communicate(timeout=600)[0])
    finally:
        if sink.poll() is None:
            sink.kill()
            sink.wait()
    said = pairs(done.stdout)
    total = count + partitions  # the warm-up sends one message to every partition
    if int(said["delivered"]) != count or int(seen["messages"]) < total:
        raise SystemExit(f"{scenario[0]}: produced {total}, reported {said['delivered']}, sink saw {seen['messages']}")
    return {
        "msgs/s": count / (int(said["wall_ns"]) / 1e9),
        "cpu ns/msg": int(said["cpu_ns"]) / count,
        "requests": int(seen["requests"]),
        "rss MiB": int(said["rss_kib"]) / 1024,
        "switches": int(said["switches"]),
    }, said["version"]


# What idempotence costs: the same messages with it and without, on our library alone.
IDEMPOTENCE = [
    ("idempotence, 100 B, 1 partition", 1_000_000, 100, 1, 1),
    ("idempotence, 100 B, 10 part.", 1_000_000, 100, 10, 1),
    ("idempotence, 1 KiB, 10 part.", 400_000, 1024, 10, 1),
]


def idempotence_rows(binaries, library, options):
    for name, count, *rest in [row for row in IDEMPOTENCE if re.search(options.only, row[0])]:
        rounds = {"false": [], "true": []}
        for _ in range(options.rounds):
            for value in rounds:
                scenario = (name, max(1000, int(count * options.scale)), *rest, [f"enable.idempotence={value}"])
                rounds[value].append(once(binaries, library, scenario, options.extra)[0])
        row = f"{name:32}"
        for column in ("msgs/s", "cpu ns/msg"):
            without, with_it = (statistics.median(r[column] for r in rounds[v]) for v in ("false", "true"))
            row += f"{column:>12}: {without:>10,.0f} without, {with_it:>10,.0f} with, {with_it / without:.2f}"
        print(row, flush=True)


# name, messages per batch, bytes each, batches
MOCK_LOADS = [("mock, 100 B", 9000, 100, 4000), ("mock, 64 KiB", 15, 65536, 5000)]
# So many times as fast as a client at 100 B, and GB/s at 64 KiB: below that, what is measured on the mock may be the mock.
MOCK_GOALS = (3, 1)


def cpu_seconds(pid):
    """What the threads of a process have used so far."""
    used = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            used += int(file.read().split()[0])
    return used / 1e9


def mock_once(load, binary, per_batch, size, batches):
    """Messages and bytes per second that the mock takes from a client that costs nothing, and its CPU time per message in ns."""
    mock_cores, load_cores = cores()
    # With little memory it soon stores in memory that it has used before, as in the long run.
    argv = mock_cores + [binary, "--topic", "t:1", "--memory", "64"]
    mock = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        bootstrap = mock.stdout.readline().strip().split("=", 1)[1]
        argv = load_cores + [load, bootstrap, "t", str(per_batch), str(size), str(batches)]
        before = cpu_seconds(mock.pid)
        said = pairs(subprocess.run(argv, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout)
        used = cpu_seconds(mock.pid) - before
    finally:
        mock.kill()
        mock.wait()
    seconds, messages, volume = int(said["wall_ns"]) / 1e9, int(said["messages"]), int(said["bytes"])
    return messages / seconds, volume / seconds, used / messages * 1e9


def mock_rows(target, options, fastest, cheapest):
    """The mock must never be what a test or a benchmark waits for. `fastest` and `cheapest`: messages of 100 B per second of
    the fastest client, ns of CPU time per message of the cheapest one."""
    binary = os.path.join(target, "release", "rdkafka-mock")
    loads = [row for row in MOCK_LOADS if re.search(options.only, row[0])]
    if not loads or not os.path.exists(binary):
        return
    load = build("mock_load")
    for name, per_batch, size, batches in loads:
        batches = max(20, int(batches * options.scale))
        rounds = [mock_once(load, binary, per_batch, size, batches) for _ in range(options.rounds)]
        messages, volume, cpu_ns = (statistics.median(column) for column in zip(*rounds))
        row = f"{name:28}{messages:>12,.0f} msgs/s {volume / 1e9:>6.2f} GB/s {cpu_ns:>10,.1f} cpu ns/msg"
        if size == 100 and fastest:
            row += f"   {messages / fastest:.1f} times the fastest client, {verdict(messages / fastest, MOCK_GOALS[0])}"
            row += f"; its CPU time per message is 1/{cheapest / cpu_ns:.1f} of the cheapest client's"
        elif size > 100:
            row += f"   {verdict(volume / 1e9, MOCK_GOALS[1])}"
        print(row, flush=True)


def verdict(found, goal):
    return f"goal {goal}: {'reached' if found >= goal else 'MISSED'}"


def places(parser):
    """Adds where things are: what every benchmark is told."""
    parser.add_argument("--lib", default=os.path.join(ROOT, "build"))
    parser.add_argument("--include", default=os.path.join(ROOT, "include"))
    parser.add_argument("--target", default=os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")))
    parser.add_argument("--csv", help="a file that the figures are added to")
    return parser


def arguments():
    """What every benchmark of two libraries is told."""
    parser = places(argparse.ArgumentParser())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of messages")
    parser.add_argument("--only", default="", help="regular expression on scenario names")
    parser.add_argument("--reference", help="folder of another librdkafka.so.1 to compare with")
    parser.add_argument("--smoke", action="store_true", help="one short round: does it run at all")
    parser.add_argument("-X", action="append", default=[], dest="extra", metavar="name=value")
    return parser


def measure(binaries, clients, scenario, options):
    """{client: medians} of a scenario, and {client: what version it says that it is}."""
    rounds, versions = {name: [] for name in clients}, {}
    for _ in range(options.rounds):
        for name, (library, properties) in clients.items():
            result, versions[name] = once(binaries, library, scenario, properties + options.extra)
            rounds[name].append(result)
    return {name: {c: statistics.median(r[c] for r in found) for c in COLUMNS} for name, found in rounds.items()}, versions


def speed_rows(binaries, clients, options, out):
    """Returns messages per second of the fastest client at 100 B, ns of CPU time per message of the cheapest one, and the versions."""
    fastest, cheapest, versions = 0, float("inf"), {}
    print(f"{'':36}" + "".join(f"{c:>32}" for c in COLUMNS))
    print(f"{'':36}" + f"{'reference':>12}{'ours':>12}{'ratio':>8}" * len(COLUMNS), flush=True)
    for name, count, size, *rest in [s for s in SCENARIOS if re.search(options.only, s[0])]:
        medians, versions = measure(binaries, clients, (name, max(1000, int(count * options.scale)), size, *rest), options)
        for client, found in medians.items():
            out.add(name, client, found)
            if size == 100:
                fastest, cheapest = max(fastest, found["msgs/s"]), min(cheapest, found["cpu ns/msg"])
        theirs = medians.pop(REFERENCE)
        for engine, ours in medians.items():
            row = f"{name:28}{engine:8}"
            for column in COLUMNS:
                ratio = ours[column] / theirs[column] if theirs[column] else float("nan")
                row += f"{theirs[column]:>12,.0f}{ours[column]:>12,.0f}{ratio:>8.2f}"
            print(row, flush=True)
    return fastest, cheapest, versions


def main():
    parser = arguments()
    parser.add_argument("--engines", default="legacy,v2", help=f"of {', '.join(ENGINES)} (%(default)s)")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.scale = 1, 0.02

    clients = {REFERENCE: (options.reference or downloads.reference_library(), [])}
    clients |= {engine: (options.lib, ENGINES[engine]) for engine in options.engines.split(",")}
    binaries = {
        "sink": build("sink"),
        "producer_bench": build(
            "producer_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1")
        ),
    }
    began, out = time.monotonic(), results.Results(options.csv, "bench")
    fastest, cheapest, versions = speed_rows(binaries, clients, options, out)
    idempotence_rows(binaries, options.lib, options)
    mock_rows(options.target, options, fastest, cheapest)
    said = f"librdkafka {versions.get(REFERENCE)}, ours {next((v for c, v in versions.items() if c != REFERENCE), None)}, {options.rounds} rounds each"
    out.condition("versions", said)
    print(f"{said},\n{len(os.sched_getaffinity(0))} cores, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
