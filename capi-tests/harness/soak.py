"""Long lives: a producer works for wave after wave on a cluster with constant faults (soak.c), and holds no more
memory, descriptors and threads at the end than after its first waves. Nothing waits without a reason meanwhile: soak.c
watches by its statistics.

`make check` runs a short form with the same troubles each time, `make soak` SOAK_WAVES waves of SOAK_WAVE_MS milliseconds each;
SOAK_SEED=n for other troubles.
"""

import os
import random
import signal
import statistics
import subprocess
import threading
import time

from . import brokers, certificates, compiled, programs
from .base import Failed, check, communicate, patience, tail, work

WAVES = int(os.environ.get("SOAK_WAVES", "9"))
WAVE_MS = int(os.environ.get("SOAK_WAVE_MS", "700"))
SEED = int(os.environ.get("SOAK_SEED", "351283259"))
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


def silence(process, rng):
    """Nothing is answered, nothing is refused."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(rng.uniform(0.05, 1.5))  # the outage itself
    process.send_signal(signal.SIGCONT)


def outage(rng, down, up):
    """Some brokers are away."""
    gone = rng.sample(BROKERS, rng.randint(1, 3))
    for one in gone:
        down(one)
    time.sleep(rng.uniform(0, 0.8))  # the outage itself
    for one in gone:
        up(one)


def trouble(server, rng):
    """One thing that happens to clusters. What it leaves behind, `heal` ends."""
    kind = rng.randrange(8)
    broker = rng.choice(BROKERS)
    if kind == 0:
        outage(rng, lambda one: server.command(f"down {one} 0"), lambda one: server.command(f"up {one} 0"))
    elif kind == 1:
        server.command(f"rtt {broker} {rng.choice((0, 1, 20, 300))}")
    elif kind == 2:
        for partition in rng.sample(range(PARTITIONS), 8):
            server.command(f"leader {broker} {partition}")
    elif kind == 3:
        server.command(f"coordinator {broker} 0")
    elif kind == 4:
        silence(server.process, rng)
    else:
        api = rng.choice(list(ERRORS))
        for _ in range(rng.randint(1, 5)):
            server.command(f"error {api} {rng.choice(ERRORS[api])}")


class LoginCluster:
    """A cluster that wants logins, and new ones every five seconds. What else happens to its connections is soak.c's doing."""

    OPTIONS = ("--sasl-oauthbearer", "--sasl-session", "5000", "--control")
    # What soak.c is told of it.
    ENVIRONMENT = {"SOAK_SASL": "1"}

    def __init__(self, libraries, topics, options=()):
        self.service, self.bootstrap = brokers.mock_process(libraries, len(BROKERS), topics, options=(*self.OPTIONS, *options))
        self.environment = dict(self.ENVIRONMENT)

    def command(self, text):
        brokers.command(self.service, text)

    def trouble(self, rng):
        kind = rng.randrange(6)
        if kind == 0:
            silence(self.service.process, rng)
        elif kind < 3:
            outage(rng, lambda one: self.command(f"down {one}"), lambda one: self.command(f"up {one}"))

    def heal(self):
        pass

    def __enter__(self):
        self.service.__enter__()
        return self

    def __exit__(self, *reason):
        return self.service.__exit__(*reason)


