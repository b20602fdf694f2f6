"""One process of upstream's runner, and what it says about its tests."""

import os
import re
import shutil
import signal
import subprocess
import time

from .places import placed
from .source import HOME

# For each engine: the environment, and the lines of test.conf for what has no environment variable.
SETTINGS = {
    "legacy": ({"RDKAFKA_PRODUCE_ENGINE": "legacy"}, []),
    "multibatch": ({"RDKAFKA_PRODUCE_ENGINE": "legacy"}, ["multibatch=true"]),
    "v2": ({"RDKAFKA_PRODUCE_ENGINE": "v2"}, []),
    "control": ({}, []),
}
# Tests that need programs in Java say `make java`.
MAKEFILE = ".PHONY: java\njava:\n\t@$(MAKE) -s -C java\n"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
VERDICT = re.compile(r"=+ Test (\w+) (PASSED|FAILED|SKIPPED) =+")
ROW = re.compile(r"^\|\s*(\w+)\s*\|\s*(PASSED|FAILED|SKIPPED|RUNNING)\s*\|\s*([\d.]+)s\s*\|\s*(.*)$", re.M)
FAILURE = re.compile(r'^### Test "(\w+)[^"]*" failed at .*\n(.*)$', re.M)
WORDS = {"PASSED": "PASS", "FAILED": "FAIL", "SKIPPED": "SKIP"}


class Outcome:
    def __init__(self, result, seconds, detail, log):
        self.result, self.seconds, self.detail, self.log = result, seconds, detail, log


def folder_for(built, engine, key):
    """A working folder of its own, where the runner finds what it looks for beside itself."""
    number, broker, arguments, quick, subtest, *_ = key
    name = f"{number}-{'broker' if broker else 'local'}" + "".join(arguments) + ("" if quick else "-full")
    name += f"-{subtest}" if subtest else ""
    folder = os.path.join(HOME, "run", built.version.name, engine, name.replace("/", "_"))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for beside in ("fixtures", "interceptor_test", "plugin_test", "java"):
        os.symlink(os.path.join(built.tests, beside), os.path.join(folder, beside))
    with open(os.path.join(folder, "Makefile"), "w", encoding="ascii") as file:
        file.write(MAKEFILE)
    # One test reads ../src/statistics_schema.json.
    sources = os.path.join(os.path.dirname(folder), "src")
    if os.path.islink(sources):
        os.remove(sources)
    os.symlink(os.path.join(built.folder, "src"), sources)
    return folder


def is_text(subtest):
    """Whether it is a part of what a subtest says of itself, and not the name of its function."""
    return " " in subtest


def passing(subtest):
    """What the runner says when it has passed."""
    return rf"\[ [^\[]*{re.escape(subtest)}[^\[]*: PASS " if is_text(subtest) else rf"\[ {subtest}:[^\[]*: PASS "


def environment_for(built, engine, libraries_path, number, subtest, more):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RDKAFKA_", "TEST", "SUBTEST"))}
    environment.pop("CI", None)  # the runner relaxes its limits when it is set
    environment.update(SETTINGS[engine][0])
    environment.update(
        LD_LIBRARY_PATH=f"{libraries_path}:{built.wrapper}", TESTS=number, RDKAFKA_TEST_CONF="test.conf", LC_ALL="C"
    )
    environment.update((name, placed(value)) for name, value in more)
    if subtest:
        # The runner looks for a part of "FUNCTION:LINE: TEXT"; other functions may begin alike. A blank is in TEXT only.
        environment["SUBTESTS"] = subtest if is_text(subtest) else f"{subtest}:"
    return environment


def run_process(built, engine, libraries_path, key, limit, bootstrap):
    """Runs the tests of one key. Returns (output, seconds, how it ended: exit code, or None for a time-out)."""
    number, broker, arguments, quick, subtest, conf, more = key
    # What the broker is said to be. Our mock is as Kafka 4, the consumers of the tests speak the classic protocol.
    version = "4.0.0" if broker and broker[0] in ("mock", "kafka") else "3.4.0"
    folder = folder_for(built, engine, key)
    lines = [*SETTINGS[engine][1], *map(placed, conf)]
    if bootstrap:
        lines.append(f"bootstrap.servers={bootstrap}")
    with open(os.path.join(folder, "test.conf"), "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in lines)
    argv = [built.runner, "-p1", "-V", version, "-L" if bootstrap else "-l"] + (["-Q"] if quick else []) + list(arguments)
    log = os.path.join(folder, "output.log")
    began = time.monotonic()
    with open(log, "wb") as out:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment_for(built, engine, libraries_path, number, subtest, more),
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            code = None
    with open(log, encoding="utf-8", errors="replace") as file:
        return COLOUR.sub("", file.read()), time.monotonic() - began, code, log


def outcome_of(test, output, seconds, code, log):
    """The runner's own lines decide; the exit code counts only where they say nothing about the test."""
    name = test.test
    said = {word for test, word in VERDICT.findall(output) if test == name}
    rows = [row for row in ROW.findall(output) if row[0] == name]
    said.update(word for _, word, _, _ in rows if word in WORDS)
    failures = [text for test, text in FAILURE.findall(output) if test == name]
    detail = (failures or [row[3] for row in rows if row[3]] or [""])[0].strip()
    if rows:
        seconds = float(rows[-1][2])
    if "FAILED" in said or failures:
        return Outcome("FAIL", seconds, detail, log)
    if "PASSED" in said and test.subtest and not re.search(passing(test.subtest), output):
        # A choice that chooses nothing would pass, too.
        return Outcome("SKIP", seconds, "the subtest did not run", log)
    if "PASSED" in said:
        return Outcome("PASS", seconds, "", log)
    if "SKIPPED" in said:
        return Outcome("SKIP", seconds, detail, log)
    if code is None:
        return Outcome("TIMEOUT", seconds, "no verdict in time", log)
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return Outcome("CRASH", seconds, f"no verdict, {how}", log)
