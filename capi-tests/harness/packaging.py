"""What `make install` installs, and what an existing program needs to find in the shared object."""

import os
import re
import shutil
import subprocess

from . import brokers
from .base import ROOT, TESTS, check, run, work

SOURCE = os.path.join(TESTS, "packaging")


def installed(prefix=None):
    """The prefix of a fresh `make install`, by default in the test's own folder. Staged through DESTDIR and moved into place."""
    stage, prefix = work("stage"), prefix or work("prefix")
    for folder in (stage, prefix):
        shutil.rmtree(folder, ignore_errors=True)
    argv = ["make", "--no-print-directory", "install", f"DESTDIR={stage}", f"PREFIX={prefix}"]
    run(argv, 300, dict(os.environ), cwd=ROOT)
    shutil.move(stage + prefix, prefix)
    return prefix


def tree(libraries):
    prefix = installed()
    expected = {
        "lib/librdkafka.so.1",
        "lib/librdkafka.so.1.debug",
        "lib/librdkafka.so",
        "lib/librdkafka.a",
        "lib/pkgconfig/rdkafka.pc",
        "lib/pkgconfig/rdkafka-static.pc",
        "lib/cmake/RdKafka/RdKafkaConfig.cmake",
        "lib/cmake/RdKafka/RdKafkaConfigVersion.cmake",
        "include/librdkafka/rdkafka.h",
        "include/librdkafka/rdkafka_mock.h",
    }
    found = set()
    for top, _, names in os.walk(prefix):
        found |= {os.path.relpath(os.path.join(top, name), prefix) for name in names}
    check(found == expected, f"missing {sorted(expected - found)}, unexpected {sorted(found - expected)}")
    link = os.path.join(prefix, "lib", "librdkafka.so")
    check(os.readlink(link) == "librdkafka.so.1", f"librdkafka.so points to {os.readlink(link)}")
    _, out, _ = run(["readelf", "-d", link], 20)
    check(b"soname: [librdkafka.so.1]" in out, "wrong SONAME")
    symbols_apart(link)
    for name in sorted(expected):
        if name.endswith((".pc", ".cmake")):
            with open(os.path.join(prefix, name), encoding="utf-8") as file:
                text = file.read()
            check(not re.search(r"@[A-Z_]+@", text), f"{name} has an unfilled place")
            check(work("stage") not in text, f"{name} names the staging folder")


def symbols_apart(library):
    """The library is small, and its debug symbols stand in the file that it names."""
    _, out, _ = run(["readelf", "-SW", library], 20)
    check(b".debug_line" not in out and b".symtab" not in out, "the library has debug symbols")
    check(os.path.getsize(library) < 10 << 20, f"the library has {os.path.getsize(library)} bytes")
    _, out, _ = run(["readelf", "--string-dump=.gnu_debuglink", library], 20)
    check(b"librdkafka.so.1.debug" in out, f"the library names no file of symbols: {out}")
    _, out, _ = run(["readelf", "-SW", os.path.realpath(library) + ".debug"], 20)
    check(b".debug_line" in out, "there are no debug symbols in their file")


def pkg_config(prefix, module, options=()):
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.join(prefix, "lib", "pkgconfig"))
    _, out, _ = run(["pkg-config", *options, "--cflags", "--libs", module], 20, environment)
    return out.decode().split()


def hello(binary, prefix, shared):
    """Runs it, and makes sure that it runs on what it should."""
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    if shared:
        environment["LD_LIBRARY_PATH"] = os.path.join(prefix, "lib")
    _, out, _ = run(["ldd", binary], 20, environment)
    wanted = os.path.join(prefix, "lib", "librdkafka.so.1").encode()
    check((wanted in out) if shared else (b"librdkafka" not in out), f"{binary}:\n{out.decode()}")
    _, out, _ = run([binary], 30, environment)
    check(out == b"hello delivered 1\n", f"{out}")


def by_pkg_config(libraries, module, options, shared):
    prefix = installed()
    binary = work(f"hello-{module}{''.join(options)}")
    flags = pkg_config(prefix, module, options)
    run(["gcc", "-Wall", "-Werror", os.path.join(SOURCE, "hello.c"), "-o", binary, *flags], 60)
    hello(binary, prefix, shared)
    version = subprocess.check_output(
        ["pkg-config", "--modversion", module],
        env=dict(os.environ, PKG_CONFIG_PATH=os.path.join(prefix, "lib", "pkgconfig")),
        text=True,
    ).strip()
    check(version == header_version(libraries), f"pkg-config says {version}")


def fully_static(libraries):
    """`gcc -static` with what pkg-config says: nothing is loaded when the program starts."""
    binary = work("hello-static")
    flags = pkg_config(installed(), "rdkafka-static", ("--static",))
    run(["gcc", "-static", "-Wall", "-Werror", os.path.join(SOURCE, "hello.c"), "-o", binary, *flags], 60)
    _, out, _ = run(["readelf", "-d", binary], 20)
    check(b"NEEDED" not in out, f"{binary} needs shared objects:\n{out.decode()}")
    _, out, _ = run([binary], 30)
    check(out == b"hello delivered 1\n", f"{out}")


def header_version(libraries):
    with open(os.path.join(libraries.include, "librdkafka", "rdkafka.h"), encoding="utf-8") as file:
        number = int(re.search(r"#define RD_KAFKA_VERSION\s+(0x[0-9a-fA-F]+)", file.read())[1], 16)
    return f"{number >> 24 & 255}.{number >> 16 & 255}.{number >> 8 & 255}"


def by_cmake(libraries):
    prefix, build = installed(), work("cmake")
    run(["cmake", "-S", SOURCE, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"], 60)
    run(["cmake", "--build", build], 120)
    hello(os.path.join(build, "hello"), prefix, True)
    hello(os.path.join(build, "hello_static"), prefix, False)


def kcat_loads(libraries):
    """Every symbol that kcat names is bound at start, and the library that it runs on is ours."""
    environment = libraries.environment("ours", {"LD_BIND_NOW": "1"})
    _, out, err = run(brokers.kcat("-V"), 20, environment)
    _, listed, _ = run(["ldd", "-r", brokers.kcat()[0]], 20, environment)
    check(os.path.join(libraries.lib, "librdkafka.so.1").encode() in listed, f"kcat runs on another library:\n{listed.decode()}")
    check(b"undefined symbol" not in listed + err, f"{(listed + err).decode()}")
    version = header_version(libraries).encode()
    check(b"librdkafka " + version in out + err, f"kcat -V does not say {version}: {(out + err).decode()}")


def exports_only_the_api(libraries):
    """Nothing of Rust or of bundled C code leaks out of the shared object, where it could clash with the program's own."""
    _, out, _ = run(["nm", "-D", "--defined-only", os.path.join(libraries.lib, "librdkafka.so.1")], 20)
    names = [line.split()[-1] for line in out.decode().splitlines()]
    odd = [n for n in names if not n.startswith(("rd_kafka_",))]
    check(not odd, f"exported besides the API: {odd[:20]}")
    check(len(names) == len(set(names)) and len(names) > 100, f"{len(names)} symbols")


TESTS = [
    ("packaging:tree", tree),
    ("packaging:pkg-config", lambda libraries: by_pkg_config(libraries, "rdkafka", (), True)),
    ("packaging:pkg-config --static", lambda libraries: by_pkg_config(libraries, "rdkafka-static", ("--static",), False)),
    ("packaging:gcc -static", fully_static),
    ("packaging:cmake", by_cmake),
    ("packaging:kcat loads with LD_BIND_NOW", kcat_loads),
    ("packaging:exports", exports_only_the_api),
]
