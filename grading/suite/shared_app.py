"""Let the suite's tests share one start of the app: which come first, which run again, when the app is stopped.

See `webapp.reuse` for why that changes no mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from _pytest.runner import runtestprotocol

from grading.harness.keys import JUDGED
from grading.harness.recorder import PLACE, step_number
from grading.results.assignment import ASSIGNMENT
from grading.webapp.reuse import KeptApp

KEPT = pytest.StashKey[KeptApp]()


@dataclass(frozen=True)
class OwnStart:
    """A fixture that changes the app's environment where a test parametrizes it."""

    usual: object
    """The value with which the test shares the usual start."""
    sent: str = ""
    """What to tell a student whose app starts with other values only: with {} for this one."""
    expected: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The usual one: whether the app starts there tells whether only the other value is to blame."""
    spare: Mapping[str, str] = field(default_factory=dict)
    """Variables to add if the app does not start and the test is about another fixture's value, too."""


OWN_STARTS: dict[str, OwnStart] = {"variables": OwnStart(None)}
"""By the fixture's name; an assignment's plugin may add to them."""
REWRITE = pytest.StashKey[Callable[[httpx.Request], httpx.Request]]()
"""Changes the requests of the suite's tests, but for those that are `by_contract`, once a plugin has set it."""
STARTED = pytest.StashKey[bool]()
"""Whether the app has started before, in whichever environment."""


def shares_app(item: pytest.Item) -> bool:
    """Whether the app is kept after the test if it passes; else the test has an app of its own.

    A student's own tests share it at home as they do where they are judged, but not in a debugger, which would stop at
    a failure once more when the test runs again.
    """
    if item.config.stash[JUDGED] or step_number(item) is not None:
        return True
    return item.path.name == ASSIGNMENT.own_tests and not item.config.getoption("usepdb", False)


def pytest_configure(config: pytest.Config) -> None:
    """Begin without an app."""
    config.stash[KEPT] = KeptApp()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests of the suite that need another environment first, those of one environment together.

    All others then share one start, which is not the first one; those that stop the app come last.
    """
    for place, item in enumerate(items):
        item.stash[PLACE] = place
    items.sort(key=_order, reverse=True)


def is_by_contract(item: pytest.Item) -> bool:
    """Whether the requests of a test are sent as it makes them: it is about names, or is none of the suite's."""
    return not step_number(item) or item.get_closest_marker("by_contract") is not None


def own_start(item: pytest.Item) -> dict[str, object]:
    """Return the values, by fixture, that give a test another environment than the usual one."""
    values: dict[str, object] = getattr(getattr(item, "callspec", None), "params", {})
    return {name: value for name, value in values.items() if name in OWN_STARTS and value != OWN_STARTS[name].usual}


def spare_variables(item: pytest.Item) -> dict[str, str]:
    """Return the variables that the app of a test gets if it does not start without: that is other tests' affair."""
    own = own_start(item)
    return {name: value for each in own for name, value in OWN_STARTS[each].spare.items()} if len(own) > 1 else {}


def _order(item: pytest.Item) -> tuple[bool, list[str]]:
    stops = "stop_app" in getattr(item, "fixturenames", ())
    return not stops, [] if step_number(item) is None else sorted(map(repr, own_start(item).items()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that shares its app; unless it passes where others may have left traces, run it again on a new app."""
    if not shares_app(item) or not isinstance(item, pytest.Function):
        return None
    kept = item.config.stash[KEPT]
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    while True:
        kept.forget()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed or report.skipped for report in reports):  # skipped: it could not see what it needs
            break
        kept.close()
        if not kept.was_used():
            break
        item._initrequest()  # new fixtures; pytest has no public name for it,
        item._report_sections.clear()  # nor for what was printed, which would be shown twice
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    if nextitem is None or not shares_app(nextitem):
        kept.close()  # its environment, folder and patches are not for other tests
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the app that is still running."""
    session.config.stash[KEPT].close()
