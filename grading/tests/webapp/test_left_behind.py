"""What a request leaves behind, a task or a thread, is waited for a moment before its answer is passed on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from grading.webapp.asgi_server import hosted
from grading.webapp.left_behind import _MOMENTS

Aside = Callable[[list[str]], None]


def in_a_task(done: list[str]) -> None:
    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append("x")

    task = asyncio.ensure_future(work())
    done.append("")
    task.add_done_callback(lambda _: None)


def in_a_task_of_a_task(done: list[str]) -> None:
    async def work() -> None:
        await asyncio.sleep(0.01)
        in_a_task(done)

    asyncio.ensure_future(work())  # noqa: RUF006


def in_a_thread(done: list[str]) -> None:
    def work() -> None:
        time.sleep(0.05)
        done.append("x")

    threading.Thread(target=work).start()


def app(aside: Aside, done: list[str]) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        aside(done)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answer


def ask(server: Any) -> None:
    assert server.request("GET", "/", [], b"").status == 200


@pytest.mark.parametrize("aside", [in_a_task, in_a_task_of_a_task, in_a_thread])
def test_the_answer_comes_when_what_it_left_behind_has_ended(aside: Aside) -> None:
    done: list[str] = []
    with hosted(app(aside, done)) as server:
        for number in (1, 2, 3):
            ask(server)
            assert done.count("x") == number


def test_what_has_no_end_costs_a_moment_of_few_requests_only() -> None:
    def forever(done: list[str]) -> None:
        asyncio.ensure_future(asyncio.sleep(3_600))  # noqa: RUF006

    with hosted(app(forever, [])) as server:
        began = time.monotonic()
        for _ in range(50):
            ask(server)
        assert time.monotonic() - began < _MOMENTS + 2


def test_workers_of_a_pool_are_not_waited_for() -> None:
    def in_a_pool(done: list[str]) -> None:
        asyncio.get_running_loop().run_in_executor(None, done.append, "x")

    with hosted(app(in_a_pool, [])) as server:
        began = time.monotonic()
        ask(server)
        assert time.monotonic() - began < 0.2


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
