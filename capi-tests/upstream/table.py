"""The table at the end, and what it means."""


class Row:
    def __init__(self, version, test, engine, outcome, control):
        self.version, self.test, self.engine, self.outcome, self.control = version, test, engine, outcome, control
        self.expected = test.expected[engine]

    def verdict(self):
        """ok, worse (fails the target), or better (upstream.toml is to be updated)."""
        if self.outcome is None:
            return "waits"
        if self.outcome.result == self.expected.result:
            return "ok"
        return "better" if self.outcome.result == "PASS" else "worse"


def show(rows):
    print(f"\n{'test':<40} {'version':<8} {'engine':<10} {'result':<8} {'seconds':>7}  {'control':<8} remark")
    for row in rows:
        result = row.outcome.result if row.outcome else "waits"
        seconds = f"{row.outcome.seconds:7.1f}" if row.outcome else "       "
        remark = {"worse": "UNEXPECTED: " + (row.outcome.detail if row.outcome else ""), "better": "UNEXPECTED PASS"}
        text = remark.get(row.verdict(), row.expected.text if row.expected.reason else "")
        print(f"{row.test.name:<40} {row.version:<8} {row.engine:<10} {result:<8} {seconds}  {row.control:<8} {text}".rstrip())


def conclude(rows):
    """Prints the counts and returns (passed, failed) for the summary line."""
    worse = [r for r in rows if r.verdict() == "worse"]
    better = [r for r in rows if r.verdict() == "better"]
    as_listed = sum(1 for r in rows if r.verdict() == "ok" and r.outcome.result != "PASS")
    waits = sum(1 for r in rows if r.verdict() == "waits")
    passing = sum(1 for r in rows if r.outcome and r.outcome.result == "PASS")
    print(f"\npassing {passing}, failing as listed {as_listed}, waiting {waits}, worse than listed {len(worse)}")
    for row in better:
        print(f"{row.test.name} ({row.version}) passes on {row.engine}: please write so in capi-tests/upstream.toml")
    for row in worse:
        print(f"{row.test.name} ({row.version}) on {row.engine}: expected {row.expected.text}, see {row.outcome.log}")
    return passing + as_listed, len(worse)
