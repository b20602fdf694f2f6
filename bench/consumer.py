"""The consumer's rows of `make bench`: `bench/consumer.py [--rounds N] [--scale F] [--only REGEX]`, after `make lib`.

Both libraries read the same from the sink, interleaved: the sink answers every Fetch request with one batch, over and over.
Every figure is the median of its rounds, a ratio is ours divided by the reference, and CPU is that of the consuming process
alone. The sink's own CPU time per message shows that it is not what is measured. Goals are shown; whether a missed one fails
the run is said with --strict, for what the wall clock says depends on what else runs on the machine.
"""

import os
import re
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

# name, how, messages, bytes each, messages per batch, partitions, properties of the producer, highest CPU ratio, lowest rate ratio
SCENARIOS = [
    ("100 B, poll", "poll", 4_000_000, 100, 1000, 10, [], 0.35, 2.5),
    ("100 B, poll, lz4", "poll", 4_000_000, 100, 1000, 10, ["compression.codec=lz4"], None, None),
    ("100 B, batches", "batch", 4_000_000, 100, 1000, 10, [], 0.25, None),
    ("100 B, batches, lz4", "batch", 4_000_000, 100, 1000, 10, ["compression.codec=lz4"], None, None),
    ("100 B, poll, 1000 partitions", "poll", 4_000_000, 100, 1000, 1000, [], None, None),
    ("1 KiB, poll", "poll", 1_000_000, 1024, 100, 10, [], None, None),
    ("1 KiB, poll, lz4", "poll", 1_000_000, 1024, 100, 10, ["compression.codec=lz4"], 0.7, None),
    ("1 KiB, poll, zstd", "poll", 1_000_000, 1024, 100, 10, ["compression.codec=zstd"], 0.7, None),
    ("1 KiB, poll, gzip", "poll", 400_000, 1024, 100, 10, ["compression.codec=gzip"], 0.55, None),
    ("1 KiB, poll, snappy", "poll", 1_000_000, 1024, 100, 10, ["compression.codec=snappy"], 0.7, None),
]
# In tables of results.
CLIENTS = {"reference": bench.REFERENCE, "ours": "ours"}
# The same messages in many partitions may cost us so many times as much as in few.
MANY, FEW, SPREAD = "100 B, poll, 1000 partitions", "100 B, poll", 1.3
# With the queue full and nothing read: what is resident beyond what there was before, in MiB, against
# queued.max.messages.kbytes + fetch.max.bytes + 20 %.
MEMORY = ("memory, 100 B, full queue", 16, 16)
# A queue that was full and is empty: so many ms at the most until more comes. Goal of the median: a single round may meet
# whatever else the machine does.
DRAIN = ("full queue, emptied", 40, 5.0)
# Pausing and resuming so often, with ten messages in between: the source sends no more than for as many polls.
PAUSE = ("pause and resume", 30)
# Answers of one batch, and a limit that one batch reaches: what is timed is a request, not its many bytes.
SMALL = ["queued.min.messages=1000", "max.partition.fetch.bytes=120000"]


def say(argv, library):
    environment = dict(os.environ, LD_LIBRARY_PATH=library)
    done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, timeout=600, check=True)
    return bench.pairs(done.stdout) if done.stdout else {}


def cpu(pid):
    return bench.cpu_seconds(pid)


