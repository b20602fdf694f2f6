"""Back-to-back transactions of one message: `bench/transactions.py [--count N] [--rtt MS] [--only REGEX] [--goal SHARE]`, after `make lib`.

The ideal is one transaction per sum of the round trips that it needs: AddPartitionsToTxn, Produce and EndTxn, or the last
two where brokers add partitions by themselves (KIP-890; librdkafka does not use that). Goal: at least 80 % of it. Fails below.
"""

import argparse
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

VARIANTS = {"legacy": [], "v2": ["produce.engine=v2"]}


def rate(options, library, version, *properties):
    """Transactions a second."""
    mock = os.path.join(options.target, "release", "rdkafka-mock")
    argv = [mock, "--topic", "bench:1", "--rtt", str(options.rtt), "--transaction-version", str(version)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as broker:
        bootstrap = broker.stdout.readline().strip().split("=", 1)[1]
        argv = [os.path.join(bench.OUT, "txn_bench"), bootstrap, str(options.count), *properties]
        try:
            done = subprocess.run(
                argv, env=dict(os.environ, LD_LIBRARY_PATH=library), stdout=subprocess.PIPE, text=True, check=True, timeout=600
            )
        finally:
            broker.send_signal(signal.SIGTERM)
    return options.count / (int(bench.pairs(done.stdout)["wall_us"]) / 1e6)


def main():
    parser = bench.places(argparse.ArgumentParser())
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--rtt", type=int, default=10, help="of every request, in milliseconds")
    parser.add_argument("--only", default="")
    parser.add_argument("--goal", type=float, default=0.8, help="the least share of the ideal (%(default)s)")
    options = parser.parse_args()
    bench.build("txn_bench", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    reference_library = bench.downloads.reference_library()
    worst, out = None, results.Results(options.csv, "transactions")
    for version, trips in ((1, 3), (2, 2)):
        ideal = 1000 / (trips * options.rtt)
        theirs = rate(options, reference_library, version)
        out.add(f"transaction.version {version}", bench.REFERENCE, {"transactions/s": theirs, "ideal": ideal})
        print(f"transaction.version {version}: ideal {ideal:.1f}/s; reference {theirs:.1f}/s", flush=True)
        for name, properties in VARIANTS.items():
            if not re.search(options.only, name):
                continue
            ours = rate(options, options.lib, version, *properties)
            out.add(f"transaction.version {version}", name, {"transactions/s": ours, "ideal": ideal})
            worst = min(worst or 1, ours / ideal)
            print(f"transaction.version {version}: {name:6} {ours:.1f}/s, {ours / ideal:.0%} of the ideal, "
                  f"{ours / theirs:.2f} times the reference", flush=True)  # fmt: skip
    if worst is None or worst < options.goal:
        sys.exit(f"below the goal of {options.goal:.0%}")


if __name__ == "__main__":
    main()
