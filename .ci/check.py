"""`make check`: every step in turn, each counted, one plain summary line at the end.

A step that cannot run counts as a failure; nothing is skipped in silence. Standard library only.
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

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "check")
sys.path.insert(0, os.path.join(ROOT, "capi-tests"))

from harness import base  # noqa: E402

STARTED = time.monotonic()
SILENCE_S = 900


def say(text):
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {text}", flush=True)


def stream(argv, silence=SILENCE_S):
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
            print("    " + line, flush=True)
        return process.wait(), lines
    except queue.Empty:
        print(f"    ended after {silence} s without a word", flush=True)
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


def single(argv):
    """A command that is one test: it passes when it exits with 0."""
    code, _ = stream(argv)
    return (1, 0) if code == 0 else (0, 1)


def cargo_test():
    """Counts what `cargo test` counts. An ignored test is one that nobody runs: it counts as failed."""
    code, lines = stream(["cargo", "test", "--no-fail-fast"])
    passed = failed = 0
    for line in lines:
        found = re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line)
        if found:
            passed += int(found[1])
            failed += int(found[2]) + int(found[3])
    if code != 0 and failed == 0 or passed == 0:
        failed += 1
    return passed, failed


def counted(argv):
    """A suite in Python whose last line is `N passed, N failed`."""
    code, lines = stream([sys.executable, "-u"] + argv)
    found = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    if not found:
        return 0, 1
    passed, failed = int(found[1]), int(found[2])
    # Nothing passes that did not run.
    return passed, failed if (code == 0 and passed) or failed else 1


STEPS = [
    ("format: cargo fmt --check", lambda: single(["cargo", "fmt", "--check"])),
    ("lints: cargo clippy", lambda: single(["cargo", "clippy", "--all-targets", "--", "-D", "warnings"])),
    ("documentation: cargo doc", lambda: single(["env", "RUSTDOCFLAGS=-D warnings", "cargo", "doc", "--no-deps"])),
    ("Rust tests: cargo test", cargo_test),
    ("release build: make all", lambda: single(["make", "--no-print-directory", "all"])),
    ("C tests: capi-tests/run.py", lambda: counted(["capi-tests/run.py"])),
    ("upstream's tests, short form, every engine", lambda: counted(["capi-tests/check_upstream.py", "--short"])),
]


def main():
    os.makedirs(OUT, exist_ok=True)
    passed = failed = 0
    rows = []
    for name, step in STEPS:
        say(name)
        began = time.monotonic()
        good, bad = step()
        passed, failed = passed + good, failed + bad
        rows.append((name, good, bad, time.monotonic() - began))
    print()
    for name, good, bad, seconds in rows:
        print(f"{'ok  ' if bad == 0 else 'FAIL'} {name}: {good} passed, {bad} failed ({seconds:.0f} s)")
    summary = f"{passed} passed, {failed} failed"
    with open(os.path.join(OUT, "summary"), "w", encoding="ascii") as file:
        file.write(summary + "\n")
    print(summary, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