class Source:
    """A sink that has a batch to be read."""

    def __init__(self, binaries, ours, scenario):
        _, _, _, size, per_batch, partitions, properties, *_ = scenario
        cores, self.client_cores = bench.cores()
        argv = cores + [binaries["sink"], "--partitions", str(partitions)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.bootstrap = self.process.stdout.readline().strip().split("=", 1)[1]
        batch = [f"batch.num.messages={per_batch}", "batch.size=10000000", "message.max.bytes=10000000", "linger.ms=2000"]
        self.client = binaries["consumer_bench"]
        say([self.client, self.bootstrap, "bench", "fill", str(per_batch), str(size), *batch, *properties], ours)

    def consume(self, library, how, count, partitions, properties):
        before = cpu(self.process.pid)
        argv = [self.client, self.bootstrap, "bench", how, str(count), str(partitions), *properties]
        said = say(self.client_cores + argv, library)
        return said, cpu(self.process.pid) - before

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        seen = bench.pairs(self.process.communicate(timeout=10)[0])
        return seen


def verdict(found, goal, lowest=False):
    if goal is None:
        return ""
    reached = found >= goal if lowest else found <= goal
    return f" goal {goal}: {'reached' if reached else 'MISSED'}"


def speed_rows(binaries, libraries, options, missed, out):
    ours_at = {}
    columns = ["msgs/s", "cpu ns/msg", "rss MiB", "switches"]
    print(f"{'':30}" + "".join(f"{c:>30}" for c in columns) + f"{'source cpu ns/msg':>20}")
    print(f"{'':30}" + f"{'reference':>12}{'ours':>12}{'ratio':>6}" * len(columns), flush=True)
    for scenario in [s for s in SCENARIOS if re.search(options.only, s[0])]:
        name, how, count, _, _, partitions, _, cpu_goal, rate_goal = scenario
        count = max(20_000, int(count * options.scale))
        source = Source(binaries, libraries["ours"], scenario)
        rounds = {w: [] for w in libraries}
        for _ in range(options.rounds):
            for which, library in libraries.items():
                said, used = source.consume(library, how, count, partitions, options.extra)
                measured = int(said["measured"])
                rounds[which].append({
                    "msgs/s": measured / (int(said["wall_ns"]) / 1e9),
                    "cpu ns/msg": int(said["cpu_ns"]) / measured,
                    "rss MiB": int(said["rss_kib"]) / 1024,
                    "switches": int(said["switches"]),
                    "source": used / int(said["seen"]) * 1e9,
                })  # fmt: skip
        seen = source.end()
        if int(seen["fetched"]) < count * options.rounds * len(libraries):
            raise SystemExit(f"{name}: the source has sent {seen['fetched']} messages")
        row, ratios = f"{name:30}", {}
        for column in columns:
            medians = {w: statistics.median(r[column] for r in rows) for w, rows in rounds.items()}
            ratios[column] = medians["ours"] / medians["reference"]
            row += f"{medians['reference']:>12,.0f}{medians['ours']:>12,.0f}{ratios[column]:>6.2f}"
            if column == "cpu ns/msg":
                ours_at[name] = medians["ours"]
            for which, median in medians.items():
                out.add(name, CLIENTS[which], {column: median})
        fastest = statistics.median(r["source"] for r in rounds["ours"])
        row += f"{fastest:>20,.0f}"
        for column, goal, lowest in (("cpu ns/msg", cpu_goal, False), ("msgs/s", rate_goal, True)):
            said = verdict(ratios[column], goal, lowest)
            row += f"  {column}{said}" if said else ""
            if "MISSED" in said:
                missed.append(f"{name}: {column} {ratios[column]:.2f}, goal {goal}")
        print(row, flush=True)
    if MANY in ours_at and FEW in ours_at:
        spread = ours_at[MANY] / ours_at[FEW]
        print(f"ours, CPU of 1000 partitions against 10: {spread:.2f}{verdict(spread, SPREAD)}", flush=True)
        if spread > SPREAD:
            missed.append(f"1000 partitions: {spread:.2f} times the CPU of 10")


def drain_row(binaries, libraries, options, missed, out):
    name, rounds, goal = DRAIN
    if not re.search(options.only, name):
        return
    source = Source(binaries, libraries["ours"], (name, "drain", 0, 100, 1000, 10, []))
    row = f"{name:30}"
    for which, library in libraries.items():
        # The reference waits for a second each time.
        count = max(3, int(min(options.scale, 1.0) * (rounds if which == "ours" else rounds / 8)))
        said, _ = source.consume(library, "drain", count, 10, SMALL)
        wait, longest = int(said["wait_us"]) / 1000, int(said["longest_us"]) / 1000
        out.add(name, CLIENTS[which], {"ms until more": wait, "ms until more, longest": longest})
        row += f"  {which}: {wait:.2f} ms until more comes, {longest:.2f} at the most"
    source.end()
    print(row + verdict(wait, goal), flush=True)
    if wait > goal:
        missed.append(f"{name}: {wait:.2f} ms, goal {goal}")


def pause_row(binaries, libraries, options, missed, out):
    name, rounds = PAUSE
    if not re.search(options.only, name):
        return
    row = f"{name:30}"
    for which, library in libraries.items():
        sent = {}
        for how, count in (("poll", 10 * rounds), ("pause", rounds)):
            source = Source(binaries, libraries["ours"], (name, how, 0, 100, 1000, 1, []))
            source.consume(library, how, count, 1, SMALL)
            sent[how] = int(source.end()["fetched"])
        out.add(name, CLIENTS[which], {"messages sent": sent["pause"], "messages sent without pauses": sent["poll"]})
        row += f"  {which}: {sent['pause']:,} messages sent, {sent['poll']:,} without pauses"
    print(row, flush=True)
    # One answer may be on its way when the program ends, or not.
    if sent["pause"] > sent["poll"] + 1000:
        missed.append(f"{name}: {sent['pause']} messages sent, {sent['poll']} without pauses")


def memory_row(binaries, libraries, options, missed, out):
    name, limit, fetch = MEMORY
    if not re.search(options.only, name):
        return
    scenario = (name, "idle", 0, 100, 1000, 100, [])
    source = Source(binaries, libraries["ours"], scenario)
    properties = [f"queued.max.messages.kbytes={limit * 1024}", "queued.min.messages=10000000"]
    properties += [f"fetch.max.bytes={fetch << 20}", f"receive.message.max.bytes={2 * fetch << 20}"]
    row = f"{name:30}"
    for which, library in libraries.items():
        said, _ = source.consume(library, "idle", 3, 100, properties)
        used = (int(said["rss_kib"]) - int(said["rss_before_kib"])) / 1024
        out.add(name, CLIENTS[which], {"MiB": used})
        row += f"  {which}: {used:.1f} MiB"
    source.end()
    goal = 1.2 * (limit + fetch)
    row += f" (limit {limit} + fetch.max.bytes {fetch} + 20 %){verdict(used, goal)}"
    print(row, flush=True)
    if used > goal:
        missed.append(f"{name}: {used:.1f} MiB, goal {goal:.1f}")


def main():
    parser = bench.arguments()
    parser.add_argument("--strict", action="store_true", help="a missed goal fails")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.scale = 1, 0.01
    libraries = {"reference": options.reference or bench.downloads.reference_library(), "ours": options.lib}
    ours = os.path.join(options.lib, "librdkafka.so.1")
    binaries = {"sink": bench.build("sink"), "consumer_bench": bench.build("consumer_bench", f"-I{options.include}", ours)}
    began, missed = time.monotonic(), []
    out = results.Results(options.csv, "consumer")
    for rows in (speed_rows, drain_row, pause_row, memory_row):
        rows(binaries, libraries, options, missed, out)
    print(f"{options.rounds} rounds each, {len(os.sched_getaffinity(0))} cores, {time.monotonic() - began:.0f} s")
    for line in missed:
        print(f"goal missed: {line}")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
