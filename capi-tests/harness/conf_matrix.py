"""Every configuration property on both libraries: its row in the table of properties, and what becomes of it unset, at its
default, at the ends of its range, just outside, with each of its names, with garbage, empty and NULL. The names, ranges and
defaults come from the tables that the libraries print. What may differ is in conf_differences.txt."""

import re

from .base import check, run
from .differences import Differences
from .compiled import tool

# The case of what our build says that it does not have.
NOT_BUILT = "not built"
MARK = re.compile("not supported in this build|not available at build time|not part of this build")

COLUMNS = ["side", "range", "default", "importance"]


def judge(differences, found, what):
    """`found`: (property, case, reference, ours)."""
    bad = [f for f in found if f[2] != f[3] and not differences.allow(f[0], NOT_BUILT if MARK.search(f[3]) else f[1])]
    text = "\n".join(f"{n} | {c}\n  reference {r}\n  ours      {o}" for n, c, r, o in bad[:40])
    check(not bad, f"{len(bad)} of {len(found)} {what} differ without a reason:\n{text}")


def table(program, environment):
    """Scope and name -> cells, from the printed table."""
    text = run([program, "show"], 30, environment)[1].decode()
    rows, scope = {}, None
    for line in text.splitlines():
        heading = re.match(r"## (Global|Topic)", line)
        if heading:
            scope = heading[1].lower()
        # Ours is Markdown with a bar at both ends, and code quotes around names.
        cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line.strip("|"))]
        name = cells[0].strip("`")
        if scope and len(cells) >= 6 and re.fullmatch(r"[a-z][A-Za-z0-9._]*", name):
            rows[scope, name] = dict(zip(COLUMNS, cells[1:5]))
    check(len(rows) > 150, f"only {len(rows)} properties in the table:\n{text[:500]}")
    return rows


def both(libraries, argument, stdin=None):
    program = tool("conf_matrix", libraries)
    return [run([program, argument], 60, libraries.environment(w), stdin)[1].decode() for w in ("reference", "ours")]


def rows_agree(libraries, differences):
    program = tool("conf_matrix", libraries)
    reference, ours = (table(program, libraries.environment(w)) for w in ("reference", "ours"))
    found = []
    for key in sorted(set(reference) | set(ours)):
        if key not in reference or key not in ours:
            found.append((key[1], "row", "there" if key in reference else "missing", "there" if key in ours else "missing"))
            continue
        for column in COLUMNS:
            found.append((key[1], f"row {column}", reference[key][column], ours[key][column]))
    judge(differences, found, "cells of the table")
    return reference, ours


def values(row):
    """Case and value for each value to try; \\N is NULL, \\E empty."""
    cases = [("empty", "\\E"), ("NULL", "\\N"), ("garbage", "garbage"), ("unit", "10ms"), ("space", " 7")]
    if row["default"]:
        cases.append(("default", row["default"]))
    span = re.match(r"(-?[0-9.]+) \.\. (-?[0-9.]+)", row["range"])
    if span:
        low, high = span[1], span[2]
        cases += [("minimum", low), ("maximum", high)]
        if float(low) > -(2**31):
            cases.append(("below", str(int(float(low)) - 1)))
        cases.append(("above", str(int(float(high)) + 1)))
    named = row["range"][span.end() :] if span else row["range"]
    for name in [n.strip() for n in named.split(",") if n.strip()]:
        cases += [("named " + name, name), ("named in capitals " + name, name.upper())]
    return cases


def values_agree(libraries, differences, reference, ours):
    shown = [out.splitlines() for out in both(libraries, "names")]
    keys = sorted(set(reference) | set(ours) | {tuple(line.split("\t")) for lines in shown for line in lines})
    asked = []
    for scope, name in keys:
        row = reference.get((scope, name)) or ours.get((scope, name)) or {"range": "", "default": ""}
        asked.append((scope, name, "unset", None))
        asked += [(scope, name, case, value) for case, value in values(row)]
    lines = "".join("\t".join([s, n] + ([v] if v is not None else [])) + "\n" for s, n, _, v in asked)
    answers = [out.splitlines() for out in both(libraries, "set", lines.encode())]
    check(len(answers[0]) == len(answers[1]) == len(asked), f"{[len(a) for a in answers]} answers to {len(asked)} questions")
    found = [(n, case, r, o) for (_, n, case, _), r, o in zip(asked, *answers)]
    judge(differences, found, "outcomes")
    print(f"     {len(keys)} properties, {len(asked)} values", flush=True)


def conf_matrix(libraries):
    differences = Differences("conf_differences.txt")
    reference, ours = rows_agree(libraries, differences)
    values_agree(libraries, differences, reference, ours)
    differences.check_all_used()


TESTS = [("conf_matrix", conf_matrix)]
