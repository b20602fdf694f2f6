"""Memory of messages in very many partitions: `bench/wide.py [--partitions N] [--fills N,N,...]`, after `make lib`.

All partitions of a topic get messages of 100 B by turns, which linger. Bytes of resident memory per message at each number of messages
per partition, and what is left of the growth 3 s after the last delivery; the reference in the same table.
"""

import argparse
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

LINGER = ["linger.ms=200000", "queue.buffering.max.messages=10000000", "queue.buffering.max.kbytes=2000000"]
MEGABYTE = 1e6


def run(options, library, *properties):
    """Bytes per message by fill, and (megabytes before the first message, megabytes more after the last)."""
    mock = os.path.join(options.target, "release", "rdkafka-mock")
    with subprocess.Popen([mock, "--topic", f"bench:{options.partitions}", "--memory", "256"], stdout=subprocess.PIPE, text=True) as broker:
        bootstrap = broker.stdout.readline().strip().split("=", 1)[1]
        argv = [os.path.join(bench.OUT, "wide_bench"), bootstrap, str(options.partitions), options.fills, *LINGER, *properties]
        environment = dict(os.environ, LD_LIBRARY_PATH=library)
        try:
            done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
        finally:
            broker.send_signal(signal.SIGTERM)
    rows = [bench.pairs(line) for line in done.stdout.splitlines()]
    fills = {int(row["fill"]): float(row["bytes"]) for row in rows if "fill" in row}
    end = rows[-1]
    return fills, (float(end["start"]) / MEGABYTE, float(end["left"]) / MEGABYTE)


def note(out, name, fills, start, left):
    for fill, size in fills.items():
        out.add(f"{fill} a partition", name, {"B/msg": size})
    out.add("after delivery", name, {"MB before": start, "MB more": left})


def main():
    parser = bench.places(argparse.ArgumentParser())
    parser.add_argument("--partitions", type=int, default=10_000)
    parser.add_argument("--fills", default="1,2,3,5,7,10,20,50,100", help="messages per partition (%(default)s)")
    options = parser.parse_args()
    bench.build("wide_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    reference, (reference_start, reference_left) = run(options, bench.downloads.reference_library())
    out = results.Results(options.csv, "wide")
    note(out, bench.REFERENCE, reference, reference_start, reference_left)
    print(f"{options.partitions} partitions, messages of 100 B that linger: bytes of memory per message, reference, ours, ratio")
    for name, properties in [("legacy", []), ("v2", ["produce.engine=v2"])]:
        ours, (start, left) = run(options, options.lib, *properties)
        note(out, name, ours, start, left)
        for fill, size in ours.items():
            # Few messages may fit into what the process has anyway.
            ratio = f"{size / reference[fill]:.2f}" if reference[fill] > 0 else "-"
            print(f"  {name:6} {fill:4} a partition {reference[fill]:6.0f} {size:6.0f}   {ratio}")
        print(f"  {name:6} before: {reference_start:.1f} and {start:.1f} MB; more than that after delivery: {reference_left:.1f} and {left:.1f} MB")


if __name__ == "__main__":
    main()
