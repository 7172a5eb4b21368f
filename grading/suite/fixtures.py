"""The fixtures of any suite for a web app, and of students' own tests.

`client` calls the app under test, `app_log` lists what it logged. Tests use nothing else of the app, so they need not
know in which process it runs. An assignment's plugin adds `variables` and `outgoing`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grading.harness.keys import JUDGED, RUNNING
from grading.harness.recorder import step_number
from grading.harness.waiting import wait_for
from grading.results.assignment import ASSIGNMENT
from grading.results.failure import ContractBroken, Explanation
from grading.results.steps import step as step_of
from grading.suite.contract import Expect
from grading.suite.shared_app import (
    KEPT,
    OWN_STARTS,
    REWRITE,
    STARTED,
    is_by_contract,
    own_start,
    shares_app,
    spare_variables,
)
from grading.webapp.app_log import LogLine, captured_log
from grading.webapp.asgi_server import AppServer, hosted
from grading.webapp.client import AppDidNotStart
from grading.webapp.outgoing import Outgoing
from grading.webapp.waiting import START

if TYPE_CHECKING:
    from grading.webapp.live_server import LiveServer


class CurrentTest:
    """A pytest plugin with the fixture `this_test`; pytest's own `request` takes longer to make."""

    _item: pytest.Item

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember the test."""
        self._item = item

    @pytest.fixture
    def this_test(self) -> pytest.Item:
        """The test that asks for it."""
        return self._item


@dataclass
class Start:
    """How the start of the app went: `client` is None if it failed, and `problem` says why."""

    client: Any
    problem: Explanation
    contacts: list[str]
    """Models and addresses that the program contacted while it was imported and started."""


@pytest.fixture
def app_folder(this_test: pytest.Item) -> Path:
    """The folder whose main.py is tested: --app, else the test file's own, else the solution.

    Students' copies of the kit have no solution: there it is the starter.
    """
    if (given := this_test.config.getoption("--app")) is not None:
        return _folder(given, this_test.config.invocation_params.dir)
    beside = this_test.path.parent
    if this_test.config.stash[JUDGED]:  # the program is in another process, which knows its folder
        return beside
    folders = (beside, ASSIGNMENT.folder / "solution", ASSIGNMENT.folder / "starter")
    return next((folder for folder in folders if (folder / ASSIGNMENT.program).is_file()), beside)


@functools.lru_cache(1)
def _folder(given: str, start: Path) -> Path:
    path = start / given
    return path if path.is_dir() else path.parent


@pytest.fixture
def app_log(client: Any) -> Iterator[list[LogLine]]:
    """What the app logged since it started."""
    lines: list[LogLine] = []
    if isinstance(client.host, AppServer):
        lines += client.host.start_log
        with captured_log(lines.append):
            yield lines
    else:
        client.host.log_to(lines)
        yield lines


@pytest.fixture
def expect(this_test: pytest.Item) -> Expect:
    """The suite's assertions, which know the step of the test."""
    marker = this_test.get_closest_marker("step")  # an instructor's own test may name one, too
    return Expect(step_of(int(marker.args[0])).where if marker else "")


@pytest.fixture
def app_start(
    this_test: pytest.Item, app_folder: Path, variables: Mapping[str, str], outgoing: Outgoing, expect: Expect
) -> Iterator[Start]:
    """The app, started for this test or kept from the one before; or the reason why it could not start."""
    kept, running = this_test.config.stash[KEPT], this_test.config.stash[RUNNING]
    shares, guard = shares_app(this_test), kept.guard
    guard.attempts.clear()
    guard.allowed.clear()
    try:
        try:
            app = kept.get(running, app_folder, variables, outgoing, shares)
        except AppDidNotStart:
            if not (spare := spare_variables(this_test)):
                raise
            app = kept.get(running, app_folder, {**spare, **variables}, outgoing, shares)
    except AppDidNotStart as problem:
        yield Start(None, problem.explanation, [])
        return
    contacts = [*outgoing.asked(), *guard.attempts]
    this_test.config.stash[STARTED] = True
    outgoing.forget()
    outgoing.strays.clear()
    guard.attempts.clear()
    yield Start(app.client, Explanation(), app.client.once("contacts at its start", lambda: contacts))
    if not shares:
        kept.close()
    if strays := [*outgoing.strays, *guard.attempts]:
        raise ContractBroken("", f"{outgoing.stray}: {strays[0]}", outgoing.expected, expect.look_at, outgoing.stray)


@pytest.fixture
def client(this_test: pytest.Item, app_start: Start, expect: Expect, app_folder: Path, outgoing: Outgoing) -> Any:
    """A client of the app under test, used like httpx.Client: client.post("/generate", json={...})."""
    if app_start.client is None:
        if step_number(this_test) is None:
            pytest.fail(f"The app does not start. {app_start.problem}", pytrace=False)
        for name, value in own_start(this_test).items():
            start = OWN_STARTS[name]
            if start.expected and _starts_usually(this_test, app_folder, start.environment, outgoing):
                sent, why = f"{START}, with {start.sent.format(value)}", app_start.problem
                expect.fail(None, start.expected, str(why), sent, observed=why.observation)
        wait_for(1, f"the app does not start. {app_start.problem}")
    rewrite = None if is_by_contract(this_test) else this_test.config.stash.get(REWRITE, None)
    app_start.client.rewrite = rewrite
    return app_start.client


def _starts_usually(test: pytest.Item, folder: Path, variables: Mapping[str, str], outgoing: Outgoing) -> bool:
    """Whether the app starts in the usual environment: nobody may have tried, where other steps are not judged."""
    stash = test.config.stash
    if not stash.get(STARTED, False):
        with contextlib.suppress(AppDidNotStart):
            stash[KEPT].get(stash[RUNNING], folder, variables, outgoing, False)
            stash[STARTED] = True
        stash[KEPT].close()
    return stash.get(STARTED, False)


@pytest.fixture
def stop_app(this_test: pytest.Item, client: Any) -> Callable[[], None]:
    """Stop the app under test; afterwards all that it asked until its end is known."""
    return this_test.config.stash[KEPT].close


@pytest.fixture
def live_server(client: Any, pytestconfig: pytest.Config) -> Iterator[LiveServer]:
    """The app under test behind uvicorn, on a free port of this computer."""
    from grading.webapp.live_server import serving

    with ExitStack() as stack:
        host = client.host
        if not isinstance(host, AppServer):  # the app runs elsewhere: a small one here passes all requests on
            host = stack.enter_context(hosted(host.app))
        server = stack.enter_context(serving(host))
        pytestconfig.stash[KEPT].guard.allowed.add(("127.0.0.1", server.port))
        yield server
