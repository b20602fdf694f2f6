"""Runs every C test: `capi-tests/run.py [--only REGEX] [--list]`. The last line is `N passed, N failed`.

Tests are the C programs of this folder (see harness/programs.py for how one says what it is) and the functions
that the modules of harness/ list in TESTS as (name, function taking the Libraries).
"""

import argparse
import os
import re
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import abi, base, bindings, clients, conf_matrix, downloads, engines, exactly_once, hostile, kafka, memory, mock_program, outage, packaging, programs, roundtrip, scenarios, soak, tools, wire_parity  # noqa: E402

MODULES = [programs, abi, hostile, conf_matrix, packaging, tools, roundtrip, clients, bindings, exactly_once, mock_program, outage, scenarios, soak, memory, wire_parity, kafka]


def program_tests():
    rows = []
    for program in programs.all_programs():
        row = None
        if program.kind == "alone":
            row = (program.name, program.run_alone)
        elif program.kind == "differential":
            row = (program.name, program.run_differential)
        if row:
            rows += engines.multiply([row], lambda _, program=program: program.engines)
        if program.valgrind:
            rows.append((program.name + ":valgrind", program.run_valgrind))
            rows.append((program.name + ":asan", program.run_sanitized))
    return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="regular expression on test names")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--lib", default=os.path.join(base.ROOT, "build"), help="folder of librdkafka.so.1")
    parser.add_argument("--include", default=os.path.join(base.ROOT, "include"))
    parser.add_argument("--target", default=os.environ.get("CARGO_TARGET_DIR", os.path.join(base.ROOT, "target")))
    options = parser.parse_args()

    python_tests = [row for module in MODULES for row in module.TESTS]
    tests = program_tests() + engines.multiply(python_tests, engines.PYTHON_TESTS.fullmatch)
    tests = [row for row in tests if re.search(options.only, row[0])]
    if options.list:
        print("\n".join(name for name, _ in tests))
        return 0
    libraries = base.Libraries(options.lib, options.include, options.target)
    passed = failed = 0
    try:
        downloads.reference_library()
    except base.Failed as problem:
        print(f"FAIL reference library: {problem}", flush=True)
        failed += 1
    for number, (name, function) in enumerate(tests, 1):
        began = time.monotonic()
        try:
            function(libraries)
            problem = None
        except base.Failed as failure:
            problem = str(failure)
        except Exception:  # a mistake in the test itself must not hide the others
            problem = traceback.format_exc()
        seconds = time.monotonic() - began
        print(f"{'FAIL' if problem else 'PASS'} [{number}/{len(tests)}] {name} ({seconds:.1f} s)", flush=True)
        if problem:
            failed += 1
            print("     " + problem.replace("\n", "\n     "), flush=True)
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
