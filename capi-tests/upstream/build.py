"""Builds upstream's test runner and its C++ wrapper against our headers and our shared object.

Upstream's tests include "../src/rdkafka.h" and friends. The sources are therefore laid out as in the package, with one
difference: rdkafka.h and rdkafka_mock.h in src/ are ours. The few source files of the reference that are compiled in are the
runner's own tools (threads, lists); nothing of the reference's library is linked.
"""

import concurrent.futures
import glob
import hashlib
import os
import shutil

from harness.base import Failed, run

from .source import HOME

OURS = ("rdkafka.h", "rdkafka_mock.h")
RUNNER_TOOLS = ("src/tinycthread.c", "src/tinycthread_extra.c", "src/rdlist.c")
# Read by tests while they run.
RUNNER_DATA = ("src/statistics_schema.json",)
# Tests name topics after __FILE__: as in upstream's own build, without a folder.
C_FLAGS = ["-O1", "-g1", "-w", "-pthread", "-fPIC", "-fmacro-prefix-map={folder}/tests/="]

# What ./configure of the package finds on a Linux machine of today; written here because it is all the runner needs.
CONFIG = {
    "SOLIB_EXT": '".so"',
    "WITH_GCC": "1",
    "WITH_GXX": "1",
    "HAVE_ATOMICS_32": "1",
    "HAVE_ATOMICS_32_ATOMIC": "1",
    "ATOMIC_OP32(OP1,OP2,PTR,VAL)": "__atomic_ ## OP1 ## _ ## OP2(PTR, VAL, __ATOMIC_SEQ_CST)",
    "HAVE_ATOMICS_64": "1",
    "HAVE_ATOMICS_64_ATOMIC": "1",
    "ATOMIC_OP64(OP1,OP2,PTR,VAL)": "__atomic_ ## OP1 ## _ ## OP2(PTR, VAL, __ATOMIC_SEQ_CST)",
    "ATOMIC_OP(OP1,OP2,PTR,VAL)": "__atomic_ ## OP1 ## _ ## OP2(PTR, VAL, __ATOMIC_SEQ_CST)",
    "WITH_C11THREADS": "1",
    "WITH_LIBDL": "1",
    "WITH_PLUGINS": "1",
    "WITH_ZLIB": "1",
    "WITH_SSL": "1",
    "WITH_ZSTD": "1",
    "WITH_CURL": "1",
    "WITH_HDRHISTOGRAM": "1",
    "WITH_SYSLOG": "1",
    "WITH_SNAPPY": "1",
    "WITH_SOCKEM": "1",
    "WITH_RAPIDJSON": "1",
    "WITH_SASL_SCRAM": "1",
    "WITH_SASL_OAUTHBEARER": "1",
    "WITH_OAUTHBEARER_OIDC": "1",
    "HAVE_REGEX": "1",
    "HAVE_RAND_R": "1",
    "HAVE_STRNDUP": "1",
    "HAVE_STRERROR_R": "1",
    "HAVE_STRCASESTR": "1",
    "HAVE_PTHREAD_SETNAME_GNU": "1",
    "HAVE_GETRUSAGE": "1",
}


class Built:
    """Where the runner, the C++ wrapper and the interceptor plug-in lie."""

    def __init__(self, folder, version):
        self.folder, self.version = folder, version
        self.tests = os.path.join(folder, "tests")
        self.runner = os.path.join(folder, "test-runner")
        self.wrapper = os.path.join(folder, "lib")


def key_of(libraries, version):
    """Changes with everything that the objects depend on, except the shared object, which is only linked to."""
    state = hashlib.sha256(repr((CONFIG, C_FLAGS, RUNNER_DATA, version.name)).encode())
    for name in OURS:
        # Without comments: another word in the documentation is no reason to compile for minutes.
        path = os.path.join(libraries.include, "librdkafka", name)
        state.update(run(["gcc", "-fpreprocessed", "-dD", "-E", "-P", path], 30)[1])
    return state.hexdigest()[:12]


