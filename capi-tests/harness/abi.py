"""The ABI against the reference: symbols, types, prototypes, its examples, and its C++ library on top of ours."""

import concurrent.futures
import ctypes
import os
import re
import shutil

from . import brokers, downloads
from .base import ROOT, check, run, tail, work
from .base import TESTS as SOURCES

# Functions of DataDog's fork, which the reference does not have.
FORK = {"rd_kafka_conf_set_stats_cb_typed", "rd_kafka_event_stats_typed"}

# Programs among the examples that do not compile on this system, whichever header they get.
FOREIGN = {"win_ssl_cert_store.cpp": "crtdefs.h"}

# What the reference's sources expect of their build system, as far as the examples and librdkafka++ need it.
CONFIG_H = """
#define HAVE_ATOMICS_32 1
#define HAVE_ATOMICS_32_ATOMIC 1
#define HAVE_ATOMICS_64 1
#define HAVE_ATOMICS_64_ATOMIC 1
#define ATOMIC_OP(OP1, OP2, PTR, VAL) __atomic_##OP1##_##OP2(PTR, VAL, __ATOMIC_SEQ_CST)
#define ATOMIC_OP32(OP1, OP2, PTR, VAL) ATOMIC_OP(OP1, OP2, PTR, VAL)
#define ATOMIC_OP64(OP1, OP2, PTR, VAL) ATOMIC_OP(OP1, OP2, PTR, VAL)
"""


def folder(name):
    path = work("abi", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def listed():
    with open(os.path.join(ROOT, "include", "exports.txt"), encoding="ascii") as file:
        return dict(line.split() for line in file)


def exported(path):
    lines = run(["nm", "-D", "--defined-only", path], 60)[1].decode().splitlines()
    return {line.split()[2] for line in lines}


def reference_include():
    """A folder with librdkafka/rdkafka.h and rdkafka_mock.h of the reference."""
    source = os.path.join(downloads.reference_sources(), "src")
    target = work("abi", "reference-include", "librdkafka")
    os.makedirs(target, exist_ok=True)
    for name in ("rdkafka.h", "rdkafka_mock.h"):
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    return os.path.dirname(target)


def symbols(libraries):
    """Exactly the functions of the reference and of exports.txt."""
    ours = exported(os.path.join(libraries.lib, "librdkafka.so.1"))
    theirs = exported(os.path.join(libraries.reference, "librdkafka.so.1")) | FORK
    check(ours == theirs, f"missing: {sorted(theirs - ours)}, too many: {sorted(ours - theirs)}")
    check(ours == set(listed()), f"exports.txt differs in {sorted(ours ^ set(listed()))}")


def every_symbol_binds(libraries):
    """A program that calls every function loads with all of them bound at once."""
    names = sorted(listed())
    text = "".join(f"extern void {n}(void);\n" for n in names)
    text += "static void (*const all[])(void) = {" + ", ".join(names) + "};\n"
    text += "#include <stdio.h>\nint main(int argc, char **argv) {\n    (void)argv;\n    if (argc > 1000) {\n"
    text += "".join(f"        {n}();\n" for n in names)
    text += '    }\n    printf("%zu\\n", sizeof(all) / sizeof(all[0]) - !all[0]);\n    return 0;\n}\n'
    here = folder("bind")
    source, binary = write(os.path.join(here, "all.c"), text), os.path.join(here, "all")
    # The declarations are not the functions' own: some names are the compiler's business only in the headers.
    run(["gcc", "-std=gnu11", "-O1", source, "-o", binary, os.path.join(libraries.lib, "librdkafka.so.1")], 60)
    out = run([binary], 20, libraries.environment("ours", {"LD_BIND_NOW": "1"}))[1]
    check(out.decode().strip() == str(len(names)), f"{out} instead of {len(names)}")


def layout(libraries):
    """Sizes, offsets, enum values and macro values of both headers, none of them left out."""
    here = folder("layout")
    include = reference_include()
    texts = []
    for name, path in (("ours", libraries.include), ("reference", include)):
        binary = os.path.join(here, name)
        run(["gcc", f"-I{path}", os.path.join(SOURCES, "abi_layout.c"), "-o", binary], 60)
        texts.append(run([binary], 20)[1].decode().splitlines())
    # The headers that can be had are those of 2.15.1. Nothing of 2.16.0's numbers is another one but its version, which
    # the library itself says.
    reference = ctypes.CDLL(os.path.join(libraries.reference, "librdkafka.so.1"))
    texts[1] = [f"RD_KAFKA_VERSION {reference.rd_kafka_version()}" if n == 0 else line for n, line in enumerate(texts[1])]
    different = [f"{a} | {b}" for a, b in zip(*texts) if a != b]
    check(texts[0] == texts[1], "\n".join(different[:20]) or "different numbers of lines")
    shown = {word for line in texts[1] for word in line.split()}
    missing = numbers(include) - shown
    check(not missing, f"abi_layout.c leaves out {sorted(missing)}")


def numbers(include):
    """Names of the reference's enum values, macros with a value, and structs with fields."""
    text = preprocessed(include)
    found = {m for m in re.findall(r"struct (rd_kafka_\w+) \{", text)}
    # abi_layout.c calls these by their typedefs.
    found = {re.sub(r"(message|topic_partition|topic_partition_list|vu)_s$", r"\1_t", name) for name in found}
    for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text):
        found |= set(re.findall(r"(?:^|,)\s*(RD_KAFKA_\w+)", body))
    for name in ("rdkafka.h", "rdkafka_mock.h"):
        with open(os.path.join(include, "librdkafka", name), encoding="utf-8") as file:
            found |= set(re.findall(r"^#define (RD_KAFKA_\w+)[ \t]", file.read(), re.M))
    check(len(found) > 350, f"only {len(found)} names found in the reference's headers")
    return found


