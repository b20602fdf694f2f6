"""What benchmarks have found, as one file for spreadsheets and pictures: a line for each figure, `benchmark,row,figure,client,value`.

Several benchmarks write into the same file, each behind what is there.
"""

import csv
import datetime
import os
import platform

COLUMNS = ["benchmark", "row", "figure", "client", "value"]
CONDITIONS = "conditions"


class Results:
    """Keeps nothing where `path` is empty."""

    def __init__(self, path, benchmark):
        self.path, self.benchmark = path, benchmark
        if path:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            if not os.path.exists(path):
                self.write([COLUMNS, [CONDITIONS, "", "machine", "", machine()], [CONDITIONS, "", "date", "", datetime.date.today().isoformat()]])

    def add(self, row, client, figures):
        """`figures`: {what it is of: number}"""
        self.write([self.benchmark, row, figure, client, f"{value:.6g}"] for figure, value in figures.items())

    def condition(self, name, value):
        self.write([[CONDITIONS, self.benchmark, name, "", value]])

    def write(self, lines):
        if self.path:
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(lines)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {models[0] if models else platform.machine()}, Linux {platform.release().split('-')[0]}"


def read(path):
    """({(benchmark, figure): {row: {client: value}}}, in the order of the file; {condition: value}): of what is there twice, the last."""
    found, conditions = {}, {}
    with open(path, encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["benchmark"] == CONDITIONS:
                conditions[line["figure"]] = line["value"]
            else:
                rows = found.setdefault((line["benchmark"], line["figure"]), {})
                rows.setdefault(line["row"], {})[line["client"]] = float(line["value"])
    return found, conditions
