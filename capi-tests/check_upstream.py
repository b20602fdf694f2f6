"""Runs the reference's own tests on our library: see docs/evidence/testing.md. The last line is `N passed, N failed`.

    check_upstream.py [--only REGEX] [--engines legacy,v2] [--versions 2.15.1] [--short] [--build] [--control] [--waiting] [--brokers HOST:PORT]
"""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import base, brokers, kafka  # noqa: E402
from upstream import build, control, places, plan, runner, source, table  # noqa: E402


class BrokersOnDemand:
    """The given address; or the broker that a test asks for, started when the first test does and replaced when it died."""

    def __init__(self, address, libraries):
        self.address, self.libraries = address, libraries
        self.running = {}

    def bootstrap(self, kind):
        """`kind` is None, ("tansu",), ("mock", option...), or ("kafka", nodes)."""
        if not kind or self.address:
            return self.address if kind else None
        service, bootstrap = self.running.get(kind, (None, None))
        if service and service.process.poll() is not None:
            service.kill()
            service = None
        if not service:
            service, bootstrap = self.start(*kind)
            self.running[kind] = (service, bootstrap)
        return bootstrap

    def start(self, name, *options):
        if name == "tansu":
            broker = brokers.Tansu()
            return broker.service, broker.address
        if name == "kafka":
            nodes = KafkaNodes(*options)
            return nodes, nodes.cluster.address
        return brokers.mock_process(self.libraries, 3, (), 0, [places.placed(option) for option in options])

    def close(self):
        for service, _ in self.running.values():
            service.kill()


class KafkaNodes:
    """Apache Kafka, to be treated like the one process of another broker."""

    def __init__(self, count):
        self.cluster = kafka.Cluster("upstream", count).__enter__()
        self.process = self.cluster.nodes[0].service.process

    def kill(self):
        self.cluster.__exit__()


class Session:
    """The tests of one version of the reference."""

    def __init__(self, options, version, pool, libraries):
        self.options, self.pool = options, pool
        chosen = [t for t in plan.load(version.name) if re.search(options.only, t.name)]
        self.tests = [t for t in chosen if t.short or not options.short]
        if options.short:
            for test in self.tests:
                test.shorten()
        self.built = build.build(libraries, version, options.jobs)
        self.libraries = {e: libraries.lib for e in plan.ENGINES}
        if options.control:
            self.libraries["control"] = options.control_lib or control.library(version)
        self.done = {}

    def run(self, engines):
        return [self.row(test, engine) for engine in engines for test in self.tests]

    def outcome(self, test, engine):
        """Tests that share a number share a process; its output is kept for all of them."""
        key = (engine, test.process())
        if key not in self.done:
            bootstrap = self.pool.bootstrap(test.broker)
            limit = test.limit + 10
            self.done[key] = runner.run_process(
                self.built, engine, self.libraries[engine], test.process(), limit, bootstrap
            )
        return runner.outcome_of(test, *self.done[key])

    def row(self, test, engine):
        expected = test.expected[engine]
        if expected.waits and not self.options.waiting:
            return table.Row(self.built.version.name, test, engine, None, test.control)
        outcome = self.outcome(test, engine)
        measured = self.outcome(test, "control").result if self.options.control else test.control
        row = table.Row(self.built.version.name, test, engine, outcome, measured)
        if row.verdict() == "worse" and expected.waits:
            row.outcome = None
        detail = f": {outcome.detail}" if outcome.detail else ""
        print(f"{outcome.result:<7} {test.name} {row.version} {engine} ({outcome.seconds:.1f} s){detail}", flush=True)
        return row


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="regular expression on test names")
    parser.add_argument("--engines", default="", help="comma-separated: " + ", ".join(plan.ENGINES))
    parser.add_argument("--versions", default="", help="comma-separated: " + ", ".join(v.name for v in source.VERSIONS))
    parser.add_argument("--short", action="store_true", help="the fast tests that cover most")
    parser.add_argument("--build", action="store_true", help="build the runners, and run nothing")
    parser.add_argument("--control", action="store_true", help="run every test on the reference's library too")
    parser.add_argument("--control-lib", default="", help="folder of a reference librdkafka.so.1 that is built already")
    parser.add_argument("--waiting", action="store_true", help="also run what is listed as waiting")
    parser.add_argument("--brokers", default="", help="bootstrap.servers instead of the brokers that are started")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="compilers at a time")
    parser.add_argument("--lib", default=os.path.join(base.ROOT, "build"), help="folder of librdkafka.so.1")
    parser.add_argument("--include", default=os.path.join(base.ROOT, "include"))
    return parser.parse_args()


def chosen(text, possible, what):
    names = text.split(",") if text else possible
    unknown = set(names) - set(possible)
    if unknown:
        raise base.Failed(f"no such {what}: {', '.join(sorted(unknown))}")
    return names


def run_all(options, libraries, pool):
    engines = chosen(options.engines, plan.ENGINES, "engine")
    names = [v.name for v in source.VERSIONS]
    # The short form keeps to one version: building the runner takes longer than running its tests.
    versions = chosen(options.versions, names[:1] if options.short else names, "version")
    rows = []
    for version in source.VERSIONS:
        if version.name in versions:
            session = Session(options, version, pool, libraries)
            rows += [] if options.build else session.run(engines)
    return rows


def main():
    options = arguments()
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(base.ROOT, "target"))
    libraries = base.Libraries(options.lib, options.include, target)
    pool = BrokersOnDemand(options.brokers, libraries)
    try:
        rows = run_all(options, libraries, pool)
    except base.Failed as problem:
        print(f"FAIL {problem}\n0 passed, 1 failed")
        return 1
    finally:
        pool.close()
    if options.build:
        print("1 passed, 0 failed")
        return 0
    if not options.short:
        table.show(rows)
    passed, failed = table.conclude(rows)
    if passed + failed == 0:
        failed = 1  # a run that ran nothing proves nothing
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
