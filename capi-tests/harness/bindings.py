"""Bindings that people use, with our shared object in place of the one that they bring: the same program says the same."""

import difflib
import glob
import json
import os
import shutil
import sys

from . import brokers, downloads
from .base import OUT, ROOT, check, run

SCRIPT = os.path.join(ROOT, "capi-tests", "clients", "confluent_kafka_app.py")


def with_our_library(libraries, package, name):
    """A copy of the unpacked wheel whose librdkafka is ours."""
    target = os.path.join(OUT, f"bindings-{name}")
    shutil.rmtree(target, ignore_errors=True)
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
        return run(argv, 120, environment, cwd=OUT)[1].decode().splitlines()


def confluent_kafka_python(libraries):
    package = downloads.confluent_kafka()
    expected = application(libraries, package, {})
    check(expected[-1] == "end", "the program did not come to its end on the wheel's own library")
    configuration = dict(pair.split("=") for pair in libraries.test_conf.split(",") if pair)
    found = application(libraries, with_our_library(libraries, package, "confluent-kafka"), configuration)
    difference = list(difflib.unified_diff(expected, found, "the wheel's librdkafka", "ours", lineterm="", n=1))
    check(not difference, "\n".join(difference))


TESTS = [("bindings:confluent-kafka-python", confluent_kafka_python)]
