"""Requests that are sent together begin at the same moment, however long after the first the last one comes."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from grading.webapp.asgi_server import AppServer, Sending, hosted
from grading.webapp.client import SENDING, AppClient

SHORT = 0.05  # seconds


def app(seen: list[str]) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        seen.append("begins")
        await asyncio.sleep(0)
        seen.append("goes on")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode(), "more_body": False})

    return answer


def ask(server: AppServer, delays: list[float], together: int) -> list[str]:
    def one(number: int) -> str:
        time.sleep(delays[number])
        return client.get(f"/{number}", extensions={SENDING: Sending(together)}).text

    client = AppClient(server)
    with ThreadPoolExecutor(len(delays)) as pool:
        return list(pool.map(one, range(len(delays))))


def test_none_goes_on_before_all_have_begun() -> None:
    seen: list[str] = []
    with hosted(app(seen)) as server:
        for delays in ([0.0, SHORT], [SHORT, 0.0], [0.0, 0.0], [SHORT, 0.0, 2 * SHORT]):
            seen.clear()
            assert ask(server, delays, len(delays)) == [f"/{number}" for number in range(len(delays))]
            assert seen == ["begins"] * len(delays) + ["goes on"] * len(delays)


def test_others_do_not_wait_for_them() -> None:
    seen: list[str] = []
    with hosted(app(seen)) as server, ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, server, [0], 2)
        time.sleep(SHORT)
        assert ask(server, [0], 1) == ["/0"]
        assert not first.done()
        assert ask(server, [0], 2) == first.result(10) == ["/0"]
    assert seen == ["begins", "goes on", "begins", "begins", "goes on", "goes on"]


def test_the_one_that_waits_has_an_answer_if_the_app_stops() -> None:
    with ThreadPoolExecutor(1) as pool:
        with hosted(app([])) as server:
            first = pool.submit(ask, server, [0], 2)
            time.sleep(SHORT)
        assert first.result(10) == ["The app has stopped."]