def preprocessed(include):
    argv = ["gcc", "-E", "-P", "-D__attribute__(x)=", "-xc", f"-I{include}", "-include", "librdkafka/rdkafka.h"]
    text = run(argv + [os.path.join(include, "librdkafka", "rdkafka_mock.h")], 60)[1].decode()
    return " ".join(text.split())


def prototypes(include):
    """The prototypes of both headers by function name."""
    found = {}
    for statement in preprocessed(include).split(";"):
        before = statement.split("(")[0]
        name = re.split(r"[ *]", before)[-1]
        if "(" in statement and name.startswith("rd_kafka_") and "typedef" not in before and "{" not in statement:
            found[name] = statement.strip() + ";"
    return found


def signatures(libraries):
    """Every prototype of the reference is one of ours: a compiler that sees both accepts them."""
    theirs = prototypes(reference_include())
    check(set(theirs) == set(listed()) - FORK, f"not compared: {sorted(set(theirs) ^ (set(listed()) - FORK))}")
    text = "#include <librdkafka/rdkafka.h>\n#include <librdkafka/rdkafka_mock.h>\n"
    source = write(os.path.join(folder("signatures"), "both.c"), text + "\n".join(theirs.values()) + "\n")
    run(["gcc", "-std=gnu11", "-Werror", "-fsyntax-only", f"-I{libraries.include}", source], 60)


def shape(name, include, names):
    """A shared object with C debug information whose functions have the prototypes of a header and do nothing: what
    abidiff can compare, since neither library carries types (ours is Rust with line tables, the wheel is stripped)."""
    found = prototypes(include)
    text = "#include <librdkafka/rdkafka.h>\n#include <librdkafka/rdkafka_mock.h>\n"
    for function in sorted(names):
        # Named parameters, as a definition has to have them, come from the header; two or three have none there.
        prototype = re.sub(r"_t \*\)$", "_t *nameless)", found[function].rstrip(";"))
        returns = not prototype.startswith("void ") or prototype.startswith("void *")
        text += prototype + " { " + ("__builtin_trap();" if returns else "") + " }\n"
    here = work("abi", "shape", name)
    source, binary = write(os.path.join(here, "shape.c"), text), os.path.join(here, "librdkafka.so.1")
    argv = ["gcc", "-std=gnu11", "-w", "-g", "-O0", "-shared", "-fPIC", "-Wl,-soname,librdkafka.so.1"]
    run(argv + [f"-I{include}", source, "-o", binary], 60)
    return binary


