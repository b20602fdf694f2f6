"""Runs tests side by side: each in a process of its own, with a folder of its own, its output kept whole.

A row is (name, function, exclusive, after). `exclusive` is the reason for which a test runs beside no others than those with the
same reason: it asserts how fast something is, or measures the machine. `after` is a pattern of the tests that have to be over
before it. The longest begin first, by how long they took the last time in this checkout; exclusive ones come last.

Most tests wait for time-outs most of the time. So there are always some under way, and more while the processors have nothing to do.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
import traceback
from typing import Callable, NamedTuple

from . import base

DURATIONS = os.path.join(base.OUT, "durations.json")
# Where nothing was measured yet: what takes longer than a few seconds.
GUESSES = (
    (r"abi:hostile-arguments:valgrind:.*|kafka:growing:3.*|kafka:stopped.*|bench:smoke", 90),
    (r"kafka:.*|reading:kafka:.*|reading:.*:kcat|codes_diff.*|bindings:rust.*|shortages.*", 45),
    (r"outage:.*|scenario:.*|hostile:.*|ownership_diff.*|transactions.*_diff.*|produce_answers_diff.*|clients:.*", 20),
    (r"soak:.*|valgrind:soak:.*|reading:.*:fields|oidc.*|oauthbearer.*|api_versions_diff.*|abi:hostile-arguments.*|memory:wide.*", 15),
    (r".*:valgrind|broker_errors_diff.*|soak-catches.*", 8),
)


class Row(NamedTuple):
    name: str
    function: Callable
    exclusive: str = ""
    after: str = ""


class Outcome(NamedTuple):
    problem: str  # empty: passed
    seconds: float
    cpu: float  # seconds of processor time, with the processes that the test has waited for
    output: str


def guess(name):
    return next((seconds for pattern, seconds in GUESSES if re.fullmatch(pattern, name)), 3)


def durations():
    try:
        with open(DURATIONS, encoding="utf-8") as file:
            known = json.load(file)
        # An older run may have left a file of another form.
        return {name: times for name, times in known.items() if isinstance(times, list)}
    except (OSError, ValueError, AttributeError):
        return {}


def remember(measured):
    known = {**durations(), **measured}
    with open(f"{DURATIONS}.{os.getpid()}", "w", encoding="utf-8") as file:
        json.dump(known, file, indent=0)
    os.replace(file.name, DURATIONS)


class Process:
    """One test, running."""

    def __init__(self, row, libraries, folder):
        self.row, self.folder = row, folder
        self.log, self.verdict = folder + ".log", folder + ".verdict"
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            self.be_the_test(libraries)

    def be_the_test(self, libraries):
        """In the new process: never returns."""
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            base.enter(self.folder)
            output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(output, 1)
            os.dup2(output, 2)
            began = time.monotonic()
            problem = problem_of(self.row.function, libraries)
            seconds = time.monotonic() - began
            sys.stdout.flush()
            with open(self.verdict, "w", encoding="utf-8") as file:
                json.dump([problem, seconds], file)
        finally:
            os._exit(0)

    def end(self):
        """Nothing that the test has started outlives it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def outcome(self, cpu):
        """Once the process is over. Without a verdict it died, and that is a failure. What a failed test wrote stays."""
        output = ""
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8", errors="replace") as file:
                output = file.read()
        try:
            with open(self.verdict, encoding="utf-8") as file:
                problem, seconds = json.load(file)
        except (OSError, ValueError):
            problem, seconds = "the process of the test died", 0.0
        if not problem:
            shutil.rmtree(self.folder, ignore_errors=True)
        return Outcome(problem, seconds, cpu, output)


def problem_of(function, libraries):
    try:
        function(libraries)
        return ""
    except base.Failed as failure:
        return str(failure) or "failed without a word"
    except Exception:  # a mistake in the test itself must not hide the others
        return traceback.format_exc()


class Processors:
    """Whether this machine's processors have nothing to do, whoever uses them."""

    WINDOW = 0.4  # seconds

    def __init__(self):
        self.begin()

    def begin(self):
        self.since, (self.idle, self.total) = time.monotonic(), self.ticks()

    @staticmethod
    def ticks():
        with open("/proc/stat", encoding="ascii") as file:
            numbers = [int(n) for n in file.readline().split()[1:9]]
        return numbers[3], sum(numbers)

    def are_idle(self):
        """True at most once in a window, so that what was begun last has shown what it needs."""
        if time.monotonic() - self.since < self.WINDOW:
            return False
        idle, total = self.ticks()
        share = (idle - self.idle) / max(1, total - self.total)
        self.begin()
        return share > 0.25


def may_begin(row, others, running):
    if running and row.exclusive != running[0].row.exclusive:
        return False
    names = [other.name for other in others] + [process.row.name for process in running]
    return not row.after or not any(re.fullmatch(row.after, name) for name in names if name != row.name)


def next_to_end(poll):
    """(pid, resource usage) of a test that is over; None when `poll` is set and there is none."""
    pid, _, usage = os.wait4(-1, os.WNOHANG if poll else 0)
    if pid == 0:
        time.sleep(0.1)
        return None
    return pid, usage


def run_all(rows, libraries, at_a_time, at_most, told):
    """Runs every row, `at_a_time` of them at once, up to `at_most` while processors are idle, and calls told(row, outcome) as
    each ends."""
    known = durations()
    waiting = sorted(rows, key=lambda row: (bool(row.exclusive), -known.get(row.name, [guess(row.name)])[0]))
    run_folder = os.path.join(base.OUT, "work", str(os.getpid()))
    shutil.rmtree(run_folder, ignore_errors=True)
    os.makedirs(run_folder)
    running, measured, failed, processors = [], {}, False, Processors()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        while waiting or running:
            ready = [row for row in waiting if may_begin(row, waiting, running)]
            more = bool(ready) and len(running) < at_most
            if more and (len(running) < at_a_time or processors.are_idle()):
                waiting.remove(ready[0])
                folder = os.path.join(run_folder, re.sub(r"[^\w.@=+-]", "_", ready[0].name))
                running.append(Process(ready[0], libraries, folder))
                continue
            over = next_to_end(poll=more)
            if not over:
                continue
            pid, usage = over
            ended = next(process for process in running if process.pid == pid)
            running.remove(ended)
            ended.end()
            outcome = ended.outcome(usage.ru_utime + usage.ru_stime)
            measured[ended.row.name] = [outcome.seconds, outcome.cpu]
            failed |= bool(outcome.problem)
            told(ended.row, outcome)
    finally:
        for process in running:
            process.end()
    if not failed:
        shutil.rmtree(run_folder, ignore_errors=True)
    remember(measured)
