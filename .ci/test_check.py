"""What `make check` takes for passed, and what it does not; and that the modules of the tests in Python do not import each other in a
circle. The last line is `N passed, N failed`."""

import ast
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import check  # noqa: E402
import licences  # noqa: E402


class Verdicts(unittest.TestCase):
    def test_a_suite_passes_with_what_it_counted(self):
        self.assertEqual(check.suite_verdict(0, ["PASS a", "3 passed, 0 failed"]), (3, 0))
        self.assertEqual(check.suite_verdict(1, ["2 passed, 1 failed"]), (2, 1))

    def test_a_suite_that_ran_nothing_has_failed(self):
        for code in (0, 1):
            for lines in ([], [""], ["0 passed, 0 failed"], ["all is well"], ["3 passed, 0 failed", "more"]):
                self.assertEqual(check.suite_verdict(code, lines)[1], 1, (code, lines))

    def test_a_suite_that_dies_after_it_counted_has_failed(self):
        self.assertEqual(check.suite_verdict(134, ["3 passed, 0 failed"]), (3, 1))

    def test_cargo_test_is_counted_over_all_its_programs(self):
        line = "test result: ok. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in 0.1s"
        self.assertEqual(check.cargo_verdict(0, [line.format(2, 0, 0), "x", line.format(3, 0, 0)]), (5, 0))
        self.assertEqual(check.cargo_verdict(101, [line.format(2, 1, 0)]), (2, 1))
        # Ignored: nobody ran it.
        self.assertEqual(check.cargo_verdict(0, [line.format(2, 0, 1)]), (2, 1))
        self.assertEqual(check.cargo_verdict(0, [line.format(0, 0, 0)]), (0, 1))
        self.assertEqual(check.cargo_verdict(101, []), (0, 1))
        self.assertEqual(check.cargo_verdict(101, [line.format(2, 0, 0)]), (2, 1))

    def test_a_step_that_cannot_run_has_failed(self):
        steps = [
            check.Step("there is no such program", check.single("/nonexistent")),
            check.Step("the suite cannot be read", check.script("/nonexistent")),
            check.Step("it says nothing any more", lambda mark: (*check.suite_verdict(*check.stream(["sleep", "100"], mark, silence=0.1)), [])),
            check.Step("nothing at all", lambda mark: (0, 0, [])),
        ]
        progress = check.Progress(steps)
        progress.run(steps, "  (meant to fail) ")
        self.assertEqual([row[1:3] for row in progress.rows], [(0, 1)] * 4)

    def test_what_failed_is_named_at_the_end(self):
        suite = ["PASS a", "    fine", "FAIL b", *map(str, range(100)), "PASS c", "    fine", "FAIL d", "why", "2 passed, 2 failed"]
        third = check.MOST_LINES // 3
        told = [*map(str, range(third)), "...", *map(str, range(100 - 2 * third, 100))]
        self.assertEqual(check.complaints(suite), ["FAIL b", *told, "FAIL d", "why"])
        cargo = ["test x ... ok", "test y ... FAILED", "failures:", "---- y stdout ----", "panicked at", "failures:", "    y"]
        self.assertEqual(check.complaints(cargo), ["---- y stdout ----", "panicked at"])
        self.assertEqual(check.complaints(["warning", "error: no"]), ["warning", "error: no"])

    def test_a_step_that_failed_keeps_what_it_said(self):
        fails = check.Step("fails", check.single("sh", "-c", "echo why; exit 1"))
        progress = check.Progress([fails])
        progress.run([fails], "  (meant to fail) ")
        self.assertEqual(progress.rows[0][1:3] + progress.rows[0][4:], (0, 1, ["why"]))

    def test_licences(self):
        for text, verdict in {
            "MIT": True,
            "GPL-3.0": False,
            "GPL-3.0 OR MIT": True,
            "MIT/Apache-2.0": True,
            "(MIT OR GPL-3.0) AND Zlib": True,
            "MIT AND GPL-3.0": False,
            "Apache-2.0 WITH LLVM-exception": False,
        }.items():
            self.assertEqual(licences.is_allowed(text, {"MIT", "Apache-2.0", "Zlib"}), verdict, text)


def imports_of(folder):
    """{module of the folder: the modules of the folder that it imports}"""
    found = {}
    names = {name[:-3] for name in os.listdir(folder) if name.endswith(".py")}
    for name in names:
        with open(os.path.join(folder, name + ".py"), encoding="utf-8") as file:
            nodes = [node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.ImportFrom) and node.level == 1]
        found[name] = names & {word for node in nodes for word in ([node.module] if node.module else [alias.name for alias in node.names])}
    return found


class Circles(unittest.TestCase):
    def test_no_module_imports_itself_by_way_of_others(self):
        for folder in ("harness", "upstream"):
            left = imports_of(os.path.join(check.ROOT, "capi-tests", folder))
            self.assertGreater(sum(map(len, left.values())), 1, folder)
            # Whoever imports nothing that is left is in no circle.
            while free := [name for name, others in left.items() if not others & left.keys()]:
                for name in free:
                    del left[name]
            self.assertEqual(left, {}, folder)


if __name__ == "__main__":
    result = unittest.TextTestRunner(stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not result.testsRun else 0)
