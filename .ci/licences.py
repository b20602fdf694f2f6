"""Every crate that the library and its tools are built from comes from crates.io and has one of the licences of deny.toml.

`make deny` asks cargo-deny the same and more; building that tool takes longer than this check may. The last line is
`N passed, N failed`, a test for each crate. Standard library only.
"""

import json
import os
import re
import subprocess
import sys
import tomllib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def is_allowed(expression, allowed):
    """Whether an SPDX expression can be met with allowed licences alone; `/` is an old way to write OR."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    text = []
    for i, word in enumerate(words):
        if word in "()":
            text.append(word)
        elif word in ("OR", "AND"):
            text.append(word.lower())
        elif word == "WITH" or i and words[i - 1] == "WITH":
            continue
        else:
            name = f"{word} WITH {words[i + 2]}" if words[i + 1 : i + 2] == ["WITH"] else word
            text.append(str(name in allowed))
    return bool(eval(" ".join(text), {"__builtins__": {}}))  # nothing but True, False, and, or and brackets


def problem_of(package, allowed, banned):
    if package["source"] != REGISTRY:
        return f"comes from {package['source'] or package['manifest_path']}"
    if package["name"] in banned:
        return "is banned"
    if not package["license"]:
        return "says nothing of its licence"
    return "" if is_allowed(package["license"], allowed) else f"is under {package['license']}"


def crates(manifest):
    """What a package of ours is built from."""
    argv = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", manifest]
    graph = json.loads(subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, text=True).stdout)
    return [package for package in graph["packages"] if package["id"] not in graph["workspace_members"]]


def main():
    with open(os.path.join(ROOT, "deny.toml"), "rb") as file:
        rules = tomllib.load(file)
    allowed, banned = set(rules["licenses"]["allow"]), {ban["crate"] for ban in rules["bans"]["deny"]}
    passed = failed = 0
    for package in crates("Cargo.toml") + crates(os.path.join("tools", "rdkafka-top", "Cargo.toml")):
        problem = problem_of(package, allowed, banned)
        passed, failed = passed + (not problem), failed + bool(problem)
        if problem:
            print(f"FAIL {package['name']} {package['version']} {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
