"""The reference's sources by package name, checked by checksum. They live in build/upstream and are never committed."""

import os
import shutil
import tarfile

from harness.base import ROOT
from harness.downloads import npm_package

HOME = os.path.join(ROOT, "build", "upstream")

# The npm package carries the sources of librdkafka 2.15.1 with its tests.
PACKAGE = "@confluentinc/kafka-javascript"
VERSION = "1.10.1"
LIBRDKAFKA = "2.15.1"
INSIDE = "package/deps/librdkafka/"


def reference():
    """The folder with the unpacked sources, as they are published."""
    target = os.path.join(HOME, f"librdkafka-{LIBRDKAFKA}")
    if os.path.isdir(target):
        return target
    fresh = target + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(npm_package(PACKAGE, VERSION)) as tar:
        members = [m for m in tar.getmembers() if m.name.startswith(INSIDE)]
        for member in members:
            member.name = member.name[len(INSIDE) :]
        tar.extractall(fresh, members, filter="data")
    os.replace(fresh, target)
    return target
