"""Fixtures of the grader's own tests."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import KIT
from grading.maintain import misconception_data
from grading.results.result import Result

Mark = Callable[[Path], Result]
# Fixtures that take seconds to make, by the words that a file with one of them has.
DEAR = {"gallery": ("mark: Mark", "start_marking"), "model": ("real_client",)}
collect_ignore = ["other_assignment/greeting"]  # the suite of another assignment, which judges run

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell does for what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the processes that tests start must hear of Ctrl-C

os.environ.pop("PYTEST_ADDOPTS", None)  # it was for this pytest, not for those that tests run
asyncio.set_event_loop(None)  # as after asyncio.run: else LiteLLM's synchronous calls make a loop that nobody closes


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """With pytest-xdist, keep in one process what shares fixtures: each file, and all files of a row of `DEAR`.

    xdist's own loadgroup would do, but pytest 9.2 keeps a test's id where xdist 3.8 does not look for it.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid.partition("::")[0])

    return ByFile(config, log)


@functools.cache
def _group(file: str) -> str:
    text = (KIT / file).read_text(encoding="utf-8")
    return next((group for group, words in DEAR.items() if any(word in text for word in words)), file)


@pytest.fixture(scope="session", autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the progress that tests make out of the user's own state folder; processes that tests start inherit it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KIT_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def start_marking(request: pytest.FixtureRequest) -> Iterator[misconception_data.Mark]:
    """Run the whole suite on a folder, once for each, in two processes; programs that are parameters begin at once."""
    with misconception_data.marking() as marking:
        start = functools.cache(marking)
        for item in request.session.items:
            if isinstance(item, pytest.Function) and "mark" in item.fixturenames and hasattr(item, "callspec"):
                for program in item.callspec.params.values():
                    if isinstance(program, Path):
                        start(program)
        yield start


@pytest.fixture(scope="session")
def mark(start_marking: misconception_data.Mark) -> Mark:
    """Return the marks of the program in a folder."""
    return lambda folder: start_marking(folder).result(600)
