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
import results  # noqa: E402

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


def paced(options, libraries, out):
    count, rows = int(600_000 * options.scale), {}
    for which, library, properties in [(bench.REFERENCE, "reference", []), ("legacy", "ours", []), ("v2", "ours", V2)]:
        said, seen = measure(libraries[library], sink(1000), "bench", count, 100, 1000, "rate=10000", "latency=1", *properties)
        row = rows[which] = {f"{p} ms": int(said[f"{p.replace('.', '')}_us"]) / 1000 for p in ("p50", "p90", "p99", "p99.9")}
        row |= {"requests": int(seen["requests"]), "cpu ns/msg": int(said["cpu_ns"]) / count}
        out.add("10000/s, 1000 partitions", which, row)
        print(f"paced  {which:10} requests {row['requests']:>8,}  p50 {row['p50 ms']:.1f} ms  p99 {row['p99 ms']:.1f} ms  "
              f"CPU {row['cpu ns/msg']:,.0f} ns/message", flush=True)  # fmt: skip
    print(f"paced  the reference's requests are {rows[bench.REFERENCE]['requests'] / rows['v2']['requests']:.0f} times those of v2")


def cpu(options, libraries, out):
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
            out.add(f"{rate}/s, linger {linger} ms, {partitions} partitions", "v2", {"cpu ns/msg": medians[-1]})
            print(f"cpu    {rate:,}/s, linger {linger} ms, {partitions:>6} partitions: {medians[-1]:,.0f} ns/message", flush=True)
        print(f"cpu    {rate:,}/s, linger {linger} ms: {medians[1] / medians[0]:.2f} times")


def skew(options, libraries, out):
    count, seconds, linger, rtt = int(400_000 * options.scale), [], 20, 20
    mock = [os.path.join(options.target, "release", "rdkafka-mock"), "--topic", "bench:100", "--rtt", str(rtt)]
    for segments in (1, 16):
        said, _ = measure(
            libraries["ours"], mock, "bench", count, 100, 100, "hot=80", "rate=60000", "latency=1",
            "batch.num.messages=100", "max.in.flight=5", f"broker.linger.ms={linger}", "queue.buffering.max.messages=1000000",
            f"produce.request.max.segments.per.partition={segments}", *V2,
        )  # fmt: skip
        seconds.append(int(said["wall_ns"]) / 1e9)
        of_hot, of_others = int(said["hot_p99_us"]) / 1000, int(said["p99_us"]) / 1000
        out.add(f"{segments} segments", "v2", {"hot msgs/s": 0.8 * count / seconds[-1], "hot p99 ms": of_hot, "other p99 ms": of_others})
        print(f"skew   {segments:>2} segments: hot partition {0.8 * count / seconds[-1]:,.0f} messages/s, p99 {of_hot:.1f} ms; "
              f"p99 of the others {of_others:.1f} ms (linger plus round trip: {linger + rtt})", flush=True)  # fmt: skip
    print(f"skew   {seconds[0] / seconds[1]:.2f} times the pace with segments")


def main():
    parser = bench.places(argparse.ArgumentParser())
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison of CPU costs")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    bench.build("sink")
    bench.build("producer_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    libraries = {"ours": options.lib, "reference": bench.downloads.reference_library()}
    for run in (paced, cpu, skew):
        if re.search(options.only, run.__name__):
            run(options, libraries, results.Results(options.csv, run.__name__))


if __name__ == "__main__":
    main()