def differences(reference, ours):
    """What abidiff says, empty if it finds no difference that abidiff.suppr does not explain."""
    argv = ["abidiff", "--suppressions", os.path.join(SOURCES, "abidiff.suppr"), "--no-show-locs", reference, ours]
    code, out, err = run(argv, 120, ok=None)
    return f"abidiff ended with {code}\n{tail(out, 80)}{tail(err)}" if code else ""


def abidiff(libraries):
    """abidiff finds nothing between the functions and types of the headers, nor between the symbols of the libraries."""
    include, names = reference_include(), set(listed()) - FORK
    reference = shape("reference", include, names)
    found = differences(reference, shape("ours", libraries.include, names))
    check(not found, f"types: {found}")
    changed = os.path.join(folder("changed-include"), "librdkafka")
    shutil.copytree(os.path.join(libraries.include, "librdkafka"), changed)
    with open(os.path.join(changed, "rdkafka.h"), encoding="utf-8") as file:
        text = file.read()
    write(os.path.join(changed, "rdkafka.h"), text.replace("    int32_t partition;", "    int64_t partition;"))
    found = differences(reference, shape("changed", os.path.dirname(changed), names))
    check("partition" in found, "abidiff lets a changed field pass")
    found = differences(soname_restored(libraries), os.path.join(libraries.lib, "librdkafka.so.1"))
    check(not found, f"symbols: {found}")


def soname_restored(libraries):
    """A copy of the reference under the name that programs know it by: the wheel's build has renamed it."""
    with open(os.path.join(libraries.reference, "librdkafka.so.1"), "rb") as file:
        data = file.read()
    name = re.search(rb"\0(librdkafka-[0-9a-f]{8}\.so\.1)\0", data)
    if name:
        data = data.replace(name[1], b"librdkafka.so.1".ljust(len(name[1]), b"\0"))
    path = os.path.join(folder("reference-lib"), "librdkafka.so.1")
    with open(path, "wb") as file:
        file.write(data)
    return path


def overlay(name, sources, folders, header=None):
    """A copy of the reference's sources, with our headers in the place of its own if `header` is their folder."""
    target = folder(name)
    for part in folders:
        shutil.copytree(os.path.join(sources, part), os.path.join(target, part))
    write(os.path.join(target, "config.h"), CONFIG_H)
    if header:
        for file in ("rdkafka.h", "rdkafka_mock.h"):
            shutil.copyfile(os.path.join(header, "librdkafka", file), os.path.join(target, "src", file))
        one_version(target)
    return target


def one_version(tree):
    """Both headers define the version. The C++ one that can be had is that of 2.15.1, and gets the number of the other."""
    path = os.path.join(tree, "src-cpp", "rdkafkacpp.h")
    pattern = re.compile(r"^#define RD_KAFKA_VERSION .*$", re.MULTILINE)
    defined = pattern.search(read(os.path.join(tree, "src", "rdkafka.h")))[0]
    write(path, pattern.sub(defined, read(path)))


def warnings(tree, program):
    """(exit code, warnings without line numbers of headers, everything) of one example."""
    argv = ["g++"] if program.endswith(".cpp") else ["gcc"]
    argv += ["-fsyntax-only", "-Wall", "-Wextra", "-I../src", "-I../src-cpp", program]
    code, _, err = run(argv, 120, ok=None, cwd=os.path.join(tree, "examples"))
    text = err.decode("utf-8", "replace")
    found = {line for line in text.splitlines() if "warning:" in line}
    return code, {re.sub(r"(rdkafka\w*\.h):\d+:\d+", r"\1", line) for line in found}, text


