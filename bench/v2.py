"""What the v2 engine is for, measured: `bench/v2.py [--scale F] [--only REGEX]`, after `make lib`.

    paced    10,000 messages a second over 1,000 partitions: requests and p99, against the reference (goal: 1/50 of its requests)
    cpu      the same rate over 10 and over 10,000 partitions: CPU per message (goal: at most 1.5 times), also with five times
             the rate and a hundred times the linger time
    skew     80 % to one partition, 20 ms round trips, five requests in flight: with and without segments (goal: 1.5 times the
             pace; p99 of the others within linger plus one round trip)
"""

import argparse
import os
import re
import signal
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402

V2 = ["produce.engine=v2"]


def measure(library, server, topic, count, size, partitions, *properties):
    """Runs the producer against a broker; what both say."""
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as broker:
        bootstrap = broker.stdout.readline().strip().split("=", 1)[1]
        argv = [os.path.join(bench.OUT, "producer_bench"), bootstrap, topic, str(count), str(size), str(partitions)]
        try:
            done = subprocess.run(
                argv + list(properties), env=dict(os.environ, LD_LIBRARY_PATH=library), stdout=subprocess.PIPE, text=True,
                check=True, timeout=600,
            )  # fmt: skip
        finally:
            broker.send_signal(signal.SIGTERM)
        said = bench.pairs(done.stdout)
        rest = [line for line in broker.stdout.read().splitlines() if "requests=" in line]
    return said, bench.pairs(rest[-1]) if rest else {}


def sink(partitions):
    return [os.path.join(bench.OUT, "sink"), "--partitions", str(partitions)]


def paced(options, libraries):
    count = int(600_000 * options.scale)
    rows = {}
    for which, properties in [("reference", []), ("ours", []), ("v2", V2)]:
        library = libraries["reference" if which == "reference" else "ours"]
        said, seen = measure(library, sink(1000), "bench", count, 100, 1000, "rate=10000", "latency=1", *properties)
        rows[which] = (int(seen["requests"]), int(said["p50_us"]), int(said["p99_us"]), int(said["cpu_ns"]) / count)
        print(f"paced  {which:10} requests {rows[which][0]:>8,}  p50 {rows[which][1]} us  p99 {rows[which][2]} us  "
              f"CPU {rows[which][3]:,.0f} ns/message", flush=True)  # fmt: skip
    print(f"paced  the reference's requests are {rows['reference'][0] / rows['v2'][0]:.0f} times those of v2")


def cpu(options, libraries):
    for rate, linger in [(20_000, 5), (100_000, 500)]:
        count, medians = int(5 * rate * options.scale), []
        rounds = {10: [], 10_000: []}
        for _ in range(options.rounds):
            for partitions, costs in rounds.items():
                properties = [f"rate={rate}", f"broker.linger.ms={linger}", "queue.buffering.max.messages=1000000", *V2]
                said, _ = measure(libraries["ours"], sink(partitions), "bench", count, 100, partitions, *properties)
                costs.append(int(said["cpu_ns"]) / count)
        for partitions, costs in rounds.items():
            medians.append(statistics.median(costs))
            print(f"cpu    {rate:,}/s, linger {linger} ms, {partitions:>6} partitions: {medians[-1]:,.0f} ns/message", flush=True)
        print(f"cpu    {rate:,}/s, linger {linger} ms: {medians[1] / medians[0]:.2f} times")


def skew(options, libraries):
    count, seconds, linger, rtt = int(400_000 * options.scale), [], 20, 20
    mock = [os.path.join(options.target, "release", "rdkafka-mock"), "--topic", "bench:100", "--rtt", str(rtt)]
    for segments in (1, 16):
        said, _ = measure(
            libraries["ours"], mock, "bench", count, 100, 100, "hot=80", "rate=60000", "latency=1",
            "batch.num.messages=100", "max.in.flight=5", f"broker.linger.ms={linger}", "queue.buffering.max.messages=1000000",
            f"produce.request.max.segments.per.partition={segments}", *V2,
        )  # fmt: skip
        seconds.append(int(said["wall_ns"]) / 1e9)
        print(f"skew   {segments:>2} segments: hot partition {0.8 * count / seconds[-1]:,.0f} messages/s, p99 {int(said['hot_p99_us']) / 1000:.1f} ms; "
              f"p99 of the others {int(said['p99_us']) / 1000:.1f} ms (linger plus round trip: {linger + rtt})", flush=True)  # fmt: skip
    print(f"skew   {seconds[0] / seconds[1]:.2f} times the pace with segments")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison of CPU costs")
    parser.add_argument("--only", default="")
    parser.add_argument("--lib", default=os.path.join(bench.ROOT, "build"))
    parser.add_argument("--include", default=os.path.join(bench.ROOT, "include"))
    parser.add_argument("--target", default=os.environ.get("CARGO_TARGET_DIR", os.path.join(bench.ROOT, "target")))
    options = parser.parse_args()
    bench.build("sink")
    bench.build("producer_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    libraries = {"ours": options.lib, "reference": bench.downloads.reference_library()}
    for run in (paced, cpu, skew):
        if re.search(options.only, run.__name__):
            run(options, libraries)


if __name__ == "__main__":
    main()
