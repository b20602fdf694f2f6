"""The reference's own shared object, from the same package as the tests: what our results are compared with, on demand."""

import os
import shutil

from harness.base import run

from .source import HOME


def library(version):
    """The folder that holds the reference as librdkafka.so.1; built once."""
    target = os.path.join(HOME, f"control-{version.name}")
    if os.path.isdir(target):
        return target
    work = os.path.join(HOME, "control-build")
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(version.folder(), work)
    print(f"building the reference's own library {version.name}, once", flush=True)
    run(["./configure", "--disable-gssapi"], 300, cwd=work)
    run(["make", "-j2", "-C", "src", "librdkafka.so.1"], 1200, cwd=work)
    os.makedirs(target + ".new")
    shutil.copy(os.path.join(work, "src", "librdkafka.so.1"), target + ".new")
    os.replace(target + ".new", target)
    shutil.rmtree(work)
    return target
