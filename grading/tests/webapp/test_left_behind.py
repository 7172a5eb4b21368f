"""What a request leaves behind, a task or a thread, is waited for a moment before its answer is passed on."""

from __future__ import annotations

import asyncio
import functools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grading.webapp.asgi_server import Sending, hosted
from grading.webapp.left_behind import _IN_VAIN, _MOMENT, _MOMENTS
from grading.webapp.origin import ALLOWED, Origin, belongs_to
from grading.webapp.pauses import LEAST, quick_pauses

Aside = Callable[[list[str]], None]
LATER = 20  # seconds


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_pauses():
        yield


def in_a_task(done: list[str]) -> None:
    async def work() -> None:
        await asyncio.sleep(LATER)
        done.append("x")

    task = asyncio.ensure_future(work())
    done.append("")
    task.add_done_callback(lambda _: None)


def in_a_task_of_a_task(done: list[str]) -> None:
    async def work() -> None:
        await asyncio.sleep(0.01)
        in_a_task(done)

    asyncio.ensure_future(work())  # noqa: RUF006


def in_a_task_that_waits_for_nothing(done: list[str]) -> None:
    async def work() -> None:
        await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=LATER / 2)
        try:
            async with asyncio.timeout(LATER / 2):
                await asyncio.Event().wait()
        except TimeoutError:
            done.append("x")

    asyncio.ensure_future(work())  # noqa: RUF006


def by_a_timer_of_the_loop(done: list[str]) -> None:
    asyncio.get_running_loop().call_later(LATER, done.append, "x")


def in_a_thread(done: list[str]) -> None:
    def work() -> None:
        time.sleep(LATER)
        done.append("x")

    threading.Thread(target=work).start()


def in_a_thread_that_works(done: list[str]) -> None:
    def work() -> None:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        done.append("x")

    threading.Thread(target=work).start()


def by_a_timer(done: list[str]) -> None:
    threading.Timer(LATER, done.append, ["x"]).start()


def in_a_pool(done: list[str]) -> None:
    def work() -> None:
        time.sleep(LATER)
        done.append("x")

    asyncio.get_running_loop().run_in_executor(None, work)


WAYS = [
    in_a_task,
    in_a_task_of_a_task,
    in_a_task_that_waits_for_nothing,
    by_a_timer_of_the_loop,
    in_a_thread,
    in_a_thread_that_works,
    by_a_timer,
    in_a_pool,
]


def app(aside: Aside, done: list[str]) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        aside(done)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answer


