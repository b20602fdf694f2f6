"""The reference's sources by package name, checked by checksum. They live in build/upstream and are never committed."""

import os
import shutil
import tarfile

from harness.base import ROOT, Failed, run
from harness.downloads import digest

HOME = os.path.join(ROOT, "build", "upstream")

# The npm package carries the sources of librdkafka 2.15.1 with its tests.
PACKAGE = "@confluentinc/kafka-javascript"
VERSION = "1.10.1"
LIBRDKAFKA = "2.15.1"
SHA256 = "ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66"
INSIDE = "package/deps/librdkafka/"


def archive():
    """The package file as npm delivers it, downloaded unless one with the right checksum is there."""
    name = PACKAGE.lstrip("@").replace("/", "-") + f"-{VERSION}.tgz"
    path = os.path.join(HOME, "package", name)
    if os.path.exists(path) and digest(path) == SHA256:
        return path
    if not shutil.which("npm"):
        raise Failed("npm is not installed (apt-get install npm)")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    print(f"downloading {PACKAGE} {VERSION} from npm", flush=True)
    run(["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], 300, cwd=os.path.dirname(path))
    if not os.path.exists(path):
        raise Failed(f"npm left no {name}")
    if digest(path) != SHA256:
        raise Failed(f"{name}: sha256 is {digest(path)}, expected {SHA256}")
    return path


def reference():
    """The folder with the unpacked sources, as they are published."""
    target = os.path.join(HOME, f"librdkafka-{LIBRDKAFKA}")
    if os.path.isdir(target):
        return target
    fresh = target + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    with tarfile.open(archive()) as tar:
        members = [m for m in tar.getmembers() if m.name.startswith(INSIDE)]
        for member in members:
            member.name = member.name[len(INSIDE) :]
        tar.extractall(fresh, members, filter="data")
    os.replace(fresh, target)
    return target
