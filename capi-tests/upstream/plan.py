"""capi-tests/upstream.toml: which test belongs where, and what its result on each engine is expected to be."""

import os
import tomllib

from harness.base import TESTS, Failed

from .source import VERSIONS

ENGINES = ("legacy", "multibatch", "v2")
GROUPS = {"A": "no consumer, local", "B": "no consumer, broker", "C": "consumer, local", "D": "consumer, broker"}
NEEDS = {"mock", "broker", "sockem", "TLS", "SASL", "admin", "consumer", "idempotence", "transactions", "statistics", "plugins"}
RESULTS = ("PASS", "FAIL", "SKIP", "CRASH", "TIMEOUT")


class Expected:
    """`PASS`, or `FAIL: why`, `SKIP: why`, or `waits for issue N: why`. What waits is listed and not run."""

    def __init__(self, text):
        self.text = text
        word, _, self.reason = text.partition(": ")
        self.waits = word.startswith("waits for ")
        self.result = None if self.waits else word
        if not self.waits and word not in RESULTS:
            raise Failed(f"upstream.toml: {text!r} is no expected result")
        if word != "PASS" and not self.reason:
            raise Failed(f"upstream.toml: {text!r} gives no reason")


class Test:
    def __init__(self, name, entry, defaults):
        self.name = name
        # The runner knows the test; a row NAME/SUBTEST is what it makes of one of its subtests alone.
        self.test, _, self.subtest = name.partition("/")
        self.number = name.split("_")[0]
        known = {"group", "needs", "control", "limit", "arguments", "quick", "short", "since", "mock", "kafka", "conf", "env", *ENGINES}
        if set(entry) - known:
            raise Failed(f"upstream.toml: {name}: unknown {sorted(set(entry) - known)}")
        self.group = entry["group"]
        self.needs = entry.get("needs", [])
        if self.group not in GROUPS or set(self.needs) - NEEDS:
            raise Failed(f"upstream.toml: {name}: unknown group or need")
        self.local = self.group in "AC"
        self.control = entry.get("control", "PASS")
        self.limit = entry.get("limit", 40)
        self.arguments = entry.get("arguments", [])
        self.quick = entry.get("quick", True)
        self.short = entry.get("short", False)
        self.conf = entry.get("conf", [])
        self.environment = entry.get("env", {})
        self.broker = None if self.local else broker_of(entry)
        of_group = defaults["producer" if self.group in "AB" else "consumer"]
        texts = {e: entry.get(e, of_group[e]) for e in ENGINES}
        resolved = {e: texts["legacy"] if text == "as legacy" else text for e, text in texts.items()}
        self.expected = {e: Expected(text) for e, text in resolved.items()}

    def shorten(self):
        """In the short form our mock cluster takes Kafka's place, which is up at once."""
        if self.broker and self.broker[0] == "kafka":
            self.broker = ("mock",)

    def process(self):
        """Tests with the same key run in one process: the runner chooses by number, and by local or not."""
        environment = tuple(sorted(self.environment.items()))
        return (self.number, self.broker, tuple(self.arguments), self.quick, self.subtest, tuple(self.conf), environment)


def broker_of(entry):
    if "kafka" in entry:
        return ("kafka", entry["kafka"])
    return ("mock", *entry["mock"]) if "mock" in entry else ("tansu",)


def load(version, path=None):
    """The tests that a version of the reference has. What differs in one version stands in a table of its own."""
    with open(path or os.path.join(TESTS, "upstream.toml"), "rb") as file:
        data = tomllib.load(file)
    defaults = data.pop("defaults")
    names = [v.name for v in VERSIONS]
    tests = []
    for name, entry in sorted(data.items()):
        special = {v: entry.pop(v, {}) for v in names}
        test = Test(name, {**entry, **special[version]}, defaults)
        if number(entry.get("since", "0")) <= number(version):
            tests.append(test)
    return tests


def number(version):
    return [int(part) for part in version.split(".")]
