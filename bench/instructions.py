"""Instructions of a message, held to what is checked in: `bench/instructions.py [--lib FOLDER]`, after `make lib`.

The library that `make lib` builds runs under callgrind, and the instructions of five functions are counted with all that they
call. More or fewer than LIMIT against `instructions.ARCHITECTURE.txt` is a failure: what got cheaper is written down, too.
UPDATE_INSTRUCTIONS=1 does that.

Two runs differ by 0.1 % at most. Other processors give the same counts: valgrind shows programs a processor of its own. Another
compiler does not, so the limit is WIDE_LIMIT there, and for settling: what is inlined of the few hundred instructions of a
batch, the optimiser decides anew when code elsewhere changes.
"""

import argparse
import collections
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402

LIMIT, WIDE_LIMIT = 0.03, 0.15
BASELINE = os.path.join(bench.HERE, f"instructions.{platform.machine()}.txt")
UPDATE = "UPDATE_INSTRUCTIONS"

# What is counted, by the name that callgrind shows. None of them calls another.
FUNCTIONS = {
    "append: produce": "rd_kafka_produce",
    "append: producev": "rd_kafka_producev",
    "encode": "rdkafka::broker::send::encoder::Encoder::encode",
    "settle a batch": "rdkafka::broker::send::settler::Settler::settle",
    "deliver": "rdkafka::capi::queue::poll::serve",
}
# The others are counted by their calls.
BY_MESSAGE = ["encode", "deliver"]
WIDE = ["settle a batch"]
# name, partitions, messages in each, properties
WORKLOADS = [
    ("4 partitions", 4, 4000, []),
    ("1000 partitions", 1000, 16, []),
    ("1000 partitions, v2", 1000, 16, ["produce.engine=v2"]),
]


def compiler():
    return subprocess.run(["rustc", "--version"], cwd=bench.ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def inclusive(profile):
    """Instructions of each function with what it called, and how often it was called."""
    names, costs, calls, within, called = {}, collections.Counter(), collections.Counter(), None, None
    for line in profile:
        if found := re.match(r"(c?)fn=\((\d+)\)(?: (.*))?", line):
            if found[3]:
                names[found[2]] = found[3].strip()
            if found[1]:
                called = found[2]
            else:
                within = found[2]
        elif line.startswith("calls="):
            calls[called] += int(line[6:].split()[0])
        elif within and re.match(r"[\d+*-]", line):
            costs[within] += int(line.split()[1])
    return {name: (costs[i], calls[i]) for i, name in names.items()}


def run(library, partitions, each, properties):
    """Instructions of each function per message or call."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "profile")
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no"]
        tool += ["--zero-before=instructions_begin", *(f"--toggle-collect={name}" for name in FUNCTIONS.values())]
        sink = [os.path.join(bench.OUT, "sink"), "--partitions", str(partitions)]
        with subprocess.Popen(sink, stdout=subprocess.PIPE, text=True) as broker:
            bootstrap = broker.stdout.readline().strip().split("=", 1)[1]
            argv = [os.path.join(bench.OUT, "instructions"), bootstrap, str(partitions), str(each), *properties]
            environment = dict(os.environ, LD_LIBRARY_PATH=library)
            try:
                done = subprocess.run(
                    tool + argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600
                )
            finally:
                broker.send_signal(signal.SIGTERM)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)}\n{done.stderr}")
        messages = int(bench.pairs(done.stdout)["messages"])
        with open(out, encoding="utf-8") as profile:
            found = inclusive(profile)
    counts = {}
    for name, function in FUNCTIONS.items():
        cost, calls = found.get(function, (0, 0))
        if not calls:
            raise SystemExit(f"{function} was not called, or is not a function of its own in this build")
        counts[name] = cost / (messages if name in BY_MESSAGE else calls)
    return counts


def read_baseline():
    """(compiler, {row: instructions}); nothing if there is no file."""
    if not os.path.exists(BASELINE):
        return None, {}
    with open(BASELINE, encoding="ascii") as file:
        lines = file.read().splitlines()
    return lines[0], dict((row, float(count)) for row, count in (line.rsplit(None, 1) for line in lines[1:]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lib", default=os.path.join(bench.ROOT, "build"))
    parser.add_argument("--include", default=os.path.join(bench.ROOT, "include"))
    options = parser.parse_args()
    bench.build("sink")
    bench.build("instructions", f"-I{options.include}", os.path.join(options.lib, "librdkafka.so.1"))
    counts = {}
    for workload, *how in WORKLOADS:
        counts |= {f"{workload}, {name}": count for name, count in run(options.lib, *how).items()}
    if os.environ.get(UPDATE):
        with open(BASELINE, "w", encoding="ascii") as file:
            file.write(compiler() + "\n" + "".join(f"{row:40}{count:10.1f}\n" for row, count in counts.items()))
    of, baseline = read_baseline()
    print(f"instructions per message or batch, with {compiler()}; the baseline is of {of}:")
    rows, failed = list(counts | baseline), 0
    for row in rows:
        limit = LIMIT if of == compiler() and not row.endswith(tuple(WIDE)) else WIDE_LIMIT
        failed += not compare(row, counts.get(row), baseline.get(row), limit)
    if failed:
        print(f"If that is meant: {UPDATE}=1 python3 bench/instructions.py")
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


def compare(row, now, before, limit):
    """Whether a count is what it was."""
    if now is None or before is None:
        print(f"FAIL {row:40} {'is not counted any more' if now is None else 'has no baseline'}")
        return False
    good = abs(now - before) <= before * limit
    print(f"{'PASS' if good else 'FAIL'} {row:40}{before:10.1f}{now:10.1f} {(now - before) / before:+.1%} of {limit:.0%}")
    return good


if __name__ == "__main__":
    sys.exit(main())
