"""The C and C++ programs of this folder, compiled against nothing but the public headers and the shared object."""

import os

from .base import OUT, locked, run
from .base import TESTS as FOLDER

# The program is instrumented, the library as it is; what both take from malloc and pass to the C library is watched.
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]


def binary(file, libraries, sanitized=False):
    """Of the source with this name; compiled unless that is younger than all that it consists of."""
    os.makedirs(OUT, exist_ok=True)
    source = os.path.join(FOLDER, file)
    target = os.path.join(OUT, os.path.splitext(file)[0] + (".asan" if sanitized else ""))
    inputs = [source, os.path.join(libraries.lib, "librdkafka.so.1")]
    inputs += [os.path.join(FOLDER, n) for n in os.listdir(FOLDER) if n.endswith(".h")]
    folder = os.path.join(libraries.include, "librdkafka")
    inputs += [os.path.join(folder, n) for n in os.listdir(folder)]
    with locked("build-" + os.path.basename(target)):
        newest = max(os.path.getmtime(p) for p in inputs)
        if not os.path.exists(target) or os.path.getmtime(target) <= newest:
            compile_to(target, source, libraries, sanitized)
    return target


def compile_to(target, source, libraries, sanitized):
    compiler = ["g++", "-std=c++17"] if source.endswith(".cpp") else ["gcc", "-std=gnu11"]
    # Instrumented code gives rise to warnings of its own; the plain build has shown the others.
    argv = compiler + ["-O1", "-g", "-pthread"] + (["-w", *SANITIZE] if sanitized else ["-Wall", "-Wextra", "-Werror"])
    argv += [f"-I{libraries.include}", source, "-o", target + ".new"]
    argv += [os.path.join(libraries.lib, "librdkafka.so.1"), "-lm"]
    run(argv, 120)
    os.replace(target + ".new", target)


def tool(name, libraries):
    """The binary of a program in C that a test in Python starts."""
    return binary(name + ".c", libraries)