class EncryptedCluster(LoginCluster):
    """The same over TLS, where clients have to show certificates. One step after the other, everything that there is gets replaced: whom
    the two sides believe, the brokers' pair and the clients', until all comes from another authority, and then back again."""

    # Every ten seconds; a short run goes through all of it as well.
    ROTATION_S = min(10.0, WAVES * WAVE_MS / 1000 / 10)
    ENVIRONMENT = {}
    # For each authority, the pairs of brokers and clients that it has signed.
    AUTHORITIES = {"ca": ("server", "renewed"), "other": ("moved", "stranger")}

    def __init__(self, libraries, topics):
        self.folder = work("soak-certificates")
        os.makedirs(self.folder, exist_ok=True)
        self.steps, self.count, self.rotated = [], 0, time.monotonic()
        self.put(("ca.pem", "believed.pem"), "ca.pem")
        self.put_pairs("broker", "server")
        self.put_clients("client")
        own = lambda name: os.path.join(self.folder, name)
        words = ("--tls-cert", own("broker.pem"), "--tls-key", own("broker.key"), "--tls-client-ca", own("believed.pem"))
        super().__init__(libraries, topics, words)
        self.environment["SOAK_TLS"] = self.folder

    def put(self, targets, *sources):
        for target in targets:
            path = os.path.join(self.folder, target)
            with open(path + ".new", "wb") as file:
                for source in sources:
                    with open(os.path.join(certificates.folder(), source), "rb") as part:
                        file.write(part.read())
            os.replace(path + ".new", path)

    def put_pairs(self, name, source):
        """The key first, so that for a moment the two files do not belong to each other."""
        for ending in ("key", "pem"):
            self.put((f"{name}.{ending}",), f"{source}.{ending}")

    def put_clients(self, source):
        """Instances that begin later read both from one file: nobody could begin with two that do not belong to each other."""
        self.put_pairs("rotated", source)
        self.put(("client.pem",), f"{source}.pem", f"{source}.key")

    def rotate(self):
        """Nobody may show a certificate that the other side does not believe yet, or any more."""
        if not self.steps:
            new = list(self.AUTHORITIES)[(self.count // 4 + 1) % 2]
            brokers_pair, clients_pair = self.AUTHORITIES[new]
            self.steps = [
                lambda: self.put(("ca.pem", "believed.pem"), "all.pem"),
                lambda: self.put_pairs("broker", brokers_pair),
                lambda: self.put_clients(clients_pair),
                lambda: self.put(("ca.pem", "believed.pem"), f"{new}.pem"),
            ]
        self.steps.pop(0)()
        self.command("tls")
        self.rotated, self.count = time.monotonic(), self.count + 1

    def trouble(self, rng):
        if time.monotonic() >= self.rotated + self.ROTATION_S:
            self.rotate()
        super().trouble(rng)

    def __exit__(self, *reason):
        result = super().__exit__(*reason)
        print(f"     {self.count} steps of certificates being replaced", flush=True)
        check(self.count > 4 or reason[0], f"{self.count} steps only")
        return result


class TroubledCluster(brokers.MockServer):
    environment = {}

    def __init__(self, libraries, topics):
        super().__init__(libraries, len(BROKERS), topics)

    def trouble(self, rng):
        trouble(self, rng)

    def heal(self):
        heal(self)
        self.produce_requests()  # forgets them


def heal(server):
    for broker in BROKERS:
        server.command(f"rtt {broker} 0")
    for api in ERRORS:
        server.command(f"error {api} 0")


class Soak:
    """soak.c on a cluster; each line that it is given is answered by one."""

    # More than any of its calls may take; a process that hangs must not hang the suite.
    LIMIT_S = 180 + 2 * WAVES * (WAVE_MS / 1000 + 30)

    def __init__(self, libraries, bootstrap, mode, seed, under, more=None):
        argv = [*under, compiled.tool("soak", libraries), bootstrap, mode, str(seed)]
        self.log = brokers.log_path("soak")
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        with open(self.log, "wb") as errors:  # a file: what valgrind has to say may be more than a pipe holds
            # glibc's malloc gives threads arenas of their own, each of which fills up to its own peak: with brokers that come
            # and go, the process grows for an hour though nothing leaks. In one arena only what is kept grows.
            environment = libraries.environment("ours", {"MALLOC_ARENA_MAX": "1"} | (more or {}))
            self.process = subprocess.Popen(argv, env=environment, text=True, stderr=errors, **pipes)
        self.watchdog = threading.Timer(patience(self.LIMIT_S), self.process.kill)
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
        communicate(self.process, 60)
        check(self.process.returncode == 0, f"soak ended with {self.process.returncode}: {self.errors()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def run(libraries, mode, under=(), cluster=TroubledCluster):
    print(f"     SOAK_SEED={SEED}", flush=True)
    topics = [f"soak{n}:{PARTITIONS}" for n in range(3)] + ["others:4"]
    with cluster(libraries, topics) as server:
        with Soak(libraries, server.bootstrap, mode, SEED, under, server.environment) as producer:
            return live(server, producer, random.Random(SEED), patient=not under)


def soak(mode):
    return lambda libraries: judge(run(libraries, mode))


def catches_a_leak(libraries):
    """A program that leaks 5 MiB in each wave fails."""
    os.environ["SOAK_LEAK_KIB"] = "5120"
    try:
        waves = run(libraries, "plain")
    finally:
        del os.environ["SOAK_LEAK_KIB"]
    try:
        judge(waves)
    except Failed:
        return
    check(False, "a leak of 5 MiB a wave is not noticed")


def catches_a_stall(libraries):
    """A call that waits although nothing is under way for it is noticed."""
    topics = [f"soak{n}:{PARTITIONS}" for n in range(3)] + ["others:4"]
    with brokers.MockServer(libraries, len(BROKERS), topics) as server:
        with Soak(libraries, server.bootstrap, "plain", SEED, ()) as producer:
            producer.say("wave 300")
            producer.answer("worked")
            producer.say("settle")
            producer.answer("settled")
            producer.say("stall")
            communicate(producer.process, 60)
            check(producer.process.returncode != 0, "a call that waits for nothing is not noticed")
            check("something has waited for" in producer.errors(), producer.errors())


def live(server, producer, rng, patient):
    """What was settled in each wave. There are twice as many if the process seems to grow: how much memory is kept for later goes
    up and down from wave to wave, and a few waves may happen to go up. A leak goes on."""
    waves = [live_a_wave(server, producer, rng, number) for number in range(WAVES)]
    if patient and too_much_growth(waves):
        waves += [live_a_wave(server, producer, rng, number) for number in range(WAVES, 2 * WAVES)]
    check(sum(wave[0] for wave in waves) > 0, "nothing was delivered")
    producer.finish()
    return waves


def live_a_wave(server, producer, rng, number):
    producer.say(f"wave {WAVE_MS}")
    end = time.monotonic() + WAVE_MS / 1000
    while time.monotonic() < end:
        server.trouble(rng)
        time.sleep(rng.uniform(0, 0.3))
    producer.answer("worked")
    server.heal()
    producer.say("settle")
    wave = producer.answer("settled")
    delivered, failed, rss, descriptors, threads = wave
    print(f"     wave {number + 1}: {delivered} delivered, {failed} failed, {rss / 1024:.1f} MiB, "
          f"{descriptors} descriptors, {threads} threads", flush=True)  # fmt: skip
    return wave


# What memory may grow by after the first waves, from its level at first to that in the end.
GROWTH_KIB = 10 << 10


def slope(values):
    """How much the values grow from one to the next: the median over all pairs, which one wave out of the ordinary does not move."""
    pairs = [(after - before) / (j - i) for i, before in enumerate(values) for j, after in enumerate(values) if i < j]
    return statistics.median(pairs)


def warm_up(waves):
    """How many waves are for what is made once: caches, pools, connections."""
    return -(-len(waves) // 3)


def too_much_growth(waves):
    """What is wrong with the memory that the process holds, if something is."""
    resident = [wave[2] for wave in waves[warm_up(waves) :]]
    if len(resident) < 2:
        return ""
    growth, limit = slope(resident), GROWTH_KIB / (len(resident) - 1)
    return f"memory grows by {growth:.0f} KiB a wave, more than {limit:.0f}: {resident}" if growth > limit else ""


def judge(waves):
    """What the process holds does not grow."""
    wrong = too_much_growth(waves)
    check(not wrong, wrong)
    warm = warm_up(waves)
    for at, what, allowance in ((3, "descriptors", 4), (4, "threads", len(BROKERS))):
        before = max(wave[at] for wave in waves[:warm])
        after = min(wave[at] for wave in waves[-warm:])
        check(after <= before + allowance, f"{before} {what} in the first waves, {after} in the last")


def under_valgrind(mode):
    return lambda libraries: run(libraries.on("produce.engine=v2"), mode, programs.VALGRIND)


def on(cluster, mode):
    return lambda libraries: judge(run(libraries, mode, cluster=cluster))


MODES = ("plain", "idempotent", "transactions")
TESTS = [(f"soak:{mode}", soak(mode)) for mode in MODES]
TESTS += [(f"soak:{mode}:logins", on(LoginCluster, mode)) for mode in ("idempotent", "transactions")]
TESTS += [(f"soak:{mode}:tls", on(EncryptedCluster, mode)) for mode in ("idempotent", "transactions")]
TESTS += [(f"valgrind:soak:{mode}", under_valgrind(mode)) for mode in MODES]
TESTS += [("soak-catches-a-leak", catches_a_leak), ("soak-catches-a-stall", catches_a_stall)]
