"""Pauses of a program pass quickly within a request, in their order, by its own clock, and up to the limit."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio
import httpx
import pytest
from tenacity import AsyncRetrying, RetryError, Retrying, stop_after_attempt, stop_after_delay, wait_fixed

from grading.webapp import origin
from grading.webapp.origin import ALLOWED, begin_request
from grading.webapp.pauses import quick_pauses

T = TypeVar("T")
_real = time.monotonic
_real_sleep = time.sleep


def in_a_request(work: Callable[[], T]) -> tuple[T, float]:
    """Do this as a request would. Returns what came of it, and the seconds that it really took."""

    def run() -> tuple[T, float]:
        begin_request()
        began = _real()
        return work(), _real() - began

    with quick_pauses():
        return contextvars.copy_context().run(run)


def after_what_is_no_time() -> None:
    """Stand still, after waits that would make up for it if they counted."""
    threading.Event().wait(-9)
    for seconds in (-9, float("nan")):
        with pytest.raises(ValueError):  # noqa: PT011
            time.sleep(seconds)
    time.sleep(0.06)


def by_its_clock(pause: Callable[[], object]) -> float:
    began = time.monotonic()
    pause()
    return time.monotonic() - began


@pytest.mark.parametrize(
    "pause",
    [
        lambda: time.sleep(5),
        lambda: asyncio.run(asyncio.sleep(5)),
        lambda: anyio.run(anyio.sleep, 5),
        lambda: ThreadPoolExecutor(1).submit(time.sleep, 5).result(),
    ],
    ids=["time", "asyncio", "anyio", "pool"],
)
def test_a_pause_is_quick_and_the_programs_clock_moves_on(pause: Callable[[], object]) -> None:
    seen, took = in_a_request(lambda: by_its_clock(pause))
    assert took < 4  # seconds, however busy the computer is
    assert seen >= 5


def test_tenacity_waits_quickly_and_keeps_its_deadline() -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise ValueError

    async def fail_async() -> None:
        fail()

    def both() -> None:
        with pytest.raises(RetryError):
            Retrying(stop=stop_after_attempt(3), wait=wait_fixed(5))(fail)
        with pytest.raises(RetryError):
            asyncio.run(AsyncRetrying(stop=stop_after_delay(10), wait=wait_fixed(5))(fail_async))

    _, took = in_a_request(both)
    assert len(tries) == 6
    assert took < 10


def test_a_longer_pause_ends_later() -> None:
    ended: list[float] = []

    async def pause(seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(seconds)

    async def several() -> None:
        await asyncio.gather(*map(pause, (9, 1, 5, 3, 0.001)))

    seen, took = in_a_request(lambda: by_its_clock(lambda: asyncio.run(several())))
    assert ended == [0.001, 1, 3, 5, 9]
    assert took < 7
    assert 9 <= seen < 18  # at the same time, not one after the other


def test_what_is_over_the_limit_takes_its_time() -> None:
    """A program that pauses for longer than the contract allows has nothing from this."""

    def pause() -> None:
        time.sleep(ALLOWED)
        time.sleep(0.5)

    _, took = in_a_request(pause)
    assert took >= 0.5


def test_a_time_out_of_the_programs_own_does_not_come_early() -> None:
    """What it watches, such as an answer of the provider, takes real time."""

    async def ask() -> str:
        async with asyncio.timeout(3):
            await asyncio.sleep(5)
            await asyncio.to_thread(lambda: None)
            return "answered"

    assert in_a_request(lambda: asyncio.run(ask()))[0] == "answered"


class _Slow(httpx.AsyncHTTPTransport):
    """A provider that takes a third of a second."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.get_running_loop().run_in_executor(None, _real_sleep, 0.3)
        return httpx.Response(200, request=request)


@pytest.mark.parametrize("seconds", [2, 20])
@pytest.mark.parametrize("how", ["pool", "provider"])
def test_a_pause_that_is_a_deadline_for_a_call_does_not_come_before_its_answer(
    seconds: float, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", _Slow.handle_async_request)

    async def call() -> None:
        if how == "pool":
            await asyncio.to_thread(_real_sleep, 0.3)
        else:
            await httpx.AsyncHTTPTransport().handle_async_request(httpx.Request("GET", "http://provider.example"))

    async def watched() -> bool:
        asked, deadline = asyncio.create_task(call()), asyncio.create_task(asyncio.sleep(seconds))
        await asyncio.wait({asked, deadline}, return_when=asyncio.FIRST_COMPLETED)
        return asked.done() and not deadline.done()

    assert in_a_request(lambda: asyncio.run(watched()))[0]


def test_a_server_that_sleeps_in_its_event_loop_is_noted_and_need_not_take_its_time() -> None:
    async def handler() -> bool:
        time.sleep(5)
        return origin.current.get().stood_still  # type: ignore[union-attr]

    noted, took = in_a_request(lambda: asyncio.run(handler()))
    assert noted
    assert took < 4


@pytest.mark.parametrize(
    "stand_still",
    [
        lambda: list(map(time.sleep, [0.01] * 6)),
        lambda: threading.Event().wait(0.06),
        after_what_is_no_time,
    ],
    ids=["little-by-little", "event", "after-what-is-no-time"],
)
def test_a_server_that_stands_still_in_another_way_is_noted(stand_still: Callable[[], object]) -> None:
    async def handler() -> bool:
        stand_still()
        return origin.current.get().stood_still  # type: ignore[union-attr]

    assert in_a_request(lambda: asyncio.run(handler()))[0]


def test_a_server_that_sleeps_while_another_request_is_at_the_provider_takes_its_time() -> None:
    async def handler() -> None:
        with origin.ASKED:
            time.sleep(0.5)

    assert in_a_request(lambda: asyncio.run(handler()))[1] >= 0.5


def test_nothing_else_is_quicker() -> None:
    """Neither the judge in the same process, nor what a program does between requests."""
    with quick_pauses():
        began = time.monotonic()
        time.sleep(0.2)
        asyncio.run(asyncio.sleep(0.2))
        assert time.monotonic() - began >= 0.4
        assert abs(time.monotonic() - _real()) < 0.1
    assert time.monotonic is _real


@pytest.mark.parametrize(
    ("seconds", "error"), [("five", TypeError), (None, TypeError), (-1, ValueError), (float("nan"), ValueError)]
)
def test_what_is_no_pause_is_refused_as_ever(seconds: Any, error: type[Exception]) -> None:
    def pause() -> None:
        with pytest.raises(error):
            time.sleep(seconds)
        time.sleep(5)

    assert in_a_request(pause)[1] < 4