def examples(libraries):
    """Each compiles with our header, without a warning that it does not have with its own."""
    sources = downloads.reference_examples()
    folders = ("src", "src-cpp", "examples", "win32")
    own = overlay("examples-own", sources, folders)
    ours = overlay("examples-ours", sources, folders, libraries.include)
    programs = sorted(n for n in os.listdir(os.path.join(own, "examples")) if n.endswith((".c", ".cpp")))
    check(len(programs) >= 27, f"only {len(programs)} examples")
    problems = []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pairs = list(zip(pool.map(lambda p: warnings(own, p), programs), pool.map(lambda p: warnings(ours, p), programs)))
    for program, (theirs, mine) in zip(programs, pairs):
        if program in FOREIGN:
            check(theirs[0] != 0 and FOREIGN[program] in theirs[2], f"{program} compiles after all")
        elif theirs[0] or mine[0]:
            problems.append(f"{program}: exit code {mine[0]} (with its own header {theirs[0]})\n{tail(mine[2])}")
        elif mine[1] - theirs[1]:
            problems.append(f"{program}:\n" + "\n".join(sorted(mine[1] - theirs[1])))
    check(not problems, "\n".join(problems))


def compile_all(tree, files, argv):
    def one(file):
        run(argv + ["-c", file, "-o", file + ".o"], 200, cwd=tree)
        return file + ".o"

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, files))


def cplusplus(libraries):
    """librdkafka++ of the reference builds on our header, and its example of a producer delivers."""
    tree = overlay("cplusplus", downloads.reference_sources(), ("src-cpp",))
    os.makedirs(os.path.join(tree, "src"))
    for file in ("rdkafka.h", "rdkafka_mock.h"):
        shutil.copyfile(os.path.join(libraries.include, "librdkafka", file), os.path.join(tree, "src", file))
    one_version(tree)
    files = sorted("src-cpp/" + n for n in os.listdir(os.path.join(tree, "src-cpp")) if n.endswith(".cpp"))
    objects = compile_all(tree, files, ["g++", "-fPIC", "-O0", "-Wall", "-Werror"])
    ours = os.path.join(libraries.lib, "librdkafka.so.1")
    run(["g++", "-shared", *objects, "-o", "librdkafka++.so.1", "-Wl,-soname,librdkafka++.so.1,-z,defs", ours], 60, cwd=tree)
    example = os.path.join(downloads.reference_examples(), "examples", "producer.cpp")
    run(["g++", f"-I{tree}/src-cpp", example, "-o", "producer", "librdkafka++.so.1", ours], 120, cwd=tree)
    environment = libraries.environment("ours")
    environment["LD_LIBRARY_PATH"] += ":" + tree
    service, bootstrap = brokers.mock_process(libraries, 3, ("cpp:4",))
    with service:
        lines = [f"line {i}" for i in range(1000)]
        text = ("\n".join(lines) + "\n").encode()
        _, out, err = run([os.path.join(tree, "producer"), bootstrap, "cpp"], 60, environment, stdin=text)
        reports = err.decode().count("delivered to topic cpp") + out.decode().count("delivered to topic cpp")
        check(reports == len(lines), f"{reports} reports of {len(lines)}:\n{tail(err)}")
        log = brokers.read_back(bootstrap, "cpp", libraries.environment("system"))
    values = sorted(row[3].decode() for rows in log.values() for row in rows)
    check(values == sorted(lines), f"{len(values)} messages in the log")


TESTS = [
    ("abi:symbols", symbols),
    ("abi:every-symbol-binds", every_symbol_binds),
    ("abi:layout", layout),
    ("abi:signatures", signatures),
    ("abi:abidiff", abidiff),
    ("abi:examples", examples),
    ("abi:librdkafka++", cplusplus),
]
