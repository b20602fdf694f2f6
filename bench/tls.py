"""TLS 1.3 with AES-128-GCM: `bench/tls.py [--rounds N] [--scale F] [--only REGEX]`, after `make lib`.

Ours and the reference in turn, against the mock cluster with TLS. First what a message costs the producing process: goals are 0.5 of
the reference's CPU time at 100 B and 0.75 at 1 KiB, where most of it is the cipher's. Then the set-up of a connection up to the first
answer to a message, with resumed sessions and without (a broker that gives no tickets); the goal is 200 connections a second.
Fails when a goal is missed.
"""

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench  # noqa: E402
import results  # noqa: E402

# Read by OpenSSL in the broker: clients offer all ciphers, so the broker decides.
OPENSSL_CONF = """openssl_conf = openssl
[openssl]
ssl_conf = ssl
[ssl]
system_default = system_default
[system_default]
Ciphersuites = TLS_AES_128_GCM_SHA256
"""
NO_TICKETS = "NumTickets = 0\n"
CIPHER = "TLS_AES_128_GCM_SHA256"

# name, messages, bytes each, partitions, goal
MESSAGES = [
    ("TLS, 100 B, 1 partition", 1_000_000, 100, 1, 0.5),
    ("TLS, 100 B, 10 partitions", 1_000_000, 100, 10, 0.5),
    ("TLS, 1 KiB, 1 partition", 400_000, 1024, 1, 0.75),
    ("TLS, 1 KiB, 10 partitions", 400_000, 1024, 10, 0.75),
]
# name, connections, what the broker's OpenSSL is told besides
CONNECTIONS = [("connections, resumed", 1000, ""), ("connections, no tickets", 500, NO_TICKETS)]
RATE_GOAL = 200
# librdkafka takes about a second until it connects again, whatever its back-off is set to.
PATIENCE = 50


@contextlib.contextmanager
def broker(options, partitions, configuration=""):
    """(bootstrap servers, properties) of a mock cluster with TLS."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "openssl.cnf")
        with open(path, "w", encoding="ascii") as file:
            file.write(OPENSSL_CONF + configuration)
        binary = os.path.join(options.target, "release", "rdkafka-mock")
        argv = [*bench.cores()[0], binary, "--topic", f"bench:{partitions}", "--memory", "64", "--tls", folder]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=dict(os.environ, OPENSSL_CONF=path)) as mock:
            try:
                bootstrap = mock.stdout.readline().strip().split("=", 1)[1]
                check_cipher(bootstrap)
                yield bootstrap, ["security.protocol=ssl", f"ssl.ca.location={folder}/ca.pem", "enable.metrics.push=false"]
            finally:
                mock.kill()


def check_cipher(bootstrap):
    argv = ["openssl", "s_client", "-connect", bootstrap, "-brief"]
    said = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False).stderr
    if f"Ciphersuite: {CIPHER}" not in said:
        raise SystemExit(f"the broker does not choose {CIPHER}: {said}")


def run(options, program, library, *arguments):
    argv = [*bench.cores()[1], os.path.join(bench.OUT, program), *map(str, arguments)]
    environment = dict(os.environ, LD_LIBRARY_PATH=library)
    done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    return bench.pairs(done.stdout)


def in_turn(options, measure):
    """The medians of both libraries' figures: {name: (reference, ours)}."""
    libraries = (bench.downloads.reference_library(), options.lib)
    rounds = [[measure(library) for library in libraries] for _ in range(options.rounds)]
    return {name: tuple(statistics.median(r[i][name] for r in rounds) for i in (0, 1)) for name in rounds[0][0]}


def row(options, name, medians):
    out = results.Results(options.csv, "tls")
    for i, client in enumerate((bench.REFERENCE, "legacy")):
        out.add(name, client, {what: both[i] for what, both in medians.items()})
    text = "".join(f"{what:>14}: {theirs:>9,.0f} {ours:>9,.0f} {ours / theirs:>5.2f}" for what, (theirs, ours) in medians.items())
    print(f"{name:28}{text}", end="", flush=True)


def verdict(reached, goal):
    print(f"   goal {goal}: {'reached' if reached else 'MISSED'}", flush=True)
    return reached


def messages(options, name, count, size, partitions, goal):
    count = max(1000, int(count * options.scale))
    with broker(options, partitions) as (bootstrap, properties):

        def measure(library):
            said = run(options, "producer_bench", library, bootstrap, "bench", count, size, partitions, *properties)
            return {"msgs/s": count / (int(said["wall_ns"]) / 1e9), "cpu ns/msg": int(said["cpu_ns"]) / count}

        medians = in_turn(options, measure)
    row(options, name, medians)
    theirs, ours = medians["cpu ns/msg"]
    return verdict(ours / theirs <= goal, goal)


def connections(options, name, count, configuration):
    count = max(10, int(count * options.scale))
    with broker(options, 1, configuration) as (bootstrap, properties):

        def measure(library):
            rounds = count if library == options.lib else max(5, count // PATIENCE)
            said = run(options, "reconnect_bench", library, bootstrap, "bench", rounds, *properties)
            made, wall, cpu = (float(said[word]) for word in ("connections", "wall_us", "cpu_us"))
            return {"us each": wall / made, "cpu us each": cpu / made, "per second": made / (wall / 1e6)}

        medians = in_turn(options, measure)
    row(options, name, medians)
    return verdict(medians["per second"][1] >= RATE_GOAL, f"{RATE_GOAL}/s")


def main():
    parser = bench.places(argparse.ArgumentParser())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of messages and connections")
    parser.add_argument("--only", default="", help="regular expression on names of rows")
    parser.add_argument("--smoke", action="store_true", help="one short round, whatever its figures: does it run at all")
    options = parser.parse_args()
    if options.smoke:
        options.rounds, options.scale = 1, 0.01
    library = os.path.join(options.lib, "librdkafka.so.1")
    bench.build("producer_bench", f"-I{options.include}", library)
    bench.build("reconnect_bench", f"-I{options.include}", f"-I{bench.ROOT}/capi-tests", library, "-pthread", "-lm")
    print(f"{'':28}each: reference, ours, ratio", flush=True)
    rows = [(messages, entry) for entry in MESSAGES] + [(connections, entry) for entry in CONNECTIONS]
    reached = [measure(options, *entry) for measure, entry in rows if re.search(options.only, entry[0])]
    return 0 if reached and (options.smoke or all(reached)) else 1


if __name__ == "__main__":
    sys.exit(main())