def starts(aside: Aside, done: list[str]) -> Any:
    async def start(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            aside(done)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            return
        await app(lambda done: None, [])(scope, receive, send)

    return start


def ask(server: Any) -> None:
    assert server.request("GET", "/", [], b"").status == 200


@pytest.mark.parametrize("aside", WAYS)
def test_the_answer_comes_when_what_it_left_behind_has_ended(aside: Aside) -> None:
    done: list[str] = []
    with hosted(app(aside, done)) as server:
        for number in (1, 2, 3):
            ask(server)
            assert done.count("x") == number


@pytest.mark.parametrize("aside", [each for each in WAYS if each not in (in_a_thread, by_a_timer)])
def test_the_app_has_started_when_what_its_start_left_behind_has_ended(aside: Aside) -> None:
    done: list[str] = []
    with hosted(starts(aside, done)) as server:
        assert done.count("x") == 1
        ask(server)
    assert done.count("x") == 1


def test_so_it_has_whenever_the_first_of_two_pauses_ends() -> None:
    def twice(milliseconds: float, done: list[str]) -> None:
        async def work() -> None:
            await asyncio.sleep(milliseconds / 1000)
            in_a_task(done)

        asyncio.ensure_future(work())  # noqa: RUF006

    for milliseconds in range(21):
        done: list[str] = []
        with hosted(starts(functools.partial(twice, milliseconds), done)):
            assert done.count("x") == 1, milliseconds


@pytest.mark.parametrize("aside", [in_a_thread, by_a_timer])
def test_so_it_has_when_a_thread_of_the_import_has_ended(aside: Aside) -> None:
    done: list[str] = []
    with belongs_to(start := Origin()):
        aside(done)
    with hosted(app(lambda done: None, []), start=start):
        assert done == ["x"]


def test_what_began_while_another_request_was_open_has_ended_when_the_app_has_stopped() -> None:
    done: list[str] = []
    held, release = threading.Event(), threading.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/held":
            held.set()
            await asyncio.gather(asyncio.to_thread(release.wait, 10))
        await app(in_a_thread if scope.get("path") == "/" else lambda done: None, done)(scope, receive, send)

    with hosted(answer) as server:
        first = server.submit("GET", "/held", [], b"")
        assert held.wait(10)
        ask(server)
        assert done == []  # while another request is open, it may be a deadline for that
        release.set()
        assert first.result(10).status == 200
    assert done == ["x"]


@pytest.mark.parametrize("aside", WAYS)
def test_an_answer_that_is_wanted_at_once_does_not_wait_for_it(aside: Aside) -> None:
    done: list[str] = []
    with hosted(app(aside, done)) as server:
        began = time.monotonic()
        assert server.request("GET", "/", [], b"", Sending(waits=False)).status == 200
        assert "x" not in done or aside is in_a_thread_that_works
        assert time.monotonic() - began < 1
        ask(server)
        assert done.count("x") == 2


def test_what_has_no_end_costs_few_requests_only() -> None:
    def forever(done: list[str]) -> None:
        done.append("")
        asyncio.ensure_future(asyncio.sleep(3_600))  # noqa: RUF006

    done: list[str] = []
    with hosted(app(forever, done)) as server:
        waits = []
        for _ in range(2 * _IN_VAIN):
            before = server._left_behind._in_vain
            ask(server)
            waits.append(server._left_behind._in_vain - before)
    assert waits == [1] * _IN_VAIN + [0] * _IN_VAIN


def test_who_looks_around_for_ever_is_not_followed_for_long() -> None:
    def forever(done: list[str]) -> None:
        async def look() -> None:
            while True:
                await asyncio.sleep(0.1)
                done.append("x")

        asyncio.ensure_future(look())  # noqa: RUF006

    done: list[str] = []
    with hosted(app(forever, done)) as server:
        ask(server)
        assert len(done) <= ALLOWED / LEAST + 1


def test_a_thread_that_waits_for_work_costs_a_moment_a_few_times() -> None:
    def forever(done: list[str]) -> None:
        threading.Thread(target=queue.Queue().get, daemon=True).start()

    with hosted(app(forever, [])) as server:
        began = time.monotonic()
        for _ in range(20):
            ask(server)
        assert time.monotonic() - began > _MOMENT
        assert server._left_behind._moments == _MOMENTS


def test_a_request_does_not_wait_for_another_ones_task() -> None:
    held, release = threading.Event(), threading.Event()

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/held":
            held.set()
            await asyncio.gather(asyncio.to_thread(release.wait, 10))
        await app(lambda done: None, [])(scope, receive, send)

    with hosted(answer) as server:
        first = server.submit("GET", "/held", [], b"")
        assert held.wait(10)
        began = time.monotonic()
        ask(server)
        assert time.monotonic() - began < 0.2
        release.set()
        assert first.result(10).status == 200


@pytest.mark.parametrize("waits", [True, False])
def test_an_answer_is_there_when_it_is_complete_and_not_when_the_app_returns(waits: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"whole"})
            await asyncio.Event().wait()

    began = time.monotonic()
    with hosted(app) as server:
        reply = server.submit("GET", "/", [], b"", Sending(waits=waits)).result(20)
    assert reply.body == b"whole"
    assert time.monotonic() - began < 20
