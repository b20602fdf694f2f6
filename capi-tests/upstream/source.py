"""The reference's sources by package name, checked by checksum. They live in build/upstream and are never committed."""

import os

from harness.base import ROOT
from harness.downloads import crate, npm_package, source_archive

HOME = os.path.join(ROOT, "build", "upstream")


class Version:
    """One published state of the reference, with its tests."""

    def __init__(self, name, package, inside):
        self.name = name
        self.package = package  # fetches the archive and returns its path
        self.inside = inside

    def folder(self):
        """The unpacked sources, as they are published."""
        return source_archive(self.package(), self.name, self.inside, None, os.path.join(HOME, f"librdkafka-{self.name}"))


# The first is the one that `make check` uses.
VERSIONS = [
    Version(
        "2.15.1",
        lambda: npm_package("@confluentinc/kafka-javascript", "1.10.1"),
        "package/deps/librdkafka/",
    ),
    Version(
        "2.12.1",
        lambda: crate("rdkafka-sys", "4.10.0+2.12.1"),
        "rdkafka-sys-4.10.0+2.12.1/librdkafka/",
    ),
]
