"""Prints the copyright file of the Debian packages: our licence, and those of the crates that the binaries contain.

The licences' texts are those that the crates bring; a crate that brings none is listed with the name of its licence. Standard
library only.
"""

import json
import os
import re
import subprocess
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
APACHE = "See /usr/share/common-licenses/Apache-2.0 for the Apache License, Version 2.0."
TEXT = re.compile(r"(?i)^(licen[cs]e|copying|copyright|notice)([-._].*)?$")


# What the packages have binaries of.
MANIFESTS = ["Cargo.toml", os.path.join("tools", "rdkafka-top", "Cargo.toml")]


def linked_crates():
    """(name, version, licence, folder) of each crate that is linked into a binary, by name."""
    return sorted({crate for manifest in MANIFESTS for crate in crates_of(manifest)})


def crates_of(manifest):
    of = ["--locked", "--manifest-path", manifest]
    tree = ["cargo", "tree", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}", *of]
    lines = subprocess.run(tree, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    linked = {tuple(line.split()[:2]) for line in lines}
    metadata = ["cargo", "metadata", "--format-version", "1", *of]
    packages = json.loads(subprocess.run(metadata, cwd=ROOT, check=True, capture_output=True, text=True).stdout)["packages"]
    return [
        (package["name"], package["version"], package["license"], os.path.dirname(package["manifest_path"]))
        for package in packages
        if package["source"] and (package["name"], f"v{package['version']}") in linked
    ]


def folded(text):
    """A text as the continuation of a field: lines begin with a blank, and an empty one is a full stop."""
    return "\n".join(f" {line.rstrip()}" if line.strip() else " ." for line in text.strip().splitlines())


def without_apache(text):
    """Debian has the text of the Apache License already, and wants no other copy."""
    return APACHE if re.search(r"Apache License\s+Version 2\.0, January 2004", text) else text


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def main():
    texts = {}  # each text once, with the crates that bring it
    print("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
    print("Upstream-Name: librdkafka-rs")
    print("Comment: The binaries contain these crates from https://crates.io, under the licences named:")
    for name, version, licence, folder in linked_crates():
        print(f" {name} {version}: {licence}")
        for file in sorted(os.listdir(folder)):
            if TEXT.match(file) and os.path.isfile(os.path.join(folder, file)):
                texts.setdefault(without_apache(read(os.path.join(folder, file)).strip()), []).append(name)
    print(" .\n Texts that they bring:")
    for text, names in sorted(texts.items(), key=lambda item: item[1]):
        heading = textwrap.fill(", ".join(dict.fromkeys(names)), 76, initial_indent=" == ", subsequent_indent="    ")
        print(f" .\n{heading} ==\n .\n{folded(text)}")
    print("\nFiles: *")
    licence = read(os.path.join(ROOT, "LICENSE"))
    print(re.search(r"Copyright.*", licence)[0].replace("Copyright (c)", "Copyright:"))
    print(f"License: BSD-2-clause\n{folded(licence)}")


if __name__ == "__main__":
    main()
