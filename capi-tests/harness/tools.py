"""The programs that people run: the examples, with exit codes, and the benchmark in a short form."""

import contextlib
import os
import socket
import sys
import xml.etree.ElementTree

from . import brokers
from .base import ROOT, check, run, work
from .packaging import header_version


def example(libraries, source="producer.c"):
    """A program of examples/; producer.c as `make run` builds it."""
    language = os.path.splitext(source)[1]
    binary = work(source + ".bin")
    compiler = {".c": ["gcc", "-std=gnu11"], ".cpp": ["g++", "-std=c++17"]}[language]
    argv = [*compiler, "-Wall", "-Wextra", "-Werror", "-O2", f"-I{libraries.include}"]
    argv += [os.path.join(ROOT, "examples", source), "-o", binary]
    run(argv + [os.path.join(libraries.lib, "librdkafka.so.1")], 60)
    return binary


# What each of the short examples is told beside brokers and topic, and what it says of LINES.
LINES = [b"%d" % n for n in range(2000)]
SENDERS = {
    "idempotent.c": ([], b"2000 of 2000 lines stored once and in order"),
    "transactional.c": (["an-id", "300"], b"2000 lines committed"),
    "events.c": ([], b"2000 of 2000 lines delivered"),
    "producer.cpp": ([], b"2000 of 2000 lines delivered"),
}


def short_examples(libraries):
    """Each sends all lines through faults of the broker, and the consumer prints them."""
    environment = libraries.environment("ours")
    consumer = example(libraries, "consumer.c")
    for source, (arguments, words) in SENDERS.items():
        faults = ["--fail", "Produce:NOT_ENOUGH_REPLICAS:2", "--fail", "EndTxn:COORDINATOR_LOAD_IN_PROGRESS:1"]
        service, bootstrap = brokers.mock_process(libraries, 2, ["t:1"], options=faults)
        with service:
            binary = example(libraries, source)
            _, out, _ = run([binary, bootstrap, "t", *arguments], 60, environment, stdin=b"\n".join(LINES) + b"\n")
            check(words in out, f"{source}: {out}")
            argv = [consumer, bootstrap, "t", "-e", "isolation.level=read_committed"]
            _, out, _ = run(argv, 60, environment)
        values = [line.split(b"\t")[4] for line in out.splitlines()]
        check(values == LINES, f"{source}: {len(values)} messages, {values[:3]}")
        # Without a broker it ends, and says that nothing was delivered.
        nowhere = f"127.0.0.1:{brokers.free_port()}"
        if not arguments:
            argv = [binary, nowhere, "t", "message.timeout.ms=300", "log_level=0"]
            code, out, err = run(argv, 60, environment, stdin=b"lost\n", ok=None)
            check(code == 1 and b"0 of 1" in out and b"Message timed out" in err, f"{source}: {code}, {out}, {err}")
        code, _, err = run([binary, nowhere, "t", *arguments, "no.such=1"], 60, environment, ok=None)
        check(code == 2 and b'No such configuration property: "no.such"' in err, f"{source}: {code}, {err}")


def exit_codes(libraries):
    binary = example(libraries)
    environment = libraries.environment("ours")

    def expect(code, words, *argv):
        got, out, err = run([binary, *argv], 60, environment, stdin=b"a line\n", ok=None)
        text = f"{argv}: exit code {got}, expected {code}\n{out.decode()}{err.decode()}"
        check(got == code, text)
        # Whatever it says, it has to be this library that says it.
        check(code == 2 or f"librdkafka {header_version(libraries)}" in text, text)
        check(words in out.decode() + err.decode(), f"no '{words}' in {text}")

    expect(0, "1 of 1 messages delivered to t", "--mock", "2", "-t", "t")
    expect(2, "unknown option: --frobnicate", "--frobnicate")
    expect(2, 'No such configuration property: "no.such"', "--mock", "1", "-t", "t", "-X", "no.such=1")
    expect(2, "no topic (-t)", "--mock", "1")
    expect(3, "cannot read /no/such/file", "--mock", "1", "-t", "t", "/no/such/file")
    unreachable = "no broker could be reached"
    expect(4, unreachable, "-b", f"127.0.0.1:{brokers.free_port()}", "-t", "t", "--reach", "1")
    # A port that takes connections and never answers.
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        argv = ["-b", f"127.0.0.1:{silent.getsockname()[1]}", "-t", "t", "--reach", "1"]
        expect(4, unreachable, *argv)