def lay_out(folder, libraries, version):
    """The package's src, src-cpp and tests, with our public headers in the place of the reference's."""
    origin = version.folder()
    os.makedirs(os.path.join(folder, "src"))
    for path in glob.glob(os.path.join(origin, "src", "*.h")):
        if os.path.basename(path) not in OURS:
            shutil.copy(path, os.path.join(folder, "src"))
    for path in RUNNER_TOOLS + RUNNER_DATA:
        shutil.copy(os.path.join(origin, path), os.path.join(folder, path))
    for name in OURS:
        shutil.copy(os.path.join(libraries.include, "librdkafka", name), os.path.join(folder, "src"))
    for part in ("src-cpp", "tests"):
        shutil.copytree(os.path.join(origin, part), os.path.join(folder, part))
    with open(os.path.join(folder, "config.h"), "w", encoding="ascii") as file:
        file.writelines(f"#define {name} {value}\n" for name, value in CONFIG.items())
        file.write(f'#define RDKAFKA_VERSION_STR "{version.name}"\n')


def compile_one(folder, source):
    base = os.path.join(folder, "obj", source.replace("/", "-"))
    target = base + ".o"
    if os.path.exists(target):
        return target
    compiler = ["g++"] if source.endswith(".cpp") else ["gcc"]
    include = [f"-I{folder}/src", f"-I{folder}/src-cpp"]
    run(compiler + [flag.format(folder=folder) for flag in C_FLAGS] + include + ["-c", os.path.join(folder, source), "-o", target + ".new"], 300)
    os.replace(target + ".new", target)
    return target


def sources_of(folder):
    tests = sorted(glob.glob(os.path.join(folder, "tests", "[08]*-*.c")))
    tests += sorted(glob.glob(os.path.join(folder, "tests", "[08]*-*.cpp")))
    runner = [os.path.relpath(path, folder) for path in tests]
    runner += ["tests/" + n for n in ("test.c", "rusage.c", "testcpp.cpp", "sockem.c", "sockem_ctrl.c")]
    wrapper = [os.path.relpath(p, folder) for p in sorted(glob.glob(os.path.join(folder, "src-cpp", "*.cpp")))]
    return runner + list(RUNNER_TOOLS), wrapper, ["tests/interceptor_test/interceptor_test.c"]


def newer(target, inputs):
    return os.path.exists(target) and os.path.getmtime(target) > max(os.path.getmtime(p) for p in inputs)


def link(argv, target, inputs):
    if not newer(target, inputs):
        run(argv + ["-o", target + ".new"], 120)
        os.replace(target + ".new", target)


def build(libraries, version, jobs):
    """Builds what is not built yet for the headers as they are now."""
    if not os.path.exists("/usr/include/rapidjson/schema.h"):
        raise Failed("RapidJSON is not installed (apt-get install rapidjson-dev)")
    folder = os.path.join(HOME, f"tests-{version.name}-{key_of(libraries, version)}")
    if not os.path.isdir(folder):
        for old in glob.glob(os.path.join(HOME, f"tests-{version.name}-*")):
            shutil.rmtree(old)
        lay_out(folder + ".new", libraries, version)
        os.makedirs(os.path.join(folder + ".new", "obj"))
        os.makedirs(os.path.join(folder + ".new", "lib"))
        os.replace(folder + ".new", folder)
    built = Built(folder, version)
    library = os.path.join(libraries.lib, "librdkafka.so.1")
    groups = sources_of(folder)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [[pool.submit(compile_one, folder, s) for s in group] for group in groups]
        runner, wrapper, plugin = [[f.result() for f in group] for group in futures]
    wrapper_so = os.path.join(built.wrapper, "librdkafka++.so.1")
    shared = ["g++", "-shared", "-pthread"]
    link(shared + ["-Wl,-soname,librdkafka++.so.1"] + wrapper + [library], wrapper_so, wrapper + [library])
    plugin_so = os.path.join(built.tests, "interceptor_test", "interceptor_test.so")
    link(shared + plugin + [library], plugin_so, plugin + [library])
    tail = [wrapper_so, library, "-ldl", "-lm", "-lssl", "-lcrypto", "-lz"]
    link(["g++", "-rdynamic", "-pthread"] + runner + tail, built.runner, runner + [wrapper_so, library])
    return built
