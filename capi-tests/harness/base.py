"""Paths, locks, child processes and the one exception by which a test fails."""

import contextlib
import copy
import fcntl
import os
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = os.path.join(ROOT, "capi-tests")
OUT = os.path.join(ROOT, "build", "capi")
REF = os.path.join(ROOT, "build", "ref")
LOCKS = os.path.join(OUT, "lock")

# The folder of the test that runs in this process; see schedule.py. Several tests, and several runs of the suite, run at a time
# in one checkout: what a test writes goes there. OUT holds what they share, each thing made under a lock.
_work = []


class Failed(Exception):
    """The test found what it looks for. The text says what was expected and what was there."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def enter(folder):
    """From here on this process runs one test, whose files lie in `folder`."""
    os.makedirs(folder, exist_ok=True)
    _work[:] = [folder]


def work(*parts):
    """A path in the folder of the running test; a process that runs no test gets a folder by its own number."""
    if not _work:
        enter(os.path.join(OUT, "work", str(os.getpid())))
    return os.path.join(_work[0], *parts)


def of_the_run(*parts):
    """A path in the folder that all tests of this run of the suite share."""
    return os.path.join(os.path.dirname(work()), *parts)


_held = set()


@contextlib.contextmanager
def locked(name, folder=LOCKS):
    """Only one process of this checkout at a time is in here with this name. A process that is already in may enter again."""
    path = os.path.join(folder, name)
    if path in _held:
        yield
        return
    os.makedirs(folder, exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)


class Libraries:
    """Where the library under test, its headers and the reference lie."""

    def __init__(self, lib, include, target):
        self.lib = os.path.abspath(lib)
        self.include = os.path.abspath(include)
        self.target = os.path.abspath(target)
        self.reference = os.path.join(REF, "lib")
        self.test_conf = ""

    def on(self, test_conf):
        """The same with configuration (name=value,...) for the producers that programs make on our library."""
        other = copy.copy(self)
        other.test_conf = test_conf
        return other

    def environment(self, which="ours", extra=None):
        path = {"ours": self.lib, "reference": self.reference, "system": None}[which]
        environment = {k: v for k, v in os.environ.items() if k not in ("LD_LIBRARY_PATH", "LD_PRELOAD")}
        environment["LC_ALL"] = "C"
        # Configuration of one test must not come from the shell that happens to run it.
        for name in [n for n in environment if n.startswith("RDKAFKA_") or n.lower().endswith("_proxy")]:
            del environment[name]
        environment.pop("TEST_CONF", None)
        if self.test_conf and which == "ours":
            environment["TEST_CONF"] = self.test_conf
        if path:
            environment["LD_LIBRARY_PATH"] = path
        environment.update(extra or {})
        return environment


def tail(data, lines=25):
    """The end of a text, and of a long one the beginning too: where a program says why it ends, before valgrind has its say."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    shown = text.splitlines()
    if len(shown) > lines + 5:
        shown = shown[:5] + ["..."] + shown[-lines:]
    return "\n".join(line[:300] for line in shown)


def crowding():
    """How many are waiting for each processor, between 1 and 40. The load average lags behind: it is at least what runs now."""
    with open("/proc/loadavg", encoding="ascii") as file:
        average, _, _, running, _ = file.read().split()
    waiting = max(float(average), float(running.split("/")[0]))
    return min(40.0, max(1.0, waiting / (os.cpu_count() or 1)))


def patience(seconds):
    """A limit that only tells a hang from work, `seconds` on a quiet machine: on a busy one, the same work takes longer."""
    return seconds * crowding()


class Limit:
    """The same as a clock, which follows the machine when it becomes busy."""

    def __init__(self, seconds):
        self.left, self.looked = seconds, time.monotonic()

    def is_over(self):
        now = time.monotonic()
        self.left -= (now - self.looked) / crowding()
        self.looked = now
        return self.left < 0


def communicate(process, seconds):
    """process.communicate() within a limit. Returns (stdout, stderr); raises subprocess.TimeoutExpired."""
    limit = Limit(seconds)
    while True:
        try:
            return process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            if limit.is_over():
                raise


def run(argv, limit, environment=None, stdin=None, ok=(0,), cwd=None):
    """Runs to the end within `limit` seconds (see `patience`); returns (code, stdout, stderr) as bytes.

    `stdin` is bytes, an open file or nothing. `ok` names the accepted exit codes, None accepts all.
    """
    source = stdin or subprocess.DEVNULL
    if isinstance(stdin, bytes):
        # No pipe: communicate() forgets what is not written yet when it is called again.
        source = tempfile.TemporaryFile()
        source.write(stdin)
        source.seek(0)
    process = subprocess.Popen(
        argv, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=cwd
    )
    try:
        out, err = communicate(process, limit)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # leaves a chance of a core dump where the machine keeps them
        try:
            out, err = process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        raise Failed(f"{name_of(argv)} still ran after {limit} s\nstdout: {tail(out)}\nstderr: {tail(err)}") from None
    if ok is not None and process.returncode not in ok:
        how = process.returncode
        if how < 0:
            how = f"signal {signal.Signals(-how).name}"
        raise Failed(f"{name_of(argv)} ended with {how}\nstdout: {tail(out)}\nstderr: {tail(err)}")
    return process.returncode, out, err


def name_of(argv):
    return " ".join(os.path.basename(a) if i == 0 else a for i, a in enumerate(argv))[:200]


class Service:
    """A process that runs beside the test. Its stdout goes to a file, so that it can never block on a full pipe. It has no input
    unless `stdin` is `subprocess.PIPE`."""

    def __init__(self, argv, log, environment=None, stdin=subprocess.DEVNULL):
        os.makedirs(os.path.dirname(log), exist_ok=True)
        self.argv, self.log_path = argv, log
        self.log = open(log, "wb")
        self.process = subprocess.Popen(
            argv, stdin=stdin, stdout=self.log, stderr=subprocess.STDOUT, env=environment
        )

    def output(self):
        with open(self.log_path, "rb") as file:
            return file.read().decode("utf-8", "replace")

    def wait_for(self, probe, limit, what):
        """Waits until probe(output) is true. A process that ends before that is a failure."""
        clock = Limit(limit)
        while True:
            found = probe(self.output())
            if found:
                return found
            if self.process.poll() is not None:
                raise Failed(f"{name_of(self.argv)} ended early ({self.process.returncode}):\n{tail(self.output())}")
            if clock.is_over():
                raise Failed(f"{name_of(self.argv)}: no {what} within {limit} s:\n{tail(self.output())}")
            time.sleep(0.02)

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise Failed("no VmRSS")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
