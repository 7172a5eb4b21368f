#!/usr/bin/env bash
# gradescope-utils: an error in setUpClass leaves no results.json, not even for the tests that had passed
#
# One would guess that an error in setUpClass, say because the student's server does not start, fails the tests of
# that class, and that the other classes keep their points; unittest's own runner counts one error and goes on.
# What happens: JSONTestRunner raises AttributeError while it records that error, because what unittest hands it
# there stands for the class and has no test method. The report is written at the end of the run, so nothing is
# written.
# Why it matters: assignments that start a server once per class, the usual way to test an HTTP endpoint: the
# student learns that the autograder failed, not that their server did not start. Start the server in setUp, or
# catch the error and fail each test with it.
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


class Files(unittest.TestCase):
    @weight(2)
    def test_main_is_there(self):
        self.assertTrue(True)


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("the server did not start")

    @weight(5)
    def test_answers(self):
        self.assertTrue(True)


def suite():
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite([load(Files), load(Server)])


plain = unittest.TextTestRunner(stream=io.StringIO()).run(suite())
seen = (plain.testsRun, len(plain.errors), len(plain.failures))
expect("unittest's runner: tests run, errors, failures", seen, (1, 1, 0))
report = io.StringIO()
try:
    JSONTestRunner(stream=report).run(suite())
except AttributeError as error:
    expect(f"JSONTestRunner raises AttributeError ({error})", "_testMethodName" in str(error), True)
else:
    raise SystemExit("changed: the runner came to its end")
expect("characters of results.json", len(report.getvalue()), 0)
print("as described")
PY
