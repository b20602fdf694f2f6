"""What the start of a partition costs: `bench/fresh.py [--partitions N] [--rtt MS] [--runs N] [--queue N]`, after `make lib`.

An idempotent producer sends to partitions that are all new, with this round-trip time. One batch of each is in flight until the
broker has acknowledged one (docs/internals/idempotence.md), so each waits for one answer before it has five in flight. Messages per second in
the first second and in the one after it, medians; the reference has five in flight from the beginning.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

VARIANTS = {"legacy": [], "v2": ["produce.engine=v2"]}


def run(options, library, *properties):
    """Messages delivered in the first second and in the second."""
    mock = os.path.join(options.target, "release", "rdkafka-mock")
    argv = [mock, "--topic", f"bench:{options.partitions}", "--rtt", str(options.rtt), "--memory", "256"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as broker:
        bootstrap = broker.stdout.readline().strip().split("=", 1)[1]
        argv = [os.path.join(bench.OUT, "fresh_bench"), bootstrap, str(options.partitions)]
        argv += [f"queue.buffering.max.messages={options.queue}", *properties]
        environment = dict(os.environ, LD_LIBRARY_PATH=library)
        try:
            done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
        finally:
            broker.send_signal(signal.SIGTERM)
    found = bench.pairs(done.stdout)
    return int(found["first"]), int(found["second"])


def main():
    parser = bench.places(argparse.ArgumentParser())
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--rtt", type=int, default=5, help="of every request, in milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--queue", type=int, default=10_000_000, help="messages that may wait, so that the queue is no limit (%(default)s)")
    options = parser.parse_args()
    bench.build("fresh_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    reference = (bench.REFERENCE, bench.downloads.reference_library(), [])
    ours = [(name, options.lib, properties) for name, properties in VARIANTS.items()]
    print(f"{options.partitions} new partitions, round trips of {options.rtt} ms, 100 B: messages/s in the first second, and in the next")
    out = results.Results(options.csv, "fresh")
    for name, library, properties in [reference, *ours]:
        for idempotent in ("false", "true"):
            rows = [run(options, library, f"enable.idempotence={idempotent}", *properties) for _ in range(options.runs)]
            first, second = (statistics.median(row[i] for row in rows) for i in (0, 1))
            out.add(f"idempotence {idempotent}", name, {"msgs/s, first second": first, "msgs/s, second": second})
            print(f"  {name:10} idempotence {idempotent:5} {first:12,.0f} {second:12,.0f}", flush=True)


if __name__ == "__main__":
    main()
