"""Whether the C tests depend on the machine's pace: runs them in several copies side by side, several times in a row.

    capi-tests/check_pace.py [--copies 6] [--rounds 3] [--only REGEX] [--skip REGEX] [-j N] [--keep-going]

A round is over when all of its copies are. With a failure in it, no further round begins, unless --keep-going says so. Without
--skip, the tests of Kafka, valgrind and the sanitizers are left out, and those that run alone anyway (`--list` says why).
What each copy wrote lies in a folder of build/capi/pace, named by this process. The last line is `N passed, N failed`.
"""

import argparse
import collections
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import base  # noqa: E402

LOGS = os.path.join(base.OUT, "pace", str(os.getpid()))
SLOW_KINDS = r":valgrind|:asan|^valgrind:|^kafka:"
VERDICT = re.compile(r"(PASS|FAIL) \[\d+/\d+\] (.*) \([\d.]+ s\b.*\)")


def copies_of_the_run(options, round_number):
    """Starts one run of the suite for each copy. Returns (process, path of its log) for each."""
    argv = [sys.executable, "-u", os.path.join(base.TESTS, "run.py"), "--only", options.only, "--skip", options.skip]
    argv += ["--exclusive", "no", "-j", str(options.jobs), "--most", str(options.jobs), *options.rest]
    started = []
    for copy in range(1, options.copies + 1):
        path = os.path.join(LOGS, f"round-{round_number}-copy-{copy}.log")
        with open(path, "w", encoding="utf-8") as log:
            started.append((subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT), path))
    return started


def outcome(process, path):
    """(names that passed, names that failed) of a run that is over."""
    with open(path, encoding="utf-8", errors="replace") as log:
        text = log.read()
    verdicts = VERDICT.findall(text)
    passed = [name for word, name in verdicts if word == "PASS"]
    failed = [name for word, name in verdicts if word == "FAIL"]
    if process.returncode and not failed:
        failed = [f"the run itself, which ended with {process.returncode}"]
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--copies", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="regular expression on test names")
    parser.add_argument("--skip", default=SLOW_KINDS, help="regular expression on the names of tests to leave out (%(default)s)")
    parser.add_argument("-j", "--jobs", type=int, default=2 * (os.cpu_count() or 1), help="tests at a time in each copy (%(default)s)")
    parser.add_argument("--keep-going", action="store_true", help="all rounds, whatever fails")
    options, options.rest = parser.parse_known_args()  # the rest is for run.py

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.makedirs(LOGS, exist_ok=True)
    passed, failures = 0, collections.Counter()
    for number in range(1, options.rounds + 1):
        began, good, bad = time.monotonic(), 0, []
        copies = copies_of_the_run(options, number)
        try:
            for process, path in copies:
                process.wait()
                passes, fails = outcome(process, path)
                good += len(passes)
                bad += fails
                for name in fails:
                    print(f"FAIL {name}, see {os.path.relpath(path)}", flush=True)
        finally:
            for process, _ in copies:
                process.terminate()  # does nothing to one that has ended
        passed += good
        failures.update(bad)
        seconds = time.monotonic() - began
        print(f"round {number}: {options.copies} copies, {good} passed, {len(bad)} failed, {seconds:.0f} s", flush=True)
        if bad and not options.keep_going:
            break
    for name, count in failures.most_common():
        print(f"{count} x {name}")
    print(f"{passed} passed, {failures.total()} failed", flush=True)
    return 1 if failures or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
