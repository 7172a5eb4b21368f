"""What each pytest plugin for a suite of web apps begins with: options, markers, and the parts that it is made of.

A plugin adds the fixtures `variables`, the app's environment, and `outgoing`, which answers what the app asks others.
"""

from __future__ import annotations

import functools
import os
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

from grading import KIT
from grading.harness import report
from grading.harness.keys import JUDGED, RUNNING
from grading.harness.recorder import Recorder, step_number
from grading.results.assignment import ASSIGNMENT
from grading.suite import fixtures, shared_app
from grading.suite.app_mode import running_here
from grading.webapp.libraries import LIBRARIES

_DEVELOPERS = "jupytext"
"""A package that only those have who work on the kit: the grader's own tests need it."""
_MARKERS = """
    step(number): the step that a test judges
    extra: an instructor's own test; the judge sets it
    shown: an instructor's own test that students may learn of
    worth(marks): what a test is worth
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
    trace = config.getoption("--app-trace")
    config.stash.setdefault(RUNNING, functools.partial(running_here, trace=True) if trace else running_here)
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
