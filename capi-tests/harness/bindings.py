"""Bindings that people use, with our shared object in place of the one that they bring: the same program says the same."""

import difflib
import glob
import json
import os
import shutil
import sys

from . import brokers, downloads, packaging
from .base import OUT, ROOT, check, locked, run, work

RUST = os.path.join(ROOT, "capi-tests", "clients", "rust_rdkafka")
SCRIPT = os.path.join(ROOT, "capi-tests", "clients", "confluent_kafka_app.py")


def with_our_library(libraries, package, name):
    """A copy of the unpacked wheel whose librdkafka is ours."""
    target = work(f"bindings-{name}")
    shutil.copytree(package, target)
    bundled = glob.glob(os.path.join(target, "confluent_kafka.libs", "librdkafka-*.so.1"))
    check(len(bundled) == 1, f"expected one librdkafka in the wheel, found {bundled}")
    shutil.copyfile(os.path.join(libraries.lib, "librdkafka.so.1"), bundled[0])
    return target


def application(libraries, package, configuration):
    service, bootstrap = brokers.mock_process(libraries, 3, [])
    with service:
        environment = libraries.environment("system", {"PYTHONPATH": package})
        argv = [sys.executable, "-u", SCRIPT, bootstrap, json.dumps(configuration)]
        return run(argv, 120, environment, cwd=work())[1].decode().splitlines()


def confluent_kafka_python(libraries):
    package = downloads.confluent_kafka()
    expected = application(libraries, package, {})
    configuration = dict(pair.split("=") for pair in libraries.test_conf.split(",") if pair)
    found = application(libraries, with_our_library(libraries, package, "confluent-kafka"), configuration)
    same(expected, found, "the wheel's librdkafka")


def same(expected, found, whose):
    check(expected[-1] == "end", f"the program did not come to its end on {whose}")
    difference = list(difflib.unified_diff(expected, found, whose, "ours", lineterm="", n=1))
    check(not difference, "\n".join(difference))


def rust_program(libraries):
    """Built once against what `make install` installs, as distributions build it."""
    target = os.path.join(libraries.target, "bindings")
    with locked("rust-bindings"):
        # Always the same place: the crates are built anew when it changes.
        prefix = packaging.installed(os.path.join(OUT, "rust-bindings"))
        environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(prefix, "lib", "pkgconfig"), CARGO_TARGET_DIR=target)
        run(["cargo", "build", "--locked", "--quiet", "--manifest-path", os.path.join(RUST, "Cargo.toml")], 1500, environment)
    return os.path.join(target, "debug", "rust_rdkafka")


def rust_rdkafka(libraries):
    """Run on the reference and on ours."""
    program = rust_program(libraries)

    def said(which, configuration):
        service, bootstrap = brokers.mock_process(libraries, 3, ["t:4"])
        with service:
            return run([program, bootstrap, *configuration], 120, libraries.environment(which))[1].decode().splitlines()

    same(said("reference", []), said("ours", [pair for pair in libraries.test_conf.split(",") if pair]), "the reference")


TESTS = [("bindings:confluent-kafka-python", confluent_kafka_python), ("bindings:rust-rdkafka", rust_rdkafka)]
