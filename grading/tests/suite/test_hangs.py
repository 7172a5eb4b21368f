"""A program that hangs costs the tests that it hangs in, and is told in which of its lines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from grading.provider.provider import Provider
from grading.results.failure import ContractBroken
from grading.suite.app_mode import Here
from grading.tests.programs import HELLO, write
from grading.webapp import loading  # noqa: F401  # takes seconds that are no program's
from grading.webapp.client import AppClient, AppDidNotStart
from grading.webapp.network_guard import NetworkGuard
from grading.webapp.waiting import TooSlow, WaitingBudget

HANGS = (
    HELLO
    + """
import asyncio, threading, time

@app.get("/blocks")
async def blocks():
    text = ""
    while not text:
        text = text.strip()

@app.get("/computes")
def computes():
    number = 1
    while number > 0:
        number += 1

@app.get("/waits")
async def waits():
    await asyncio.Event().wait()
"""
)


PATIENCE = 2.0


@contextmanager
def started(here: Here, folder: Path, variables: Mapping[str, str] | None = None) -> Iterator[AppClient]:
    with here.running(folder, variables or {}, Provider(), NetworkGuard()) as app:
        yield app.client


@pytest.mark.parametrize(
    ("path", "line", "words"),
    [
        ("/blocks", "while not text:", "the server stands still at main.py, line 14"),
        ("/computes", "while number > 0:", "the program stands at main.py, line 20"),
        ("/waits", "await asyncio.Event().wait()", "the program waits at main.py, line 25"),
    ],
)
def test_a_request_that_hangs_names_the_line_and_costs_no_other(
    path: str, line: str, words: str, tmp_path: Path
) -> None:
    write(tmp_path, HANGS)
    here = Here(patience=PATIENCE)
    with started(here, tmp_path) as client:
        with pytest.raises(TooSlow) as caught:
            client.get(path)
        assert client.get("/").text == '"hello"'
    assert f"no answer within 2 seconds: {words}" in caught.value.failure.came_back
    assert line in caught.value.failure.came_back


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("number = 0\nwhile True:\n    number += 1\n", "the program stands at main.py, line 2: while True:"),
        (
            "caught = 0\nwhile caught < 2:\n    try:\n        while True:\n            pass\n"
            "    except BaseException:\n        caught += 1\nwhile True:\n    pass\n",
            "the program stands at main.py, line 4: while True:",
        ),
        ("import time\n\ntime.sleep(60)\n", "the program stands at main.py, line 3: time.sleep(60)"),
        (
            "import asyncio\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n"
            "@asynccontextmanager\nasync def lifespan(app):\n    await asyncio.sleep(60)\n    yield\n"
            "app = FastAPI(lifespan=lifespan)\n",
            "the program waits at main.py, line 6: await asyncio.sleep(60)",
        ),
    ],
    ids=["loop", "loop-that-catches", "sleep", "lifespan"],
)
def test_a_start_that_hangs_names_the_line(program: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, program)
    with pytest.raises(AppDidNotStart) as caught, started(Here(patience=PATIENCE), tmp_path):
        pass
    assert str(caught.value).startswith("Importing main.py failed: no answer within 2 seconds: ")
    assert words in str(caught.value)


def test_the_same_start_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    write(tmp_path, "while True:\n    pass\n")
    here = Here(patience=PATIENCE)
    for _ in range(2):
        with pytest.raises(AppDidNotStart), started(here, tmp_path):
            pass
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(AppDidNotStart, match="no answer within"), started(here, tmp_path):
            pass
    assert time.monotonic() - began < 10 * PATIENCE  # not 20 times, however busy the computer is


def test_what_two_apps_do_not_answer_a_third_one_is_not_asked(tmp_path: Path) -> None:
    write(tmp_path, HANGS)
    here = Here(patience=PATIENCE)
    hung: dict[str, list[TooSlow]] = {}
    asked: list[AppClient] = []
    for _ in range(5):
        with started(here, tmp_path) as client:
            client.hung = hung

            def ask(client: AppClient = client) -> object:
                asked.append(client)
                return client.get("/waits")

            with pytest.raises(TooSlow):
                client.once("it", ask)
    assert len(asked) == 2


def test_no_wait_goes_beyond_the_deadline(tmp_path: Path) -> None:
    write(tmp_path, HANGS)
    here = Here(deadline=2, patience=60)
    began = time.monotonic()
    with pytest.raises(ContractBroken), started(here, tmp_path) as client:
        client.get("/blocks")
    with pytest.raises(ContractBroken, match="the time for this submission was over"), started(here, tmp_path):
        pass
    assert time.monotonic() - began < 50  # not the patience of 60
    budget = WaitingBudget(0.1, 60)
    assert budget.for_one_answer <= 0.1
