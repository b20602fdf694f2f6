"""Long lives: a producer works for wave after wave on a cluster that is never well while it does (soak.c), and holds no more
memory, descriptors and threads at the end than after its first waves.

`make check` runs a short form, `make soak` SOAK_WAVES waves of SOAK_WAVE_MS milliseconds each; SOAK_SEED=n for the same troubles.
"""

import os
import random
import signal
import subprocess
import threading
import time

from . import brokers, programs
from .base import check, tail

WAVES = int(os.environ.get("SOAK_WAVES", "3"))
WAVE_MS = int(os.environ.get("SOAK_WAVE_MS", "2000"))
BROKERS = (1, 2, 3)
PARTITIONS = 32
TRANSPORT = -195

PRODUCE, METADATA, FIND_COORDINATOR, API_VERSIONS = 0, 3, 10, 18
INIT_PRODUCER_ID, ADD_PARTITIONS, ADD_OFFSETS, END_TXN, TXN_OFFSET_COMMIT = 22, 24, 25, 26, 28
COORDINATOR_MOVES = (14, 15, 16, TRANSPORT)
ERRORS = {
    PRODUCE: (5, 6, 7, 19, 20, 56, TRANSPORT),
    METADATA: (TRANSPORT,),
    API_VERSIONS: (TRANSPORT,),
    INIT_PRODUCER_ID: COORDINATOR_MOVES,
    FIND_COORDINATOR: (15, TRANSPORT),
    ADD_PARTITIONS: (51, *COORDINATOR_MOVES),
    ADD_OFFSETS: (51, *COORDINATOR_MOVES),
    END_TXN: (51, *COORDINATOR_MOVES),
    TXN_OFFSET_COMMIT: COORDINATOR_MOVES,
}


def trouble(server, rng):
    """One thing that happens to clusters. What it leaves behind, `heal` ends."""
    kind = rng.randrange(8)
    broker = rng.choice(BROKERS)
    if kind == 0:
        down = rng.sample(BROKERS, rng.randint(1, 3))
        for one in down:
            server.command(f"down {one} 0")
        time.sleep(rng.uniform(0, 0.8))  # the outage itself
        for one in down:
            server.command(f"up {one} 0")
    elif kind == 1:
        server.command(f"rtt {broker} {rng.choice((0, 1, 20, 300))}")
    elif kind == 2:
        for partition in rng.sample(range(PARTITIONS), 8):
            server.command(f"leader {broker} {partition}")
    elif kind == 3:
        server.command(f"coordinator {broker} 0")
    elif kind == 4:  # nothing is answered, nothing is refused
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(rng.uniform(0.05, 1.5))  # the outage itself
        server.process.send_signal(signal.SIGCONT)
    else:
        api = rng.choice(list(ERRORS))
        for _ in range(rng.randint(1, 5)):
            server.command(f"error {api} {rng.choice(ERRORS[api])}")


def heal(server):
    for broker in BROKERS:
        server.command(f"rtt {broker} 0")
    for api in ERRORS:
        server.command(f"error {api} 0")


class Soak:
    """soak.c on a cluster; each line that it is given is answered by one."""

    # More than any of its calls may take; a process that hangs must not hang the suite.
    LIMIT_S = 180 + WAVES * (WAVE_MS / 1000 + 30)

    def __init__(self, libraries, bootstrap, mode, seed, under):
        argv = [*under, programs.tool("soak", libraries), bootstrap, mode, str(seed)]
        self.log = brokers.log_path("soak")
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        with open(self.log, "wb") as errors:  # a file: what valgrind has to say may be more than a pipe holds
            self.process = subprocess.Popen(argv, env=libraries.environment("ours"), text=True, stderr=errors, **pipes)
        self.watchdog = threading.Timer(self.LIMIT_S, self.process.kill)
        self.watchdog.start()

    def errors(self):
        with open(self.log, "rb") as file:
            return tail(file.read())

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self, word):
        line = self.process.stdout.readline().split()
        if not line or line[0] != word:
            self.process.kill()
            check(False, f"soak said {line} instead of {word}: {self.errors()}")
        return [int(number) for number in line[1:]]

    def finish(self):
        self.process.communicate(timeout=60)
        check(self.process.returncode == 0, f"soak ended with {self.process.returncode}: {self.errors()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def soak(mode, under=()):
    def test(libraries):
        seed = int(os.environ.get("SOAK_SEED", random.randrange(1 << 30)))
        print(f"     SOAK_SEED={seed}", flush=True)
        topics = [f"soak{n}:{PARTITIONS}" for n in range(3)] + ["others:4"]
        with brokers.MockServer(libraries, len(BROKERS), topics) as server:
            with Soak(libraries, server.bootstrap, mode, seed, under) as producer:
                waves = live(server, producer, random.Random(seed))
        if not under:
            judge(waves)

    return test


def live(server, producer, rng):
    waves = []
    for number in range(WAVES):
        producer.say(f"wave {WAVE_MS}")
        end = time.monotonic() + WAVE_MS / 1000
        while time.monotonic() < end:
            trouble(server, rng)
            time.sleep(rng.uniform(0, 0.3))
        producer.answer("worked")
        heal(server)
        producer.say("settle")
        waves.append(producer.answer("settled"))
        server.produce_requests()  # forgets them
        delivered, failed, rss, descriptors, threads = waves[-1]
        print(f"     wave {number + 1}: {delivered} delivered, {failed} failed, {rss / 1024:.1f} MiB, "
              f"{descriptors} descriptors, {threads} threads", flush=True)  # fmt: skip
    check(sum(wave[0] for wave in waves) > 0, "nothing was delivered")
    producer.finish()
    return waves


def judge(waves):
    """What the process holds does not grow."""
    # The first third is for what is made once: caches, pools, connections. In few waves they are not all made.
    warm = -(-len(waves) // 3)
    kib = 8 << 10 if len(waves) > 9 else 32 << 10
    for at, what, allowance in ((2, "KiB", kib), (3, "descriptors", 4), (4, "threads", len(BROKERS))):
        before = max(wave[at] for wave in waves[:warm])
        after = min(wave[at] for wave in waves[-warm:])
        limit = before + before // 10 + allowance if at == 2 else before + allowance
        check(after <= limit, f"{before} {what} in the first waves, {after} in the last")


def under_valgrind(mode):
    return lambda libraries: soak(mode, programs.VALGRIND)(libraries.on("produce.engine=v2"))


MODES = ("plain", "idempotent", "transactions")
TESTS = [(f"soak:{mode}", soak(mode)) for mode in MODES]
TESTS += [(f"valgrind:soak:{mode}", under_valgrind(mode)) for mode in MODES]
