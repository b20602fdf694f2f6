"""`make check`: every step, each counted, one plain summary line at the end. Standard library only.

A step that cannot run counts as a failure; nothing is skipped in silence. The Rust steps run beside the release build and
the C tests, which mostly wait. What has time limits comes after them: upstream's tests, and the C tests that measure.
"""

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Callable, NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "check")
sys.path.insert(0, os.path.join(ROOT, "capi-tests"))

from harness import base  # noqa: E402

STARTED = time.monotonic()
SILENCE_S = 900
# So much of what is said about a test that failed is shown once more at the end.
MOST_LINES = 15


class Step(NamedTuple):
    name: str
    run: Callable  # takes the mark of its lane; returns how many tests passed, how many failed, and what it said of those
    after: str = ""  # a step of another lane that has to be over


def say(text):
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {text}\n", end="", flush=True)


def stream(argv, mark, silence=SILENCE_S):
    """Runs a command, shows its output as it comes, returns (exit code, lines). How long the whole takes is a matter of the machine;
    but what says nothing for so many seconds, by the same measure as the C tests', hangs, and is ended."""
    process = subprocess.Popen(
        argv,
        cwd=ROOT,
        env=dict(os.environ, CARGO_TERM_COLOR="never"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    said, lines = queue.Queue(), []

    def listen():
        for line in process.stdout:
            said.put(line.rstrip("\n"))
        said.put(None)

    threading.Thread(target=listen, daemon=True).start()
    try:
        while (line := said.get(timeout=base.patience(silence))) is not None:
            lines.append(line)
            print(f"    {mark}{line}\n", end="", flush=True)
        return process.wait(), lines
    except queue.Empty:
        print(f"    {mark}ended after {silence} s without a word\n", end="", flush=True)
        return 1, lines
    finally:
        end(process)


def end(process):
    """A command ends what it has started when it is told to; if it does not, or has left something behind, its group is ended."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)


def complaints(lines):
    """What a command says of the tests that failed: the line that names each, and beginning and end of what follows about it. Of a
    command that names none, the end of everything."""
    groups, listens = [], False
    for line in lines:
        if re.match(r"FAIL |---- .* ----$", line):
            groups.append([line])
            listens = True
        elif re.match(r"PASS |failures:$|\d+ passed, ", line):
            listens = False
        elif listens:
            groups[-1].append(line)
    return [line for name, *rest in groups for line in [name, *shortened(rest)]] or lines[-MOST_LINES:]


def shortened(lines):
    """A panic says first what is wrong, and a C test last."""
    third = MOST_LINES // 3
    return lines if len(lines) <= MOST_LINES else [*lines[:third], "...", *lines[-2 * third :]]


def single(*argv):
    """A command that is one test: it passes when it exits with 0."""
    return counted(*argv, verdict=lambda code, _: (int(code == 0), int(code != 0)))


def cargo_verdict(code, lines):
    """Counts what `cargo test` counts. An ignored test is one that nobody runs: it counts as failed."""
    passed = failed = 0
    for line in lines:
        found = re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line)
        if found:
            passed += int(found[1])
            failed += int(found[2]) + int(found[3])
    # Nothing passes that did not run.
    return passed, failed if failed or code == 0 and passed else 1


def suite_verdict(code, lines):
    """What the last line of a suite says, `N passed, N failed`."""
    found = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    if not found:
        return 0, 1
    passed, failed = int(found[1]), int(found[2])
    # Nothing passes that did not run.
    return passed, failed if failed or code == 0 and passed else 1


def counted(*argv, verdict=suite_verdict):
    def run(mark):
        code, lines = stream(argv, mark)
        passed, failed = verdict(code, lines)
        return passed, failed, complaints(lines) if failed else []

    return run


def script(*words):
    return counted(sys.executable, "-u", *words)


BUILD = "release build: make all top"
LIBRARY = [
    Step(BUILD, single("make", "--no-print-directory", "all", "top")),
    Step("instructions per message", script("bench/instructions.py")),
    Step("C tests", script("capi-tests/run.py", "--exclusive", "no")),
]
RUST = [
    Step("what counts as passed", script(".ci/test_check.py")),
    Step("format: cargo fmt --check", single("cargo", "fmt", "--check")),
    Step("lints: cargo clippy", single("cargo", "clippy", "--all-targets", "--", "-D", "warnings")),
    Step("format and lints: rdkafka-top", single("make", "--no-print-directory", "top-check")),
    Step("lints: without OpenSSL", single("cargo", "check", "--no-default-features", "--lib", "--bins")),
    Step("dependencies: licences and sources", script(".ci/licences.py")),
    Step("documentation: cargo doc", single("env", "RUSTDOCFLAGS=-D warnings", "cargo", "doc", "--no-deps")),
    Step("Rust tests: cargo test", counted("cargo", "test", "--no-fail-fast", verdict=cargo_verdict)),
    Step("Rust tests: rdkafka-top", counted("make", "--no-print-directory", "top-test", verdict=cargo_verdict)),
    Step("every interleaving: make loom", counted("make", "--no-print-directory", "loom")),
    Step("upstream's tests are built", script("capi-tests/check_upstream.py", "--short", "--build"), after=BUILD),
]
# They have time limits, and wait most of the time: side by side, but beside nothing else.
UPSTREAM = [
    [Step(f"upstream's tests, short form, {engine}", script("capi-tests/check_upstream.py", "--short", "--engines", engine))]
    for engine in ("legacy", "multibatch", "v2")
]
MEASURING = [Step("C tests that measure", script("capi-tests/run.py", "--exclusive", "only"))]
PHASES = [[LIBRARY, RUST], UPSTREAM, [MEASURING]]


class Progress:
    """What has come of the steps, from all lanes."""

    def __init__(self, steps):
        self.rows = []
        self.over = {step.name: threading.Event() for step in steps}

    def run_phase(self, lanes):
        marks = [f"{i + 1} | " if len(lanes) > 1 else "" for i in range(len(lanes))]
        threads = [threading.Thread(target=self.run, args=lane) for lane in zip(lanes, marks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run(self, steps, mark):
        for step in steps:
            if step.after:
                self.over[step.after].wait()
            say(mark + step.name)
            began = time.monotonic()
            passed, failed, about = 0, 0, []
            try:
                passed, failed, about = step.run(mark)
            except OSError as problem:
                say(f"{mark}{step.name}: {problem}")
            finally:
                # A step that was not carried out has failed.
                self.rows.append((step.name, passed, failed if passed or failed else 1, time.monotonic() - began, about))
                self.over[step.name].set()


def main():
    os.makedirs(OUT, exist_ok=True)
    progress = Progress([step for phase in PHASES for lane in phase for step in lane])
    for phase in PHASES:
        progress.run_phase(phase)
    print()
    for name, _, _, _, about in progress.rows:
        if about:
            print("\n".join([f"What failed of: {name}", *(f"    {line}" for line in about), ""]))
    for name, good, bad, seconds, _ in progress.rows:
        print(f"{'ok  ' if bad == 0 else 'FAIL'} {name}: {good} passed, {bad} failed ({seconds:.0f} s)")
    passed, failed = sum(row[1] for row in progress.rows), sum(row[2] for row in progress.rows)
    summary = f"{passed} passed, {failed} failed"
    with open(os.path.join(OUT, "summary"), "w", encoding="ascii") as file:
        file.write(summary + "\n")
    print(summary, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
