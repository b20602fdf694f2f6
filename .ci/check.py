"""`make check`: every step in turn, each counted, one plain summary line at the end.

A step that cannot run counts as a failure; nothing is skipped in silence. Standard library only.
"""

import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OUT = os.path.join(ROOT, "build", "check")
STARTED = time.monotonic()


def say(text):
    minutes, seconds = divmod(int(time.monotonic() - STARTED), 60)
    print(f"[{minutes:02d}:{seconds:02d}] {text}", flush=True)


def stream(argv, limit):
    """Runs a command, shows its output as it comes, returns (exit code, lines)."""
    lines = []
    environment = dict(os.environ, CARGO_TERM_COLOR="never")
    process = subprocess.Popen(
        ["timeout", "--kill-after=10", str(limit)] + argv,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        print("    " + lines[-1], flush=True)
    return process.wait(), lines


def single(argv, limit):
    """A command that is one test: it passes when it exits with 0."""
    code, _ = stream(argv, limit)
    return (1, 0) if code == 0 else (0, 1)


def cargo_test(limit):
    """Counts what `cargo test` counts. An ignored test is one that nobody runs: it counts as failed."""
    code, lines = stream(["cargo", "test", "--no-fail-fast"], limit)
    passed = failed = 0
    for line in lines:
        found = re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line)
        if found:
            passed += int(found[1])
            failed += int(found[2]) + int(found[3])
    if code != 0 and failed == 0 or passed == 0:
        failed += 1
    return passed, failed


def counted(argv, limit):
    """A suite in Python whose last line is `N passed, N failed`."""
    code, lines = stream([sys.executable, "-u"] + argv, limit)
    found = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    if not found:
        return 0, 1
    passed, failed = int(found[1]), int(found[2])
    # Nothing passes that did not run.
    return passed, failed if (code == 0 and passed) or failed else 1


STEPS = [
    ("format: cargo fmt --check", lambda: single(["cargo", "fmt", "--check"], 60)),
    ("lints: cargo clippy", lambda: single(["cargo", "clippy", "--all-targets", "--", "-D", "warnings"], 900)),
    ("documentation: cargo doc", lambda: single(["env", "RUSTDOCFLAGS=-D warnings", "cargo", "doc", "--no-deps"], 900)),
    ("Rust tests: cargo test", lambda: cargo_test(1500)),
    ("release build: make all", lambda: single(["make", "--no-print-directory", "all"], 900)),
    ("C tests: capi-tests/run.py", lambda: counted(["capi-tests/run.py"], 2700)),
    ("upstream's tests, short form, every engine", lambda: counted(["capi-tests/check_upstream.py", "--short"], 900)),
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
