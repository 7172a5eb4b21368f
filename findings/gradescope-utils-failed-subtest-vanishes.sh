#!/usr/bin/env bash
# gradescope-utils: tests with a failed subTest, skipped tests and expected failures are missing from results.json
#
# One would guess that results.json has an entry for each test of the suite, and that a test with one failed subTest
# is there as "failed" with 0 points.
# What happens: JSONTestRunner records what unittest reports as the success, failure or error of a whole test.
# unittest reports a failed subTest through another method, and likewise skips, expected failures and unexpected
# successes: those tests get no entry, no score and no max_score.
# Why it matters: teachers on Gradescope who loop over cases with subTest: the student who fails sees no failed test
# and no reason, and the sum of max_score differs from student to student (2 here, 10 for one who passes
# everything).
# Seen with gradescope-utils 0.5.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset PYTHONPATH
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gradescope-utils==0.5.0
venv/bin/python - <<'PY'
import io
import json
import signal
import unittest
from importlib.metadata import version

from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

signal.alarm(60)
print("gradescope-utils", version("gradescope-utils"))


def expect(what, seen, wanted):
    print(f"{what}: {seen}")
    if seen != wanted:
        raise SystemExit(f"changed, it was: {wanted}")


def grade(answers):
    class Endpoint(unittest.TestCase):
        @weight(2)
        def test_plain(self):
            self.assertIn("a", answers)

        @weight(4)
        def test_all_cases(self):
            for case in "abc":
                with self.subTest(case=case):
                    self.assertEqual(answers.get(case), case.upper())

        @weight(2)
        def test_stream(self):
            if "stream" not in answers:
                self.skipTest("there is no stream to test")

        @weight(2)
        @(unittest.expectedFailure if "strict" not in answers else lambda test: test)
        def test_strict(self):
            self.assertIn("strict", answers)

    report = io.StringIO()
    JSONTestRunner(stream=report).run(unittest.defaultTestLoader.loadTestsFromTestCase(Endpoint))
    tests = json.loads(report.getvalue())["tests"]
    return {t["name"].split()[0]: (t["status"], t["score"], t["max_score"]) for t in tests}


good = grade({"a": "A", "b": "B", "c": "C", "stream": "s", "strict": "s"})
expect("all right, tests in the report", sorted(good), ["test_all_cases", "test_plain", "test_stream", "test_strict"])
expect("all right, sum of max_score", sum(top for _, _, top in good.values()), 10)
poor = grade({"a": "A", "b": "wrong", "c": "C"})
expect("one case wrong, tests in the report", poor, {"test_plain": ("passed", 2, 2)})
print("as described")
PY
