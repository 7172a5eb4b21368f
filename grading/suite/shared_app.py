"""Let the suite's tests share one start of the app: which come first, which run again, when the app is stopped.

See `webapp.reuse` for why that changes no mark.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

from grading.harness.keys import JUDGED
from grading.harness.recorder import PLACE, step_number
from grading.webapp.reuse import KeptApp

KEPT = pytest.StashKey[KeptApp]()
NEED_OWN_START = {"variables"}
"""Fixtures that change the app's environment where a test parametrizes them; an assignment's plugin may add to them."""


def shares_app(item: pytest.Item) -> bool:
    """Whether the app is kept after the test if it passes; else the test has an app of its own."""
    return step_number(item) is not None or item.config.stash[JUDGED]


def pytest_configure(config: pytest.Config) -> None:
    """Begin without an app."""
    config.stash[KEPT] = KeptApp()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests of the suite that need another environment first: all others then share one start."""
    for place, item in enumerate(items):
        item.stash[PLACE] = place
    items.sort(key=lambda item: step_number(item) is None or not _needs_own_start(item))


def _needs_own_start(item: pytest.Item) -> bool:
    values = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return not NEED_OWN_START.isdisjoint(values)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that shares its app; if it fails where others may have left traces, run it again on a new app."""
    if not shares_app(item) or not isinstance(item, pytest.Function):
        return None
    kept = item.config.stash[KEPT]
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    while True:
        kept.forget()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed for report in reports):
            break
        kept.close()
        if not kept.was_used():
            break
        item._initrequest()  # new fixtures; pytest has no public name for it
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    if nextitem is None or not shares_app(nextitem):
        kept.close()  # its environment, folder and patches are not for other tests
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the app that is still running."""
    session.config.stash[KEPT].close()
