"""What each pytest plugin for a suite of web apps begins with: options, markers, and the parts that it is made of.

A plugin adds the fixtures `variables`, the app's environment, and `outgoing`, which answers what the app asks others.
"""

from __future__ import annotations

import math
import os
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

from grading import KIT
from grading.harness import report
from grading.harness.keys import DEADLINE, JUDGED, RUNNING
from grading.harness.own_tests import NO_FIXTURE, foreign_fixture, refusal
from grading.harness.recorder import Recorder, step_number
from grading.results.assignment import ASSIGNMENT
from grading.suite import fixtures, shared_app
from grading.suite.app_mode import Here
from grading.webapp.libraries import LIBRARIES

_DEVELOPERS = "jupytext"
"""A package that only those have who work on the kit: the grader's own tests need it."""
_MARKERS = """
    step(number): the step that a test judges
    extra: an instructor's own test; the judge sets it
    shown: an instructor's own test that students may learn of
    worth(weight): a test's share of its step's marks
    by_contract: a test whose requests are sent by the contract's names, whatever the program documents
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --app and --app-trace."""
    group = parser.getgroup("kit")
    group.addoption("--app", metavar="FOLDER", help="the folder whose main.py is tested (default: solution)")
    trace = "show all lines of the app that led to an exception of its own"
    group.addoption("--app-trace", action="store_true", help=trace)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before anything imports what programs do, and register the plugin's parts."""
    LIBRARIES.prepare_environment(os.environ)
    here = Here(config.stash.get(DEADLINE, math.inf), trace=config.getoption("--app-trace"))
    config.stash.setdefault(RUNNING, here.running)
    config.stash.setdefault(JUDGED, False)
    for marker in _MARKERS.strip().splitlines():
        config.addinivalue_line("markers", marker.strip())
    folder = config.getoption("--app")
    if folder is None and config.args_source is pytest.Config.ArgsSource.TESTPATHS and find_spec(_DEVELOPERS) is None:
        # A student's set-up, and no file was named: their program is meant, not the grader's own tests.
        folder = config.option.app = str(ASSIGNMENT.folder / "starter")
    if folder is not None:
        path = Path(folder)
        if not path.is_dir() and not (path.is_file() and path.name == ASSIGNMENT.program):
            what = (
                f"this is neither a folder nor a {ASSIGNMENT.program}" if path.exists() else "there is no such folder"
            )
            raise pytest.UsageError(f"--app {folder}: {what}. Name the folder that holds {ASSIGNMENT.program}.")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args[:] = [str(ASSIGNMENT.tests)]  # not the grader's own tests, which take minutes
        config.option.reportchars = "N"  # no summary of each failure: with CI set, it would say all of it once more
    for part in (fixtures, fixtures.CurrentTest(), report, shared_app, Recorder()):
        config.pluginmanager.register(part)


class _Refused(pytest.Module):
    """A student's own tests with something in them that cannot work where they are judged."""

    reason = ""

    def collect(self) -> NoReturn:
        """Say so instead of running any."""
        raise self.CollectError(self.reason)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Refuse a student's own tests at home by the sentence by which they would be refused where they are judged."""
    if module_path.name != ASSIGNMENT.own_tests or parent.config.stash[JUDGED]:  # there it was read before
        return None
    try:
        refused = refusal(module_path.read_bytes())
    except (OSError, SyntaxError, ValueError):  # pytest itself says what it cannot read
        return None
    if refused is None:
        return None
    module: _Refused = _Refused.from_parent(parent, path=module_path)
    module.reason = "{}. Expected: {}.".format(*refused)
    return module


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a student's test fail at home that needs a fixture which is not where it is judged."""
    if item.path.name != ASSIGNMENT.own_tests or item.config.stash[JUDGED]:
        return
    if (name := foreign_fixture(item)) is not None:
        pytest.fail(NO_FIXTURE.format(name), pytrace=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Make warnings errors in the kit's own code only: tasks of a program under test may die noisily."""
    graded = config.getoption("--app") is not None
    if not config.pluginmanager.hasplugin("warnings"):
        warnings.simplefilter("ignore")
        return
    for item in items:
        own = not any(item.path.is_relative_to(folder) for folder in (ASSIGNMENT.tests, KIT / "grading"))
        if own or (graded and step_number(item) is not None):
            item.add_marker(pytest.mark.filterwarnings("ignore"))