def example_file(libraries):
    """Keys, headers and compression into a broker, read back; and standard input."""
    binary = example(libraries)
    lines = [b"key-%d:value %d" % (n % 50, n) for n in range(5000)]
    path = work("example-input.txt")
    with open(path, "wb") as file:
        file.write(b"\n".join(lines))  # no newline at the end: the last line counts all the same
    service, bootstrap = brokers.mock_process(libraries, 3, ["t:4"])
    with service:
        argv = [binary, "-b", bootstrap, "-t", "t", "-K:", "-z", "lz4", "-H", "by=example", path]
        _, out, _ = run(argv, 60, libraries.environment("ours"))
        check(b"5000 of 5000 messages delivered to t" in out, out.decode())
        counts = [int(line.split(b":")[1]) for line in out.splitlines() if line.startswith(b"  partition ")]
        check(sum(counts) == 5000 and len(counts) == 4, out.decode())
        log = brokers.read_back(bootstrap, "t", libraries.environment("system"))
    found = sorted(k + b":" + v for part in log.values() for _, k, h, v in part if h == b"by=example")
    check(found == sorted(lines), f"{len(found)} read back")


def make_run(libraries):
    """The command of the README, with a small file; unread standard input and all."""
    path = work("run-input.txt")
    with open(path, "wb") as file:
        file.write(b"a line of text\n" * 3000)
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "LD_LIBRARY_PATH")}
    _, out, _ = run(["make", "--no-print-directory", "run", f"RUN_FILE={path}"], 600, environment, cwd=ROOT)
    check(b"3000 of 3000 messages delivered to demo" in out, out.decode())


def bench_smoke(libraries):
    """All that `make bench` and `make bench-kafka` run, in a short form. No figure is asserted: that would measure the machine."""
    folder = work("bench")
    os.makedirs(folder, exist_ok=True)
    figures = os.path.join(folder, "results.csv")
    with contextlib.suppress(FileNotFoundError):
        os.remove(figures)
    everything = ["--lib", libraries.lib, "--include", libraries.include, "--target", libraries.target, "--csv", figures]

    def bench(script, *argv):
        return run([sys.executable, os.path.join(ROOT, "bench", script), *argv], 120, dict(os.environ))[1]

    out = bench("bench.py", "--smoke", *everything)
    check(out.count(b" partition") >= 22, out.decode())
    out = bench("v2.py", "--scale", "0.005", "--rounds", "1", *everything)
    check(all(out.count(row) >= 3 for row in (b"paced ", b"cpu ", b"skew ")), out.decode())
    out = bench("transactions.py", "--count", "3", "--goal", "0", *everything)
    check(out.count(b" of the ideal, ") == 4, out.decode())
    out = bench("fresh.py", "--runs", "1", "--partitions", "20", "--queue", "2000", *everything)
    check(out.count(b" idempotence ") == 6, out.decode())
    out = bench("wide.py", "--partitions", "200", "--fills", "1,3", *everything)
    check(out.count(b" a partition ") == 4, out.decode())
    out = bench("edges.py", "--smoke", *everything)
    check(all(out.count(row) >= 2 for row in (b"down ", b"topics ", b"slow ")), out.decode())
    out = bench("tls.py", "--smoke", *everything)
    check(out.count(b" partition") >= 4, out.decode())
    out = bench("kafka.py", "--smoke", "--only", "^(legacy|v2)$", *everything)
    check(out.count(b" 1.00") >= 2 and b" v2 " in out, out.decode())
    out = bench("consumer.py", "--smoke", *everything)
    check(all(out.count(row) >= 1 for row in (b"B, poll", b"B, batches", b"memory, ")), out.decode())
    pictures = bench("plot.py", figures, folder).decode().split()
    check(len(pictures) == 6, pictures)
    for picture in pictures:
        shown = "".join(xml.etree.ElementTree.parse(picture).getroot().itertext())
        check("librdkafka" in shown and ("v2" in shown or "ours" in shown) and " cores of " in shown, f"{picture}: {shown}")


TESTS = [
    ("example:exit-codes", exit_codes),
    ("example:file", example_file),
    ("example:make-run", make_run),
    ("example:short", short_examples),
    ("bench:smoke", bench_smoke),
]
