"""Runs every C test: `capi-tests/run.py [--only REGEX] [--skip REGEX] [--programs ENGINE] [-j N] [--list]`. The last line
is `N passed, N failed`.

Tests are the C programs of this folder (see harness/programs.py for how one says what it is) and the functions that the modules
of harness/ list in TESTS as (name, function taking the Libraries), with up to two more words: see harness/schedule.py.
"""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import abi, base, bindings, clients, conf_matrix, downloads, engines, exactly_once, hoarding, hostile, hostile_broker, kafka, kafka_security, kafka_telemetry, memory, mock_program, outage, packaging, programs, proxy, reading, roundtrip, scenarios, schedule, secure_clients, soak, statistics, tls, tls_engine, token_endpoint, tools, top, wire_parity  # noqa: E402

MODULES = [programs, abi, hoarding, hostile, hostile_broker, conf_matrix, packaging, tools, reading, roundtrip, clients, bindings, secure_clients, exactly_once, tls, tls_engine, token_endpoint, proxy, mock_program, top, outage, scenarios, soak, statistics, memory, wire_parity, kafka, kafka_security, kafka_telemetry]


def program_tests():
    rows = []
    for program in programs.all_programs():
        function = {"alone": program.run_alone, "differential": program.run_differential}.get(program.kind)
        if function:
            row = schedule.Row(program.name, function, program.exclusive)
            rows += engines.multiply([row], lambda _, program=program: program.engines)
        if program.valgrind:
            rows.append(schedule.Row(program.name + ":valgrind", program.run_valgrind, program.exclusive))
            rows.append(schedule.Row(program.name + ":asan", program.run_sanitized, program.exclusive))
    return rows


def plain_programs(engine):
    """The C programs without valgrind and sanitizers, on one setting of the engine."""
    rows = [row for row in program_tests() if ":" not in row.name]
    there = {row.name for row in rows}
    other = f"@{engine}"
    return [row for row in rows if row.name.endswith(other) or "@" not in row.name and row.name + other not in there]


def all_tests():
    python_tests = [schedule.Row(*row) for module in MODULES for row in module.TESTS]
    return program_tests() + engines.multiply(python_tests, engines.PYTHON_TESTS.fullmatch)


class Report:
    """Says how each test ended, with all that it wrote, and counts."""

    def __init__(self, total):
        self.total, self.passed, self.failed = total, 0, 0

    def add(self, row, outcome):
        if outcome.problem:
            self.failed += 1
        else:
            self.passed += 1
        word, number = "FAIL" if outcome.problem else "PASS", self.passed + self.failed
        lines = [f"{word} [{number}/{self.total}] {row.name} ({outcome.seconds:.1f} s, {outcome.cpu:.1f} s of CPU)"]
        lines += outcome.output.splitlines() + ["     " + line for line in outcome.problem.splitlines()]
        print("\n".join(lines), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="regular expression on test names")
    parser.add_argument("--skip", help="regular expression on the names of tests to leave out")
    parser.add_argument("--exclusive", choices=["yes", "no", "only"], default="yes", help="whether to run tests that run beside no other kind")
    parser.add_argument("--programs", choices=list(engines.SETTINGS), help="only the C programs, on this engine, once each")
    parser.add_argument("-j", "--jobs", type=int, default=2 * (os.cpu_count() or 1), help="tests at a time (%(default)s)")
    parser.add_argument("--most", type=int, help="tests at a time while processors are idle (3 for each of -j)")
    parser.add_argument("--list", action="store_true", help="names of the tests, and why one runs alone")
    parser.add_argument("--lib", default=os.path.join(base.ROOT, "build"), help="folder of librdkafka.so.1")
    parser.add_argument("--include", default=os.path.join(base.ROOT, "include"))
    parser.add_argument("--target", default=os.environ.get("CARGO_TARGET_DIR", os.path.join(base.ROOT, "target")))
    options = parser.parse_args()

    tests = plain_programs(options.programs) if options.programs else all_tests()
    tests = [row for row in tests if re.search(options.only, row.name)]
    tests = [row for row in tests if not (options.skip and re.search(options.skip, row.name))]
    tests = [row for row in tests if options.exclusive == "yes" or bool(row.exclusive) == (options.exclusive == "only")]
    if options.list:
        print("\n".join(row.name + (f"  (exclusive: {row.exclusive})" if row.exclusive else "") for row in tests))
        return 0
    report = Report(len(tests))
    try:
        downloads.reference_library()
    except base.Failed as problem:
        print(f"FAIL reference library: {problem}", flush=True)
        report.failed += 1
    libraries, jobs = base.Libraries(options.lib, options.include, options.target), max(1, options.jobs)
    schedule.run_all(tests, libraries, jobs, options.most or 3 * jobs, report.add)
    if not tests:
        print(f"FAIL no test is named like {options.only!r}", flush=True)
        report.failed += 1  # a run that ran nothing proves nothing
    print(f"{report.passed} passed, {report.failed} failed", flush=True)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
