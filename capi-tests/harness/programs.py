"""The C and C++ programs of this folder: finding, building, running on one library or comparing two.

The first lines of a program may hold one directive:

    /* test: alone|differential|tool [valgrind] [engines] [on-mock[=OPTION,...]] [limit=SECONDS] [exclusive(REASON)] */

`alone` runs on our library and must exit with 0. `differential` runs on ours and on the reference, and what it
writes to stdout must be the same. `tool` is started by a test in Python. `valgrind` runs it once more under valgrind.
`engines` runs it on every setting of the producer engine (harness/engines.py). `on-mock` gives each run a fresh mock cluster of ours
as a process (three brokers, topic t with two partitions, options of rdkafka-mock), whose bootstrap servers are argv[1]; a folder
for both of them, which options name as {folder}, is argv[2].
`exclusive` has it run beside no other test, for the given reason.
Without a directive, *_diff.c is differential and everything else is alone.
"""

import concurrent.futures
import contextlib
import difflib
import os
import re

from . import brokers, compiled
from .base import Failed, check, locked, of_the_run, run, work
from .base import TESTS as FOLDER

VALGRIND = [
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect,possible",
    "--errors-for-leak-kinds=definite,indirect,possible",
    "--error-exitcode=99",
    "--fair-sched=yes",
    "--num-callers=30",
    f"--suppressions={FOLDER}/openssl.supp",
]

ASAN = {
    "ASAN_OPTIONS": "detect_leaks=1:exitcode=99:allocator_may_return_null=1:detect_stack_use_after_return=1",
    "LSAN_OPTIONS": "print_suppressions=0",
}


class Program:
    def __init__(self, file):
        self.file = file
        self.name = os.path.splitext(file)[0]
        with open(os.path.join(FOLDER, file), encoding="utf-8") as text:
            head = text.read(2000)
        found = re.search(r"/\* test: (.*?) \*/", head)
        said = found[1] if found else ""
        reason = re.search(r"exclusive\((.+?)\)", said)
        self.exclusive = reason[1] if reason else ""
        words = re.sub(r"exclusive\(.+?\)", "", said).split()
        self.kind = words[0] if words else ("differential" if self.name.endswith("_diff") else "alone")
        self.valgrind = "valgrind" in words
        self.engines = "engines" in words
        mocks = [w.removeprefix("on-mock") for w in words if w.startswith("on-mock")]
        self.on_mock = mocks[0].lstrip("=").split(",") if mocks else None
        limits = [w[6:] for w in words if w.startswith("limit=")]
        self.limit = int(limits[0]) if limits else 60
        if self.kind not in ("alone", "differential", "tool"):
            raise Failed(f"{file}: unknown test kind {self.kind}")

    def build(self, libraries, sanitized=False):
        return compiled.binary(self.file, libraries, sanitized)

    @contextlib.contextmanager
    def arguments(self, libraries):
        if self.on_mock is None:
            yield []
            return
        folder = work("folder")
        options = [option.replace("{folder}", folder) for option in self.on_mock if option]
        service, bootstrap = brokers.mock_process(libraries, 3, ["t:2"], options=options)
        with service:
            yield [bootstrap, folder] if any("{folder}" in option for option in self.on_mock) else [bootstrap]

    def run_alone(self, libraries):
        with self.arguments(libraries) as arguments:
            run([self.build(libraries)] + arguments, self.limit, libraries.environment("ours"))

    def run_valgrind(self, libraries):
        environment = libraries.environment("ours", {"UNDER_VALGRIND": "1"})
        with self.arguments(libraries) as arguments:
            run(VALGRIND + [self.build(libraries)] + arguments, self.limit * 10, environment)

    def run_sanitized(self, libraries):
        """Once more, compiled with AddressSanitizer and UndefinedBehaviorSanitizer; leaks count."""
        environment = libraries.environment("ours", ASAN)
        with self.arguments(libraries) as arguments:
            run([self.build(libraries, sanitized=True)] + arguments, self.limit * 3, environment)

    def output(self, libraries, which):
        with self.arguments(libraries) as arguments:
            try:
                return run([self.build(libraries)] + arguments, self.limit, libraries.environment(which))[1]
            except Failed as failure:
                raise Failed(f"on {'our library' if which == 'ours' else 'the reference'}: {failure}") from None

    def reference_output(self, libraries):
        """It is the same for every setting of the engine: the first of these tests in a run of the suite has it made for all."""
        folder = of_the_run("reference")
        path = os.path.join(folder, self.name)
        with locked(self.name + ".lock", folder):
            if not os.path.exists(path):
                output = self.output(libraries, "reference")
                with open(path + ".new", "wb") as file:
                    file.write(output)
                os.replace(path + ".new", path)
            with open(path, "rb") as file:
                return file.read()

    def run_differential(self, libraries):
        self.build(libraries)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ours, reference = pool.submit(self.output, libraries, "ours"), pool.submit(self.reference_output, libraries)
            expected, found = reference.result(), ours.result()
        check(expected.strip(), "the reference printed nothing: the program compares nothing")
        if expected != found:
            lines = difflib.unified_diff(
                expected.decode("utf-8", "replace").splitlines(),
                found.decode("utf-8", "replace").splitlines(),
                "reference",
                "ours",
                lineterm="",
                n=2,
            )
            raise Failed("stdout differs\n" + "\n".join(line[:300] for line in list(lines)[:60]))


BAD = (
    "char *volatile p = malloc(10); p = 0; return p != 0;",
    "char *p = malloc(10); free(p); return p[3];",
)


def bad_programs(flags):
    """One with a leak and one with an access after free, compiled."""
    for number, body in enumerate(BAD):
        source, binary = work(f"bad{number}.c"), work(f"bad{number}")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <stdlib.h>\nint main(void) { %s }\n" % body)
        run(["gcc", "-w", "-g", "-O0", source, "-o", binary] + flags, 60)
        yield binary, body


def valgrind_catches(libraries):
    """What is wrong must be found, or the passes above mean nothing."""
    for binary, body in bad_programs([]):
        code, _, err = run(VALGRIND + [binary], 60, ok=None)
        check(code == 99, f"valgrind let {body!r} pass with {code}: {err.decode()}")


def sanitizer_catches(libraries):
    for binary, body in bad_programs(compiled.SANITIZE):
        code, _, err = run([binary], 60, libraries.environment("ours", ASAN), ok=None)
        check(code == 99, f"AddressSanitizer let {body!r} pass with {code}: {err.decode()}")


TESTS = [("valgrind:catches", valgrind_catches), ("asan:catches", sanitizer_catches)]


def all_programs():
    files = sorted(f for f in os.listdir(FOLDER) if f.endswith((".c", ".cpp")))
    return [Program(f) for f in files]
